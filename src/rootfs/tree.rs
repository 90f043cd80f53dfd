//! The root file system in memory: metadata, and where each content lies.
//!
//! Paths are resolved as inside a chroot: a symlink's absolute target begins at this root.
//! Unlike in a chroot, a `..` that would leave the root is an error, since no package means it.

use super::content::Content;
use bstr::{BStr, BString, ByteSlice};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file system tree. Paths are relative to its root and have no slash at either end.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// The number of a node of one tree; two names of one number are hard links.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(usize);

/// The metadata of a file system object, which all its hard links share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Permission bits with set-user-id, set-group-id and sticky bit.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// Time of the last change in seconds since 1970; `None` for what is generated, which gets
    /// the time of the build.
    pub mtime: Option<u64>,
    /// Extended attributes, sorted by name.
    pub xattrs: Vec<(BString, BString)>,
}

/// What a [`Node`] is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NodeKind {
    /// A directory and what is in it.
    Directory(BTreeMap<BString, NodeId>),
    /// A regular file.
    File(Content),
    /// A symbolic link to this target.
    Symlink(BString),
    /// A character device of this major and minor number.
    CharDevice(u32, u32),
    /// A block device of this major and minor number.
    BlockDevice(u32, u32),
    /// A named pipe.
    Fifo,
}

/// Why a path cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathError {
    /// Something before the end of the path is no directory.
    #[error("{0:?} is not a directory")]
    NotDirectory(BString),
    /// Something that should be a regular file is none.
    #[error("{0:?} is not a regular file")]
    NotFile(BString),
    /// Something before the end of the path is not there.
    #[error("{0:?} does not exist")]
    Missing(BString),
    /// The path goes through symlinks in a circle.
    #[error("{0:?} goes through too many symlinks")]
    Loop(BString),
    /// The path goes through a symlink that leaves the root.
    #[error("the symlink {link:?} leads out of the root (to {target:?})")]
    Outside {
        /// The symlink's path.
        link: BString,
        /// Its target.
        target: BString,
    },
    /// The path has no last component.
    #[error("the root itself cannot be replaced")]
    Root,
}

/// As many symlinks as Linux follows in one path.
const MAX_SYMLINKS: usize = 40;

/// Where [`Tree::walk`] ends.
enum Walked {
    Found(NodeId),
    /// The directory that lacks the component, and its own path.
    Lacks {
        directory: NodeId,
        path: BString,
    },
}

impl Default for Tree {
    fn default() -> Self {
        Tree {
            nodes: vec![Node::directory()],
        }
    }
}

impl Node {
    /// An object of mode `mode` that belongs to root.
    pub fn new(kind: NodeKind, mode: u32) -> Node {
        Node {
            kind,
            mode,
            uid: 0,
            gid: 0,
            mtime: None,
            xattrs: Vec::new(),
        }
    }

    /// An empty directory of mode 0755 that belongs to root.
    pub fn directory() -> Node {
        Node::new(NodeKind::Directory(BTreeMap::new()), 0o755)
    }

    /// A file of mode 0644 that belongs to root.
    pub fn file(bytes: impl Into<Arc<[u8]>>) -> Node {
        Node::new(NodeKind::File(Content::Bytes(bytes.into())), 0o644)
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self.kind, NodeKind::Directory(_))
    }
}

impl Tree {
    /// The root directory.
    pub const ROOT: NodeId = NodeId(0);

