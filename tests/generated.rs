//! What is generated and kept in `dist/` is what would be generated now, and every verb explains
//! itself by examples that can be typed.

use apkcompose::cli;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn what_is_shipped_is_up_to_date() {
    const AGAIN: &str = "make it anew with: cargo run --example generate";
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    let shipped = cli::shipped().unwrap();
    for (path, content) in &shipped {
        let kept = fs::read_to_string(dist.join(path)).unwrap_or_default();
        assert!(kept == *content, "dist/{path} is not up to date; {AGAIN}");
    }
    let expected: BTreeSet<&str> = shipped.iter().map(|(path, _)| path.as_str()).collect();
    for folder in ["completions", "man"] {
        for entry in fs::read_dir(dist.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = format!("{folder}/{name}");
            assert!(
                expected.contains(path.as_str()),
                "dist/{path} is left over; {AGAIN}"
            );
        }
    }
    // Of every shell and every verb.
    for name in [
        "apkcompose.bash",
        "_apkcompose",
        "apkcompose.fish",
        "apkcompose.elv",
        "_apkcompose.ps1",
    ] {
        assert!(
            expected.contains(format!("completions/{name}").as_str()),
            "{name}"
        );
    }
    for verb in cli::command()
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
    {
        let page = format!("man/apkcompose-{}.1", verb.get_name());
        assert!(expected.contains(page.as_str()), "{page}");
    }
}

#[test]
fn nothing_of_this_machine_is_in_it() {
    for (path, content) in cli::shipped().unwrap() {
        for part in ["/tmp", "/home/", "/root", env!("CARGO_MANIFEST_DIR")] {
            assert!(!content.contains(part), "{part} in dist/{path}");
        }
    }
}

#[test]
fn every_verb_has_a_description_and_examples_of_itself() {
    for verb in cli::command().get_subcommands() {
        let name = verb.get_name();
        if verb.is_hide_set() || name == "help" {
            continue;
        }
        assert!(verb.get_about().is_some(), "{name} has no description");
        let help = verb
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut lines = help.lines();
        assert_eq!(lines.next(), Some("Examples:"), "{name} has no examples");
        let own = format!("  apkcompose {name}");
        assert!(lines.any(|line| line.starts_with(&own)), "{name}: {help}");
        for argument in verb.get_arguments() {
            let id = argument.get_id();
            assert!(
                argument.get_help().is_some(),
                "{name} does not explain {id}"
            );
        }
    }
}
