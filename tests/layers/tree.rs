//! The files of an image: its layers put on top of each other.

use super::image::{Entry, Image};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A tree of files. Two paths of one number are hard links.
#[derive(Default)]
pub struct Tree {
    paths: BTreeMap<Vec<u8>, usize>,
    nodes: Vec<Node>,
}

/// What a path has, and its hard links with it.
#[derive(Clone)]
struct Node {
    kind: u8,
    mode: u32,
    uid: u64,
    gid: u64,
    mtime: u64,
    device: (u32, u32),
    target: Vec<u8>,
    xattrs: BTreeMap<String, Vec<u8>>,
    content: Vec<u8>,
}

impl Tree {
    /// The files of an image, each layer of which is checked on the way.
    pub fn of(image: &Image) -> Tree {
        let mut tree = Tree::default();
        for layer in &image.layers {
            layer.check();
            tree.apply(&layer.entries);
        }
        tree
    }

    /// Unpacks a layer onto what is there, as clients do. A whiteout hides what lower layers
    /// have, wherever in its layer it stands.
    pub fn apply(&mut self, layer: &[Entry]) {
        for entry in layer {
            let (directory, name) = split(&entry.path);
            if name == b".wh..wh..opq" {
                self.empty(directory);
            } else if let Some(hidden) = name.strip_prefix(b".wh.") {
                let path = [directory, b"/", hidden].concat();
                self.remove(path.strip_prefix(b"/").unwrap_or(&path));
            }
        }
        for entry in layer {
            if !split(&entry.path).1.starts_with(b".wh.") {
                self.put(entry);
            }
        }
    }

    fn put(&mut self, entry: &Entry) {
        let shown = String::from_utf8_lossy(&entry.path).into_owned();
        if entry.kind == b'1' {
            let id = self.paths[&entry.link];
            // Clients apply what the header of a hard link says, and so to all of its names.
            let node = &mut self.nodes[id];
            (node.mode, node.uid, node.gid) = (entry.mode, entry.uid, entry.gid);
            node.mtime = entry.mtime;
            node.xattrs.extend(entry.xattrs.clone());
            self.remove(&entry.path);
            self.paths.insert(entry.path.clone(), id);
            return;
        }
        assert!(
            matches!(entry.kind, b'0' | 0 | b'2'..=b'6'),
            "{shown:?} is of the kind {}",
            entry.kind
        );
        let is_directory = entry.kind == b'5';
        let there = self.paths.get(&entry.path).map(|id| self.nodes[*id].kind);
        if there.is_some_and(|kind| kind != b'5' || !is_directory) {
            self.remove(&entry.path);
        }
        let node = Node {
            kind: if entry.kind == 0 { b'0' } else { entry.kind },
            // Linux has no modes of symlinks.
            mode: if entry.kind == b'2' {
                0o777
            } else {
                entry.mode
            },
            uid: entry.uid,
            gid: entry.gid,
            mtime: entry.mtime,
            device: entry.device,
            target: if entry.kind == b'2' {
                entry.link.clone()
            } else {
                Vec::new()
            },
            xattrs: entry.xattrs.clone(),
            content: entry.content.clone(),
        };
        self.nodes.push(node);
        self.paths.insert(entry.path.clone(), self.nodes.len() - 1);
    }

    fn empty(&mut self, directory: &[u8]) {
        let prefix = [directory, b"/"].concat();
        let prefix = prefix.strip_prefix(b"/").unwrap_or(&prefix);
        self.paths
            .retain(|path, _| path.is_empty() || !path.starts_with(prefix));
    }

    fn remove(&mut self, path: &[u8]) {
        if self.paths.remove(path).is_some() {
            self.empty(path);
        }
    }

    /// The bytes of all files, hard links counted once.
    pub fn content_bytes(&self) -> usize {
        let mut ids: Vec<usize> = self.paths.values().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.iter().map(|id| self.nodes[*id].content.len()).sum()
    }

    /// A line for each path with all that is to be known of it.
    pub fn lines(&self) -> Vec<String> {
        let mut first: BTreeMap<usize, &[u8]> = BTreeMap::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut lines = Vec::with_capacity(self.paths.len());
        for (path, id) in &self.paths {
            let node = &self.nodes[*id];
            let mut line = format!(
                "/{} {} {:04o} {}:{} {} {:?}",
                text(path),
                char::from(node.kind),
                node.mode,
                node.uid,
                node.gid,
                node.mtime,
                node.device
            );
            let _ = match node.kind {
                b'2' => write!(line, " -> {}", text(&node.target)),
                b'0' => write!(line, " {}", super::image::sha256(&node.content)),
                _ => Ok(()),
            };
            let _ = write!(line, " {:?}", node.xattrs);
            let group = *first.entry(*id).or_insert(path);
            if group != path.as_slice() {
                let _ = write!(line, " = /{}", text(group));
            }
            lines.push(line);
        }
        lines
    }

    /// The line of a path.
    pub fn line(&self, path: &str) -> String {
        let start = format!("/{path} ");
        let mut lines = self.lines().into_iter();
        lines
            .find(|line| line.starts_with(&start))
            .unwrap_or_else(|| panic!("there is no {path}"))
    }

    /// What differs, as lines with `-` for this tree and `+` for the other.
    pub fn differences(&self, other: &Tree) -> Vec<String> {
        let (here, there) = (self.lines(), other.lines());
        let without = |sign: char, lines: &[String], others: &[String]| -> Vec<String> {
            let missing = lines.iter().filter(|line| !others.contains(line));
            missing.map(|line| format!("{sign} {line}")).collect()
        };
        let mut lines = without('-', &here, &there);
        lines.extend(without('+', &there, &here));
        lines
    }
}

/// A path's directory and its last component.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|b| *b == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}
