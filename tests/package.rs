//! Packages and indexes made with the project's own writer, whole and damaged.

use apkcompose::apk::identity::Identity;
use apkcompose::apk::index::Index;
use apkcompose::apk::index_archive::{self, IndexArchiveError, Trust};
use apkcompose::apk::package::{self, DataError, Expected, Package, PackageError, Script};
use apkcompose::apk::signature::{Digest, Keyring, SignatureError};
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{self, File, PackageSpec, Signer, WrittenPackage, gzip};

const KEY: &str = include_str!("keys/test-only.rsa");
const STRANGER: &str = include_str!("keys/stranger.rsa");

fn signer() -> Signer {
    Signer::from_pem("test-only.rsa.pub", KEY, Digest::Sha256).unwrap()
}

fn keys() -> Keyring {
    let mut keys = Keyring::default();
    keys.add("test-only.rsa.pub", &signer().public_pem().unwrap())
        .unwrap();
    keys
}

fn spec() -> PackageSpec {
    PackageSpec {
        name: "greeting".into(),
        version: "1.0-r0".into(),
        arch: "x86_64".into(),
        build_date: 1_700_000_000,
        scripts: [(Script::PostInstall, "#!/bin/sh\n".to_owned())].into(),
        files: vec![
            File::directory("usr"),
            File::directory("usr/bin"),
            File::regular("usr/bin/hello", b"hello").mode(0o755),
            File::symlink("usr/bin/hi", "hello"),
            File::special("usr/bin/hey", Kind::HardLink("usr/bin/hello".into())),
        ],
        ..Default::default()
    }
}

fn identity_of(package: &WrittenPackage) -> Identity {
    let index = Index::parse(package.index_record.clone()).unwrap();
    index.entry(0).identity
}

fn read(package: &WrittenPackage, bytes: &[u8]) -> Result<Package, PackageError> {
    let identity = identity_of(package);
    let expected = Expected {
        identity: &identity,
        size: Some(package.bytes.len() as u64),
    };
    package::read(bytes, &keys(), expected, |entry| {
        entry.path == "usr/bin/hello"
    })
}

fn error_of(spec: &PackageSpec) -> String {
    let package = spec.write(&signer()).unwrap();
    read(&package, &package.bytes).unwrap_err().to_string()
}

/// A package whose data member is this one, however wrong.
fn with_data(tar: &[u8]) -> WrittenPackage {
    let data = gzip(tar).unwrap();
    let spec = spec();
    spec.write_parts(&spec.pkginfo(&data), &data, &signer())
        .unwrap()
}

#[test]
fn what_the_writer_wrote_the_reader_reads() {
    let package = spec().write(&signer()).unwrap();
    let read = read(&package, &package.bytes).unwrap();
    assert_eq!(read.info.name, "greeting");
    assert_eq!(read.signed_by.as_deref(), Some("test-only.rsa.pub"));
    assert_eq!(read.entries.len(), 5);
    assert_eq!(read.kept[&2], b"hello");
    assert!(read.scripts.contains_key(&Script::PostInstall));
    let mut contents = Vec::new();
    read.read_contents(
        &package.bytes[read.data_start as usize..],
        |place, content| {
            let mut text = String::new();
            content.read_to_string(&mut text).unwrap();
            contents.push((place, text));
            Ok::<(), DataError>(())
        },
    )
    .unwrap();
    assert_eq!(contents[2], (2, "hello".to_owned()));
}

#[test]
fn the_writer_gives_the_same_bytes_again() {
    let (a, b) = (spec().write(&signer()), spec().write(&signer()));
    assert_eq!(a.unwrap().bytes, b.unwrap().bytes);
}

#[test]
fn one_changed_byte_anywhere_is_noticed() {
    let package = spec().write(&signer()).unwrap();
    let good = read(&package, &package.bytes).unwrap();
    // Gzip's header holds a time, flags for extra fields and the like that nobody looks at; all
    // else must count. The headers of the second and third member are hashed with them.
    let ignored = 4..10;
    for place in 0..package.bytes.len() {
        if ignored.contains(&place) {
            continue;
        }
        let mut bytes = package.bytes.clone();
        bytes[place] ^= 1;
        if let Ok(changed) = read(&package, &bytes) {
            // Such as a bit of the padding between two deflate blocks: the content is the same.
            assert!(place < good.data_start as usize, "byte {place}");
            assert_eq!(changed.entries, good.entries, "byte {place}");
        }
    }
}

