//! An OCI layout as a folder: a new one, or a further tag in one that is there.

mod merge;

use super::place::{FolderPlace, UnfinishedFolder};
use super::{BlobStore, OutputError, digest};
use crate::layer::{Blob, EmitError, Hashed};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file by which a folder is known to be a layout (OCI image specification, image layout).
const MARK: &str = "oci-layout";
/// Where the blobs lie.
const BLOBS: &str = "blobs/sha256";

/// A layout that is being written.
#[derive(Debug)]
pub struct LayoutFolder(Place);

#[derive(Debug)]
enum Place {
    New(FolderPlace),
    Existing(Existing),
}

/// A layout that is there. Until the end, what is added to it lies in a folder of its own.
#[derive(Debug)]
struct Existing {
    path: PathBuf,
    staged: UnfinishedFolder,
    /// The documents that are to be merged with those that are there.
    documents: Vec<(String, Vec<u8>)>,
}

impl LayoutFolder {
    /// Begins a layout, or an addition to the one at this place.
    ///
    /// # Errors
    /// When its place cannot be taken: something else is there, or a layout that is damaged or
    /// of another version.
    pub fn create(path: &Path) -> Result<LayoutFolder, OutputError> {
        let place = match is_layout(path)? {
            true => Place::Existing(Existing::open(path)?),
            false => Place::New(FolderPlace::take(path)?),
        };
        let layout = LayoutFolder(place);
        let made = fs::create_dir_all(layout.folder().join(BLOBS));
        made.map_err(|error| layout.failed(error))?;
        Ok(layout)
    }

    /// Where it will be.
    fn path(&self) -> &Path {
        match &self.0 {
            Place::New(place) => place.path(),
            Place::Existing(existing) => &existing.path,
        }
    }

    /// Where it is written to.
    fn folder(&self) -> &Path {
        match &self.0 {
            Place::New(place) => place.folder(),
            Place::Existing(existing) => existing.staged.path(),
        }
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Write {
            path: self.path().to_owned(),
            source,
        }
    }
}

/// Whether there is a layout of a version that is known.
fn is_layout(path: &Path) -> Result<bool, OutputError> {
    let Ok(mark) = fs::read(path.join(MARK)) else {
        return Ok(false);
    };
    let document: Value = serde_json::from_slice(&mark).unwrap_or_default();
    match &document["imageLayoutVersion"] {
        Value::String(version) if version.starts_with("1.") => Ok(true),
        found => Err(OutputError::Layout {
            path: path.to_owned(),
            problem: format!("expected imageLayoutVersion 1.0.0 in {MARK}, found {found}"),
        }),
    }
}

impl Existing {
    fn open(path: &Path) -> Result<Existing, OutputError> {
        let staged = UnfinishedFolder::make_in(path).map_err(|source| OutputError::Write {
            path: path.to_owned(),
            source,
        })?;
        let existing = Existing {
            path: path.to_owned(),
            staged,
            documents: Vec::new(),
        };
        // What is wrong with it is said before the work.
        let index = existing.read("index.json")?.unwrap_or_default();
        existing.explain(merge::check(&index))?;
        Ok(existing)
    }

    fn explain<T>(&self, result: Result<T, String>) -> Result<T, OutputError> {
        result.map_err(|problem| OutputError::Layout {
            path: self.path.clone(),
            problem,
        })
    }

    /// A document that is there.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, OutputError> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => self.explain(Err(format!("cannot read {name}: {error}"))),
        }
    }

    /// A blob that is there, or was just added.
    fn blob(&self, digest: &str) -> Option<Vec<u8>> {
        let sha256 = digest.strip_prefix("sha256:")?;
        // It may be anybody's; a path it is not to be.
        let is_name = sha256.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let path = is_name.then(|| self.path.join(BLOBS).join(sha256))?;
        fs::read(path).ok()
    }

    /// Whether it holds a blob that is whole.
    fn has(&self, blob: &Blob) -> bool {
        let open = || File::open(self.path.join(BLOBS).join(&blob.sha256)).ok();
        let found = open().and_then(|mut file| digest(&mut file).ok());
        found.as_ref() == Some(blob)
    }

    /// Puts a document in the place of the one that is there, at once.
    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let staged = self.staged.path().join(name);
        fs::write(&staged, content)?;
        fs::rename(staged, self.path.join(name))
    }

    fn finish(self) -> Result<(), OutputError> {
        let failed = |source| OutputError::Write {
            path: self.path.clone(),
            source,
        };
        // Others who add to it just now wait: each reads what the one before left.
        let mark = File::open(self.path.join(MARK)).map_err(failed)?;
        mark.lock().map_err(failed)?;
        let blobs = self.path.join(BLOBS);
        let add = || -> io::Result<()> {
            fs::create_dir_all(&blobs)?;
            for blob in fs::read_dir(self.staged.path().join(BLOBS))? {
                let blob = blob?;
                fs::rename(blob.path(), blobs.join(blob.file_name()))?;
            }
            Ok(())
        };
        add().map_err(failed)?;
        for (name, ours) in &self.documents {
            let theirs = self.read(name)?;
            let merged = match (name.as_str(), theirs) {
                ("index.json", theirs) => {
                    self.explain(merge::index(&theirs.unwrap_or_default(), ours))?
                }
                ("manifest.json", Some(theirs)) => {
                    let index = self.read("index.json")?.unwrap_or_default();
                    let read = |digest: &str| self.blob(digest);
                    match merge::docker(&theirs, ours, &index, &read) {
                        Some(merged) => merged,
                        // Not ours to repair.
                        None => continue,
                    }
                }
                // A layout of another program has no such document, and one that named ours
                // alone would hide the others.
                _ => continue,
            };
            self.replace(name, &merged).map_err(failed)?;
        }
        Ok(())
    }
}

impl BlobStore for LayoutFolder {
    fn has(&mut self, blob: &Blob) -> Result<bool, OutputError> {
        let staged = self.folder().join(BLOBS).join(&blob.sha256);
        let is_there = staged.try_exists().map_err(|error| self.failed(error))?;
        Ok(is_there || matches!(&self.0, Place::Existing(existing) if existing.has(blob)))
    }

    fn write_blob(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), EmitError>,
    ) -> Result<Blob, OutputError> {
        let blobs = self.folder().join(BLOBS);
        let part = blobs.join("part");
        let mut body = || -> Result<Blob, EmitError> {
            let file = File::create(&part)?;
            let mut out = Hashed::new(BufWriter::with_capacity(256 << 10, file));
            write(&mut out)?;
            let (blob, mut out) = out.finish();
            out.flush()?;
            fs::rename(&part, blobs.join(&blob.sha256))?;
            Ok(blob)
        };
        body().map_err(|error| OutputError::from_emit(self.path(), error))
    }

    fn write_file(&mut self, name: &str, content: &[u8]) -> Result<(), OutputError> {
        match &mut self.0 {
            Place::New(place) => {
                let written = fs::write(place.folder().join(name), content);
                written.map_err(|error| self.failed(error))
            }
            Place::Existing(existing) => {
                existing
                    .documents
                    .push((name.to_owned(), content.to_owned()));
                Ok(())
            }
        }
    }

    fn finish(self: Box<Self>) -> Result<(), OutputError> {
        match self.0 {
            Place::New(place) => place.finish(FolderPlace::usual_mode()),
            Place::Existing(existing) => existing.finish(),
        }
    }
}
