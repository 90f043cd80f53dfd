//! A small repository, a server for it and a fetcher with little patience.

use crate::server::{Reply, Server};
use apkcompose::apk::identity::Identity;
use apkcompose::apk::index::Index;
use apkcompose::apk::index_archive::{self, Trust};
use apkcompose::apk::package::{self, Expected};
use apkcompose::apk::signature::{Digest, Keyring};
use apkcompose::apk::write::{self, File, PackageSpec, Signer, WrittenPackage};
use apkcompose::progress::{Progress, Silent, Stage};
use apkcompose::repository::transport::TransportOptions;
use apkcompose::repository::{
    FetchError, FetchOptions, FetchedIndex, FetchedPackage, Fetcher, Location, Repository,
    RetryPolicy, Wanted,
};
use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

pub const INDEX: &str = "/repo/x86_64/APKINDEX.tar.gz";

pub fn signer() -> Signer {
    let key = include_str!("../keys/test-only.rsa");
    Signer::from_pem("test-only.rsa.pub", key, Digest::Sha256).unwrap()
}

pub fn stranger() -> Signer {
    let key = include_str!("../keys/stranger.rsa");
    Signer::from_pem("stranger.rsa.pub", key, Digest::Sha256).unwrap()
}

pub fn keys() -> Keyring {
    let mut keys = Keyring::default();
    let pem = include_str!("../keys/test-only.rsa.pub");
    keys.add("test-only.rsa.pub", pem).unwrap();
    keys
}

pub fn spec(name: &str) -> PackageSpec {
    // Noise, so that it fills more than one read however it is compressed.
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(200_000)
    .collect();
    PackageSpec {
        name: name.into(),
        version: "1.0-r0".into(),
        arch: "x86_64".into(),
        build_date: 1_700_000_000,
        files: vec![File::directory("usr"), File::regular("usr/noise", noise)],
        ..Default::default()
    }
}

pub fn package(name: &str) -> WrittenPackage {
    spec(name).write(&signer()).unwrap()
}

pub fn path_of(package: &WrittenPackage) -> String {
    format!("/repo/x86_64/{}", package.file_name.replace('+', "%2B"))
}

pub fn index_of(packages: &[&WrittenPackage], signer: Option<&Signer>) -> Vec<u8> {
    let records: Vec<_> = packages.iter().map(|p| p.index_record.clone()).collect();
    write::write_index(&records, "test", signer).unwrap()
}

pub fn parsed(packages: &[&WrittenPackage]) -> Index {
    let records: Vec<_> = packages.iter().map(|p| p.index_record.as_str()).collect();
    Index::parse(records.join("\n")).unwrap()
}

/// Where the members of a package begin and end: `0`, control, data, the end.
pub fn boundaries(package: &WrittenPackage) -> [usize; 4] {
    let index = parsed(&[package]);
    let identity = index.entry(0).identity;
    let expected = Expected {
        identity: &identity,
        size: None,
    };
    let mut rest = package.bytes.as_slice();
    apkcompose::apk::gzip::read_member(&mut rest, 1 << 20).unwrap();
    let control = package.bytes.len() - rest.len();
    let read = package::read(package.bytes.as_slice(), &keys(), expected, |_| false).unwrap();
    [0, control, read.data_start as usize, package.bytes.len()]
}

/// Remembers warnings and counts bytes.
#[derive(Debug, Default)]
pub struct Recorder {
    pub warnings: Mutex<Vec<String>>,
    pub bytes: Mutex<i64>,
}

impl Progress for Recorder {
    fn start(&self, _: Stage, _: u64, _: u64) {}
    fn advance(&self, _: Stage, _: i64, bytes: i64) {
        *self.bytes.lock().unwrap() += bytes;
    }
    fn finish(&self, _: Stage) {}
    fn warn(&self, message: &str) {
        self.warnings.lock().unwrap().push(message.to_owned());
    }
}

pub struct Fixture {
    pub server: Server,
    pub folder: TempDir,
    pub offline: bool,
}

impl Fixture {
    pub fn new() -> Fixture {
        Fixture {
            server: Server::start(),
            folder: tempfile::tempdir().unwrap(),
            offline: false,
        }
    }

