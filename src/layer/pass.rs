//! Which packages' data members can be layers as they are.
//!
//! A package passes when unpacking its data member gives what the tree has at its paths. A
//! directory's owner and mode may differ, and so may a few small files that were changed after
//! the installation: the state layer, which lies on top, puts these right.

use super::emit::is_whiteout;
use super::survey::{Survey, ancestors};
use crate::apk::package::Package;
use crate::apk::tar::{Entry, Kind};
use crate::repository::FetchedPackage;
use crate::rootfs::{Content, Installed, NodeKind};
use bstr::{BStr, ByteSlice};
use std::collections::{HashMap, HashSet};

/// The packages that can pass, by their place in the installation.
pub(super) type Passes = HashSet<usize>;

/// A package passes only if less than this part of its content is hidden by what lies on top:
/// hidden bytes are downloaded and stored for nothing.
const MOST_HIDDEN: u64 = 8;

/// Whether a path of a package shows its content in the end.
#[derive(PartialEq, Eq)]
enum Fate {
    /// It is as the package has it.
    Kept,
    /// The manifest or a script put something else there.
    Changed,
}

pub(super) fn passing(
    survey: &Survey<'_>,
    installed: &[Installed],
    packages: &[Option<FetchedPackage>],
) -> Passes {
    (0..installed.len())
        .filter(|number| {
            packages[*number]
                .as_ref()
                .is_some_and(|fetched| passes(survey, *number, &fetched.package))
        })
        .collect()
}

/// The paths of a package that passes at which its own content is seen in the end.
pub(super) fn supplied<'p>(
    survey: &Survey<'_>,
    number: usize,
    package: &'p Package,
) -> Vec<&'p BStr> {
    let mut seen = HashMap::with_capacity(package.entries.len());
    let mut paths = Vec::with_capacity(package.entries.len());
    for (place, entry) in package.entries.iter().enumerate() {
        seen.insert(entry.path.as_bstr(), place);
        if fate(survey, number, place, entry, &seen) == Some(Fate::Kept) {
            paths.push(entry.path.as_bstr());
        }
    }
    paths
}

fn passes(survey: &Survey<'_>, number: usize, package: &Package) -> bool {
    // What apk passes over, a client would unpack.
    if package.data.skipped > 0 || package.data.diff_id.is_none() {
        return false;
    }
    let mut seen: HashMap<&BStr, usize> = HashMap::with_capacity(package.entries.len());
    let (mut all, mut hidden) = (0, 0);
    for (place, entry) in package.entries.iter().enumerate() {
        // Docker refuses a layer that holds a path twice.
        let again = seen.insert(entry.path.as_bstr(), place).is_some();
        if again || !entry.plain || is_whiteout(&entry.path) {
            return false;
        }
        // What a directory is that the layer does not list, each client decides for itself; docker
        // makes one that hides the directory of the layers below.
        if let Some(above) = ancestors(&entry.path).next()
            && !seen.contains_key(above)
        {
            return false;
        }
        all += entry.size;
        match fate(survey, number, place, entry, &seen) {
            Some(Fate::Kept) => {}
            Some(Fate::Changed) => hidden += entry.size,
            None => return false,
        }
    }
    // Hard links must be to each other alone: a name outside would be in another layer.
    let mut names = HashMap::new();
    for entry in &package.entries {
        if let Some((id, node)) = survey.node(entry.path.as_bstr())
            && !node.is_directory()
        {
            *names.entry(id).or_insert(0) += 1;
        }
    }
    let complete = names.iter().all(|(id, count)| survey.names(*id) == *count);
    complete && hidden * MOST_HIDDEN <= all
}

/// What becomes of an entry; `None` when the package cannot pass because of it: it is lost to
/// another package, excluded, moved aside, owned by other numbers than its header says, reached
/// through a symlink, or something that not every client may unpack.
fn fate(
    survey: &Survey<'_>,
    number: usize,
    place: usize,
    entry: &Entry,
    seen: &HashMap<&BStr, usize>,
) -> Option<Fate> {
    let path = entry.path.as_bstr();
    let (id, node) = survey.node(path)?;
    if let Kind::Directory = entry.kind {
        // apk does not apply a directory's attributes; a client would.
        return (node.is_directory() && entry.xattrs.is_empty()).then_some(Fate::Kept);
    }
    if node.is_directory() || survey.owner(path) != Some(number) {
        return None;
    }
    let content = match &entry.kind {
        Kind::HardLink(target) => {
            // To apk its metadata is its target's, which was looked at before it; clients apply
            // what its own header says.
            let same = seen.contains_key(target.as_bstr())
                && survey
                    .node(target.as_bstr())
                    .is_some_and(|(other, _)| other == id)
                && (node.uid, node.gid, node.mode) == (entry.uid, entry.gid, entry.mode)
                && node.mtime == Some(entry.mtime)
                && (entry.xattrs.is_empty() || node.xattrs == entry.xattrs);
            return same.then_some(Fate::Kept);
        }
        Kind::File => match &node.kind {
            NodeKind::File(Content::Package { package, entry, .. }) => {
                *package == number && *entry == place
            }
            _ => false,
        },
        Kind::Symlink(target) => node.kind == NodeKind::Symlink(target.clone()),
        _ => return None,
    };
    if !content {
        let aside = [path.as_bytes(), b".apk-new"].concat();
        return survey
            .node(aside.as_bstr())
            .is_none()
            .then_some(Fate::Changed);
    }
    // Labels of SELinux are not taken along.
    let labelled = entry
        .xattrs
        .iter()
        .any(|(name, _)| name == "security.selinux");
    let same = (node.uid, node.gid) == (entry.uid, entry.gid)
        && (node.mode == entry.mode || matches!(entry.kind, Kind::Symlink(_)))
        && node.mtime == Some(entry.mtime)
        && node.xattrs == entry.xattrs
        && !labelled;
    same.then_some(Fate::Kept)
}
