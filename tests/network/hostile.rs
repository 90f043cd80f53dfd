//! What a user reads of each thing that a server may do, and that nothing of it is ever kept
//! under the name of what was wanted. The tests beside this one look closer at some of them.

use crate::fixture::{Fixture, INDEX, index_of, package, path_of, repository, signer, spec};
use crate::server::{Length, Pace, Reply};
use apkcompose::apk::write::WrittenPackage;
use apkcompose::progress::Silent;
use apkcompose::repository::FetchError;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What a user is shown of an error.
fn shown(error: &FetchError) -> String {
    let help = error.help().map(|help| format!("\n  help: {help}"));
    format!("error: {error}{}", help.unwrap_or_default())
}

/// Answers requests for the package with this and fetches it: what a user is shown.
fn package_shown(reply: impl Fn(&WrittenPackage) -> Reply) -> String {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    fixture.server.answer(&path_of(&a), vec![reply(&a)]);
    let text = shown(&fixture.fetch(&[&a]).unwrap_err());
    assert!(text.contains(&fixture.server.url(&path_of(&a))), "{text}");
    assert_eq!(fixture.kept(), [] as [PathBuf; 0]);
    text
}

/// The same for the index.
fn index_shown(reply: impl Fn(Vec<u8>) -> Reply) -> String {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let index = index_of(&[&a], Some(&signer()));
    fixture.server.answer(INDEX, vec![reply(index)]);
    let text = shown(&fixture.fetch_index().unwrap_err());
    assert!(text.contains(&fixture.server.host()), "{text}");
    assert_eq!(fixture.kept(), [] as [PathBuf; 0]);
    text
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {text}");
    }
}

#[test]
fn fails_twice_then_works() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let replies = vec![
        Reply::status("500 Internal Server Error"),
        Reply::ok(a.bytes.clone()).pace(Pace::CutAfter(100)),
        Reply::ok(a.bytes.clone()),
    ];
    fixture.server.answer(&path_of(&a), replies);
    fixture.fetch(&[&a]).unwrap();
    assert_eq!(fixture.server.count(&path_of(&a)), 3);
    assert_eq!(fixture.cached_packages().len(), 1);
}

#[test]
fn cuts_the_body() {
    let text = package_shown(|a| Reply::ok(a.bytes.clone()).pace(Pace::CutAfter(1000)));
    let parts = [
        "the connection broke after 1000 bytes of ",
        "help: check the network",
    ];
    assert_has(&text, &parts);
    let text = index_shown(|bytes| Reply::ok(bytes).pace(Pace::CutAfter(100)));
    assert_has(&text, &["the connection broke after 100 bytes of "]);
}

#[test]
fn says_a_length_that_is_too_large() {
    let text =
        package_shown(|a| Reply::ok(a.bytes.clone()).length(Length::Wrong(a.bytes.len() + 1)));
    assert_has(
        &text,
        &["a-1.0-r0", "bytes", "the repository may have changed"],
    );
    let text = index_shown(|bytes| {
        let length = bytes.len() + 1;
        Reply::ok(bytes).length(Length::Wrong(length))
    });
    assert_has(&text, &["the connection broke after"]);
}

#[test]
fn says_a_length_that_is_too_small() {
    let text =
        package_shown(|a| Reply::ok(a.bytes.clone()).length(Length::Wrong(a.bytes.len() - 1)));
    assert_has(&text, &["a-1.0-r0", "bytes"]);
    let text = index_shown(|bytes| {
        let length = bytes.len() - 1;
        Reply::ok(bytes).length(Length::Wrong(length))
    });
    assert_has(&text, &["cannot be used"]);
}

