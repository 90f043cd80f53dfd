//! Images of real Alpine packages.

use super::{Run, Scene};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `apkcompose build` with repositories of the data, without scripts.
pub fn command(scene: &Scene, data: &Path, repositories: &[&str]) -> Command {
    let mut command = scene.bare();
    command.args(["build", "--scripts", "skip", "--arch", "x86_64"]);
    for repository in repositories {
        let folder = data.join("alpine").join(repository);
        command.arg("--repository").arg(&folder);
        let keys = folder.join("keys");
        if keys.exists() {
            command.arg("--key").arg(keys);
        }
    }
    command
}

/// Builds `NAME.tar` in the scene, and returns its path.
fn build(mut command: Command, scene: &Scene, name: &str) -> PathBuf {
    let output = format!("{name}.tar");
    command.args(["--name", name, "--output", &output]);
    Run::of(command).digest();
    scene.output(&output)
}

/// The image of the ready-made php manifest.
pub fn php(scene: &Scene, data: &Path) -> PathBuf {
    let mut command = command(scene, data, &["iso-3.19.1", "php"]);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/php.toml"));
    build(command, scene, "php")
}

/// An image of git with busybox.
pub fn git(scene: &Scene, data: &Path) -> PathBuf {
    let mut command = command(scene, data, &["iso-3.19.1", "extra"]);
    command.args(["--package", "alpine-baselayout", "--package", "git"]);
    build(command, scene, "git")
}
