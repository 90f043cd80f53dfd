//! `http:` and `https:`: one background thread drives all connections, and bodies come out of
//! it as blocking readers.

use super::{LEAST_PROGRESS, REDIRECT_LIMIT, TransportError, TransportOptions, TransportProblem};
use crate::repository::location;
use bytes::{Buf, Bytes};
use reqwest::{Response, Url, redirect};
use std::error::Error;
use std::io::{self, Read};
use std::sync::OnceLock;
use std::time::Duration;
use std::{fmt, thread};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

/// How many pieces of a body may wait for their reader; a piece is what one read of the socket
/// gave, some kilobytes to some hundreds of them. More would only fill memory.
const PIECES_WAITING: usize = 8;

/// A request on its way to the background thread.
struct Job {
    client: reqwest::Client,
    url: Url,
    answer: oneshot::Sender<Result<Body, TransportProblem>>,
}

/// The background thread and the HTTP clients.
pub(super) struct Client {
    options: TransportOptions,
    jobs: Result<mpsc::UnboundedSender<Job>, String>,
    /// Verifies servers against the system's certificates.
    https: OnceLock<Result<reqwest::Client, String>>,
    /// Trusts no certificate at all; for `http:` on a machine that has none.
    http: OnceLock<Result<reqwest::Client, String>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(options: TransportOptions) -> Client {
        Client {
            options,
            jobs: start_thread(options).map_err(|e| format!("cannot use the network: {e}")),
            https: OnceLock::new(),
            http: OnceLock::new(),
        }
    }

    /// Sends a request and waits until its answer begins.
    pub(super) fn get(&self, url: &Url) -> Result<Body, TransportProblem> {
        let jobs = self.jobs.as_ref();
        let jobs = jobs.map_err(|e| TransportProblem::Setup(e.clone()))?;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            client: self.client(url)?,
            url: url.clone(),
            answer,
        };
        let gone = || TransportProblem::Setup("the network thread has ended".to_owned());
        jobs.send(job).map_err(|_| gone())?;
        answered.blocking_recv().map_err(|_| gone())?
    }

    fn client(&self, url: &Url) -> Result<reqwest::Client, TransportProblem> {
        let verifying = self.https.get_or_init(|| build(self.options, false));
        let client = match verifying {
            Err(_) if url.scheme() == "http" => self.http.get_or_init(|| build(self.options, true)),
            _ => verifying,
        };
        client.clone().map_err(TransportProblem::Setup)
    }
}

fn build(options: TransportOptions, without_certificates: bool) -> Result<reqwest::Client, String> {
    // An error means that a provider is there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("apkcompose/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .referer(false)
        // Trying again is done where it is known what had been asked for.
        .retry(reqwest::retry::never())
        .redirect(redirect::Policy::custom(follow));
    if !options.system_proxy {
        builder = builder.no_proxy();
    }
    if without_certificates {
        builder = builder.tls_certs_only([]);
    }
    let client = builder.build();
    client.map_err(|e| format!("cannot verify https: servers: {}", chain(&e)))
}

fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    match refusal(attempt.previous(), attempt.url()) {
        Some(reason) => attempt.error(reason),
        None => attempt.follow(),
    }
}

/// Why a redirect is not followed: only a few are, and none from https to anything less.
fn refusal(previous: &[Url], next: &Url) -> Option<String> {
    let shown = location::redact(next);
    if next.scheme() != "https" && previous.iter().any(|url| url.scheme() == "https") {
        Some(format!(
            "it redirects from https: to {shown}, which is refused"
        ))
    } else if previous.len() > REDIRECT_LIMIT {
        Some(format!(
            "it redirects more than {REDIRECT_LIMIT} times, the last time to {shown}"
        ))
    } else {
        None
    }
}

/// Starts the thread that drives all connections. It ends when the sender is dropped.
fn start_thread(options: TransportOptions) -> io::Result<mpsc::UnboundedSender<Job>> {
    let (jobs, mut queue) = mpsc::unbounded_channel::<Job>();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let run = move || {
        runtime.block_on(async {
            while let Some(job) = queue.recv().await {
                tokio::spawn(request(job, options));
            }
        });
    };
    thread::Builder::new()
        .name("network".to_owned())
        .spawn(run)?;
    Ok(jobs)
}

async fn request(job: Job, options: TransportOptions) {
    let stall = options.stall_timeout;
    let answer = match timeout(stall, job.client.get(job.url.clone()).send()).await {
        Err(_) => Err(TransportProblem::Stalled {
            received: 0,
            waited: stall,
        }),
        Ok(Err(error)) => Err(explain(error)),
        Ok(Ok(response)) if !response.status().is_success() => {
            let status = response.status();
            Err(TransportProblem::Status(
                status.as_u16(),
                status.to_string(),
            ))
        }
        Ok(Ok(response)) => {
            let (pieces, receiver) = mpsc::channel(PIECES_WAITING);
            let body = Body {
                location: location::redact(response.url()),
                length: response.content_length(),
                pieces: receiver,
                current: Bytes::new(),
                ended: false,
            };
            // The reader may have gone; then so does the answer.
            if job.answer.send(Ok(body)).is_ok() {
                pump(response, &pieces, stall).await;
            }
            return;
        }
    };
    let _ = job.answer.send(answer);
}

