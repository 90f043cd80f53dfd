//! Reading back into the tree what scripts changed.

use super::{Delta, ScriptError};
use crate::repository::FetchedPackage;
use crate::rootfs::content::{Content, Part};
use crate::rootfs::tree::{Node, NodeKind, PathError, Tree};
use crate::sandbox::{Change, Metadata, Object, Sandbox, SandboxError};
use bstr::{BStr, BString};
use sha1::{Digest as _, Sha1};
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// Files up to this size are held in memory: etc/passwd and all that is looked at again, such as
/// protected files. Larger ones go through the disk.
pub(super) const IN_MEMORY: u64 = 256 << 10;

/// Takes in what the sandbox has to tell.
pub(super) fn collect(sandbox: &mut Sandbox) -> Result<Delta, ScriptError> {
    let mut delta = Delta::default();
    let mut spool: Option<(Arc<File>, u64)> = None;
    sandbox.changes(|change, content| {
        let size = match &change {
            Change::Object {
                object: Object::File(size),
                ..
            } => Some(*size),
            _ => None,
        };
        let content = match size {
            None => None,
            Some(size) if size <= IN_MEMORY => {
                let mut bytes = Vec::with_capacity(size as usize);
                content.read_to_end(&mut bytes).map_err(lost)?;
                Some(Content::Bytes(bytes.into()))
            }
            Some(size) => {
                let (file, start) = match spool.take() {
                    Some(spool) => spool,
                    None => (
                        Arc::new(tempfile::tempfile().map_err(ScriptError::Content)?),
                        0,
                    ),
                };
                let copied = io::copy(content, &mut &*file).map_err(ScriptError::Content)?;
                (&*file).flush().map_err(ScriptError::Content)?;
                if copied != size {
                    return Err(lost(io::ErrorKind::UnexpectedEof.into()));
                }
                spool = Some((file.clone(), start + size));
                Some(Content::Part(Part { file, start, size }))
            }
        };
        delta.changes.push((change, content));
        Ok::<(), ScriptError>(())
    })?;
    Ok(delta)
}

fn lost(error: io::Error) -> ScriptError {
    SandboxError::Lost(error).into()
}

/// Carries out the changes on the tree.
///
/// # Errors
/// When they don't fit it, which only changes to another tree can do.
pub(super) fn apply(
    tree: &mut Tree,
    delta: &Delta,
    packages: &[Option<FetchedPackage>],
) -> Result<(), PathError> {
    let old: Vec<_> = delta
        .changes
        .iter()
        .map(|(change, _)| match change {
            Change::Link { to, old: true, .. } => tree.find(to),
            _ => None,
        })
        .collect();
    for ((change, content), old) in delta.changes.iter().zip(old) {
        match change {
            Change::Remove(path) => {
                tree.remove(path);
            }
            Change::Object {
                path,
                fresh,
                object,
                metadata,
                same_time,
            } => {
                let before = tree.find(path);
                let known = before.map(|id| &tree.node(id).kind);
                let kind = kind(object, content.as_ref(), known, packages);
                if *fresh {
                    let mut node = Node::new(kind, metadata.mode);
                    set(&mut node, metadata);
                    if let (Some(id), true) = (before, *object == Object::Directory)
                        && tree.node(id).is_directory()
                    {
                        set(tree.node_mut(id), metadata);
                    } else {
                        tree.put(path, node)?;
                    }
                } else {
                    let id = before.ok_or_else(|| PathError::Missing(path.clone()))?;
                    let node = tree.node_mut(id);
                    node.kind = kind;
                    set(node, metadata);
                    if !same_time {
                        node.mtime = None;
                    }
                }
            }
            Change::Link { path, to, .. } => {
                let id = old.or_else(|| tree.find(to));
                tree.link(path, id.ok_or_else(|| PathError::Missing(to.clone()))?)?;
            }
            Change::Metadata(path, metadata) => {
                let id = tree.find(path);
                let id = id.ok_or_else(|| PathError::Missing(path.clone()))?;
                set(tree.node_mut(id), metadata);
            }
        }
    }
    Ok(())
}

fn set(node: &mut Node, metadata: &Metadata) {
    (node.mode, node.uid, node.gid) = (metadata.mode, metadata.uid, metadata.gid);
    if matches!(node.kind, NodeKind::Symlink(_)) {
        node.mode = 0o777;
    }
    if let Some(xattrs) = &metadata.xattrs {
        node.xattrs.clone_from(xattrs);
    }
}

fn kind(
    object: &Object,
    content: Option<&Content>,
    known: Option<&NodeKind>,
    packages: &[Option<FetchedPackage>],
) -> NodeKind {
    match object {
        Object::Directory => Node::directory().kind,
        Object::Symlink(target) => NodeKind::Symlink(target.clone()),
        Object::CharDevice(major, minor) => NodeKind::CharDevice(*major, *minor),
        Object::BlockDevice(major, minor) => NodeKind::BlockDevice(*major, *minor),
        Object::Fifo => NodeKind::Fifo,
        Object::File(size) => {
            let content = content.cloned().unwrap_or(Content::Bytes(Arc::from([])));
            // Written again with the same bytes: then it is still the package's file, whatever
            // made it look changed.
            match known {
                Some(NodeKind::File(known)) if is_unchanged(known, &content, *size, packages) => {
                    NodeKind::File(known.clone())
                }
                _ => NodeKind::File(content),
            }
        }
    }
}

fn is_unchanged(
    known: &Content,
    now: &Content,
    size: u64,
    packages: &[Option<FetchedPackage>],
) -> bool {
    let Content::Package { package, entry, .. } = known else {
        return false;
    };
    let fetched = packages.get(*package).and_then(Option::as_ref);
    let entry = fetched.and_then(|fetched| fetched.package.entries.get(*entry));
    let recorded = entry.and_then(|entry| entry.checksum);
    known.size() == size && recorded.is_some() && recorded == checksum(now)
}

fn checksum(content: &Content) -> Option<[u8; 20]> {
    let mut hash = Sha1::new();
    let mut reader = content.open().ok()?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer).ok()? {
            0 => return Some(hash.finalize().into()),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// The content that a delta gives the file at a path.
pub(super) fn content_of<'d>(delta: &'d mut Delta, path: &BStr) -> Option<&'d mut Content> {
    delta.changes.iter_mut().find_map(|(change, content)| {
        let wanted: &BString = change.path();
        (wanted.as_slice() == path.as_ref() as &[u8]).then_some(content.as_mut())?
    })
}
