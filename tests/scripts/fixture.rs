//! Packages with scripts, and a shell to run them.

use super::support::scene::{ARCH, BUILD_DATE};
use super::support::{Image, Run, Scene, Tree, package, skip};
use super::who::Who;
use apkcompose::apk::package::Script;
use apkcompose::apk::write::{File, PackageSpec};
use std::fs;
use std::process::Command;

/// A busybox that needs no libraries, for the test `what`.
pub fn busybox(what: &str) -> Option<Vec<u8>> {
    let found = skip::find("busybox").and_then(|path| fs::read(path).ok());
    let has_interpreter = |elf: &Vec<u8>| {
        let head = &elf[..elf.len().min(4096)];
        head.windows(4).any(|window| window == b"/ld-")
    };
    match found.filter(|elf| !has_interpreter(elf)) {
        Some(elf) => Some(elf),
        None => {
            // Fails where everything is to be there.
            skip::has_clients(what, &["busybox (busybox-static)"]);
            None
        }
    }
}

/// A package of a shell, its tools and a few accounts.
pub fn shell(busybox: Vec<u8>) -> PackageSpec {
    let tools = [
        "sh", "adduser", "addgroup", "awk", "cat", "chmod", "chown", "cp", "date", "dd", "env",
        "grep", "id", "ln", "ls", "mkdir", "mkfifo", "mknod", "mv", "nc", "ps", "readlink", "rm",
        "rmdir", "sed", "setsid", "sleep", "stat", "su", "touch", "tr", "true", "wc", "yes",
        "mount", "chroot", "find", "hostname", "kill", "pwd", "seq",
    ];
    let mut files = vec![
        File::regular("bin/busybox", busybox).mode(0o755),
        File::regular("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        File::regular("etc/group", "root:x:0:root\n"),
        File::regular("etc/shadow", "root:*:10000:0:::::\n").mode(0o640),
        File::directory("tmp").mode(0o1777),
    ];
    files.extend(tools.map(|tool| File::symlink(format!("bin/{tool}"), "busybox")));
    package("shell", files)
}

/// A package of these files whose scripts run in the shell.
pub fn scripted(name: &str, files: Vec<File>, scripts: &[(Script, &str)]) -> PackageSpec {
    let scripts = scripts.iter();
    PackageSpec {
        depends: vec!["shell".into()],
        scripts: scripts
            .map(|(script, text)| (*script, format!("#!/bin/sh\n{text}\n")))
            .collect(),
        ..package(name, files)
    }
}

/// A repository of these packages and the shell; `None` where there is no shell to be had.
pub fn scene(what: &str, packages: &[PackageSpec]) -> Option<Scene> {
    let mut all = vec![shell(busybox(what)?)];
    all.extend_from_slice(packages);
    Some(Scene::with(&all))
}

/// Builds the package `a`, as this one, with further arguments.
pub fn build(scene: &Scene, who: Who, args: &[&str]) -> Run {
    Run::of(command(scene, who, args))
}

/// The same with another time than that of the packages.
pub fn build_at(scene: &Scene, who: Who, time: u64, args: &[&str]) -> Run {
    let mut command = command(scene, who, args);
    command.env("SOURCE_DATE_EPOCH", time.to_string());
    Run::of(command)
}

pub fn command(scene: &Scene, who: Who, args: &[&str]) -> Command {
    let mut command = who.program(scene);
    command.args(["build", "--package", "a", "--output", "out.tar"]);
    command.args(["--arch", ARCH]).args(args);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    command
}

/// The tree of what [`build`] made.
#[track_caller]
pub fn tree(scene: &Scene, who: Who, run: &Run) -> Tree {
    let digest = run.digest();
    let image = Image::read(&who.output(scene, "out.tar"));
    assert_eq!(image.digest, digest);
    image.tree
}

/// Builds a package `a` with a post-install script as whoever runs the tests.
#[track_caller]
pub fn after(what: &str, files: Vec<File>, script: &str) -> Option<Tree> {
    let scene = scene(
        what,
        &[scripted("a", files, &[(Script::PostInstall, script)])],
    )?;
    let run = build(&scene, Who::Myself, &[]);
    Some(tree(&scene, Who::Myself, &run))
}

/// The day that every fixture was built.
pub const BUILD_DAY: u64 = BUILD_DATE / 86400;
