//! What can go wrong with fetching.

use super::cache::CacheError;
use super::location::{BadName, Location};
use super::transport::TransportError;
use crate::apk::index_archive::IndexArchiveError;
use crate::apk::package::{DataError, PackageError};
use crate::apk::signature::SignatureError;
use std::io;
use std::time::Duration;

/// Why an index or a package could not be had. No message shows a credential.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It could not be read from where it should be.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The network is not to be used and these are in no cache.
    #[error("not in the cache, and the network is not to be used:{}", list(.0))]
    Offline(Vec<String>),
    /// A repository has no index for the architecture.
    #[error("the repository {repository} has no index for {arch}: {source}")]
    NoIndex {
        /// The repository.
        repository: Box<Location>,
        /// The architecture.
        arch: String,
        /// What looking for it gave.
        source: TransportError,
    },
    /// An index was read and is no good.
    #[error("the index {location} cannot be used: {source}")]
    Index {
        /// Where it came from.
        location: String,
        /// What is wrong with it.
        source: IndexArchiveError,
    },
    /// An index is larger than any index should be.
    #[error("the index {location} is larger than {limit} bytes")]
    IndexTooLarge {
        /// Where it came from.
        location: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// None of the package's repositories has it.
    #[error("the package {name} is not where it should be: {source}")]
    NoPackage {
        /// Name and version.
        name: String,
        /// What looking for it in the last repository gave.
        source: TransportError,
    },
    /// A package was read and is no good.
    #[error("the package {name} from {location} cannot be used: {source}")]
    Package {
        /// Name and version.
        name: String,
        /// Where it came from.
        location: String,
        /// What is wrong with it.
        source: Box<PackageError>,
    },
    /// A web page came instead of a package.
    #[error("the package {name} from {location} cannot be used: it is an HTML page, not a package")]
    PackageIsHtml {
        /// Name and version.
        name: String,
        /// Where it came from.
        location: String,
    },
    /// An architecture would lead out of the repository.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// A name, version or architecture in an index would lead out of the repository.
    #[error("the index of {repository} cannot be used: {source}")]
    BadPackageName {
        /// The repository.
        repository: String,
        /// The name.
        source: BadName,
    },
    /// A file of this machine could not be read to its end.
    #[error("cannot read {location}: {source}")]
    Read {
        /// The file.
        location: String,
        /// What the system says.
        source: io::Error,
    },
    /// None of several places has it.
    #[error("{what} cannot be had from any of {} places:{}", errors.len(), each(errors))]
    Places {
        /// What was wanted.
        what: String,
        /// What each of them gave, in the order in which they were asked.
        errors: Vec<FetchError>,
    },
    /// Another download failed, which ended this one.
    #[error("given up because another download failed")]
    Cancelled,
}

fn list(files: &[String]) -> String {
    files.iter().map(|file| format!("\n  {file}")).collect()
}

fn each(errors: &[FetchError]) -> String {
    errors.iter().map(|error| format!("\n  {error}")).collect()
}

impl FetchError {
    /// How long the server asks to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Transport(error) => error.retry_after(),
            _ => None,
        }
    }

    /// Whether another place may do better.
    pub(super) fn is_of_the_place(&self) -> bool {
        !matches!(
            self,
            FetchError::Cache(_)
                | FetchError::BadName(_)
                | FetchError::BadPackageName { .. }
                | FetchError::Cancelled
        )
    }

    /// Whether a body began and did not end, so that the rest may be asked for.
    pub(super) fn is_interruption(&self) -> bool {
        matches!(self, FetchError::Transport(error) if error.is_interruption())
    }

    /// Whether the place has nothing of that name.
    pub(super) fn is_missing(&self) -> bool {
        match self {
            FetchError::Transport(source) => source.is_missing(),
            FetchError::NoIndex { .. } | FetchError::NoPackage { .. } => true,
            _ => false,
        }
    }

    /// Whether another try may go better: the network was at fault, or bytes may have been
    /// changed on their way.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            FetchError::Transport(error) => error.is_transient(),
            FetchError::Index { source, .. } => matches!(
                source,
                IndexArchiveError::Gzip(_)
                    | IndexArchiveError::Trailing
                    | IndexArchiveError::Tar(_)
                    | IndexArchiveError::Signature(SignatureError::Bad { .. })
            ),
            FetchError::Package { source, .. } => matches!(
                **source,
                PackageError::Member { .. }
                    | PackageError::Tar { .. }
                    | PackageError::Signature(_)
                    | PackageError::Identity { .. }
                    | PackageError::Size { .. }
                    | PackageError::FileHash { .. }
                    | PackageError::Data(
                        DataError::Tar(_) | DataError::Mismatch { .. } | DataError::Trailing
                    )
            ),
            _ => false,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            FetchError::Transport(error) => return error.help(),
            FetchError::Cache(error) => return error.help(),
            FetchError::Offline(_) => "run it once without --offline, which fills the cache",
            FetchError::NoIndex { repository, .. } => return Some(help_for_no_index(repository)),
            FetchError::Index { source, .. } => match source {
                IndexArchiveError::Html => {
                    "check the repository's address: its index is at <address>/<arch>/APKINDEX.tar.gz"
                }
                IndexArchiveError::Signature(SignatureError::UnknownKey { .. }) => {
                    "if you trust that key, name its file with --key or in the repository's `keys`"
                }
                IndexArchiveError::Signature(SignatureError::Unsigned) => {
                    "sign it with abuild-sign, or set `allow-unsigned = true` for this repository \
                     to use it without any check"
                }
                IndexArchiveError::Signature(SignatureError::Bad { .. }) => {
                    "compare the key with the one that its owner publishes; if it is right, the \
                     index was changed on its way: try another mirror"
                }
                _ => "the repository is damaged, or was changed on its way: try another mirror",
            },
            FetchError::NoPackage { .. } => {
                "repositories drop packages that newer ones supersede: resolve again with a fresh \
                 index, or `apkcompose lock --update`"
            }
            FetchError::Package { source, .. } => match **source {
                PackageError::Identity { .. } | PackageError::Size { .. } => {
                    "the package is another one than its index, or the lock, says: the repository \
                     may have changed meanwhile, so try again; another mirror may be in a better \
                     state"
                }
                PackageError::FileHash { .. } => {
                    "the file was made or signed anew: `apkcompose lock --update` takes it as it is"
                }
                _ => "the repository is damaged, or was changed on its way: try another mirror",
            },
            FetchError::PackageIsHtml { .. } => {
                "a login page or a firewall may stand before the mirror: open its address with a \
                 browser"
            }
            FetchError::IndexTooLarge { .. }
            | FetchError::BadName(_)
            | FetchError::BadPackageName { .. } => {
                "the repository cannot be trusted to be what it should: ask whoever runs it"
            }
            FetchError::Read { .. } => "check the disk, and the rights to the file",
            FetchError::Cancelled => return None,
            FetchError::Places { errors, .. } => return errors.iter().find_map(FetchError::help),
        };
        Some(help.to_owned())
    }
}

fn help_for_no_index(repository: &Location) -> String {
    let plain = "a repository holds a folder for each architecture with APKINDEX.tar.gz in it";
    match repository {
        Location::Folder(path) if path.join("APKINDEX.tar.gz").exists() => {
            let above = path.parent().unwrap_or(path).display();
            format!("{plain}: name {above} instead")
        }
        Location::Folder(path) if !path.exists() => format!(
            "there is no folder {}; relative paths start from the manifest's folder, those of \
             --repository from this one",
            path.display()
        ),
        _ => plain.to_owned(),
    }
}
