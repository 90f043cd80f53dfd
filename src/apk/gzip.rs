//! Gzip members one by one (RFC 1952).
//!
//! Packages and indexes are rows of gzip members whose boundaries only inflating finds, and
//! what is signed and hashed are the compressed bytes; so each member is read through a
//! [`Tee`] that sees exactly the bytes that belong to it.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// A reader that hands every byte taken from it to `sink`.
pub struct Tee<R, F> {
    inner: R,
    sink: F,
}

impl<R: BufRead, F: FnMut(&[u8])> Tee<R, F> {
    /// Reads from `inner` and shows what is consumed to `sink`.
    pub fn new(inner: R, sink: F) -> Self {
        Tee { inner, sink }
    }
}

impl<R: BufRead, F: FnMut(&[u8])> BufRead for Tee<R, F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if amount > 0
            && let Ok(buffer) = self.inner.fill_buf()
        {
            (self.sink)(&buffer[..amount]);
        }
        self.inner.consume(amount);
    }
}

impl<R: BufRead, F: FnMut(&[u8])> Read for Tee<R, F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut buffer = self.fill_buf()?;
        let count = buffer.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// A reader that fails once more than `limit` bytes have come out of it.
pub struct Limited<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Limited<R> {
    /// Lets `limit` bytes through.
    pub fn new(inner: R, limit: u64) -> Self {
        Limited {
            inner,
            left: limit,
            limit,
        }
    }

    /// The reader below.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(io::Error::other(format!(
                    "it inflates to more than the {} bytes that are allowed",
                    self.limit
                )));
            }
        }
        Ok(count)
    }
}

/// A member that was read whole.
pub struct Member {
    /// The bytes as they lay in the file.
    pub compressed: Vec<u8>,
    /// The bytes that they hold.
    pub inflated: Vec<u8>,
}

/// Reads one whole member and leaves `reader` at the byte behind it.
///
/// # Errors
/// When it is no gzip, is damaged, or inflates to more than `limit` bytes.
pub fn read_member(reader: impl BufRead, limit: u64) -> io::Result<Member> {
    let mut compressed = Vec::new();
    let mut inflated = Vec::new();
    let tee = Tee::new(reader, |bytes| compressed.extend_from_slice(bytes));
    Limited::new(GzDecoder::new(tee), limit).read_to_end(&mut inflated)?;
    Ok(Member {
        compressed,
        inflated,
    })
}

/// Whether `reader` has come to its end.
///
/// # Errors
/// When reading fails.
pub fn at_end(reader: &mut impl BufRead) -> io::Result<bool> {
    Ok(reader.fill_buf()?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apk::write::gzip;

    #[test]
    fn members_are_split_at_their_boundaries() {
        let (a, b) = (gzip(b"first").unwrap(), gzip(b"second").unwrap());
        let both = [a.clone(), b.clone()].concat();
        let mut reader = both.as_slice();
        let first = read_member(&mut reader, 100).unwrap();
        assert_eq!((first.compressed, first.inflated), (a, b"first".to_vec()));
        let second = read_member(&mut reader, 100).unwrap();
        assert_eq!(
            (second.compressed, second.inflated),
            (b, b"second".to_vec())
        );
        assert!(at_end(&mut reader).unwrap());
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![0; 1 << 20]).unwrap();
        let error = read_member(bomb.as_slice(), 1000).err().unwrap();
        assert!(error.to_string().contains("more than the 1000 bytes"));
    }

    #[test]
    fn damage_and_truncation_are_errors() {
        let good = gzip(b"some content that is long enough").unwrap();
        assert!(read_member(&good[..good.len() - 1], 100).is_err());
        let mut bad = good;
        let middle = bad.len() - 6;
        bad[middle] ^= 1;
        assert!(read_member(bad.as_slice(), 100).is_err());
    }
}
