//! `diff`: two locks, manifests or images.

use crate::scene::{Locked, MANIFEST, packages, version};
use crate::support::Run;
use crate::support::image::sha256;
use apkcompose::apk::write::{File, PackageSpec};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn diff(locked: &Locked, args: &[&str]) -> Run {
    let run = locked.scene.run_bare(&[&["diff"], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

/// `lib` of version 2 with more files, an `app` of another build, and `extra` instead of
/// `other`.
fn later() -> Vec<PackageSpec> {
    let mut lib = version("lib", "2.0-r0", &[]);
    lib.files
        .push(File::regular("etc/added", "added").mode(0o600));
    let mut app = version("app", "1.0-r0", &["lib"]);
    app.build_date += 1;
    app.files.push(File::symlink("etc/link", "app"));
    let mut moved = File::regular("etc/moved", "same")
        .mode(0o755)
        .owner("x", "y", 1, 2);
    moved.entry.mtime = 1;
    app.files.push(moved);
    vec![lib, app, version("extra", "1.0-r0", &[])]
}

fn earlier() -> Vec<PackageSpec> {
    let mut all = packages();
    all[1].files.push(File::symlink("etc/link", "lib"));
    all[1].files.push(File::regular("etc/moved", "same"));
    all
}

/// Locked and built as `old.tar`, then locked and built anew as `new.tar`; the first lock is
/// `old.lock`.
fn two() -> Locked {
    let locked = Locked::new();
    locked.publish("x86_64", &earlier());
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"other\""),
    );
    locked.lock(&[]);
    fs::copy(locked.lock_file(), locked.scene.output("old.lock")).unwrap();
    fs::copy(
        locked.scene.path("image.toml"),
        locked.scene.output("old.toml"),
    )
    .unwrap();
    locked.run("build", &["--output", "old.tar"]).digest();
    locked.publish("x86_64", &later());
    let manifest = MANIFEST.replace("\"app\"", "\"app\", \"extra\"");
    let image = "[[file]]\ntarget = \"/etc/motd\"\ncontent = \"hello\"\n";
    locked
        .scene
        .write("image.toml", format!("{manifest}{image}"));
    locked.lock(&["--update"]);
    locked.run("build", &["--output", "new.tar"]).digest();
    locked
}

/// The lines without what stands in brackets and behind a semicolon: sizes.
fn without_sizes(text: &str) -> Vec<String> {
    let cut = |line: &str| line.split([';', '(']).next().unwrap().trim_end().to_owned();
    text.lines().map(cut).collect()
}

const PACKAGES: [&str; 5] = [
    "~ app 1.0-r0",
    "+ extra 1.0-r0",
    "~ lib 1.0-r0 → 2.0-r0",
    "- other 1.0-r0",
    "packages: 1 added, 1 removed, 2 changed",
];

#[test]
fn two_locks_are_compared_by_package() {
    let locked = two();
    let run = diff(&locked, &["old.lock", "../image.lock"]);
    assert_eq!(without_sizes(&run.stdout), PACKAGES);
    assert!(run.stdout.contains("(another build, "), "{}", run.stdout);
    let run = diff(&locked, &["../image.lock", "../image.lock"]);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("", "nothing differs\n")
    );
}

