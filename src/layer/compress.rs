//! Compressing a layer, and the two digests that name it.

use super::emit::{EmitError, Sources, emit};
use super::plan::PlannedLayer;
use crate::apk::tar::Writer;
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// zlib's level for the layers that are written here. Level and compressor (zlib-rs) are part
/// of the promise that the same inputs give the same digest: a golden digest in the tests fails
/// when either changes.
const LEVEL: u32 = 6;

/// A content-addressed part of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blob {
    /// SHA-256 of its bytes in lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
}

/// A writer that hashes and counts what passes through it.
pub struct Hashed<W> {
    inner: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Hashed<W> {
    /// Passes on to `inner`.
    pub fn new(inner: W) -> Self {
        Hashed {
            inner,
            hash: Sha256::new(),
            size: 0,
        }
    }

    /// What has passed, and the writer below.
    pub fn finish(self) -> (Blob, W) {
        let sha256 = data_encoding::HEXLOWER.encode(&self.hash.finalize());
        let blob = Blob {
            sha256,
            size: self.size,
        };
        (blob, self.inner)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes a layer as a gzip-compressed tar to `out` and returns the blob of the *uncompressed*
/// tar, whose digest is the layer's `diff_id` (OCI image specification, config).
///
/// # Errors
/// When a content cannot be read or the output fails.
pub fn compress(
    layer: &PlannedLayer,
    sources: &Sources<'_>,
    out: &mut dyn Write,
) -> Result<Blob, EmitError> {
    let encoder = GzBuilder::new().write(out, Compression::new(LEVEL));
    // The tar comes in blocks of 512 bytes; hashing and deflating like larger ones.
    let buffered = io::BufWriter::with_capacity(128 << 10, Hashed::new(encoder));
    let mut tar = Writer::new(buffered);
    emit(layer, sources, &mut tar)?;
    let hashed = tar
        .finish()?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    let (blob, encoder) = hashed.finish();
    encoder.finish()?;
    Ok(blob)
}
