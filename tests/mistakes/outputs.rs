//! Outputs that cannot be written.

use crate::Desk;
use insta::assert_snapshot;
use std::fs;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.manifest("packages = [\"app\"]");
    desk
}

#[test]
fn a_folder_in_its_place() {
    let desk = desk();
    fs::create_dir(desk.scene.output("out")).unwrap();
    assert_snapshot!(desk.shown("build image.toml --output out"));
}

#[test]
fn something_else_in_its_place() {
    let desk = desk();
    desk.file("thesis.txt", "years of work");
    assert_snapshot!(desk.shown("build image.toml --output thesis.txt"));
}

#[test]
fn a_folder_that_is_not_there() {
    assert_snapshot!(desk().shown("build image.toml --output images/out.tar"));
}

#[test]
fn a_full_disk() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let desk = desk();
    let mut command = desk.command("resolve image.toml");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    command.stdout(full);
    let output = command.output().unwrap();
    let run = crate::Run {
        code: output.status.code(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert_snapshot!(desk.text("resolve image.toml > /dev/full", &run));
}

#[test]
fn a_comparison_with_what_is_no_image() {
    let desk = desk();
    desk.file("a.tar", "hello").file("b.tar", "hello");
    assert_snapshot!(desk.shown("diff a.tar b.tar"));
}
