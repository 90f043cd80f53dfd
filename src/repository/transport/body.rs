//! Bodies: how they come out of the background thread.

use super::{LEAST_PROGRESS, TransportError, TransportProblem, Validators, http::chain};
use bytes::{Buf, Bytes};
use reqwest::Response;
use std::io::{self, Read};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// How many pieces of a body may wait for their reader; a piece is what one read of the socket
/// gave, some kilobytes to some hundreds of them. More would only fill memory.
const PIECES_WAITING: usize = 8;

/// What is handed over; an empty piece is the end, without which an aborted answer could pass
/// for one.
type Piece = Result<Bytes, TransportProblem>;

/// The body of an answer. An error of its [`Read`] holds a [`TransportError`].
#[derive(Debug)]
pub struct Body {
    location: String,
    start: u64,
    length: Option<u64>,
    validators: Validators,
    pieces: mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

impl Body {
    /// The body of the file at `location` from byte `start` on, and where its pieces go.
    pub(super) fn new(
        location: String,
        start: u64,
        length: Option<u64>,
        validators: Validators,
    ) -> (Body, mpsc::Sender<Piece>) {
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        let body = Body {
            location,
            start,
            length,
            validators,
            pieces,
            current: Bytes::new(),
            ended: false,
        };
        (body, sender)
    }

    /// The place in the file at which it begins: 0, or what was asked for.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The bytes of the whole file that the server announced, if it did.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// What the server says to tell the file from a later one.
    pub fn validators(&self) -> &Validators {
        &self.validators
    }

    /// The next piece.
    fn next(&mut self) -> Piece {
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

/// Hands the body over, piece by piece, until its end, an error, or its reader's end. `start` is
/// the place in the file at which it begins.
pub(super) async fn pump(
    mut response: Response,
    start: u64,
    pieces: &mpsc::Sender<Piece>,
    stall: Duration,
) {
    let expected = response.content_length().map(|length| start + length);
    let mut received = start;
    // Only waiting for the server counts, not waiting for the reader.
    let (mut waited, mut arrived) = (Duration::ZERO, 0);
    loop {
        let asked = Instant::now();
        let result = match timeout(stall.saturating_sub(waited), response.chunk()).await {
            Ok(Ok(None)) => {
                // Whoever asks for the next file finds the connection free.
                drop(response);
                tokio::task::yield_now().await;
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
