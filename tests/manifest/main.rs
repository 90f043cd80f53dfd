//! The manifest: what it means, how manifests extend one another, and what is said of mistakes.

#![allow(missing_docs)]

mod errors;
mod extends;
mod meaning;
mod panics;
mod shipped;
mod values;

use apkcompose::manifest::{Manifest, ManifestError, parse};
use std::path::Path;

/// Reads a text as if it stood in `php.toml` beside Cargo.toml.
fn read(text: &str) -> Result<Manifest, ManifestError> {
    parse(Path::new("php.toml"), text)
}

/// The same, of a text that is right.
fn good(text: &str) -> Manifest {
    read(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// The problems of a text, a line each.
fn plain(text: &str) -> String {
    match read(text) {
        Ok(manifest) => panic!("{text}\nwas taken: {manifest:#?}"),
        Err(error) => error.to_string(),
    }
}

/// The problems of a text as a terminal without color shows them.
fn shown(text: &str) -> String {
    match read(text) {
        Ok(manifest) => panic!("{text}\nwas taken: {manifest:#?}"),
        Err(error) => error.render(false),
    }
}

/// A problem as the terminal shows it, written with eight blanks before each line.
fn expect(text: &str, expected: &str) {
    let expected: Vec<&str> = expected
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line))
        .collect();
    let shown = shown(text);
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(shown.join("\n"), expected.join("\n").trim(), "{text}");
}
