//! Several places for one repository.

use crate::fixture::{Fixture, INDEX, Recorder, index_of, package, path_of, repository, stranger};
use crate::server::{Pace, Reply, Server};
use apkcompose::progress::Silent;
use apkcompose::repository::{Location, Repository};
use std::path::Path;

/// The repository with these servers' places before its own.
fn behind(fixture: &Fixture, servers: &[&Server]) -> Repository {
    let mut places: Vec<Location> = servers
        .iter()
        .map(|server| Location::parse(&server.url("/repo"), Path::new("/")).unwrap())
        .collect();
    places.push(fixture.repository().location);
    Repository {
        location: places.remove(0),
        mirrors: places,
        ..fixture.repository()
    }
}

#[test]
fn the_next_mirror_is_asked_whatever_is_wrong_with_the_one_before() {
    let a = package("a");
    let index = index_of(&[&a], Some(&stranger()));
    let mut damaged = a.bytes.clone();
    damaged[a.bytes.len() / 2] ^= 1;
    let gone = |_: &[u8]| Reply::status("404 Not Found");
    let failing = |_: &[u8]| Reply::status("500 Oops");
    let forbidden = |_: &[u8]| Reply::status("403 Forbidden");
    let page = |_: &[u8]| Reply::ok("<html>");
    let foreign = |wrong: &[u8]| Reply::ok(wrong);
    let cut = |wrong: &[u8]| Reply::ok(wrong).pace(Pace::CutAfter(10));
    type Kind = fn(&[u8]) -> Reply;
    let kinds: [Kind; 6] = [gone, failing, forbidden, page, foreign, cut];
    for (n, kind) in kinds.iter().enumerate() {
        let fixture = Fixture::serving(&[&a]);
        let bad = Server::start();
        bad.answer(INDEX, vec![kind(&index)]);
        bad.answer(&path_of(&a), vec![kind(&damaged)]);
        let repository = behind(&fixture, &[&bad]);
        let progress = Recorder::default();
        fixture.fetch_index_of(&repository, &progress).unwrap();
        fixture
            .fetch_from(&[&repository], &[&a], &progress)
            .unwrap();
        assert!(bad.count(INDEX) > 0 && bad.count(&path_of(&a)) > 0, "{n}");
        let warnings = progress.warnings.lock().unwrap();
        let told = |warning: &String| {
            warning.contains(&bad.host()) && warning.ends_with("; trying elsewhere")
        };
        assert!(
            !warnings.is_empty() && warnings.iter().all(told),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_mirror_that_is_down_is_not_asked_for_each_file() {
    let packages: Vec<_> = (0..6).map(|n| package(&format!("p{n}"))).collect();
    let packages: Vec<_> = packages.iter().collect();
    let fixture = Fixture::serving(&packages);
    let down = Server::start();
    for package in &packages {
        down.answer(&path_of(package), vec![Reply::status("503 Down")]);
    }
    let repository = behind(&fixture, &[&down]);
    let mut options = fixture.options();
    options.jobs = std::num::NonZeroUsize::MIN;
    let fetcher = apkcompose::repository::Fetcher::new(options);
    let index = crate::fixture::parsed(&packages);
    let wanted: Vec<_> = index
        .entries()
        .filter_map(|e| apkcompose::repository::Wanted::new(e, "", vec![&repository]))
        .collect();
    let progress = Recorder::default();
    let fetched = fetcher.fetch_packages(&wanted, &|_| false, &progress);
    assert_eq!(fetched.unwrap().len(), 6);
    // The whole budget of one file, and one word about it.
    assert_eq!(down.requests().len(), 3);
    assert_eq!(progress.warnings.lock().unwrap().len(), 1);
}

#[test]
fn a_mirror_that_lacks_a_file_is_asked_for_the_others() {
    let (a, b) = (package("a"), package("b"));
    let fixture = Fixture::serving(&[&a, &b]);
    let lagging = Server::start();
    lagging.answer(&path_of(&b), vec![Reply::ok(b.bytes.clone())]);
    let repository = behind(&fixture, &[&lagging]);
    let progress = Recorder::default();
    fixture
        .fetch_from(&[&repository], &[&a, &b], &progress)
        .unwrap();
    assert_eq!(lagging.count(&path_of(&b)), 1);
    assert_eq!(fixture.server.count(&path_of(&b)), 0);
    assert_eq!(progress.warnings.lock().unwrap().len(), 0);
}

#[test]
fn offline_any_mirrors_index_will_do_and_a_stale_one_is_not_left() {
    let (a, b) = (package("a"), package("b"));
    let mut fixture = Fixture::serving(&[&a, &b]);
    let first = Server::start();
    let older = index_of(&[&a], Some(&crate::fixture::signer()));
    first.answer(INDEX, vec![Reply::ok(older)]);
    let repository = behind(&fixture, &[&first]);
    let count = |fixture: &Fixture| {
        let fetched = fixture.fetch_index_of(&repository, &Silent);
        fetched.unwrap().index.len()
    };
    assert_eq!(count(&fixture), 1);
    first.answer(INDEX, vec![Reply::status("500 Oops")]);
    assert_eq!(count(&fixture), 2);
    fixture.offline = true;
    assert_eq!(count(&fixture), 2);
}

#[test]
fn a_folder_may_be_a_mirror() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let mut repository = repository("/there/is/none");
    repository.mirrors = vec![fixture.repository().location];
    fixture.fetch_index_of(&repository, &Silent).unwrap();
    fixture.fetch_from(&[&repository], &[&a], &Silent).unwrap();
}
