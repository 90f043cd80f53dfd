//! The contents of files.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the bytes of a file lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// In a package's data member.
    Package {
        /// The place of the package in the installed list.
        package: usize,
        /// The place of the entry in the package.
        entry: usize,
        /// Bytes.
        size: u64,
    },
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In a part of a file that has no name or need not keep it.
    Part(Part),
    /// In a file of this machine.
    Local {
        /// The file.
        path: PathBuf,
        /// Bytes.
        size: u64,
    },
}

impl Content {
    /// The bytes of the content.
    pub fn size(&self) -> u64 {
        match self {
            Content::Package { size, .. } | Content::Local { size, .. } => *size,
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Part(part) => part.size,
        }
    }

    /// Opens the content, unless it is in a package: those are read as a whole.
    ///
    /// # Errors
    /// When it is in a package, or a file cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Content::Package { .. } => Err(io::ErrorKind::Unsupported.into()),
            Content::Bytes(bytes) => Ok(Box::new(&**bytes)),
            Content::Part(part) => Ok(Box::new(part.reader())),
            Content::Local { path, .. } => Ok(Box::new(File::open(path)?)),
        }
    }
}

/// A part of an open file.
#[derive(Clone, Debug)]
pub struct Part {
    /// The file.
    pub file: Arc<File>,
    /// The first byte.
    pub start: u64,
    /// Bytes.
    pub size: u64,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && (self.start, self.size) == (other.start, other.size)
    }
}

impl Eq for Part {}

impl Part {
    /// Reads the part, whatever others read of the file meanwhile.
    pub fn reader(&self) -> impl Read + use<> {
        PartReader(self.clone())
    }
}

struct PartReader(Part);

impl Read for PartReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let part = &mut self.0;
        let room = usize::try_from(part.size).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let count = part.file.read_at(&mut buffer[..room], part.start)?;
        part.start += count as u64;
        part.size -= count as u64;
        Ok(count)
    }
}
