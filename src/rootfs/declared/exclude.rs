//! `exclude` and `minimal`: what is left out of the root, and how much that saves.

use crate::manifest::{self, Manifest};
use crate::rootfs::tree::{NodeId, NodeKind, Tree};
use bstr::{BString, ByteSlice};
use globset::GlobSet;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::convert::Infallible;

/// What one rule left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Saved {
    /// The preset's name, or the glob.
    pub what: String,
    /// The paths that are no directories.
    pub files: usize,
    /// The bytes of the files that no path leads to any more.
    pub bytes: u64,
}

/// Takes out of the tree what `minimal` and `exclude` match, a directory with all that is in it.
/// Returns what each rule saved beyond those before it.
pub fn exclude(tree: &mut Tree, manifest: &Manifest) -> Vec<Saved> {
    let presets = manifest.minimal.iter().map(|preset| {
        let patterns = manifest::exclusion(preset.patterns().iter().copied());
        (preset.name().to_owned(), patterns)
    });
    let globs = manifest.exclude.iter().map(|glob| {
        let pattern = manifest::exclusion([glob.as_str()]);
        (glob.clone(), pattern)
    });
    let rules: Vec<(String, GlobSet)> = presets
        .chain(globs)
        // The patterns of a loaded manifest are known to be some.
        .filter_map(|(what, patterns)| Some((what, patterns.ok()?)))
        .collect();
    let apply = |(what, patterns)| leave_out(tree, what, &patterns);
    rules.into_iter().map(apply).collect()
}

fn leave_out(tree: &mut Tree, what: String, patterns: &GlobSet) -> Saved {
    let before = names(tree);
    let mut matching: Vec<BString> = Vec::new();
    let visited: Result<(), Infallible> = tree.visit(|path, _| {
        let absolute = [b"/", path.as_bytes()].concat();
        if patterns.is_match(absolute.to_path_lossy()) {
            matching.push(path.to_owned());
        }
        Ok(())
    });
    let Ok(()) = visited;
    if matching.is_empty() {
        return Saved {
            what,
            files: 0,
            bytes: 0,
        };
    }
    for path in matching {
        tree.remove(&path);
    }
    let after = names(tree);
    let gone = before.keys().filter(|node| !after.contains_key(node));
    let size = |node: &NodeId| match &tree.node(*node).kind {
        NodeKind::File(content) => content.size(),
        _ => 0,
    };
    Saved {
        what,
        files: before.values().sum::<usize>() - after.values().sum::<usize>(),
        bytes: gone.map(size).sum(),
    }
}

/// How many names everything but directories has.
fn names(tree: &Tree) -> HashMap<NodeId, usize> {
    let mut names = HashMap::new();
    let visited: Result<(), Infallible> = tree.visit(|_, node| {
        if !tree.node(node).is_directory() {
            *names.entry(node).or_insert(0) += 1;
        }
        Ok(())
    });
    let Ok(()) = visited;
    names
}

/// What the same rules saved in several roots.
pub fn add_saved<'s>(all: impl Iterator<Item = &'s Vec<Saved>>) -> Vec<Saved> {
    let mut sum: Vec<Saved> = Vec::new();
    for saved in all.flatten() {
        match sum.iter_mut().find(|known| known.what == saved.what) {
            Some(known) => {
                known.files += saved.files;
                known.bytes += saved.bytes;
            }
            None => sum.push(saved.clone()),
        }
    }
    sum
}