/// Hands the body over, piece by piece, until its end, an error, or its reader's end.
async fn pump(
    mut response: Response,
    pieces: &mpsc::Sender<Result<Bytes, TransportProblem>>,
    stall: Duration,
) {
    let expected = response.content_length();
    let mut received = 0;
    // Only waiting for the server counts, not waiting for the reader.
    let (mut waited, mut arrived) = (Duration::ZERO, 0);
    loop {
        let asked = Instant::now();
        let result = match timeout(stall.saturating_sub(waited), response.chunk()).await {
            Ok(Ok(None)) => {
                // Without this an aborted answer could pass for its end.
                let _ = pieces.send(Ok(Bytes::new())).await;
                return;
            }
            Ok(Ok(Some(piece))) => {
                received += piece.len() as u64;
                arrived += piece.len();
                waited += asked.elapsed();
                if arrived >= LEAST_PROGRESS {
                    (waited, arrived) = (Duration::ZERO, 0);
                }
                Ok(piece)
            }
            Ok(Err(error)) => Err(TransportProblem::Cut {
                received,
                expected,
                problem: chain(&error.without_url()),
            }),
            Err(_) => Err(TransportProblem::Stalled {
                received,
                waited: stall,
            }),
        };
        let ends = result.is_err();
        // An empty piece would mean the end.
        if matches!(&result, Ok(piece) if piece.is_empty()) {
            continue;
        }
        if pieces.send(result).await.is_err() || ends {
            return;
        }
    }
}

fn explain(error: reqwest::Error) -> TransportProblem {
    let error = error.without_url();
    if error.is_redirect() {
        let reason = error.source().map_or_else(|| error.to_string(), chain);
        TransportProblem::Redirect(reason)
    } else if bad_certificate(&error) {
        TransportProblem::Certificate(error.source().map_or_else(|| error.to_string(), chain))
    } else if error.is_timeout() {
        TransportProblem::Connect("it took too long".to_owned())
    } else {
        TransportProblem::Connect(error.source().map_or_else(|| error.to_string(), chain))
    }
}

/// Whether an error comes from the server's certificate.
fn bad_certificate(error: &(dyn Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An io::Error gives the source of what it wraps as its own.
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    wrapped.is_some_and(|wrapped| bad_certificate(wrapped))
        || error.source().is_some_and(bad_certificate)
}

/// An error and what it came from, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        // Some errors repeat their source.
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}

/// The body of an answer. An error of its [`Read`] holds a [`TransportError`].
#[derive(Debug)]
pub struct Body {
    location: String,
    length: Option<u64>,
    pieces: mpsc::Receiver<Result<Bytes, TransportProblem>>,
    current: Bytes,
    ended: bool,
}

impl Body {
    /// The bytes that the server announced, if it did.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; an empty one is the end.
    fn next(&mut self) -> Result<Bytes, TransportProblem> {
        self.pieces.blocking_recv().unwrap_or_else(|| {
            Err(TransportProblem::Setup(
                "the network thread has ended".to_owned(),
            ))
        })
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.current.is_empty() && !buffer.is_empty() && !self.ended {
            self.current = self.next().map_err(|problem| {
                io::Error::other(TransportError {
                    location: self.location.clone(),
                    problem,
                })
            })?;
            self.ended = self.current.is_empty();
        }
        let n = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..n]);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(urls: &[&str]) -> Vec<Url> {
        urls.iter().map(|url| Url::parse(url).unwrap()).collect()
    }

    #[test]
    fn redirects_never_leave_https() {
        let refused =
            |previous: &[&str], next: &str| refusal(&urls(previous), &Url::parse(next).unwrap());
        assert_eq!(refused(&["http://a/"], "http://b/"), None);
        assert_eq!(refused(&["http://a/"], "https://b/"), None);
        assert_eq!(refused(&["https://a/"], "https://b/"), None);
        let reason = refused(&["http://a/", "https://b/"], "http://u:secret@c/?secret").unwrap();
        assert!(reason.contains("http://c/"), "{reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }

    #[test]
    fn redirects_are_bounded() {
        let before = vec!["http://a/"; REDIRECT_LIMIT + 1];
        let next = Url::parse("http://a/").unwrap();
        assert_eq!(refusal(&urls(&before[1..]), &next), None);
        assert!(refusal(&urls(&before), &next).is_some());
    }
}
