//! Networks and servers in trouble.

use crate::fixture::{Fixture, INDEX, index_of, package, path_of, repository, signer};
use crate::server::{Pace, Reply};
use apkcompose::apk::write::WrittenPackage;
use apkcompose::progress::Silent;
use apkcompose::repository::FetchError;
use apkcompose::repository::transport::TransportProblem;
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn problem(error: FetchError) -> TransportProblem {
    match error {
        FetchError::Transport(error) => error.problem,
        error => panic!("{error}"),
    }
}

/// Answers the package and the index with these, then as they should be.
fn after(replies: impl Fn(&[u8]) -> Vec<Reply>) -> (Fixture, WrittenPackage) {
    let a = package("a");
    let fixture = Fixture::new();
    let index = index_of(&[&a], Some(&signer()));
    for (path, bytes) in [(INDEX, &index), (path_of(&a).as_str(), &a.bytes)] {
        let mut replies = replies(bytes);
        replies.push(Reply::ok(bytes.clone()));
        fixture.server.answer(path, replies);
    }
    (fixture, a)
}

#[test]
fn two_failures_of_any_kind_are_survived() {
    let broken = |bytes: &[u8]| {
        let mut bad = bytes.to_vec();
        bad[bytes.len() / 2] ^= 1;
        bad
    };
    for kinds in [
        |_: &[u8], _: Vec<u8>| [Reply::status("500 Oops"), Reply::status("503 Busy")],
        |bytes: &[u8], bad| {
            let cut = bytes.len() / 2;
            let cut = Reply::ok(bytes).pace(Pace::CutAfter(cut));
            [cut, Reply::ok(bad)]
        },
        |bytes: &[u8], _| {
            [
                Reply::ok(bytes).pace(Pace::StallAfter(10)),
                Reply::status("429 Too Many Requests"),
            ]
        },
    ] {
        let (fixture, a) = after(|bytes| kinds(bytes, broken(bytes)).to_vec());
        fixture.fetch_index().unwrap();
        fixture.fetch(&[&a]).unwrap();
        assert_eq!(fixture.server.count(INDEX), 3);
        assert_eq!(fixture.server.count(&path_of(&a)), 3);
    }
}

#[test]
fn a_third_failure_is_the_end() {
    let (fixture, a) = after(|_| vec![Reply::status("500 Internal Server Error"); 3]);
    let error = problem(fixture.fetch(&[&a]).unwrap_err());
    assert!(
        matches!(error, TransportProblem::Status { status: 500, .. }),
        "{error}"
    );
    assert_eq!(fixture.server.count(&path_of(&a)), 3);
}

#[test]
fn refusals_are_not_argued_with() {
    for status in ["403 Forbidden", "401 Unauthorized", "400 Bad Request"] {
        let (fixture, a) = after(|_| vec![Reply::status(status)]);
        let error = fixture.fetch(&[&a]).unwrap_err();
        assert!(error.to_string().contains(status), "{error}");
        assert_eq!(fixture.server.count(&path_of(&a)), 1);
    }
}

#[test]
fn a_stalled_body_is_not_waited_for() {
    let (fixture, a) = after(|bytes| vec![Reply::ok(bytes).pace(Pace::StallAfter(2000)); 3]);
    let started = Instant::now();
    let error = problem(fixture.fetch(&[&a]).unwrap_err());
    let TransportProblem::Stalled { received, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(received, 2000);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_trickle_counts_as_stalled() {
    let pause = Duration::from_millis(100);
    let (fixture, _) = after(|bytes| vec![Reply::ok(bytes).pace(Pace::Trickle(pause)); 3]);
    let error = problem(fixture.fetch_index().unwrap_err());
    assert!(matches!(error, TransportProblem::Stalled { .. }), "{error}");
}

#[test]
fn redirects_are_followed_but_not_in_circles() {
    let (fixture, a) = after(|_| Vec::new());
    let moved = |n: usize| format!("/moved{n}/x86_64/a-1.0-r0.apk");
    for n in 0..5 {
        let to = fixture.server.url(&moved(n + 1));
        fixture.server.answer(&moved(n), vec![Reply::redirect(to)]);
    }
    let target = Reply::ok(a.bytes.clone());
    fixture.server.answer(&moved(5), vec![target]);
    let far = repository(&fixture.server.url("/moved0"));
    fixture.fetch_from(&[&far], &[&a], &Silent).unwrap();

    let (fixture, a) = after(|_| Vec::new());
    let circle = fixture.server.url(&path_of(&a));
    fixture
        .server
        .answer(&path_of(&a), vec![Reply::redirect(circle)]);
    let error = problem(fixture.fetch(&[&a]).unwrap_err());
    assert!(matches!(error, TransportProblem::Redirect(_)), "{error}");
    assert!(error.to_string().contains("more than 5 times"), "{error}");
}

#[test]
fn a_port_where_nobody_listens_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/repo", listener.local_addr().unwrap());
    drop(listener);
    let fixture = Fixture::new();
    let error = fixture
        .fetch_index_of(&repository(&url), &Silent)
        .unwrap_err();
    assert!(error.to_string().contains(&url), "{error}");
    let error = problem(error);
    assert!(matches!(error, TransportProblem::Connect(_)), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn credentials_go_to_the_server_and_nowhere_else() {
    let (fixture, a) = after(|_| Vec::new());
    let url = format!("http://user:secret@{}/repo", fixture.server.host());
    let private = repository(&url);
    fixture.fetch_from(&[&private], &[&a], &Silent).unwrap();
    let sent = fixture.server.requests().remove(0).headers;
    let expected = format!(
        "authorization: Basic {}",
        data_encoding::BASE64.encode(b"user:secret")
    );
    assert!(
        sent.iter().any(|h| h.eq_ignore_ascii_case(&expected)),
        "{sent:?}"
    );
    let refused = [
        Reply::status("403 Forbidden"),
        Reply::status("404 Not Found"),
        Reply::status("500 Oops"),
        Reply::ok("<html>"),
        Reply::ok("x").pace(Pace::StallAfter(1)),
        Reply::redirect(format!("{url}/x86_64/APKINDEX.tar.gz?token=secret")),
    ];
    for reply in refused {
        fixture.server.answer(INDEX, vec![reply]);
        let error = fixture.fetch_index_of(&private, &Silent).unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.help());
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn the_bytes_stay_as_they_are_whatever_their_encoding_is_called() {
    let (fixture, a) = after(|_| Vec::new());
    let mut reply = Reply::ok(a.bytes.clone());
    reply.headers.push(("Content-Encoding", "gzip".to_owned()));
    fixture.server.answer(&path_of(&a), vec![reply]);
    fixture.fetch(&[&a]).unwrap();
    let sent = fixture.server.requests().remove(0).headers;
    let asks = |h: &String| h.to_ascii_lowercase().starts_with("accept-encoding");
    assert!(!sent.iter().any(asks), "{sent:?}");
}
