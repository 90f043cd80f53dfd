//! Making and checking a lock.

use crate::scene::{Locked, MANIFEST, packages, version, versions};
use crate::support::scene::write_repository_of;
use apkcompose::apk::write::PackageSpec;
use std::fs;

const BOTH: &str = "arch = [\"x86_64\", \"aarch64\"]";

fn of(arch: &str, packages: &[PackageSpec]) -> Vec<PackageSpec> {
    let mut packages = packages.to_vec();
    for package in &mut packages {
        package.arch = arch.into();
    }
    packages
}

/// Locked for two architectures.
fn two() -> Locked {
    let locked = Locked::new();
    locked.publish("aarch64", &of("aarch64", &packages()));
    locked
        .scene
        .write("image.toml", MANIFEST.replace("arch = [\"x86_64\"]", BOTH));
    locked
}

#[test]
fn a_lock_has_a_line_for_each_field_in_a_stable_order() {
    let locked = Locked::already();
    let text = locked.text();
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(" = ").next())
        .filter(|line| !line.starts_with('#') && !line.starts_with(' ') && !line.is_empty())
        .collect();
    let package = [
        "[[package.x86_64]]",
        "name",
        "version",
        "arch",
        "origin",
        "repository",
        "identity",
        "size",
        "sha256",
    ];
    let head = [
        "version",
        "count.x86_64",
        "[manifest]",
        "digest",
        "packages",
        "]",
        "[[repository]]",
        "address",
        "index.x86_64",
        "key.x86_64",
        "[[key]]",
        "name",
        "sha256",
    ];
    assert_eq!(keys, [&head[..], &package, &package].concat());
    assert_eq!(versions(&locked), ["lib-1.0-r0", "app-1.0-r0"]);
    assert!(text.contains("address = \"repo\"\n"), "{text}");
    // The same again from nothing.
    fs::remove_file(locked.lock_file()).unwrap();
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    locked.lock(&["--jobs", "1"]);
    assert_eq!(locked.text(), text);
    let sum = |name: &str| {
        let bytes = fs::read(locked.scene.repository().join("x86_64").join(name)).unwrap();
        let sum = crate::support::image::sha256(&bytes);
        (sum.replace("sha256:", "sha256 = \""), bytes.len())
    };
    let (sha256, size) = sum("app-1.0-r0.apk");
    assert!(
        text.contains(&format!("size = {size}\n{sha256}\"")),
        "{text}"
    );
}

#[test]
fn a_lock_that_fits_stays_byte_for_byte() {
    let locked = Locked::already();
    let newer = [
        version("lib", "2.0-r0", &[]),
        version("app", "2.0-r0", &["lib"]),
    ];
    locked.publish("x86_64", &newer);
    // Even one that this version of the program would write otherwise.
    locked.edit("\nversion = 1\n", "\nversion = 1 # mine\n");
    let text = locked.text();
    let run = locked.lock(&[]);
    assert!(run.stderr.contains("left as it is"), "{}", run.stderr);
    assert_eq!(locked.text(), text);
    assert_eq!(locked.lock(&["--quiet"]).stderr, "");
}

#[test]
fn check_tells_whether_a_lock_fits_and_writes_nothing() {
    let locked = Locked::new();
    locked
        .run("lock", &["--check"])
        .fails_with(&["there is no lock ../image.lock"]);
    assert!(!locked.lock_file().exists());
    locked.lock(&[]);
    let text = locked.text();
    let run = locked.run("lock", &["--check"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"other\""),
    );
    let run = locked.run("lock", &["--check"]);
    run.fails_with(&[
        "no longer fits",
        "\"other\"",
        "apkcompose lock ../image.toml",
    ]);
    assert_eq!(locked.text(), text);
}

#[test]
fn check_fetches_nothing() {
    let locked = Locked::already();
    fs::remove_dir_all(locked.scene.repository()).unwrap();
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    assert_eq!(locked.run("lock", &["--check"]).code, Some(0));
}

#[test]
fn all_architectures_are_locked_together() {
    let locked = two();
    locked.lock(&[]);
    let text = locked.text();
    assert!(
        text.contains("count.aarch64 = 2\ncount.x86_64 = 2\n"),
        "{text}"
    );
    assert_eq!(versions(&locked), ["lib-1.0-r0", "app-1.0-r0"].repeat(2));
    locked
        .run("build", &["--arch", "aarch64", "--locked"])
        .digest();
    locked
        .run("build", &["--arch", "x86_64", "--locked"])
        .digest();
}

#[test]
fn an_architecture_that_lacks_a_package_is_named() {
    let locked = two();
    locked.publish("aarch64", &of("aarch64", &packages()[1..]));
    let run = locked.run("lock", &[]);
    run.fails_with(&["for aarch64: ", "lib"]);
    assert!(!run.stderr.contains("x86_64: "), "{}", run.stderr);
    assert!(!locked.lock_file().exists());
    fs::remove_dir_all(locked.scene.repository().join("aarch64")).unwrap();
    locked
        .run("lock", &[])
        .fails_with(&["for aarch64: ", "no index"]);
}

