//! The files of an image's archive or folder, by name.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Component, Path, PathBuf};

/// Where the parts of an image lie.
pub(super) enum Blobs {
    Folder(PathBuf),
    Archive {
        file: File,
        /// Where each begins, and its bytes.
        places: HashMap<String, (u64, u64)>,
    },
}

/// The largest document that is read into memory.
const DOCUMENT_LIMIT: u64 = 16 << 20;

impl Blobs {
    pub fn open(path: &Path) -> io::Result<Blobs> {
        if path.is_dir() {
            return Ok(Blobs::Folder(path.to_owned()));
        }
        let file = File::open(path)?;
        let mut places = HashMap::new();
        for entry in tar::Archive::new(&file).entries_with_seek()? {
            let entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let place = (entry.raw_file_position(), entry.size());
            places.insert(name.trim_start_matches("./").to_owned(), place);
        }
        Ok(Blobs::Archive { file, places })
    }

    /// Opens a part; `None` when there is none of this name.
    pub fn part(&self, name: &str) -> io::Result<Option<Part<'_>>> {
        match self {
            Blobs::Folder(folder) => {
                let mut components = Path::new(name).components();
                if !components.all(|c| matches!(c, Component::Normal(_))) {
                    return Ok(None);
                }
                match File::open(folder.join(name)) {
                    Ok(file) => Ok(Some(Part::File(file))),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            }
            Blobs::Archive { file, places } => {
                Ok(places.get(name).map(|&(start, size)| Part::Stretch {
                    file,
                    position: start,
                    left: size,
                }))
            }
        }
    }

    /// A JSON document; `None` when there is none of this name.
    pub fn document(&self, name: &str) -> io::Result<Option<serde_json::Value>> {
        let Some(part) = self.part(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        part.take(DOCUMENT_LIMIT).read_to_end(&mut bytes)?;
        Ok(Some(serde_json::from_slice(&bytes)?))
    }
}

/// A part of an image that is being read.
pub(crate) enum Part<'a> {
    File(File),
    Stretch {
        file: &'a File,
        position: u64,
        left: u64,
    },
}

impl Part<'_> {
    /// Its bytes.
    pub fn len(&self) -> io::Result<u64> {
        match self {
            Part::File(file) => Ok(file.metadata()?.len()),
            Part::Stretch { left, .. } => Ok(*left),
        }
    }
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Part::File(file) => file.read(buffer),
            Part::Stretch {
                file,
                position,
                left,
            } => {
                let most = usize::try_from(*left).map_or(buffer.len(), |l| l.min(buffer.len()));
                let count = file.read_at(&mut buffer[..most], *position)?;
                *position += count as u64;
                *left -= count as u64;
                Ok(count)
            }
        }
    }
}
