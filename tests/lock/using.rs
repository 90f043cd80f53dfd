//! Building with a lock.

use crate::scene::{Locked, MANIFEST, packages, version};
use crate::support::Image;
use crate::support::scene::write_repository;
use crate::support::server::Server;
use std::fs;

#[test]
fn a_locked_build_reads_no_index_and_gives_the_same_image() {
    let locked = Locked::new();
    let before = locked.run("build", &[]).digest();
    locked.lock(&[]);
    fs::remove_file(locked.scene.repository().join("x86_64/APKINDEX.tar.gz")).unwrap();
    assert_eq!(locked.run("build", &["--locked"]).digest(), before);
    // And so without a cache of what was built before, and without --locked.
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    assert_eq!(locked.run("build", &[]).digest(), before);
    // The database is that of an index, too.
    let tree = Image::read(&locked.scene.output("image.tar")).tree;
    let installed = tree.text("lib/apk/db/installed");
    assert!(
        installed.contains("\nS:") && installed.contains("\nD:lib\n"),
        "{installed}"
    );
}

#[test]
fn a_lock_holds_on_to_its_packages_when_there_are_newer_ones() {
    let locked = Locked::already();
    let before = locked.run("build", &[]).digest();
    let newer = [
        version("lib", "2.0-r0", &[]),
        version("app", "2.0-r0", &["lib"]),
    ];
    locked.publish_beside("x86_64", &newer);
    assert_eq!(locked.run("build", &[]).digest(), before);
    assert_eq!(locked.resolved(&[]), ["lib-1.0-r0", "app-1.0-r0"]);
    let run = locked.run("resolve", &["--json", "--locked"]);
    assert!(
        run.stdout.contains("\"version\": \"1.0-r0\""),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("2.0-r0"), "{}", run.stdout);
}

#[test]
fn what_an_index_says_otherwise_than_its_package_is_kept() {
    let locked = Locked::new();
    // An index without the size, with another description and a provided name of its own.
    let specs = packages();
    let records: Vec<String> = specs
        .iter()
        .map(|spec| {
            let record = spec
                .write(&crate::support::scene::signer())
                .unwrap()
                .index_record;
            let lines = record.lines().filter(|line| !line.starts_with("S:"));
            lines
                .map(|line| line.replace("of the tests", "of the index") + "\n")
                .collect::<String>()
                + "p:virtual\n"
        })
        .collect();
    let path = locked.scene.repository().join("x86_64/APKINDEX.tar.gz");
    fs::write(&path, crate::scene::index(&records)).unwrap();
    let before = locked.run("build", &[]).digest();
    locked.lock(&[]);
    assert!(
        locked.text().contains("record = \"C:Q1"),
        "{}",
        locked.text()
    );
    fs::remove_file(&path).unwrap();
    assert_eq!(locked.run("build", &["--locked"]).digest(), before);
}

#[test]
fn a_package_must_be_the_locked_file() {
    let locked = Locked::already();
    let path = locked.scene.repository().join("x86_64/app-1.0-r0.apk");
    let (good, text) = (fs::read(&path).unwrap(), locked.text());

    // Signed anew: the same package, another file.
    let app = &packages()[1];
    let again = app.write(&crate::support::scene::stranger()).unwrap();
    fs::write(&path, &again.bytes).unwrap();
    if again.bytes.len() == good.len() {
        locked
            .run("build", &[])
            .fails_with(&["app-1.0-r0", "its SHA-256 is", "the lock says"]);
    } else {
        locked
            .run("build", &[])
            .fails_with(&["app-1.0-r0", "expected were"]);
    }

    // The lock's numbers are held against the file even after it was used once.
    fs::write(&path, &good).unwrap();
    locked.run("build", &[]).digest();
    let sha256 = text
        .lines()
        .rfind(|line| line.starts_with("sha256"))
        .unwrap();
    locked.edit(sha256, &format!("sha256 = \"{}\"", "0".repeat(64)));
    locked
        .run("build", &[])
        .fails_with(&["its SHA-256 is", "the lock says 0000", "lock --update"]);
    fs::write(locked.lock_file(), &text).unwrap();
    let size = format!("size = {}", good.len());
    locked.edit(&size, "size = 1");
    locked.run("build", &[]).fails_with(&[
        "app-1.0-r0",
        &good.len().to_string(),
        "expected were 1",
    ]);

    // Another package under its name is seen by its identity.
    fs::write(locked.lock_file(), &text).unwrap();
    let other = version("app", "1.0-r0", &["lib", "other"]);
    fs::write(
        &path,
        other.write(&crate::support::scene::signer()).unwrap().bytes,
    )
    .unwrap();
    locked.run("build", &[]).failure();
}

