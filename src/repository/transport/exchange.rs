//! What is asked of a server beyond a file, and what it says: the requests that registries take.

use super::TransportProblem;
use super::body::{Body, pump};
use super::http::{Network, explain, gone, retry_after, validators};
use crate::repository::location;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::Url;
use reqwest::header::HeaderMap;
use std::fmt;
use std::io::{self, Read};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

pub use reqwest::{Method, header};

/// How much of a body is read and sent at once, in bytes.
const PIECE: usize = 128 << 10;

/// How many pieces may wait for the connection to take them.
const PIECES_WAITING: usize = 4;

/// A request.
pub struct Request<'a> {
    /// What is to be done.
    pub method: Method,
    /// With what.
    pub url: Url,
    /// Beside those that every request has. Mark a value that is secret as such
    /// ([`header::HeaderValue::set_sensitive`]).
    pub headers: HeaderMap,
    /// What is sent along.
    pub body: Content<'a>,
    /// How long the server may be silent once all is sent; `None`: as long as any server may
    /// stall.
    pub patience: Option<Duration>,
}

/// What is sent along with a request.
pub enum Content<'a> {
    /// Nothing.
    None,
    /// This.
    Bytes(Vec<u8>),
    /// So many bytes of what is read.
    Stream(&'a mut dyn Read, u64),
}

impl<'a> Request<'a> {
    /// A request without headers or content.
    pub fn new(method: Method, url: Url) -> Request<'a> {
        Request {
            method,
            url,
            headers: HeaderMap::new(),
            body: Content::None,
            patience: None,
        }
    }
}

/// What a server said, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status: the number, and the line that shows it.
    pub status: (u16, String),
    /// The headers.
    pub headers: HeaderMap,
    /// Where it came from, after redirects.
    pub url: Url,
    /// The rest, still to be read.
    pub body: Body,
}

impl Answer {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status.0)
    }

    /// How long the server asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers, jiff::Timestamp::now())
    }

    /// A header's value, when there is one that is text.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Network {
    /// Sends a request with all that goes with it, and waits until its answer begins.
    pub(super) fn send(&self, request: Request<'_>) -> Result<Answer, TransportProblem> {
        let client = self.client(&request.url)?;
        let prepared = client.request(request.method, request.url.clone());
        let prepared = prepared.headers(request.headers).build();
        let mut prepared = prepared.map_err(|e| explain(e, &request.url, &self.options))?;
        let (mut content, mut sent) = (None, Arc::default());
        match request.body {
            Content::None => {}
            Content::Bytes(bytes) => *prepared.body_mut() = Some(bytes.into()),
            Content::Stream(from, length) => {
                let (body, filler, taken) = outgoing(length);
                *prepared.body_mut() = Some(reqwest::Body::wrap(body));
                (content, sent) = (Some((from, filler, length)), taken);
            }
        }
        let (answer, answered) = oneshot::channel();
        let options = Arc::clone(&self.options);
        let patience = request.patience.unwrap_or(options.stall_timeout);
        let url = request.url;
        self.start(Box::pin(async move {
            let response = match exchange(client, prepared, patience, &sent).await {
                Ok(response) => response,
                Err(failure) => {
                    let problem = match failure {
                        Failure::Request(error) => explain(error, &url, &options),
                        Failure::Stalled => TransportProblem::Stalled {
                            received: 0,
                            waited: patience,
                        },
                    };
                    // Whoever asked may have gone.
                    let _ = answer.send(Err(problem));
                    return;
                }
            };
            let headers = response.headers().clone();
            let location = location::redact(response.url());
            let length = response.content_length();
            let (body, pieces) = Body::new(location, 0, length, validators(&headers));
            let status = response.status();
            let begun = Answer {
                status: (status.as_u16(), status.to_string()),
                headers,
                url: response.url().clone(),
                body,
            };
            if answer.send(Ok(begun)).is_ok() {
                pump(response, 0, &pieces, options.stall_timeout).await;
            }
        }))?;
        if let Some((from, filler, length)) = content {
            filler.fill(from, length)?;
        }
        answered.blocking_recv().map_err(|_| gone())?
    }
}

/// Why no answer came.
enum Failure {
    Request(reqwest::Error),
    Stalled,
}

/// Sends a request; the server may be silent for as long as `patience` after each piece of it.
async fn exchange(
    client: reqwest::Client,
    request: reqwest::Request,
    patience: Duration,
    sent: &AtomicU64,
) -> Result<reqwest::Response, Failure> {
    let mut response = pin!(client.execute(request));
    let mut before = 0;
    loop {
        match timeout(patience, &mut response).await {
            Ok(response) => return response.map_err(Failure::Request),
            Err(_) => {
                let now = sent.load(Ordering::Relaxed);
                if now == before {
                    return Err(Failure::Stalled);
                }
                before = now;
            }
        }
    }
}

/// A body on its way to the connection.
struct Outgoing {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
    taken: Arc<AtomicU64>,
}

/// The end at which a body is filled.
struct Filler {
    pieces: mpsc::Sender<io::Result<Bytes>>,
}

/// A body of this length, the end at which it is filled, and how much of it is taken.
fn outgoing(length: u64) -> (Outgoing, Filler, Arc<AtomicU64>) {
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    let taken = Arc::new(AtomicU64::new(0));
    let body = Outgoing {
        pieces: receiver,
        left: length,
        taken: taken.clone(),
    };
    (body, Filler { pieces: sender }, taken)
}

impl Filler {
    /// Hands over `length` bytes of what is read, until the connection wants no more of them.
    ///
    /// # Errors
    /// When they cannot be read, or there are fewer.
    fn fill(self, from: &mut dyn Read, length: u64) -> Result<(), TransportProblem> {
        let mut from = from.take(length);
        let mut left = length;
        while left > 0 {
            let mut piece = Vec::with_capacity(PIECE.min(left as usize));
            let read = (&mut from).take(PIECE as u64).read_to_end(&mut piece);
            let read = match read {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                other => other,
            };
            match read {
                Ok(count) => left -= count as u64,
                Err(error) => {
                    let same = io::Error::from(error.kind());
                    // The connection must not take this for the end.
                    let _ = self.pieces.blocking_send(Err(same));
                    return Err(TransportProblem::Io(error));
                }
            }
            if self.pieces.blocking_send(Ok(piece.into())).is_err() {
                // The server has said something before it heard all.
                break;
            }
        }
        Ok(())
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = std::task::ready!(self.pieces.poll_recv(context));
        Poll::Ready(next.map(|piece| {
            let piece = piece?;
            let count = piece.len() as u64;
            self.left = self.left.saturating_sub(count);
            self.taken.fetch_add(count, Ordering::Relaxed);
            Ok(Frame::data(piece))
        }))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = location::redact(&self.url);
        write!(f, "{} {shown}", self.method)
    }
}
