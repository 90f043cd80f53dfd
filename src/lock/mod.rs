//! The lock file: which packages a manifest resolved to, so that it does again.
//!
//! It lies beside the manifest (`php.toml` → `php.lock`) and is TOML with a line a field, in an
//! order that depends on nothing but what is locked, so that a change of it can be reviewed:
//!
//! ```toml
//! version = 1
//! count.x86_64 = 2             # the packages below
//!
//! [manifest]
//! digest = "…"                 # of all that decides which packages are chosen
//! packages = ["php"]
//! alpine = "3.23"
//!
//! [[repository]]
//! address = "https://dl-cdn.alpinelinux.org/alpine/v3.23/main"
//! index.x86_64 = "…"           # SHA-256 of the file, when the packages were chosen
//! key.x86_64 = "alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub"
//!
//! [[key]]
//! name = "alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub"
//! sha256 = "…"
//!
//! [[package.x86_64]]           # in the order of installation
//! name = "musl"
//! version = "1.2.5-r21"
//! arch = "x86_64"
//! origin = "musl"
//! repository = "https://dl-cdn.alpinelinux.org/alpine/v3.23/main"
//! identity = "Q1…"
//! size = 407278
//! sha256 = "…"
//! ```
//!
//! A build with a lock reads no index: what an index would say of a package is made from the
//! package itself ([`index_record`](crate::apk::index_record)). Where an index says something
//! else, the lock keeps that as the package's `record`.
//!
//! The lock vouches for the packages: each must be the file of that SHA-256, size and identity.

mod error;
mod files;
mod fit;
mod inputs;
mod make;
mod outdated;
mod prefer;
mod read;
mod replay;
mod vendor;
mod write;

pub use error::LockError;
pub use fit::Misfit;
pub use inputs::Inputs;
pub use make::{Update, make};
pub use outdated::{Change, Kind, outdated};
pub use replay::in_use;
pub use vendor::{VendorError, Vendored, read_signer, vendor};

pub(crate) use inputs::relative;
pub(crate) use prefer::Preference;
pub(crate) use replay::{Pin, replay};

use crate::Request;
use crate::apk::arch::Arch;
use crate::apk::identity::Identity;
use crate::error::Error;
use crate::manifest::Manifest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The version of the format. Another one is neither read nor replaced.
pub const VERSION: i64 = 1;

/// The content of a lock file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lock {
    /// What of the manifest decided which packages were chosen.
    pub inputs: Inputs,
    /// The repositories of the manifest, the preferred first.
    pub repositories: Vec<LockedRepository>,
    /// The keys that vouched for the indexes, by name.
    pub keys: BTreeMap<String, Sha256>,
    /// The packages in the order of installation.
    pub packages: BTreeMap<Arch, Vec<LockedPackage>>,
}

/// A SHA-256.
pub type Sha256 = [u8; 32];

/// A repository, and what its indexes were.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockedRepository {
    /// Its address without credentials; the official one even if a mirror stood in; a folder's
    /// path as it is seen from the manifest's.
    pub address: String,
    /// The tag, without `@`.
    pub tag: Option<String>,
    /// The index of each architecture.
    pub indexes: BTreeMap<Arch, LockedIndex>,
}

/// An index that packages were chosen from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockedIndex {
    /// Of its file.
    pub sha256: Sha256,
    /// The name of the key that vouched for it; `None` if none did, as the manifest allows.
    pub key: Option<String>,
}

/// A package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `A:` of the index, which is part of the package's address; may be empty.
    pub arch: String,
    /// The name of its source package; may be empty.
    pub origin: String,
    /// The address of its repository, one of the lock's.
    pub repository: String,
    /// The tag that the database records for it.
    pub tag: Option<String>,
    /// The digest of its control part.
    pub identity: Identity,
    /// The bytes of the .apk.
    pub size: u64,
    /// Of the .apk.
    pub sha256: Sha256,
    /// The record of the index, where the package itself would say something else.
    pub record: Option<String>,
}

impl LockedPackage {
    /// `name-version`
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// What is to be done about a lock.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum LockUse {
    /// It is used if it is there; one that does not fit the manifest is an error.
    #[default]
    IfPresent,
    /// It must be there.
    Required,
    /// It is not looked at.
    Ignored,
}

/// Checks that a lock fits the manifest of the request, for all its architectures. Nothing is
/// fetched for it: whether there are newer packages does not matter. `path` is for messages.
///
/// # Errors
/// When there is no lock, or it does not fit; with all that does not.
pub fn check(request: &Request, lock: Option<&Lock>, path: &Path) -> Result<(), Error> {
    let Some(lock) = lock else {
        return Err(LockError::Missing(path.to_owned()).into());
    };
    let mut archs = make::architectures(request, Some(lock))?;
    let others = request.archs.iter().filter(|arch| !archs.contains(arch));
    let others: Vec<Arch> = others.copied().collect();
    archs.extend(others);
    let misfits = fit::misfits(lock, request, &archs)?;
    match misfits.is_empty() {
        true => Ok(()),
        false => Err(LockError::Stale {
            path: path.to_owned(),
            misfits,
        }
        .into()),
    }
}

/// Where the lock of a manifest is; `None` for a manifest that is no file.
pub fn path(manifest: &Manifest) -> Option<PathBuf> {
    manifest
        .path
        .as_ref()
        .map(|path| path.with_extension("lock"))
}

impl Lock {
    /// Reads a lock file; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, is of another version, or is damaged.
    pub fn load(path: &Path) -> Result<Option<Lock>, LockError> {
        read::load(path)
    }

    /// Reads a lock from its text; `path` is for messages.
    ///
    /// # Errors
    /// As for [`load`](Lock::load).
    pub fn parse(path: &Path, text: &str) -> Result<Lock, LockError> {
        read::parse(path, text)
    }

    /// The text of the file. [`parse`](Lock::parse) reads the same lock from it.
    pub fn to_text(&self) -> String {
        write::text(self)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store(&self, path: &Path) -> Result<(), LockError> {
        write::store(self, path)
    }

    /// The locked package of this name.
    pub fn package(&self, arch: Arch, name: &str) -> Option<&LockedPackage> {
        self.packages.get(&arch)?.iter().find(|p| p.name == name)
    }
}
