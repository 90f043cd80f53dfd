//! Outputs: one file a format. Each appears whole under its name, or not at all.

mod archive;
mod folder;
mod image;
mod layout;
mod place;
mod tarball;

pub use archive::Archive;
pub use folder::{Losses, write_folder};
pub use image::{Image, LayerSource, WriteLayer, WrittenLayer, finish_image, write_layers};
pub use layout::LayoutFolder;
pub use place::{FilePlace, FolderPlace};
pub use tarball::write_tarball;

use crate::layer::{Blob, EmitError};
use std::io::{self, Write};
use std::path::PathBuf;

/// What a build writes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Format {
    /// One file that is an OCI layout and a docker archive at once.
    #[default]
    Archive,
    /// An OCI layout as a folder.
    Oci,
    /// The root file system as a folder.
    Rootfs,
    /// The root file system as a tar.
    Tar,
}

impl Format {
    /// What is appended to an image's name to make the name of its output.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Archive => ".tar",
            Format::Oci => ".oci",
            Format::Rootfs => ".rootfs",
            Format::Tar => ".rootfs.tar",
        }
    }
}

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
        what: &'static str,
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
