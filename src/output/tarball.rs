//! The root file system as a tar.

use super::OutputError;
use super::place::Magic;
use super::stream::{Encoding, write_stream};
use crate::apk::tar::Writer;
use crate::layer::{Blob, PlannedEntry, Sources, emit};
use std::path::Path;

/// How a tar begins: its first header is a ustar one.
pub(super) const MAGIC: Magic = Magic {
    what: "tar archive",
    at: 257,
    bytes: b"ustar",
};

/// Writes the entries of a whole root as one tar; returns digest and size of the file.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, or the disk is full.
pub fn write_tarball(
    path: &Path,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    encoding: Encoding<'_>,
) -> Result<Blob, OutputError> {
    write_stream(path, MAGIC, encoding, |out| {
        let mut tar = Writer::new(out);
        emit(entries, sources, &mut tar)?;
        tar.finish()?;
        Ok(())
    })
}
