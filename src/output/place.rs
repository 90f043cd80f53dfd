//! The place of an output: taken at the beginning, filled without a name or under another one,
//! which becomes the right one at the end.

use super::OutputError;
use crate::unfinished::{self, Note};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

/// A file that is to appear.
#[derive(Debug)]
pub struct FilePlace {
    path: PathBuf,
    file: Unfinished,
}

/// A file that is still being written.
#[derive(Debug)]
enum Unfinished {
    /// It has no name, so that nothing is left of it however this program ends.
    Nameless(File),
    /// For file systems that know no files without a name.
    Named(NamedTempFile, Note),
}

/// How a file begins, by which one that may be replaced is known.
#[derive(Clone, Copy, Debug)]
pub struct Magic {
    /// What files that begin so are called.
    pub what: &'static str,
    /// The first byte of the mark.
    pub at: usize,
    /// The mark.
    pub bytes: &'static [u8],
}

/// A folder that is to appear.
#[derive(Debug)]
pub struct FolderPlace {
    path: PathBuf,
    folder: UnfinishedFolder,
}

/// A folder under another name, which goes when nobody keeps it.
#[derive(Debug)]
pub(super) struct UnfinishedFolder {
    folder: TempDir,
    _note: Note,
    /// Tells others that somebody works here, as long as it is open.
    _lock: File,
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    move |source| OutputError::Write {
        path,
        source: plain(source),
    }
}

/// What the system said, without the name of a file that only has one while it is written.
fn plain(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said.to_owned()),
        None => error,
    }
}

/// The folder that holds `path`.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// How a file without special wishes is created here: 0666 without the bits of the umask.
fn usual_mode() -> u32 {
    // There is no way to ask for the umask but to set it, which other threads would notice;
    // /proc tells it.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status
        .lines()
        .find_map(|line| u32::from_str_radix(line.strip_prefix("Umask:")?.trim(), 8).ok());
    0o666 & !umask.unwrap_or(0o022)
}

impl FilePlace {
    /// Takes the place of a file. One of the same format that is there will be replaced at the
    /// end; anything else was hardly meant to be.
    ///
    /// # Errors
    /// When something else is there, or the folder cannot be written to.
    pub fn take(path: &Path, magic: Magic) -> Result<FilePlace, OutputError> {
        let exists = |what| {
            Err(OutputError::Exists {
                path: path.to_owned(),
                what,
            })
        };
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return exists("a folder".to_owned()),
            Ok(found) if !found.is_file() => return exists("no regular file".to_owned()),
            Ok(found) if found.len() > 0 && !magic.begins(path).map_err(write_error(path))? => {
                return exists(format!("no {}, so it is not replaced", magic.what));
            }
            _ => {}
        }
        let file = match nameless_in(parent(path)) {
            Some(file) => Unfinished::Nameless(file),
            None => {
                let make = || unfinished_name().tempfile_in(parent(path));
                let (file, note) =
                    unfinished::make(make, |file| file.path()).map_err(write_error(path))?;
                Unfinished::Named(file, note)
            }
        };
        Ok(FilePlace {
            path: path.to_owned(),
            file,
        })
    }

    /// The name under which the file will appear.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        match &mut self.file {
            Unfinished::Nameless(file) => file,
            Unfinished::Named(file, _) => file.as_file_mut(),
        }
    }

    /// Lets the file appear.
    ///
    /// # Errors
    /// When it cannot be renamed; then nothing is left.
    pub fn finish(self) -> Result<(), OutputError> {
        let FilePlace { path, file } = self;
        let finish = || {
            let (named, _note) = match file {
                Unfinished::Nameless(file) => {
                    if give_name(&file, &path)? {
                        return Ok(());
                    }
                    // A name that exists cannot be given away, but a file can be renamed to it.
                    let make = |name: &Path| match give_name(&file, name)? {
                        true => file.try_clone(),
                        false => Err(io::ErrorKind::AlreadyExists.into()),
                    };
                    let make = || unfinished_name().make_in(parent(&path), make);
                    unfinished::make(make, |file| file.path())?
                }
                Unfinished::Named(file, note) => (file, note),
            };
            let mode = Permissions::from_mode(usual_mode());
            named.as_file().set_permissions(mode)?;
            named.persist(&path)?;
            Ok(())
        };
        finish().map_err(|error: io::Error| write_error(&path)(error))
    }
}

