//! Repositories and keys that cannot be used.

use crate::support::scene::{signer, stranger};
use crate::support::server::{Reply, Server};
use crate::{Desk, version};
use apkcompose::apk::write::write_index;
use insta::assert_snapshot;
use std::fs;

/// A desk whose index is this instead.
fn with_index(index: impl AsRef<[u8]>) -> Desk {
    let desk = Desk::new();
    desk.file("repo/x86_64/APKINDEX.tar.gz", index);
    desk
}

fn records() -> Vec<String> {
    let app = version("app", "2.0-r0", &[]).write(&signer());
    vec![app.unwrap().index_record]
}

const LINES: &str = "packages = [\"app\"]";

#[test]
fn a_folder_that_is_not_there() {
    let desk = Desk::new();
    desk.file(
        "image.toml",
        "packages = [\"app\"]\n\n[[repository]]\nurl = \"repos\"\n",
    );
    assert_snapshot!(desk.shown("build image.toml"));
}

#[test]
fn an_architecture_that_the_repository_lacks() {
    let desk = Desk::new();
    desk.manifest(LINES);
    assert_snapshot!(desk.shown("build image.toml --arch aarch64"));
}

#[test]
fn an_architecture_that_the_manifest_lacks() {
    let desk = Desk::new();
    desk.manifest("packages = [\"app\"]\narch = [\"x86_64\"]");
    assert_snapshot!(desk.shown("build image.toml --arch riscv64"));
}

#[test]
fn an_unsigned_index() {
    let index = write_index(&records(), "x", None).unwrap();
    assert_snapshot!(with_index(index).build(LINES));
}

#[test]
fn an_index_of_a_stranger() {
    let index = write_index(&records(), "x", Some(&stranger())).unwrap();
    assert_snapshot!(with_index(index).build(LINES));
}

#[test]
fn the_wrong_key_under_the_right_name() {
    let desk = Desk::new();
    let other = include_str!("../keys/stranger.rsa.pub");
    desk.file("test-only.rsa.pub", other);
    assert_snapshot!(desk.build(LINES));
}

#[test]
fn a_key_that_is_none() {
    let desk = Desk::new();
    desk.file("test-only.rsa.pub", "<html>404</html>");
    assert_snapshot!(desk.build(LINES));
}

#[test]
fn a_key_that_is_not_there() {
    let desk = Desk::new();
    fs::remove_file(desk.scene.output("test-only.rsa.pub")).unwrap();
    assert_snapshot!(desk.build(LINES));
}

#[test]
fn a_web_page_for_an_index() {
    assert_snapshot!(with_index("<!DOCTYPE html><p>Log in").build(LINES));
}

#[test]
fn an_index_that_was_cut() {
    let index = fs::read(Desk::new().scene.output("repo/x86_64/APKINDEX.tar.gz")).unwrap();
    assert_snapshot!(with_index(&index[..index.len() - 40]).build(LINES));
}

/// A build from this server.
fn from(server: &Server, options: &str) -> String {
    let desk = Desk::new();
    let url = server.url("/repo");
    let text =
        format!("{LINES}\n\n[[repository]]\nurl = \"{url}\"\nkeys = [\"test-only.rsa.pub\"]\n");
    desk.file("image.toml", text);
    let shown = desk.shown(&format!("build image.toml{options}"));
    shown.replace(&server.host(), "[server]")
}

#[test]
fn a_server_that_has_no_such_repository() {
    assert_snapshot!(from(&Server::start(), ""));
}

#[test]
fn a_server_that_wants_a_password() {
    let server = Server::start();
    let reply = Reply::status("401 Unauthorized");
    server.answer("/repo/x86_64/APKINDEX.tar.gz", vec![reply]);
    assert_snapshot!(from(&server, ""));
}

#[test]
fn no_network_and_nothing_in_the_cache() {
    assert_snapshot!(from(&Server::start(), " --offline"));
}

#[test]
fn an_address_that_is_none() {
    let desk = Desk::new();
    desk.manifest(LINES);
    assert_snapshot!(desk.shown("build image.toml --repository ftp://example.org/repo"));
}
