//! Archives that apk reads in one way and a client in another: packages of them may not pass.

use super::fixture::{BULK, Packages, noise, package};
use super::tree::Tree;
use apkcompose::apk::tar::{Entry, Kind, Writer};
use apkcompose::apk::write::gzip;
use data_encoding::HEXLOWER;
use sha1::{Digest as _, Sha1};

/// A tar with a large file, then what `odd` appends.
fn archive(odd: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let bulk = noise("odd", BULK);
    let mut entry = Entry::new("bulk", Kind::File);
    entry.size = bulk.len() as u64;
    entry.checksum = Some(Sha1::digest(&bulk).into());
    let mut tar = Writer::new(Vec::new());
    tar.append(&entry, bulk.as_slice()).unwrap();
    let directory = Entry::new("opt", Kind::Directory);
    tar.append(&directory, std::io::empty()).unwrap();
    let mut bytes = tar.into_inner();
    odd(&mut bytes);
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

fn content(tar: &mut Vec<u8>, bytes: &[u8]) {
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn header(tar: &mut Vec<u8>, kind: u8, path: &str, size: usize) {
    linking(tar, kind, path, "", size);
}

fn linking(tar: &mut Vec<u8>, kind: u8, path: &str, target: &str, size: usize) {
    let mut header = tar::Header::new_ustar();
    let bytes = header.as_mut_bytes();
    bytes[..path.len()].copy_from_slice(path.as_bytes());
    bytes[157..157 + target.len()].copy_from_slice(target.as_bytes());
    bytes[156] = kind;
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_700_000_000);
    header.set_size(size as u64);
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
}

/// An extended header of these records.
fn extended(tar: &mut Vec<u8>, kind: u8, records: &[(&str, &str)]) {
    let mut text = String::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        text += &format!("{length} {key}={value}\n");
    }
    header(tar, kind, "PaxHeader", text.len());
    content(tar, text.as_bytes());
}

/// The file opt/x with these records beside its checksum.
fn file(tar: &mut Vec<u8>, path: &str, records: &[(&str, &str)]) {
    let sum = HEXLOWER.encode(&Sha1::digest(b"content"));
    let mut all = vec![("APK-TOOLS.checksum.SHA1", sum.as_str())];
    all.extend(records);
    extended(tar, b'x', &all);
    header(tar, b'0', path, 7);
    content(tar, b"content");
}

/// Whether a package of this archive passes; its image has the right files in any case.
fn passes(tar: &[u8]) -> bool {
    let spec = package("odd", Vec::new());
    let packages = Packages::new(&[]).with_tar(&spec, tar);
    let image = packages.build("");
    let expected = packages.tree("").unwrap();
    assert_eq!(expected.differences(&Tree::of(&image)), [""; 0]);
    image.layer_of(&gzip(tar).unwrap()).is_some()
}

#[test]
fn nothing_odd_passes() {
    assert!(passes(&archive(|tar| file(tar, "opt/x", &[]))));
    let times = [("atime", "1.5"), ("ctime", "2.5")];
    assert!(passes(&archive(|tar| file(tar, "opt/x", &times))));
}

#[test]
fn entries_that_apk_passes_over() {
    for path in [".hidden", ".dir/x"] {
        assert!(!passes(&archive(|tar| file(tar, path, &[]))), "{path}");
    }
}

#[test]
fn records_that_apk_ignores_and_clients_honour() {
    for (key, value) in [
        ("size", "7"),
        ("uid", "7"),
        ("gid", "7"),
        ("uname", "app"),
        ("gname", "app"),
        ("mtime", "5"),
        ("LIBARCHIVE.xattr.user.x", "eA"),
        ("GNU.sparse.major", "1"),
        ("hdrcharset", "BINARY"),
    ] {
        let tar = archive(|tar| file(tar, "opt/x", &[(key, value)]));
        assert!(!passes(&tar), "{key}");
    }
}

#[test]
fn a_global_header() {
    let tar = archive(|tar| {
        extended(tar, b'g', &[("comment", "of git archive")]);
        file(tar, "opt/x", &[]);
    });
    assert!(!passes(&tar));
}

#[test]
fn a_long_link_name_as_gnu_writes_it() {
    let tar = archive(|tar| {
        let sum = HEXLOWER.encode(&Sha1::digest(b"short"));
        extended(tar, b'x', &[("APK-TOOLS.checksum.SHA1", &sum)]);
        header(tar, b'K', "././@LongLink", 5);
        content(tar, b"long\0");
        linking(tar, b'2', "opt/x", "short", 0);
    });
    assert!(!passes(&tar));
}

#[test]
fn a_path_twice() {
    let tar = archive(|tar| {
        file(tar, "opt/x", &[]);
        file(tar, "opt/x", &[]);
    });
    assert!(!passes(&tar));
    let tar = archive(|tar| header(tar, b'5', "opt/", 0));
    assert!(!passes(&tar));
}

#[test]
fn a_file_whose_name_ends_like_a_directory_s() {
    assert!(!passes(&archive(|tar| file(tar, "opt/x/", &[]))));
}

#[test]
fn records_that_say_a_thing_twice() {
    let label = "SCHILY.xattr.user.x";
    assert!(passes(&archive(|tar| file(tar, "opt/x", &[(label, "1")]))));
    let twice = [(label, "1"), (label, "1")];
    assert!(!passes(&archive(|tar| file(tar, "opt/x", &twice))));
    // Of an empty one clients think that it takes the attribute away.
    assert!(!passes(&archive(|tar| file(tar, "opt/x", &[(label, "")]))));
}

#[test]
fn two_extended_headers_for_one_entry() {
    let tar = archive(|tar| {
        extended(tar, b'x', &[("atime", "1")]);
        file(tar, "opt/x", &[]);
    });
    assert!(!passes(&tar));
    let tar = archive(|tar| {
        header(tar, b'L', "././@LongLink", 6);
        content(tar, b"opt/y\0");
        file(tar, "opt/x", &[("path", "opt/x")]);
    });
    assert!(!passes(&tar));
}

#[test]
fn a_file_of_a_kind_that_clients_refuse() {
    let tar = archive(|tar| {
        let sum = HEXLOWER.encode(&Sha1::digest(b"content"));
        extended(tar, b'x', &[("APK-TOOLS.checksum.SHA1", &sum)]);
        header(tar, b'7', "opt/x", 7);
        content(tar, b"content");
    });
    assert!(!passes(&tar));
}

#[test]
fn a_content_where_clients_expect_none() {
    for kind in [b'5', b'1'] {
        let tar = archive(|tar| {
            file(tar, "opt/x", &[]);
            linking(tar, kind, "opt/y", "opt/x", 7);
            content(tar, b"content");
        });
        assert!(!passes(&tar), "{kind}");
    }
}
