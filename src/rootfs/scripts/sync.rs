//! Putting on the sandbox's disk what is new in the tree.

use super::{ScriptError, Settings};
use crate::apk::package::DataError;
use crate::rootfs::content::Content;
use crate::rootfs::tree::{Node, NodeId, NodeKind, Tree};
use crate::sandbox::{Metadata, Object, Put, Sandbox, SandboxError};
use bstr::{BStr, BString};
use std::collections::{BTreeMap, HashMap};
use std::io;

/// What is on the disk, as the tree has it.
#[derive(Default, Debug)]
pub(super) struct Mirror {
    seen: HashMap<BString, Seen>,
}

/// A node, and what of it may change while it stays the same node. Contents don't: a package's
/// file is always a new node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen {
    id: NodeId,
    mode: u32,
    uid: u32,
    gid: u32,
    mtime: Option<u64>,
}

impl Seen {
    fn new(id: NodeId, node: &Node) -> Seen {
        Seen {
            id,
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
            mtime: node.mtime,
        }
    }
}

/// Either error that reading a package's contents can end with.
enum Failure {
    Data(DataError),
    Sandbox(SandboxError),
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Failure::Data(error)
    }
}

impl Mirror {
    /// A mirror of a disk on which everything is as in the tree.
    pub fn of(tree: &Tree) -> Mirror {
        let mut seen = HashMap::new();
        let root = Seen::new(Tree::ROOT, tree.node(Tree::ROOT));
        seen.insert(BString::default(), root);
        let visited: Result<(), std::convert::Infallible> = tree.visit(|path, id| {
            seen.insert(path.to_owned(), Seen::new(id, tree.node(id)));
            Ok(())
        });
        let Ok(()) = visited;
        Mirror { seen }
    }

    /// What is at this path is no longer what the tree has.
    pub fn forget(&mut self, path: &BStr) {
        self.seen.remove(path);
    }

    /// Makes the disk what the tree is.
    pub fn push(
        &mut self,
        tree: &Tree,
        sandbox: &mut Sandbox,
        settings: &Settings<'_>,
    ) -> Result<(), ScriptError> {
        let now = Mirror::of(tree);
        let mut gone: Vec<&BString> = self
            .seen
            .keys()
            .filter(|path| !now.seen.contains_key(*path))
            .collect();
        gone.sort_unstable();
        for path in gone {
            sandbox.put(Put::Remove(path.clone()), &mut io::empty())?;
        }
        let mut packaged: BTreeMap<usize, BTreeMap<usize, Vec<Put>>> = BTreeMap::new();
        let mut links = Vec::new();
        let mut first_paths: HashMap<NodeId, BString> = HashMap::new();
        let mut visit = |path: &BStr, id: NodeId| -> Result<(), ScriptError> {
            let node = tree.node(id);
            let is_same = self.seen.get(path) == Some(&Seen::new(id, node));
            if node.is_directory() {
                if !is_same {
                    let put = object(path, node, Object::Directory, settings.time);
                    sandbox.put(put, &mut io::empty())?;
                }
                return Ok(());
            }
            if let Some(to) = first_paths.get(&id) {
                if !is_same {
                    links.push(Put::Link {
                        path: path.to_owned(),
                        to: to.clone(),
                    });
                }
                return Ok(());
            }
            first_paths.insert(id, path.to_owned());
            if is_same {
                return Ok(());
            }
            let put = |what| object(path, node, what, settings.time);
            match &node.kind {
                NodeKind::File(Content::Package {
                    package,
                    entry,
                    size,
                }) => {
                    let entries = packaged.entry(*package).or_default();
                    let files = entries.entry(*entry).or_default();
                    files.push(put(Object::File(*size)));
                }
                NodeKind::File(content) => {
                    let mut reader = content.open().map_err(ScriptError::Content)?;
                    sandbox.put(put(Object::File(content.size())), &mut reader)?;
                }
                kind => sandbox.put(put(other(kind)), &mut io::empty())?,
            }
            Ok(())
        };
        visit(BStr::new(""), Tree::ROOT)?;
        tree.visit(&mut visit)?;
        for (package, entries) in packaged {
            read_package(package, entries, sandbox, settings)?;
        }
        for link in links {
            sandbox.put(link, &mut io::empty())?;
        }
        sandbox.settle()?;
        *self = now;
        Ok(())
    }
}

fn read_package(
    package: usize,
    mut entries: BTreeMap<usize, Vec<Put>>,
    sandbox: &mut Sandbox,
    settings: &Settings<'_>,
) -> Result<(), ScriptError> {
    let Some(fetched) = settings.packages.get(package).and_then(Option::as_ref) else {
        // The tree has files only of packages that were read.
        return Ok(());
    };
    let read = fetched.read_contents(|place, content| {
        for (nth, put) in entries.remove(&place).into_iter().flatten().enumerate() {
            // Nodes that share a content are one package's hard links that scripts tore apart.
            if nth == 0 {
                sandbox.put(put, content).map_err(Failure::Sandbox)?;
            }
        }
        Ok(())
    });
    read.map_err(|failure| match failure {
        Failure::Sandbox(error) => error.into(),
        Failure::Data(source) => ScriptError::Package {
            package: fetched.package.info.name.clone(),
            source,
        },
    })
}

fn other(kind: &NodeKind) -> Object {
    match kind {
        NodeKind::Symlink(target) => Object::Symlink(target.clone()),
        NodeKind::CharDevice(major, minor) => Object::CharDevice(*major, *minor),
        NodeKind::BlockDevice(major, minor) => Object::BlockDevice(*major, *minor),
        NodeKind::Fifo => Object::Fifo,
        NodeKind::Directory(_) => Object::Directory,
        NodeKind::File(content) => Object::File(content.size()),
    }
}

fn object(path: &BStr, node: &Node, object: Object, time: u64) -> Put {
    Put::Object {
        path: path.to_owned(),
        object,
        metadata: Metadata {
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
            xattrs: (!node.xattrs.is_empty()).then(|| node.xattrs.clone()),
        },
        mtime: node.mtime.unwrap_or(time),
    }
}
