//! Locking again: what moves and what stays.

use crate::scene::{Locked, MANIFEST, packages, version, versions};
use apkcompose::apk::write::PackageSpec;

/// `lib` and `app` of both versions, and `other`, `extra` of the new one.
fn both_versions() -> Vec<PackageSpec> {
    let mut all = packages();
    all.extend([
        version("lib", "2.0-r0", &[]),
        version("app", "2.0-r0", &["lib"]),
        version("other", "2.0-r0", &[]),
        version("extra", "2.0-r0", &[]),
    ]);
    all
}

#[test]
fn a_stale_lock_moves_as_little_as_possible() {
    let locked = Locked::already();
    locked.publish("x86_64", &both_versions());
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"extra\""),
    );
    let run = locked.lock(&[]);
    assert_eq!(
        versions(&locked),
        ["lib-1.0-r0", "app-1.0-r0", "extra-2.0-r0"]
    );
    assert!(
        run.stderr.contains("extra 2.0-r0 is new (x86_64)"),
        "{}",
        run.stderr
    );
}

#[test]
fn update_moves_everything() {
    let locked = Locked::already();
    locked.publish("x86_64", &both_versions());
    let run = locked.lock(&["--update"]);
    assert_eq!(versions(&locked), ["lib-2.0-r0", "app-2.0-r0"]);
    assert!(
        run.stderr.contains("app 1.0-r0 → 2.0-r0 (x86_64)"),
        "{}",
        run.stderr
    );
}

#[test]
fn update_of_a_name_moves_it_alone() {
    for (name, expected) in [
        ("lib", ["lib-2.0-r0", "app-1.0-r0"]),
        ("app", ["lib-1.0-r0", "app-2.0-r0"]),
    ] {
        let locked = Locked::already();
        locked.publish("x86_64", &both_versions());
        locked.lock(&["--update", name]);
        assert_eq!(versions(&locked), expected);
    }
    let locked = Locked::already();
    let run = locked.run("lock", &["--update", "lob"]);
    run.fails_with(&["no package \"lob\""]);
}

#[test]
fn what_an_updated_package_needs_moves_with_it() {
    let locked = Locked::already();
    let mut all = packages();
    all.extend([
        version("lib", "2.0-r0", &[]),
        version("app", "2.0-r0", &["lib>=2"]),
        version("other", "2.0-r0", &[]),
    ]);
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"other\""),
    );
    locked.lock(&[]);
    locked.publish("x86_64", &all);
    locked.lock(&["--update", "app"]);
    assert_eq!(
        versions(&locked),
        ["lib-2.0-r0", "app-2.0-r0", "other-1.0-r0"]
    );
}

#[test]
fn a_name_that_only_a_newer_version_provides_frees_that_package() {
    let locked = Locked::already();
    let mut all = packages();
    let mut lib = version("lib", "2.0-r0", &[]);
    lib.provides = vec!["so:lib.so.2=2".into()];
    all.extend([
        lib,
        version("extra", "1.0-r0", &["so:lib.so.2"]),
        version("app", "2.0-r0", &["lib"]),
    ]);
    locked.publish("x86_64", &all);
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"extra\""),
    );
    locked.lock(&[]);
    assert_eq!(
        versions(&locked),
        ["lib-2.0-r0", "app-1.0-r0", "extra-1.0-r0"]
    );
}

#[test]
fn packages_that_are_gone_from_the_repository_move() {
    let locked = Locked::already();
    locked.publish(
        "x86_64",
        &[
            version("lib", "2.0-r0", &[]),
            version("app", "1.0-r0", &["lib"]),
            version("other", "3.0-r0", &[]),
        ],
    );
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"other\""),
    );
    locked.lock(&[]);
    assert_eq!(
        versions(&locked),
        ["lib-2.0-r0", "app-1.0-r0", "other-3.0-r0"]
    );
}
