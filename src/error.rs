//! Why a build ended without a result.

use crate::apk::arch::Arch;
use crate::apk::catalogue::MAX_INDEXES;
use crate::git::GitError;
use crate::import::ImportError;
use crate::input::InputError;
use crate::lock::{LockError, VendorError};
use crate::manifest::{ManifestError, Place};
use crate::output::OutputError;
use crate::registry::RegistryError;
use crate::report::diff::DiffError;
use crate::repository::keys::KeyError;
use crate::repository::location::BadName;
use crate::repository::{FetchError, LocationError};
use crate::rootfs::{DatabaseError, RootError};
use crate::solver::Unsolvable;
use std::path::PathBuf;

/// An error of any stage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest, or how it fits what the packages bring.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The machine's own architecture is none of Alpine's.
    #[error("Alpine has no packages for this machine's architecture")]
    NoHostArch,
    /// Several architectures are wanted, and there can be but one.
    #[error(
        "{what} is of one architecture, and several are wanted ({})",
        list(archs)
    )]
    SeveralArchs {
        /// What is of one alone.
        what: &'static str,
        /// Those that are wanted.
        archs: Vec<Arch>,
    },
    /// The manifest names the architectures it is for, and the wanted one is not among them.
    #[error("the manifest is for {}, not for {wanted}", list(listed))]
    OtherArch {
        /// The one that was asked for.
        wanted: Arch,
        /// Those of the manifest.
        listed: Vec<Arch>,
    },
    /// More repositories than the solver can tell apart.
    #[error("there are {0} repositories, and no more than {MAX_INDEXES} can be used at once")]
    TooManyRepositories(usize),
    /// An address of a repository.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Fetching indexes or packages.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An index has a package whose name cannot be part of a path.
    #[error(transparent)]
    Name(#[from] BadName),
    /// No choice of packages satisfies the world.
    #[error(transparent)]
    Unsolvable(#[from] Unsolvable),
    /// The packages get in each other's way, or their scripts fail.
    #[error(transparent)]
    Root(#[from] RootError),
    /// Writing apk's database into the root.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Writing the output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The system does not give the threads that `--jobs` asks for.
    #[error("cannot start the threads that compress: {0}")]
    Threads(rayon::ThreadPoolBuildError),
    /// The lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Copying locked packages into a folder.
    #[error(transparent)]
    Vendor(#[from] VendorError),
    /// A registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An image that exists already.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Comparing.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// An error that words of the manifest led to.
    #[error("{error}")]
    At {
        /// The error.
        error: Box<Error>,
        /// Where these words stand; never none.
        places: Vec<Place>,
    },
    /// Asking git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Making a manifest of something else.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A file that went into a build cannot be read any more.
    #[error("cannot read {}: {source}", path.display())]
    ReadInput {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Some of several architectures cannot be had.
    #[error("{}", archs(.0))]
    Archs(Vec<(Arch, Error)>),
}

fn archs(failures: &[(Arch, Error)]) -> String {
    let each = failures
        .iter()
        .map(|(arch, error)| format!("for {arch}: {error}"));
    each.collect::<Vec<_>>().join("\n")
}

fn list(archs: &[Arch]) -> String {
    let names: Vec<&str> = archs.iter().map(|arch| arch.name()).collect();
    names.join(", ")
}

impl Error {
    /// The same error at these places of the manifest, if there are any.
    pub(crate) fn at(self, places: Vec<Place>) -> Error {
        match places.is_empty() {
            true => self,
            false => Error::At {
                error: Box::new(self),
                places,
            },
        }
    }

    /// What can be done about it, where the message does not say so itself.
    pub fn help(&self) -> Option<String> {
        match self {
            Error::NoHostArch | Error::SeveralArchs { .. } => {
                Some("choose one with --arch".to_owned())
            }
            Error::OtherArch { wanted, .. } => Some(format!(
                "add {:?} to the manifest's \"arch\", or choose one of its own with --arch",
                wanted.name()
            )),
            Error::TooManyRepositories(_) => {
                Some("leave repositories out that none of the packages come from".to_owned())
            }
            Error::Threads(_) => Some("allow fewer with --jobs".to_owned()),
            Error::At { error, .. } => error.help(),
            Error::Location(error) => error.help(),
            Error::Key(error) => error.help(),
            Error::Fetch(error) => error.help(),
            Error::Root(error) => error.help(),
            Error::Output(error) => error.help(),
            Error::Lock(error) => error.help(),
            Error::Registry(error) => error.help(),
            Error::Input(error) => error.help(),
            Error::Diff(error) => error.help(),
            Error::Vendor(error) => error.help(),
            Error::Git(_) => {
                Some("leave out git = true and --git, or say it with annotations".to_owned())
            }
            Error::Import(error) => error.help(),
            Error::Archs(failures) => failures.iter().find_map(|(_, error)| error.help()),
            _ => None,
        }
    }
}
