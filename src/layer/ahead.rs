//! Layers that are compressed before it is their turn.
//!
//! A store takes one layer after the other, and most of them are copies, which leaves the other
//! processors idle. So layers that have to be compressed are begun at once, and what comes of
//! them waits in memory, as long as there is room, until it can be written.

use super::compress::{Compression, compress};
use super::emit::{EmitError, Sources};
use super::plan::PlannedEntry;
use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

/// How many bytes are handed over at a time.
const PIECE: usize = 256 << 10;
/// How many pieces may wait: 16 MiB.
const ROOM: usize = 64;

/// Layers that are being compressed, to be had in their order.
#[derive(Debug)]
pub struct Ahead(Receiver<Piece>);

#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    /// The layer is complete; the SHA-256 of the tar in it, in hexadecimal.
    End(Result<String, EmitError>),
}

/// Begins to compress layers in a thread of its own. With one thread to compress on, it goes no
/// further ahead than it must.
pub fn compress_ahead<'scope, 'a: 'scope>(
    scope: &'scope Scope<'scope, '_>,
    layers: Vec<&'a [PlannedEntry]>,
    sources: Sources<'a>,
    compression: Compression,
    pool: &'a rayon::ThreadPool,
) -> Ahead {
    let room = if pool.current_num_threads() > 1 {
        ROOM
    } else {
        0
    };
    let (sender, receiver) = sync_channel(room);
    scope.spawn(move || {
        for entries in layers {
            let mut pieces = Pieces {
                sender: &sender,
                piece: Vec::with_capacity(PIECE),
            };
            let tar = compress(entries, &sources, compression, pool, &mut pieces);
            let ended = tar.and_then(|tar| {
                pieces.flush()?;
                Ok(tar.sha256)
            });
            let failed = ended.is_err();
            // Nobody takes it when writing has failed, and then nobody wants the others.
            if sender.send(Piece::End(ended)).is_err() || failed {
                return;
            }
        }
    });
    Ahead(receiver)
}

impl Ahead {
    /// Writes the next layer and returns the SHA-256 of the tar in it, in hexadecimal.
    ///
    /// # Errors
    /// When a content could not be read or the output fails.
    pub fn write_next(&self, out: &mut dyn Write) -> Result<String, EmitError> {
        loop {
            match self.0.recv() {
                Ok(Piece::Bytes(bytes)) => out.write_all(&bytes)?,
                Ok(Piece::End(ended)) => return ended,
                Err(_) => return Err(EmitError::Gone),
            }
        }
    }
}

/// Sends what is written to it.
struct Pieces<'a> {
    sender: &'a SyncSender<Piece>,
    piece: Vec<u8>,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..count]);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let sent = self.sender.send(Piece::Bytes(piece));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
