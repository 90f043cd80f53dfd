//! What need not be done twice: connecting, sending what is there, sending what has not changed.

use crate::fixture::{Fixture, INDEX, index_of, package, path_of, signer};
use crate::server::{Pace, Reply};
use apkcompose::progress::Silent;
use std::fs;
use std::num::NonZeroUsize;
use std::time::Duration;

#[test]
fn one_connection_does_for_many_files() {
    let packages: Vec<_> = (0..12).map(|n| package(&format!("p{n}"))).collect();
    let packages: Vec<_> = packages.iter().collect();
    let fixture = Fixture::serving(&packages);
    let mut options = fixture.options();
    options.jobs = NonZeroUsize::MIN;
    fixture.fetch_with(options, &packages).unwrap();
    assert_eq!(fixture.server.requests().len(), 12);
    // Twelve without it; a second one may be begun before the first is known to be free.
    let connections = fixture.server.connections();
    assert!((1..=2).contains(&connections), "{connections}");
}

#[test]
fn no_more_than_the_jobs_is_asked_for_at_once() {
    let slowly = |bytes: &[u8]| Reply {
        delay: Duration::from_millis(30),
        ..Reply::ok(bytes)
    };
    let packages: Vec<_> = (0..12).map(|n| package(&format!("p{n}"))).collect();
    let packages: Vec<_> = packages.iter().collect();
    let fixture = Fixture::serving(&packages);
    for package in &packages {
        fixture
            .server
            .answer(&path_of(package), vec![slowly(&package.bytes)]);
    }
    fixture.fetch(&packages).unwrap();
    assert_eq!(fixture.server.peak(), 3);
    // Indexes likewise.
    let fixture = Fixture::new();
    let index = index_of(&[packages[0]], Some(&signer()));
    fixture.server.answer(INDEX, vec![slowly(&index)]);
    let repositories: Vec<_> = (0..9).map(|_| fixture.repository()).collect();
    let indexes = fixture
        .fetcher()
        .fetch_indexes(&repositories, "x86_64", &Silent);
    assert_eq!(indexes.unwrap().len(), 9);
    assert_eq!(fixture.server.peak(), 3);
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let half = a.bytes.len() / 2;
    let whole = || Reply::tagged(a.bytes.clone(), "\"one\"");
    let replies = vec![
        whole().pace(Pace::CutAfter(half)),
        whole().pace(Pace::CutAfter(1000)),
        whole(),
    ];
    fixture.server.answer(&path_of(&a), replies);
    fixture.fetch(&[&a]).unwrap();
    let requests = fixture.server.requests();
    let ranges: Vec<_> = requests.iter().map(|r| r.header("range")).collect();
    let (second, third) = (format!("bytes={half}-"), format!("bytes={}-", half + 1000));
    assert_eq!(ranges, [None, Some(second.as_str()), Some(third.as_str())]);
    assert_eq!(requests[1].header("if-range"), Some("\"one\""));
    assert_eq!(fs::read(&fixture.cached_packages()[0]).unwrap(), a.bytes);
}

#[test]
fn an_index_goes_on_where_it_broke_off() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let index = index_of(&[&a], Some(&signer()));
    let whole = || Reply::tagged(index.clone(), "\"one\"");
    let replies = vec![whole().pace(Pace::StallAfter(100)), whole()];
    fixture.server.answer(INDEX, replies);
    fixture.fetch_index().unwrap();
    let requests = fixture.server.requests();
    assert_eq!(requests[1].header("range"), Some("bytes=100-"));
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let half = a.bytes.len() / 2;
    // The first half is of another file, which differs further on and has another tag.
    let mut other = a.bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    let replies = vec![
        Reply::tagged(other, "\"one\"").pace(Pace::CutAfter(half)),
        Reply::tagged(a.bytes.clone(), "\"two\""),
    ];
    fixture.server.answer(&path_of(&a), replies);
    fixture.fetch(&[&a]).unwrap();
    // It was asked for the rest, and gave all of it.
    assert!(fixture.server.requests()[1].header("range").is_some());
    assert_eq!(fs::read(&fixture.cached_packages()[0]).unwrap(), a.bytes);
}

