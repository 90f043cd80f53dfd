//! Putting packages into the tree, one after the other, as `apk add` does into an empty root.

use super::accounts::Accounts;
use super::content::Content;
use super::declared::load;
use super::package::{Acl, Candidate, Installed, OwnedDirectory, OwnedFile, Verdict};
use super::protect::ProtectedPaths;
use super::scripts::{ScriptError, Scripts, watched};
use super::tree::{Node, NodeId, NodeKind, PathError, Tree};
use crate::apk::package::Script;
use crate::apk::tar::{Entry, Kind};
use bstr::{BStr, BString, ByteSlice};
use sha1::{Digest as _, Sha1};
use std::collections::{BTreeMap, HashMap};

/// The directories that apk makes in an empty root before it installs anything. Those of them
/// that nothing is put into are no part of the result.
const SKELETON: [&str; 3] = ["etc/apk", "lib/apk/db", "var/log"];

/// The permission bits that mkdir(2) lets a new directory have. apk makes directories with it
/// and leaves it at that: the database says 2750 of chrony's var/log/chrony, the disk 0750.
const MKDIR_BITS: u32 = 0o1777;

/// Something that one package does and that cannot be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// Two packages have one file, and neither replaces the other.
    #[error("{new} and {old} both bring the file {path:?}, and neither replaces the other")]
    Overwrite {
        /// The package that came second.
        new: String,
        /// The package that has the file.
        old: String,
        /// The file.
        path: BString,
    },
    /// A directory where a file is, or the other way round.
    #[error("{package} brings the {new} {path:?} where there is {old} already")]
    Kind {
        /// The package.
        package: String,
        /// What it brings.
        new: &'static str,
        /// What there is.
        old: &'static str,
        /// The path.
        path: BString,
    },
    /// A path that leads nowhere or out of the root.
    #[error("{package} brings {path:?}, but {error}")]
    Path {
        /// The package.
        package: String,
        /// The path.
        path: BString,
        /// Why it cannot be used.
        error: PathError,
    },
}

/// All problems of an installation.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the packages cannot be installed together:{}", .0.iter().map(|p| format!("\n  {p}")).collect::<String>())]
pub struct InstallError(pub Vec<Problem>);

impl InstallError {
    /// What can be done about it.
    pub fn help(&self) -> Option<String> {
        let conflict = self.0.iter().find_map(|problem| match problem {
            Problem::Overwrite { new, old, .. } => Some((new, old)),
            _ => None,
        })?;
        Some(format!(
            "leave {} or {} out; a package that means to take over another's files says so in \
             its \"replaces\"",
            conflict.0, conflict.1
        ))
    }
}

/// Why there is no root.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The packages get in each other's way.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// Their scripts did not all run.
    #[error(transparent)]
    Script(#[from] ScriptError),
}

impl RootError {
    /// What can be done about it.
    pub fn help(&self) -> Option<String> {
        match self {
            RootError::Install(error) => error.help(),
            RootError::Script(error) => error.help(),
        }
    }
}

/// A root with its packages.
#[derive(Clone, Debug)]
pub struct Root {
    /// The files.
    pub tree: Tree,
    /// The packages in the order in which they were installed.
    pub packages: Vec<Installed>,
    /// What should be known and is no error.
    pub warnings: Vec<String>,
}

/// Which package's wishes a directory has.
struct Claim {
    package: usize,
    acl: Acl,
    /// Whether the directory was made by a package, so that its owner and mode are theirs.
    made: bool,
}

struct Installation<'a, 's> {
    candidates: &'a [Candidate<'a>],
    scripts: Option<&'a mut Scripts<'s>>,
    root: Root,
    problems: Vec<Problem>,
    /// The package that has a file, by the file's path.
    owners: HashMap<BString, usize>,
    claims: HashMap<BString, Claim>,
    protected: ProtectedPaths,
    accounts: Accounts,
    /// What `accounts` was read from.
    accounts_of: [Option<Content>; 2],
}

