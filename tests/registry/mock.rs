//! A registry that keeps what it is sent in memory, asks for credentials in any way there is, and
//! stumbles on demand.

use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// Whom it lets in.
#[derive(Clone, Default)]
pub enum Auth {
    #[default]
    Anybody,
    /// `user:password`
    Basic(&'static str),
    /// Tokens for `user:password`, or for an identity token.
    Token {
        pair: &'static str,
        identity: &'static str,
        /// Seconds; a token that has ended is refused.
        uses: usize,
    },
}

/// How it stumbles over a request.
#[derive(Clone)]
pub enum Fault {
    /// It answers this and does nothing.
    Status(&'static str),
    /// The same, with this to say.
    Says(&'static str, &'static str),
    /// It wants to know who is there, and says how.
    Challenge(&'static str),
    /// It takes so many bytes of the body, and the connection breaks.
    CutAfter(usize),
    /// The same, and it forgets the upload.
    LoseAfter(usize),
    /// It does what was asked, and the connection breaks before it says so.
    Unsaid,
    /// It takes so many bytes and says so.
    Takes(usize),
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    /// The length of what was sent along.
    pub length: usize,
}

#[derive(Default)]
pub struct State {
    pub auth: Auth,
    /// By repository and digest.
    pub blobs: BTreeMap<(String, String), Vec<u8>>,
    /// By repository and tag or digest.
    pub manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    pub requests: Vec<Request>,
    /// Each is for the first request of this method whose path has this in it.
    pub faults: Vec<(&'static str, &'static str, Fault)>,
    /// The largest body that it takes.
    pub most: Option<usize>,
    pub retry_after: bool,
    uploads: BTreeMap<String, Vec<u8>>,
    tokens: BTreeMap<String, (BTreeSet<String>, usize)>,
    number: usize,
}

pub struct Registry {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    closed: Arc<AtomicBool>,
}

impl Registry {
    pub fn start() -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let registry = Registry {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
            closed: Arc::default(),
        };
        let (state, closed) = (registry.state.clone(), registry.closed.clone());
        let host = registry.host();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::SeqCst) {
                    return;
                }
                let (state, host) = (state.clone(), host.clone());
                thread::spawn(move || stream.and_then(|stream| serve(stream, &state, &host)));
            }
        });
        registry
    }

    pub fn with(auth: Auth) -> Registry {
        let registry = Registry::start();
        registry.state().auth = auth;
        registry
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The reference of something in it.
    pub fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn fault(&self, method: &'static str, path: &'static str, fault: Fault) {
        self.state().faults.push((method, path, fault));
    }

    /// How many requests of this method had this in their paths.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let fits = |r: &&Request| r.method == method && r.path.contains(path);
        self.state().requests.iter().filter(fits).count()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hex}")
}

struct Reply {
    status: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn reply(status: &'static str) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Vec::new(),
    }
}

impl Reply {
    fn header(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Reply {
        self.body = body.into();
        self
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, host: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().to_owned(),
        headers: BTreeMap::new(),
        length: 0,
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim().split_once(": ") {
            Some((name, value)) => {
                let name = name.to_ascii_lowercase();
                request.headers.insert(name, value.to_owned());
            }
            None => break,
        }
    }
    let length = request.headers.get("content-length");
    request.length = length.map_or(0, |length| length.parse().unwrap());
    let fault = {
        let mut state = state.lock().unwrap();
        let fits = |(method, path, _): &(&str, &str, Fault)| {
            *method == request.method && request.path.contains(path)
        };
        let found = state.faults.iter().position(fits);
        found.map(|number| state.faults.remove(number).2)
    };
    let most = state.lock().unwrap().most;
    let take = match &fault {
        Some(Fault::CutAfter(count) | Fault::LoseAfter(count)) => *count,
        _ => request.length,
    };
    let mut body = vec![0; take];
    reader.read_exact(&mut body)?;
    let path = request.path.clone();
    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    let answer = match fault {
        Some(Fault::Status(status)) => reply(status),
        Some(Fault::Says(status, text)) => reply(status).body(text),
        Some(Fault::Challenge(value)) => {
            reply("401 Unauthorized").header("WWW-Authenticate", value)
        }
        Some(Fault::CutAfter(_)) => {
            state.uploads.entry(path).or_default().extend(body);
            return Ok(());
        }
        Some(Fault::LoseAfter(_)) => {
            state.uploads.remove(&path);
            return Ok(());
        }
        Some(Fault::Takes(count)) => {
            body.truncate(count);
            answer(&mut state, &request, body, host)
        }
        Some(Fault::Unsaid) => {
            answer(&mut state, &request, body, host);
            return Ok(());
        }
        None if most.is_some_and(|most| request.length > most) => {
            reply("413 Request Entity Too Large")
        }
        None => answer(&mut state, &request, body, host),
    };
    let answer = match state.retry_after {
        true => answer.header("Retry-After", "1"),
        false => answer,
    };
    drop(state);
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body.len()));
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    match request.method.as_str() {
        "HEAD" => Ok(()),
        _ => stream.write_all(&answer.body),
    }
}

