//! cpio archives.

use super::fixture::{assert_same, build, folder, output, scene, without_xattrs};
use super::support::skip::has_root_clients;
use super::support::tree::{Kind, Node};
use super::support::{self, Run, Scene, Tree, image, package};
use apkcompose::apk::write::File;
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::rc::Rc;

/// Reads an archive by the description in Linux's buffer-format.rst.
fn read(bytes: &[u8]) -> Tree {
    let mut at = 0;
    let mut tree = Tree::default();
    let mut inodes: HashMap<u32, (String, u32)> = HashMap::new();
    loop {
        let header = &bytes[at..at + 110];
        assert_eq!(&header[..6], b"070701");
        let field = |number: usize| {
            let digits = &header[6 + 8 * number..14 + 8 * number];
            u32::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
        };
        let [inode, mode, uid, gid, links, mtime, size] = [0, 1, 2, 3, 4, 5, 6].map(field);
        assert_eq!((field(7), field(8), field(12)), (0, 0, 0));
        let name_end = at + 110 + field(11) as usize;
        let name = std::str::from_utf8(&bytes[at + 110..name_end - 1]).unwrap();
        assert_eq!(bytes[name_end - 1], 0);
        let start = name_end.next_multiple_of(4);
        let content = &bytes[start..start + size as usize];
        at = (start + size as usize).next_multiple_of(4);
        if name == "TRAILER!!!" {
            assert_eq!((inode, links, size), (0, 1, 0));
            break;
        }
        let device = (field(9), field(10));
        let kind = match mode >> 12 {
            0o04 => Kind::Directory,
            0o10 => Kind::File(content.to_vec()),
            0o12 => Kind::Symlink(String::from_utf8(content.to_vec()).unwrap()),
            0o02 => Kind::CharDevice(device.0, device.1),
            0o06 => Kind::BlockDevice(device.0, device.1),
            0o01 => Kind::Fifo,
            other => panic!("{name} is of type {other:o}"),
        };
        let path = if name == "." { "" } else { name };
        let node = Rc::new(Node {
            kind,
            mode: mode & 0o7777,
            uid,
            gid,
            mtime: mtime.into(),
            xattrs: BTreeMap::new(),
        });
        if let Some((parent, _)) = path.rsplit_once('/') {
            assert_eq!(tree.node(parent).kind, Kind::Directory, "above {path}");
        }
        assert!(tree.0.insert(path.to_owned(), node.clone()).is_none());
        let linked = inodes.entry(inode).or_insert((path.to_owned(), links));
        assert_eq!(linked.1, links, "{path}");
        // The last of them has the content.
        let earlier = linked.0.clone();
        if earlier != path {
            let first = tree.0[&earlier].clone();
            let linked: Vec<String> = tree
                .0
                .iter()
                .filter(|(_, node)| Rc::ptr_eq(node, &first))
                .map(|(path, _)| path.clone())
                .collect();
            for path in linked {
                tree.0.insert(path, node.clone());
            }
        }
    }
    assert!(bytes[at..].iter().all(|byte| *byte == 0));
    assert_eq!(bytes.len() % 512, 0);
    // Every path that was announced is there.
    for (path, links) in inodes.values() {
        let node = tree.0[path].clone();
        let count = tree.0.values().filter(|other| Rc::ptr_eq(other, &node));
        let count = count.count() as u32;
        let expected = if node.kind == Kind::Directory {
            2
        } else {
            count
        };
        assert_eq!(*links, expected, "{path}");
    }
    tree
}

#[test]
fn an_archive_holds_the_tree() {
    let (scene, tree) = scene();
    let run = Run::of(super::fixture::command(&scene, "cpio", "out.cpio"));
    let bytes = fs::read(output(&scene, "cpio")).unwrap();
    assert_eq!(run.digest(), image::sha256(&bytes));
    assert_same(&read(&bytes), &without_xattrs(&tree));
    let note = "2 extended attributes are missing, since cpio knows none";
    assert!(run.stderr.contains(note), "{}", run.stderr);
}

#[test]
fn compressed_archives_hold_the_plain_one() {
    let (scene, _) = scene();
    for format in ["cpio", "cpio.gz", "cpio.zst"] {
        build(&scene, format);
    }
    let plain = fs::read(output(&scene, "cpio")).unwrap();
    let gzip = fs::File::open(output(&scene, "cpio.gz")).unwrap();
    let mut inflated = Vec::new();
    // A kernel wants a single member.
    GzDecoder::new(gzip).read_to_end(&mut inflated).unwrap();
    assert!(inflated == plain);
    let zstd = fs::File::open(output(&scene, "cpio.zst")).unwrap();
    assert!(zstd::decode_all(zstd).unwrap() == plain);
}

#[test]
fn gnu_cpio_and_bsdcpio_unpack_the_tree() {
    if !has_root_clients("cpio", &["cpio", "bsdcpio"]) {
        return;
    }
    let (scene, tree) = scene();
    build(&scene, "cpio");
    for program in ["cpio", "bsdcpio"] {
        let archive = output(&scene, "cpio");
        let run = |args: &[&str], folder: &std::path::Path| {
            let mut command = Command::new(program);
            command.args(args).current_dir(folder);
            command.stdin(Stdio::from(fs::File::open(&archive).unwrap()));
            support::output(&mut command)
        };
        let to = folder(&scene, program);
        let listed = run(&["-it", "--quiet"], &to);
        let mut listed: Vec<&str> = listed.lines().filter(|path| *path != ".").collect();
        listed.sort_unstable();
        let mut paths = tree.paths();
        paths.retain(|path| !path.is_empty() && path.is_ascii());
        listed.retain(|path| !path.contains("gr"));
        paths.retain(|path| !path.contains("gr"));
        assert_eq!(listed, paths, "{program}");
        run(&["-idm", "--quiet"], &to);
        let mut found = Tree::of_folder(&to);
        let mut expected = without_xattrs(&tree);
        // They do not set the time of a directory after it was filled, nor of a symlink.
        for tree in [&mut found, &mut expected] {
            for node in tree.0.values_mut() {
                if matches!(node.kind, Kind::Directory | Kind::Symlink(_)) {
                    Rc::make_mut(node).mtime = 0;
                }
            }
        }
        assert_same(&found, &expected);
    }
}

#[test]
fn what_the_format_cannot_hold_is_an_error() {
    let files = vec![File::regular("TRAILER!!!", "")];
    let scene = Scene::with(&[package("a", files)]);
    let args = ["build", "--package", "a", "--format", "cpio", "-o", "out"];
    let run = scene.run(&args);
    run.fails_with(&["called TRAILER!!!", "choose another --format"]);
    let scene = Scene::with(&[package("a", vec![])]);
    let mut command = scene.command(&args);
    command.env("SOURCE_DATE_EPOCH", (1_u64 << 32).to_string());
    Run::of(command).fails_with(&["has the time 4294967296", "choose another --format"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}
