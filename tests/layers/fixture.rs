//! Packages made for a test, and the images built of them.

use super::image::Image;
use super::tree::Tree;
use apkcompose::apk::signature::Digest;
use apkcompose::apk::write::{File, PackageSpec, Signer, gzip, write_index};
use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const KEY: &str = include_str!("../keys/test-only.rsa");

/// More than the least that is worth a layer of its own.
pub const BULK: usize = 24 << 10;

/// A signed local repository and the place for what is built of it.
pub struct Packages {
    folder: TempDir,
    signer: Signer,
    names: Vec<String>,
    records: Vec<String>,
}

/// A package of these files, version 1.0-r0.
pub fn package(name: &str, files: Vec<File>) -> PackageSpec {
    PackageSpec {
        name: name.into(),
        version: "1.0-r0".into(),
        arch: "x86_64".into(),
        build_date: 1_700_000_000,
        files,
        ..PackageSpec::default()
    }
}

/// A package with its own directory below `usr/share`, large enough for a layer of its own.
pub fn bulky(name: &str, more: Vec<File>) -> PackageSpec {
    let own = format!("usr/share/{name}");
    let mut files = vec![
        File::directory("usr"),
        File::directory("usr/share"),
        File::directory(own.clone()),
        File::regular(format!("{own}/bulk"), noise(name, BULK)),
    ];
    files.extend(more);
    package(name, files)
}

/// Bytes that do not compress, and are others for another seed.
pub fn noise(seed: &str, length: usize) -> Vec<u8> {
    let mut state = seed.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |state, b| {
        (state ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// The package that names the users `daemon` (2) and `app` (500), and their groups.
pub fn accounts() -> PackageSpec {
    let passwd = "root:x:0:0::/:\ndaemon:x:2:2::/:\napp:x:500:500::/:\n";
    let group = "root:x:0:\ndaemon:x:2:\napp:x:500:\n";
    package(
        "aaa-accounts",
        vec![
            File::directory("etc"),
            File::regular("etc/group", group),
            File::regular("etc/passwd", passwd),
        ],
    )
}

impl Packages {
    /// A repository of these packages, which depend on each other in their order: so they are
    /// installed in it.
    pub fn new(specs: &[PackageSpec]) -> Packages {
        let mut packages = Packages {
            folder: tempfile::tempdir().unwrap(),
            signer: Signer::from_pem("test-only.rsa.pub", KEY, Digest::Sha256).unwrap(),
            names: Vec::new(),
            records: Vec::new(),
        };
        let public = packages.signer.public_pem().unwrap();
        fs::write(packages.folder.path().join("test-only.rsa.pub"), public).unwrap();
        fs::create_dir_all(packages.folder.path().join("x86_64")).unwrap();
        for spec in specs {
            packages.add(spec, &spec.data_member().unwrap());
        }
        packages
    }

    /// The same with one more package, whose data member holds this tar, however odd.
    pub fn with_tar(mut self, spec: &PackageSpec, tar: &[u8]) -> Packages {
        self.add(spec, &gzip(tar).unwrap());
        self
    }

    /// The folder of the repository, in which there is room for more.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn add(&mut self, spec: &PackageSpec, data: &[u8]) {
        let mut spec = spec.clone();
        spec.depends.extend(self.names.last().cloned());
        let written = spec
            .write_parts(&spec.pkginfo(data), data, &self.signer)
            .unwrap();
        let path = self.folder.path().join("x86_64").join(&written.file_name);
        fs::write(path, &written.bytes).unwrap();
        self.names.push(spec.name.clone());
        self.records.push(written.index_record);
        let index = write_index(&self.records, "test", Some(&self.signer)).unwrap();
        let path = self.folder.path().join("x86_64/APKINDEX.tar.gz");
        fs::write(path, index).unwrap();
    }

    /// Runs the program on a manifest of all packages, and `more` after its top-level keys.
    fn run(&self, manifest: &str, format: &str, output: &str) -> Result<PathBuf, String> {
        let folder = self.folder.path();
        let names: Vec<String> = self.names.iter().map(|n| format!("{n:?}")).collect();
        let text = format!("packages = [{}]\n{manifest}", names.join(", "));
        let path = folder.join(format!("{output}.toml"));
        fs::write(&path, text).unwrap();
        let output = folder.join(output);
        let mut command = Command::new(env!("CARGO_BIN_EXE_apkcompose"));
        command
            .env_remove("SOURCE_DATE_EPOCH")
            .args(["build", "--quiet", "--scripts", "skip"])
            .args(["--arch", "x86_64", "--format", format, "--offline"])
            .arg(&path)
            .arg("--output")
            .arg(&output)
            .arg("--repository")
            .arg(folder)
            .arg("--key")
            .arg(folder.join("test-only.rsa.pub"))
            .arg("--cache-dir")
            .arg(folder.join("cache"));
        let result = command.output().unwrap();
        match result.status.success() {
            true => Ok(output),
            false => Err(String::from_utf8_lossy(&result.stderr).into_owned()),
        }
    }

    /// The image of a manifest with this text below its list of packages.
    pub fn build(&self, manifest: &str) -> Image {
        self.try_build(manifest)
            .unwrap_or_else(|error| panic!("{error}\n{manifest}"))
    }

    /// The same, or what the program says.
    pub fn try_build(&self, manifest: &str) -> Result<Image, String> {
        let output = self.run(manifest, "oci", "image")?;
        let image = Image::read(&output);
        fs::remove_dir_all(output).unwrap();
        Ok(image)
    }

    /// The tree that every image of this manifest should hold: that of a plain tar.
    pub fn tree(&self, manifest: &str) -> Result<Tree, String> {
        let output = self.run(manifest, "tar", "root.tar")?;
        let bytes = fs::read(&output).unwrap();
        let mut tree = Tree::default();
        tree.apply(&super::image::entries(&bytes));
        Ok(tree)
    }
}
