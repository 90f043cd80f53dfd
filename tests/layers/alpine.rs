//! Real Alpine packages, cut in every way, against the roots that `apk add` left.
//!
//! Needs the data that `APKCOMPOSE_TEST_DATA` names, and says so where it is not set.

use super::image::Image;
use super::support::skip::test_data;
use super::support::{Run, Scene, data, output};
use super::tree::Tree;
use std::fs;
use std::process::Command;

const CUTS: [&str; 7] = [
    "strategy = \"single\"",
    "strategy = \"single\"\ncompression = \"zstd\"",
    "strategy = \"package\"",
    "strategy = \"package\"\nbudget = 3",
    "strategy = \"package\"\nbudget = 127",
    "strategy = \"origin\"",
    "strategy = \"origin\"\nbudget = 127\ncompression = \"zstd\"",
];

fn check(name: &str, repositories: &[&str]) {
    let Some(data) = test_data(&format!("the layers of {name}")) else {
        return;
    };
    let expected = data.join("oracle/rootfs").join(name);
    let world = fs::read_to_string(expected.join("world")).unwrap();
    let words: Vec<&str> = world.lines().collect();
    let mut same: Option<Tree> = None;
    for (number, layers) in CUTS.into_iter().enumerate() {
        let scene = Scene::new();
        let manifest = scene.write(
            &format!("{number}.toml"),
            format!("packages = {words:?}\n[layers]\n{layers}\n"),
        );
        let mut command = data::command(&scene, &data, repositories);
        command.args(["--output", "out", "--format", "oci"]);
        command.arg(&manifest);
        Run::of(command).digest();
        let out = scene.output("out");
        // The data's reader shares nothing with this project, and checks every digest.
        let tool = data.join("bin/tree-of-image");
        let listing = output(Command::new(tool).arg(&out).arg("--check"));
        let listing = scene.write("listing", listing);
        let tool = data.join("bin/compare-trees");
        let tree = expected.join("tree-noscripts");
        let compared = output(Command::new(tool).arg(tree).arg(listing));
        assert!(compared.ends_with(" 0 differ\n"), "{layers}: {compared}");
        // And all that such a listing does not say, such as times.
        let tree = Tree::of(&Image::read(&out));
        match &same {
            Some(same) => assert_eq!(same.differences(&tree), [""; 0], "{layers}"),
            None => same = Some(tree),
        }
    }
}

#[test]
fn a_minimal_root_is_the_same_in_every_cut() {
    check("mini", &["iso-3.19.1"]);
}

#[test]
fn alpine_base_is_the_same_in_every_cut() {
    check("alpine-base", &["iso-3.19.1"]);
}

#[test]
fn openssh_is_the_same_in_every_cut() {
    check("openssh", &["iso-3.19.1"]);
}

#[test]
fn services_with_users_and_odd_modes_are_the_same_in_every_cut() {
    check("services", &["iso-3.19.1"]);
}

#[test]
fn git_is_the_same_in_every_cut() {
    check("git", &["iso-3.19.1", "extra"]);
}

#[test]
fn tools_that_replace_those_of_busybox_are_the_same_in_every_cut() {
    check("tools", &["iso-3.19.1", "extra"]);
}
