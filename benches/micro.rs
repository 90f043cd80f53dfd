//! What a build is made of, each on its own: `cargo bench`. Whole builds are measured by
//! `benches/whole.sh`.

use apkcompose::apk::identity::Identity;
use apkcompose::apk::package::{self, Expected};
use apkcompose::apk::signature::{Digest, Keyring};
use apkcompose::apk::tar::Writer;
use apkcompose::apk::version;
use apkcompose::apk::write::{File, PackageSpec, Signer, WrittenPackage, write_index};
use apkcompose::layer::{self, Compression, Options, PlannedEntry, Sources, Strategy};
use apkcompose::progress::Silent;
use apkcompose::repository::{FetchOptions, FetchedPackage, Fetcher, Location, Repository, Wanted};
use apkcompose::rootfs::{self, Candidate, Root};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

const KEY: &str = include_str!("../tests/keys/test-only.rsa");

fn main() {
    divan::main();
}

fn signer() -> Signer {
    Signer::from_pem("test-only.rsa.pub", KEY, Digest::Sha256).unwrap()
}

fn keys() -> Keyring {
    let mut keys = Keyring::default();
    let pem = signer().public_pem().unwrap();
    keys.add("test-only.rsa.pub", &pem).unwrap();
    keys
}

/// Bytes that deflate to about a half, as programs do.
fn content(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2) | 1;
    let byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Half of the values are one of sixteen.
        match state >> 63 {
            0 => (state >> 40) as u8 & 15,
            _ => (state >> 40) as u8,
        }
    };
    std::iter::repeat_with(byte).take(length).collect()
}

/// A package of so many files of so many bytes.
fn spec(number: usize, files: usize, length: usize) -> PackageSpec {
    let folder = format!("usr/share/p{number}");
    let mut all = vec![
        File::directory("usr"),
        File::directory("usr/share"),
        File::directory(folder.clone()),
    ];
    all.extend((0..files).map(|file| {
        let seed = (number * files + file) as u64;
        File::regular(format!("{folder}/f{file:04}"), content(seed, length))
    }));
    PackageSpec {
        name: format!("p{number}"),
        version: "1.0-r0".into(),
        arch: "x86_64".into(),
        build_date: 1_700_000_000,
        files: all,
        ..PackageSpec::default()
    }
}

/// 60 packages of 100 small files, installed.
struct Scene {
    _folder: TempDir,
    root: Root,
    packages: Vec<Option<FetchedPackage>>,
}

const PACKAGES: usize = 60;

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("x86_64")).unwrap();
        let write = |number| {
            let package = spec(number, 100, 4 << 10).write(&signer()).unwrap();
            let path = folder.path().join("x86_64").join(&package.file_name);
            fs::write(path, &package.bytes).unwrap();
            package.index_record
        };
        let records: Vec<String> = (0..PACKAGES).map(write).collect();
        let index = write_index(&records, "benchmark", Some(&signer())).unwrap();
        fs::write(folder.path().join("x86_64/APKINDEX.tar.gz"), index).unwrap();
        let (root, packages) = install(folder.path());
        Scene {
            _folder: folder,
            root,
            packages,
        }
    })
}

fn install(folder: &Path) -> (Root, Vec<Option<FetchedPackage>>) {
    let repository = Repository {
        location: Location::parse(folder.to_str().unwrap(), Path::new("")).unwrap(),
        mirrors: Vec::new(),
        keys: keys(),
        allow_unsigned: false,
    };
    let fetcher = Fetcher::new(FetchOptions::new(folder.join("cache")));
    let indexes = fetcher.fetch_indexes(std::slice::from_ref(&repository), "x86_64", &Silent);
    let index = indexes.unwrap().pop().unwrap().index;
    let wanted: Vec<Wanted<'_>> = index
        .entries()
        .filter_map(|entry| Wanted::new(entry, "x86_64", vec![&repository]))
        .collect();
    let packages = fetcher
        .fetch_packages(&wanted, &rootfs::is_needed_in_memory, &Silent)
        .unwrap();
    let candidates: Vec<Candidate<'_>> = index
        .entries()
        .zip(&packages)
        .map(|(entry, fetched)| Candidate {
            entry,
            tag: None,
            package: Some(&fetched.package),
        })
        .collect();
    let root = rootfs::install(&candidates, None).unwrap();
    drop(candidates);
    (root, packages.into_iter().map(Some).collect())
}

