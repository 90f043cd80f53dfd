//! `[[file]]`: what the manifest puts into the root.

use super::{inner, load, problem};
use crate::manifest::{FileEntry, FileKind, Manifest, ManifestError, Owner};
use crate::rootfs::accounts::Accounts;
use crate::rootfs::content::Content;
use crate::rootfs::package::Candidate;
use crate::rootfs::tree::{Node, NodeKind, PathError, Tree};
use bstr::{BStr, ByteSlice};

/// Puts the files of the manifest into the tree, in its order. What a package has at the same
/// path is replaced, symlinks included; nothing is ever written through one at the last place.
pub(super) fn apply(
    tree: &mut Tree,
    manifest: &Manifest,
    candidates: &[Candidate<'_>],
) -> Result<(), ManifestError> {
    for file in &manifest.files {
        // Each time anew: an earlier file may be etc/passwd itself.
        let accounts = Accounts::of_tree(tree, |content| load(candidates, content));
        let failed = |error: PathError| {
            let message = format!("{} cannot be put there: {error}", file.target);
            problem(message, &file.place)
        };
        let uid = number(&file.user, file, "user", |name| accounts.user(name))?;
        let gid = number(&file.group, file, "group", |name| accounts.group(name))?;
        let path = inner(&file.target);
        if file.kind == FileKind::Directory {
            directory(tree, path, file, uid, gid).map_err(failed)?;
            continue;
        }
        if tree
            .find(path)
            .is_some_and(|id| tree.node(id).is_directory())
        {
            let message = format!("{} is a directory already", file.target);
            return Err(problem(message, &file.place));
        }
        let mut node = Node::new(kind(file)?, file.mode.unwrap_or(0o777));
        (node.uid, node.gid) = (uid.unwrap_or(0), gid.unwrap_or(0));
        let parent = path.rsplit_once_str("/").map_or(&b""[..], |(dir, _)| dir);
        tree.make_directories(parent).map_err(failed)?;
        tree.put(path, node).map_err(failed)?;
    }
    Ok(())
}

fn number(
    owner: &Option<Owner>,
    file: &FileEntry,
    what: &str,
    find: impl Fn(&[u8]) -> Option<u32>,
) -> Result<Option<u32>, ManifestError> {
    match owner {
        None => Ok(None),
        Some(Owner::Id(id)) => Ok(Some(*id)),
        Some(Owner::Name(name)) => find(name.as_bytes()).map(Some).ok_or_else(|| {
            let message = format!(
                "{} shall belong to the {what} {name:?}, which the image does not have",
                file.target
            );
            problem(message, &file.place)
        }),
    }
}

fn kind(file: &FileEntry) -> Result<NodeKind, ManifestError> {
    Ok(match &file.kind {
        FileKind::Source(path) => {
            let size = std::fs::metadata(path)
                .map_err(|error| {
                    let message = format!("cannot read {}: {error}", path.display());
                    problem(message, &file.place)
                })?
                .len();
            NodeKind::File(Content::Local {
                path: path.clone(),
                size,
            })
        }
        FileKind::Content(text) => NodeKind::File(Content::Bytes(text.as_bytes().into())),
        FileKind::Symlink(target) => NodeKind::Symlink(target.as_str().into()),
        FileKind::Directory => Node::directory().kind,
    })
}

/// Makes a directory, or changes one that is there where the manifest says how.
fn directory(
    tree: &mut Tree,
    path: &BStr,
    file: &FileEntry,
    uid: Option<u32>,
    gid: Option<u32>,
) -> Result<(), PathError> {
    let id = tree.make_directories(path)?;
    let node = tree.node_mut(id);
    node.uid = uid.unwrap_or(node.uid);
    node.gid = gid.unwrap_or(node.gid);
    node.mode = file.mode.unwrap_or(node.mode);
    Ok(())
}
