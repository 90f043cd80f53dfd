//! Killed at any moment, the program leaves nothing wrong: not in the cache, not under the name
//! of an output, and nothing that the next run stumbles over.

use crate::support::scene::{names, noise, package};
use crate::support::server::Server;
use crate::support::{Run, Scene};
use apkcompose::apk::identity::Identity;
use apkcompose::apk::index_archive::{self, Trust};
use apkcompose::apk::package::{self as apk_package, Expected};
use apkcompose::apk::signature::Keyring;
use apkcompose::apk::write::File;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often it is killed before it is done.
const KILLS: u32 = 100;
/// How often that is tried: now and then it is done by then.
const ROUNDS: u32 = 250;
/// Where the moments come from; another one gives other moments.
const SEED: u64 = 0x5eed_0006;
const FORMATS: [&str; 3] = ["archive", "oci", "rootfs"];

/// Xorshift: numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    /// At least 0, less than 1.
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

struct Trial {
    scene: Scene,
    server: Server,
}

impl Trial {
    fn new() -> Trial {
        let packages: Vec<_> = (0..6)
            .map(|n| {
                let content = noise(60_000 + n);
                package(
                    &format!("p{n}"),
                    vec![File::regular(format!("usr/p{n}"), content)],
                )
            })
            .collect();
        let scene = Scene::with(&packages);
        let server = Server::start();
        server.serve_folder(&scene.repository());
        Trial { scene, server }
    }

    fn command(&self, format: &str) -> Command {
        let mut command = self.scene.bare();
        command.args(["build", "--arch", "x86_64", "--format", format, "-o", "out"]);
        for n in 0..6 {
            command.args(["--package", &format!("p{n}")]);
        }
        command.arg("--repository").arg(self.server.url(""));
        command.arg("--key").arg(self.scene.key());
        // Reading the system's certificates, which nobody needs here, would take most of the time.
        command.env("SSL_CERT_FILE", "/dev/null");
        command
    }

    fn clear_output(&self) {
        let out = self.scene.output("out");
        if out.is_dir() {
            fs::remove_dir_all(out).unwrap();
        } else if out.exists() {
            fs::remove_file(out).unwrap();
        }
    }

    /// The output, file by file; nothing when it is not there.
    fn output(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let out = self.scene.output("out");
        if out.exists() {
            collect(&out, &mut files);
        }
        files
    }

    /// Every entry of the cache is what its name says, and every index is one.
    fn check_cache(&self) {
        let layout = self.scene.path("cache/v1");
        let list = |kind: &str| match layout.join(kind) {
            folder if folder.exists() => names(&folder),
            _ => Vec::new(),
        };
        let keys = keys();
        for name in list("packages") {
            let hex = name.strip_suffix(".apk").unwrap();
            let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
            let identity = Identity::Sha1(bytes.try_into().unwrap());
            let expected = Expected {
                identity: &identity,
                size: None,
            };
            let file = fs::read(layout.join("packages").join(&name)).unwrap();
            apk_package::read(file.as_slice(), &keys, expected, |_| false).unwrap();
        }
        for name in list("blobs") {
            let file = fs::read(layout.join("blobs").join(&name)).unwrap();
            let found = data_encoding::HEXLOWER.encode(&Sha256::digest(&file));
            assert_eq!(found, name);
        }
        for name in list("indexes") {
            if name.ends_with(".tar.gz") {
                let file = fs::read(layout.join("indexes").join(&name)).unwrap();
                index_archive::open(&file, Trust::Keys(&keys)).unwrap();
            }
        }
    }
}

fn keys() -> Keyring {
    let mut keys = Keyring::default();
    let pem = include_str!("../keys/test-only.rsa.pub");
    keys.add("test-only.rsa.pub", pem).unwrap();
    keys
}

fn collect(path: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    if path.is_dir() {
        files.insert(path.to_owned(), Vec::new());
        for name in names(path) {
            collect(&path.join(name), files);
        }
    } else {
        files.insert(path.to_owned(), fs::read(path).unwrap());
    }
}

#[test]
fn killed_a_hundred_times_it_leaves_nothing_wrong() {
    println!("seed {SEED:#x}");
    let trial = Trial::new();
    let cache = trial.scene.path("cache");
    // What comes out when nobody interferes, and how long it takes: from nothing, and again.
    let mut right = BTreeMap::new();
    let mut takes = [Duration::MAX; 2];
    for format in FORMATS {
        let _ = fs::remove_dir_all(&cache);
        for shortest in &mut takes {
            trial.clear_output();
            let began = Instant::now();
            let digest = Run::of(trial.command(format)).digest();
            *shortest = began.elapsed().min(*shortest);
            right.insert(format, (digest, trial.output()));
        }
        trial.clear_output();
    }
    let mut chance = Chance(SEED);
    let mut killed = 0;
    for round in 0..ROUNDS {
        let format = FORMATS[round as usize % FORMATS.len()];
        // From nothing, or from what the last ones left.
        let again = chance.part() < 0.4;
        if !again {
            let _ = fs::remove_dir_all(&cache);
        }
        let mut command = trial.command(format);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = command.spawn().unwrap();
        sleep(takes[usize::from(again)].mul_f64(chance.part()));
        program.kill().unwrap();
        killed += u32::from(!program.wait().unwrap().success());
        trial.check_cache();
        let output = trial.output();
        let (digest, whole) = &right[format];
        let sound = output.is_empty() || output == *whole;
        assert!(sound, "round {round}: half an output");
        trial.clear_output();
        // The next one finds nothing in its way.
        if round % 10 == 0 {
            let next = Run::of(trial.command(format)).digest();
            assert_eq!(next, *digest, "round {round}");
            assert_eq!(trial.output(), *whole);
            trial.clear_output();
        }
        if killed == KILLS {
            break;
        }
    }
    println!("{killed} times it was killed before it was done, within {takes:?}");
    assert_eq!(killed, KILLS);
    for format in FORMATS {
        let (digest, whole) = &right[format];
        assert_eq!(Run::of(trial.command(format)).digest(), *digest);
        assert_eq!(trial.output(), *whole);
        trial.clear_output();
    }
    trial.check_cache();
}
