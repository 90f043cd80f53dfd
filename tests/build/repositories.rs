//! Where packages come from, and what the image says of it.

use crate::support::scene::{package, write_repository};
use crate::support::server::Server;
use crate::support::{Image, Run, Scene, Tree};
use apkcompose::apk::write::File;

/// `build MANIFEST` in a scene, without its repository.
fn command(scene: &Scene, manifest: &str, args: &[&str]) -> std::process::Command {
    let path = scene.write("image.toml", manifest);
    let mut command = scene.bare();
    command
        .arg("build")
        .arg(path)
        .args(["--arch", "x86_64"])
        .args(args);
    command
}

fn tree(scene: &Scene, command: std::process::Command) -> Tree {
    Run::of(command).digest();
    Image::read(&scene.output("image.tar")).tree
}

/// Repositories `one` and `two`, each with a package `which` that says where it is from.
fn two() -> Scene {
    let scene = Scene::new();
    for name in ["one", "two"] {
        let which = package("which", vec![File::regular("etc/which", name)]);
        write_repository(&scene.path(name), &[which]);
    }
    scene
}

const WHICH: &str = "packages = [\"which\"]\n[[repository]]\nurl = \"one\"\n\
                     keys = [\"test-only.rsa.pub\"]\n";

#[test]
fn the_manifests_repository_is_relative_to_the_manifest() {
    let scene = two();
    let tree = tree(&scene, command(&scene, WHICH, &[]));
    assert_eq!(tree.text("etc/which"), "one");
    assert!(!tree.has("etc/apk/repositories"));
}

#[test]
fn a_repository_of_the_command_line_replaces_the_manifests() {
    let scene = two();
    let mut command = command(&scene, WHICH, &["--repository", "../two"]);
    // The manifest's key was for the manifest's repository alone.
    command.arg("--key").arg(scene.key());
    let tree = tree(&scene, command);
    assert_eq!(tree.text("etc/which"), "two");
}

