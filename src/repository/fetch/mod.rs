//! Fetching indexes and packages, verified and in parallel.

mod index;
mod kept;
mod limits;
mod metered;
mod mirrors;
mod package;
mod parallel;
mod retry;

use super::cache::{Cache, Key};
use super::error::FetchError;
use super::location::Location;
use super::source::PackageSource;
use super::transport::{Transport, TransportOptions};
use crate::apk::identity::Identity;
use crate::apk::index::{Entry, Index};
use crate::apk::package::{DataError, Package};
use crate::apk::signature::Keyring;
use crate::apk::tar;
use crate::progress::Progress;
use std::io::Read;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::thread;

use mirrors::Suspects;
pub use retry::{LONGEST_PAUSE, RetryPolicy};

/// A repository and whom to believe about it.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its root: `<location>/<arch>/APKINDEX.tar.gz` is its index.
    pub location: Location,
    /// Where else it is, to be tried in this order when a place cannot be reached, lacks
    /// something, or has something that does not verify.
    pub mirrors: Vec<Location>,
    /// The keys that its index may be signed by, as [`keys::trusted`](super::keys::trusted)
    /// puts them together.
    pub keys: Keyring,
    /// Use the index even if none of the keys signed it. A warning says so each time.
    pub allow_unsigned: bool,
}

/// What a [`Fetcher`] needs to know.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// The cache folder; see [`Cache::default_root`].
    pub cache_dir: PathBuf,
    /// How many indexes or packages are fetched and verified at once.
    pub jobs: NonZeroUsize,
    /// How to reach repositories.
    pub transport: TransportOptions,
    /// How often to try.
    pub retry: RetryPolicy,
}

impl FetchOptions {
    /// Fetches over the network into this cache folder, as many packages at once as there are
    /// processors; at least four, since downloads wait more than they work.
    pub fn new(cache_dir: PathBuf) -> FetchOptions {
        let four = NonZeroUsize::MIN.saturating_add(3);
        FetchOptions {
            cache_dir,
            jobs: thread::available_parallelism().map_or(four, |n| n.max(four)),
            transport: TransportOptions::default(),
            retry: RetryPolicy::default(),
        }
    }
}

/// Fetches indexes and packages. Making one opens nothing.
#[derive(Debug)]
pub struct Fetcher {
    transport: Transport,
    cache: Cache,
    jobs: NonZeroUsize,
    retry: RetryPolicy,
    suspects: Suspects,
}

/// An index that was read and verified.
#[derive(Debug)]
pub struct FetchedIndex {
    /// The packages.
    pub index: Index,
    /// What the repository says of itself; empty when the index was known
    /// ([`Fetcher::fetch_indexes_again`]).
    pub description: String,
    /// The name of the trusted key that vouches for it; `None` if nobody does, which its
    /// repository allows.
    pub signed_by: Option<String>,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

/// A package that is to be fetched: what an index or a lock says of it.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Its own architecture, which is part of its address.
    pub arch: &'a str,
    /// `C:`
    pub identity: Identity,
    /// `S:`, the bytes of the file; `None` when that is not known.
    pub size: Option<u64>,
    /// Where it is to be had; the first that has it is taken.
    pub repositories: Vec<&'a Repository>,
    /// What is asked of the SHA-256 of the whole file.
    pub file_hash: FileHash,
    /// How many bytes of contents may be held in memory, so that they need not be read again.
    pub hold: u64,
}

/// What is asked of the SHA-256 of a package's whole file, which an index does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileHash {
    /// Nothing: the chain from the identity on vouches for all that is used.
    Ignored,
    /// That it be found out.
    Wanted,
    /// That it be this one, of a lock.
    Locked([u8; 32]),
}

