//! What of an image would go if a word of its world went.

use super::{Bytes, Part, Reason};
use crate::apk::dependency::Dependency;
use crate::apk::index::Index;
use crate::solver::{self, Repository};
use std::collections::{BTreeMap, HashSet};

/// The fields of the database that an index has too.
const FIELDS: &[u8] = b"CPVATSIULomtckDpi";

/// Resolves the world without each of its words, among the packages that are there: those that
/// are not chosen any more are there for that word alone. The word that brings most comes first;
/// nothing when the packages do not fit the world.
pub(super) fn reasons(
    installed: &str,
    world: &[String],
    sizes: &BTreeMap<String, Part>,
) -> Vec<Reason> {
    let of_index = |line: &&str| {
        let mut bytes = line.bytes();
        line.is_empty() || bytes.next().is_some_and(|letter| FIELDS.contains(&letter))
    };
    let lines: Vec<&str> = installed.lines().filter(of_index).collect();
    let Ok(index) = Index::parse(lines.join("\n")) else {
        return Vec::new();
    };
    let arch = index
        .entries()
        .map(|entry| entry.arch)
        .find(|arch| *arch != "noarch");
    let arch = arch.unwrap_or("noarch").to_owned();
    let words: Vec<Dependency<'_>> = world
        .iter()
        .filter_map(|word| Dependency::parse_world(word).ok())
        // Wherever a package came from, it is here now.
        .map(|word| Dependency { tag: None, ..word })
        .collect();
    let chosen = |words: &[Dependency<'_>]| -> Option<HashSet<String>> {
        let repositories = [Repository {
            index: &index,
            tag: None,
            name: "the image",
        }];
        let request = solver::Request {
            world: words,
            origins: &[],
            repositories: &repositories,
            arch: &arch,
        };
        let solution = solver::resolve(&request).ok()?;
        let names = solution.install.iter();
        Some(names.map(|s| format!("{}-{}", s.name, s.version)).collect())
    };
    let Some(all) = chosen(&words) else {
        return Vec::new();
    };
    let mut reasons = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.conflict) {
        let mut others = words.clone();
        others.remove(at);
        let Some(left) = chosen(&others) else {
            continue;
        };
        let mut packages: Vec<String> = all.difference(&left).cloned().collect();
        packages.sort();
        let mut bytes = Bytes::default();
        for part in packages.iter().filter_map(|name| sizes.get(name)) {
            bytes.add(part.bytes);
        }
        reasons.push(Reason {
            word: word.to_string(),
            packages,
            bytes,
        });
    }
    reasons.sort_by(|a, b| {
        let larger = b.bytes.unpacked.cmp(&a.bytes.unpacked);
        larger.then_with(|| a.word.cmp(&b.word))
    });
    reasons
}
