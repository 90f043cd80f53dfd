//! A tree seen as paths: what is where, under which names, and whose it is.

use crate::rootfs::{Installed, Node, NodeId, NodeKind, Tree};
use bstr::{BStr, BString, ByteSlice};
use std::collections::HashMap;
use std::convert::Infallible;

/// The paths of a tree.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    pub tree: &'a Tree,
    /// Stands for the time of what is generated.
    pub time: u64,
    /// Every path below the root and its node; a directory before what is in it.
    pub paths: Vec<(BString, NodeId)>,
    /// The place of each path in `paths`. A path that goes through a symlink is not there.
    places: HashMap<BString, usize>,
    /// How many paths a node has.
    names: HashMap<NodeId, usize>,
    /// The package that lists a file.
    owners: HashMap<BString, usize>,
}

/// What a layer says of a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct DirectoryForm {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: u64,
    pub xattrs: Vec<(BString, BString)>,
}

impl<'a> Survey<'a> {
    pub fn new(tree: &'a Tree, installed: &[Installed], time: u64) -> Survey<'a> {
        let mut paths = Vec::new();
        let visited: Result<(), Infallible> = tree.visit(|path, node| {
            paths.push((path.to_owned(), node));
            Ok(())
        });
        let Ok(()) = visited;
        let mut names = HashMap::new();
        for (_, node) in &paths {
            *names.entry(*node).or_insert(0) += 1;
        }
        let mut owners = HashMap::new();
        for (number, package) in installed.iter().enumerate() {
            for directory in &package.directories {
                for name in directory.files.keys() {
                    owners.insert(join(&directory.path, name), number);
                }
            }
        }
        let places = paths.iter().enumerate();
        Survey {
            tree,
            time,
            places: places.map(|(n, (path, _))| (path.clone(), n)).collect(),
            paths,
            names,
            owners,
        }
    }

    /// What is at this very path, which leads through no symlink.
    pub fn node(&self, path: &BStr) -> Option<(NodeId, &Node)> {
        let id = self.paths[*self.places.get(path)?].1;
        Some((id, self.tree.node(id)))
    }

    /// The package that lists the file at this path.
    pub fn owner(&self, path: &BStr) -> Option<usize> {
        self.owners.get(path).copied()
    }

    /// How many paths lead to a node.
    pub fn names(&self, node: NodeId) -> usize {
        self.names.get(&node).copied().unwrap_or(0)
    }

    /// The final form of a directory.
    pub fn form(&self, id: NodeId) -> DirectoryForm {
        let node = self.tree.node(id);
        DirectoryForm {
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
            mtime: node.mtime.unwrap_or(self.time),
            xattrs: node.xattrs.clone(),
        }
    }

    /// The directories, each before what is in it.
    pub fn directories(&self) -> impl Iterator<Item = (&BString, NodeId)> {
        self.paths.iter().filter_map(|(path, id)| {
            matches!(self.tree.node(*id).kind, NodeKind::Directory(_)).then_some((path, *id))
        })
    }
}

pub(super) fn join(directory: &[u8], name: &[u8]) -> BString {
    match directory {
        b"" => name.into(),
        _ => [directory, b"/", name].concat().into(),
    }
}

/// The directories above a path, the nearest first, without the root.
pub(super) fn ancestors(path: &[u8]) -> impl Iterator<Item = &BStr> {
    let mut rest = path;
    std::iter::from_fn(move || {
        rest = &rest[..rest.rfind_byte(b'/')?];
        Some(rest.as_bstr())
    })
}
