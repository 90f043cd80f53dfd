//! What was fetched and verified once, kept for the next time.
//!
//! The layout below the cache folder, whose first part is a version that changes with it:
//!
//! ```text
//! v1/packages/<identity in hex>.apk      a package, named by its `C:` (40 digits for SHA-1)
//! v1/indexes/<sha256 of its URL>.tar.gz  an index as it came from that URL, last time
//! v1/indexes/<sha256 of its URL>.http    what the server said to tell it from a later one
//! v1/blobs/<its sha256>                  a layer that was written for an image
//! v1/records/<sha256 of all inputs>      which layers a build of these inputs made
//! v1/catalogues/<sha256 of the list of repositories>
//!                                        the names of their indexes, as they were last time
//! v1/scripts/<sha256 of all inputs>      what the scripts of these packages changed
//! v1/pushed/<its sha256>                 the repositories that a blob was pushed to
//! v1/tmp/                                what is still being written
//! v1/lock, v1/users/<process>            who uses the cache
//! ```
//!
//! A file gets its name under these folders by a rename, once all of it is there and
//! verified, so several processes may share a cache and any of them may be killed. Whoever reads
//! an entry verifies it again; nothing here is trusted for being here.

mod lock;
mod usage;

pub use lock::{CacheLock, LOCK_TIMEOUT, Use};
pub use usage::{DEFAULT_LIMIT, Removed, Usage};

use crate::apk::identity::Identity;
use crate::unfinished::{self, Note};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read, Seek as _, Write};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// The version of the layout.
const LAYOUT: &str = "v1";

/// What a process left in `tmp` when it was killed is removed once it is that old. No download
/// takes a day.
const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The cache folder of a user.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    swept: Once,
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// There is nowhere to put it.
    #[error("no cache folder: the user has no home folder")]
    NoHome,
    /// A folder or file cannot be written.
    #[error("cannot write to the cache at {}: {source}", path.display())]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others use the cache.
    #[error("the cache is in use by {} for more than {} seconds (lock {})", list(holders), waited.as_secs(), path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
        /// Who has it, as far as that is known.
        holders: Vec<String>,
        /// How long it was waited for.
        waited: Duration,
    },
}

fn list(holders: &[String]) -> String {
    match holders {
        [] => "another process".to_owned(),
        _ => holders.join(", "),
    }
}

impl CacheError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            CacheError::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "make room there, or name another folder with --cache-dir".to_owned()
            }
            CacheError::Locked { .. } => {
                "wait until it is done, or name another folder with --cache-dir".to_owned()
            }
            _ => "name a folder that can be written to with --cache-dir".to_owned(),
        })
    }
}