#[test]
fn truncation_is_noticed_everywhere() {
    let package = spec().write(&signer()).unwrap();
    for length in 0..package.bytes.len() {
        assert!(
            read(&package, &package.bytes[..length]).is_err(),
            "{length}"
        );
    }
}

#[test]
fn a_package_by_a_stranger_is_taken_when_the_index_vouches_for_it() {
    let stranger = Signer::from_pem("stranger.rsa.pub", STRANGER, Digest::Sha512).unwrap();
    let package = spec().write(&stranger).unwrap();
    assert_eq!(read(&package, &package.bytes).unwrap().signed_by, None);
}

#[test]
fn a_trusted_name_under_a_strangers_signature_is_never_forgiven() {
    let liar = Signer::from_pem("test-only.rsa.pub", STRANGER, Digest::Sha256).unwrap();
    let package = spec().write(&liar).unwrap();
    let error = read(&package, &package.bytes).unwrap_err();
    assert!(matches!(
        error,
        PackageError::Signature(SignatureError::Bad { .. })
    ));
}

#[test]
fn another_package_than_the_index_names_is_refused() {
    let mut other = spec();
    other.description = "another".into();
    let (package, other) = (
        spec().write(&signer()).unwrap(),
        other.write(&signer()).unwrap(),
    );
    let error = read(&package, &other.bytes).unwrap_err();
    assert!(matches!(error, PackageError::Identity { .. }), "{error}");
}

#[test]
fn the_data_must_be_what_the_control_member_vouches_for() {
    let spec = spec();
    let data = spec.data_member().unwrap();
    let mut info = spec.pkginfo(&data);
    let package = spec
        .write_parts(&info, &gzip(b"other").unwrap(), &signer())
        .unwrap();
    assert!(read(&package, &package.bytes).is_err());
    let other = gzip(&[0; 1024]).unwrap();
    let package = spec.write_parts(&info, &other, &signer()).unwrap();
    let error = read(&package, &package.bytes).unwrap_err();
    assert!(
        error.to_string().contains("expected the SHA-256"),
        "{error}"
    );
    info = info
        .lines()
        .filter(|l| !l.starts_with("datahash"))
        .fold(String::new(), |text, line| text + line + "\n");
    let package = spec.write_parts(&info, &data, &signer()).unwrap();
    let error = read(&package, &package.bytes).unwrap_err();
    assert!(matches!(error, PackageError::NoDataHash));
}

#[test]
fn data_in_two_members_is_refused() {
    let spec = spec();
    let data = [spec.data_member().unwrap(), gzip(b"more").unwrap()].concat();
    let package = spec
        .write_parts(&spec.pkginfo(&data), &data, &signer())
        .unwrap();
    let error = read(&package, &package.bytes).unwrap_err();
    assert!(
        error.to_string().contains("behind its data member"),
        "{error}"
    );
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for (path, reason) in [
        ("../etc/passwd", "leads out of the root"),
        ("usr/../../etc/passwd", "leads out of the root"),
        ("/etc/passwd", "absolute"),
        ("usr/./bin", "\"./\" component"),
        ("./usr", "\"./\" component"),
        ("usr//bin", "empty component"),
        ("usr/a\nb", "control character"),
    ] {
        let mut spec = spec();
        spec.files.push(File::regular(path, b"x"));
        let error = error_of(&spec);
        assert!(error.contains(reason), "{path}: {error}");
    }
}

#[test]
fn hidden_entries_of_the_root_are_passed_over() {
    let mut spec = spec();
    spec.files.push(File::regular(".dockerenv", b"x"));
    let package = spec.write(&signer()).unwrap();
    assert_eq!(read(&package, &package.bytes).unwrap().entries.len(), 5);
}

