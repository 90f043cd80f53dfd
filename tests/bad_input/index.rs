//! Indexes that cannot be used.

use crate::refused;
use crate::support::scene::{package, signer, stranger};
use crate::support::{Run, Scene, rich};
use apkcompose::apk::write::write_index;
use std::fs;
use std::path::PathBuf;

fn path(scene: &Scene) -> PathBuf {
    scene.repository().join("x86_64/APKINDEX.tar.gz")
}

/// Builds from a repository whose index was changed so; `None` takes it away.
fn build(change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> (Scene, Run) {
    let scene = Scene::with(&rich::packages());
    let path = path(&scene);
    match change(fs::read(&path).unwrap()) {
        Some(bytes) => fs::write(&path, bytes).unwrap(),
        None => fs::remove_file(&path).unwrap(),
    }
    let run = scene.run(&["build", "--package", "tools"]);
    (scene, run)
}

/// Checks what is said of an index that was changed so. Its place is always named.
#[track_caller]
fn check(change: impl Fn(Vec<u8>) -> Option<Vec<u8>>, part: &str) {
    let (scene, run) = build(change);
    let place = path(&scene);
    refused(&scene, &run, &[place.to_str().unwrap(), part]);
}

fn records() -> Vec<String> {
    let written = rich::packages();
    let written = written.iter().map(|p| p.write(&signer()).unwrap());
    written.map(|p| p.index_record).collect()
}

#[test]
fn an_index_that_is_not_there_is_named() {
    check(|_| None, "there is no such file");
    let scene = Scene::new();
    let run = scene.run(&["build", "--package", "tools"]);
    let repository = scene.repository();
    refused(&scene, &run, &[repository.to_str().unwrap()]);
}

#[test]
fn a_web_page_is_no_index() {
    let page = b"<!DOCTYPE html><html>Please log in</html>".to_vec();
    check(move |_| Some(page.clone()), "HTML");
}

#[test]
fn an_unsigned_index_is_refused_unless_the_manifest_allows_it() {
    check(
        |_| Some(write_index(&records(), "x", None).unwrap()),
        "signature",
    );

    let unsigned = write_index(&records(), "x", None).unwrap();
    let scene = Scene::with(&rich::packages());
    fs::write(path(&scene), unsigned).unwrap();
    let manifest = "packages = [\"tools\"]\n\
                    [[repository]]\nurl = \"repo\"\nallow-unsigned = true\n";
    let manifest = scene.write("lenient.toml", manifest);
    let args = ["build", manifest.to_str().unwrap(), "--arch", "x86_64"];
    let run = scene.run_bare(&args);
    run.digest();
    assert!(run.stderr.contains("warning: "), "{}", run.stderr);
    assert!(run.stderr.contains("without a signature") || run.stderr.contains("unsigned"));
}

#[test]
fn an_index_signed_by_a_stranger_is_refused_by_the_keys_name() {
    check(
        |_| Some(write_index(&records(), "x", Some(&stranger())).unwrap()),
        "stranger.rsa.pub",
    );
}

#[test]
fn one_changed_byte_is_noticed() {
    // In the signature, and near the end, in the signed part.
    for part in [0.2, 0.9] {
        let (scene, run) = build(|mut bytes| {
            let place = (bytes.len() as f64 * part) as usize;
            bytes[place] ^= 0x10;
            Some(bytes)
        });
        let place = path(&scene);
        refused(&scene, &run, &[place.to_str().unwrap()]);
    }
}

#[test]
fn a_truncated_index_is_refused() {
    for keep in [0.0, 0.1, 0.5, 0.99] {
        let (scene, run) = build(|mut bytes| {
            bytes.truncate((bytes.len() as f64 * keep) as usize);
            Some(bytes)
        });
        let place = path(&scene);
        refused(&scene, &run, &[place.to_str().unwrap()]);
    }
}

#[test]
fn garbled_fields_are_refused() {
    for (field, garbled, part) in [
        ("C:Q1", "C:Q1!", "line 24 of the index: the field C"),
        ("S:", "S:many", "line 28 of the index: the field S"),
        (
            "V:",
            "V:../",
            "/repo cannot be used: \"tools-../1.0-r0.apk\" cannot be the name",
        ),
        ("P:", "P:../../", "there is no package tools"),
    ] {
        let mut records = records();
        let tools = records.last_mut().unwrap();
        *tools = tools.replacen(field, garbled, 1);
        let index = write_index(&records, "x", Some(&signer())).unwrap();
        let (scene, run) = build(|_| Some(index.clone()));
        refused(&scene, &run, &[part]);
    }
}

#[test]
fn a_package_cannot_be_made_up_by_its_name_in_an_index() {
    // The file of `other` under the name of `tools`.
    let scene = Scene::with(&rich::packages());
    let other = package("other", vec![]).write(&signer()).unwrap();
    fs::write(
        scene.repository().join("x86_64/tools-1.0-r0.apk"),
        other.bytes,
    )
    .unwrap();
    let run = scene.run(&["build", "--package", "tools"]);
    refused(&scene, &run, &["tools-1.0-r0"]);
}
