//! A file that is written front to back, compressed or not.

use super::OutputError;
use super::place::{FilePlace, Magic};
use crate::layer::{Blob, Compression, EmitError, Encoder, Hashed};
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::Path;

/// How a stream is compressed, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Encoding<'p> {
    /// `None`: not at all.
    pub compression: Option<Compression>,
    /// The threads that compress.
    pub pool: &'p rayon::ThreadPool,
}

/// The marks that compressed files begin with.
const GZIP: Magic = Magic {
    what: "gzip file",
    at: 0,
    bytes: b"\x1f\x8b",
};
const ZSTD: Magic = Magic {
    what: "Zstandard file",
    at: 0,
    bytes: b"\x28\xb5\x2f\xfd",
};

/// Writes a file through `write`, whose bytes begin with `plain`; returns digest and size of the
/// file.
pub(super) fn write_stream(
    path: &Path,
    plain: Magic,
    encoding: Encoding<'_>,
    write: impl FnOnce(&mut dyn Write) -> Result<(), EmitError>,
) -> Result<Blob, OutputError> {
    let magic = match encoding.compression {
        None => plain,
        Some(Compression::Gzip(_)) => GZIP,
        Some(Compression::Zstd(_)) => ZSTD,
    };
    let mut place = FilePlace::take(path, magic)?;
    let body = || -> Result<Blob, EmitError> {
        let file = BufWriter::with_capacity(256 << 10, Hashed::new(place.file()));
        let encoder = Encoder::new(file, encoding.compression, encoding.pool)?;
        // Archives come in small pieces; compressors like larger ones.
        let mut out = BufWriter::with_capacity(128 << 10, encoder);
        write(&mut out)?;
        let encoder = out.into_inner().map_err(IntoInnerError::into_error)?;
        let file = encoder.finish()?;
        let hashed = file.into_inner().map_err(IntoInnerError::into_error)?;
        Ok(hashed.finish().0)
    };
    let blob = body().map_err(|error| OutputError::from_emit(path, error))?;
    place.finish()?;
    Ok(blob)
}
