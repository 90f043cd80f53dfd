//! What the database knows of an installed package.

use crate::apk::dependency::Dependency;
use crate::apk::identity::Identity;
use crate::apk::index::Entry;
use crate::apk::package::{Package, Script};
use bstr::BString;
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use std::fmt;

/// A package that is to be installed: its record in the index and, unless it has nothing to
/// install, its verified file.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The record of the index, which the database copies.
    pub entry: Entry<'a>,
    /// The repository tag that the world asked for.
    pub tag: Option<&'a str>,
    /// The package; `None` when the index says that it installs nothing (`I:0`).
    pub package: Option<&'a Package>,
}

/// An installed package.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// The name of its source package.
    pub origin: String,
    /// Its identity.
    pub identity: Identity,
    /// When it was built, in seconds since 1970.
    pub build_date: u64,
    /// The lines that the database copies from the index.
    pub index_lines: String,
    /// `r:` atoms of packages whose files it may take over.
    pub replaces: Vec<String>,
    /// `q:`
    pub replaces_priority: Option<u32>,
    /// `s:` the repository tag.
    pub tag: Option<String>,
    /// `f:` what went wrong.
    pub flags: Flags,
    /// Its directories in the order of its archive.
    pub directories: Vec<OwnedDirectory>,
    /// The globs of the directories that its trigger watches.
    pub triggers: Vec<String>,
    /// Its scripts.
    pub scripts: BTreeMap<Script, Vec<u8>>,
}

/// The letters of `f:`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags {
    /// `f`: files are missing.
    pub broken_files: bool,
    /// `s`: a script failed.
    pub broken_script: bool,
    /// `x`: extended attributes are missing.
    pub broken_xattr: bool,
    /// `S`: the identity is a SHA-256.
    pub sha256: bool,
}

/// A directory of a package and the package's files in it.
#[derive(Clone, Debug)]
pub struct OwnedDirectory {
    /// The path; empty for the root.
    pub path: BString,
    /// Owner and mode as the package wants them; `None` for a root that it has no entry for.
    pub acl: Option<Acl>,
    /// The files by name.
    pub files: BTreeMap<BString, OwnedFile>,
}

/// A file of a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnedFile {
    /// Owner and mode.
    pub acl: Acl,
    /// `Z:`; `None` for devices and pipes.
    pub checksum: Option<[u8; 20]>,
}

/// Owner, mode and extended attributes as the database records them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Acl {
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// The hash over the extended attributes, when there are some.
    pub xattrs: Option<[u8; 20]>,
}

impl Acl {
    /// The hash of extended attributes, which must be sorted by name: SHA-1 over the length of
    /// each name and value in big-endian 32 bits, and the name or value.
    pub fn hash_xattrs(xattrs: &[(BString, BString)]) -> Option<[u8; 20]> {
        if xattrs.is_empty() {
            return None;
        }
        let mut hash = Sha1::new();
        for part in xattrs.iter().flat_map(|(name, value)| [name, value]) {
            hash.update((part.len() as u32).to_be_bytes());
            hash.update(part.as_slice());
        }
        Some(hash.finalize().into())
    }
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{:o}", self.uid, self.gid, self.mode)?;
        match self.xattrs {
            Some(hash) => write!(f, ":{}", Identity::Sha1(hash)),
            None => Ok(()),
        }
    }
}

impl Installed {
    pub(super) fn new(candidate: &Candidate<'_>) -> Installed {
        let entry = &candidate.entry;
        let info = candidate.package.map(|package| &package.info);
        Installed {
            name: entry.name.to_owned(),
            version: entry.version.to_owned(),
            origin: entry.origin.to_owned(),
            identity: entry.identity,
            build_date: info
                .map(|info| info.build_date)
                .or_else(|| entry.build_date())
                .unwrap_or(0),
            index_lines: entry.database_lines(),
            replaces: info.map(|info| info.replaces.clone()).unwrap_or_default(),
            replaces_priority: info.and_then(|info| info.replaces_priority),
            tag: candidate.tag.map(str::to_owned),
            flags: Flags {
                sha256: matches!(entry.identity, Identity::Sha256(_)),
                ..Flags::default()
            },
            directories: Vec::new(),
            triggers: info.map(|info| info.triggers.clone()).unwrap_or_default(),
            scripts: candidate
                .package
                .map(|package| package.scripts.clone())
                .unwrap_or_default(),
        }
    }

    /// `name-version`
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// The record of a file by the path of its directory and its name.
    pub(super) fn file(&self, directory: &[u8], name: &[u8]) -> Option<&OwnedFile> {
        let directory = self.directories.iter().find(|d| d.path == directory)?;
        directory.files.get(bstr::BStr::new(name))
    }

    /// Takes a file off the package's list.
    pub(super) fn forget(&mut self, directory: &[u8], name: &[u8]) {
        if let Some(directory) = self.directories.iter_mut().find(|d| d.path == directory) {
            directory.files.remove(bstr::BStr::new(name));
        }
    }

    /// Whether this package may take over files of `other`.
    fn replaces(&self, other: &Installed) -> bool {
        self.replaces.iter().any(|atom| {
            Dependency::parse(atom).is_ok_and(|atom| {
                atom.name == other.name
                    && atom.describes(Some(&other.version), &other.identity) != atom.conflict
            })
        })
    }

    /// A number to compare priorities by, in which an absent one is the lowest.
    fn priority(&self) -> i64 {
        self.replaces_priority.map_or(-1, i64::from)
    }

    fn shares_origin(&self, other: &Installed) -> bool {
        !self.origin.is_empty() && self.origin == other.origin
    }

    /// Who gets a file that `self`, which has it, and `new` both bring.
    pub(super) fn contest(&self, new: &Installed) -> Verdict {
        if self.name == new.name {
            Verdict::Overwrite
        } else if self.replaces(new) && self.priority() > new.priority() {
            Verdict::Keep
        } else if new.replaces(self) || self.shares_origin(new) {
            Verdict::Overwrite
        } else {
            Verdict::Conflict
        }
    }

    /// Whether this package decides owner and mode of a directory rather than `other`: the
    /// higher replaces_priority, then the one that gave the shared origin its name, then the
    /// alphabetically first.
    pub(super) fn outranks(&self, other: &Installed) -> bool {
        let key = |package: &Installed| {
            let is_origin = package.name == package.origin && self.shares_origin(other);
            (package.priority(), is_origin)
        };
        match key(self).cmp(&key(other)) {
            std::cmp::Ordering::Equal => self.name < other.name,
            unlike => unlike.is_gt(),
        }
    }
}

/// The outcome of [`Installed::contest`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// The new package's file takes the place.
    Overwrite,
    /// The file that is there stays, and the new package does not list it.
    Keep,
    /// Neither may have it.
    Conflict,
}
