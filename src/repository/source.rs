//! The bytes of a verified package, to be read again.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// How much is read at once.
const BUFFER: usize = 64 * 1024;

/// The bytes of a package that was verified. The file stays open, so that it is the verified one
/// which is read again even if another takes its name; any number of readers may read at a time.
///
/// A file in the user's own folder may still be written to in place, so whoever uses the bytes
/// compares the hash again, as [`read_contents`](crate::apk::package::Package::read_contents)
/// does.
#[derive(Clone, Debug)]
pub struct PackageSource(Bytes);

#[derive(Clone, Debug)]
enum Bytes {
    File(Arc<File>),
    Static(&'static [u8]),
}

impl PackageSource {
    /// Of an open file.
    pub(crate) fn file(file: File) -> PackageSource {
        PackageSource(Bytes::File(Arc::new(file)))
    }

    pub(super) fn carried(bytes: &'static [u8]) -> PackageSource {
        PackageSource(Bytes::Static(bytes))
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn length(&self) -> io::Result<u64> {
        match &self.0 {
            Bytes::File(file) => Ok(file.metadata()?.len()),
            Bytes::Static(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Reads from the byte `start` of the package file to its end.
    pub fn read_from(&self, start: u64) -> BufReader<SourceReader> {
        let reader = SourceReader {
            bytes: self.0.clone(),
            position: start,
        };
        BufReader::with_capacity(BUFFER, reader)
    }
}

/// Reads a [`PackageSource`] from one place on.
#[derive(Debug)]
pub struct SourceReader {
    bytes: Bytes,
    position: u64,
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.bytes {
            Bytes::File(file) => file.read_at(buffer, self.position)?,
            Bytes::Static(bytes) => {
                let start = usize::try_from(self.position).unwrap_or(usize::MAX);
                bytes.get(start..).unwrap_or_default().read(buffer)?
            }
        };
        self.position += count as u64;
        Ok(count)
    }
}
