//! The parts of an image by name, wherever they lie: in an archive, a folder, or the cache.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Component, Path, PathBuf};

/// Where the parts of an image lie.
pub enum Blobs {
    /// Below this folder.
    Folder(PathBuf),
    /// In this tar.
    Archive {
        /// The tar.
        file: File,
        /// Where each begins, and its bytes.
        places: HashMap<String, (u64, u64)>,
    },
    /// Each in a file of its own.
    Files(BTreeMap<String, PathBuf>),
}

/// The largest document that is read into memory.
const DOCUMENT_LIMIT: u64 = 16 << 20;

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blobs::Folder(_) => "Folder",
            Blobs::Archive { .. } => "Archive",
            Blobs::Files(_) => "Files",
        })
    }
}

impl Blobs {
    /// Opens a folder, or an archive, which is read once for the places of its members.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> io::Result<Blobs> {
        if path.is_dir() {
            return Ok(Blobs::Folder(path.to_owned()));
        }
        let file = File::open(path)?;
        let (mut places, mut links) = (HashMap::new(), Vec::new());
        for entry in tar::Archive::new(&file).entries_with_seek()? {
            let entry = entry?;
            let name = plain(&entry.path_bytes());
            match entry.header().entry_type() {
                // What docker saves has each layer once, and links to it.
                tar::EntryType::Symlink => {
                    let target = entry.link_name_bytes().unwrap_or_default().into_owned();
                    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                    let target = [folder.as_bytes(), b"/", &target].concat();
                    links.push((name, plain(&target)));
                }
                tar::EntryType::Link => {
                    let target = entry.link_name_bytes().unwrap_or_default();
                    links.push((name, plain(&target)));
                }
                _ => {
                    places.insert(name, (entry.raw_file_position(), entry.size()));
                }
            }
        }
        for (name, target) in links {
            if let Some(place) = places.get(&target).copied() {
                places.insert(name, place);
            }
        }
        Ok(Blobs::Archive { file, places })
    }

    /// Opens a part; `None` when there is none of this name.
    ///
    /// # Errors
    /// When it is there and cannot be opened.
    pub fn part(&self, name: &str) -> io::Result<Option<Part<'_>>> {
        let open = |path: &Path| match File::open(path) {
            Ok(file) => Part::of_file(file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        match self {
            Blobs::Folder(folder) => {
                let mut components = Path::new(name).components();
                if !components.all(|c| matches!(c, Component::Normal(_))) {
                    return Ok(None);
                }
                open(&folder.join(name))
            }
            Blobs::Files(files) => match files.get(name) {
                Some(path) => open(path),
                None => Ok(None),
            },
            Blobs::Archive { file, places } => Ok(places.get(name).map(|&(start, size)| Part {
                file: Opened::Shared(file),
                position: start,
                left: size,
            })),
        }
    }

    /// Reads a document; `None` when there is none of this name.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than any document.
    pub fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(part) = self.part(name)? else {
            return Ok(None);
        };
        if part.left > DOCUMENT_LIMIT {
            return Err(io::Error::other(format!(
                "{name} has {} bytes, more than any document",
                part.left
            )));
        }
        let mut bytes = Vec::new();
        part.take(DOCUMENT_LIMIT).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

/// The name of a member without `.` and `..`, which lead nowhere outside the archive.
fn plain(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A part of an image that is being read.
#[derive(Debug)]
pub struct Part<'a> {
    file: Opened<'a>,
    position: u64,
    left: u64,
}

#[derive(Debug)]
enum Opened<'a> {
    Own(File),
    Shared(&'a File),
}

impl Part<'_> {
    fn of_file(file: File) -> io::Result<Part<'static>> {
        let left = file.metadata()?.len();
        Ok(Part {
            file: Opened::Own(file),
            position: 0,
            left,
        })
    }

    /// The bytes that are left of it: all, as long as nothing was read.
    pub fn len(&self) -> u64 {
        self.left
    }

    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Passes over bytes.
    pub fn skip(&mut self, count: u64) {
        let count = count.min(self.left);
        self.position += count;
        self.left -= count;
    }
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &self.file {
            Opened::Own(file) => file,
            Opened::Shared(file) => file,
        };
        let most = usize::try_from(self.left).map_or(buffer.len(), |l| l.min(buffer.len()));
        let count = file.read_at(&mut buffer[..most], self.position)?;
        self.position += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}
