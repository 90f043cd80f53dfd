//! Images of real Alpine packages against the roots that `apk add` left of the same worlds.
//!
//! Needs the data that `APKCOMPOSE_TEST_DATA` names, and says so where it is not set.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::skip::{has_root, test_data};
use support::{Image, Run, Scene, Tree, data, output};

/// A world of the data.
struct World {
    data: PathBuf,
    name: &'static str,
    /// The repositories that its packages come from.
    repositories: &'static [&'static str],
}

const ISO: &str = "iso-3.19.1";

impl World {
    fn new(name: &'static str, repositories: &'static [&'static str]) -> Option<World> {
        Some(World {
            data: test_data(&format!("the root of {name}"))?,
            name,
            repositories,
        })
    }

    fn expected(&self, file: &str) -> PathBuf {
        self.data.join("oracle/rootfs").join(self.name).join(file)
    }

    fn build(&self, scene: &Scene, output: &str, format: &str) -> String {
        let mut command = data::command(scene, &self.data, self.repositories);
        command.args(["--output", output, "--format", format]);
        for word in fs::read_to_string(self.expected("world")).unwrap().lines() {
            command.args(["--package", word]);
        }
        Run::of(command).digest()
    }

    /// Compares a listing with that of the root, by the data's own tool.
    fn compare(&self, scene: &Scene, listing: &str) {
        let actual = scene.write("listing", listing);
        let tree = self.expected("tree-noscripts");
        let compared = output(
            Command::new(self.data.join("bin/compare-trees"))
                .arg(tree)
                .arg(actual),
        );
        assert!(compared.ends_with(" 0 differ\n"), "{compared}");
    }

    fn check(&self) {
        let scene = Scene::new();
        let digest = self.build(&scene, "out.tar", "archive");
        let archive = scene.output("out.tar");
        // The data's reader shares nothing with this project, and checks every digest.
        let tool = self.data.join("bin/tree-of-image");
        let listing = output(Command::new(tool).arg(&archive).arg("--check"));
        self.compare(&scene, &listing);

        let image = Image::read(&archive);
        assert_eq!(image.digest, digest);
        assert_eq!(image.tree.listing(), listing);
        self.check_database(&image.tree);
        let world = fs::read_to_string(self.expected("world")).unwrap();
        assert_eq!(image.tree.text("etc/apk/world"), world);
        assert_eq!(image.tree.text("etc/apk/arch"), "x86_64\n");

        if has_root(&format!("{} as a folder", self.name)) {
            self.build(&scene, "root", "rootfs");
            let root = scene.output("root");
            let tool = self.data.join("bin/tree-of-rootfs");
            let listing = output(Command::new(tool).arg(&root));
            self.compare(&scene, &listing);
            assert_eq!(Tree::of_folder(&root).listing(), listing);
        }
    }

    /// apk's own files, byte for byte.
    fn check_database(&self, tree: &Tree) {
        let without_scripts = self.expected("installed-noscripts");
        let installed = match without_scripts.exists() {
            true => without_scripts,
            false => self.expected("installed"),
        };
        same_lines(&installed, tree.bytes("lib/apk/db/installed"));
        let triggers = self.expected("triggers");
        same_lines(&triggers, tree.bytes("lib/apk/db/triggers"));
        let scripts = fs::read_to_string(self.expected("scripts")).unwrap();
        assert_eq!(listed(tree.bytes("lib/apk/db/scripts.tar.gz")), scripts);
    }
}

/// Checks that a file has these bytes; shows the first line that differs.
fn same_lines(expected: &Path, actual: &[u8]) {
    let expected = fs::read(expected).unwrap();
    let mut lines = (1..).zip(
        expected
            .split(|b| *b == b'\n')
            .zip(actual.split(|b| *b == b'\n')),
    );
    if let Some((number, (expected, actual))) = lines.find(|(_, (a, b))| a != b) {
        let (expected, actual) = (expected.escape_ascii(), actual.escape_ascii());
        panic!("line {number}: expected {expected}, found {actual}");
    }
    assert_eq!(expected.len(), actual.len());
}

/// The entries of a compressed tar as `tar --list --verbose --utc` shows them.
fn listed(archive: &[u8]) -> String {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let line = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!(header.entry_type(), tar::EntryType::Regular);
        assert_eq!(header.mode().unwrap(), 0o755);
        let owner = |name: Result<Option<&str>, _>| name.unwrap().unwrap().to_owned();
        let time = header.mtime().unwrap().try_into().unwrap();
        let time = jiff::Timestamp::from_second(time).unwrap();
        format!(
            "-rwxr-xr-x {}/{} {} {} {}\n",
            owner(header.username()),
            owner(header.groupname()),
            entry.size(),
            time.strftime("%Y-%m-%d %H:%M"),
            String::from_utf8_lossy(&entry.path_bytes()),
        )
    };
    archive.entries().unwrap().map(line).collect()
}

fn check(name: &'static str, repositories: &'static [&'static str]) {
    if let Some(world) = World::new(name, repositories) {
        world.check();
    }
}

#[test]
fn a_minimal_root_is_as_apk_leaves_it() {
    check("mini", &[ISO]);
}

#[test]
fn alpine_base_is_as_apk_leaves_it() {
    check("alpine-base", &[ISO]);
}

#[test]
fn openssh_is_as_apk_leaves_it() {
    check("openssh", &[ISO]);
}

#[test]
fn services_with_users_and_odd_modes_are_as_apk_leaves_them() {
    check("services", &[ISO]);
}

#[test]
fn git_of_two_repositories_is_as_apk_leaves_it() {
    check("git", &[ISO, "extra"]);
}

#[test]
fn tools_that_replace_those_of_busybox_are_as_apk_leaves_them() {
    check("tools", &[ISO, "extra"]);
}

#[test]
fn the_php_manifest_builds_from_real_packages() {
    let Some(shared) = test_data("the image of manifests/php.toml") else {
        return;
    };
    let scene = Scene::new();
    let image = Image::read(&data::php(&scene, &shared));
    let file = include_bytes!("../manifests/demo-src/index.php");
    assert_eq!(image.tree.bytes("demo/index.php"), file);
    assert!(image.tree.has("usr/bin/php"), "{:?}", image.tree.paths());
    assert_eq!(image.tree.text("etc/apk/world"), "php\n");
    let config = &image.config["config"];
    let entrypoint = serde_json::json!(["php", "-S", "0.0.0.0:80", "-t", "/demo"]);
    assert_eq!(config["Entrypoint"], entrypoint);
    assert_eq!(config["ExposedPorts"], serde_json::json!({"80/tcp": {}}));
    assert_eq!(image.docker["RepoTags"], serde_json::json!(["php:latest"]));
}
