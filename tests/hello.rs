//! The demonstration that the program carries: its files are what its sources make, its packages
//! resolve and install, and its program runs.

use apkcompose::apk::arch::Arch;
use apkcompose::apk::dependency::Dependency;
use apkcompose::apk::signature::Digest;
use apkcompose::apk::write::Signer;
use apkcompose::demo::{self, packages, program};
use apkcompose::manifest::{self, FileKind};
use apkcompose::progress::Silent;
use apkcompose::repository::transport::TransportOptions;
use apkcompose::repository::{
    FetchOptions, FetchedIndex, Fetcher, Location, Repository, RetryPolicy, Wanted, keys,
};
use apkcompose::rootfs::{self, Candidate, NodeKind};
use apkcompose::solver::{self, Request, Unsolvable};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PRIVATE_KEY: &str = include_str!("keys/hello-demo.rsa");

fn manifest_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, by their paths from there.
fn files_of(folder: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            files_of(&entry.path(), &path, found);
        } else {
            found.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn what_is_carried_is_what_its_sources_make() {
    let signer = Signer::from_pem(demo::KEY_NAME, PRIVATE_KEY, Digest::Sha256).unwrap();
    let made: BTreeMap<String, Vec<u8>> = packages::write_repository(&signer)
        .unwrap()
        .into_iter()
        .map(|(path, bytes)| (format!("{}/{path}", demo::REPOSITORY), bytes))
        .collect();
    let mut committed = BTreeMap::new();
    let folder = manifest_dir().join("src/demo").join(demo::REPOSITORY);
    files_of(&folder, demo::REPOSITORY, &mut committed);
    let carried: BTreeMap<String, Vec<u8>> = demo::files()
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .collect();

    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&committed));
    assert_eq!(names(&carried), names(&committed), "see src/demo/mod.rs");
    for (path, bytes) in &made {
        assert!(
            *bytes == committed[path] && *bytes == carried[path],
            "{path} differs: cargo run --example make-hello-repository"
        );
    }
    let pem = signer.public_pem().unwrap();
    assert_eq!(demo::keyring().get(demo::KEY_NAME).unwrap().pem(), pem);
    assert_eq!(demo::keyring().iter().count(), 1);
}

#[test]
fn what_is_not_carried_is_not_found() {
    assert!(demo::file("hello/x86_64/APKINDEX.tar.gz").is_some());
    for path in [
        "",
        "hello",
        "hello/",
        "x86_64/APKINDEX.tar.gz",
        "hello/x86/APKINDEX.tar.gz",
    ] {
        assert!(demo::file(path).is_none(), "{path}");
    }
}

fn fetcher(cache: &Path) -> Fetcher {
    Fetcher::new(FetchOptions {
        cache_dir: cache.to_owned(),
        jobs: NonZeroUsize::MIN,
        transport: TransportOptions {
            offline: true,
            builtin: demo::file,
            ..TransportOptions::default()
        },
        retry: RetryPolicy::default(),
    })
}

fn builtin() -> Repository {
    Repository {
        location: Location::parse("builtin:hello", Path::new("")).unwrap(),
        mirrors: Vec::new(),
        keys: demo::keyring(),
        allow_unsigned: false,
    }
}

fn index(arch: Arch) -> FetchedIndex {
    let cache = tempfile::tempdir().unwrap();
    let indexes = fetcher(cache.path()).fetch_indexes(&[builtin()], arch.name(), &Silent);
    indexes.unwrap().pop().unwrap()
}

/// The places in the index of what a world brings, in the order of installation.
fn resolve(index: &FetchedIndex, arch: Arch, world: &[&str]) -> Result<Vec<usize>, Unsolvable> {
    let world: Vec<Dependency<'_>> = world
        .iter()
        .map(|word| Dependency::parse_world(word).unwrap())
        .collect();
    let solution = solver::resolve(&Request {
        origins: &[],
        world: &world,
        repositories: &[solver::Repository {
            index: &index.index,
            tag: None,
            name: "builtin:hello",
        }],
        arch: arch.name(),
    })?;
    Ok(solution.install.iter().map(|s| s.position).collect())
}

fn names(arch: Arch, world: &[&str]) -> Vec<String> {
    let index = index(arch);
    let places = resolve(&index, arch, world).unwrap();
    let name = |place| index.index.entry(place).name.to_owned();
    places.into_iter().map(name).collect()
}

#[test]
fn worlds_resolve_as_the_manifest_says() {
    for arch in packages::ARCHES {
        let hello = ["hello-en", "hello-layout", "hello"];
        assert_eq!(names(arch, &["hello"]), hello);
        assert_eq!(names(arch, &["cmd:hi"]), hello);
        assert_eq!(
            names(arch, &["hello", "hello-fr"]),
            ["hello-fr", "hello-layout", "hello"]
        );
        assert_eq!(
            names(arch, &["hello", "docs"]),
            ["docs", "hello-en", "hello-layout", "hello", "hello-doc"]
        );
        let index = index(arch);
        for world in [["hello", "!hello-greeting"], ["hello-en", "hello-fr"]] {
            assert!(resolve(&index, arch, &world).is_err(), "{world:?}");
        }
    }
}

