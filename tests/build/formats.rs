//! What each format holds.

use crate::support::scene::BUILD_DATE;
use crate::support::skip::has_root;
use crate::support::tree::Kind;
use crate::support::{Image, Run, Scene, Tree, image, rich, user};
use serde_json::json;
use std::fs;

/// One of everything as an image.
fn built() -> (Scene, Image) {
    let (scene, manifest) = rich::scene();
    let run = scene.run(&["build", manifest.to_str().unwrap()]);
    let image = Image::read(&scene.output("rich.tar"));
    assert_eq!(run.digest(), image.digest);
    (scene, image)
}

/// The same in another format, as `out`.
fn build_as(scene: &Scene, format: &str) -> String {
    let manifest = scene.path("rich.toml");
    let manifest = manifest.to_str().unwrap();
    scene
        .run(&["build", manifest, "--format", format, "--output", "out"])
        .digest()
}

#[test]
fn an_archive_is_an_oci_layout_and_a_docker_archive() {
    // Reading checks each digest, size, diff_id and reference.
    let (scene, image) = built();
    assert_eq!(scene.left(), ["rich.tar"]);
    assert_eq!(image.docker["RepoTags"], json!(["rich:latest"]));
    let entry = &image.index["manifests"][0];
    assert_eq!(
        entry["platform"],
        json!({"architecture": "amd64", "os": "linux"})
    );
    assert_eq!(
        entry["annotations"],
        json!({
            "io.containerd.image.name": "docker.io/library/rich:latest",
            "org.opencontainers.image.ref.name": "latest",
        })
    );
    let oci = "application/vnd.oci.image";
    let types = [
        (&image.index["mediaType"], "index.v1+json"),
        (&image.manifest["mediaType"], "manifest.v1+json"),
        (&image.manifest["config"]["mediaType"], "config.v1+json"),
        (
            &image.manifest["layers"][0]["mediaType"],
            "layer.v1.tar+gzip",
        ),
    ];
    for (found, expected) in types {
        assert_eq!(*found, format!("{oci}.{expected}"));
    }
    assert_eq!(image.config["created"], "2023-11-14T22:13:20Z");
    assert_eq!(image.config["architecture"], "amd64");
    assert_eq!(image.config["rootfs"]["type"], "layers");
}

#[test]
fn an_oci_layout_is_the_same_image_as_a_folder() {
    let (scene, archive) = built();
    let digest = build_as(&scene, "oci");
    let layout = Image::read(&scene.output("out"));
    assert_eq!(digest, archive.digest);
    assert_eq!(layout.index, archive.index);
    assert_eq!(layout.tree.listing(), archive.tree.listing());
}

#[test]
fn a_tar_is_the_root_and_its_digest_is_the_files() {
    let (scene, image) = built();
    let digest = build_as(&scene, "tar");
    let bytes = fs::read(scene.output("out")).unwrap();
    assert_eq!(digest, image::sha256(&bytes));
    let mut tree = Tree::default();
    tree.apply(&bytes);
    assert_eq!(tree.listing(), image.tree.listing());
}

#[test]
fn a_folder_of_root_holds_everything() {
    if !has_root("a folder with devices and owners") {
        return;
    }
    let (scene, image) = built();
    let digest = build_as(&scene, "rootfs");
    let folder = Tree::of_folder(&scene.output("out"));
    assert_eq!(folder.listing(), image.tree.listing());
    for (path, node) in &image.tree.0 {
        assert_eq!(folder.node(path).mtime, node.mtime, "{path}");
    }
    let root = folder.node("");
    assert_eq!((root.mode, root.uid, root.gid), (0o755, 0, 0));
    fs::remove_dir_all(scene.output("out")).unwrap();
    assert_eq!(build_as(&scene, "tar"), digest, "the digest is the tar's");
}

#[test]
fn a_folder_of_an_ordinary_user_holds_what_it_can_and_says_what_not() {
    let (scene, image) = built();
    let manifest = scene.path("rich.toml");
    let args = ["build", manifest.to_str().unwrap(), "--format", "rootfs"];
    let (mut command, output) = match user::is_root() {
        true => (user::somebody(&scene, "027"), user::home(&scene)),
        false => (scene.bare(), scene.work()),
    };
    command
        .args(args)
        .args(["--output", "out", "--arch", "x86_64"]);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    let run = Run::of(command);
    run.digest();
    let note = "devices are missing, 1 extended attributes are missing, since only root can";
    assert_eq!(run.stderr.matches(note).count(), 1, "{}", run.stderr);
    assert_eq!(run.stderr.matches("another owner").count(), 1);
    let folder = Tree::of_folder(&output.join("out"));
    let devices = ["dev/null", "dev/ram0"];
    for (path, node) in &image.tree.0 {
        if devices.contains(&path.as_str()) {
            assert!(!folder.has(path));
            continue;
        }
        let found = folder.node(path);
        assert_eq!((found.mode, found.mtime), (node.mode, node.mtime), "{path}");
        // Some may be read by nobody but root, who is not there to compare them.
        if found.kind != Kind::Closed {
            assert_eq!(found.kind, node.kind, "{path}");
        }
    }
    assert_eq!(folder.node("usr/bin/su").mode, 0o4111);
    assert!(folder.linked("usr/bin/tool", "usr/bin/tool-again"));
}

