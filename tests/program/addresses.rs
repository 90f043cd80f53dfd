//! Mirrors, certificates and patience, as options and the manifest name them.

use crate::support::scene::{package, write_repository};
use crate::support::server::{Reply, Server};
use crate::support::{Run, Scene};
use apkcompose::apk::write::File;
use std::path::Path;

/// A mirror of Alpine's server with a release.
fn mirror(folder: &Path) {
    let a = package("a", vec![File::regular("usr/a", "a")]);
    write_repository(&folder.join("v3.23/main"), &[a]);
    write_repository(&folder.join("v3.23/community"), &[]);
}

fn served(folder: &Path) -> Server {
    let server = Server::start();
    server.serve_folder(folder);
    server
}

/// The program on a manifest of a release, with these lines in `[repositories]`.
fn run(scene: &Scene, verb: &str, lines: &str, args: &[&str]) -> Run {
    let manifest = format!(
        "packages = [\"a\"]\narch = [\"x86_64\"]\n[repositories]\nalpine = \"3.23\"\n{lines}\n"
    );
    scene.write("image.toml", manifest);
    let mut command = scene.bare();
    command
        .args([verb, "../image.toml", "--retries", "0"])
        .args(args);
    command.arg("--key").arg(scene.key());
    Run::of(command)
}

#[test]
fn mirrors_are_tried_in_their_order_from_options_and_manifest() {
    let scene = Scene::new();
    mirror(&scene.path("mirror"));
    let (good, down) = (served(&scene.path("mirror")), Server::start());
    let (good_url, down_url) = (good.url(""), down.url(""));
    let lines = format!("mirrors = [\"{down_url}\", \"{good_url}\"]");
    let in_manifest = run(&scene, "resolve", &lines, &[]);
    let args = ["--mirror", &down_url, "--mirror", &good_url];
    let in_options = run(&scene, "resolve", "mirrors = [\"/there/is/none\"]", &args);
    for run in [in_manifest, in_options] {
        assert_eq!(run.stdout, "a-1.0-r0\n", "{}", run.stderr);
        assert!(run.stderr.contains("; trying elsewhere"), "{}", run.stderr);
    }
    let asked = down.requests().len();
    assert!(asked > 0);
    // The first that works is enough.
    let first = run(
        &scene,
        "resolve",
        "",
        &["--mirror", &good_url, "--mirror", &down_url],
    );
    assert_eq!(
        (first.stdout.as_str(), first.stderr.as_str()),
        ("a-1.0-r0\n", "")
    );
    assert_eq!(down.requests().len(), asked);
    // A folder beside the manifest is one, too.
    let folder = run(&scene, "resolve", "mirrors = [\"mirror\"]", &[]);
    assert_eq!(folder.stdout, "a-1.0-r0\n", "{}", folder.stderr);
}

#[test]
fn mirrors_are_no_part_of_the_lock() {
    let scene = Scene::new();
    mirror(&scene.path("mirror"));
    let good = served(&scene.path("mirror"));
    let lines = format!("mirrors = [\"{}\"]", good.url(""));
    let locked = run(&scene, "lock", &lines, &[]);
    assert_eq!(locked.code, Some(0), "{}", locked.stderr);
    let lock = std::fs::read_to_string(scene.path("image.lock")).unwrap();
    assert!(!lock.contains("127.0.0.1"), "{lock}");
    assert!(
        lock.contains("https://dl-cdn.alpinelinux.org/alpine/v3.23/main"),
        "{lock}"
    );
    let checked = run(&scene, "lock", "mirrors = [\"mirror\"]", &["--check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    // With the lock each package is looked for on all of them.
    std::fs::remove_dir_all(scene.path("cache")).unwrap();
    let bad = Server::start();
    bad.answer(
        "/v3.23/main/x86_64/a-1.0-r0.apk",
        vec![Reply::ok("no package")],
    );
    let lines = format!("mirrors = [\"{}\", \"{}\"]", bad.url(""), good.url(""));
    run(&scene, "build", &lines, &["--locked"]).digest();
    assert!(bad.requests().len() == 1 && good.requests().len() > 2);
}

#[test]
fn a_repository_has_mirrors_of_its_own() {
    let scene = Scene::with(&[package("a", vec![File::regular("usr/a", "a")])]);
    let down = Server::start();
    let manifest = |mirrors: &str| {
        format!(
            "packages = [\"a\"]\narch = [\"x86_64\"]\n[[repository]]\nurl = \"{}\"\n\
             mirrors = {mirrors}\nkeys = [\"test-only.rsa.pub\"]\n",
            down.url("")
        )
    };
    scene.write("image.toml", manifest("[\"repo\"]"));
    let run = scene.run_bare(&["resolve", "../image.toml"]);
    assert_eq!(run.stdout, "a-1.0-r0\n", "{}", run.stderr);
    // When none has it, each is named.
    scene.write("image.toml", manifest("[\"none\"]"));
    let run = scene.run_bare(&["resolve", "../image.toml"]);
    let host = down.host();
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    let several = "cannot be had from any of 2 places:\n";
    for part in [several, &host, "404", "none", "help: "] {
        assert!(run.stderr.contains(part), "no {part:?} in: {}", run.stderr);
    }
    for (mirrors, part) in [
        ("[\"builtin:hello\"]", "no mirror of anything"),
        ("[\"ftp://a/b\"]", "no kind of address"),
        ("\"repo\"", "list"),
    ] {
        scene.write("image.toml", manifest(mirrors));
        let run = scene.run_bare(&["resolve", "../image.toml"]);
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
}

#[test]
fn a_file_of_certificates_is_named_by_option_or_environment() {
    let scene = Scene::new();
    let args = [
        "resolve",
        "--package",
        "a",
        "--repository",
        "https://127.0.0.1:1/",
        "--retries",
        "0",
    ];
    let run = scene.run_bare(&[&args[..], &["--ca-file", "option.pem"]].concat());
    run.fails_with(&["cannot use the certificates of option.pem", "SSL_CERT_FILE"]);
    let mut command = scene.bare();
    command.args(args).env("SSL_CERT_FILE", "variable.pem");
    Run::of(command).fails_with(&["cannot use the certificates of variable.pem"]);
}

#[test]
fn patience_and_tries_are_options() {
    let scene = Scene::new();
    let server = Server::start();
    let index = "/x86_64/APKINDEX.tar.gz";
    let stalling = Reply::ok("x").pace(crate::support::server::Pace::StallAfter(0));
    server.answer(index, vec![stalling]);
    let url = server.url("");
    let args = [
        "resolve",
        "--package",
        "a",
        "--arch",
        "x86_64",
        "--repository",
        &url,
    ];
    let run = scene.run_bare(&[&args[..], &["--timeout", "1", "--retries", "1"]].concat());
    run.fails_with(&["then next to nothing for 1 s"]);
    assert_eq!(server.count(index), 2);
    let run = scene.run_bare(&[&args[..], &["--timeout", "0"]].concat());
    assert_eq!(run.code, Some(2));
}
