//! Gzip on several threads, with the same bytes on any number of them.
//!
//! The input is cut into chunks of a fixed size. Each is deflated on its own with the end of the
//! one before as its dictionary, and ended at a byte boundary (RFC 1951, an empty stored block),
//! so that the pieces put one after the other are one deflate stream, and one gzip member.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, sync_channel};

/// How much is deflated at a time. Part of the format: another size gives other bytes.
const CHUNK: usize = 256 << 10;
/// How far deflate looks back.
const WINDOW: usize = 32 << 10;

/// The header of a member without a time, a name, or word of the system it was made on.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Compresses what is written to it, on the threads of a pool.
pub(super) struct Gzip<'p, W: Write> {
    out: W,
    pool: &'p rayon::ThreadPool,
    level: Compression,
    chunk: Vec<u8>,
    /// The end of the chunk before.
    dictionary: Vec<u8>,
    crc: Crc,
    /// The chunks that are being deflated, the oldest first.
    pending: VecDeque<Receiver<io::Result<Vec<u8>>>>,
}

impl<'p, W: Write> Gzip<'p, W> {
    /// Begins a member of this level, 0 to 9.
    pub fn new(mut out: W, level: u32, pool: &'p rayon::ThreadPool) -> io::Result<Self> {
        out.write_all(&HEADER)?;
        Ok(Gzip {
            out,
            pool,
            level: Compression::new(level),
            chunk: Vec::with_capacity(CHUNK),
            dictionary: Vec::new(),
            crc: Crc::new(),
            pending: VecDeque::new(),
        })
    }

    /// Ends the member.
    pub fn finish(mut self) -> io::Result<W> {
        self.send(true);
        while !self.pending.is_empty() {
            self.receive()?;
        }
        self.out.write_all(&self.crc.sum().to_le_bytes())?;
        self.out.write_all(&self.crc.amount().to_le_bytes())?;
        Ok(self.out)
    }

    fn send(&mut self, last: bool) {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        let from = chunk.len().saturating_sub(WINDOW);
        let dictionary = std::mem::replace(&mut self.dictionary, chunk[from..].to_vec());
        let level = self.level;
        let (sender, receiver) = sync_channel(1);
        self.pool.spawn(move || {
            // The other end is gone only when the whole layer has failed.
            let _ = sender.send(deflate(&chunk, &dictionary, level, last));
        });
        self.pending.push_back(receiver);
    }

    fn receive(&mut self) -> io::Result<()> {
        if let Some(receiver) = self.pending.pop_front() {
            let deflated = receiver.recv().map_err(io::Error::other)??;
            self.out.write_all(&deflated)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Gzip<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK - self.chunk.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.chunk.extend_from_slice(taken);
        self.crc.update(taken);
        if self.chunk.len() == CHUNK {
            self.send(false);
            // Enough to keep every thread busy; more would only fill memory.
            if self.pending.len() > 2 * self.pool.current_num_threads() {
                self.receive()?;
            }
        }
        Ok(taken.len())
    }

    /// Chunks have a fixed size, so nothing can be flushed before its end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn deflate(chunk: &[u8], dictionary: &[u8], level: Compression, last: bool) -> io::Result<Vec<u8>> {
    let mut state = Compress::new(level, false);
    if !dictionary.is_empty() {
        state.set_dictionary(dictionary).map_err(io::Error::other)?;
    }
    let flush = match last {
        true => FlushCompress::Finish,
        false => FlushCompress::Sync,
    };
    let mut out = Vec::with_capacity(chunk.len() / 2 + 64);
    loop {
        let read = state.total_in() as usize;
        let status = state
            .compress_vec(&chunk[read..], &mut out, flush)
            .map_err(io::Error::other)?;
        let done = match last {
            true => status == Status::StreamEnd,
            // With room left, everything has been flushed.
            false => state.total_in() as usize == chunk.len() && out.len() < out.capacity(),
        };
        if done {
            return Ok(out);
        }
        out.reserve(CHUNK / 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn compressed(bytes: &[u8], threads: usize) -> Vec<u8> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut gzip = Gzip::new(Vec::new(), 6, &pool).unwrap();
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    fn inflated(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut decoder = flate2::bufread::GzDecoder::new(bytes);
        decoder.read_to_end(&mut out).unwrap();
        assert!(decoder.into_inner().is_empty());
        out
    }

    /// Text that repeats itself at a distance, some of it beyond a chunk.
    fn text(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        let words: Vec<String> = (0..500u64)
            .map(|n| format!("{:x} ", n * n * 7919))
            .collect();
        let mut out = Vec::with_capacity(length + 16);
        while out.len() < length {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            out.extend_from_slice(words[(state >> 33) as usize % words.len()].as_bytes());
        }
        out.truncate(length);
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_number_of_threads_gives_the_same_member(
            seed in any::<u64>(),
            length in prop_oneof![0usize..100, CHUNK - 2..CHUNK + 2, 0..5 * CHUNK],
            threads in 2usize..5,
        ) {
            let bytes = text(seed, length);
            let one = compressed(&bytes, 1);
            prop_assert_eq!(&compressed(&bytes, threads), &one);
            prop_assert_eq!(inflated(&one), bytes);
        }
    }

    #[test]
    fn what_does_not_compress_is_kept_whole() {
        let mut state = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            (state >> 24) as u8
        })
        .take(3 * CHUNK)
        .collect();
        assert_eq!(inflated(&compressed(&noise, 2)), noise);
    }
}
