//! Outputs: one file a format. Each appears whole under its name, or not at all.

mod archive;
mod cpio;
mod folder;
mod format;
mod image;
mod layout;
mod names;
mod place;
mod root;
mod stream;
mod tarball;

pub use archive::Archive;
pub use cpio::write_cpio;
pub use folder::{Losses, write_folder};
pub use format::{Codec, Format, RootFormat};
pub use image::{
    Document, Image, LayerFacts, LayerSource, WriteLayer, WrittenLayer, write_image, write_index,
    write_layers,
};
pub use layout::LayoutFolder;
pub use names::{LayoutImage, finish_layout};
pub use place::{FilePlace, FolderPlace, Magic};
pub use root::{RootOptions, write_root};
pub use stream::Encoding;
pub use tarball::write_tarball;

use crate::layer::{Blob, EmitError};
use std::io::{self, Write};
use std::path::PathBuf;

/// Why an output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder that should hold the output cannot be written to.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder, a device or the like is in the place of the file.
    #[error("{} exists and is {what}", path.display())]
    Exists {
        /// The output.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// Reading what goes into the output failed.
    #[error(transparent)]
    Content(EmitError),
}

impl OutputError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            OutputError::Exists { .. } => {
                Some("remove it, or name another place with --output".to_owned())
            }
            OutputError::Write { path, source } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                    "make room on that disk, or name a place on another one with --output"
                        .to_owned(),
                ),
                io::ErrorKind::NotFound => {
                    let folder = path.parent()?;
                    Some(format!("is there a folder {}?", folder.display()))
                }
                io::ErrorKind::InvalidData => Some("choose another --format".to_owned()),
                _ => Some("name a place that can be written to with --output".to_owned()),
            },
            OutputError::Content(_) => None,
        }
    }

    fn from_emit(path: &std::path::Path, error: EmitError) -> OutputError {
        match error {
            EmitError::Output(source) => OutputError::Write {
                path: path.to_owned(),
                source,
            },
            other => OutputError::Content(other),
        }
    }
}

/// Takes the blobs of an image and then the documents that name them.
pub trait BlobStore {
    /// Whether the blob is there already, so that it need not be written.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn has(&mut self, _blob: &Blob) -> Result<bool, OutputError> {
        Ok(false)
    }

    /// Stores a blob that is only known once it is written.
    ///
    /// # Errors
    /// When it cannot be written, or `write` fails.
    fn write_blob(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), EmitError>,
    ) -> Result<Blob, OutputError>;

    /// Stores a file of the layout beside the blobs.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write_file(&mut self, name: &str, content: &[u8]) -> Result<(), OutputError>;

    /// Lets the finished output appear under its name.
    ///
    /// # Errors
    /// When it cannot.
    fn finish(self: Box<Self>) -> Result<(), OutputError>;
}
