//! EROFS images.

use super::fixture::{assert_same, build, mounted, output, scene, without_xattrs};
use super::support::scene::package;
use super::support::skip::has_clients;
use super::support::tree::{Kind, Node};
use super::support::{self, Run, Scene, Tree, image};
use apkcompose::apk::write::File;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::process::Command;
use std::rc::Rc;

/// An image, read by the description in Linux's erofs.rst.
struct Reader {
    bytes: Vec<u8>,
    known: HashMap<u64, (Rc<Node>, u32)>,
    tree: Tree,
}

const PREFIXES: [&str; 7] = [
    "",
    "user.",
    "system.posix_acl_access",
    "system.posix_acl_default",
    "trusted.",
    "",
    "security.",
];

impl Reader {
    fn number(&self, at: usize, bytes: usize) -> u64 {
        let mut all = [0; 8];
        all[..bytes].copy_from_slice(&self.bytes[at..at + bytes]);
        u64::from_le_bytes(all)
    }

    /// The content of an inode, and where it ends.
    fn content(&self, inode: usize) -> Vec<u8> {
        let size = self.number(inode + 8, 8) as usize;
        let start = self.number(inode + 16, 4) as usize * 4096;
        let words = self.number(inode + 2, 2) as usize;
        let xattrs = if words == 0 { 0 } else { 12 + 4 * (words - 1) };
        match self.number(inode, 2) >> 1 {
            0 if size == 0 => Vec::new(),
            0 => self.bytes[start..start + size].to_vec(),
            2 => {
                let tail = size % 4096;
                let blocks = size - tail;
                let at = inode + 64 + xattrs;
                assert!(at / 4096 == (at + tail - 1) / 4096, "a tail crosses blocks");
                let whole: &[u8] = match blocks {
                    0 => &[],
                    _ => &self.bytes[start..start + blocks],
                };
                [whole, &self.bytes[at..at + tail]].concat()
            }
            other => panic!("layout {other}"),
        }
    }

    fn xattrs(&self, inode: usize) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let words = self.number(inode + 2, 2) as usize;
        if words == 0 {
            return found;
        }
        let end = inode + 64 + 12 + 4 * (words - 1);
        let mut at = inode + 64 + 12;
        while at < end {
            let name = at + 4 + self.bytes[at] as usize;
            let value = name + self.number(at + 2, 2) as usize;
            let prefix = PREFIXES[self.bytes[at + 1] as usize];
            let rest = std::str::from_utf8(&self.bytes[at + 4..name]).unwrap();
            found.insert(format!("{prefix}{rest}"), self.bytes[name..value].to_vec());
            at = value.next_multiple_of(4);
        }
        assert_eq!(at, end);
        found
    }

    fn read(&mut self, path: &str, inode_number: u64, above: u64) {
        let inode = inode_number as usize * 32;
        assert_eq!(self.number(inode, 2) & 1, 1, "the extended form");
        let mode = self.number(inode + 4, 2) as u32;
        let device = self.number(inode + 16, 4) as u32;
        let device = (device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xfff00);
        let content = self.content(inode);
        let kind = match mode >> 12 {
            0o04 => Kind::Directory,
            0o10 => Kind::File(content.clone()),
            0o12 => Kind::Symlink(String::from_utf8(content.clone()).unwrap()),
            0o02 => Kind::CharDevice(device.0, device.1),
            0o06 => Kind::BlockDevice(device.0, device.1),
            0o01 => Kind::Fifo,
            other => panic!("{path} is of type {other:o}"),
        };
        let node = Node {
            kind: kind.clone(),
            mode: mode & 0o7777,
            uid: self.number(inode + 24, 4) as u32,
            gid: self.number(inode + 28, 4) as u32,
            mtime: self.number(inode + 32, 8),
            xattrs: self.xattrs(inode),
        };
        let links = self.number(inode + 44, 4) as u32;
        let known = self.known.entry(inode_number);
        let (node, _) = known.or_insert_with(|| (Rc::new(node), links)).clone();
        self.tree.0.insert(path.to_owned(), node);
        if kind == Kind::Directory {
            self.directory(path, &content, inode_number, above);
        }
    }

    fn directory(&mut self, path: &str, content: &[u8], own: u64, above: u64) {
        let mut names: Vec<(Vec<u8>, u64)> = Vec::new();
        for block in content.chunks(4096) {
            let word = |at: usize| u16::from_le_bytes([block[at], block[at + 1]]) as usize;
            let count = word(8) / 12;
            for entry in 0..count {
                let inode =
                    u64::from_le_bytes(block[12 * entry..12 * entry + 8].try_into().unwrap());
                let end = match entry + 1 {
                    next if next < count => word(12 * next + 8),
                    _ => block.len(),
                };
                let name = &block[word(12 * entry + 8)..end];
                let name = name.split(|byte| *byte == 0).next().unwrap();
                names.push((name.to_vec(), inode));
                let mode = self.number(inode as usize * 32 + 4, 2) >> 12;
                let kind = [0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7][mode as usize];
                assert_eq!(block[12 * entry + 10], kind);
            }
        }
        assert!(names.is_sorted(), "{path}");
        for (name, inode) in names {
            match &*name {
                b"." => assert_eq!(inode, own, "{path}"),
                b".." => assert_eq!(inode, above, "{path}"),
                name => {
                    let name = std::str::from_utf8(name).unwrap();
                    let below = match path {
                        "" => name.to_owned(),
                        path => format!("{path}/{name}"),
                    };
                    self.read(&below, inode, own);
                }
            }
        }
    }
}

