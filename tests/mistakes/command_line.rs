//! Arguments and environments that make no sense.

use crate::{Desk, Run};
use insta::assert_snapshot;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.manifest("packages = [\"app\"]");
    desk
}

#[test]
fn a_verb_that_there_is_not() {
    assert_snapshot!(desk().shown("biuld image.toml"));
}

#[test]
fn an_option_that_there_is_not() {
    assert_snapshot!(desk().shown("build image.toml --ouput x.tar"));
}

#[test]
fn nothing_to_build() {
    assert_snapshot!(desk().shown("build"));
}

#[test]
fn a_name_in_capitals() {
    assert_snapshot!(desk().shown("build image.toml --name My/App"));
}

#[test]
fn a_word_that_is_none() {
    assert_snapshot!(desk().shown("build --package app>"));
}

#[test]
fn a_choice_that_there_is_not() {
    assert_snapshot!(desk().shown("build image.toml --scripts maybe"));
}

#[test]
fn a_release_that_is_none() {
    assert_snapshot!(desk().shown("build image.toml --alpine latest"));
}

#[test]
fn an_architecture_that_there_is_not() {
    assert_snapshot!(desk().shown("build image.toml --arch amd64"));
}

#[test]
fn a_size_that_is_none() {
    assert_snapshot!(desk().shown("cache clean --keep 5gigs"));
}

#[test]
fn a_bad_environment() {
    let desk = desk();
    let mut command = desk.command("build image.toml");
    command.env("SOURCE_DATE_EPOCH", "2024-01-01");
    let run = Run::of(command);
    assert_snapshot!(desk.text("build image.toml", &run));
}
