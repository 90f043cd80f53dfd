//! Why something could not be read.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

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
    /// The server refuses.
    #[error("the server answered {line}{}", wish(.retry_after))]
    Status {
        /// The number.
        status: u16,
        /// Number and name, as in `404 Not Found`.
        line: String,
        /// How long it asks to be left alone (RFC 9110, section 10.2.3).
        retry_after: Option<Duration>,
    },
    /// The network is not to be used.
    #[error("it is not in the cache, and the network is not to be used")]
    Offline,
    /// No connection came about.
    #[error("no connection: {0}")]
    Connect(String),
    /// The server did not prove to be the one that was asked for.
    #[error("the server's certificate is refused: {0}")]
    Certificate(String),
    /// The file with the certificates to trust is of no use.
    #[error("cannot use the certificates of {}: {problem}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The server sends us somewhere that we do not follow.
    #[error("{0}")]
    Redirect(String),
    /// The server sent another part of the file than the one that was asked for.
    #[error("asked for the rest from byte {asked} on, the server sent {found}")]
    Part {
        /// The first byte that was asked for.
        asked: u64,
        /// What the server says that it sent.
        found: String,
    },
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

fn wish(retry_after: &Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| {
        format!(" and asks to wait for {} s", wait.as_secs())
    })
}

impl TransportError {
    /// Whether another try may go better.
    pub fn is_transient(&self) -> bool {
        match &self.problem {
            // Too many requests, what servers say when they are in trouble themselves, and a
            // file that became shorter than what there is of it already.
            TransportProblem::Status { status, .. } => {
                matches!(status, 408 | 416 | 425 | 429 | 500 | 502..=504)
            }
            TransportProblem::Connect(_)
            | TransportProblem::Part { .. }
            | TransportProblem::Stalled { .. }
            | TransportProblem::Cut { .. } => true,
            _ => false,
        }
    }

    /// Whether the body began and did not end, so that the rest may be asked for.
    pub(in crate::repository) fn is_interruption(&self) -> bool {
        matches!(
            self.problem,
            TransportProblem::Stalled { .. } | TransportProblem::Cut { .. }
        )
    }

    /// Whether the rest of the file is not to be had as a part.
    pub(in crate::repository) fn is_of_the_part(&self) -> bool {
        matches!(
            self.problem,
            TransportProblem::Part { .. } | TransportProblem::Status { status: 416, .. }
        )
    }

    /// How long the server asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.problem {
            TransportProblem::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the place was reached and has nothing of that name.
    pub fn is_missing(&self) -> bool {
        matches!(
            self.problem,
            TransportProblem::Missing
                | TransportProblem::Status {
                    status: 404 | 410,
                    ..
                }
        )
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match &self.problem {
            TransportProblem::Offline => "run it once without --offline, which fills the cache",
            TransportProblem::Status {
                status: 401 | 403, ..
            } => {
                "credentials are taken from the address (https://user:password@host/path), from \
                 HTTP_AUTH=basic:HOST:USER:PASSWORD and from ~/.netrc"
            }
            TransportProblem::Status { status: 407, .. } => {
                "credentials for the proxy go into its address: \
                 HTTP_PROXY=http://user:password@host:port"
            }
            TransportProblem::Status { status: 429, .. } => {
                "the server is asked too often: wait, or name another one with --mirror"
            }
            TransportProblem::Connect(_)
            | TransportProblem::Stalled { .. }
            | TransportProblem::Cut { .. }
            | TransportProblem::Status {
                status: 500..=599, ..
            } => "check the network, or name another place for the packages with --mirror",
            TransportProblem::CaFile { .. } => {
                "--ca-file and SSL_CERT_FILE name a file of certificates as PEM"
            }
            TransportProblem::Certificate(_) => {
                "name the certificate of your own authority with --ca-file; for public servers \
                 install the package ca-certificates, or use an http: mirror: what is read is \
                 verified by signatures, whatever the way it came"
            }
            TransportProblem::Setup(_) => {
                "install the package ca-certificates, or use an http: mirror: what is read is \
                 verified by signatures, whatever the way it came"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }
}
