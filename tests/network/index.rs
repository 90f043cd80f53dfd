//! Indexes that are missing, foreign or damaged.

use crate::fixture::{Fixture, INDEX, Recorder, index_of, package, repository, signer, stranger};
use crate::server::{Length, Pace, Reply};
use apkcompose::apk::index_archive::IndexArchiveError;
use apkcompose::apk::signature::{Keyring, SignatureError};
use apkcompose::apk::write;
use apkcompose::progress::Silent;
use apkcompose::repository::FetchError;
use std::fs;

/// What fetching an index that is answered so fails with.
fn refused(reply: Reply) -> FetchError {
    let fixture = Fixture::new();
    fixture.server.answer(INDEX, vec![reply]);
    let error = fixture.fetch_index().unwrap_err();
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert!(!fixture.cache().join("v1/indexes").exists());
    error
}

fn archive_error(bytes: Vec<u8>) -> IndexArchiveError {
    match refused(Reply::ok(bytes)) {
        FetchError::Index { source, .. } => source,
        error => panic!("{error}"),
    }
}

fn good() -> Vec<u8> {
    index_of(&[&package("a")], Some(&signer()))
}

#[test]
fn a_good_index_is_read_and_kept() {
    let fixture = Fixture::serving(&[&package("a"), &package("b")]);
    let index = fixture.fetch_index().unwrap();
    assert_eq!(index.index.len(), 2);
    assert_eq!(index.signed_by.as_deref(), Some("test-only.rsa.pub"));
    assert_eq!(index.description, "test");
    let kept: Vec<_> = fs::read_dir(fixture.cache().join("v1/indexes"))
        .unwrap()
        .collect();
    assert_eq!(kept.len(), 1);
}

#[test]
fn a_missing_index_names_the_repository_and_the_architecture() {
    let error = refused(Reply::status("404 Not Found"));
    assert!(matches!(error, FetchError::NoIndex { .. }), "{error}");
    assert!(error.to_string().contains("x86_64"), "{error}");
    assert!(error.to_string().contains("404"), "{error}");
    assert!(error.help().is_some());
}

#[test]
fn an_html_page_is_called_one() {
    let error = refused(Reply::ok("\n<!DOCTYPE html><title>Welcome</title>"));
    let text = error.to_string();
    assert!(text.contains("HTML page, not an index"), "{text}");
    assert!(error.help().is_some());
}

#[test]
fn an_unsigned_index_is_refused_unless_allowed_and_then_loud() {
    let unsigned = index_of(&[&package("a")], None);
    assert!(matches!(
        archive_error(unsigned.clone()),
        IndexArchiveError::Signature(SignatureError::Unsigned)
    ));
    let fixture = Fixture::new();
    fixture.server.answer(INDEX, vec![Reply::ok(unsigned)]);
    let mut lenient = fixture.repository();
    lenient.allow_unsigned = true;
    let progress = Recorder::default();
    let fetcher = fixture.fetcher();
    let indexes = fetcher
        .fetch_indexes(&[lenient], "x86_64", &progress)
        .unwrap();
    assert_eq!(indexes[0].signed_by, None);
    let warnings = progress.warnings.lock().unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("allow-unsigned"), "{warnings:?}");
}

#[test]
fn an_index_by_an_unknown_key_names_that_key() {
    let error = archive_error(index_of(&[&package("a")], Some(&stranger())));
    assert!(matches!(
        error,
        IndexArchiveError::Signature(SignatureError::UnknownKey { .. })
    ));
    assert!(error.to_string().contains("stranger.rsa.pub"), "{error}");
}

#[test]
fn a_changed_index_is_refused_even_where_unsigned_ones_are_allowed() {
    // Another index under the signature of the right one.
    let (good, other) = (good(), index_of(&[&package("b")], None));
    let mut rest = good.as_slice();
    apkcompose::apk::gzip::read_member(&mut rest, 1 << 20).unwrap();
    let changed = [&good[..good.len() - rest.len()], &other].concat();
    let fixture = Fixture::new();
    fixture.server.answer(INDEX, vec![Reply::ok(changed)]);
    let mut lenient = fixture.repository();
    lenient.allow_unsigned = true;
    let error = fixture.fetch_index_of(&lenient, &Silent).unwrap_err();
    assert!(error.to_string().contains("signature"), "{error}");
}