#[test]
fn the_digest_decides_about_what_was_put_together() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let half = a.bytes.len() / 2;
    let mut other = a.bytes.clone();
    let late = other.len() - 100;
    other[late] ^= 1;
    // The server says that both are the same, and they are not.
    let replies = vec![
        Reply::tagged(a.bytes.clone(), "\"one\"").pace(Pace::CutAfter(half)),
        Reply::tagged(other, "\"one\""),
        Reply::tagged(a.bytes.clone(), "\"one\""),
    ];
    fixture.server.answer(&path_of(&a), replies);
    fixture.fetch(&[&a]).unwrap();
    let requests = fixture.server.requests();
    let ranged: Vec<_> = requests
        .iter()
        .map(|r| r.header("range").is_some())
        .collect();
    assert_eq!(ranged, [false, true, false]);
    assert_eq!(fs::read(&fixture.cached_packages()[0]).unwrap(), a.bytes);
}

#[test]
fn without_a_tag_nothing_is_put_together() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let half = a.bytes.len() / 2;
    let weak = Reply::ok(a.bytes.clone()).header("ETag", "W/\"one\"");
    let replies = vec![
        Reply::ok(a.bytes.clone()).pace(Pace::CutAfter(half)),
        weak.pace(Pace::CutAfter(half)),
        Reply::ok(a.bytes.clone()),
    ];
    fixture.server.answer(&path_of(&a), replies);
    fixture.fetch(&[&a]).unwrap();
    let requests = fixture.server.requests();
    assert!(requests.iter().all(|r| r.header("range").is_none()));
}

#[test]
fn a_part_that_was_not_asked_for_is_refused() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let part = Reply {
        status: "206 Partial Content",
        ..Reply::ok(&a.bytes[100..])
    };
    let part = part.header(
        "Content-Range",
        format!("bytes 100-{}/*", a.bytes.len() - 1),
    );
    fixture.server.answer(&path_of(&a), vec![part]);
    let error = fixture.fetch(&[&a]).unwrap_err().to_string();
    assert!(
        error.contains("from byte 0 on") && error.contains("bytes 100-"),
        "{error}"
    );
}

#[test]
fn an_index_that_has_not_changed_is_not_sent_again() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let index = index_of(&[&a], Some(&signer()));
    let reply = Reply::tagged(index.clone(), "\"one\"");
    let reply = reply.header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    fixture.server.answer(INDEX, vec![reply.clone()]);
    let first = fixture.fetch_index().unwrap();
    let second = fixture.fetch_index().unwrap();
    assert_eq!(first.sha256, second.sha256);
    assert_eq!((second.index.len(), second.signed_by), (1, first.signed_by));
    let requests = fixture.server.requests();
    // The server of these tests answers this with 304 and no body.
    assert_eq!(requests[0].header("if-none-match"), None);
    assert_eq!(requests[1].header("if-none-match"), Some("\"one\""));
    assert!(requests[1].header("if-modified-since").is_some());
    // Offline it is there as well.
    let mut offline = fixture.options();
    offline.transport.offline = true;
    let repositories = [fixture.repository()];
    let fetcher = apkcompose::repository::Fetcher::new(offline);
    fetcher
        .fetch_indexes(&repositories, "x86_64", &Silent)
        .unwrap();
    // One that changed is sent, and so is one that was damaged here meanwhile.
    let b = package("b");
    let both = index_of(&[&a, &b], Some(&signer()));
    fixture
        .server
        .answer(INDEX, vec![Reply::tagged(both, "\"two\"")]);
    assert_eq!(fixture.fetch_index().unwrap().index.len(), 2);
    let kept = fixture.kept();
    let kept = kept
        .iter()
        .find(|path| path.extension().is_some_and(|e| e == "gz"));
    fs::write(kept.unwrap(), "damage").unwrap();
    assert_eq!(fixture.fetch_index().unwrap().index.len(), 2);
    let requests = fixture.server.requests();
    assert_eq!(requests.last().unwrap().header("if-none-match"), None);
}
