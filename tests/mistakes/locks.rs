//! Locks that do not fit.

use crate::support::scene::write_repository;
use crate::{Desk, version};
use insta::assert_snapshot;
use std::fs;

/// A desk with a lock.
fn locked() -> Desk {
    let desk = Desk::new();
    desk.manifest("packages = [\"app\"]");
    let run = desk.shown("lock image.toml --quiet");
    assert!(run.ends_with("[exit code 0]"), "{run}");
    desk
}

#[test]
fn no_lock() {
    let desk = Desk::new();
    desk.manifest("packages = [\"app\"]");
    assert_snapshot!(desk.shown("build image.toml --locked"));
}

#[test]
fn a_stale_lock() {
    let desk = locked();
    desk.manifest("packages = [\"app\", \"nginx\"]");
    assert_snapshot!(desk.shown("build image.toml --locked"));
}

#[test]
fn a_lock_edited_by_hand() {
    let desk = locked();
    let path = desk.scene.output("image.lock");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("sha256 = \"", "sha256 = \"x")).unwrap();
    assert_snapshot!(desk.shown("build image.toml"));
}

#[test]
fn a_locked_package_that_is_gone() {
    let desk = locked();
    let repository = desk.scene.output("repo");
    fs::remove_dir_all(&repository).unwrap();
    write_repository(&repository, &[version("app", "2.1-r0", &[])]);
    assert_snapshot!(desk.shown("build image.toml --locked"));
}

#[test]
fn a_lock_without_the_architecture() {
    assert_snapshot!(locked().shown("build image.toml --locked --arch aarch64"));
}

#[test]
fn an_update_of_what_is_not_locked() {
    assert_snapshot!(locked().shown("lock image.toml --update ngnix"));
}