/// What an entry of the cache is.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A package by its identity.
    Package(Identity),
    /// An index by the URL that it comes from, without credentials.
    Index(&'a str),
    /// `ETag` and `Last-Modified` of the index that comes from this URL.
    Validators(&'a str),
    /// A layer by its SHA-256 in hexadecimal.
    Blob(&'a str),
    /// What a build made, by the SHA-256 of its inputs in hexadecimal.
    Record(&'a str),
    /// What a list of repositories held, by the SHA-256 of that list in hexadecimal.
    Catalogue(&'a str),
    /// The repositories that a blob was pushed to, by its SHA-256 in hexadecimal.
    Pushed(&'a str),
    /// What scripts did, by the SHA-256 of all that they could see in hexadecimal.
    Scripts(&'a str),
}

impl Cache {
    /// Uses the folder `root`, which is made when something is first stored.
    pub fn new(root: PathBuf) -> Cache {
        Cache {
            root,
            swept: Once::new(),
        }
    }

    /// Where the cache is when nobody says otherwise: `apkcompose` in the user's cache folder
    /// (XDG Base Directory Specification: `$XDG_CACHE_HOME`, else `~/.cache`).
    ///
    /// # Errors
    /// When the user has no home.
    pub fn default_root() -> Result<PathBuf, CacheError> {
        use etcetera::BaseStrategy;
        let base = etcetera::choose_base_strategy().map_err(|_| CacheError::NoHome)?;
        Ok(base.cache_dir().join("apkcompose"))
    }

    /// Where an entry is or would be.
    pub fn path(&self, key: Key<'_>) -> PathBuf {
        let below = match key {
            Key::Package(identity) => format!("packages/{}.apk", identity.hex()),
            Key::Index(url) => format!("indexes/{}.tar.gz", name_of(url)),
            Key::Validators(url) => format!("indexes/{}.http", name_of(url)),
            Key::Blob(sha256) => format!("blobs/{sha256}"),
            Key::Record(sha256) => format!("records/{sha256}"),
            Key::Catalogue(sha256) => format!("catalogues/{sha256}"),
            Key::Pushed(sha256) => format!("pushed/{sha256}"),
            Key::Scripts(sha256) => format!("scripts/{sha256}"),
        };
        self.layout().join(below)
    }

    /// The folder that everything lies in.
    fn layout(&self) -> PathBuf {
        self.root.join(LAYOUT)
    }

    /// Opens an entry and gives its length; `None` when there is none that can be read.
    /// Its time of change becomes the time of its last use, by which entries are removed when
    /// there are too many.
    pub fn open(&self, key: Key<'_>) -> Option<(File, u64)> {
        let opened = super::transport::open_file(&self.path(key)).ok()?;
        // Another user's cache cannot be touched, and need not be.
        let _ = opened.0.set_modified(SystemTime::now());
        Some(opened)
    }

    /// Drops an entry that turned out to be damaged. One that cannot be dropped will be replaced
    /// when it is stored again.
    pub fn discard(&self, key: Key<'_>) {
        let _ = fs::remove_file(self.path(key));
    }

    /// Begins to write an entry.
    ///
    /// # Errors
    /// When the cache cannot be written to.
    pub fn writer(&self) -> Result<CacheWriter, CacheError> {
        let folder = self.layout().join("tmp");
        self.make_folder(&folder)?;
        self.swept.call_once(|| sweep(&folder));
        let make = || {
            tempfile::Builder::new()
                .prefix("")
                .permissions(Permissions::from_mode(0o644))
                .tempfile_in(&folder)
        };
        let (file, note) =
            unfinished::make(make, |file| file.path()).map_err(|source| CacheError::Write {
                path: folder.clone(),
                source,
            })?;
        Ok(CacheWriter {
            _note: note,
            file: BufWriter::with_capacity(128 * 1024, file),
            failed: None,
        })
    }

    fn make_folder(&self, folder: &Path) -> Result<(), CacheError> {
        fs::create_dir_all(folder).map_err(|source| CacheError::Write {
            path: folder.to_owned(),
            source,
        })
    }
}

/// The name under which something of this URL is kept.
fn name_of(url: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(url.as_bytes()))
}

/// Removes what killed processes left. That this fails is not worth a word: the next run tries
/// again, and nothing depends on it.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|m| m.modified())
            .ok()
            .and_then(|t| SystemTime::now().duration_since(t).ok());
        if age.is_some_and(|age| age > LEFTOVER_AGE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// An entry that is being written. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct CacheWriter {
    file: BufWriter<NamedTempFile>,
    _note: Note,
    failed: Option<io::Error>,
}

impl CacheWriter {
    /// Makes what was written the entry `key`, in place of what there was, and returns it opened
    /// for reading at its beginning. To be called once it is known to be right.
    ///
    /// # Errors
    /// When it could not be written whole.
    pub fn keep(self, cache: &Cache, key: Key<'_>) -> Result<File, CacheError> {
        let path = cache.path(key);
        let fail = |source| CacheError::Write {
            path: path.clone(),
            source,
        };
        if let Some(error) = self.failed {
            return Err(fail(error));
        }
        if let Some(folder) = path.parent() {
            cache.make_folder(folder)?;
        }
        let file = self.file.into_inner().map_err(|e| fail(e.into_error()))?;
        let mut file = file.persist(&path).map_err(|e| fail(e.error))?;
        file.rewind().map_err(fail)?;
        Ok(file)
    }

    /// What was written so far, to be read from its beginning, and writing goes on at its end.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn written(&mut self) -> Result<impl Read + use<>, CacheError> {
        let path = self.file.get_ref().path().to_owned();
        let fail = |source| CacheError::Write { path, source };
        let flushed = self.file.flush();
        let file = flushed.and_then(|()| self.file.get_ref().as_file().try_clone());
        Ok(Written {
            file: file.map_err(fail)?,
            position: 0,
        })
    }

    /// What went wrong with writing, if something did: the reader that feeds this then saw an
    /// error that was not its own.
    pub fn take_failure(&mut self) -> Option<CacheError> {
        let path = self.file.get_ref().path().to_owned();
        let source = self.failed.take()?;
        Some(CacheError::Write { path, source })
    }

    /// Keeps the first error and gives on one of its kind.
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let same = io::Error::from(error.kind());
            // An interrupted write is tried again by the caller.
            if same.kind() != io::ErrorKind::Interrupted {
                self.failed.get_or_insert(error);
            }
            same
        })
    }
}

impl Write for CacheWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.note(result)
    }
}

