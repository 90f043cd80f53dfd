//! The programs that people load images with take ours, and what is in them runs.
//!
//! A test whose programs are missing says that it was skipped, or fails where
//! `APKCOMPOSE_REQUIRE_CLIENTS=1` says that they are to be there.

mod support;

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::docker::Docker;
use support::skip::{has_clients, has_root_clients, test_data};
use support::tree::{Kind, Node};
use support::{Image, Scene, Tree, data, output, rich};

/// An image with one of everything, as an archive and as a layout, and its digest.
fn rich_image() -> (Scene, PathBuf, PathBuf, String) {
    let (scene, manifest) = rich::scene();
    let manifest = manifest.to_str().unwrap();
    let digest = scene.run(&["build", manifest]).digest();
    let layout = scene.run(&["build", manifest, "--format", "oci"]);
    assert_eq!(layout.digest(), digest);
    let (archive, layout) = (scene.output("rich.tar"), scene.output("rich.oci"));
    (scene, archive, layout, digest)
}

fn skopeo(args: &[&str]) -> String {
    let mut command = Command::new("skopeo");
    output(command.arg("--insecure-policy").args(args))
}

#[test]
fn skopeo_copies_the_archive_and_keeps_the_digest() {
    if !has_clients("skopeo", &["skopeo"]) {
        return;
    }
    let (scene, archive, layout, digest) = rich_image();
    for (number, source) in [
        format!("oci-archive:{}", archive.display()),
        format!("oci:{}", layout.display()),
        format!("oci:{}:latest", layout.display()),
    ]
    .iter()
    .enumerate()
    {
        let copy = scene.path(&format!("copy{number}"));
        skopeo(&["copy", source, &format!("oci:{}:copy", copy.display())]);
        let index = fs::read(copy.join("index.json")).unwrap();
        let index: Value = serde_json::from_slice(&index).unwrap();
        assert_eq!(index["manifests"][0]["digest"], digest, "{source}");
        let inspected: Value = serde_json::from_str(&skopeo(&["inspect", source])).unwrap();
        assert_eq!(inspected["Digest"], digest);
        assert_eq!(inspected["Architecture"], "amd64");
    }
}

#[test]
fn skopeo_reads_the_same_image_as_a_docker_archive() {
    if !has_clients("skopeo", &["skopeo"]) {
        return;
    }
    let (_scene, archive, ..) = rich_image();
    let image = Image::read(&archive);
    let source = format!("docker-archive:{}", archive.display());
    let config = skopeo(&["inspect", "--config", &source]);
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["rootfs"], image.config["rootfs"]);
    assert_eq!(config["config"]["Cmd"], json!(["tool"]));
}

#[test]
fn umoci_unpacks_exactly_the_tree() {
    if !has_root_clients("umoci", &["umoci"]) {
        return;
    }
    let (scene, archive, layout, _) = rich_image();
    let bundle = unpack(&scene, &layout);
    let root = Tree::of_folder(&bundle.join("rootfs"));
    assert_eq!(root.listing(), Image::read(&archive).tree.listing());
}

fn unpack(scene: &Scene, layout: &Path) -> PathBuf {
    let bundle = scene.path("bundle");
    let image = format!("{}:latest", layout.display());
    output(
        Command::new("umoci")
            .args(["unpack", "--image", &image])
            .arg(&bundle),
    );
    bundle
}