/// How unfinished files and folders are called, with something of chance in between.
const PREFIX: &str = ".apkcompose-";
const SUFFIX: &str = ".part";

fn unfinished_name() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
}

/// How long nothing has happened in an unfinished folder before it may count as abandoned: longer
/// than it takes from making one to locking it.
const ABANDONED_AGE: Duration = Duration::from_secs(10);

/// Removes the unfinished folders of programs that were killed. Those of others that are at work
/// are locked. That one cannot be removed is of no account.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        // Not following symlinks.
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(lock) = File::open(entry.path()) else {
            continue;
        };
        let age = lock.metadata().and_then(|found| found.modified());
        let age = age.ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age >= ABANDONED_AGE) && lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes a file without a name that can be given one, if there is such a thing in this folder.
fn nameless_in(folder: &Path) -> Option<File> {
    // Its name is given through /proc.
    if !Path::new("/proc/self/fd").exists() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o666);
    let file = rustix::fs::open(folder, flags, mode).ok()?;
    Some(file.into())
}

/// Gives a file without a name this one; `false` when something has it.
fn give_name(file: &File, path: &Path) -> io::Result<bool> {
    let from = format!("/proc/self/fd/{}", file.as_raw_fd());
    match rustix::fs::linkat(CWD, from, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl Magic {
    /// Whether the file begins so.
    fn begins(&self, path: &Path) -> io::Result<bool> {
        let mut found = vec![0; self.at + self.bytes.len()];
        let mut file = File::open(path)?;
        Ok(file.read_exact(&mut found).is_ok() && &found[self.at..] == self.bytes)
    }
}

impl UnfinishedFolder {
    /// Makes one in a folder, and removes those that killed programs left there.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn make_in(parent: &Path) -> io::Result<UnfinishedFolder> {
        remove_abandoned(parent);
        let make = || unfinished_name().tempdir_in(parent);
        let (folder, note) = unfinished::make(make, |folder| folder.path())?;
        let lock = File::open(folder.path())?;
        // Where there are no locks, nobody takes it for abandoned either.
        let _ = lock.try_lock();
        Ok(UnfinishedFolder {
            folder,
            _note: note,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Has it stay, or what has its name by now.
    fn keep(self) {
        let _ = self.folder.keep();
    }
}

impl FolderPlace {
    /// Takes the place of a folder, which may exist if it is empty.
    ///
    /// # Errors
    /// When something is there, or the folder above cannot be written to.
    pub fn take(path: &Path) -> Result<FolderPlace, OutputError> {
        let exists = |what| OutputError::Exists {
            path: path.to_owned(),
            what,
        };
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => {
                let mut entries = fs::read_dir(path).map_err(write_error(path))?;
                if entries.next().is_some() {
                    return Err(exists("a folder that is not empty".to_owned()));
                }
            }
            Ok(_) => return Err(exists("no folder".to_owned())),
            Err(_) => {}
        }
        let folder = UnfinishedFolder::make_in(parent(path)).map_err(write_error(path))?;
        Ok(FolderPlace {
            path: path.to_owned(),
            folder,
        })
    }

    /// The name under which the folder will appear.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder to write to.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets the folder appear, with this mode.
    ///
    /// # Errors
    /// When it cannot be renamed; then nothing is left.
    pub fn finish(self, mode: u32) -> Result<(), OutputError> {
        let FolderPlace { path, folder } = self;
        // Onto an empty folder a rename works as well.
        fs::set_permissions(folder.path(), Permissions::from_mode(mode))
            .and_then(|()| fs::rename(folder.path(), &path))
            .map_err(write_error(&path))?;
        // What the guard would remove has another name now.
        folder.keep();
        Ok(())
    }

    /// The mode of a folder that is nothing special: 0777 without the bits of the umask.
    pub fn usual_mode() -> u32 {
        usual_mode() | (usual_mode() & 0o444) >> 2
    }
}
