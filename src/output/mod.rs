//! Outputs: one file a format. Each appears whole under its name, or not at all.

mod archive;
mod cpio;
mod erofs;
mod folder;
mod format;
mod image;
mod layout;
mod names;
mod place;
mod root;
mod squashfs;
mod stream;
mod tarball;

pub use archive::Archive;
pub use cpio::write_cpio;
pub use erofs::write_erofs;
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
pub use squashfs::write_squashfs;
pub use stream::Encoding;
pub use tarball::write_tarball;

use crate::layer::{Blob, EmitError, Hashed};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
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
    /// An OCI layout is in the place of the output and nothing can be added to it.
    #[error("{} is an OCI layout that nothing can be added to: {problem}", path.display())]
    Layout {
        /// The layout.
        path: PathBuf,
        /// What was expected and found.
        problem: String,
    },
    /// A program that writes the format is not installed.
    #[error("cannot start {program}, which writes this format: {source}")]
    NoProgram {
        /// The program.
        program: &'static str,
        /// The package of Debian and Alpine that has it.
        package: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A program that writes the format failed.
    #[error("{program} failed with {status}: {said}")]
    Program {
        /// The program.
        program: &'static str,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of what it said.
        said: String,
        /// What it needs.
        help: &'static str,
    },
    /// Reading what goes into the output failed.
    #[error(transparent)]
    Content(EmitError),
}

impl OutputError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            OutputError::Exists { .. } | OutputError::Layout { .. } => {
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
            OutputError::NoProgram {
                package, program, ..
            } => Some(format!(
                "install {program}: apt install {package}, or apk add {package}; or choose \
                 another --format"
            )),
            OutputError::Program { help, .. } => Some((*help).to_owned()),
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

/// Digest and size of a file.
fn digest(file: &mut File) -> io::Result<Blob> {
    file.rewind()?;
    let mut hashed = Hashed::new(io::sink());
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hashed.finish().0),
            count => hashed.write_all(&buffer[..count])?,
        }
    }
}