/// Reads a file without moving the place at which it is written.
struct Written {
    file: File,
    position: u64,
}

impl Read for Written {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leftovers(cache: &Cache) -> usize {
        fs::read_dir(cache.root.join("v1/tmp")).unwrap().count()
    }

    #[test]
    fn an_entry_appears_when_it_is_kept_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("a/b"));
        let key = Key::Package(Identity::Sha1([7; 20]));
        let mut writer = cache.writer().unwrap();
        writer.write_all(b"content").unwrap();
        assert!(cache.open(key).is_none());
        let file = writer.keep(&cache, key).unwrap();
        assert_eq!(io::read_to_string(file).unwrap(), "content");
        assert_eq!(cache.open(key).unwrap().1, 7);
        let mode = fs::metadata(cache.path(key)).unwrap().permissions().mode();
        assert_eq!(
            mode & 0o700,
            0o600,
            "others may read it if the umask says so"
        );
        cache.discard(key);
        assert!(cache.open(key).is_none());
        drop(cache.writer().unwrap());
        assert_eq!(leftovers(&cache), 0);
    }

    #[test]
    fn the_paths_are_those_of_the_documented_layout() {
        let cache = Cache::new("/c".into());
        let package = cache.path(Key::Package(Identity::Sha1([0xab; 20])));
        let name = "ab".repeat(20);
        assert_eq!(package, PathBuf::from(format!("/c/v1/packages/{name}.apk")));
        let index = cache.path(Key::Index("http://a"));
        assert!(index.starts_with("/c/v1/indexes"));
        assert!(index.to_str().is_some_and(|s| s.ends_with(".tar.gz")));
        assert_ne!(index, cache.path(Key::Index("http://b")));
    }

    /// A writer whose disk is full.
    fn full(cache: &Cache) -> CacheWriter {
        let CacheWriter { file, _note, .. } = cache.writer().unwrap();
        let (_, path) = file.into_inner().unwrap().into_parts();
        let file = File::options().write(true).open("/dev/full").unwrap();
        CacheWriter {
            file: BufWriter::new(NamedTempFile::from_parts(file, path)),
            _note,
            failed: None,
        }
    }

    #[test]
    fn a_full_disk_is_told_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        let key = Key::Package(Identity::Sha1([7; 20]));
        // Noticed while writing.
        let mut writer = full(&cache);
        assert!(writer.write_all(&[0; 1 << 20]).is_err());
        let error = writer.take_failure().unwrap();
        assert!(error.help().unwrap().contains("make room"), "{error}");
        // Noticed while writing, told when it is to be kept.
        assert!(writer.write_all(&[0; 1 << 20]).is_err());
        let error = writer.keep(&cache, key).unwrap_err();
        assert!(error.help().unwrap().contains("make room"), "{error}");
        // Noticed with the last bytes.
        let mut writer = full(&cache);
        writer.write_all(b"few").unwrap();
        let error = writer.keep(&cache, key).unwrap_err();
        assert!(error.help().unwrap().contains("make room"), "{error}");
        assert!(cache.open(key).is_none());
        assert_eq!(leftovers(&cache), 0);
    }
}