#[test]
fn a_manifest_stands_for_what_it_resolves_to() {
    let locked = two();
    let key = locked.scene.key();
    let key = key.to_str().unwrap();
    let run = diff(&locked, &["old.lock", "../image.toml", "--key", key]);
    assert_eq!(without_sizes(&run.stdout), PACKAGES);
    let run = diff(&locked, &["../image.toml", "../image.lock"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn two_images_are_compared_by_package_and_file() {
    let locked = two();
    let run = diff(&locked, &["old.tar", "new.tar"]);
    let lines = without_sizes(&run.stdout);
    assert_eq!(lines[..5], PACKAGES);
    let expected = [
        "+ /etc/added",
        "~ /etc/apk/world: content",
        "+ /etc/extra",
        "~ /etc/lib: content",
        "~ /etc/link: target",
        "+ /etc/motd",
        "~ /etc/moved: mode 644 → 755, owner 0:0 → 1:2",
        "- /etc/other",
        "~ /lib/apk/db/installed: content",
        "files: 3 added, 1 removed, 5 changed",
    ];
    assert_eq!(lines[5..], expected);
    assert!(run.stdout.contains("; layers "), "{}", run.stdout);
}

#[test]
fn an_image_is_compared_with_a_lock_by_package() {
    let locked = two();
    assert_eq!(diff(&locked, &["new.tar", "../image.lock"]).stdout, "");
    let run = diff(&locked, &["old.tar", "../image.lock"]);
    assert_eq!(without_sizes(&run.stdout), PACKAGES);
}

#[test]
fn the_format_and_the_cut_of_an_image_make_no_difference() {
    let locked = two();
    locked
        .run("build", &["--format", "oci", "--output", "new.oci"])
        .digest();
    assert_eq!(diff(&locked, &["new.tar", "new.oci"]).stdout, "");
    let manifest = fs::read_to_string(locked.scene.path("image.toml")).unwrap();
    let layers = "[layers]\ncompression = \"zstd\"\nstrategy = \"single\"\n";
    locked
        .scene
        .write("image.toml", format!("{manifest}{layers}"));
    locked.run("build", &["--output", "cut.tar"]).digest();
    assert_eq!(diff(&locked, &["new.tar", "cut.tar"]).stdout, "");
}

#[test]
fn json_has_all_of_it() {
    let locked = two();
    let run = diff(&locked, &["old.tar", "new.tar", "--json"]);
    let diff: Value = serde_json::from_str(&run.stdout).unwrap();
    let lib = &diff["packages"][2];
    assert_eq!(
        (&lib["name"], &lib["change"]),
        (&json!("lib"), &json!("changed"))
    );
    assert_eq!(lib["old"]["version"], "1.0-r0");
    assert!(lib["new"]["installed_size"].as_u64().unwrap() > 0);
    let files = diff["files"].as_array().unwrap();
    let moved = files
        .iter()
        .find(|file| file["path"] == "/etc/moved")
        .unwrap();
    assert_eq!(moved["differs"], json!(["mode", "owner"]));
    assert_eq!(moved["new"]["kind"], "file");
    assert_eq!(moved["new"]["size"], 4);
    assert!(diff["layers_size"]["old"].as_u64().unwrap() > 0);
}

#[test]
fn architectures_of_one_side_alone_are_told() {
    let locked = Locked::already();
    fs::copy(locked.lock_file(), locked.scene.output("old.lock")).unwrap();
    let foreign: Vec<PackageSpec> = packages()
        .into_iter()
        .map(|package| PackageSpec {
            arch: "aarch64".into(),
            ..package
        })
        .collect();
    locked.publish("aarch64", &foreign);
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("[\"x86_64\"]", "[\"x86_64\", \"aarch64\"]"),
    );
    locked.lock(&[]);
    let run = diff(&locked, &["old.lock", "../image.lock"]);
    assert_eq!(run.stdout, "aarch64 is in the second alone\n");
    let run = diff(&locked, &["old.lock", "../image.toml"]);
    assert_eq!(run.stdout, "aarch64 is in the second alone\n");
    assert_eq!(
        diff(&locked, &["old.lock", "../image.lock", "--arch", "x86_64"]).stdout,
        ""
    );
    let run = locked
        .scene
        .run_bare(&["diff", "old.lock", "../image.lock", "--arch", "s390x"]);
    run.fails_with(&["old.lock has nothing for s390x"]);
}

/// A tar of these files: a name that ends in a slash is a folder's.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mode(if name.ends_with('/') { 0o755 } else { 0o644 });
        header.set_entry_type(match name.ends_with('/') {
            true => tar::EntryType::Directory,
            false => tar::EntryType::Regular,
        });
        tar.append_data(&mut header, name, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

/// An archive as `docker save` once wrote it, of layers without compression.
fn saved(path: &Path, layers: &[Vec<u8>]) {
    let names: Vec<String> = layers
        .iter()
        .map(|layer| format!("{}/layer.tar", &sha256(layer)[7..]))
        .collect();
    let manifest = json!([{"Config": "config.json", "RepoTags": [], "Layers": names}]).to_string();
    let config = json!({"architecture": "amd64", "os": "linux"}).to_string();
    let mut files: Vec<(&str, &[u8])> = vec![
        ("manifest.json", manifest.as_bytes()),
        ("config.json", config.as_bytes()),
    ];
    files.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(layers.iter().map(Vec::as_slice)),
    );
    fs::write(path, tar(&files)).unwrap();
}

#[test]
fn layers_of_others_hide_files_of_those_below() {
    let locked = Locked::new();
    let below = tar(&[
        ("etc/", b""),
        ("etc/a", b"a"),
        ("etc/b", b"b"),
        ("srv/", b""),
        ("srv/old", b""),
    ]);
    let above = tar(&[
        ("etc/.wh.a", b""),
        ("etc/b", b"B"),
        ("srv/.wh..wh..opq", b""),
        ("srv/new", b""),
    ]);
    saved(
        &locked.scene.output("one.tar"),
        std::slice::from_ref(&below),
    );
    saved(&locked.scene.output("two.tar"), &[below, above]);
    let run = diff(&locked, &["one.tar", "two.tar"]);
    let expected = [
        "- /etc/a",
        "~ /etc/b: content",
        "+ /srv/new",
        "- /srv/old",
        "files: 1 added, 2 removed, 1 changed",
    ];
    assert_eq!(without_sizes(&run.stdout), expected);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let locked = two();
    let work = locked.scene.work();
    fs::create_dir(work.join("folder")).unwrap();
    fs::write(work.join("some.tar"), tar(&[("a", b"a")])).unwrap();
    let archive = fs::read(work.join("new.tar")).unwrap();
    fs::write(work.join("cut.tar"), &archive[..archive.len() / 2]).unwrap();
    for (path, part) in [
        ("nothing", "cannot read nothing"),
        (
            "folder",
            "folder is no image that can be read: there is no index.json",
        ),
        ("some.tar", "some.tar is no image that can be read"),
        ("cut.tar", "cut.tar is no image that can be read"),
    ] {
        locked
            .scene
            .run_bare(&["diff", "new.tar", path])
            .fails_with(&[part]);
    }
    let run = locked
        .scene
        .run_bare(&["diff", "new.tar", "new.tar", "--arch", "s390x"]);
    run.fails_with(&["new.tar has nothing for s390x"]);
}
