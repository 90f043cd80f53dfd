//! What can go wrong with a lock.

use super::Misfit;
use crate::manifest::Place;
use std::io;
use std::path::PathBuf;

/// Why a lock cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The file cannot be read.
    #[error("cannot read the lock {}: {source}", path.display())]
    Read {
        /// The lock.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the lock {}: {source}", path.display())]
    Write {
        /// The lock.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no lock, or no longer one.
    #[error("{place}: the lock is damaged: {problem}")]
    Damaged {
        /// Where.
        place: Place,
        /// What is wrong there.
        problem: String,
    },
    /// It was written by another program, or a later version of this one.
    #[error(
        "{place}: expected a lock of version {}, found version {found}",
        super::VERSION
    )]
    Version {
        /// Where it says so.
        place: Place,
        /// What it says.
        found: String,
    },
    /// There is none, and one is asked for.
    #[error("there is no lock {}", .0.display())]
    Missing(PathBuf),
    /// The manifest is no file, so that nothing can lie beside it.
    #[error("only a manifest that is a file can be locked")]
    NoManifest,
    /// The manifest has changed since.
    #[error("the lock {} no longer fits its manifest:{}", path.display(), lines(.misfits))]
    Stale {
        /// The lock.
        path: PathBuf,
        /// What does not fit; never empty.
        misfits: Vec<Misfit>,
    },
    /// A name to update is neither locked nor needed.
    #[error("there is no package {0:?} to update: it is neither locked nor needed")]
    NoSuchPackage(String),
    /// A locked package turned out to be another one.
    #[error(
        "the lock says {expected}, but the package of its identity {identity} says that it is {found}"
    )]
    OtherPackage {
        /// Name and version in the lock.
        expected: String,
        /// Name and version in the package.
        found: String,
        /// The digest that both have.
        identity: String,
    },
    /// The packages do not have all that they need.
    #[error("the lock {} lacks what {who} needs: {atom}", path.display())]
    Incomplete {
        /// The lock.
        path: PathBuf,
        /// A package, or the manifest.
        who: String,
        /// The dependency that nothing meets.
        atom: String,
    },
    /// What an index would say of the packages makes no sense.
    #[error("the lock's packages make no index: {0}")]
    Index(#[from] crate::apk::index::IndexError),
}

fn lines(misfits: &[Misfit]) -> String {
    misfits
        .iter()
        .map(|misfit| format!("\n  {misfit}"))
        .collect()
}

impl LockError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let manifest = |path: &PathBuf| path.with_extension("toml").display().to_string();
        Some(match self {
            LockError::Damaged { place, .. } => format!(
                "take it from version control again, or remove it and make a new one: \
                 apkcompose lock {}",
                place.file().with_extension("toml").display()
            ),
            LockError::Version { .. } => {
                "use the version of apkcompose that wrote it, or remove it and lock anew".to_owned()
            }
            LockError::Incomplete { path, .. } => {
                format!("resolve anew: apkcompose lock --update {}", manifest(path))
            }
            LockError::Missing(path) => {
                format!("make it: apkcompose lock {}", manifest(path))
            }
            LockError::Stale { path, misfits } => match misfits.as_slice() {
                [Misfit::NewArch(arch)] => format!(
                    "lock that architecture as well: apkcompose lock {} --arch {arch}",
                    manifest(path)
                ),
                _ if misfits.iter().all(Misfit::is_about_keys) => {
                    "trust the key with --key, or lock anew with --update".to_owned()
                }
                _ => format!("bring it up to date: apkcompose lock {}", manifest(path)),
            },
            LockError::NoSuchPackage(_) => {
                "the lock lists the packages that can be updated; without names all are".to_owned()
            }
            LockError::Write { .. } => {
                "make room, or allow to write to the manifest's folder".to_owned()
            }
            LockError::NoManifest => "name its file".to_owned(),
            _ => return None,
        })
    }
}