    /// With an index and these packages at their places.
    pub fn serving(packages: &[&WrittenPackage]) -> Fixture {
        let fixture = Fixture::new();
        let index = index_of(packages, Some(&signer()));
        fixture.server.answer(INDEX, vec![Reply::ok(index)]);
        for package in packages {
            let reply = Reply::ok(package.bytes.clone());
            fixture.server.answer(&path_of(package), vec![reply]);
        }
        fixture
    }

    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    pub fn options(&self) -> FetchOptions {
        FetchOptions {
            cache_dir: self.cache(),
            jobs: NonZeroUsize::new(3).unwrap(),
            transport: TransportOptions {
                offline: self.offline,
                connect_timeout: Duration::from_secs(5),
                stall_timeout: Duration::from_secs(1),
                ..TransportOptions::default()
            },
            retry: RetryPolicy {
                attempts: NonZeroU32::new(3).unwrap(),
                pause: Duration::from_millis(1),
                patience: Duration::from_secs(2),
            },
        }
    }

    pub fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.options())
    }

    pub fn repository(&self) -> Repository {
        repository(&self.server.url("/repo"))
    }

    pub fn fetch_index(&self) -> Result<FetchedIndex, FetchError> {
        self.fetch_index_of(&self.repository(), &Silent)
    }

    pub fn fetch_index_of(
        &self,
        repository: &Repository,
        progress: &dyn Progress,
    ) -> Result<FetchedIndex, FetchError> {
        let repositories = std::slice::from_ref(repository);
        let result = self
            .fetcher()
            .fetch_indexes(repositories, "x86_64", progress);
        self.check_cache();
        result.map(|indexes| indexes.into_iter().next().unwrap())
    }

    pub fn fetch(&self, packages: &[&WrittenPackage]) -> Result<Vec<FetchedPackage>, FetchError> {
        self.fetch_from(&[&self.repository()], packages, &Silent)
    }

    pub fn fetch_from(
        &self,
        repositories: &[&Repository],
        packages: &[&WrittenPackage],
        progress: &dyn Progress,
    ) -> Result<Vec<FetchedPackage>, FetchError> {
        self.fetch_all(&self.fetcher(), repositories, packages, progress)
    }

    /// Fetches from the server with other options.
    pub fn fetch_with(
        &self,
        options: FetchOptions,
        packages: &[&WrittenPackage],
    ) -> Result<Vec<FetchedPackage>, FetchError> {
        let fetcher = Fetcher::new(options);
        self.fetch_all(&fetcher, &[&self.repository()], packages, &Silent)
    }

    fn fetch_all(
        &self,
        fetcher: &Fetcher,
        repositories: &[&Repository],
        packages: &[&WrittenPackage],
        progress: &dyn Progress,
    ) -> Result<Vec<FetchedPackage>, FetchError> {
        let index = parsed(packages);
        let wanted: Vec<_> = index
            .entries()
            .filter_map(|entry| Wanted::new(entry, "x86_64", repositories.to_vec()))
            .collect();
        let result = fetcher.fetch_packages(&wanted, &|_| false, progress);
        self.check_cache();
        result
    }

    /// Every file of the cache is right and nothing unfinished is left.
    fn check_cache(&self) {
        for file in files(&self.cache().join("v1/packages")) {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let bytes = data_encoding::HEXLOWER.decode(name.as_bytes()).unwrap();
            let identity = Identity::Sha1(bytes.try_into().unwrap());
            let expected = Expected {
                identity: &identity,
                size: None,
            };
            let bytes = fs::read(&file).unwrap();
            package::read(bytes.as_slice(), &keys(), expected, |_| false).unwrap();
        }
        for file in files(&self.cache().join("v1/indexes")) {
            // What a server said of one.
            if file.extension().is_some_and(|e| e == "http") {
                continue;
            }
            index_archive::open(&fs::read(file).unwrap(), Trust::Keys(&keys())).unwrap();
        }
        assert_eq!(files(&self.cache().join("v1/tmp")), [] as [PathBuf; 0]);
    }

    /// All that is kept, and what is unfinished.
    pub fn kept(&self) -> Vec<PathBuf> {
        let folders = ["packages", "indexes", "tmp"].map(|name| self.cache().join("v1").join(name));
        folders.iter().flat_map(|folder| files(folder)).collect()
    }

    pub fn cached_packages(&self) -> Vec<PathBuf> {
        files(&self.cache().join("v1/packages"))
    }
}

pub fn repository(location: &str) -> Repository {
    Repository {
        location: Location::parse(location, Path::new("/")).unwrap(),
        mirrors: Vec::new(),
        keys: keys(),
        allow_unsigned: false,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}