#[test]
fn a_hard_link_to_nothing_is_refused() {
    for target in ["usr/bin/nothing", "usr/bin", "usr/bin/hi"] {
        let mut spec = spec();
        let link = Kind::HardLink(target.into());
        spec.files.push(File::special("usr/bin/link", link));
        let error = error_of(&spec);
        assert!(error.contains("no file before it"), "{target}: {error}");
    }
}

#[test]
fn a_file_without_a_checksum_is_refused() {
    let mut tar = apkcompose::apk::tar::Writer::new(Vec::new());
    let entry = apkcompose::apk::tar::Entry::new("file", Kind::File);
    tar.append(&entry, std::io::empty()).unwrap();
    let package = with_data(&tar.finish().unwrap());
    let error = read(&package, &package.bytes).unwrap_err();
    assert!(error.to_string().contains("has no checksum"), "{error}");
}

#[test]
fn an_entry_that_lies_about_its_size_is_refused() {
    let mut tar = apkcompose::apk::tar::Writer::new(Vec::new());
    let mut entry = apkcompose::apk::tar::Entry::new("file", Kind::File);
    (entry.size, entry.checksum) = (4000, Some([0; 20]));
    tar.append(&entry, std::io::repeat(1)).unwrap();
    let bytes = tar.into_inner();
    for length in [512 + 100, 512 + 3999] {
        let package = with_data(&bytes[..length]);
        assert!(read(&package, &package.bytes).is_err(), "{length}");
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let mut spec = spec();
    spec.files
        .push(File::regular("usr/bin/bomb", vec![0; 200 << 20]));
    let data = spec.data_member().unwrap();
    let info = spec.pkginfo(&data);
    let size = info.lines().find(|l| l.starts_with("size")).unwrap();
    let package = spec
        .write_parts(&info.replace(size, "size = 4096"), &data, &signer())
        .unwrap();
    let error = read(&package, &package.bytes).unwrap_err();
    assert!(
        error.to_string().contains("bytes that are allowed"),
        "{error}"
    );
}

#[test]
fn indexes_must_be_signed_by_a_trusted_key() {
    let record = spec().write(&signer()).unwrap().index_record;
    let records = [record];
    let good = write::write_index(&records, "test", Some(&signer())).unwrap();
    let keys = keys();
    let open = |bytes: &[u8]| index_archive::open(bytes, Trust::Keys(&keys));
    let archive = open(&good).unwrap();
    assert_eq!(archive.description, "test");
    assert_eq!(archive.index.entry(0).name, "greeting");
    assert_eq!(archive.signed_by.as_deref(), Some("test-only.rsa.pub"));

    let unsigned = write::write_index(&records, "test", None).unwrap();
    assert!(matches!(
        open(&unsigned).unwrap_err(),
        IndexArchiveError::Signature(SignatureError::Unsigned)
    ));
    let lenient = index_archive::open(&unsigned, Trust::Unsigned).unwrap();
    assert_eq!(lenient.index.len(), 1);

    let stranger = Signer::from_pem("stranger.rsa.pub", STRANGER, Digest::Sha256).unwrap();
    let strange = write::write_index(&records, "test", Some(&stranger)).unwrap();
    let message = open(&strange).unwrap_err().to_string();
    assert!(
        message.contains("stranger.rsa.pub, which is not trusted"),
        "{message}"
    );

    assert!(matches!(
        open(b"\n<html>").unwrap_err(),
        IndexArchiveError::Html
    ));
    for length in 0..good.len() {
        assert!(open(&good[..length]).is_err(), "{length}");
    }
}

/// Made by `openssl dgst -sha1 -sign`: ring reads such signatures and does not make them.
#[test]
fn sha1_signatures_as_alpine_makes_them_are_understood() {
    let bytes = include_bytes!("keys/sha1-signature").to_vec();
    let signature = apkcompose::apk::signature::Signature {
        digest: Digest::Sha1,
        key: "test-only.rsa.pub".into(),
        bytes,
    };
    let keys = keys();
    let signatures = [signature];
    assert!(keys.verify(&signatures, b"signed by hand\n").is_ok());
    assert!(keys.verify(&signatures, b"signed by hands\n").is_err());
}