fn read(bytes: Vec<u8>) -> Tree {
    let mut reader = Reader {
        bytes,
        known: HashMap::new(),
        tree: Tree::default(),
    };
    assert_eq!(reader.number(1024, 4), 0xe0f5_e1e2);
    assert_eq!(reader.bytes[1024 + 12], 12);
    let blocks = reader.number(1024 + 36, 4) as usize;
    assert_eq!(reader.bytes.len(), blocks * 4096);
    let root = reader.number(1024 + 14, 2);
    reader.read("", root, root);
    assert_eq!(reader.number(1024 + 16, 8), reader.known.len() as u64);
    for (node, links) in reader.known.values() {
        let tree = &reader.tree.0;
        let paths = tree.iter().filter(|(_, other)| Rc::ptr_eq(node, other));
        let paths: Vec<&String> = paths.map(|(path, _)| path).collect();
        let expected = match node.kind {
            Kind::Directory => {
                let is_below = |path: &str| {
                    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                    !path.is_empty() && parent == paths[0]
                };
                let below = tree.iter().filter(|(path, _)| is_below(path));
                2 + below
                    .filter(|(_, node)| node.kind == Kind::Directory)
                    .count()
            }
            _ => paths.len(),
        };
        assert_eq!(*links as usize, expected, "{paths:?}");
    }
    reader.tree
}

#[test]
fn an_image_holds_the_tree() {
    let (scene, tree) = scene();
    let digest = build(&scene, "erofs");
    let bytes = fs::read(output(&scene, "erofs")).unwrap();
    assert_eq!(digest, image::sha256(&bytes));
    assert_same(&read(bytes), &tree);
}

#[test]
fn fsck_finds_nothing_wrong_and_a_kernel_mounts_the_tree() {
    let (scene, tree) = scene();
    build(&scene, "erofs");
    let image = output(&scene, "erofs");
    if has_clients("fsck.erofs", &["fsck.erofs"]) {
        support::output(Command::new("fsck.erofs").arg(&image));
    }
    if let Some(mut found) = mounted(&image, "a mounted EROFS image") {
        let mut expected = tree;
        // Not every kernel reads attributes of EROFS.
        if found.node("usr/bin/ping").xattrs.is_empty() {
            (found, expected) = (without_xattrs(&found), without_xattrs(&expected));
        }
        assert_same(&found, &expected);
    }
}

/// Directories of several blocks, files of all lengths round a block, names around dots.
#[test]
fn blocks_of_every_filling_are_right() {
    let mut files: Vec<File> = (0..1500)
        .map(|n| File::regular(format!("many/{n:0width$}", width = n % 200 + 4), ""))
        .collect();
    let lengths = [1, 4031, 4032, 4033, 4095, 4096, 4097, 8191, 8192, 300_000];
    files.extend(lengths.map(|length| {
        let content = support::scene::noise(length);
        File::regular(format!("of/{length}"), content)
    }));
    files.extend(["!", "-", ".a", "..b", "+"].map(|n| File::regular(format!("odd/{n}"), n)));
    files.push(File::symlink("odd/long", "t".repeat(4000)));
    let scene = Scene::with(&[package("a", files)]);
    let run = |format: &str| {
        let args = ["build", "--package", "a", "--format", format, "-o", format];
        Run::of(scene.command(&args)).digest();
        fs::read(scene.output(format)).unwrap()
    };
    let mut expected = Tree::default();
    expected.apply(&run("tar"));
    assert_same(&read(run("erofs")), &expected);
    let image = scene.output("erofs");
    if has_clients("fsck.erofs", &["fsck.erofs"]) {
        support::output(Command::new("fsck.erofs").arg(&image));
    }
    if let Some(found) = mounted(&image, "a mounted EROFS image with odd sizes") {
        assert_same(&found, &expected);
    }
}
