//! Packages that cannot be used, under an index that is right.

use crate::refused;
use crate::support::scene::{package, signer};
use crate::support::{Run, Scene, rich};
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{File, PackageSpec, WrittenPackage, gzip, write_index};
use std::fs;
use std::path::PathBuf;

fn file(scene: &Scene) -> PathBuf {
    scene.repository().join("x86_64/a-1.0-r0.apk")
}

fn spec() -> PackageSpec {
    package("a", vec![File::regular("etc/a", "a".repeat(5000))])
}

/// Builds an image of this package, whose file holds other bytes than the index was made of.
fn build_with(written: &WrittenPackage, bytes: Option<&[u8]>) -> (Scene, Run) {
    let scene = Scene::new();
    let index = write_index(
        std::slice::from_ref(&written.index_record),
        "x",
        Some(&signer()),
    );
    fs::create_dir_all(scene.repository().join("x86_64")).unwrap();
    let place = scene.repository().join("x86_64/APKINDEX.tar.gz");
    fs::write(place, index.unwrap()).unwrap();
    if let Some(bytes) = bytes {
        fs::write(file(&scene), bytes).unwrap();
    }
    let run = scene.run(&["build", "--package", "a"]);
    (scene, run)
}

/// Checks that the package is refused by its name, and why.
#[track_caller]
fn check(written: &WrittenPackage, bytes: Option<&[u8]>, reason: &str) {
    let (scene, run) = build_with(written, bytes);
    refused(&scene, &run, &["a-1.0-r0", reason]);
    let place = scene.repository();
    refused(&scene, &run, &[place.to_str().unwrap()]);
}

/// Checks a package as it was written.
#[track_caller]
fn check_written(written: &WrittenPackage, reason: &str) {
    check(written, Some(&written.bytes), reason);
}

#[track_caller]
fn check_spec(spec: &PackageSpec, reason: &str) {
    check_written(&spec.write(&signer()).unwrap(), reason);
}

#[test]
fn a_good_package_is_taken() {
    let written = spec().write(&signer()).unwrap();
    build_with(&written, Some(&written.bytes)).1.digest();
}

#[test]
fn a_package_that_is_not_there_is_named() {
    let written = spec().write(&signer()).unwrap();
    check(&written, None, "there is no such file");
}

#[test]
fn a_package_of_another_size_is_refused() {
    let written = spec().write(&signer()).unwrap();
    let longer = [&written.bytes, b"more".as_slice()].concat();
    check(&written, Some(&longer), "bytes");
    let shorter = &written.bytes[..written.bytes.len() - 1];
    check(&written, Some(shorter), "bytes");
    check(&written, Some(b""), "bytes");
}

#[test]
fn one_changed_byte_in_each_member_is_noticed() {
    let written = spec().write(&signer()).unwrap();
    let begins: Vec<usize> = (0..written.bytes.len() - 3)
        .filter(|&at| written.bytes[at..].starts_with(&[0x1f, 0x8b, 8]))
        .collect();
    assert_eq!(begins.len(), 3, "signature, control and data");
    for begin in begins {
        let mut bytes = written.bytes.clone();
        bytes[begin + 60] ^= 0x20;
        check(&written, Some(&bytes), "");
    }
}

#[test]
fn another_identity_than_the_indexs_is_refused() {
    let mut written = spec().write(&signer()).unwrap();
    let mut other = spec();
    other.description = "other".into();
    written.bytes = other.write(&signer()).unwrap().bytes;
    let size = format!("S:{}", written.bytes.len());
    let record = written.index_record.lines();
    let record = record.map(|line| if line.starts_with("S:") { &size } else { line });
    written.index_record = record.map(|line| format!("{line}\n")).collect();
    check_written(&written, "Q1");
}

#[test]
fn data_that_the_control_member_does_not_vouch_for_is_refused() {
    let spec = spec();
    let info = spec.pkginfo(&spec.data_member().unwrap());
    let other = package("a", vec![File::regular("etc/b", "b")]);
    let other = other.data_member().unwrap();
    let written = spec.write_parts(&info, &other, &signer()).unwrap();
    check_written(&written, "SHA-256");
}

#[test]
fn a_package_without_a_datahash_is_refused() {
    let spec = spec();
    let data = spec.data_member().unwrap();
    let info = spec.pkginfo(&data);
    let info: String = info
        .lines()
        .filter(|line| !line.starts_with("datahash"))
        .map(|line| format!("{line}\n"))
        .collect();
    let written = spec.write_parts(&info, &data, &signer()).unwrap();
    check_written(&written, "datahash");
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for (path, reason) in [
        ("../etc/passwd", "leads out of the root"),
        ("etc/../../etc/passwd", "leads out of the root"),
        ("/etc/passwd", "absolute"),
    ] {
        let mut spec = spec();
        spec.files.push(File::regular(path, ""));
        check_spec(&spec, reason);
    }
}

#[test]
fn links_to_nothing_are_refused() {
    for target in ["etc/nothing", "../../etc/passwd", "/etc/passwd"] {
        let mut spec = spec();
        let link = Kind::HardLink(target.into());
        spec.files.push(File::special("etc/link", link));
        check_spec(&spec, "etc/link");
    }
}

#[test]
fn a_file_through_its_own_packages_symlink_does_not_leave_the_root() {
    let files = vec![
        File::symlink("out", "../tmp"),
        File::directory("out"),
        File::regular("out/file", ""),
    ];
    check_late(files, "out of the root");
}

/// Checks that a package of these files cannot be installed. It was read well, so its
/// repository is not to blame.
#[track_caller]
fn check_late(files: Vec<File>, reason: &str) {
    let written = package("a", files).write(&signer()).unwrap();
    let (scene, run) = build_with(&written, Some(&written.bytes));
    refused(&scene, &run, &["a-1.0-r0", reason]);
}

#[test]
fn an_entry_that_lies_about_its_size_is_refused() {
    let spec = spec();
    let mut tar = apkcompose::apk::tar::Writer::new(Vec::new());
    let mut entry = apkcompose::apk::tar::Entry::new("file", Kind::File);
    (entry.size, entry.checksum) = (1 << 40, Some([0; 20]));
    tar.append_header(&entry).unwrap();
    let data = gzip(&[tar.into_inner(), vec![0; 4096]].concat()).unwrap();
    let written = spec.write_parts(&spec.pkginfo(&data), &data, &signer());
    check_written(&written.unwrap(), "");
}

#[test]
fn a_bomb_does_not_go_off() {
    let mut spec = spec();
    let zeros = File::regular("etc/bomb", vec![0; 200 << 20]);
    spec.files.push(zeros);
    let data = spec.data_member().unwrap();
    let info = spec.pkginfo(&data);
    let size = info.lines().find(|line| line.starts_with("size")).unwrap();
    let info = info.replace(size, "size = 4096");
    let written = spec.write_parts(&info, &data, &signer()).unwrap();
    check_written(&written, "bytes that are allowed");
}

#[test]
fn all_packages_that_are_missing_are_no_reason_to_leave_something() {
    let scene = Scene::with(&rich::packages());
    for name in ["base", "tools"] {
        let file = format!("x86_64/{name}-1.0-r0.apk");
        fs::remove_file(scene.repository().join(file)).unwrap();
    }
    let run = scene.run(&["build", "--package", "tools", "--jobs", "4"]);
    refused(&scene, &run, &["-1.0-r0", "there is no such file"]);
}