#[test]
fn its_key_counts_for_it_alone_and_no_other_for_it() {
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher(cache.path());
    for arch in packages::ARCHES {
        let vendor = keys::vendor(arch.name()).unwrap();
        assert!(vendor.get(demo::KEY_NAME).is_none());
        let repository = Repository {
            keys: vendor,
            ..builtin()
        };
        let error = fetcher
            .fetch_indexes(&[repository], arch.name(), &Silent)
            .unwrap_err();
        assert!(error.to_string().contains(demo::KEY_NAME), "{error}");
    }
}

#[test]
fn its_packages_install_with_the_owners_that_the_image_names() {
    for arch in packages::ARCHES {
        let cache = tempfile::tempdir().unwrap();
        let (index, repository) = (index(arch), builtin());
        let places = resolve(&index, arch, &["hello", "docs"]).unwrap();
        let entries: Vec<_> = places.iter().map(|&p| index.index.entry(p)).collect();
        let wanted: Vec<Wanted<'_>> = entries
            .iter()
            .filter_map(|&entry| Wanted::new(entry, arch.name(), vec![&repository]))
            .collect();
        assert_eq!(wanted.len(), entries.len());
        let fetched = fetcher(cache.path())
            .fetch_packages(&wanted, &rootfs::is_needed_in_memory, &Silent)
            .unwrap();
        let candidates: Vec<Candidate<'_>> = entries
            .iter()
            .zip(&fetched)
            .map(|(&entry, fetched)| Candidate {
                entry,
                tag: None,
                package: Some(&fetched.package),
            })
            .collect();
        let root = rootfs::install(&candidates, None).unwrap();
        assert!(root.warnings.is_empty(), "{:?}", root.warnings);
        let node = |path: &str| {
            let id = root.tree.find(path.as_bytes());
            root.tree.node(id.unwrap_or_else(|| panic!("{path}")))
        };
        let acl = |path| {
            let node = node(path);
            (node.mode, node.uid, node.gid)
        };
        // Archived as 2775; like apk, which uses mkdir(2), without the set-group-id bit.
        assert_eq!(acl("var/spool/hello"), (0o775, 0, 101));
        assert_eq!(acl("tmp"), (0o1777, 0, 0));
        assert_eq!(acl("usr/bin/hello"), (0o755, 0, 0));
        assert_eq!(acl("usr/share/doc/hello/README"), (0o644, 0, 0));
        assert_eq!(acl("etc/hello/greeting"), (0o644, 0, 0));
        assert!(matches!(&node("usr/bin/hi").kind, NodeKind::Symlink(target) if target == "hello"));
    }
}

#[test]
fn the_manifest_names_what_there_is() {
    let manifest = manifest::load(&manifest_dir().join("manifests/hello.toml")).unwrap();
    assert_eq!(manifest.repositories[0].url, "builtin:hello");
    assert_eq!(manifest.release(), None);
    assert_eq!(manifest.files[0].target, packages::GREETING);
    assert!(matches!(manifest.files[0].kind, FileKind::Content(_)));
    // It tells the size of the one for x86_64.
    let size = program::program(Arch::X86_64, packages::GREETING)
        .unwrap()
        .len();
    let text = std::fs::read_to_string(manifest_dir().join("manifests/hello.toml")).unwrap();
    assert!(text.contains(&format!("program of {size} bytes")), "{size}");
}

/// The program that runs executables for an architecture; nothing at all on a host of that
/// architecture. `None`, said on stderr, where there is none.
///
/// # Panics
/// When `APKCOMPOSE_REQUIRE_CLIENTS` is set, so that nothing may be skipped.
fn runner(arch: Arch) -> Option<Vec<PathBuf>> {
    if cfg!(target_os = "linux") && Arch::host() == Some(arch) {
        return Some(Vec::new());
    }
    let emulator = format!("qemu-{arch}-static");
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(&emulator))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("APKCOMPOSE_REQUIRE_CLIENTS").is_none(),
            "{emulator} is needed and not installed"
        );
        eprintln!("SKIPPED: there is no {emulator}, so the program for {arch} was not run");
    }
    found.map(|path| vec![path])
}

// One test for all, and one after the other: a process that another thread starts could hold an
// executable open for writing that is about to be run ("text file busy").
#[test]
fn the_program_prints_its_greeting() {
    for arch in packages::ARCHES {
        let Some(runner) = runner(arch) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let greeting = folder.path().join("greeting");
        let executable = folder.path().join("hello");
        let bytes = program::program(arch, greeting.to_str().unwrap()).unwrap();
        std::fs::write(&executable, bytes).unwrap();
        make_executable(&executable);
        let run = || -> Output {
            let mut words = runner.iter().chain([&executable]);
            let mut command = Command::new(words.next().unwrap());
            command.args(words).output().unwrap()
        };

        let output = run();
        assert_eq!(String::from_utf8_lossy(&output.stdout), program::LINE);
        assert_eq!(output.status.code(), Some(0), "{arch}");

        // Nothing, a line, more than a buffer, and more than a pipe takes at once.
        for length in [0, 23, 4096, 4097, 300_000] {
            let text: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            std::fs::write(&greeting, &text).unwrap();
            let output = run();
            assert!(output.stdout == text, "{arch}: {length} bytes");
            assert_eq!(output.status.code(), Some(0), "{arch}");
        }

        std::fs::remove_file(&greeting).unwrap();
        std::fs::create_dir(&greeting).unwrap();
        let output = run();
        assert_eq!(output.stdout, b"");
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arch}: a folder cannot be read"
        );
    }
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
