//! A manifest beside a repository of its own, and its lock.

use crate::support::scene::{package, signer, write_repository_of};
use crate::support::{Run, Scene};
use apkcompose::apk::write::{self, File, PackageSpec};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A package with a file that tells its version, and these dependencies.
pub fn version(name: &str, version: &str, depends: &[&str]) -> PackageSpec {
    let file = File::regular(format!("etc/{name}"), version);
    let mut package = package(name, vec![file]);
    package.version = version.into();
    package.depends = depends.iter().map(ToString::to_string).collect();
    package
}

/// `app` with a library, and `other` on its own.
pub fn packages() -> Vec<PackageSpec> {
    vec![
        version("lib", "1.0-r0", &[]),
        version("app", "1.0-r0", &["lib"]),
        version("other", "1.0-r0", &[]),
    ]
}

pub const MANIFEST: &str = "packages = [\"app\"]\narch = [\"x86_64\"]\n\
                            [[repository]]\nurl = \"repo\"\nkeys = [\"test-only.rsa.pub\"]\n";

/// A scene with a manifest `image.toml` over the folder `repo` beside it.
pub struct Locked {
    pub scene: Scene,
}

impl Locked {
    /// Not locked yet.
    pub fn new() -> Locked {
        let scene = Scene::with(&packages());
        scene.write("image.toml", MANIFEST);
        Locked { scene }
    }

    pub fn already() -> Locked {
        let locked = Locked::new();
        locked.lock(&[]);
        locked
    }

    /// Replaces what the repository has for an architecture, files included.
    pub fn publish(&self, arch: &str, packages: &[PackageSpec]) {
        let folder = self.scene.repository().join(arch);
        let _ = fs::remove_dir_all(folder);
        self.publish_beside(arch, packages);
    }

    /// Replaces the index and adds files.
    pub fn publish_beside(&self, arch: &str, packages: &[PackageSpec]) {
        write_repository_of(&self.scene.repository(), arch, packages);
    }

    /// A verb on the manifest.
    pub fn command(&self, verb: &str, args: &[&str]) -> Command {
        let mut command = self.scene.bare();
        command.args([verb, "../image.toml"]).args(args);
        command
    }

    pub fn run(&self, verb: &str, args: &[&str]) -> Run {
        Run::of(self.command(verb, args))
    }

    /// Locks; this must work.
    #[track_caller]
    pub fn lock(&self, args: &[&str]) -> Run {
        let run = self.run("lock", args);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run
    }

    pub fn lock_file(&self) -> PathBuf {
        self.scene.path("image.lock")
    }

    pub fn text(&self) -> String {
        fs::read_to_string(self.lock_file()).unwrap()
    }

    /// Changes the text of the lock.
    #[track_caller]
    pub fn edit(&self, from: &str, to: &str) {
        let text = self.text();
        assert!(text.contains(from), "no {from:?} in {text}");
        fs::write(self.lock_file(), text.replace(from, to)).unwrap();
    }

    /// The packages and versions that a build or resolve uses now.
    #[track_caller]
    pub fn resolved(&self, args: &[&str]) -> Vec<String> {
        let run = self.run("resolve", args);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout.lines().map(str::to_owned).collect()
    }
}

/// The index of these packages, signed.
pub fn index(records: &[String]) -> Vec<u8> {
    write::write_index(records, "fixture", Some(&signer())).unwrap()
}

/// The versions that are locked, in order, of all architectures.
pub fn versions(locked: &Locked) -> Vec<String> {
    let text = locked.text();
    let value = |line: &str, key: &str| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        Some(value.trim_end_matches('"').to_owned())
    };
    let packages = text.split("[[package.").skip(1);
    packages
        .map(|package| {
            let name = package
                .lines()
                .find_map(|line| value(line, "name"))
                .unwrap();
            let version = package
                .lines()
                .find_map(|line| value(line, "version"))
                .unwrap();
            format!("{name}-{version}")
        })
        .collect()
}
