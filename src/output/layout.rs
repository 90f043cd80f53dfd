//! An OCI layout as a folder.

use super::place::FolderPlace;
use super::{BlobStore, OutputError};
use crate::layer::{Blob, EmitError, Hashed};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A layout that is being written.
#[derive(Debug)]
pub struct LayoutFolder {
    place: FolderPlace,
}

impl LayoutFolder {
    /// Begins a layout.
    ///
    /// # Errors
    /// When its place cannot be taken.
    pub fn create(path: &Path) -> Result<LayoutFolder, OutputError> {
        let layout = LayoutFolder {
            place: FolderPlace::take(path)?,
        };
        let made = fs::create_dir_all(layout.place.folder().join("blobs/sha256"));
        made.map_err(|error| layout.failed(error))?;
        Ok(layout)
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Write {
            path: self.place.path().to_owned(),
            source,
        }
    }
}

impl BlobStore for LayoutFolder {
    fn has(&mut self, blob: &Blob) -> Result<bool, OutputError> {
        let path = self.place.folder().join("blobs/sha256").join(&blob.sha256);
        path.try_exists().map_err(|error| self.failed(error))
    }

    fn write_blob(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), EmitError>,
    ) -> Result<Blob, OutputError> {
        let blobs = self.place.folder().join("blobs/sha256");
        let part = blobs.join("part");
        let mut body = || -> Result<Blob, EmitError> {
            let file = fs::File::create(&part)?;
            let mut out = Hashed::new(BufWriter::with_capacity(256 << 10, file));
            write(&mut out)?;
            let (blob, mut out) = out.finish();
            out.flush()?;
            fs::rename(&part, blobs.join(&blob.sha256))?;
            Ok(blob)
        };
        body().map_err(|error| OutputError::from_emit(self.place.path(), error))
    }

    fn write_file(&mut self, name: &str, content: &[u8]) -> Result<(), OutputError> {
        let written = fs::write(self.place.folder().join(name), content);
        written.map_err(|error| self.failed(error))
    }

    fn finish(self: Box<Self>) -> Result<(), OutputError> {
        self.place.finish(FolderPlace::usual_mode())
    }
}
