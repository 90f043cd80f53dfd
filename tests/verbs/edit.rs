//! `init`, `add` and `remove`.

use super::scene;
use crate::support::{Image, Run, Scene};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const MANIFEST: &str = "\
# A web server.
name = 'web' # short

packages = [
    # languages
    \"php~8.2\",  # the language
    \"libc\",
]

[image]   # how it starts
entrypoint = \"php\"
";

fn edited(scene: &Scene, args: &[&str]) -> Run {
    scene.write("work/web.toml", MANIFEST);
    scene.run(args)
}

fn text(scene: &Scene) -> String {
    fs::read_to_string(scene.output("web.toml")).unwrap()
}

#[test]
fn what_init_writes_builds() {
    let scene = scene();
    let run = scene.run_bare(&[
        "init", "php~8.2", "libz", "-o", "web.toml", "--alpine", "3.22",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("apkcompose build web.toml"));
    assert!(text(&scene).contains("alpine = \"3.22\""));
    scene.run(&["build", "web.toml"]).digest();
    let image = Image::read(&scene.output("web.tar"));
    assert_eq!(image.tree.text("etc/apk/world"), "libz\nphp~8.2\n");
}

#[test]
fn init_without_words_makes_an_empty_image_named_after_the_folder() {
    let scene = scene();
    assert_eq!(scene.run_bare(&["init", "-q"]).stderr, "");
    assert_eq!(scene.left(), ["work.toml"]);
    scene.run(&["build", "work.toml"]).digest();
}

#[test]
fn init_overwrites_nothing() {
    let scene = scene();
    scene.write("work/work.toml", "mine");
    let run = scene.run_bare(&["init", "php"]);
    run.fails_with(&["work.toml is there already", "--output"]);
    assert_eq!(fs::read(scene.output("work.toml")).unwrap(), b"mine");
    symlink("nowhere", scene.output("link.toml")).unwrap();
    scene
        .run_bare(&["init", "-o", "link.toml"])
        .fails_with(&["is there already"]);
    scene
        .run_bare(&["init", "-o", "no/such/x.toml"])
        .fails_with(&["cannot write no/such/x.toml"]);
    assert_eq!(scene.left(), ["link.toml", "work.toml"]);
}

#[test]
fn words_that_are_none_are_refused_by_name() {
    let scene = scene();
    let run = scene.run_bare(&["init", "php~"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("a version is missing after \"~\""));
    let run = scene.run_bare(&["init", "php", "php~8"]);
    run.fails_with(&["\"php\" and \"php~8\" are about one package"]);
    let run = edited(&scene, &["add", "web.toml", "a b"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(text(&scene), MANIFEST);
}

#[test]
fn add_keeps_comments_and_tells_what_changes() {
    let scene = scene();
    let run = edited(&scene, &["add", "web.toml", "php-pdo", "php~8.3", "libc"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
    let expected = MANIFEST
        .replace("php~8.2", "php~8.3")
        .replace("    \"libc\",\n", "    \"libc\",\n    \"php-pdo\",\n");
    assert_eq!(text(&scene), expected);
    for part in [
        "web.toml: added php-pdo\n",
        "web.toml: replaced php~8.2 by php~8.3\n",
        "web.toml: libc is there already\n",
        "+ php-pdo 1.0-r0 (",
        "~ php 8.2-r0 → 8.3-r1 (",
        "packages: 1 added, 0 removed, 1 changed; ",
        "now 5 packages, ",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    scene.run(&["build", "web.toml"]).digest();
}

#[test]
fn a_typo_is_answered_with_names_and_nothing_is_written() {
    let scene = scene();
    let run = edited(&scene, &["add", "web.toml", "php-pod"]);
    run.fails_with(&[
        "there is no package php-pod",
        "did you mean php-pdo or php-doc?",
    ]);
    assert_eq!(text(&scene), MANIFEST);
    assert_eq!(scene.left(), ["web.toml"]);
    let run = edited(&scene, &["add", "web.toml", "php-pod", "--no-check"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(text(&scene).contains("\"php-pod\""));
}

#[test]
fn without_indexes_add_writes_unchecked_and_says_so() {
    let scene = scene();
    scene.write("work/web.toml", MANIFEST);
    let run = scene.run_bare(&[
        "add",
        "web.toml",
        "anything",
        "--offline",
        "--arch",
        "x86_64",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("note: not checked against the repositories"),
        "{}",
        run.stderr
    );
    assert!(text(&scene).contains("\"anything\""));
}

#[test]
fn a_stale_lock_is_mentioned() {
    let scene = scene();
    let manifest = format!(
        "packages = [\"php\"]\n[[repository]]\nurl = {:?}\n",
        scene.repository()
    );
    scene.write("work/web.toml", manifest);
    let key = scene.key();
    let key = key.to_str().unwrap();
    let reach = ["--key", key, "--arch", "x86_64"];
    let run = |args: &[&str]| scene.run_bare(&[args, &reach].concat());
    assert_eq!(run(&["lock", "web.toml"]).code, Some(0));
    let added = run(&["add", "web.toml", "php-pdo"]);
    assert!(
        added.stderr.contains("apkcompose lock web.toml"),
        "{}",
        added.stderr
    );
    assert_eq!(run(&["lock", "web.toml"]).code, Some(0));
    assert_eq!(run(&["build", "web.toml", "--locked"]).code, Some(0));
}

#[test]
fn remove_takes_a_word_with_its_comment() {
    let scene = scene();
    let run = edited(&scene, &["remove", "web.toml", "php"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let expected = MANIFEST.replace("    \"php~8.2\",  # the language\n", "");
    assert_eq!(text(&scene), expected);
    for part in [
        "removed php~8.2",
        "- php 8.2-r0",
        "- libz",
        "now 1 package,",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[test]
fn remove_of_what_is_not_there_suggests() {
    let scene = scene();
    edited(&scene, &["remove", "web.toml", "phpp"]).fails_with(&[
        "\"phpp\" is not among the packages of web.toml",
        "did you mean php?",
    ]);
    edited(&scene, &["remove", "web.toml", "openssl"])
        .fails_with(&["apkcompose why web.toml openssl"]);
    scene.write(
        "work/own.toml",
        "extends = 'web.toml'\npackages = ['libz']\n",
    );
    scene
        .run(&["remove", "own.toml", "php"])
        .fails_with(&["inherited from web.toml:6:5", "add \"!php\""]);
    assert_eq!(text(&scene), MANIFEST);
}

#[test]
fn a_read_only_manifest_stays_and_another_mode_is_kept() {
    let scene = scene();
    scene.write("work/web.toml", MANIFEST);
    let mode = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(scene.output("web.toml"), permissions).unwrap();
    };
    mode(0o444);
    scene
        .run(&["add", "web.toml", "libz"])
        .fails_with(&["web.toml is read-only", "chmod u+w"]);
    assert_eq!(text(&scene), MANIFEST);
    mode(0o640);
    symlink("web.toml", scene.output("link.toml")).unwrap();
    assert_eq!(scene.run(&["add", "link.toml", "libz"]).code, Some(0));
    assert!(text(&scene).contains("\"libz\""));
    let kept = fs::metadata(scene.output("web.toml")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o640);
    assert!(scene.output("link.toml").is_symlink());
}

#[test]
fn manifests_that_are_wrong_or_missing_are_not_edited() {
    let scene = scene();
    let run = scene.run(&["add", "none.toml", "libz"]);
    run.fails_with(&["there is no file \"none.toml\""]);
    scene.write("work/bad.toml", "packges = []");
    let run = scene.run(&["add", "bad.toml", "libz"]);
    run.fails_with(&["unknown key \"packges\""]);
    assert_eq!(fs::read(scene.output("bad.toml")).unwrap(), b"packges = []");
}