    /// The node of this number.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node of this number, to change its metadata.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0]
    }

    /// The names in a directory in byte order; nothing for what is no directory.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = (&BStr, NodeId)> {
        let entries = match &self.node(id).kind {
            NodeKind::Directory(entries) => Some(entries),
            _ => None,
        };
        entries
            .into_iter()
            .flatten()
            .map(|(name, id)| (name.as_bstr(), *id))
    }

    fn child(&self, directory: NodeId, name: &[u8]) -> Option<NodeId> {
        match &self.node(directory).kind {
            NodeKind::Directory(entries) => entries.get(name.as_bstr()).copied(),
            _ => None,
        }
    }

    /// Finds `path`, following symlinks on the way and, with `follow_last`, at its end.
    fn walk(&self, path: &[u8], follow_last: bool) -> Result<Walked, PathError> {
        let mut links = 0;
        // The directories from the root to where we are, with their paths.
        let mut stack: Vec<(NodeId, BString)> = vec![(Tree::ROOT, BString::default())];
        // The components that are left, the next one last; and for those that a symlink
        // brought in, the link.
        let mut left: Vec<(BString, Option<BString>)> = components(path)
            .rev()
            .map(|name| (name.into(), None))
            .collect();
        while let Some((name, link)) = left.pop() {
            let (here, here_path) = stack[stack.len() - 1].clone();
            if name == ".." {
                if stack.len() == 1 {
                    return Err(match link {
                        Some(link) => self.outside(link),
                        None => PathError::Root,
                    });
                }
                stack.pop();
                continue;
            }
            let Some(id) = self.child(here, &name) else {
                if !self.node(here).is_directory() {
                    return Err(PathError::NotDirectory(here_path));
                }
                return if left.is_empty() {
                    Ok(Walked::Lacks {
                        directory: here,
                        path: join(&here_path, &name),
                    })
                } else {
                    Err(PathError::Missing(join(&here_path, &name)))
                };
            };
            let full = join(&here_path, &name);
            match &self.node(id).kind {
                NodeKind::Symlink(target) if follow_last || !left.is_empty() => {
                    links += 1;
                    if links > MAX_SYMLINKS {
                        return Err(PathError::Loop(path.into()));
                    }
                    if target.starts_with(b"/") {
                        stack.truncate(1);
                    }
                    left.extend(
                        components(target)
                            .rev()
                            .map(|name| (name.into(), Some(full.clone()))),
                    );
                }
                NodeKind::Directory(_) => stack.push((id, full)),
                _ if left.is_empty() => return Ok(Walked::Found(id)),
                _ => return Err(PathError::NotDirectory(full)),
            }
        }
        Ok(Walked::Found(stack[stack.len() - 1].0))
    }

    fn outside(&self, link: BString) -> PathError {
        let target = match self.find(&link).map(|id| &self.node(id).kind) {
            Some(NodeKind::Symlink(target)) => target.clone(),
            _ => BString::default(),
        };
        PathError::Outside { link, target }
    }

    /// What has this path, without following a symlink at its end; `None` when there is nothing.
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        match self.walk(path, false) {
            Ok(Walked::Found(id)) => Some(id),
            _ => None,
        }
    }

    /// What this path leads to; `None` when there is nothing.
    ///
    /// # Errors
    /// When the path leads through what is no directory, or out of the root.
    pub fn resolve(&self, path: &[u8]) -> Result<Option<NodeId>, PathError> {
        match self.walk(path, true) {
            Ok(Walked::Found(id)) => Ok(Some(id)),
            Ok(Walked::Lacks { .. }) | Err(PathError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The directory in which the last component of `path` lies, and that component.
    ///
    /// # Errors
    /// When the directory is not there or is none.
    pub fn parent<'p>(&self, path: &'p [u8]) -> Result<(NodeId, &'p BStr), PathError> {
        let (parent, name) = match path.rfind_byte(b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&path[..0], path),
        };
        if name.is_empty() || name == b".." {
            return Err(PathError::Root);
        }
        match self.walk(parent, true)? {
            Walked::Found(id) if self.node(id).is_directory() => Ok((id, name.as_bstr())),
            Walked::Found(_) => Err(PathError::NotDirectory(parent.into())),
            Walked::Lacks { path, .. } => Err(PathError::Missing(path)),
        }
    }

    /// Puts a new node at `path`, in place of what is there.
    ///
    /// # Errors
    /// When the directory of `path` is not there.
    pub fn put(&mut self, path: &[u8], node: Node) -> Result<NodeId, PathError> {
        let (parent, name) = self.parent(path)?;
        let name = name.to_owned();
        let id = self.add(node);
        self.enter(parent, name, id);
        Ok(id)
    }

    /// Makes a node that has no name yet; [`link`](Self::link) gives it one.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// Makes `path` another name of `id`, in place of what is there.
    ///
    /// # Errors
    /// When the directory of `path` is not there.
    pub fn link(&mut self, path: &[u8], id: NodeId) -> Result<(), PathError> {
        let (parent, name) = self.parent(path)?;
        let name = name.to_owned();
        self.enter(parent, name, id);
        Ok(())
    }

    fn enter(&mut self, directory: NodeId, name: BString, id: NodeId) {
        if let NodeKind::Directory(entries) = &mut self.nodes[directory.0].kind {
            entries.insert(name, id);
        }
    }

    /// Takes the name `path` away, and with a directory all that is in it.
    /// Returns whether there was something.
    pub fn remove(&mut self, path: &[u8]) -> bool {
        let Ok((parent, name)) = self.parent(path) else {
            return false;
        };
        match &mut self.nodes[parent.0].kind {
            NodeKind::Directory(entries) => entries.remove(name).is_some(),
            _ => false,
        }
    }

    /// The directory that `path` leads to; what is missing of it is made, of mode 0755 and
    /// owned by root.
    ///
    /// # Errors
    /// When a part of `path` is there and no directory.
    pub fn make_directories(&mut self, path: &[u8]) -> Result<NodeId, PathError> {
        let mut end = 0;
        let mut id = Tree::ROOT;
        for name in components(path) {
            end = if end == 0 { 0 } else { end + 1 } + name.len();
            let part = &path[..end];
            id = match self.walk(part, true)? {
                Walked::Found(id) => id,
                Walked::Lacks { directory, path } => {
                    let new = self.add(Node::directory());
                    let name = path.rsplit_once_str("/").map_or(path.as_slice(), |p| p.1);
                    let name = BString::from(name);
                    self.enter(directory, name, new);
                    new
                }
            };
            if !self.node(id).is_directory() {
                return Err(PathError::NotDirectory(part.into()));
            }
        }
        Ok(id)
    }

    /// Calls `visit` with the path and number of every node below the root, a directory before
    /// what is in it, and names in byte order.
    pub fn visit<E>(&self, mut visit: impl FnMut(&BStr, NodeId) -> Result<(), E>) -> Result<(), E> {
        let mut stack: Vec<(BString, NodeId)> = Vec::new();
        let push = |stack: &mut Vec<(BString, NodeId)>, path: &BString, id| {
            let from = stack.len();
            stack.extend(self.children(id).map(|(name, id)| (join(path, name), id)));
            stack[from..].reverse();
        };
        push(&mut stack, &BString::default(), Tree::ROOT);
        while let Some((path, id)) = stack.pop() {
            visit(path.as_bstr(), id)?;
            push(&mut stack, &path, id);
        }
        Ok(())
    }
}

