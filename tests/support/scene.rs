//! A folder with a signed repository, in which the real program is run.

use super::skip::has_clients;
use apkcompose::apk::signature::Digest;
use apkcompose::apk::write::{self, File, PackageSpec, Signer};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;

pub const ARCH: &str = "x86_64";
/// The time of every package of a fixture.
pub const BUILD_DATE: u64 = 1_700_000_000;

/// The formats that a file is written in, as far as this machine can write them.
pub fn file_formats() -> Vec<&'static str> {
    let own = [
        "archive", "tar", "tar.gz", "tar.zst", "cpio", "cpio.gz", "cpio.zst", "erofs",
    ];
    let mut all = own.to_vec();
    if has_clients("squashfs", &["mksquashfs"]) {
        all.push("squashfs");
    }
    all
}

/// Every format that this machine can write.
pub fn formats() -> Vec<&'static str> {
    [&["oci", "rootfs"][..], &file_formats()].concat()
}

pub fn signer() -> Signer {
    let key = include_str!("../keys/test-only.rsa");
    Signer::from_pem("test-only.rsa.pub", key, Digest::Sha256).unwrap()
}

pub fn stranger() -> Signer {
    let key = include_str!("../keys/stranger.rsa");
    Signer::from_pem("stranger.rsa.pub", key, Digest::Sha256).unwrap()
}

/// A package of these files, and of the directories that they lie in where the files do not
/// name them themselves.
pub fn package(name: &str, files: Vec<File>) -> PackageSpec {
    let mut all: Vec<File> = Vec::new();
    for file in files {
        let path = file.entry.path.to_string();
        for (slash, _) in path.match_indices('/') {
            let directory = &path[..slash];
            if !all.iter().any(|known| known.entry.path == directory) {
                all.push(File::directory(directory));
            }
        }
        all.push(file);
    }
    PackageSpec {
        name: name.into(),
        version: "1.0-r0".into(),
        arch: ARCH.into(),
        description: format!("{name} of the tests"),
        license: "MIT".into(),
        build_date: BUILD_DATE,
        files: all,
        ..PackageSpec::default()
    }
}

/// Bytes that no compression makes smaller.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let bytes = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    bytes.take(length).collect()
}

/// Writes a signed repository.
pub fn write_repository(folder: &Path, packages: &[PackageSpec]) {
    write_repository_of(folder, ARCH, packages);
}

/// Writes a signed repository of packages for this architecture.
pub fn write_repository_of(folder: &Path, arch: &str, packages: &[PackageSpec]) {
    let folder = folder.join(arch);
    fs::create_dir_all(&folder).unwrap();
    let mut records = Vec::new();
    for package in packages {
        let written = package.write(&signer()).unwrap();
        fs::write(folder.join(&written.file_name), &written.bytes).unwrap();
        records.push(written.index_record);
    }
    let index = write::write_index(&records, "fixture", Some(&signer())).unwrap();
    fs::write(folder.join("APKINDEX.tar.gz"), index).unwrap();
}

/// What a run of the program came to.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(command: Command) -> Run {
        let mut command = assert_cmd::Command::from_std(command);
        // Nothing of the tests takes so long unless it hangs.
        command.timeout(Duration::from_secs(300));
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Run {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The digest that a successful build printed, which is all that it printed.
    #[track_caller]
    pub fn digest(&self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let digest = self.stdout.strip_suffix('\n').unwrap();
        let hex = digest.strip_prefix("sha256:").unwrap();
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        assert!(hex.len() == 64 && hex.chars().all(is_hex), "{digest}");
        digest.to_owned()
    }

    /// What the run said, without the lines that tell how far it came.
    pub fn talk(&self) -> &str {
        let mut talk = self.stderr.as_str();
        while let Some((line, rest)) = talk.split_once('\n')
            && ["indexes: ", "packages: ", "layers: "]
                .iter()
                .any(|stage| line.starts_with(stage))
        {
            talk = rest;
        }
        talk
    }

    /// The message of a run that failed as failures do: with code 1 and nothing on stdout.
    #[track_caller]
    pub fn failure(&self) -> &str {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        let message = self.talk();
        assert!(message.starts_with("error: "), "{}", self.stderr);
        message
    }

    /// Checks that the run failed and that its message has all these parts.
    #[track_caller]
    pub fn fails_with(&self, parts: &[&str]) {
        let message = self.failure();
        for part in parts {
            assert!(message.contains(part), "no {part:?} in: {message}");
        }
    }
}

/// A folder with a repository `repo` and a key `key.pub`. Programs run in its folder `work`,
/// with a cache of their own.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    pub fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        // Other users work here as well.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let key = include_str!("../keys/test-only.rsa.pub");
        // The name of the key's file is what signatures name it by.
        fs::write(folder.path().join("test-only.rsa.pub"), key).unwrap();
        Scene { folder }
    }

    pub fn with(packages: &[PackageSpec]) -> Scene {
        let scene = Scene::new();
        write_repository(&scene.repository(), packages);
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// A path in the folder in which the program runs.
    pub fn output(&self, name: &str) -> PathBuf {
        self.work().join(name)
    }

    pub fn key(&self) -> PathBuf {
        self.path("test-only.rsa.pub")
    }

    pub fn repository(&self) -> PathBuf {
        self.path("repo")
    }

    /// Writes a file; a manifest, for example.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The program without arguments, in an environment with nothing but a cache.
    pub fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apkcompose"));
        command
            .env_clear()
            .env("APKCOMPOSE_CACHE_DIR", self.path("cache"))
            .current_dir(self.work());
        command
    }

    /// The program with these arguments and the scene's repository and key.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare();
        command.args(args).args(["--arch", ARCH]);
        command.arg("--repository").arg(self.repository());
        command.arg("--key").arg(self.key());
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args))
    }

    /// Runs the program without the repository, key and architecture of the scene.
    pub fn run_bare(&self, args: &[&str]) -> Run {
        let mut command = self.bare();
        command.args(args);
        Run::of(command)
    }

    /// What lies in the folder in which the program runs.
    pub fn left(&self) -> Vec<String> {
        names(&self.work())
    }
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
