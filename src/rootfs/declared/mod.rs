//! What the manifest itself puts into the root, after the packages: groups, users and files,
//! in this order; and what it leaves out again.

mod accounts;
mod exclude;
mod files;
pub mod local;
mod template;

pub use exclude::{Saved, add_saved, exclude};

use super::content::Content;
use super::package::Candidate;
use super::tree::Tree;
use crate::manifest::{Manifest, ManifestError, Place, Problem};
use bstr::{BStr, ByteSlice};
use std::io::Read;
use std::sync::Arc;

/// Carries out `[[group]]`, `[[user]]` and `[[file]]`.
///
/// `time` dates the entries of etc/shadow, in seconds since 1970.
///
/// # Errors
/// When an entry contradicts the packages, each with its place in the manifest.
pub fn apply(
    tree: &mut Tree,
    manifest: &Manifest,
    candidates: &[Candidate<'_>],
    time: u64,
) -> Result<(), ManifestError> {
    accounts::apply(tree, manifest, candidates, time)?;
    files::apply(tree, manifest, candidates)
}

/// The bytes of a content that is in memory.
pub(super) fn load(candidates: &[Candidate<'_>], content: &Content) -> Option<Arc<[u8]>> {
    match content {
        Content::Bytes(bytes) => Some(bytes.clone()),
        Content::Package { package, entry, .. } => {
            let kept = &candidates.get(*package)?.package?.kept;
            kept.get(entry).map(|bytes| bytes.as_slice().into())
        }
        Content::Part(part) => {
            let mut bytes = Vec::new();
            part.reader().read_to_end(&mut bytes).ok()?;
            Some(bytes.into())
        }
        Content::Local { .. } => None,
    }
}

/// An absolute path of the manifest as the tree writes it.
fn inner(path: &str) -> &BStr {
    path.trim_start_matches('/').as_bytes().as_bstr()
}

/// The same with what can be done.
fn advised(message: String, place: &Option<Place>, help: &str) -> ManifestError {
    let problem = Problem::new(message).at(place.clone());
    problem.help(help).into()
}

fn problem(message: String, place: &Option<Place>) -> ManifestError {
    Problem::new(message).at(place.clone()).into()
}
