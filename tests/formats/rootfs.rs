//! The root as a folder, and who starts it.

use super::support::skip::{find, has_root_clients, skipped, test_data};
use super::support::{Run, Scene, data};
use std::process::Command;

#[test]
fn systemd_nspawn_starts_the_folder() {
    let what = "systemd-nspawn";
    if !has_root_clients(what, &[]) || find("systemd-nspawn").is_none() {
        skipped(what, "not installed, or not run as root");
        return;
    }
    let Some(shared) = test_data(what) else {
        return;
    };
    let scene = Scene::new();
    let mut build = data::command(&scene, &shared, &["iso-3.19.1"]);
    build.args([
        "--package",
        "alpine-base",
        "--format",
        "rootfs",
        "-o",
        "root",
    ]);
    Run::of(build).digest();
    let root = scene.output("root");
    // What it asks of a folder.
    for path in ["usr", "etc/os-release", "bin/busybox"] {
        assert!(root.join(path).exists(), "{path}");
    }
    let mut command = Command::new("systemd-nspawn");
    command.args(["--quiet", "--register=no", "--keep-unit", "--pipe", "-D"]);
    command.arg(&root).args(["/bin/busybox", "echo", "started"]);
    let output = command.output().unwrap();
    match String::from_utf8_lossy(&output.stdout).trim() {
        "started" => {}
        _ => skipped(
            what,
            &format!(
                "it refuses this machine: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        ),
    }
}