impl Scene {
    fn sources(&self) -> Sources<'_> {
        Sources {
            tree: &self.root.tree,
            packages: &self.packages,
            time: 1_700_000_000,
            progress: &Silent,
        }
    }

    fn whole(&self) -> (Vec<PlannedEntry>, u64) {
        let entries = layer::whole(&self.root.tree);
        let bytes = layer::content_bytes(&entries, &self.root.tree);
        (entries, bytes)
    }
}

/// Inflating and hashing, as every package is read once.
#[divan::bench]
fn read_a_package(bencher: Bencher<'_, '_>) {
    let package: WrittenPackage = spec(0, 64, 64 << 10).write(&signer()).unwrap();
    let index = apkcompose::apk::index::Index::parse(package.index_record.clone()).unwrap();
    let identity: Identity = index.entry(0).identity;
    let keys = keys();
    let expected = Expected {
        identity: &identity,
        size: None,
    };
    bencher
        .counter(BytesCount::new(package.bytes.len()))
        .bench(|| package::read(package.bytes.as_slice(), &keys, expected, |_| false).unwrap());
}

#[divan::bench]
fn install_60_packages(bencher: Bencher<'_, '_>) {
    let scene = scene();
    // Records of an index that says of each package what it says itself.
    let records: Vec<String> = (0..PACKAGES)
        .map(|n| format!("C:Q1{}=\nP:p{n}\nV:1.0-r0\nI:1\n", "A".repeat(27)))
        .collect();
    let index = apkcompose::apk::index::Index::parse(records.join("\n")).unwrap();
    let packages = scene.packages.iter().flatten();
    let candidates: Vec<Candidate<'_>> = index
        .entries()
        .zip(packages)
        .map(|(entry, fetched)| Candidate {
            entry,
            tag: None,
            package: Some(&fetched.package),
        })
        .collect();
    bencher
        .counter(ItemsCount::new(PACKAGES))
        .bench(|| rootfs::install(black_box(&candidates), None).unwrap());
}

#[divan::bench(args = [Strategy::Package, Strategy::Origin, Strategy::Single])]
fn plan_60_packages(bencher: Bencher<'_, '_>, strategy: Strategy) {
    let scene = scene();
    let options = Options {
        strategy,
        ..Options::default()
    };
    let (tree, installed) = (&scene.root.tree, &scene.root.packages);
    bencher
        .counter(ItemsCount::new(PACKAGES))
        .bench(|| layer::plan(tree, installed, &scene.packages, options, 0));
}

#[divan::bench]
fn write_a_tar(bencher: Bencher<'_, '_>) {
    let scene = scene();
    let (entries, bytes) = scene.whole();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let mut tar = Writer::new(io::sink());
        layer::emit(&entries, &scene.sources(), &mut tar).unwrap();
    });
}

/// A layer that is written: packages inflated, a tar hashed and compressed on this many threads.
#[divan::bench(args = [1, 2, 4])]
fn compress_a_layer(bencher: Bencher<'_, '_>, threads: usize) {
    let scene = scene();
    let (entries, bytes) = scene.whole();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let gzip = Compression::default();
        layer::compress(&entries, &scene.sources(), gzip, &pool, &mut io::sink()).unwrap()
    });
}

#[divan::bench]
fn copy_a_passed_layer(bencher: Bencher<'_, '_>) {
    let scene = scene();
    let fetched = scene.packages[0].as_ref().unwrap();
    let bytes = fetched.package.size - fetched.package.data_start;
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| layer::copy_passed(fetched, &scene.sources(), &mut io::sink()).unwrap());
}

#[divan::bench]
fn compare_versions(bencher: Bencher<'_, '_>) {
    const VERSIONS: [&str; 6] = [
        "1.2.4_git20230717-r4",
        "3.1.4-r5",
        "3.1.4-r6",
        "2024a-r0",
        "9.6_p1-r0",
        "1.36.1_alpha2-r15",
    ];
    let pairs = VERSIONS.len() * VERSIONS.len();
    bencher.counter(ItemsCount::new(pairs)).bench(|| {
        for a in VERSIONS {
            for b in VERSIONS {
                black_box(version::compare(black_box(a), black_box(b)));
            }
        }
    });
}