fn parameters(query: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap();
        let value = value.replace("%3A", ":").replace("%2F", "/");
        let value = value.replace("%2C", ",").replace('+', " ");
        found.entry(key.to_owned()).or_default().push(value);
    }
    found
}

fn base64(pair: &str) -> String {
    format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()))
}

/// Gives out a token that stands for its scopes.
fn token(state: &mut State, request: &Request, query: &str, body: &[u8]) -> Reply {
    let Auth::Token {
        pair,
        identity,
        uses,
    } = state.auth
    else {
        return reply("404 Not Found");
    };
    let form = String::from_utf8_lossy(body).into_owned();
    let given = parameters(match request.method.as_str() {
        "POST" => &form,
        _ => query,
    });
    let one = |key: &str| given.get(key).map_or("", |v| v[0].as_str());
    let known = match request.method.as_str() {
        "POST" => one("grant_type") == "refresh_token" && one("refresh_token") == identity,
        _ => request.headers.get("authorization") == Some(&base64(pair)),
    };
    if !known || one("service") != "mock service" {
        let says = r#"{"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}"#;
        return reply("401 Unauthorized").body(says);
    }
    let scopes = given.get("scope").into_iter().flatten();
    let scopes = scopes.flat_map(|scope| scope.split(' ').map(str::to_owned));
    state.number += 1;
    let text = format!("token-{}", state.number);
    state.tokens.insert(text.clone(), (scopes.collect(), uses));
    // Some servers call it so, some so.
    let key = match state.number % 2 {
        0 => "token",
        _ => "access_token",
    };
    reply("200 OK").body(format!(r#"{{"{key}": "{text}", "expires_in": 300}}"#))
}

/// Whether a request may do what it wants, and which other repositories it may read.
fn allowed(state: &mut State, request: &Request, repository: &str) -> Option<BTreeSet<String>> {
    let shown = request.headers.get("authorization");
    match &state.auth {
        Auth::Anybody => Some(BTreeSet::from(["*".to_owned()])),
        Auth::Basic(pair) => {
            (shown == Some(&base64(pair))).then(|| BTreeSet::from(["*".to_owned()]))
        }
        Auth::Token { .. } => {
            let token = shown?.strip_prefix("Bearer ")?;
            let (scopes, uses) = state.tokens.get_mut(token)?;
            *uses = uses.checked_sub(1)?;
            let scope = format!("repository:{repository}:pull,push");
            if !repository.is_empty() && !scopes.contains(&scope) {
                return None;
            }
            Some(scopes.clone())
        }
    }
}

fn answer(state: &mut State, request: &Request, body: Vec<u8>, host: &str) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if path == "/token" {
        return token(state, request, query, &body);
    }
    let path = path.strip_prefix("/v2/").unwrap();
    let kinds = ["/blobs/uploads/", "/blobs/", "/manifests/"];
    let found = kinds.iter().find_map(|kind| {
        let (repository, rest) = path.split_once(kind)?;
        Some((repository.to_owned(), *kind, rest.to_owned()))
    });
    let repository = found.as_ref().map_or("", |(repository, ..)| repository);
    let Some(scopes) = allowed(state, request, repository) else {
        let challenge = match state.auth {
            Auth::Token { .. } => {
                format!("Bearer realm=\"http://{host}/token\",service=\"mock service\"")
            }
            _ => "Basic realm=\"mock\"".to_owned(),
        };
        return reply("401 Unauthorized")
            .header("WWW-Authenticate", challenge)
            .body(r#"{"errors": [{"code": "UNAUTHORIZED", "message": "not you"}]}"#);
    };
    let Some((repository, kind, rest)) = found else {
        return reply("200 OK");
    };
    let query = parameters(query);
    let query = |key: &str| query.get(key).map(|values| values[0].clone());
    match (request.method.as_str(), kind) {
        ("HEAD" | "GET", "/blobs/") => match state.blobs.get(&(repository, rest)) {
            Some(blob) => reply("200 OK").body(blob.clone()),
            None => reply("404 Not Found"),
        },
        ("POST", "/blobs/uploads/") => {
            if let (Some(digest), Some(from)) = (query("mount"), query("from")) {
                let may =
                    scopes.contains("*") || scopes.contains(&format!("repository:{from}:pull"));
                let blob = state.blobs.get(&(from, digest.clone())).cloned();
                if let Some(blob) = blob.filter(|_| may) {
                    state.blobs.insert((repository, digest), blob);
                    return reply("201 Created");
                }
            }
            state.number += 1;
            let location = format!("/v2/{repository}/blobs/uploads/{}", state.number);
            state.uploads.insert(location.clone(), Vec::new());
            reply("202 Accepted").header("Location", location)
        }
        (method, "/blobs/uploads/") => {
            upload(state, request, method, repository, body, query("digest"))
        }
        ("PUT", "/manifests/") => {
            let text = String::from_utf8(body.clone()).unwrap();
            // Everything that it names must be there.
            for named in text.split("sha256:").skip(1) {
                let named = format!("sha256:{}", &named[..64]);
                let key = (repository.clone(), named);
                if !state.blobs.contains_key(&key) && !state.manifests.contains_key(&key) {
                    return reply("404 Not Found").body(
                        r#"{"errors": [{"code": "MANIFEST_BLOB_UNKNOWN", "message": "unknown"}]}"#,
                    );
                }
            }
            let media_type = request.headers["content-type"].clone();
            let digest = digest(&body);
            for version in [rest, digest.clone()] {
                let key = (repository.clone(), version);
                state
                    .manifests
                    .insert(key, (media_type.clone(), body.clone()));
            }
            reply("201 Created").header("Docker-Content-Digest", digest)
        }
        ("HEAD" | "GET", "/manifests/") => match state.manifests.get(&(repository, rest)) {
            Some((media_type, bytes)) => reply("200 OK")
                .header("Content-Type", media_type)
                .body(bytes.clone()),
            None => reply("404 Not Found"),
        },
        _ => reply("405 Method Not Allowed"),
    }
}

fn upload(
    state: &mut State,
    request: &Request,
    method: &str,
    repository: String,
    body: Vec<u8>,
    wanted: Option<String>,
) -> Reply {
    let location = request.path.split('?').next().unwrap().to_owned();
    let Some(upload) = state.uploads.get_mut(&location) else {
        return reply("404 Not Found");
    };
    let range = |upload: &[u8]| format!("0-{}", upload.len().saturating_sub(1));
    match method {
        "GET" => reply("204 No Content").header("Range", range(upload)),
        "DELETE" => {
            state.uploads.remove(&location);
            reply("204 No Content")
        }
        "PATCH" => {
            let begin = request.headers["content-range"].split('-').next().unwrap();
            if begin.parse::<usize>().unwrap() != upload.len() {
                return reply("416 Range Not Satisfiable")
                    .header("Range", range(upload))
                    .header("Location", location);
            }
            upload.extend(body);
            // Where it goes on is somewhere else each time.
            let content = upload.clone();
            let range = range(&content);
            state.uploads.remove(&location);
            state.number += 1;
            let next = format!("/v2/{repository}/blobs/uploads/{}", state.number);
            state.uploads.insert(next.clone(), content);
            reply("202 Accepted")
                .header("Range", range)
                .header("Location", next)
        }
        "PUT" => {
            let mut content = state.uploads.remove(&location).unwrap();
            content.extend(body);
            let digest = digest(&content);
            if Some(&digest) != wanted.as_ref() {
                return reply("400 Bad Request").body(
                    r#"{"errors": [{"code": "DIGEST_INVALID", "message": "another digest"}]}"#,
                );
            }
            state.blobs.insert((repository, digest), content);
            reply("201 Created")
        }
        _ => reply("405 Method Not Allowed"),
    }
}