#[test]
fn the_key_of_one_repository_is_not_trusted_for_another() {
    let scene = two();
    let run = Run::of(command(&scene, WHICH, &["--repository", "../two"]));
    run.fails_with(&["two", "test-only.rsa.pub", "not trusted"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn a_key_can_be_a_file_or_a_folder_of_them() {
    let scene = two();
    let repository = ["--repository", "../two"];
    let folder = scene.path("keys");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(scene.key(), folder.join("test-only.rsa.pub")).unwrap();
    for key in [scene.key(), folder] {
        let mut command = command(&scene, WHICH, &repository);
        command.arg("--key").arg(key);
        Run::of(command).digest();
    }
    let mut missing = command(&scene, WHICH, &repository);
    missing.args(["--key", "no.rsa.pub"]);
    Run::of(missing).fails_with(&["no.rsa.pub"]);
}

#[test]
fn of_equal_packages_the_first_repository_is_used() {
    let scene = two();
    for (order, first) in [(["../one", "../two"], "one"), (["../two", "../one"], "two")] {
        let mut command = command(&scene, WHICH, &[]);
        for repository in order {
            command.args(["--repository", repository]);
        }
        command.arg("--key").arg(scene.key());
        assert_eq!(tree(&scene, command).text("etc/which"), first);
    }
}

#[test]
fn a_tagged_repository_is_used_for_words_with_its_tag() {
    let scene = two();
    let manifest = "packages = [\"which@two\"]\n\
                    [[repository]]\nurl = \"one\"\nkeys = [\"test-only.rsa.pub\"]\n\
                    [[repository]]\nurl = \"two\"\ntag = \"two\"\nkeys = [\"test-only.rsa.pub\"]\n";
    let tree = tree(&scene, command(&scene, manifest, &[]));
    assert_eq!(tree.text("etc/which"), "two");
    assert_eq!(tree.text("etc/apk/world"), "which@two\n");
    assert!(tree.text("lib/apk/db/installed").contains("\ns:two\n"));
}

/// A mirror of release 3.19 whose community has one package.
fn mirror(scene: &Scene) {
    let base = package("base", vec![File::regular("etc/base", "main")]);
    write_repository(&scene.path("mirror/v3.19/main"), &[base]);
    let mut extra = package("extra", vec![File::regular("etc/extra", "community")]);
    extra.depends = vec!["base".into()];
    write_repository(&scene.path("mirror/v3.19/community"), &[extra]);
}

const RELEASE: &str = "packages = [\"extra\"]\n[repositories]\nalpine = \"3.19\"\n";
const OFFICIAL: &str = "https://dl-cdn.alpinelinux.org/alpine/v3.19/main\n\
                        https://dl-cdn.alpinelinux.org/alpine/v3.19/community\n";

#[test]
fn a_mirror_folder_stands_in_for_the_official_server_and_is_not_named_in_the_image() {
    let scene = Scene::new();
    mirror(&scene);
    let mut command = command(&scene, RELEASE, &["--mirror", "../mirror"]);
    command.arg("--key").arg(scene.key());
    let tree = tree(&scene, command);
    assert_eq!(tree.text("etc/base"), "main");
    assert_eq!(tree.text("etc/extra"), "community");
    assert_eq!(tree.text("etc/apk/repositories"), OFFICIAL);
}

#[test]
fn a_mirrors_credentials_are_in_neither_the_image_nor_the_messages() {
    let scene = Scene::new();
    mirror(&scene);
    let server = Server::start();
    server.serve_folder(&scene.path("mirror"));
    let url = server.url("").replace("http://", "http://me:secret@");
    let mut build = command(&scene, RELEASE, &["--mirror", &url]);
    build.arg("--key").arg(scene.key());
    let run = Run::of(build);
    run.digest();
    assert!(!run.stderr.contains("secret"));
    let archive = std::fs::read(scene.output("image.tar")).unwrap();
    let image = Image::read(&scene.output("image.tar"));
    assert_eq!(image.tree.text("etc/apk/repositories"), OFFICIAL);
    let contains = |bytes: &[u8]| bytes.windows(6).any(|w| w == b"secret");
    assert!(!contains(&archive));
    for path in image.tree.paths() {
        if matches!(
            image.tree.node(path).kind,
            crate::support::tree::Kind::File(_)
        ) {
            assert!(!contains(image.tree.bytes(path)), "{path}");
        }
    }
    let request = server.requests().remove(0);
    let sent = request
        .headers
        .iter()
        .any(|h| h.to_lowercase().starts_with("authorization: basic"));
    assert!(sent, "{:?}", request.headers);

    std::fs::remove_file(scene.output("image.tar")).unwrap();
    let release = RELEASE.replace("3.19", "3.18");
    let mut failing = command(&scene, &release, &["--mirror", &url]);
    failing.arg("--key").arg(scene.key());
    let run = Run::of(failing);
    run.fails_with(&["v3.18/", "404"]);
    assert!(!run.stderr.contains("secret"), "{}", run.stderr);
}

#[test]
fn a_release_can_be_chosen_for_one_run() {
    let scene = Scene::new();
    mirror(&scene);
    let other = RELEASE.replace("3.19", "3.18");
    let args = ["--mirror", "../mirror", "--alpine", "3.19"];
    let mut command = command(&scene, &other, &args);
    command.arg("--key").arg(scene.key());
    assert_eq!(tree(&scene, command).text("etc/apk/repositories"), OFFICIAL);
}

#[test]
fn offline_opens_no_connection() {
    let scene = two();
    let server = Server::start();
    server.serve_folder(&scene.path("one"));
    let build = |args: &[&str]| {
        let mut command = command(&scene, WHICH, &["--repository", &server.url("")]);
        command.args(args).arg("--key").arg(scene.key());
        Run::of(command)
    };
    // With nothing in the cache nothing can be had …
    build(&["--offline"]).fails_with(&["127.0.0.1", "--offline"]);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(scene.left(), [] as [&str; 0]);
    // … and with everything in it the same image can.
    let online = build(&[]).digest();
    let asked = server.requests().len();
    assert_eq!(build(&["--offline"]).digest(), online);
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn more_repositories_than_can_be_told_apart_are_an_error() {
    let scene = Scene::with(&[package("one", vec![])]);
    let mut command = scene.command(&["resolve", "--package", "one"]);
    for _ in 0..63 {
        command.arg("--repository").arg(scene.repository());
    }
    Run::of(command).fails_with(&["there are 64 repositories, and no more than 63"]);
}
