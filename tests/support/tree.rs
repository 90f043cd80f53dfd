//! A root file system, read from a tar or from a folder.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::rc::Rc;
use tar::EntryType;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    Directory,
    File(Vec<u8>),
    /// A file that whoever runs the tests may not read.
    Closed,
    Symlink(String),
    CharDevice(u32, u32),
    BlockDevice(u32, u32),
    Fifo,
}

/// One object of the file system; hard links are paths that share one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    pub kind: Kind,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: u64,
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

/// Paths without a slash at either end; the root is the empty one.
#[derive(Clone, Default, Debug)]
pub struct Tree(pub BTreeMap<String, Rc<Node>>);

impl Tree {
    /// Applies a tar to the tree. It must be one that every client takes: each path once,
    /// parents first, hard links behind what they link to.
    pub fn apply(&mut self, tar: &[u8]) {
        let mut seen = BTreeSet::new();
        let mut archive = tar::Archive::new(tar);
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = plain(&entry.path_bytes());
            assert!(seen.insert(path.clone()), "{path:?} is there twice");
            if let Some((parent, _)) = path.rsplit_once('/') {
                let parent = &self.0[parent];
                assert_eq!(parent.kind, Kind::Directory, "above {path}");
            }
            let node = match entry.header().entry_type() {
                EntryType::Link => {
                    let target = plain(&entry.link_name_bytes().unwrap());
                    self.0[&target].clone()
                }
                _ => Rc::new(node_of(&mut entry)),
            };
            self.0.insert(path, node);
        }
        assert!(tar.ends_with(&[0; 1024]), "the archive has an end");
    }

    /// Reads a folder.
    pub fn of_folder(folder: &Path) -> Tree {
        let mut tree = Tree::default();
        let mut inodes = HashMap::new();
        tree.read_folder(folder, "", &mut inodes);
        tree
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        path: &str,
        inodes: &mut HashMap<(u64, u64), Rc<Node>>,
    ) {
        let full = folder.join(path);
        let found = fs::symlink_metadata(&full).unwrap();
        let device = || {
            let device = found.rdev();
            (rustix::fs::major(device), rustix::fs::minor(device))
        };
        let kind = match found.file_type() {
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => {
                Kind::Symlink(fs::read_link(&full).unwrap().to_str().unwrap().to_owned())
            }
            kind if kind.is_char_device() => Kind::CharDevice(device().0, device().1),
            kind if kind.is_block_device() => Kind::BlockDevice(device().0, device().1),
            kind if kind.is_fifo() => Kind::Fifo,
            _ => match fs::read(&full) {
                Ok(content) => Kind::File(content),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => Kind::Closed,
                Err(error) => panic!("{}: {error}", full.display()),
            },
        };
        let is_directory = kind == Kind::Directory;
        let node = Rc::new(Node {
            mode: found.mode() & 0o7777,
            uid: found.uid(),
            gid: found.gid(),
            mtime: found.mtime().try_into().unwrap(),
            xattrs: match kind {
                Kind::Symlink(_) => BTreeMap::new(),
                _ => xattrs_of(&full),
            },
            kind,
        });
        let known = inodes.entry((found.dev(), found.ino())).or_insert(node);
        let node = known.clone();
        self.0.insert(path.to_owned(), node);
        if is_directory {
            for name in super::scene::names(&full) {
                let below = if path.is_empty() {
                    name
                } else {
                    format!("{path}/{name}")
                };
                self.read_folder(folder, &below, inodes);
            }
        }
    }

    #[track_caller]
    pub fn node(&self, path: &str) -> &Node {
        self.0
            .get(path)
            .unwrap_or_else(|| panic!("no {path} in {:?}", self.0.keys()))
    }

    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    pub fn paths(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// The content of a file.
    #[track_caller]
    pub fn bytes(&self, path: &str) -> &[u8] {
        match &self.node(path).kind {
            Kind::File(content) => content,
            other => panic!("{path} is {other:?}"),
        }
    }

    #[track_caller]
    pub fn text(&self, path: &str) -> &str {
        std::str::from_utf8(self.bytes(path)).unwrap()
    }

    /// Whether two paths are one file.
    pub fn linked(&self, a: &str, b: &str) -> bool {
        Rc::ptr_eq(&self.0[a], &self.0[b])
    }

    /// One line for each path below the root, sorted: type, mode, owner, group, size or device,
    /// SHA-256 or target, path, extended attributes.
    pub fn listing(&self) -> String {
        // Of hard links the one is shown as the file whose path comes first, folder by folder.
        let mut order: Vec<&String> = self.0.keys().collect();
        order.sort_by_key(|path| path.split('/').collect::<Vec<_>>());
        let mut first: HashMap<*const Node, &String> = HashMap::new();
        for path in order {
            first.entry(Rc::as_ptr(&self.0[path])).or_insert(path);
        }
        let mut text = String::new();
        for (path, node) in self.0.iter().filter(|(path, _)| !path.is_empty()) {
            let letter;
            let (mut size, mut extra) = ("-".to_owned(), "-".to_owned());
            match &node.kind {
                Kind::Directory => letter = 'd',
                Kind::Symlink(target) => (letter, extra) = ('l', target.clone()),
                Kind::CharDevice(a, b) => (letter, size) = ('c', format!("{a},{b}")),
                Kind::BlockDevice(a, b) => (letter, size) = ('b', format!("{a},{b}")),
                Kind::Fifo => letter = 'o',
                Kind::Closed => letter = '?',
                Kind::File(content) => {
                    let target = first[&Rc::as_ptr(node)];
                    if target != path {
                        (letter, extra) = ('h', target.clone());
                    } else {
                        (letter, size) = ('f', content.len().to_string());
                        extra = hex(&Sha256::digest(content));
                    }
                }
            }
            let Node { mode, uid, gid, .. } = **node;
            let mode = if letter == 'l' { 0o777 } else { mode };
            write!(
                text,
                "{letter} {mode:04o} {uid} {gid} {size} {extra} {path}"
            )
            .unwrap();
            for (name, value) in &node.xattrs {
                write!(text, " {name}={}", hex(value)).unwrap();
            }
            text.push('\n');
        }
        text
    }
}

pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn plain(path: &[u8]) -> String {
    let path = std::str::from_utf8(path).unwrap();
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.trim_end_matches('/');
    if path == "." { "" } else { path }.to_owned()
}

fn node_of(entry: &mut tar::Entry<'_, &[u8]>) -> Node {
    let mut xattrs = BTreeMap::new();
    for extension in entry.pax_extensions().unwrap().into_iter().flatten() {
        let extension = extension.unwrap();
        if let Some(name) = extension.key().unwrap().strip_prefix("SCHILY.xattr.") {
            xattrs.insert(name.to_owned(), extension.value_bytes().to_vec());
        }
    }
    let header = entry.header().clone();
    let device = || {
        let part = |number: std::io::Result<Option<u32>>| number.unwrap().unwrap();
        (part(header.device_major()), part(header.device_minor()))
    };
    let kind = match header.entry_type() {
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => {
            let target = entry.link_name_bytes().unwrap();
            Kind::Symlink(String::from_utf8(target.into_owned()).unwrap())
        }
        EntryType::Char => Kind::CharDevice(device().0, device().1),
        EntryType::Block => Kind::BlockDevice(device().0, device().1),
        EntryType::Fifo => Kind::Fifo,
        EntryType::Regular => {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            Kind::File(content)
        }
        other => panic!("an entry of type {other:?}"),
    };
    Node {
        kind,
        mode: header.mode().unwrap(),
        uid: header.uid().unwrap().try_into().unwrap(),
        gid: header.gid().unwrap().try_into().unwrap(),
        mtime: header.mtime().unwrap(),
        xattrs,
    }
}

fn xattrs_of(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names = vec![0; 4096];
    let Ok(length) = rustix::fs::llistxattr(path, &mut names[..]) else {
        return BTreeMap::new();
    };
    names[..length]
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = vec![0; 4096];
            let length = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap();
            value.truncate(length);
            (String::from_utf8(name.to_vec()).unwrap(), value)
        })
        .collect()
}