#[test]
fn an_architecture_that_lacks_a_version_is_named() {
    let locked = two();
    let newer = [
        version("lib", "2.0-r0", &[]),
        version("app", "1.0-r0", &["lib"]),
    ];
    locked.publish("x86_64", &newer);
    let run = locked.lock(&[]);
    let warning = "lib is not of one version: 1.0-r0 for aarch64; 2.0-r0 for x86_64";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
}

#[test]
fn architectures_can_be_added_where_the_manifest_names_none() {
    let locked = two();
    locked
        .scene
        .write("image.toml", MANIFEST.replace("arch = [\"x86_64\"]\n", ""));
    locked.lock(&["--arch", "x86_64"]);
    assert_eq!(versions(&locked).len(), 2);
    locked.lock(&["--arch", "aarch64"]);
    assert_eq!(versions(&locked).len(), 4);
    let text = locked.text();
    locked.lock(&[]);
    assert_eq!(locked.text(), text);
}

#[test]
fn an_architecture_that_the_manifest_is_not_for_cannot_be_locked() {
    let locked = Locked::new();
    let run = locked.run("lock", &["--arch", "aarch64"]);
    run.fails_with(&["the manifest is for x86_64, not for aarch64"]);
}

#[test]
fn a_manifest_without_packages_can_be_locked() {
    let locked = Locked::new();
    locked
        .scene
        .write("image.toml", MANIFEST.replace("\"app\"", ""));
    locked.lock(&[]);
    assert_eq!(versions(&locked), [] as [&str; 0]);
    locked.run("build", &["--locked"]).digest();
    locked
        .run("build", &["--locked", "--arch", "aarch64"])
        .failure();
}

#[test]
fn tags_are_locked() {
    let locked = Locked::new();
    write_repository_of(
        &locked.scene.path("edge"),
        "x86_64",
        &[version("other", "3.0-r0", &[])],
    );
    let edge = "[[repository]]\nurl = \"edge\"\ntag = \"edge\"\nkeys = [\"test-only.rsa.pub\"]\n";
    let manifest = MANIFEST.replace("\"app\"", "\"app\", \"other@edge\"");
    locked
        .scene
        .write("image.toml", format!("{manifest}{edge}"));
    let before = locked.run("build", &[]).digest();
    locked.lock(&[]);
    assert!(
        locked
            .text()
            .contains("repository = \"edge\"\ntag = \"edge\"\n"),
        "{}",
        locked.text()
    );
    assert_eq!(locked.run("build", &["--locked"]).digest(), before);
}

#[test]
fn a_package_that_installs_nothing_is_locked_like_any_other() {
    let locked = Locked::new();
    let mut all = packages();
    let empty = version("empty", "1.0-r0", &["app"]);
    let data = empty.data_member().unwrap();
    let info = empty.pkginfo(&data).replace("size = 8192", "size = 0");
    let written = empty
        .write_parts(&info, &data, &crate::support::scene::signer())
        .unwrap();
    let mut records: Vec<String> = Vec::new();
    let folder = locked.scene.repository().join("x86_64");
    for spec in all.drain(..) {
        records.push(
            spec.write(&crate::support::scene::signer())
                .unwrap()
                .index_record,
        );
    }
    records.push(written.index_record.replace("I:8192", "I:0"));
    assert!(records[3].contains("I:0"), "{records:?}");
    fs::write(folder.join(&written.file_name), &written.bytes).unwrap();
    fs::write(
        folder.join("APKINDEX.tar.gz"),
        crate::scene::index(&records),
    )
    .unwrap();
    locked
        .scene
        .write("image.toml", MANIFEST.replace("\"app\"", "\"empty\""));
    let before = locked.run("build", &[]).digest();
    locked.lock(&[]);
    fs::remove_file(folder.join("APKINDEX.tar.gz")).unwrap();
    assert_eq!(locked.run("build", &["--locked"]).digest(), before);
}

#[test]
fn a_lock_that_cannot_be_written_is_an_error() {
    let locked = Locked::new();
    fs::create_dir(locked.lock_file()).unwrap();
    locked.run("lock", &[]).fails_with(&["../image.lock"]);
}

#[test]
fn an_unsigned_repository_is_locked_without_a_key() {
    let locked = Locked::new();
    let records: Vec<String> = packages()
        .iter()
        .map(|spec| {
            spec.write(&crate::support::scene::signer())
                .unwrap()
                .index_record
        })
        .collect();
    let index = apkcompose::apk::write::write_index(&records, "fixture", None).unwrap();
    fs::write(
        locked.scene.repository().join("x86_64/APKINDEX.tar.gz"),
        index,
    )
    .unwrap();
    locked
        .scene
        .write("image.toml", format!("{MANIFEST}allow-unsigned = true\n"));
    let run = locked.lock(&[]);
    assert!(
        run.stderr.contains("warning: nothing vouches for"),
        "{}",
        run.stderr
    );
    assert!(!locked.text().contains("[[key]]"), "{}", locked.text());
    // The lock vouches from now on.
    let run = locked.run("build", &[]);
    run.digest();
    assert!(!run.stderr.contains("nothing vouches"), "{}", run.stderr);
}
