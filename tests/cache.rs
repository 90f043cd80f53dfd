//! The cache: a build that was made before is copied, and nothing damaged is ever used.

#[path = "support/mod.rs"]
mod support;

use apkcompose::apk::write::File;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Run, Scene, package, rich};

/// The entries of a kind in a scene's cache.
fn entries(scene: &Scene, kind: &str) -> Vec<PathBuf> {
    let folder = scene.path("cache").join("v1").join(kind);
    let names = match folder.is_dir() {
        true => support::scene::names(&folder),
        false => Vec::new(),
    };
    names.iter().map(|name| folder.join(name)).collect()
}

/// Builds and gives the bytes of the archive.
#[track_caller]
fn build(scene: &Scene, args: &[&str]) -> Vec<u8> {
    let run = scene.run(&[&["build", "--output", "out.tar"], args].concat());
    run.digest();
    fs::read(scene.output("out.tar")).unwrap()
}

fn change(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_second_build_is_the_first_one_again() {
    let (scene, manifest) = rich::scene();
    let manifest = manifest.to_str().unwrap();
    let first = build(&scene, &[manifest]);
    assert_eq!(entries(&scene, "records").len(), 1);
    assert!(!entries(&scene, "blobs").is_empty());
    assert_eq!(build(&scene, &[manifest]), first);
    // What is only in the documents needs no new layers.
    let named = build(&scene, &[manifest, "--name", "other"]);
    assert_ne!(named, first);
    assert_eq!(entries(&scene, "records").len(), 1);
}

#[test]
fn warnings_are_given_again() {
    let mut spec = package("scripted", vec![File::regular("file", "content")]);
    let script = apkcompose::apk::package::Script::PostInstall;
    spec.scripts.insert(script, "#!/bin/sh\n".to_owned());
    let scene = Scene::with(&[spec]);
    let args = ["build", "--package", "scripted", "--scripts", "skip"];
    let (first, second) = (scene.run(&args), scene.run(&args));
    assert!(
        first.stderr.contains("scripts of scripted were skipped"),
        "{}",
        first.stderr
    );
    let warning = |run: &Run| run.talk().lines().next().map(str::to_owned);
    assert_eq!(warning(&first), warning(&second));
}

#[test]
fn every_input_counts() {
    let scene = Scene::with(&[package("one", vec![File::regular("one", "1")])]);
    scene.write("content", "first");
    let manifest = scene.write(
        "m.toml",
        "packages = [\"one\"]\n[[file]]\nsource = \"content\"\ntarget = \"/content\"\n",
    );
    let manifest = manifest.to_str().unwrap();
    let first = build(&scene, &[manifest]);
    scene.write("content", "other");
    let other = build(&scene, &[manifest]);
    assert_ne!(first, other, "a local file of the same size changed");
    fs::write(
        manifest,
        fs::read_to_string(manifest).unwrap() + "mode = \"0600\"\n",
    )
    .unwrap();
    assert_ne!(other, build(&scene, &[manifest]), "the mode changed");
    assert_eq!(entries(&scene, "records").len(), 3);
}

#[test]
fn damaged_entries_are_noticed_and_made_again() {
    let (scene, manifest) = rich::scene();
    let manifest = manifest.to_str().unwrap();
    let first = build(&scene, &[manifest]);
    for kind in ["blobs", "records"] {
        for entry in entries(&scene, kind) {
            change(&entry);
            assert_eq!(build(&scene, &[manifest]), first, "{}", entry.display());
            fs::remove_file(&entry).unwrap();
            assert_eq!(build(&scene, &[manifest]), first, "{}", entry.display());
            fs::write(&entry, "").unwrap();
            assert_eq!(build(&scene, &[manifest]), first, "{}", entry.display());
        }
    }
}

#[test]
fn a_package_that_changed_since_is_not_used() {
    // What does not compress is large enough for a layer of its own.
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(200_000)
    .collect();
    let scene = Scene::with(&[package("large", vec![File::regular("noise", noise)])]);
    let args = ["--package", "large"];
    build(&scene, &args);
    let folder = scene.repository().join("x86_64");
    let name = support::scene::names(&folder)
        .into_iter()
        .find(|name| name.ends_with(".apk"))
        .unwrap();
    change(&folder.join(name));
    fs::remove_file(scene.output("out.tar")).unwrap();
    let run = scene.run(&["build", "--output", "out.tar", "--package", "large"]);
    run.fails_with(&["large-1.0-r0"]);
    assert!(scene.left().is_empty());
}

#[test]
fn a_cache_that_cannot_be_written_to_is_no_failure_for_a_local_build() {
    let (scene, manifest) = rich::scene();
    scene.write("cache", "a file where the folder should be");
    let run = scene.run(&["build", manifest.to_str().unwrap()]);
    run.digest();
}

#[test]
fn info_counts_and_clean_removes() {
    let (scene, manifest) = rich::scene();
    build(&scene, &[manifest.to_str().unwrap()]);
    let info = scene.run_bare(&["cache", "info"]);
    assert_eq!(info.code, Some(0));
    assert!(info.stdout.contains("records       1"), "{}", info.stdout);
    let clean = scene.run_bare(&["cache", "clean"]);
    assert_eq!(clean.code, Some(0));
    assert!(clean.stderr.starts_with("removed "), "{}", clean.stderr);
    assert!(entries(&scene, "records").is_empty() && entries(&scene, "blobs").is_empty());
    build(&scene, &[manifest.to_str().unwrap()]);
}

#[test]
fn a_limit_is_kept() {
    let (scene, manifest) = rich::scene();
    build(&scene, &[manifest.to_str().unwrap(), "--cache-limit", "1"]);
    let kept: u64 = ["packages", "blobs", "records", "indexes"]
        .iter()
        .flat_map(|kind| entries(&scene, kind))
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert!(kept <= 1, "{kept} bytes");
}

#[test]
fn builds_at_the_same_time_do_not_disturb_each_other() {
    let (scene, manifest) = rich::scene();
    let manifest = manifest.to_str().unwrap();
    let expected = build(&scene, &[manifest]);
    fs::remove_dir_all(scene.path("cache")).unwrap();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let scene = &scene;
            let expected = &expected;
            scope.spawn(move || {
                let output = format!("out{number}.tar");
                let limit = ["--cache-limit", if number % 2 == 0 { "1" } else { "1G" }];
                let args = [&["build", manifest, "--output", &output][..], &limit].concat();
                scene.run(&args).digest();
                assert_eq!(&fs::read(scene.output(&output)).unwrap(), expected);
            });
        }
    });
}
