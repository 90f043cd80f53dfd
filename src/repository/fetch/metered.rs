//! A reader that watches what passes: it counts, limits, copies to the cache, and remembers
//! what failed, since the readers of packages above it only tell that reading did.

use crate::progress::{Progress, Stage};
use crate::repository::cache::CacheWriter;
use crate::repository::transport::TransportError;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// What made a [`Metered`] fail, as far as it is not the fault of what is read.
#[derive(Debug)]
pub(super) enum Failure {
    /// The network.
    Transport(TransportError),
    /// The disk that is read from.
    Read(io::Error),
    /// The cache that is written to; its writer knows more.
    Cache,
    /// There are more bytes than there may be.
    TooLong,
    /// Another thread failed.
    Cancelled,
}

pub(super) struct Metered<'a> {
    pub(super) inner: &'a mut dyn Read,
    /// Gets a copy of all that passes.
    pub(super) copy: Option<&'a mut CacheWriter>,
    /// So many bytes at the beginning are in the copy already. No read goes beyond their end
    /// when it begins before it.
    pub(super) copied: u64,
    /// The most bytes that may pass.
    pub(super) limit: Option<u64>,
    pub(super) progress: &'a dyn Progress,
    pub(super) cancelled: &'a AtomicBool,
    /// Gets all that passes, too.
    pub(super) hash: Option<Sha256>,
    pub(super) seen: Seen,
}

/// What has been seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The bytes that passed.
    pub(super) count: u64,
    /// Whether the end was reached.
    pub(super) ended: bool,
    /// Whether it begins as HTML does and gzip does not.
    pub(super) html: bool,
    /// Why reading failed.
    pub(super) failure: Option<Failure>,
}

/// Whether a file that begins so is a web page, such as an error page sent with a status of
/// success.
pub(super) fn looks_like_html(start: &[u8]) -> bool {
    start.trim_ascii_start().starts_with(b"<")
}

impl Metered<'_> {
    fn pass(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        let count = loop {
            match self.inner.read(buffer) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(match error.downcast::<TransportError>() {
                        Ok(error) => Failure::Transport(error),
                        Err(error) => Failure::Read(error),
                    });
                }
            }
        };
        let bytes = &buffer[..count];
        if self.seen.count == 0 {
            self.seen.html = looks_like_html(bytes);
        }
        self.seen.count += count as u64;
        self.seen.ended |= count == 0;
        self.progress.advance(Stage::Packages, 0, count as i64);
        if self.limit.is_some_and(|limit| self.seen.count > limit) {
            return Err(Failure::TooLong);
        }
        if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        }
        if let Some(copy) = &mut self.copy
            && self.seen.count > self.copied
        {
            copy.write_all(bytes).map_err(|_| Failure::Cache)?;
        }
        Ok(count)
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.pass(buffer).map_err(|failure| {
            self.seen.failure = Some(failure);
            io::Error::other("it cannot be read to its end")
        })
    }
}