#[test]
fn runc_runs_git_from_a_layout() {
    if !has_root_clients("runc", &["skopeo", "umoci", "runc"]) {
        return;
    }
    let Some(shared) = test_data("git in runc") else {
        return;
    };
    let scene = Scene::new();
    let archive = data::git(&scene, &shared);
    let layout = scene.path("layout");
    let copy = format!("oci:{}:latest", layout.display());
    let source = format!("oci-archive:{}", archive.display());
    skopeo(&["copy", &source, &copy]);
    let bundle = unpack(&scene, &layout);
    // There is no terminal here, and some machines allow nobody to raise limits.
    let config = bundle.join("config.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    let process = document["process"].as_object_mut().unwrap();
    process.insert("terminal".into(), false.into());
    process.insert("args".into(), json!(["git", "--version"]));
    process.remove("rlimits");
    fs::write(&config, document.to_string()).unwrap();
    let name = format!("apkcompose-test-{}", std::process::id());
    let said = output(
        Command::new("runc")
            .arg("--root")
            .arg(scene.path("runc"))
            .args(["run", "--bundle"])
            .arg(&bundle)
            .arg(name),
    );
    assert!(said.starts_with("git version 2."), "{said}");
}

#[test]
fn docker_holds_exactly_the_tree() {
    if !has_root_clients("docker", &["dockerd", "docker"]) {
        return;
    }
    let (scene, archive, ..) = rich_image();
    let docker = Docker::start();
    assert_eq!(docker.load(&archive), "Loaded image: rich:latest\n");
    let container = docker.run(&["create", "--network", "none", "rich"]);
    let exported = scene.path("exported.tar");
    let to = exported.to_str().unwrap();
    docker.run(&["export", "--output", to, container.trim()]);
    let mut tree = Tree::default();
    tree.apply(&fs::read(&exported).unwrap());
    let image = Image::read(&archive);
    for (path, node) in &image.tree.0 {
        if path.is_empty() {
            continue;
        }
        let found = tree.node(path);
        // Docker writes the kind of a device into its mode as well.
        let facts = |node: &Node| (node.mode & 0o7777, node.uid, node.gid, node.mtime);
        // Docker puts its own files into dev and etc, and so changes their times.
        if node.kind != Kind::Directory {
            assert_eq!(facts(found), facts(node), "{path}");
        }
        assert_eq!(found.kind, node.kind, "{path}");
        let capability = "security.capability";
        assert_eq!(found.xattrs.get(capability), node.xattrs.get(capability));
    }
}

#[test]
fn docker_runs_git() {
    if !has_root_clients("git in docker", &["dockerd", "docker"]) {
        return;
    }
    let Some(shared) = test_data("git in docker") else {
        return;
    };
    let scene = Scene::new();
    let archive = data::git(&scene, &shared);
    let docker = Docker::start();
    assert_eq!(docker.load(&archive), "Loaded image: git:latest\n");
    let said = docker.run(&[
        "run",
        "--rm",
        "--network",
        "none",
        "git",
        "git",
        "--version",
    ]);
    assert!(said.starts_with("git version 2."), "{said}");
}

#[test]
fn docker_runs_php_and_its_page_answers() {
    if !has_root_clients("php in docker", &["dockerd", "docker"]) {
        return;
    }
    let Some(shared) = test_data("php in docker") else {
        return;
    };
    let scene = Scene::new();
    let archive = data::php(&scene, &shared);
    let docker = Docker::start();
    docker.load(&archive);
    docker.run(&[
        "run",
        "--detach",
        "--network",
        "none",
        "--name",
        "web",
        "php",
    ]);
    // Asked from inside: without a network the container has its loopback alone.
    let ask = "echo file_get_contents(\"http://127.0.0.1:80/\");";
    let begin = Instant::now();
    let page = loop {
        let answer = docker.try_run(&["exec", "web", "php", "-r", ask]);
        match answer.filter(|page| page.contains("Hello")) {
            Some(page) => break page,
            None if begin.elapsed() > Duration::from_secs(30) => {
                panic!("no answer; its log: {}", docker.run(&["logs", "web"]))
            }
            None => std::thread::sleep(Duration::from_millis(200)),
        }
    };
    assert_eq!(page, "Hello from PHP 8.2.32 on x86_64\n");
    docker.run(&["rm", "--force", "web"]);
}

#[test]
fn podman_loads_the_archive_and_knows_its_digest() {
    if !has_root_clients("podman", &["podman", "unshare"]) {
        return;
    }
    let (scene, archive, _, digest) = rich_image();
    let podman = |args: &[&str]| {
        // It leaves a mount behind, which goes with a mount namespace of its own.
        let mut command = Command::new("unshare");
        command.args(["--mount", "podman", "--storage-driver", "overlay", "--root"]);
        command.arg(scene.path("podman")).arg("--runroot");
        output(command.arg(scene.path("podman-run")).args(args))
    };
    let loaded = podman(&["load", "--input", archive.to_str().unwrap()]);
    assert_eq!(loaded, "Loaded image: docker.io/library/rich:latest\n");
    let digests = podman(&["images", "--format", "{{.Digest}}"]);
    assert_eq!(digests.trim(), digest);
}

#[test]
fn docker_runs_hello() {
    if !has_root_clients("hello in docker", &["dockerd", "docker"]) {
        return;
    }
    let scene = Scene::new();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/hello.toml");
    scene.run_bare(&["build", manifest]).digest();
    let docker = Docker::start();
    docker.load(&scene.output("hello.tar"));
    let said = docker.run(&["run", "--rm", "--network", "none", "hello"]);
    assert!(said.to_lowercase().contains("hello"), "{said}");
}
