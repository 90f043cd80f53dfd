//! A folder with all packages of a lock.

use crate::scene::{Locked, MANIFEST, packages, version};
use crate::support::Run;
use crate::support::scene::names;
use crate::support::server::Server;
use apkcompose::apk::write::PackageSpec;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The test's private key under the name that its public half has.
fn sign_key(locked: &Locked) -> String {
    let key = include_str!("../keys/test-only.rsa");
    let path = locked.scene.write("private/test-only.rsa", key);
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn vendor(locked: &Locked, args: &[&str]) -> Run {
    let run = locked.run("vendor", &[&["packages"], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

/// The files below a folder, with a number that changes when they are written anew.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut all = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push((path.clone(), fs::metadata(&path).unwrap().ino())),
        }
    }
    all
}

#[test]
fn a_vendored_folder_builds_offline_when_all_else_is_gone() {
    let locked = Locked::already();
    let digest = locked.run("build", &[]).digest();
    vendor(&locked, &[]);
    fs::remove_dir_all(locked.scene.repository()).unwrap();
    for args in [
        &["--locked", "--repository", "packages"][..],
        &["--mirror", "packages"],
    ] {
        let _ = fs::remove_dir_all(locked.scene.path("cache"));
        let args = [&["--offline"], args].concat();
        assert_eq!(locked.run("build", &args).digest(), digest);
    }
}

#[test]
fn a_signed_folder_is_a_repository_for_all() {
    let locked = Locked::already();
    let key = sign_key(&locked);
    vendor(&locked, &["--sign-key", &key]);
    assert_eq!(
        names(&locked.scene.output("packages/keys")),
        ["test-only.rsa.pub"]
    );
    assert_eq!(
        names(&locked.scene.output("packages/x86_64")),
        ["APKINDEX.tar.gz", "app-1.0-r0.apk", "lib-1.0-r0.apk"]
    );
    // Without the lock, as any other repository.
    let digest = locked.run("build", &[]).digest();
    let args = ["--repository", "packages", "--key", "packages/keys"];
    let run = locked.run("build", &args);
    assert_eq!(run.digest(), digest);
    assert!(
        run.stderr.contains("image.lock is not used"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_unsigned_folder_is_nothing_without_the_lock() {
    let locked = Locked::already();
    vendor(&locked, &[]);
    assert_eq!(names(&locked.scene.output("packages")), ["x86_64"]);
    let run = locked.run("resolve", &["--quiet", "--repository", "packages"]);
    run.fails_with(&["packages/x86_64/APKINDEX.tar.gz", "sign"]);
}

#[test]
fn what_is_there_and_right_is_kept() {
    let locked = Locked::already();
    let key = sign_key(&locked);
    let args = ["--sign-key", key.as_str()];
    vendor(&locked, &args);
    let before = files(&locked.scene.output("packages"));
    // Nothing is read from elsewhere either.
    fs::remove_dir_all(locked.scene.repository()).unwrap();
    let _ = fs::remove_dir_all(locked.scene.path("cache"));
    let run = vendor(&locked, &args);
    assert!(
        run.stderr.contains("2 packages") && run.stderr.contains("of which 2 were there"),
        "{}",
        run.stderr
    );
    assert_eq!(files(&locked.scene.output("packages")), before);
}

#[test]
fn what_is_damaged_or_missing_is_replaced() {
    let locked = Locked::already();
    vendor(&locked, &[]);
    let folder = locked.scene.output("packages/x86_64");
    let app = folder.join("app-1.0-r0.apk");
    let good = fs::read(&app).unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    for damage in [&bad[..], &good[..good.len() / 2], b""] {
        fs::write(&app, damage).unwrap();
        let run = vendor(&locked, &[]);
        assert!(
            run.stderr.contains("of which 1 were there"),
            "{}",
            run.stderr
        );
        assert_eq!(fs::read(&app).unwrap(), good);
    }
    fs::remove_file(folder.join("lib-1.0-r0.apk")).unwrap();
    fs::remove_file(folder.join("APKINDEX.tar.gz")).unwrap();
    vendor(&locked, &[]);
    assert_eq!(names(&folder).len(), 3);
    // What cannot be had is an error, and what was there is left as it was.
    fs::write(&app, b"").unwrap();
    fs::remove_dir_all(locked.scene.repository()).unwrap();
    let run = locked.run("vendor", &["packages"]);
    run.fails_with(&["app-1.0-r0"]);
    assert_eq!(fs::read(&app).unwrap(), b"");
}

#[test]
fn all_architectures_are_vendored() {
    let locked = Locked::new();
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
    let digest = locked.run("build", &["--arch", "aarch64"]).digest();
    vendor(&locked, &[]);
    fs::remove_dir_all(locked.scene.repository()).unwrap();
    assert_eq!(
        names(&locked.scene.output("packages")),
        ["aarch64", "x86_64"]
    );
    let args = ["--arch", "aarch64", "--locked", "--repository", "packages"];
    assert_eq!(locked.run("build", &args).digest(), digest);
}

#[test]
fn packages_that_the_lock_no_longer_needs_are_named_and_left() {
    let locked = Locked::already();
    vendor(&locked, &[]);
    locked.publish(
        "x86_64",
        &[
            version("lib", "2.0-r0", &[]),
            version("app", "2.0-r0", &["lib"]),
        ],
    );
    locked.lock(&["--update"]);
    let run = vendor(&locked, &[]);
    assert!(
        run.stderr.contains("packages/x86_64/lib-1.0-r0.apk"),
        "{}",
        run.stderr
    );
    assert_eq!(names(&locked.scene.output("packages/x86_64")).len(), 5);
}

#[test]
fn vendoring_is_from_the_network_once() {
    let locked = Locked::new();
    let server = Server::start();
    server.serve_folder(&locked.scene.repository());
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("url = \"repo\"", &format!("url = \"{}\"", server.url(""))),
    );
    locked.lock(&[]);
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    let asked = server.requests().len();
    locked
        .run("vendor", &["packages", "--offline"])
        .fails_with(&["app-1.0-r0.apk", "lib-1.0-r0.apk"]);
    vendor(&locked, &[]);
    assert_eq!(server.requests().len(), asked + 2);
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    vendor(&locked, &["--offline"]);
}

#[test]
fn there_must_be_a_lock_that_fits() {
    let locked = Locked::new();
    locked
        .run("vendor", &["packages"])
        .fails_with(&["there is no lock ../image.lock"]);
    locked.lock(&[]);
    locked
        .scene
        .write("image.toml", MANIFEST.replace("\"app\"", "\"other\""));
    locked
        .run("vendor", &["packages"])
        .fails_with(&["no longer fits"]);
    assert_eq!(locked.scene.left(), [] as [&str; 0]);
}

#[test]
fn a_key_that_cannot_sign_is_an_error() {
    let locked = Locked::already();
    let public = locked.scene.key();
    let public = public.to_str().unwrap();
    for (key, part) in [
        ("nothing.rsa", "cannot read the private key nothing.rsa"),
        (public, "it is no private key"),
    ] {
        locked
            .run("vendor", &["packages", "--sign-key", key])
            .fails_with(&[part]);
    }
    assert_eq!(locked.scene.left(), [] as [&str; 0]);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let locked = Locked::already();
    fs::write(locked.scene.output("packages"), "a file").unwrap();
    locked
        .run("vendor", &["packages"])
        .fails_with(&["cannot write packages/x86_64"]);
}
