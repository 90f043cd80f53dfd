//! Packages that cannot be had, or not together.

use crate::support::scene::{package, signer};
use crate::{Desk, version};
use apkcompose::apk::package::Script;
use apkcompose::apk::write::{File, write_index};
use insta::assert_snapshot;
use std::fs;

#[test]
fn a_typing_error() {
    assert_snapshot!(Desk::new().build("packages = [\n  \"app\",\n  \"ngnix\",\n]"));
}

#[test]
fn a_version_that_there_is_not() {
    assert_snapshot!(Desk::new().build("packages = [\"app=3.0-r0\"]"));
}

#[test]
fn a_version_that_something_else_forbids() {
    assert_snapshot!(Desk::new().build("packages = [\"nginx\", \"lib<1.3\"]"));
}

#[test]
fn a_package_that_is_needed_and_kept_out() {
    assert_snapshot!(Desk::new().build("packages = [\"app\", \"!lib\"]"));
}

#[test]
fn a_dependency_that_nobody_provides() {
    let desk = Desk::with(&[version("app", "2.0-r0", &["so:libssl.so.3"])]);
    assert_snapshot!(desk.build("packages = [\"app\"]"));
}

#[test]
fn a_tag_that_no_repository_has() {
    assert_snapshot!(Desk::new().build("packages = [\"app@edge\"]"));
}

#[test]
fn a_typing_error_on_the_command_line() {
    let desk = Desk::new();
    let args = "build --package ngnix --repository repo --key test-only.rsa.pub";
    assert_snapshot!(desk.shown(args));
}

#[test]
fn a_question_about_what_is_not_there() {
    let desk = Desk::new();
    desk.manifest("packages = [\"app\"]");
    assert_snapshot!(desk.shown("why image.toml nginx"));
}

#[test]
fn two_packages_with_one_file() {
    let file = || vec![File::regular("etc/app.conf", "")];
    let desk = Desk::with(&[package("app", file()), package("other", file())]);
    assert_snapshot!(desk.build("packages = [\"app\", \"other\"]"));
}

#[test]
fn a_damaged_package() {
    let desk = Desk::new();
    let path = desk.scene.output("repo/x86_64/app-2.0-r0.apk");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 0x55;
    fs::write(path, bytes).unwrap();
    assert_snapshot!(desk.build("packages = [\"app\"]"));
}

#[test]
fn a_package_that_was_cut() {
    let desk = Desk::new();
    let path = desk.scene.output("repo/x86_64/app-2.0-r0.apk");
    let bytes = fs::read(&path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    assert_snapshot!(desk.build("packages = [\"app\"]"));
}

#[test]
fn another_package_under_the_same_name() {
    let desk = Desk::new();
    let other = version("app", "2.0-r0", &["lib", "nginx"]).write(&signer());
    let path = desk.scene.output("repo/x86_64/app-2.0-r0.apk");
    // Of the same size, or that would be noticed first.
    let mut index = fs::read(&path).unwrap();
    index.resize(other.as_ref().unwrap().bytes.len(), 0);
    let mut spec = version("app", "2.0-r0", &["lib"]);
    spec.description = "A stranger".to_owned();
    let written = spec.write(&signer()).unwrap();
    let expected = version("app", "2.0-r0", &["lib"]).write(&signer()).unwrap();
    let record = expected.index_record.replace(
        &format!("S:{}", expected.bytes.len()),
        &format!("S:{}", written.bytes.len()),
    );
    let lib = version("lib", "1.3-r1", &[]).write(&signer()).unwrap();
    let index = write_index(&[record, lib.index_record], "x", Some(&signer())).unwrap();
    desk.file("repo/x86_64/APKINDEX.tar.gz", index);
    fs::write(path, written.bytes).unwrap();
    assert_snapshot!(desk.build("packages = [\"app\"]"));
}

#[test]
fn a_package_that_is_gone() {
    let desk = Desk::new();
    fs::remove_file(desk.scene.output("repo/x86_64/app-2.0-r0.apk")).unwrap();
    assert_snapshot!(desk.build("packages = [\"app\"]"));
}

#[test]
fn a_script_whose_interpreter_is_missing() {
    let mut app = package("app", vec![File::regular("etc/app", "")]);
    let script = "#!/bin/sh\nadduser -S app\n".to_owned();
    app.scripts.insert(Script::PostInstall, script);
    let desk = Desk::with(&[app]);
    let shown = desk.build("packages = [\"app\"]");
    if shown.contains("cannot be run in a sandbox here") {
        crate::support::skip::skipped("a missing interpreter", "there is no sandbox");
        return;
    }
    assert_snapshot!(shown);
}
