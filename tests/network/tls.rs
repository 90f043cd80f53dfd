//! Servers over TLS, by certificates of an authority of the tests, and what becomes of those
//! that cannot prove who they are.

use crate::fixture::{Fixture, INDEX, index_of, package, path_of, repository, signer};
use crate::server::{Reply, Server};
use apkcompose::apk::write::WrittenPackage;
use apkcompose::progress::Silent;
use apkcompose::repository::{FetchError, FetchOptions, Fetcher};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tokio_rustls::TlsAcceptor;

/// An authority whose certificates nobody knows but those who are told.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Authority(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// How a server for this name proves who it is. HTTP/2 is offered before HTTP/1.1.
    fn server(&self, name: &str) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

#[derive(Default)]
struct Seen {
    /// What is answered: a file, or where it is.
    files: HashMap<String, Result<Vec<u8>, String>>,
    connections: usize,
    requests: Vec<(Version, String)>,
}

/// A server that behaves. It ends with the test's process.
struct TlsServer {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl TlsServer {
    fn start(config: ServerConfig) -> TlsServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let server = TlsServer {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
        };
        let seen = Arc::clone(&server.seen);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        thread::spawn(move || runtime.block_on(accept(listener, config, seen)));
        server
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    fn file(&self, path: &str, bytes: &[u8]) {
        let mut seen = self.seen.lock().unwrap();
        seen.files.insert(path.to_owned(), Ok(bytes.to_vec()));
    }

    fn redirect(&self, path: &str, to: String) {
        let mut seen = self.seen.lock().unwrap();
        seen.files.insert(path.to_owned(), Err(to));
    }

    /// With an index and these packages.
    fn serving(config: ServerConfig, packages: &[&WrittenPackage]) -> TlsServer {
        let server = TlsServer::start(config);
        server.file(INDEX, &index_of(packages, Some(&signer())));
        for package in packages {
            server.file(&path_of(package), &package.bytes);
        }
        server
    }
}

async fn accept(listener: TcpListener, config: ServerConfig, seen: Arc<Mutex<Seen>>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        seen.lock().unwrap().connections += 1;
        let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            // Who does not believe us says so and goes.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(|request: Request<Incoming>| {
                let reply = answer(&seen, &request);
                async { Ok::<_, Infallible>(reply) }
            });
            let connection = auto::Builder::new(TokioExecutor::new());
            let served = connection.serve_connection(TokioIo::new(stream), service);
            let _ = served.await;
        });
    }
}

fn answer(seen: &Mutex<Seen>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let mut seen = seen.lock().unwrap();
    seen.requests.push((request.version(), path.clone()));
    let reply = Response::builder();
    match seen.files.get(&path) {
        Some(Ok(bytes)) => reply.body(Full::from(bytes.clone())),
        Some(Err(to)) => reply
            .status(StatusCode::FOUND)
            .header("location", to)
            .body(Full::default()),
        None => reply.status(StatusCode::NOT_FOUND).body(Full::default()),
    }
    .unwrap()
}

/// Options that trust this authority and no other.
fn trusting(fixture: &Fixture, authority: &Authority) -> FetchOptions {
    let path = fixture.folder.path().join("ca.pem");
    std::fs::write(&path, authority.0.pem()).unwrap();
    with_ca(fixture, Some(path))
}

fn with_ca(fixture: &Fixture, ca_file: Option<PathBuf>) -> FetchOptions {
    let mut options = fixture.options();
    options.transport.ca_file = ca_file;
    options
}

/// What fetching the index fails with; nothing is kept then.
fn refused(fixture: &Fixture, options: FetchOptions, url: &str) -> FetchError {
    let fetched = Fetcher::new(options).fetch_indexes(&[repository(url)], "x86_64", &Silent);
    assert_eq!(fixture.kept(), [] as [PathBuf; 0]);
    fetched.unwrap_err()
}

#[test]
fn a_server_of_a_known_authority_is_believed_and_speaks_http_2_on_one_connection() {
    let packages: Vec<_> = (0..6).map(|n| package(&format!("p{n}"))).collect();
    let packages: Vec<_> = packages.iter().collect();
    let authority = Authority::new();
    let server = TlsServer::serving(authority.server("127.0.0.1"), &packages);
    let fixture = Fixture::new();
    let fetcher = Fetcher::new(trusting(&fixture, &authority));
    let repository = repository(&server.url("/repo"));
    let repositories = std::slice::from_ref(&repository);
    fetcher
        .fetch_indexes(repositories, "x86_64", &Silent)
        .unwrap();
    let index = crate::fixture::parsed(&packages);
    let wanted: Vec<_> = index
        .entries()
        .filter_map(|e| apkcompose::repository::Wanted::new(e, "", vec![&repository]))
        .collect();
    let fetched = fetcher.fetch_packages(&wanted, &|_| false, &Silent);
    assert_eq!(fetched.unwrap().len(), 6);
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen.requests.len(), 7);
    assert!(
        seen.requests
            .iter()
            .all(|(version, _)| *version == Version::HTTP_2)
    );
    assert_eq!(seen.connections, 1);
}

