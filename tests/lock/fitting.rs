//! Which locks fit a manifest, and what is said of those that do not.

use crate::scene::{Locked, MANIFEST};
use crate::support::Run;
use std::fs;

#[test]
fn without_a_lock_locked_fails() {
    let locked = Locked::new();
    for verb in ["build", "resolve"] {
        locked.run(verb, &["--locked"]).fails_with(&[
            "there is no lock ../image.lock",
            "apkcompose lock ../image.toml",
        ]);
    }
    assert_eq!(locked.scene.left(), [] as [&str; 0]);
    let run = locked
        .scene
        .run_bare(&["build", "--package", "app", "--locked"]);
    run.fails_with(&["only a manifest that is a file can be locked"]);
}

#[test]
fn a_stale_lock_is_an_error_that_names_what_does_not_fit() {
    let other = "[[repository]]\nurl = \"other\"\nkeys = [\"test-only.rsa.pub\"]\n";
    for (manifest, part) in [
        (
            MANIFEST.replace("\"app\"", "\"app\", \"other\""),
            "asks for \"other\", which is not locked",
        ),
        (
            MANIFEST.replace("\"app\"", ""),
            "\"app\" is locked, and the manifest no longer",
        ),
        (
            MANIFEST.replace("\"app\"", "\"app=1.0-r0\""),
            "asks for \"app=1.0-r0\"",
        ),
        (
            format!("{MANIFEST}{other}"),
            "has the repository other, the lock has not",
        ),
        (
            MANIFEST.replace("url = \"repo\"", "url = \"other\""),
            "has the repository repo, the manifest no longer",
        ),
        (
            format!("{MANIFEST}tag = \"x\"\n"),
            "the manifest has the repository @x repo",
        ),
        (
            format!("{MANIFEST}allow-unsigned = true\n"),
            "or the trust of the manifest's repositories",
        ),
        (
            format!("{MANIFEST}[repositories]\nalpine = \"3.19\"\n"),
            "no release of Alpine, the manifest of Alpine 3.19",
        ),
        (
            MANIFEST.replace("[\"x86_64\"]", "[\"x86_64\", \"aarch64\"]"),
            "nothing is locked for aarch64",
        ),
    ] {
        let locked = Locked::already();
        locked.scene.write("image.toml", &manifest);
        for args in [&["--arch", "x86_64"][..], &["--arch", "x86_64", "--locked"]] {
            locked.run("build", args).fails_with(&[
                "../image.lock no longer fits its manifest",
                part,
                "apkcompose lock ../image.toml",
            ]);
        }
        assert_eq!(locked.scene.left(), [] as [&str; 0]);
    }
}

#[test]
fn what_does_not_decide_about_packages_does_not_make_a_lock_stale() {
    let locked = Locked::already();
    let manifest = MANIFEST.replace(
        "packages",
        "name = \"me/app\"\nscripts = \"skip\"\npackages",
    );
    let image = "[image]\ncmd = [\"app\"]\n[layers]\nbudget = 3\n";
    locked
        .scene
        .write("image.toml", format!("{manifest}{image}"));
    locked
        .run("build", &["--locked", "--output", "out.tar"])
        .digest();
    // Nor does the folder from which the program is run.
    let absolute = locked.scene.path("image.toml");
    let mut command = locked.scene.bare();
    command.arg("build").arg(absolute).arg("--locked");
    Run::of(command).digest();
}

#[test]
fn another_key_makes_a_lock_stale() {
    let locked = Locked::new();
    locked.scene.write(
        "keys/test-only.rsa.pub",
        fs::read(locked.scene.key()).unwrap(),
    );
    let manifest = MANIFEST.replace("\"test-only.rsa.pub\"", "\"keys\"");
    locked.scene.write("image.toml", manifest);
    locked.lock(&[]);
    // A second key in the folder is somebody else to trust.
    let stranger = include_str!("../keys/stranger.rsa.pub");
    locked.scene.write("keys/stranger.rsa.pub", stranger);
    locked.run("build", &["--locked"]).fails_with(&["the keys"]);
}

#[test]
fn a_key_of_the_command_line_must_be_there_again() {
    let locked = Locked::new();
    let manifest = MANIFEST.replace("keys = [\"test-only.rsa.pub\"]\n", "");
    locked.scene.write("image.toml", manifest);
    let key = locked.scene.key();
    let key = key.to_str().unwrap();
    locked.lock(&["--key", key]);
    locked.run("build", &["--locked", "--key", key]).digest();
    locked.run("build", &["--locked"]).fails_with(&[
        "test-only.rsa.pub",
        "not trusted here",
        "--key",
    ]);
    locked.edit(
        "name = \"test-only.rsa.pub\"\nsha256 = \"",
        "name = \"test-only.rsa.pub\"\nsha256 = \"0000",
    );
    let text = locked.text();
    let at = text.find("sha256 = \"0000").unwrap() + "sha256 = \"".len();
    fs::write(
        locked.lock_file(),
        format!("{}{}", &text[..at + 64], &text[at + 68..]),
    )
    .unwrap();
    let run = locked.run("build", &["--locked", "--key", key]);
    run.fails_with(&["test-only.rsa.pub is not the one that was locked"]);
}