#[test]
fn a_lock_vouches_for_packages_without_an_index_or_a_key_of_theirs() {
    let locked = Locked::already();
    // The same packages, in a folder that nobody signed for.
    let elsewhere = locked.scene.path("elsewhere/x86_64");
    fs::create_dir_all(&elsewhere).unwrap();
    for name in ["app", "lib"] {
        let file = format!("{name}-1.0-r0.apk");
        fs::copy(
            locked.scene.repository().join("x86_64").join(&file),
            elsewhere.join(&file),
        )
        .unwrap();
    }
    fs::remove_dir_all(locked.scene.repository()).unwrap();
    locked
        .run("build", &["--locked", "--repository", "../elsewhere"])
        .digest();
}

#[test]
fn options_that_change_what_is_resolved_put_the_lock_aside_and_say_so() {
    let locked = Locked::already();
    let newer = [
        version("lib", "2.0-r0", &[]),
        version("app", "2.0-r0", &["lib"]),
        version("other", "1.0-r0", &[]),
    ];
    locked.publish("x86_64", &newer);
    let run = locked.run("resolve", &["--package", "other"]);
    assert_eq!(run.stdout, "lib-2.0-r0\napp-2.0-r0\nother-1.0-r0\n");
    assert!(
        run.stderr
            .contains("note: ../image.lock is not used, since --package"),
        "{}",
        run.stderr
    );
    let quiet = locked.run("resolve", &["--package", "other", "--quiet"]);
    assert_eq!(quiet.stderr, "");
    // With --locked it is stale instead.
    locked
        .run("resolve", &["--package", "other", "--locked"])
        .fails_with(&["\"other\""]);
}

#[test]
fn a_locked_package_that_its_repository_dropped_is_an_error_that_names_it() {
    let locked = Locked::already();
    locked.publish(
        "x86_64",
        &[
            version("lib", "1.0-r0", &[]),
            version("app", "2.0-r0", &["lib"]),
        ],
    );
    let run = locked.run("build", &[]);
    run.fails_with(&[
        "the package app-1.0-r0 is not where it should be",
        "lock --update",
    ]);
    assert_eq!(locked.scene.left(), [] as [&str; 0]);
}

#[test]
fn an_architecture_that_is_not_locked_is_an_error() {
    let locked = Locked::new();
    locked
        .scene
        .write("image.toml", MANIFEST.replace("arch = [\"x86_64\"]\n", ""));
    locked.lock(&["--arch", "x86_64"]);
    let run = locked.run("build", &["--arch", "aarch64"]);
    run.fails_with(&[
        "nothing is locked for aarch64",
        "lock ../image.toml --arch aarch64",
    ]);
}

