//! The roots that `apk add` left, scripts and all, built by everybody.
//!
//! Needs the data that `APKCOMPOSE_TEST_DATA` names, and says so where it is not set.

use super::support::skip::test_data;
use super::support::{Image, Run, Scene, output};
use super::who::everybody;
use std::fs;
use std::path::Path;
use std::process::Command;

const ISO: &str = "iso-3.19.1";

fn check(name: &str, repositories: &[&str]) {
    let what = format!("the root of {name} with scripts");
    let Some(data) = test_data(&what) else {
        return;
    };
    let expected = data.join("oracle/rootfs").join(name);
    let world = fs::read_to_string(expected.join("world")).unwrap();
    let mut digests = Vec::new();
    let scene = Scene::new();
    for who in everybody(&what) {
        let mut command = who.program(&scene);
        command.args(["build", "--output", "out.tar", "--arch", "x86_64"]);
        for repository in repositories {
            let folder = data.join("alpine").join(repository);
            command.arg("--repository").arg(&folder);
            let keys = folder.join("keys");
            if keys.exists() {
                command.arg("--key").arg(keys);
            }
        }
        for word in world.lines() {
            command.args(["--package", word]);
        }
        let digest = Run::of(command).digest();
        if let Some((first, other)) = digests.first() {
            assert_eq!((first, &digest), (first, other), "{who:?} is unlike");
        }
        digests.push((who, digest));
        compare(&scene, &data, &expected, &who.output(&scene, "out.tar"));
    }
}

fn compare(scene: &Scene, data: &Path, expected: &Path, archive: &Path) {
    let reader = data.join("bin/tree-of-image");
    let listing = output(Command::new(reader).arg(archive).arg("--check"));
    let listing = scene.write("listing", listing);
    let mut command = Command::new(data.join("bin/compare-trees"));
    let compared = output(command.arg(expected.join("tree")).arg(listing));
    assert!(compared.ends_with(" 0 differ\n"), "{compared}");
    let tree = Image::read(archive).tree;
    for file in ["installed", "triggers"] {
        let apks = fs::read_to_string(expected.join(file)).unwrap();
        let ours = tree.text(&format!("lib/apk/db/{file}"));
        assert!(ours == apks, "{file} differs");
    }
    let scripts = fs::read_to_string(expected.join("scripts")).unwrap();
    let names = scripts
        .lines()
        .filter_map(|line| line.split(' ').next_back());
    let archive = flate2::read::GzDecoder::new(tree.bytes("lib/apk/db/scripts.tar.gz"));
    let mut archive = tar::Archive::new(archive);
    let ours = archive.entries().unwrap().map(|entry| {
        let path = entry.unwrap().path().unwrap().into_owned();
        path.into_os_string().into_string().unwrap()
    });
    assert_eq!(ours.collect::<Vec<_>>(), names.collect::<Vec<_>>());
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
fn services_with_users_of_their_own_are_as_apk_leaves_them() {
    check("services", &[ISO]);
}

#[test]
fn git_with_its_certificates_is_as_apk_leaves_it() {
    check("git", &[ISO, "extra"]);
}

#[test]
fn tools_that_replace_those_of_busybox_are_as_apk_leaves_them() {
    check("tools", &[ISO, "extra"]);
}
