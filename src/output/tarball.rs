//! The root file system as a plain tar.

use super::OutputError;
use super::place::FilePlace;
use crate::apk::tar::Writer;
use crate::layer::{Blob, EmitError, Hashed, PlannedEntry, Sources, emit};
use std::io::{BufWriter, IntoInnerError};
use std::path::Path;

/// Writes the entries of a whole root as one tar; returns its digest and size.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, or the disk is full.
pub fn write_tarball(
    path: &Path,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
) -> Result<Blob, OutputError> {
    let mut place = FilePlace::take(path)?;
    let mut body = || -> Result<Blob, EmitError> {
        let out = BufWriter::with_capacity(256 << 10, Hashed::new(place.file()));
        let mut tar = Writer::new(out);
        emit(entries, sources, &mut tar)?;
        let out = tar.finish()?;
        let hashed = out.into_inner().map_err(IntoInnerError::into_error)?;
        Ok(hashed.finish().0)
    };
    let blob = body().map_err(|error| OutputError::from_emit(path, error))?;
    place.finish()?;
    Ok(blob)
}