#[test]
fn offline_a_locked_build_needs_the_packages_alone_and_names_those_that_are_missing() {
    let locked = Locked::new();
    let server = Server::start();
    server.serve_folder(&locked.scene.repository());
    let manifest = MANIFEST.replace("url = \"repo\"", &format!("url = \"{}\"", server.url("")));
    locked.scene.write("image.toml", manifest);
    locked.lock(&[]);
    assert!(
        locked.text().contains("repository = \"http://127.0.0.1"),
        "{}",
        locked.text()
    );
    let digest = locked.run("build", &["--offline"]).digest();
    fs::remove_dir_all(locked.scene.path("cache/v1/indexes")).unwrap();
    assert_eq!(locked.run("build", &["--offline"]).digest(), digest);
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    fs::remove_file(locked.scene.output("image.tar")).unwrap();
    let asked = server.requests().len();
    let run = locked.run("build", &["--offline"]);
    let lib = format!("{}/x86_64/lib-1.0-r0.apk", server.url(""));
    run.fails_with(&["\n  ", &lib, "x86_64/app-1.0-r0.apk"]);
    assert_eq!(server.requests().len(), asked);
    // Online they are fetched, and the index is not asked for.
    assert_eq!(locked.run("build", &[]).digest(), digest);
    let paths: Vec<String> = server.requests()[asked..]
        .iter()
        .map(|r| r.path.clone())
        .collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert!(paths.iter().all(|path| path.ends_with(".apk")), "{paths:?}");
}

#[test]
fn no_credential_is_locked() {
    let locked = Locked::new();
    let server = Server::start();
    server.serve_folder(&locked.scene.repository());
    let url = server.url("").replace("http://", "http://me:secret@");
    let manifest = MANIFEST.replace("url = \"repo\"", &format!("url = \"{url}\""));
    locked.scene.write("image.toml", manifest);
    locked.lock(&[]);
    assert!(!locked.text().contains("secret"), "{}", locked.text());
    locked.run("build", &["--locked"]).digest();
}

#[test]
fn a_mirror_stands_in_for_the_official_server_and_is_not_locked() {
    let locked = Locked::new();
    write_repository(&locked.scene.path("mirror/v3.19/main"), &packages());
    write_repository(&locked.scene.path("mirror/v3.19/community"), &[]);
    let manifest = "packages = [\"app\"]\narch = [\"x86_64\"]\n[repositories]\nalpine = \"3.19\"\n";
    locked.scene.write("image.toml", manifest);
    let key = locked.scene.key();
    let args = ["--mirror", "../mirror", "--key", key.to_str().unwrap()];
    locked.lock(&args);
    let text = locked.text();
    assert!(
        text.contains("repository = \"https://dl-cdn.alpinelinux.org/alpine/v3.19/main\""),
        "{text}"
    );
    assert!(!text.contains("mirror"), "{text}");
    let digest = locked.run("build", &args).digest();
    // A folder that holds the packages right there is as good, with the lock.
    fs::rename(
        locked.scene.path("mirror/v3.19/main"),
        locked.scene.path("flat"),
    )
    .unwrap();
    fs::remove_dir_all(locked.scene.path("mirror")).unwrap();
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    let args = [
        "--mirror",
        "../flat",
        "--key",
        key.to_str().unwrap(),
        "--offline",
    ];
    assert_eq!(locked.run("build", &args).digest(), digest);
}

#[test]
fn another_place_for_the_packages_changes_nothing_in_the_image() {
    let locked = Locked::new();
    for repository in ["main", "community"] {
        let folder = locked.scene.path("mirror/v3.23").join(repository);
        write_repository(&folder, &packages());
    }
    // The default release, whose addresses the image lists.
    let manifest = "packages = [\"app\"]\narch = [\"x86_64\"]\n";
    locked.scene.write("image.toml", manifest);
    let key = locked.scene.key();
    let key = ["--key", key.to_str().unwrap()];
    let mirror = [&["--mirror", "../mirror"], &key[..]].concat();
    locked.lock(&mirror);
    let digest = locked.run("build", &mirror).digest();
    let folder = "../mirror/v3.23/community";
    let elsewhere = [&["--locked", "--repository", folder], &key[..]].concat();
    assert_eq!(locked.run("build", &elsewhere).digest(), digest);
}
