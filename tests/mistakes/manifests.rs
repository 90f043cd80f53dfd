//! Manifests that say what cannot be meant.

use crate::Desk;
use insta::assert_snapshot;

#[test]
fn an_unknown_key() {
    assert_snapshot!(Desk::new().build("packges = [\"app\"]"));
}

#[test]
fn a_key_of_another_tool() {
    assert_snapshot!(
        Desk::new().build("packages = [\"app\"]\n\n[image]\nenvironment = { A = \"1\" }")
    );
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(Desk::new().build("packages = \"app lib\""));
}

#[test]
fn no_toml() {
    assert_snapshot!(Desk::new().build("packages: [app]"));
}

#[test]
fn a_word_that_is_none() {
    assert_snapshot!(Desk::new().build("packages = [\"app\", \"lib>\"]"));
}

#[test]
fn a_package_in_two_ways() {
    assert_snapshot!(Desk::new().build("packages = [\n  \"lib\",\n  \"lib=1.2-r0\",\n]"));
}

#[test]
fn an_unknown_architecture() {
    assert_snapshot!(Desk::new().build("arch = [\"amd64\"]"));
}

#[test]
fn a_release_that_is_none() {
    assert_snapshot!(Desk::new().build("[repositories]\nalpine = \"3.23.1\""));
}

#[test]
fn a_number_for_a_release() {
    assert_snapshot!(Desk::new().build("[repositories]\nalpine = 3.20"));
}

#[test]
fn a_bad_variable() {
    assert_snapshot!(Desk::new().build("[image]\nenv = [\"PATH=/bin\", \"LANG\"]"));
}

#[test]
fn a_shell_command_without_a_shell() {
    assert_snapshot!(Desk::new().build("[image]\ncmd = \"app --init && app\""));
}

#[test]
fn a_port_of_the_host() {
    assert_snapshot!(Desk::new().build("[image]\nexpose = [\"8080:80\"]"));
}

#[test]
fn a_decimal_mode() {
    let file = "[[file]]\ntarget = \"/bin/run\"\ncontent = \"#!/bin/sh\"\nmode = 755";
    assert_snapshot!(Desk::new().build(file));
}

#[test]
fn a_missing_source() {
    let file = "[[file]]\ntarget = \"/etc/app.conf\"\nsource = \"conf/app.conf\"";
    assert_snapshot!(Desk::new().build(file));
}

#[test]
fn two_files_for_a_target() {
    let file = |content: &str| {
        format!("[[file]]\ntarget = \"/etc/app.conf\"\ncontent = \"{content}\"\n\n")
    };
    assert_snapshot!(Desk::new().build(&(file("a") + &file("b"))));
}

#[test]
fn a_target_below_a_file() {
    let file = "packages = [\"app\"]\n[[file]]\ntarget = \"/etc/app/conf\"\ncontent = \"\"";
    assert_snapshot!(Desk::new().build(file));
}

#[test]
fn an_owner_that_nobody_knows() {
    let file =
        "packages = [\"app\"]\n[[file]]\ntarget = \"/srv/x\"\ncontent = \"\"\nuser = \"web\"";
    assert_snapshot!(Desk::new().build(file));
}

#[test]
fn a_base_that_is_not_there() {
    assert_snapshot!(Desk::new().build("extends = \"bases/web.toml\""));
}

#[test]
fn a_circle_of_bases() {
    let desk = Desk::new();
    desk.file("base.toml", "extends = \"image.toml\"\n");
    assert_snapshot!(desk.build("extends = \"base.toml\""));
}

#[test]
fn a_manifest_that_is_not_there() {
    let desk = Desk::new();
    desk.manifest("");
    assert_snapshot!(desk.shown("build image"));
}

#[test]
fn several_mistakes() {
    let lines = "name = \"My App\"\npackages = [\"app\", 7]\nexclude = [\"*.pyc\"]\n\n[layers]\nbudget = 500";
    assert_snapshot!(Desk::new().build(lines));
}
