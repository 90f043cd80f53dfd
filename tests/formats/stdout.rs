//! `--output -`

use super::fixture::{build, command, output, scene};
use super::support::scene::{file_formats, names};
use super::support::skip::{has_clients, skipped};
use super::support::{self, image};
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn files_can_go_to_standard_output() {
    let (scene, _) = scene();
    for format in file_formats() {
        let digest = build(&scene, format);
        let found = command(&scene, format, "-").output().unwrap();
        let said = String::from_utf8(found.stderr).unwrap();
        assert_eq!(found.status.code(), Some(0), "{said}");
        let file = fs::read(output(&scene, format)).unwrap();
        assert!(found.stdout == file, "{format}");
        assert_eq!(said.lines().last(), Some(&*digest), "{format}");
    }
}

#[test]
fn a_pipe_is_as_good() {
    let (scene, _) = scene();
    let mut build = command(&scene, "tar", "-")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let listed = Command::new("tar")
        .arg("-tf-")
        .stdin(build.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(build.wait().unwrap().success());
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.lines().any(|line| line == "usr/bin/tool"),
        "{listed}"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (scene, _) = scene();
    let mut build = command(&scene, "tar", "-")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(build.stdout.take());
    assert!(build.wait().unwrap().success());
}

#[test]
fn nothing_is_written_when_the_build_fails_and_nothing_is_left() {
    let (scene, _) = scene();
    fs::remove_dir_all(scene.repository()).unwrap();
    let temporary = scene.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let mut command = command(&scene, "tar", "-");
    command.env("TMPDIR", &temporary);
    let found = command.output().unwrap();
    assert_eq!(found.status.code(), Some(1));
    assert!(found.stdout.is_empty());
    assert_eq!(names(&temporary), [] as [&str; 0]);
}

#[test]
fn a_folder_cannot_go_there() {
    let (scene, _) = scene();
    for format in ["oci", "rootfs"] {
        let found = command(&scene, format, "-").output().unwrap();
        assert_eq!(found.status.code(), Some(2));
        let said = String::from_utf8(found.stderr).unwrap();
        assert!(
            said.contains("a folder cannot be written to standard output"),
            "{said}"
        );
    }
}

#[test]
fn a_full_standard_output_is_named() {
    let (scene, _) = scene();
    let mut command = command(&scene, "tar", "-");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let found = command.stdout(full).output().unwrap();
    assert_eq!(found.status.code(), Some(1));
    let said = String::from_utf8(found.stderr).unwrap();
    assert!(said.contains("cannot write to standard output"), "{said}");
}

#[test]
fn a_terminal_gets_none() {
    if !has_clients("a terminal", &["script"]) {
        return;
    }
    let (scene, _) = scene();
    let build = command(&scene, "tar", "-");
    let mut line = format!("{:?}", build.get_program());
    for arg in build.get_args() {
        line += &format!(" {arg:?}");
    }
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.env("APKCOMPOSE_CACHE_DIR", scene.path("cache"));
    let Ok(found) = script.current_dir(scene.work()).output() else {
        skipped("a terminal", "script cannot be run");
        return;
    };
    let said = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(said.contains("standard output is a terminal"), "{said}");
    assert_eq!(found.status.code(), Some(2));
}

#[test]
fn docker_archives_from_a_pipe_are_whole() {
    let (scene, _) = scene();
    let found = command(&scene, "archive", "-").output().unwrap();
    let path = scene.write("piped.tar", &found.stdout);
    let image = support::Image::read(&path);
    assert!(!image.layers.is_empty());
    assert_eq!(image.digest, build(&scene, "archive"));
    assert_eq!(image::sha256(&found.stdout), {
        let file = fs::read(output(&scene, "archive")).unwrap();
        image::sha256(&file)
    });
}
