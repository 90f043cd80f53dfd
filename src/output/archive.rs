//! An archive that is an OCI layout and a docker archive at once.
//!
//! A tar entry says its size before its content, and a blob's name is its digest; both are
//! known only once the blob is written. So room for the header is left, and it is filled in
//! afterwards: no blob is written twice.

use super::place::FilePlace;
use super::{BlobStore, OutputError, tarball};
use crate::apk::tar::{Entry, Kind, Writer};
use crate::layer::{Blob, EmitError, Hashed};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

const BLOCK: u64 = 512;

/// An archive that is being written.
#[derive(Debug)]
pub struct Archive {
    place: FilePlace,
    /// Seconds since 1970, for every entry.
    time: u64,
    /// The digests that are in it, each once.
    blobs: Vec<String>,
}

impl Archive {
    /// Begins an archive whose entries have this time.
    ///
    /// # Errors
    /// When its place cannot be taken.
    pub fn create(path: &Path, time: u64) -> Result<Archive, OutputError> {
        let mut archive = Archive {
            place: FilePlace::take(path, tarball::MAGIC)?,
            time,
            blobs: Vec::new(),
        };
        for directory in ["blobs", "blobs/sha256"] {
            let entry = archive.header(directory, Kind::Directory, 0);
            archive.append(&entry, &[])?;
        }
        Ok(archive)
    }

    fn header(&self, name: &str, kind: Kind, size: u64) -> Entry {
        let mut entry = Entry::new(name, kind);
        (entry.mtime, entry.size) = (self.time, size);
        entry
    }

    fn append(&mut self, entry: &Entry, content: &[u8]) -> Result<(), OutputError> {
        let written = Writer::new(self.place.file()).append(entry, content);
        written.map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Write {
            path: self.place.path().to_owned(),
            source,
        }
    }
}

impl BlobStore for Archive {
    fn has(&mut self, blob: &Blob) -> Result<bool, OutputError> {
        Ok(self.blobs.contains(&blob.sha256))
    }

    fn write_blob(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), EmitError>,
    ) -> Result<Blob, OutputError> {
        let mut body = || -> Result<(Blob, u64), EmitError> {
            let file = self.place.file();
            let start = file.stream_position()?;
            file.write_all(&[0; BLOCK as usize])?;
            let mut out = Hashed::new(BufWriter::with_capacity(256 << 10, file));
            write(&mut out)?;
            let (blob, out) = out.finish();
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            io::copy(&mut io::repeat(0).take(padding(blob.size)), file)?;
            Ok((blob, start))
        };
        let (blob, start) =
            body().map_err(|error| OutputError::from_emit(self.place.path(), error))?;
        let seek = |archive: &mut Archive, to| {
            let moved = archive.place.file().seek(to);
            moved.map_err(|error| archive.failed(error))
        };
        if self.blobs.contains(&blob.sha256) {
            // Two layers can be the same; the archive has each path once.
            seek(self, SeekFrom::Start(start))?;
            let truncated = self.place.file().set_len(start);
            truncated.map_err(|error| self.failed(error))?;
            return Ok(blob);
        }
        let name = format!("blobs/sha256/{}", blob.sha256);
        let mut header = Vec::new();
        let entry = self.header(&name, Kind::File, blob.size);
        Writer::new(&mut header)
            .append_header(&entry)
            .map_err(|error| self.failed(error))?;
        seek(self, SeekFrom::Start(start))?;
        let written = self.place.file().write_all(&header);
        written.map_err(|error| self.failed(error))?;
        seek(self, SeekFrom::End(0))?;
        self.blobs.push(blob.sha256.clone());
        Ok(blob)
    }

    fn write_file(&mut self, name: &str, content: &[u8]) -> Result<(), OutputError> {
        let entry = self.header(name, Kind::File, content.len() as u64);
        self.append(&entry, content)
    }

    fn finish(mut self: Box<Self>) -> Result<(), OutputError> {
        let ended = Writer::new(self.place.file()).finish().map(|_| ());
        ended.map_err(|error| self.failed(error))?;
        self.place.finish()
    }
}

/// The zeros between the end of a content and the next header.
fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}
