//! `[[file]]`: what the manifest puts into the root.

use super::local::{self, LocalKind};
use super::{advised, inner, load, problem, template};
use crate::manifest::{FileEntry, FileKind, Manifest, ManifestError, Owner};
use crate::rootfs::accounts::Accounts;
use crate::rootfs::content::Content;
use crate::rootfs::package::Candidate;
use crate::rootfs::tree::{Node, NodeKind, PathError, Tree};
use bstr::{BStr, ByteSlice};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

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
        let uid = number(&file.user, file, "user", |name| accounts.user(name))?;
        let gid = number(&file.group, file, "group", |name| accounts.group(name))?;
        let mut entry = Entry {
            tree,
            file,
            uid,
            gid,
            variables: &manifest.variables,
        };
        entry.apply()?;
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
            let help = format!(
                "add a [[{what}]] with name = {name:?}, or a package whose scripts make it"
            );
            advised(message, &file.place, &help)
        }),
    }
}

/// An entry that is carried out.
struct Entry<'a> {
    tree: &'a mut Tree,
    file: &'a FileEntry,
    uid: Option<u32>,
    gid: Option<u32>,
    variables: &'a BTreeMap<String, String>,
}

impl Entry<'_> {
    fn apply(&mut self) -> Result<(), ManifestError> {
        let file = self.file;
        let path = inner(&file.target);
        let node = match &file.kind {
            FileKind::Directory => return self.directory(path),
            FileKind::Change => return self.change(path),
            FileKind::HardLink(to) => return self.link(path, to),
            FileKind::Folder(folder) => return self.folder(path, folder),
            FileKind::Source(source) => {
                let size = fs::metadata(source).map_err(|e| self.unreadable(source, &e))?;
                self.content(source, size.len())?
            }
            FileKind::Content(text) if file.template => self.rendered(text, "content")?,
            FileKind::Content(text) => bytes(text.as_bytes()),
            FileKind::Symlink(target) => NodeKind::Symlink(target.as_str().into()),
        };
        self.put(path, Node::new(node, file.mode.unwrap_or(0o777)))
    }

    fn failed(&self, path: &BStr, error: &PathError) -> ManifestError {
        let message = format!("/{path} cannot be put there: {error}");
        let help = "choose another target, or leave out what is in its way";
        advised(message, &self.file.place, help)
    }

    fn problem(&self, message: String) -> ManifestError {
        problem(message, &self.file.place)
    }

    fn unreadable(&self, path: &Path, error: &std::io::Error) -> ManifestError {
        self.problem(format!("cannot read {}: {error}", path.display()))
    }

    /// The content of a file of this machine.
    fn content(&self, path: &Path, size: u64) -> Result<NodeKind, ManifestError> {
        if !self.file.template {
            let path = path.to_owned();
            return Ok(NodeKind::File(Content::Local { path, size }));
        }
        let text = fs::read(path).map_err(|error| self.unreadable(path, &error))?;
        let text = String::from_utf8(text).map_err(|error| {
            let message = format!("{} is no template: {}", path.display(), error.utf8_error());
            self.problem(message)
        })?;
        self.rendered(&text, &path.display().to_string())
    }

    fn rendered(&self, text: &str, origin: &str) -> Result<NodeKind, ManifestError> {
        template::render(text, self.variables)
            .map(|text| bytes(text.as_bytes()))
            .map_err(|error| self.problem(format!("{origin}, {error}")))
    }

    /// Puts something there that is no directory.
    fn put(&mut self, path: &BStr, mut node: Node) -> Result<(), ManifestError> {
        self.no_directory(path)?;
        (node.uid, node.gid) = (self.uid.unwrap_or(0), self.gid.unwrap_or(0));
        let parent = path.rsplit_once_str("/").map_or(&b""[..], |(dir, _)| dir);
        let put = self.tree.make_directories(parent);
        put.and_then(|_| self.tree.put(path, node))
            .map(|_| ())
            .map_err(|error| self.failed(path, &error))
    }

    fn no_directory(&self, path: &BStr) -> Result<(), ManifestError> {
        let found = self.tree.find(path);
        if found.is_some_and(|id| self.tree.node(id).is_directory()) {
            return Err(self.problem(format!("/{path} is a directory already")));
        }
        Ok(())
    }

    /// Makes a directory, or changes one that is there where the manifest says how.
    fn directory(&mut self, path: &BStr) -> Result<(), ManifestError> {
        let id = self.tree.make_directories(path);
        let id = id.map_err(|error| self.failed(path, &error))?;
        let node = self.tree.node_mut(id);
        node.uid = self.uid.unwrap_or(node.uid);
        node.gid = self.gid.unwrap_or(node.gid);
        node.mode = self.file.mode.unwrap_or(node.mode);
        Ok(())
    }

    /// Changes what is there, and never what a symlink leads to.
    fn change(&mut self, path: &BStr) -> Result<(), ManifestError> {
        let target = &self.file.target;
        let id = match path.is_empty() {
            true => Some(Tree::ROOT),
            false => self.tree.find(path),
        };
        let Some(id) = id else {
            let message =
                format!("there is no {target} in the image whose mode or owner to change");
            return Err(self.problem(message));
        };
        let node = self.tree.node_mut(id);
        if matches!(node.kind, NodeKind::Symlink(_)) && self.file.mode.is_some() {
            let message = format!("{target} is a symlink, which has no mode of its own");
            return Err(self.problem(message));
        }
        node.uid = self.uid.unwrap_or(node.uid);
        node.gid = self.gid.unwrap_or(node.gid);
        node.mode = self.file.mode.unwrap_or(node.mode);
        Ok(())
    }

    /// Gives what is there a further name.
    fn link(&mut self, path: &BStr, to: &str) -> Result<(), ManifestError> {
        let target = &self.file.target;
        let Some(id) = self.tree.find(inner(to)) else {
            let message = format!("{target} shall be a further name of {to}, which is not there");
            return Err(self.problem(message));
        };
        if self.tree.node(id).is_directory() {
            let message = format!("{target} cannot be a further name of {to}, a directory");
            return Err(self.problem(message));
        }
        self.no_directory(path)?;
        let parent = path.rsplit_once_str("/").map_or(&b""[..], |(dir, _)| dir);
        let made = self.tree.make_directories(parent);
        made.and_then(|_| self.tree.link(path, id))
            .map_err(|error| self.failed(path, &error))
    }

    /// Puts all that is in a folder below the target. Directories that are there stay as they
    /// are.
    fn folder(&mut self, path: &BStr, folder: &Path) -> Result<(), ManifestError> {
        self.folder_directory(path)?;
        let entries = local::walk(folder, &self.file.exclude);
        let entries =
            entries.map_err(|error| self.problem(format!("cannot read a folder: {error}")))?;
        for entry in entries {
            let mut full = path.to_owned();
            if !full.is_empty() {
                full.push(b'/');
            }
            full.extend_from_slice(&entry.name);
            if entry.name.iter().any(|byte| byte.is_ascii_control()) {
                let message = format!("{:?} has a control character in its name", entry.path);
                return Err(self.problem(message));
            }
            let full = full.as_bstr();
            let node = match entry.kind {
                LocalKind::Directory => {
                    self.folder_directory(full)?;
                    continue;
                }
                LocalKind::Symlink(target) => Node::new(NodeKind::Symlink(target), 0o777),
                LocalKind::File { size, executable } => {
                    let usual = if executable { 0o755 } else { 0o644 };
                    let content = self.content(&entry.path, size)?;
                    Node::new(content, self.file.mode.unwrap_or(usual))
                }
            };
            self.put(full, node)?;
        }
        Ok(())
    }

    fn folder_directory(&mut self, path: &BStr) -> Result<(), ManifestError> {
        if matches!(self.tree.resolve(path), Ok(Some(id)) if self.tree.node(id).is_directory()) {
            return Ok(());
        }
        let id = self.tree.make_directories(path);
        let id = id.map_err(|error| self.failed(path, &error))?;
        let node = self.tree.node_mut(id);
        (node.uid, node.gid) = (self.uid.unwrap_or(0), self.gid.unwrap_or(0));
        node.mode = self.file.directory_mode.unwrap_or(0o755);
        Ok(())
    }
}

fn bytes(bytes: &[u8]) -> NodeKind {
    NodeKind::File(Content::Bytes(bytes.into()))
}