#[test]
fn every_kind_of_file_comes_through() {
    let (_scene, image) = built();
    let tree = &image.tree;
    assert_eq!(tree.bytes("usr/bin/tool"), b"tool\0\xff");
    for link in ["usr/bin/tool-again", "usr/bin/a-tool"] {
        assert!(tree.linked(link, "usr/bin/tool"));
    }
    for (path, target) in [
        ("usr/bin/t", "tool"),
        ("usr/bin/absolute", "/usr/bin/tool"),
        ("usr/bin/nowhere", "../gone/away"),
    ] {
        assert_eq!(tree.node(path).kind, Kind::Symlink(target.into()));
    }
    for (path, mode) in [
        ("usr/bin/su", 0o4111),
        ("usr/bin/wall", 0o2755),
        ("usr/bin/closed", 0),
        ("tmp", 0o1777),
        ("etc/shadow", 0o640),
    ] {
        assert_eq!(tree.node(path).mode, mode, "{path}");
    }
    assert_eq!(tree.node("dev/null").kind, Kind::CharDevice(1, 3));
    assert_eq!(tree.node("dev/ram0").kind, Kind::BlockDevice(1, 0));
    assert_eq!(tree.node("run/pipe").kind, Kind::Fifo);
    assert_eq!(tree.text(&rich::long_path()), "long");
    assert_eq!(tree.text("usr/share/with space"), "space");
    assert_eq!(tree.text("usr/share/grüße"), "utf-8");
    assert_eq!(tree.bytes("usr/share/empty"), b"");
}

#[test]
fn capabilities_are_kept_and_labels_of_selinux_are_not() {
    let (_scene, image) = built();
    let xattrs = &image.tree.node("usr/bin/ping").xattrs;
    assert_eq!(xattrs["security.capability"], rich::CAPABILITY);
    let labelled = &image.tree.node("usr/bin/labelled").xattrs;
    assert_eq!(labelled["user.note"], b"kept");
    assert_eq!(labelled.len(), 1);
}

#[test]
fn files_keep_their_times_and_what_is_generated_has_that_of_the_newest_package() {
    let mut packages = rich::packages();
    packages[0].build_date = BUILD_DATE - 5000;
    let scene = Scene::with(&packages);
    scene.run(&["build", "--package", "tools"]).digest();
    let image = Image::read(&scene.output("tools.tar"));
    assert_eq!(image.tree.node("etc/passwd").mtime, BUILD_DATE - 5000);
    assert_eq!(image.tree.node("usr/bin/tool").mtime, BUILD_DATE);
    assert_eq!(image.tree.node("etc/apk/world").mtime, BUILD_DATE);
    assert_eq!(image.config["created"], "2023-11-14T22:13:20Z");
    assert_eq!(
        image.config["history"][0]["created"],
        image.config["created"]
    );
}

#[test]
fn source_date_epoch_is_the_time_of_what_is_generated() {
    let (scene, manifest) = rich::scene();
    let mut command = scene.command(&["build", manifest.to_str().unwrap()]);
    command.env("SOURCE_DATE_EPOCH", "86400");
    Run::of(command).digest();
    let image = Image::read(&scene.output("rich.tar"));
    assert_eq!(image.config["created"], "1970-01-02T00:00:00Z");
    assert_eq!(image.tree.node("etc/motd").mtime, 86400);
    assert_eq!(image.tree.node("etc/apk/world").mtime, 86400);
    assert_eq!(image.tree.node("usr/bin/tool").mtime, BUILD_DATE);
}

#[test]
fn an_image_can_be_for_another_architecture() {
    let mut packages = rich::packages();
    for package in &mut packages {
        package.arch = "aarch64".into();
    }
    let scene = Scene::new();
    crate::support::scene::write_repository_of(&scene.repository(), "aarch64", &packages);
    let mut command = scene.bare();
    command.args(["build", "--package", "tools", "--arch", "aarch64"]);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    Run::of(command).digest();
    let image = Image::read(&scene.output("tools.tar"));
    assert_eq!(image.config["architecture"], "arm64");
    assert_eq!(image.config["variant"], "v8");
    assert_eq!(image.tree.text("etc/apk/arch"), "aarch64\n");
}
