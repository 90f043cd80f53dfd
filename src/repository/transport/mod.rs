//! Opening what a [`Location`] names, whatever kind of place it is.

mod body;
mod client;
mod credentials;
pub mod exchange;
mod http;
mod problem;
mod proxies;

use super::location::{self, Location};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

pub use body::Body;
pub use credentials::{Credentials, HttpAuthError};
pub use problem::{TransportError, TransportProblem};
pub use proxies::Proxies;

/// How long to wait for a connection, TLS included. A server at the other end of the world
/// answers within a second; ten leave room for a lost packet or two.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait for the answer to begin, and for [`LEAST_PROGRESS`] of its body each time.
/// There is no limit on the whole: a large package over a slow line takes what it takes.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes that must arrive within [`STALL_TIMEOUT`] of waiting for the body not to count as
/// stalled: slower than an acoustic coupler is not slow but broken, or hostile.
pub const LEAST_PROGRESS: usize = 1024;

/// The redirects that are followed. Mirrors need one or two.
pub const REDIRECT_LIMIT: usize = 5;

/// What a program carries under this path, such as `hello/x86_64/APKINDEX.tar.gz`.
pub type Builtin = fn(&str) -> Option<&'static [u8]>;

/// How to reach things. Nothing of it is taken from the environment.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    /// Open no socket.
    pub offline: bool,
    /// See [`CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// See [`STALL_TIMEOUT`].
    pub stall_timeout: Duration,
    /// Through what to go.
    pub proxies: Proxies,
    /// Who we are to which server.
    pub credentials: Credentials,
    /// A file with the certificates (PEM) that `https:` servers are verified against; `None`:
    /// the system's.
    pub ca_file: Option<PathBuf>,
    /// Where [`Location::Builtin`] is looked up.
    pub builtin: Builtin,
}

impl Default for TransportOptions {
    fn default() -> Self {
        TransportOptions {
            offline: false,
            connect_timeout: CONNECT_TIMEOUT,
            stall_timeout: STALL_TIMEOUT,
            proxies: Proxies::default(),
            credentials: Credentials::default(),
            ca_file: None,
            builtin: |_| None,
        }
    }
}

/// Opens locations. Making one costs nothing: the network's machinery is built when the first
/// URL is opened.
#[derive(Debug)]
pub struct Transport {
    options: TransportOptions,
    http: OnceLock<http::Network>,
}

/// What a server says of a file so that it can be told later whether it is still the same
/// (RFC 9110, section 8.8).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Validators {
    /// `ETag`, as it was sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as it was sent.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// What `If-Range` takes: an entity tag that stands for the very bytes, or the date.
    pub(super) fn strong(&self) -> Option<&str> {
        let etag = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        etag.or(self.last_modified.as_deref())
    }
}

/// What of a file is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// All of it.
    Whole,
    /// All of it, unless it is still the one that these belong to.
    Changed(&'a Validators),
    /// What follows these first bytes, if it is still the file that the validators belong to;
    /// otherwise all of it.
    Rest(u64, &'a Validators),
}

/// What was opened.
#[derive(Debug)]
pub enum Opened {
    /// A file of this machine and its length.
    File(File, u64),
    /// What the program carries.
    Static(&'static [u8]),
    /// The answer of a server.
    Stream(Body),
    /// The file is the one that is known already. Only after [`Part::Changed`].
    Unchanged,
}

impl Transport {
    /// Prepares to open locations.
    pub fn new(options: TransportOptions) -> Transport {
        Transport {
            options,
            http: OnceLock::new(),
        }
    }

    /// Whether the network is not to be used.
    pub fn is_offline(&self) -> bool {
        self.options.offline
    }

    /// Sends a request and waits until its answer begins, whatever its status. Redirects of
    /// requests without a content are followed.
    ///
    /// # Errors
    /// When the server cannot be reached or is silent, the content cannot be read, or the network
    /// is not to be used.
    pub fn send(&self, request: exchange::Request<'_>) -> Result<exchange::Answer, TransportError> {
        let location = location::redact(&request.url);
        let sent = match self.options.offline {
            true => Err(TransportProblem::Offline),
            false => self.network().send(request),
        };
        sent.map_err(|problem| TransportError { location, problem })
    }

    fn network(&self) -> &http::Network {
        let new = || http::Network::new(self.options.clone());
        self.http.get_or_init(new)
    }

    /// Opens what is at `location`; for a URL this waits until the answer begins. What is no
    /// URL is opened whole, whatever `part` says.
    ///
    /// # Errors
    /// When it is not there or cannot be reached, and when it is a URL and
    /// [`offline`](TransportOptions::offline) is set. Reading a [`Body`] has errors of its own.
    pub fn open(&self, location: &Location, part: Part<'_>) -> Result<Opened, TransportError> {
        let fail = |problem| TransportError {
            location: location.to_string(),
            problem,
        };
        match location {
            Location::Http(_) if self.options.offline => Err(fail(TransportProblem::Offline)),
            Location::Http(url) => {
                self.network()
                    .get(url, part)
                    .map_err(|problem| TransportError {
                        location: location::redact(url),
                        problem,
                    })
            }
            Location::Folder(path) => match open_file(path) {
                Ok((file, length)) => Ok(Opened::File(file, length)),
                Err(problem) => Err(fail(problem)),
            },
            Location::Builtin(path) => (self.options.builtin)(path)
                .map(Opened::Static)
                .ok_or_else(|| fail(TransportProblem::Missing)),
        }
    }
}

/// Opens a regular file for reading and gives its length.
pub(super) fn open_file(path: &Path) -> Result<(File, u64), TransportProblem> {
    let missing = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => TransportProblem::Missing,
        _ => TransportProblem::Io(error),
    };
    // Asked before it is opened, since opening a pipe waits for its other end.
    if !std::fs::metadata(path).map_err(missing)?.is_file() {
        return Err(TransportProblem::NoFile);
    }
    let file = File::open(path).map_err(missing)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}