/// Installs packages in this order into an empty root. With `scripts`, runs theirs: before and
/// after the files of each, and the triggers at the end.
///
/// # Errors
/// When packages get in each other's way; all that was found is named. When a script fails.
pub fn install(
    candidates: &[Candidate<'_>],
    scripts: Option<&mut Scripts<'_>>,
) -> Result<Root, RootError> {
    Installation::new(candidates, scripts).run()
}

impl<'a, 's> Installation<'a, 's> {
    fn new(candidates: &'a [Candidate<'a>], scripts: Option<&'a mut Scripts<'s>>) -> Self {
        let mut tree = Tree::default();
        for path in SKELETON {
            // An empty tree has nothing that could be in the way.
            let _ = tree.make_directories(path.as_bytes());
        }
        Installation {
            candidates,
            scripts,
            root: Root {
                tree,
                packages: Vec::with_capacity(candidates.len()),
                warnings: Vec::new(),
            },
            problems: Vec::new(),
            owners: HashMap::new(),
            claims: HashMap::new(),
            protected: ProtectedPaths::default(),
            accounts: Accounts::default(),
            accounts_of: [None, None],
        }
    }

    fn run(mut self) -> Result<Root, RootError> {
        for place in 0..self.candidates.len() {
            self.add(place)?;
        }
        for place in 0..self.candidates.len() {
            let package = &self.root.packages[place];
            if self.scripts.is_none() || !package.scripts.contains_key(&Script::Trigger) {
                continue;
            }
            let directories = watched(package, &self.root.packages);
            if !directories.is_empty() {
                self.script(place, Script::Trigger, directories)?;
            }
        }
        Ok(self.finish()?)
    }

    fn add(&mut self, place: usize) -> Result<(), ScriptError> {
        let candidate = &self.candidates[place];
        self.root.packages.push(Installed::new(candidate));
        let Some(package) = candidate.package else {
            return Ok(());
        };
        let version = vec![BString::from(candidate.entry.version)];
        // apk opens the archive, and so resolves the owner of its first entry, before it runs
        // the pre-install script; what that script does to etc/passwd counts for the others.
        let first = package.entries.first().map(|entry| self.acl(entry));
        let succeeded = self.script(place, Script::PreInstall, version.clone())?;
        self.root.packages[place].flags.broken_script = !succeeded;
        self.reload_accounts();
        let mut extraction = Extraction {
            place,
            directories: HashMap::new(),
            nodes: HashMap::new(),
        };
        for (number, entry) in package.entries.iter().enumerate() {
            let acl = match (number, first) {
                (0, Some(acl)) => acl,
                _ => self.acl(entry),
            };
            match entry.kind {
                Kind::Directory => self.directory(&mut extraction, entry, acl),
                _ => self.file(&mut extraction, number, entry, acl),
            }
        }
        self.script(place, Script::PostInstall, version)?;
        // The next package's first owner is looked up in what this one left.
        self.reload_accounts();
        Ok(())
    }

    /// Runs a script, unless scripts are not to be run or the installation has failed anyway.
    /// Returns whether it succeeded.
    fn script(
        &mut self,
        place: usize,
        script: Script,
        arguments: Vec<BString>,
    ) -> Result<bool, ScriptError> {
        match &mut self.scripts {
            Some(scripts) if self.problems.is_empty() => {
                let Root { tree, packages, .. } = &mut self.root;
                scripts.run(tree, &packages[place], script, arguments)
            }
            _ => Ok(true),
        }
    }

    /// Owner and mode of an entry in this root: names count before numbers.
    fn acl(&self, entry: &Entry) -> Acl {
        Acl {
            uid: self.accounts.user(&entry.user).unwrap_or(entry.uid),
            gid: self.accounts.group(&entry.group).unwrap_or(entry.gid),
            mode: match entry.kind {
                Kind::Symlink(_) => 0o777,
                _ => entry.mode,
            },
            xattrs: Acl::hash_xattrs(&entry.xattrs),
        }
    }

    fn reload_accounts(&mut self) {
        let tree = &self.root.tree;
        let content = |path: &[u8]| match &tree.node(tree.resolve(path).ok()??).kind {
            NodeKind::File(content) => Some(content.clone()),
            _ => None,
        };
        let now = [content(b"etc/passwd"), content(b"etc/group")];
        if now != self.accounts_of {
            self.accounts = Accounts::of_tree(tree, |content| load(self.candidates, content));
            self.accounts_of = now;
        }
    }

    fn report(&mut self, place: usize, path: &BStr, error: PathError) {
        let package = self.root.packages[place].full_name();
        self.problems.push(Problem::Path {
            package,
            path: path.to_owned(),
            error,
        });
    }

    fn directory(&mut self, extraction: &mut Extraction, entry: &Entry, acl: Acl) {
        let place = extraction.place;
        extraction.record_directory(
            &mut self.root.packages[place],
            entry.path.as_bstr(),
            Some(acl),
        );
        if let Err(problem) = self.claim(place, entry, acl) {
            match problem {
                Err(error) => self.report(place, entry.path.as_bstr(), error),
                Ok(old) => self.problems.push(Problem::Kind {
                    package: self.root.packages[place].full_name(),
                    new: "directory",
                    old,
                    path: entry.path.clone(),
                }),
            }
        }
    }

    /// Makes a directory, or settles whose owner and mode it has. The error says what is in the
    /// way.
    fn claim(
        &mut self,
        place: usize,
        entry: &Entry,
        acl: Acl,
    ) -> Result<(), Result<&'static str, PathError>> {
        let tree = &mut self.root.tree;
        let path = &entry.path;
        let Some(id) = tree.find(path) else {
            let parent = path.rsplit_once_str("/").map_or(&b""[..], |(dir, _)| dir);
            tree.make_directories(parent).map_err(Err)?;
            let mut node = Node::directory();
            (node.uid, node.gid, node.mode) = (acl.uid, acl.gid, acl.mode & MKDIR_BITS);
            node.mtime = Some(entry.mtime);
            tree.put(path, node).map_err(Err)?;
            let claim = Claim {
                package: place,
                acl,
                made: true,
            };
            self.claims.insert(path.clone(), claim);
            return Ok(());
        };
        match &tree.node(id).kind {
            NodeKind::Directory(_) => {}
            NodeKind::Symlink(_) => {
                // Its files will go through the link.
                return match tree.resolve(path).map_err(Err)? {
                    Some(id) if tree.node(id).is_directory() => Ok(()),
                    _ => Err(Ok("a symlink that leads to no directory")),
                };
            }
            _ => return Err(Ok("a file")),
        }
        let node = tree.node_mut(id);
        match self.claims.get_mut(path) {
            None => {
                // It was there before any package; then its owner and mode stay.
                node.mtime = Some(entry.mtime);
                let claim = Claim {
                    package: place,
                    acl,
                    made: false,
                };
                self.claims.insert(path.clone(), claim);
            }
            Some(claim) => {
                let packages = &self.root.packages;
                if packages[place].outranks(&packages[claim.package]) {
                    let untouched = (node.uid, node.gid, node.mode)
                        == (claim.acl.uid, claim.acl.gid, claim.acl.mode);
                    if claim.made && untouched {
                        (node.uid, node.gid, node.mode) = (acl.uid, acl.gid, acl.mode);
                        node.mtime = Some(entry.mtime);
                    }
                    (claim.package, claim.acl) = (place, acl);
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, extraction: &mut Extraction, number: usize, entry: &Entry, acl: Acl) {
        let place = extraction.place;
        let path = entry.path.as_bstr();
        let (directory, name) = path.rsplit_once_str("/").unwrap_or((b"", path));
        if !directory.is_empty() && !extraction.directories.contains_key(directory.as_bstr()) {
            let package = &mut self.root.packages[place];
            package.flags.broken_files = true;
            self.root.warnings.push(format!(
                "{} has no entry for the directory of {path:?}, so that file is left out, as apk does",
                package.full_name()
            ));
            return;
        }
        let id = match &entry.kind {
            Kind::HardLink(target) => match extraction.nodes.get(target) {
                Some(id) => *id,
                None => return,
            },
            _ => {
                let node = node_of(place, number, entry, acl);
                self.root.tree.add(node)
            }
        };
        extraction.nodes.insert(entry.path.clone(), id);
        let checksum = match &entry.kind {
            Kind::HardLink(target) => {
                extraction.checksum(&self.root.packages[place], target.as_bstr())
            }
            _ => entry.checksum,
        };
        if let Some(&owner) = self.owners.get(path) {
            let packages = &self.root.packages;
            match packages[owner].contest(&packages[place]) {
                Verdict::Keep => return,
                Verdict::Conflict => {
                    self.problems.push(Problem::Overwrite {
                        new: packages[place].full_name(),
                        old: packages[owner].full_name(),
                        path: path.to_owned(),
                    });
                    self.root.packages[place].flags.broken_files = true;
                    return;
                }
                Verdict::Overwrite => {}
            }
        }
        let target = match self.target(path, entry, checksum) {
            Ok(Some(target)) => target,
            Ok(None) => BString::default(),
            Err(Ok(old)) => {
                self.problems.push(Problem::Kind {
                    package: self.root.packages[place].full_name(),
                    new: match entry.kind {
                        Kind::Symlink(_) => "symlink",
                        _ => "file",
                    },
                    old,
                    path: path.to_owned(),
                });
                return;
            }
            Err(Err(error)) => return self.report(place, path, error),
        };
        if !target.is_empty()
            && let Err(error) = self.root.tree.link(&target, id)
        {
            return self.report(place, path, error);
        }
        if let Some(owner) = self.owners.insert(path.to_owned(), place)
            && owner != place
        {
            self.root.packages[owner].forget(directory, name);
        }
        let package = &mut self.root.packages[place];
        let directory = extraction.record_directory(package, directory.as_bstr(), None);
        let file = OwnedFile { acl, checksum };
        package.directories[directory]
            .files
            .insert(name.into(), file);
    }

    /// Where the file of an entry goes: its path, beside it (`.apk-new`) when what is there is
    /// protected, or nowhere when that is the same. The error says what is in the way.
    fn target(
        &mut self,
        path: &BStr,
        entry: &Entry,
        checksum: Option<[u8; 20]>,
    ) -> Result<Option<BString>, Result<&'static str, PathError>> {
        let Some(id) = self.root.tree.find(path) else {
            return Ok(Some(path.to_owned()));
        };
        let there = self.root.tree.node(id);
        if there.is_directory() {
            let is_symlink = matches!(entry.kind, Kind::Symlink(_));
            if is_symlink && self.is_bare_skeleton(path) {
                // Only the directories that every root starts with: a root in which they are
                // symlinks (a merged /usr) is what the package means.
                self.root.tree.remove(path);
                return Ok(Some(path.to_owned()));
            }
            return Err(Ok("a directory"));
        }
        let is_symlink = matches!(there.kind, NodeKind::Symlink(_));
        if !self.protected.covers(path, is_symlink) {
            return Ok(Some(path.to_owned()));
        }
        let known = self.owners.get(path).and_then(|owner| {
            let (directory, name) = path.rsplit_once_str("/").unwrap_or((b"", path));
            self.root.packages[*owner].file(directory, name)?.checksum
        });
        let found = self.checksum_of(&there.kind);
        Ok(if known.is_some() && known == found {
            Some(path.to_owned())
        } else if found.is_some() && found == checksum {
            None
        } else {
            Some([path.as_bytes(), b".apk-new"].concat().into())
        })
    }

    /// The checksum that a package would have recorded for this object.
    fn checksum_of(&self, kind: &NodeKind) -> Option<[u8; 20]> {
        match kind {
            NodeKind::File(Content::Package { package, entry, .. }) => {
                self.candidates[*package].package?.entries[*entry].checksum
            }
            NodeKind::File(content) => {
                Some(Sha1::digest(load(self.candidates, content)?.as_ref()).into())
            }
            NodeKind::Symlink(target) => {
                Some(Sha1::digest(&target[..target.len().min(100)]).into())
            }
            _ => None,
        }
    }

    /// Whether the directory is one that every root starts with and that no package has used.
    fn is_bare_skeleton(&self, path: &BStr) -> bool {
        let tree = &self.root.tree;
        let mut stack: Vec<(BString, NodeId)> = tree
            .find(path)
            .map(|id| (path.to_owned(), id))
            .into_iter()
            .collect();
        while let Some((path, id)) = stack.pop() {
            let is_ours = SKELETON.iter().any(|made| {
                let rest = made.as_bytes().strip_prefix(path.as_slice());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
            });
            if !is_ours || self.claims.contains_key(&path) || !tree.node(id).is_directory() {
                return false;
            }
            stack.extend(tree.children(id).map(|(name, id)| {
                let path = [path.as_slice(), b"/", name.as_bytes()].concat();
                (path.into(), id)
            }));
        }
        true
    }

    fn finish(mut self) -> Result<Root, InstallError> {
        if !self.problems.is_empty() {
            return Err(InstallError(self.problems));
        }
        // Only apk's log makes /var; the others are for the database, if there is one.
        for path in [
            "var/log",
            "var",
            "etc/apk",
            "etc",
            "lib/apk/db",
            "lib/apk",
            "lib",
        ] {
            if self.is_bare_skeleton(path.into()) {
                self.root.tree.remove(path.as_bytes());
            }
        }
        Ok(self.root)
    }
}

/// A package that is being extracted.
struct Extraction {
    place: usize,
    /// The package's directories, by path, in [`Installed::directories`].
    directories: HashMap<BString, usize>,
    /// The nodes of its files, also of those that did not make it into the tree.
    nodes: HashMap<BString, NodeId>,
}

impl Extraction {
    fn record_directory(
        &mut self,
        package: &mut Installed,
        path: &BStr,
        acl: Option<Acl>,
    ) -> usize {
        if let Some(&number) = self.directories.get(path) {
            if acl.is_some() {
                package.directories[number].acl = acl;
            }
            return number;
        }
        package.directories.push(OwnedDirectory {
            path: path.to_owned(),
            acl,
            files: BTreeMap::new(),
        });
        let number = package.directories.len() - 1;
        self.directories.insert(path.to_owned(), number);
        number
    }

    /// The checksum recorded for an earlier file of the package.
    fn checksum(&self, package: &Installed, path: &BStr) -> Option<[u8; 20]> {
        let (directory, name) = path.rsplit_once_str("/").unwrap_or((b"", path));
        package.file(directory, name)?.checksum
    }
}

fn node_of(place: usize, number: usize, entry: &Entry, acl: Acl) -> Node {
    let kind = match &entry.kind {
        Kind::Symlink(target) => NodeKind::Symlink(target.clone()),
        Kind::CharDevice(major, minor) => NodeKind::CharDevice(*major, *minor),
        Kind::BlockDevice(major, minor) => NodeKind::BlockDevice(*major, *minor),
        Kind::Fifo => NodeKind::Fifo,
        Kind::File | Kind::HardLink(_) | Kind::Directory => NodeKind::File(Content::Package {
            package: place,
            entry: number,
            size: entry.size,
        }),
    };
    let xattrs = match kind {
        NodeKind::Symlink(_) => Vec::new(),
        _ => entry.xattrs.clone(),
    };
    Node {
        kind,
        mode: acl.mode,
        uid: acl.uid,
        gid: acl.gid,
        mtime: Some(entry.mtime),
        xattrs,
    }
}
