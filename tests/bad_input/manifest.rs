//! Manifests that cannot be used. What is said of each mistake is tested with the manifest
//! itself; here is that the program says it, and where.

use crate::refused;
use crate::support::{Scene, rich};

/// Builds a manifest that is wrong, and checks the message.
#[track_caller]
fn check(text: &str, parts: &[&str]) {
    let scene = Scene::with(&rich::packages());
    let manifest = scene.write("bad.toml", text);
    for verb in ["build", "resolve"] {
        let run = scene.run(&[verb, manifest.to_str().unwrap()]);
        refused(&scene, &run, parts);
    }
}

#[test]
fn what_is_no_toml_is_shown() {
    check("packages = [\"a\"\nname =\n", &["bad.toml:2:"]);
    check("\u{1}\u{2}", &["bad.toml:1:3", "not TOML"]);
}

#[test]
fn an_unknown_key_is_shown_with_the_nearest_one() {
    let text = "name = \"a\"\npackage = [\"base\"]\n";
    check(
        text,
        &["bad.toml:2:1", "package = [", "did you mean \"packages\"?"],
    );
}

#[test]
fn a_wrong_type_is_shown() {
    check("packages = \"base\"\n", &["bad.toml:1:12", "list"]);
    let text = "[image]\nentrypoint = 7\n";
    check(text, &["bad.toml:2:14", "entrypoint = 7"]);
}

#[test]
fn a_bad_word_is_shown() {
    let text = "packages = [\n  \"base\",\n  \"base>\",\n]\n";
    check(text, &["bad.toml:3:", "\"base>\""]);
}

#[test]
fn a_file_that_is_not_there_is_shown() {
    let text = "[[file]]\ntarget = \"/a\"\nsource = \"no/such/file\"\n";
    check(text, &["bad.toml:3:10", "no/such/file"]);
}

#[test]
fn a_target_that_leads_out_of_the_root_is_shown() {
    let text = "[[file]]\ntarget = \"/srv/../../etc/passwd\"\ncontent = \"\"\n";
    check(text, &["bad.toml:2:10", "\"..\""]);
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let text = "nmae = \"a\"\npackages = [\"a>\"]\n[imgae]\n";
    check(text, &["bad.toml:1:1", "bad.toml:2:15", "bad.toml:3:2"]);
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let scene = Scene::new();
    let run = scene.run_bare(&["build", "no.toml"]);
    refused(&scene, &run, &["there is no file \"no.toml\""]);
    let run = scene.run_bare(&["build", "."]);
    refused(&scene, &run, &["\".\" is a folder"]);
}

/// Builds a manifest over the packages with one of everything that cannot be carried out, as is
/// only known once the packages are there.
#[track_caller]
fn check_late(text: &str, parts: &[&str]) {
    let scene = Scene::with(&rich::packages());
    let manifest = scene.write("bad.toml", format!("packages = [\"tools\"]\n{text}"));
    let run = scene.run(&["build", manifest.to_str().unwrap()]);
    refused(&scene, &run, parts);
}

#[test]
fn a_target_below_a_file_is_shown() {
    let text = "[[file]]\ntarget = \"/etc/passwd/x\"\ncontent = \"\"\n";
    check_late(text, &["bad.toml:2:1", "etc/passwd", "not a directory"]);
}

#[test]
fn a_file_in_the_place_of_a_directory_is_shown() {
    let text = "[[file]]\ntarget = \"/etc\"\ncontent = \"\"\n";
    check_late(text, &["bad.toml:2:1", "/etc", "directory"]);
}

#[test]
fn an_owner_that_nobody_knows_is_shown() {
    let text = "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nuser = \"nobdy\"\n";
    check_late(text, &["bad.toml:2:1", "\"nobdy\""]);
}
