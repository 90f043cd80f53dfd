//! Compressing a layer, and the two digests that name it.

use super::emit::{EmitError, Sources, emit, is_whiteout};
use super::gzip::Gzip;
use super::plan::PlannedEntry;
use crate::apk::tar::Writer;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use zstd::zstd_safe::CParameter;

/// How the layers that are written here are compressed. Levels and compressors (zlib-rs, zstd)
/// are part of the promise that the same inputs give the same digest: a golden digest in the
/// tests fails when one changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Gzip of this level, 0 to 9; every client takes it.
    Gzip(u32),
    /// Zstandard of this level, 1 to 22; docker takes it since 23.0.
    Zstd(i32),
}

impl Compression {
    /// Gzip's level where nobody says another: beyond it, time doubles for a hundredth less.
    pub const GZIP_LEVEL: u32 = 6;
    /// Zstandard's own default.
    pub const ZSTD_LEVEL: i32 = 3;

    /// The media type of a layer that is compressed so.
    pub fn media_type(self) -> &'static str {
        match self {
            Compression::Gzip(_) => crate::image::LAYER_TYPE,
            Compression::Zstd(_) => crate::image::ZSTD_LAYER_TYPE,
        }
    }
}

/// What a worker of zstd takes at a time, in bytes. Part of the format: another size gives other
/// bytes. Zstd's own choice, four times as far as it looks back, has several of 8 MiB in memory
/// for each worker.
const ZSTD_JOB: u32 = 1 << 20;
/// The most workers of zstd. Each has its own tables, so memory grows with them; four compress
/// faster than packages are inflated.
const ZSTD_WORKERS: u32 = 4;
/// The highest level of zstd whose workers are small enough to have several.
const ZSTD_LIGHT: i32 = 9;

impl Default for Compression {
    fn default() -> Self {
        Compression::Gzip(Self::GZIP_LEVEL)
    }
}

/// A content-addressed part of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blob {
    /// SHA-256 of its bytes in lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
}

impl Blob {
    /// `sha256:` and the digest.
    pub fn digest(&self) -> String {
        format!("sha256:{}", self.sha256)
    }
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

/// Writes entries as a compressed tar to `out` and returns the digest and size of the
/// *uncompressed* tar, the layer's `diff_id` (OCI image specification, config).
///
/// # Errors
/// When a content cannot be read, the output fails, or clients would take a path for a deletion.
pub fn compress(
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    compression: Compression,
    pool: &rayon::ThreadPool,
    out: &mut dyn Write,
) -> Result<Blob, EmitError> {
    if let Some(entry) = entries.iter().find(|entry| is_whiteout(&entry.path)) {
        return Err(EmitError::Whiteout(entry.path.clone()));
    }
    let encoder = Encoder::new(out, Some(compression), pool)?;
    // The tar comes in blocks of 512 bytes; hashing and deflating like larger ones.
    let buffered = io::BufWriter::with_capacity(128 << 10, Hashed::new(encoder));
    let mut tar = Writer::new(buffered);
    emit(entries, sources, &mut tar)?;
    let hashed = tar
        .finish()?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    let (blob, encoder) = hashed.finish();
    encoder.finish()?;
    Ok(blob)
}

/// Compresses what is written to it, with the same bytes on any number of threads.
pub struct Encoder<'p, W: Write>(Encoding<'p, W>);

enum Encoding<'p, W: Write> {
    Plain(W),
    Gzip(Gzip<'p, W>),
    Zstd(zstd::Encoder<'static, W>),
}

impl<'p, W: Write> Encoder<'p, W> {
    /// Compresses into `out`, on the threads of `pool`; without a compression, bytes pass as
    /// they are.
    ///
    /// # Errors
    /// When the output fails.
    pub fn new(
        out: W,
        compression: Option<Compression>,
        pool: &'p rayon::ThreadPool,
    ) -> io::Result<Self> {
        Ok(Encoder(match compression {
            None => Encoding::Plain(out),
            Some(Compression::Gzip(level)) => Encoding::Gzip(Gzip::new(out, level, pool)?),
            Some(Compression::Zstd(level)) => {
                let mut encoder = zstd::Encoder::new(out, level)?;
                // Any number of workers gives the same bytes, but no workers at all gives others.
                let workers = u32::try_from(pool.current_num_threads()).unwrap_or(1);
                let most = if level > ZSTD_LIGHT { 1 } else { ZSTD_WORKERS };
                encoder.multithread(workers.clamp(1, most))?;
                encoder.set_parameter(CParameter::JobSize(ZSTD_JOB))?;
                encoder.include_checksum(true)?;
                Encoding::Zstd(encoder)
            }
        }))
    }

    /// Ends the compressed stream, and returns the output.
    ///
    /// # Errors
    /// When the output fails.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Encoding::Plain(out) => Ok(out),
            Encoding::Gzip(gzip) => gzip.finish(),
            Encoding::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Encoding::Plain(out) => out.write(bytes),
            Encoding::Gzip(gzip) => gzip.write(bytes),
            Encoding::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Encoding::Plain(out) => out.flush(),
            Encoding::Gzip(gzip) => gzip.flush(),
            Encoding::Zstd(encoder) => encoder.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::whole;
    use crate::progress::Silent;
    use crate::rootfs::{Node, Tree};

    fn compressed(content: &[u8], compression: Compression, threads: usize) -> Vec<u8> {
        let mut tree = Tree::default();
        tree.put(b"file", Node::file(content)).unwrap();
        let sources = Sources {
            tree: &tree,
            packages: &[],
            time: 0,
            progress: &Silent,
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut out = Vec::new();
        compress(&whole(&tree), &sources, compression, &pool, &mut out).unwrap();
        out
    }

    #[test]
    fn any_number_of_threads_gives_the_same_layer() {
        let content: Vec<u8> = (0..3_u32 << 18)
            .flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 20).to_le_bytes())
            .collect();
        for compression in [
            Compression::Zstd(3),
            Compression::Zstd(10),
            Compression::default(),
        ] {
            let one = compressed(&content, compression, 1);
            for threads in [2, 5] {
                let again = compressed(&content, compression, threads);
                assert!(again == one, "{compression:?} on {threads} threads");
            }
        }
    }
}
