//! Opening what a [`Location`] names, whatever kind of place it is.

mod http;

use super::location::{self, Location};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

pub use http::Body;

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

/// How to reach things.
#[derive(Clone, Copy, Debug)]
pub struct TransportOptions {
    /// Open no socket.
    pub offline: bool,
    /// See [`CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// See [`STALL_TIMEOUT`].
    pub stall_timeout: Duration,
    /// Use the proxies that the environment names.
    pub system_proxy: bool,
    /// Where [`Location::Builtin`] is looked up.
    pub builtin: Builtin,
}

impl Default for TransportOptions {
    fn default() -> Self {
        TransportOptions {
            offline: false,
            connect_timeout: CONNECT_TIMEOUT,
            stall_timeout: STALL_TIMEOUT,
            system_proxy: true,
            builtin: |_| None,
        }
    }
}

/// Opens locations. Making one costs nothing: the network's machinery is built when the first
/// URL is opened.
#[derive(Debug)]
pub struct Transport {
    options: TransportOptions,
    http: OnceLock<http::Client>,
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
}

/// Why something could not be read. Credentials are left out of it.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {location}: {problem}")]
pub struct TransportError {
    /// What was to be read, for messages.
    pub location: String,
    /// Why it was not.
    pub problem: TransportProblem,
}

/// What went wrong with the transport.
#[derive(Debug, thiserror::Error)]
pub enum TransportProblem {
    /// A folder or the program lacks it.
    #[error("there is no such file")]
    Missing,
    /// A folder or device stands there.
    #[error("it is no ordinary file")]
    NoFile,
    /// The server refuses, with this status: the number, and the line that shows it.
    #[error("the server answered {1}")]
    Status(u16, String),
    /// The network is not to be used.
    #[error("it is not in the cache, and the network is not to be used")]
    Offline,
    /// No connection came about.
    #[error("no connection: {0}")]
    Connect(String),
    /// The server did not prove to be the one that was asked for.
    #[error("the server's certificate is refused: {0}")]
    Certificate(String),
    /// The server sends us somewhere that we do not follow.
    #[error("{0}")]
    Redirect(String),
    /// Nothing, or next to nothing, arrived for that long.
    #[error("the server stalled: {received} bytes came, then next to nothing for {}", seconds(.waited))]
    Stalled {
        /// The bytes of the body until then.
        received: u64,
        /// How long was waited.
        waited: Duration,
    },
    /// The connection ended before the body did.
    #[error("the connection broke after {received} bytes{}: {problem}", of(.expected))]
    Cut {
        /// The bytes of the body until then.
        received: u64,
        /// The bytes that the server had announced.
        expected: Option<u64>,
        /// What the connection says.
        problem: String,
    },
    /// The machinery for URLs cannot be set up.
    #[error("{0}")]
    Setup(String),
    /// The system says so.
    #[error("{0}")]
    Io(#[from] io::Error),
}

fn of(expected: &Option<u64>) -> String {
    expected.map_or_else(String::new, |n| format!(" of {n}"))
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

impl TransportError {
    /// Whether another try may go better.
    pub fn is_transient(&self) -> bool {
        match &self.problem {
            // Too many requests, and what servers say when they are in trouble themselves.
            TransportProblem::Status(status, _) => {
                matches!(status, 408 | 425 | 429 | 500 | 502..=504)
            }
            TransportProblem::Connect(_)
            | TransportProblem::Stalled { .. }
            | TransportProblem::Cut { .. } => true,
            _ => false,
        }
    }

    /// Whether the place was reached and has nothing of that name.
    pub fn is_missing(&self) -> bool {
        matches!(
            self.problem,
            TransportProblem::Missing | TransportProblem::Status(404 | 410, _)
        )
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match &self.problem {
            TransportProblem::Offline => "run it once without --offline, which fills the cache",
            TransportProblem::Status(401 | 403, _) => {
                "credentials go into the address: https://user:password@host/path"
            }
            TransportProblem::Connect(_) => {
                "check the network, or name another place for the packages with --mirror"
            }
            TransportProblem::Setup(_) | TransportProblem::Certificate(_) => {
                "install the package ca-certificates, or use an http: mirror: what is read is \
                 verified by signatures, whatever the way it came"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }
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

    /// Opens what is at `location`; for a URL this waits until the answer begins.
    ///
    /// # Errors
    /// When it is not there or cannot be reached, and when it is a URL and
    /// [`offline`](TransportOptions::offline) is set. Reading a [`Body`] has errors of its own.
    pub fn open(&self, location: &Location) -> Result<Opened, TransportError> {
        let fail = |problem| TransportError {
            location: location.to_string(),
            problem,
        };
        match location {
            Location::Http(_) if self.options.offline => Err(fail(TransportProblem::Offline)),
            Location::Http(url) => self
                .http
                .get_or_init(|| http::Client::new(self.options))
                .get(url)
                .map(Opened::Stream)
                .map_err(|problem| TransportError {
                    location: location::redact(url),
                    problem,
                }),
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