/// The parts of a path between its slashes, without empty ones and `.`.
fn components(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|b| *b == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
}

fn join(directory: &BString, name: &[u8]) -> BString {
    if directory.is_empty() {
        return name.into();
    }
    let mut path = Vec::with_capacity(directory.len() + 1 + name.len());
    path.extend_from_slice(directory);
    path.push(b'/');
    path.extend_from_slice(name);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symlink(target: &str) -> Node {
        Node::new(NodeKind::Symlink(target.into()), 0o777)
    }

    fn merged() -> Tree {
        let mut tree = Tree::default();
        tree.make_directories(b"usr/lib").unwrap();
        tree.put(b"lib", symlink("usr/lib")).unwrap();
        tree
    }

    #[test]
    fn files_go_through_symlinks_of_directories() {
        let mut tree = merged();
        let id = tree.put(b"lib/a", Node::file(*b"a")).unwrap();
        assert_eq!(tree.find(b"usr/lib/a"), Some(id));
        tree.put(b"abs", symlink("/lib")).unwrap();
        assert_eq!(tree.find(b"abs/a"), Some(id));
        assert_eq!(
            tree.make_directories(b"lib/b/c"),
            tree.make_directories(b"usr/lib/b/c")
        );
    }

    #[test]
    fn nothing_leads_out_of_the_root() {
        let mut tree = merged();
        tree.put(b"usr/out", symlink("../../etc")).unwrap();
        tree.put(b"usr/up", symlink("../lib")).unwrap();
        let error = tree.put(b"usr/out/passwd", Node::file(*b"")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the symlink \"usr/out\" leads out of the root (to \"../../etc\")"
        );
        assert!(tree.put(b"usr/up/a", Node::file(*b"")).is_ok());
        assert_eq!(tree.put(b"../a", Node::file(*b"")), Err(PathError::Root));
    }

    #[test]
    fn symlinks_in_a_circle_end() {
        let mut tree = Tree::default();
        tree.put(b"a", symlink("b")).unwrap();
        tree.put(b"b", symlink("a")).unwrap();
        assert!(matches!(tree.resolve(b"a/x"), Err(PathError::Loop(_))));
    }

    #[test]
    fn what_is_no_directory_is_named() {
        let mut tree = Tree::default();
        tree.put(b"a", Node::file(*b"")).unwrap();
        let error = tree.put(b"a/b/c", Node::file(*b"")).unwrap_err();
        assert_eq!(error, PathError::NotDirectory("a".into()));
        let error = tree.put(b"x/y", Node::file(*b"")).unwrap_err();
        assert_eq!(error, PathError::Missing("x".into()));
        assert!(tree.make_directories(b"a/b").is_err());
    }

    #[test]
    fn a_visit_is_sorted_and_parents_come_first() {
        let mut tree = merged();
        tree.put(b"usr/lib/a", Node::file(*b"")).unwrap();
        tree.put(b"usr/lib-b", Node::file(*b"")).unwrap();
        let mut paths = Vec::new();
        tree.visit(|path, _| {
            paths.push(path.to_string());
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(paths, ["lib", "usr", "usr/lib", "usr/lib/a", "usr/lib-b"]);
    }
}
