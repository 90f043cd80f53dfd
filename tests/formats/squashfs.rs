//! squashfs images, which `mksquashfs` writes.

use super::fixture::{assert_same, build, command, folder, mounted, output, scene, text};
use super::support::skip::{has_clients, has_root_clients};
use super::support::{self, Run, Tree, image};
use std::fs;
use std::process::Command;

#[test]
fn a_kernel_mounts_the_tree() {
    if !has_clients("squashfs", &["mksquashfs"]) {
        return;
    }
    let (scene, tree) = scene();
    let digest = build(&scene, "squashfs");
    let image = output(&scene, "squashfs");
    assert_eq!(digest, image::sha256(&fs::read(&image).unwrap()));
    if let Some(found) = mounted(&image, "a mounted squashfs") {
        assert_same(&found, &tree);
    }
}

#[test]
fn unsquashfs_unpacks_the_tree() {
    if !has_root_clients("unsquashfs", &["mksquashfs", "unsquashfs"]) {
        return;
    }
    let (scene, tree) = scene();
    build(&scene, "squashfs");
    let to = folder(&scene, "unpacked").join("root");
    let mut unpack = Command::new("unsquashfs");
    unpack.args(["-quiet", "-no-progress", "-dest"]).arg(&to);
    support::output(unpack.arg(output(&scene, "squashfs")));
    assert_same(&Tree::of_folder(&to), &tree);
}

#[test]
fn the_manifest_chooses_the_compressor() {
    if !has_clients("squashfs", &["mksquashfs", "unsquashfs"]) {
        return;
    }
    let (scene, _) = scene();
    for (layers, expected) in [
        ("", "gzip"),
        ("[layers]\nlevel = 0\n", "gzip"),
        ("[layers]\ncompression = \"zstd\"\n", "zstd"),
    ] {
        let content = format!("packages = [\"tools\"]\n{layers}");
        let manifest = scene.write("compressor.toml", content);
        let args = [
            "build",
            text(&manifest),
            "--format",
            "squashfs",
            "-o",
            "out",
        ];
        Run::of(scene.command(&args)).digest();
        let mut stat = Command::new("unsquashfs");
        let said = support::output(stat.arg("-s").arg(scene.output("out")));
        assert!(said.contains(&format!("Compression {expected}")), "{said}");
    }
}

#[test]
fn without_mksquashfs_the_error_names_its_package() {
    let (scene, _) = scene();
    let mut build = command(&scene, "squashfs", "none.squashfs");
    build.env("PATH", scene.path("nothing"));
    let run = Run::of(build);
    run.fails_with(&["cannot start mksquashfs", "apt install squashfs-tools"]);
    assert_eq!(scene.left(), ["out.tar"]);
}

#[test]
fn what_mksquashfs_says_of_a_failure_is_shown() {
    let (scene, _) = scene();
    let programs = folder(&scene, "programs");
    let program = programs.join("mksquashfs");
    fs::write(&program, "#!/bin/sh\necho it is broken >&2\nexit 3\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode).unwrap();
    let mut build = command(&scene, "squashfs", "none.squashfs");
    build.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    let run = Run::of(build);
    run.fails_with(&["mksquashfs failed with exit status: 3: it is broken"]);
    assert_eq!(scene.left(), ["out.tar"]);
}
