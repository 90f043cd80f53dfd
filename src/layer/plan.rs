//! Which part of the tree goes into which layer, in which order.

use crate::rootfs::{Content, NodeId, NodeKind, Tree};
use bstr::{BString, ByteSlice};
use std::collections::HashMap;

/// A layer that is to be written.
#[derive(Clone, Debug)]
pub struct PlannedLayer {
    /// What is in it, for the image's history.
    pub title: String,
    /// Its entries in the order in which they are written, each path once.
    pub entries: Vec<PlannedEntry>,
}

/// A path of a layer.
#[derive(Clone, Debug)]
pub struct PlannedEntry {
    /// The path; empty for the root.
    pub path: BString,
    /// What is there.
    pub node: NodeId,
    /// The earlier path of this layer that it is a hard link to.
    pub link_to: Option<BString>,
}

/// The sort key of an entry: its place in the layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Directory,
    /// Links, devices, and files whose content is at hand.
    Small,
    /// A file of this package, at this place in it: packages are read once, front to back.
    Packaged(usize, usize),
}

/// Puts the whole tree into one layer, without a path that a later layer would hide.
///
/// Directories come first, each before what is in it; then what has its content at hand, by
/// path; then the packages' files in the order in which packages are read.
pub fn plan(tree: &Tree, title: String) -> Vec<PlannedLayer> {
    let mut entries = vec![(
        Order::Directory,
        PlannedEntry {
            path: BString::default(),
            node: Tree::ROOT,
            link_to: None,
        },
    )];
    let mut first_paths: HashMap<NodeId, BString> = HashMap::new();
    let visited: Result<(), std::convert::Infallible> = tree.visit(|path, node| {
        let order = match &tree.node(node).kind {
            NodeKind::Directory(_) => Order::Directory,
            NodeKind::File(Content::Package { package, entry, .. }) => {
                Order::Packaged(*package, *entry)
            }
            _ => Order::Small,
        };
        let link_to = match order {
            Order::Directory => None,
            _ => first_paths.get(&node).cloned(),
        };
        if link_to.is_none() {
            first_paths.insert(node, path.to_owned());
        }
        let path = path.to_owned();
        let entry = PlannedEntry {
            path,
            node,
            link_to,
        };
        entries.push((order, entry));
        Ok(())
    });
    let Ok(()) = visited;
    // Stable: paths stay sorted within a kind, and hard links behind what they link to.
    entries.sort_by_key(|(order, _)| *order);
    vec![PlannedLayer {
        title,
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
    }]
}

impl PlannedEntry {
    /// The path as an archive shows it: the root is `.`.
    pub(super) fn archive_path(&self) -> BString {
        match self.path.as_bytes() {
            b"" => ".".into(),
            path => path.into(),
        }
    }
}

/// The bytes of content that layers hold, before compression.
pub fn bytes(layers: &[PlannedLayer], tree: &Tree) -> u64 {
    let entries = layers.iter().flat_map(|layer| &layer.entries);
    entries
        .filter(|entry| entry.link_to.is_none())
        .map(|entry| match &tree.node(entry.node).kind {
            NodeKind::File(content) => content.size(),
            _ => 0,
        })
        .sum()
}