impl<'a> Wanted<'a> {
    /// The package of an index entry. `arch` is taken when the entry has none.
    ///
    /// `None` when its installed size is 0: there is nothing to fetch then.
    pub fn new(
        entry: Entry<'a>,
        arch: &'a str,
        repositories: Vec<&'a Repository>,
    ) -> Option<Wanted<'a>> {
        (entry.installed_size > 0).then_some(Wanted {
            name: entry.name,
            version: entry.version,
            arch: if entry.arch.is_empty() {
                arch
            } else {
                entry.arch
            },
            identity: entry.identity,
            size: (entry.size > 0).then_some(entry.size),
            repositories,
            file_hash: FileHash::Ignored,
            hold: 0,
        })
    }

    /// `name-version`, for messages.
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// A package that was fetched and verified.
#[derive(Clone, Debug)]
pub struct FetchedPackage {
    /// What it says of itself and what it holds.
    pub package: Package,
    /// Its bytes.
    pub source: PackageSource,
    /// SHA-256 of the file, if something was asked of it.
    pub sha256: Option<[u8; 32]>,
}

impl FetchedPackage {
    /// Reads the contents of its files once more, verifying them again; see
    /// [`Package::read_contents`].
    ///
    /// # Errors
    /// When the bytes are no longer the verified ones, or whatever `visit` returns.
    pub fn read_contents<E: From<DataError>>(
        &self,
        visit: impl FnMut(usize, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        let data = self.source.read_from(self.package.data_start);
        self.package.read_contents(data, visit)
    }
}

impl Fetcher {
    /// Prepares to fetch.
    pub fn new(options: FetchOptions) -> Fetcher {
        Fetcher {
            transport: Transport::new(options.transport),
            cache: Cache::new(options.cache_dir),
            jobs: options.jobs,
            retry: options.retry,
            suspects: Suspects::default(),
        }
    }

    /// Reads the index of each repository for an architecture, many at once, and verifies them.
    /// The result is in the order of `repositories`.
    ///
    /// An index at a URL is asked for each time and kept; one that its server calls unchanged is
    /// not sent again. With [`offline`](TransportOptions::offline) the kept one is used.
    ///
    /// # Errors
    /// That of the first repository, in their order, whose index cannot be had or is not
    /// vouched for; offline, all that are missing.
    pub fn fetch_indexes(
        &self,
        repositories: &[Repository],
        arch: &str,
        progress: &dyn Progress,
    ) -> Result<Vec<FetchedIndex>, FetchError> {
        self.fetch_indexes_again(repositories, arch, &[], progress)
    }

    /// [`fetch_indexes`](Self::fetch_indexes) when the SHA-256 of indexes that were read without
    /// an error before are known: these are verified, but not read until somebody looks at
    /// their records, and their description is empty.
    ///
    /// # Errors
    /// Those of [`fetch_indexes`](Self::fetch_indexes).
    pub fn fetch_indexes_again(
        &self,
        repositories: &[Repository],
        arch: &str,
        known: &[[u8; 32]],
        progress: &dyn Progress,
    ) -> Result<Vec<FetchedIndex>, FetchError> {
        index::fetch(self, repositories, arch, known, progress)
    }

    /// Fetches packages and verifies each from its first byte to its last. The result is in the
    /// order of `wanted`.
    ///
    /// `keep` says of which files the content is wanted in memory, such as etc/passwd.
    /// Packages of local repositories are read where they lie; those from URLs are kept in the
    /// cache, and are taken from there and verified when they are in it already.
    ///
    /// # Errors
    /// When one of them cannot be had or is not what its index says; offline, all that are
    /// missing.
    pub fn fetch_packages(
        &self,
        wanted: &[Wanted<'_>],
        keep: &(dyn Fn(&tar::Entry) -> bool + Sync),
        progress: &dyn Progress,
    ) -> Result<Vec<FetchedPackage>, FetchError> {
        package::fetch(self, wanted, keep, progress)
    }

    /// How often to try to read from a place: what lies on this machine reads the same again.
    fn retry_at(&self, place: &Location) -> RetryPolicy {
        if place.is_remote() {
            self.retry
        } else {
            RetryPolicy {
                attempts: NonZeroU32::MIN,
                ..self.retry
            }
        }
    }

    /// Opens a package where it lies on this machine, in the cache or in a local repository,
    /// without verifying any of it. `None` when it is not there.
    pub fn open_unverified(&self, wanted: &Wanted<'_>) -> Option<PackageSource> {
        package::open_unverified(self, wanted)
    }

    /// What was kept of earlier runs.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Whether a package is in the cache; it may turn out to be damaged when it is used.
    fn is_cached(&self, identity: Identity) -> bool {
        self.cache.open(Key::Package(identity)).is_some()
    }
}
