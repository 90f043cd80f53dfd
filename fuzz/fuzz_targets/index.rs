//! Indexes: whatever parses can be resolved in, and explained, without a panic.
#![no_main]

use apkcompose::apk::dependency::Dependency;
use apkcompose::apk::index::Index;
use apkcompose::solver::{Repository, Request, resolve};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(index) = Index::parse(text.to_owned()) else {
        return;
    };
    let repositories = [Repository {
        index: &index,
        tag: None,
        name: "fuzz",
    }];
    for entry in index.entries().take(4) {
        entry.database_lines();
        let Ok(word) = Dependency::parse_world(entry.name) else {
            continue;
        };
        let request = Request {
            world: &[word],
            origins: &[],
            repositories: &repositories,
            arch: "x86_64",
        };
        if let Err(error) = resolve(&request) {
            error.report(true);
        }
    }
});