#[test]
fn trickles_a_byte_at_a_time() {
    let pause = Duration::from_millis(100);
    let started = Instant::now();
    let text = package_shown(|a| Reply::ok(a.bytes.clone()).pace(Pace::Trickle(pause)));
    assert_has(
        &text,
        &[
            "the server stalled: ",
            "then next to nothing for 1 s",
            "--mirror",
        ],
    );
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn sends_a_package_without_an_end() {
    let endless = |a: &WrittenPackage| {
        Reply::ok(a.bytes.clone())
            .length(Length::Unsaid)
            .pace(Pace::Endless)
    };
    let text = package_shown(endless);
    assert_has(&text, &["a-1.0-r0", "cannot be used", "bytes"]);
}

#[test]
fn sends_an_index_without_an_end() {
    let text = index_shown(|_| {
        Reply::ok(vec![0x1f; 1 << 20])
            .length(Length::Unsaid)
            .pace(Pace::Endless)
    });
    assert_has(&text, &["is larger than 67108864 bytes"]);
}

#[test]
fn answers_404() {
    let text = package_shown(|_| Reply::status("404 Not Found"));
    assert_has(
        &text,
        &[
            "the package a-1.0-r0 is not where it should be",
            "404 Not Found",
            "lock --update",
        ],
    );
    let text = index_shown(|_| Reply::status("404 Not Found"));
    assert_has(
        &text,
        &[
            "has no index for x86_64",
            "404 Not Found",
            "a folder for each architecture",
        ],
    );
}

#[test]
fn answers_429_and_says_for_how_long() {
    let a = package("a");
    let busy = |wait: &str| Reply::status("429 Too Many Requests").header("Retry-After", wait);
    // A second is waited for, even if the pause would be shorter.
    let fixture = Fixture::serving(&[&a]);
    let replies = vec![busy("1"), Reply::ok(a.bytes.clone())];
    fixture.server.answer(&path_of(&a), replies);
    let started = Instant::now();
    fixture.fetch(&[&a]).unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    // More than there is patience for is taken as an answer.
    let started = Instant::now();
    let text = package_shown(|_| busy("3600"));
    let parts = [
        "429 Too Many Requests and asks to wait for 3600 s",
        "asked too often",
    ];
    assert_has(&text, &parts);
    assert!(started.elapsed() < Duration::from_secs(1));
    let date = "Fri, 31 Dec 2100 23:59:59 GMT";
    assert_has(&package_shown(|_| busy(date)), &["and asks to wait for "]);
    // A date that is over asks for nothing.
    let text = index_shown(|_| busy("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_has(&text, &["429 Too Many Requests and asks to wait for 0 s"]);
}

#[test]
fn answers_500() {
    let text = package_shown(|_| Reply::status("500 Internal Server Error"));
    assert_has(
        &text,
        &["the server answered 500 Internal Server Error", "--mirror"],
    );
    let text = index_shown(|_| Reply::status("503 Service Unavailable"));
    assert_has(
        &text,
        &["the server answered 503 Service Unavailable", "--mirror"],
    );
}

#[test]
fn sends_a_web_page() {
    let page = "<!DOCTYPE html><title>Log in</title>";
    let text = package_shown(|_| Reply::ok(page));
    assert_has(&text, &["it is an HTML page, not a package"]);
    let text = index_shown(|_| Reply::ok(page));
    assert_has(&text, &["HTML", "check the repository's address"]);
}

#[test]
fn redirects_in_a_circle() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let to = fixture.server.url(&path_of(&a));
    fixture
        .server
        .answer(&path_of(&a), vec![Reply::redirect(to)]);
    let text = shown(&fixture.fetch(&[&a]).unwrap_err());
    assert_has(&text, &["it redirects more than 5 times"]);
    assert_eq!(fixture.kept(), [] as [PathBuf; 0]);
}

#[test]
fn closes_connections_that_were_to_be_kept() {
    let packages: Vec<_> = (0..8).map(|n| package(&format!("p{n}"))).collect();
    let packages: Vec<_> = packages.iter().collect();
    let fixture = Fixture::serving(&packages);
    for package in &packages {
        let reply = Reply::ok(package.bytes.clone()).hangs_up();
        fixture.server.answer(&path_of(package), vec![reply]);
    }
    let mut options = fixture.options();
    options.jobs = std::num::NonZeroUsize::MIN;
    assert_eq!(fixture.fetch_with(options, &packages).unwrap().len(), 8);
}

#[test]
fn mirrors_that_disagree_are_told_apart_by_the_index() {
    // Both are signed; the second one's package is a later build of the same version.
    let a = package("a");
    let mut rebuilt = spec("a");
    rebuilt.build_date += 1;
    let rebuilt = rebuilt.write(&signer()).unwrap();
    let (fixture, other) = (Fixture::serving(&[&a]), Fixture::serving(&[&rebuilt]));
    let mut both = fixture.repository();
    both.mirrors = vec![other.repository().location];
    let index = fixture.fetch_index_of(&both, &Silent).unwrap();
    assert_eq!(
        index.index.entry(0).identity,
        crate::fixture::parsed(&[&a]).entry(0).identity
    );
    // The one that fits the index is found wherever it is.
    let mut reversed = other.repository();
    reversed.mirrors = vec![fixture.repository().location];
    fixture.fetch_from(&[&reversed], &[&a], &Silent).unwrap();
    assert_eq!(fixture.cached_packages().len(), 1);
    // Where none has it, each says what it has.
    let gone = vec![Reply::status("404 Not Found")];
    fixture.server.answer(&path_of(&a), gone);
    std::fs::remove_dir_all(fixture.cache()).unwrap();
    let text = shown(
        &fixture
            .fetch_from(&[&reversed], &[&a], &Silent)
            .unwrap_err(),
    );
    let (one, two) = (
        other.server.url(&path_of(&a)),
        fixture.server.url(&path_of(&a)),
    );
    let parts = [
        "the package a-1.0-r0 cannot be had from any of 2 places:\n",
        &one,
        &two,
        "404",
    ];
    assert_has(&text, &parts);
    assert_eq!(fixture.kept(), [] as [PathBuf; 0]);
}

#[test]
fn swaps_the_package_behind_the_index() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    fixture.fetch_index().unwrap();
    let mut rebuilt = spec("a");
    rebuilt.build_date += 1;
    let rebuilt = rebuilt.write(&signer()).unwrap();
    let reply = Reply::ok(rebuilt.bytes.clone());
    fixture.server.answer(&path_of(&a), vec![reply]);
    let text = shown(&fixture.fetch(&[&a]).unwrap_err());
    assert_has(
        &text,
        &["a-1.0-r0", "may have changed meanwhile, so try again"],
    );
    assert_eq!(fixture.cached_packages(), [] as [PathBuf; 0]);
    // Trying again it is: the new index fits the new package.
    let index = index_of(&[&rebuilt], Some(&signer()));
    fixture.server.answer(INDEX, vec![Reply::ok(index)]);
    fixture.fetch_index().unwrap();
    fixture.fetch(&[&rebuilt]).unwrap();
}

#[test]
fn is_not_there() {
    let fixture = Fixture::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/repo", listener.local_addr().unwrap());
    drop(listener);
    let error = fixture
        .fetch_index_of(&repository(&url), &Silent)
        .unwrap_err();
    let parts = [
        url.as_str(),
        "no connection",
        "refused",
        "help: check the network",
    ];
    assert_has(&shown(&error), &parts);
    assert_eq!(fixture.kept(), [] as [PathBuf; 0]);
}
