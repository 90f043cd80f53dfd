//! Proxies: which requests go through them, what they are told, and what a user is told of them.

use crate::fixture::{Fixture, INDEX, package, path_of};
use crate::server::{Reply, Server};
use apkcompose::progress::Silent;
use apkcompose::repository::transport::Proxies;
use apkcompose::repository::{FetchError, FetchOptions, Fetcher};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

fn through(fixture: &Fixture, proxies: Proxies) -> FetchOptions {
    let mut options = fixture.options();
    options.transport.proxies = proxies;
    options
}

fn fetch_index(fixture: &Fixture, options: FetchOptions) -> Result<(), FetchError> {
    let repositories = [fixture.repository()];
    let fetched = Fetcher::new(options).fetch_indexes(&repositories, "x86_64", &Silent);
    fetched.map(|_| ())
}

/// A proxy that answers every request with this line, and what it was asked.
fn refusing(line: &'static str) -> (String, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head = lines.map_while(Result::ok).take_while(|l| !l.is_empty());
            let _ = sender.send(head.collect());
            let _ = write!(stream, "HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (address, receiver)
}

#[test]
fn http_requests_go_through_the_proxy_with_its_credentials() {
    let a = package("a");
    let fixture = Fixture::new();
    // A server is a proxy when it answers requests for whole addresses.
    let proxy = Server::start();
    let serving = Fixture::serving(&[&a]);
    let address = |path: &str| fixture.server.url(path);
    let index = crate::fixture::index_of(&[&a], Some(&crate::fixture::signer()));
    proxy.answer(&address(INDEX), vec![Reply::ok(index)]);
    let reply = Reply::ok(a.bytes.clone());
    proxy.answer(&address(&path_of(&a)), vec![reply]);
    for secret in ["http://me:secret@", "me:secret@"] {
        let proxies = Proxies {
            http: Some(format!("{secret}{}", proxy.host())),
            ..Proxies::default()
        };
        fetch_index(&fixture, through(&fixture, proxies.clone())).unwrap();
        fixture
            .fetch_with(through(&fixture, proxies), &[&a])
            .unwrap();
    }
    assert_eq!(fixture.server.requests().len(), 0);
    let told = format!("Basic {}", data_encoding::BASE64.encode(b"me:secret"));
    for request in proxy.requests() {
        assert_eq!(request.header("proxy-authorization"), Some(told.as_str()));
    }
    drop(serving);
}

#[test]
fn what_no_proxy_lists_is_reached_directly() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    for none in ["127.0.0.1", "127.0.0.0/8", "example.org, 127.0.0.1", "*"] {
        let proxies = Proxies {
            all: Some("http://127.0.0.1:1".into()),
            none: Some(none.into()),
            ..Proxies::default()
        };
        fetch_index(&fixture, through(&fixture, proxies)).unwrap();
    }
}

#[test]
fn a_proxy_that_is_down_is_named_without_its_credentials() {
    let fixture = Fixture::new();
    let proxies = Proxies {
        all: Some("http://me:secret@127.0.0.1:1".into()),
        ..Proxies::default()
    };
    let error = fetch_index(&fixture, through(&fixture, proxies)).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.help());
    assert!(
        shown.contains("through the proxy http://127.0.0.1:1: "),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn https_requests_ask_the_proxy_for_a_tunnel() {
    let fixture = Fixture::new();
    for (line, part) in [
        (
            "407 Proxy Authentication Required",
            "authorization required",
        ),
        ("502 Bad Gateway", "tunnel"),
    ] {
        let (address, asked) = refusing(line);
        let mut options = through(
            &fixture,
            Proxies {
                https: Some(format!("http://me:secret@{address}")),
                ..Proxies::default()
            },
        );
        // Any file of certificates will do, since none is looked at.
        let authority = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
        let pem = fixture.folder.path().join("ca.pem");
        std::fs::write(&pem, authority.cert.pem()).unwrap();
        options.transport.ca_file = Some(pem);
        let repositories = [crate::fixture::repository("https://example.org/repo")];
        let fetched = Fetcher::new(options).fetch_indexes(&repositories, "x86_64", &Silent);
        let error = fetched.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.help());
        assert!(
            shown.contains(&format!("through the proxy http://{address}: ")),
            "{shown}"
        );
        assert!(shown.contains(part), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
        let head = asked.recv().unwrap();
        assert_eq!(head[0], "CONNECT example.org:443 HTTP/1.1");
        let told = format!("basic {}", data_encoding::BASE64.encode(b"me:secret"));
        let told = told.to_ascii_lowercase();
        assert!(
            head.iter()
                .any(|line| line.to_ascii_lowercase().ends_with(&told)),
            "{head:?}"
        );
    }
}

#[test]
fn a_proxy_address_that_is_none_is_an_error() {
    let fixture = Fixture::new();
    let proxies = Proxies {
        http: Some("http://me:secret@bad host".into()),
        ..Proxies::default()
    };
    let error = fetch_index(&fixture, through(&fixture, proxies)).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.help());
    assert!(shown.contains("the proxy for http: addresses"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}