#[test]
fn a_server_that_knows_no_http_2_is_spoken_to_by_http_1() {
    let a = package("a");
    let authority = Authority::new();
    let mut config = authority.server("127.0.0.1");
    config.alpn_protocols = Vec::new();
    let server = TlsServer::serving(config, &[&a]);
    let fixture = Fixture::new();
    let fetcher = Fetcher::new(trusting(&fixture, &authority));
    let repositories = [repository(&server.url("/repo"))];
    fetcher
        .fetch_indexes(&repositories, "x86_64", &Silent)
        .unwrap();
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen.requests[0].0, Version::HTTP_11);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let server = TlsServer::serving(authority.server("mirror.example.org"), &[]);
    let fixture = Fixture::new();
    let options = trusting(&fixture, &authority);
    let error = refused(&fixture, options, &server.url("/repo"));
    let text = error.to_string();
    assert!(text.contains("certificate is refused"), "{text}");
    assert!(text.contains("mirror.example.org"), "{text}");
    assert!(text.contains(&server.url(INDEX)), "{text}");
    assert!(error.help().unwrap().contains("--ca-file"));
    assert_eq!(server.seen.lock().unwrap().requests.len(), 0);
    // It is not asked again either.
    assert_eq!(server.seen.lock().unwrap().connections, 1);
}

#[test]
fn an_unknown_authority_is_refused() {
    let authority = Authority::new();
    let server = TlsServer::serving(authority.server("127.0.0.1"), &[]);
    let fixture = Fixture::new();
    // That of another, and those of the system if it has some.
    for options in [
        trusting(&fixture, &Authority::new()),
        with_ca(&fixture, None),
    ] {
        let error = refused(&fixture, options, &server.url("/repo"));
        assert!(error.to_string().contains("certificate"), "{error}");
        assert!(error.help().is_some());
        assert_eq!(server.seen.lock().unwrap().requests.len(), 0);
    }
}

#[test]
fn a_file_of_certificates_that_is_none_is_named_and_http_works_without() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let empty = fixture.folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing\n").unwrap();
    let bad = fixture.folder.path().join("bad.pem");
    let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&bad, text).unwrap();
    for path in ["/there/is/none.pem".into(), empty, bad] {
        let options = with_ca(&fixture, Some(path.clone()));
        let error = refused(&fixture, options.clone(), "https://127.0.0.1:1/repo");
        let text = error.to_string();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        assert!(error.help().unwrap().contains("SSL_CERT_FILE"));
        let repositories = [fixture.repository()];
        let fetcher = Fetcher::new(options);
        fetcher
            .fetch_indexes(&repositories, "x86_64", &Silent)
            .unwrap();
        std::fs::remove_dir_all(fixture.cache()).unwrap();
    }
}

#[test]
fn a_redirect_from_https_to_http_is_refused_and_to_https_followed() {
    let a = package("a");
    let authority = Authority::new();
    let server = TlsServer::serving(authority.server("127.0.0.1"), &[&a]);
    let fixture = Fixture::serving(&[&a]);
    let moved = "/moved/x86_64/APKINDEX.tar.gz";
    server.redirect(moved, fixture.server.url(INDEX));
    let options = trusting(&fixture, &authority);
    let error = refused(&fixture, options.clone(), &server.url("/moved"));
    let text = error.to_string();
    assert!(text.contains("redirects from https:"), "{text}");
    assert!(text.contains(&fixture.server.url(INDEX)), "{text}");
    assert_eq!(fixture.server.requests().len(), 0);
    server.redirect(moved, server.url(INDEX));
    let repositories = [repository(&server.url("/moved"))];
    let fetcher = Fetcher::new(options);
    fetcher
        .fetch_indexes(&repositories, "x86_64", &Silent)
        .unwrap();
}

#[test]
fn a_redirect_from_http_to_https_is_followed() {
    let a = package("a");
    let authority = Authority::new();
    let secure = TlsServer::serving(authority.server("127.0.0.1"), &[&a]);
    let plain = Server::start();
    plain.answer(INDEX, vec![Reply::redirect(secure.url(INDEX))]);
    let fixture = Fixture::new();
    let fetcher = Fetcher::new(trusting(&fixture, &authority));
    let repositories = [repository(&plain.url("/repo"))];
    fetcher
        .fetch_indexes(&repositories, "x86_64", &Silent)
        .unwrap();
}

#[test]
fn a_server_that_never_greets_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/repo", listener.local_addr().unwrap());
    let fixture = Fixture::new();
    let mut options = trusting(&fixture, &Authority::new());
    options.transport.connect_timeout = Duration::from_millis(200);
    let started = Instant::now();
    let error = refused(&fixture, options, &url);
    assert!(error.to_string().contains("none within 0.2 s"), "{error}");
    assert!(error.help().unwrap().contains("--mirror"));
    assert!(started.elapsed() < Duration::from_secs(5));
}