#[test]
fn one_changed_byte_is_noticed_in_either_member() {
    let good = good();
    for place in [
        good.len() / 8,
        good.len() / 2,
        good.len() - 20,
        good.len() - 1,
    ] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        archive_error(bad);
    }
}

#[test]
fn a_truncated_index_is_noticed_whatever_the_server_says() {
    let good = good();
    for length in [0, 1, good.len() / 2, good.len() - 1] {
        archive_error(good[..length].to_vec());
        let cut = Reply::ok(good.clone()).pace(Pace::CutAfter(length));
        let error = refused(cut.clone());
        assert!(matches!(error, FetchError::Transport(_)), "{error}");
        refused(cut.length(Length::Unsaid));
    }
}

#[test]
fn garbled_fields_are_pointed_at() {
    let package = package("a");
    for (from, to, line) in [
        ("C:Q1", "C:Q1!", "line 1"),
        ("P:a", "P a", "line 2"),
        ("S:2", "S:x2", "line 5"),
    ] {
        let record = package.index_record.replacen(from, to, 1);
        assert_ne!(record, package.index_record);
        let bytes = write::write_index(&[record], "", Some(&signer())).unwrap();
        let error = archive_error(bytes);
        assert!(matches!(error, IndexArchiveError::Index(_)), "{error}");
        assert!(error.to_string().contains(line), "{error}");
    }
}

#[test]
fn a_repository_may_have_keys_of_its_own() {
    let fixture = Fixture::new();
    let index = index_of(&[&package("a")], Some(&stranger()));
    fixture.server.answer(INDEX, vec![Reply::ok(index)]);
    let mut own = fixture.repository();
    own.keys = Keyring::default();
    let pem = include_str!("../keys/stranger.rsa.pub");
    own.keys.add("stranger.rsa.pub", pem).unwrap();
    let fetcher = fixture.fetcher();
    let indexes = fetcher.fetch_indexes(&[own], "x86_64", &Silent).unwrap();
    assert_eq!(indexes[0].signed_by.as_deref(), Some("stranger.rsa.pub"));
}

#[test]
fn several_indexes_come_in_the_order_of_their_repositories() {
    let fixture = Fixture::new();
    let mut repositories = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let path = format!("/{name}/x86_64/APKINDEX.tar.gz");
        let index = index_of(&[&package(name)], Some(&signer()));
        fixture.server.answer(&path, vec![Reply::ok(index)]);
        repositories.push(repository(&fixture.server.url(&format!("/{name}/"))));
    }
    let indexes = fixture
        .fetcher()
        .fetch_indexes(&repositories, "x86_64", &Silent)
        .unwrap();
    let names: Vec<_> = indexes.iter().map(|i| i.index.entry(0).name).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn a_folder_that_is_no_repository_says_what_one_is() {
    let fixture = Fixture::new();
    let arch = fixture.folder.path().join("repo/x86_64");
    fs::create_dir_all(&arch).unwrap();
    let at = |path: &str| {
        let folder = fixture.folder.path().join(path);
        let repository = repository(folder.to_str().unwrap());
        fixture.fetch_index_of(&repository, &Silent)
    };
    let error = at("nowhere").unwrap_err();
    assert!(matches!(error, FetchError::NoIndex { .. }), "{error}");
    let help = error.help().unwrap();
    assert!(help.starts_with("there is no folder "), "{help}");
    fs::write(arch.join("APKINDEX.tar.gz"), good()).unwrap();
    let help = at("repo/x86_64").unwrap_err().help().unwrap();
    assert!(help.ends_with("repo instead"), "{help}");
    assert_eq!(at("repo").unwrap().index.len(), 1);
    assert!(!fixture.cache().exists(), "a local index is not copied");
}
