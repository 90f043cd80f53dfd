//! Writing manifests: a file is there as a whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Why a file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something has its name.
    #[error("{} is there already, and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// It may not be written to.
    #[error("{} is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// The system refuses.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FileError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            FileError::Exists(_) => Some("choose another with --output".to_owned()),
            FileError::ReadOnly(path) => {
                Some(format!("allow it with: chmod u+w {}", path.display()))
            }
            _ => None,
        }
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Write {
        path: path.clone(),
        source,
    }
}

fn unfinished(path: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".apkcompose-")
        .suffix(".part")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
}

/// Writes a file that is not there yet, with the mode that the umask gives it.
///
/// # Errors
/// When something has that name, or it cannot be written; nothing is left then.
pub fn create(path: &Path, text: &str) -> Result<(), FileError> {
    let failed = failed(path);
    if path.symlink_metadata().is_ok() {
        return Err(FileError::Exists(path.to_owned()));
    }
    let mut file = unfinished(path, 0o666).map_err(&failed)?;
    file.write_all(text.as_bytes()).map_err(&failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(FileError::Exists(path.to_owned()))
        }
        Err(error) => Err(failed(error.error)),
    }
}

/// Replaces the content of a file, whose mode stays as it is; a symbolic link stays one.
///
/// # Errors
/// When it may not be written to, or cannot be; it is as it was then.
pub fn replace(path: &Path, text: &str) -> Result<(), FileError> {
    let failed = failed(path);
    let real = fs::canonicalize(path).map_err(&failed)?;
    let permissions = fs::metadata(&real).map_err(&failed)?.permissions();
    // A file can be renamed onto what may not be written to, which is hardly what its owner
    // had in mind.
    if permissions.readonly() {
        return Err(FileError::ReadOnly(path.to_owned()));
    }
    let mut file = unfinished(&real, 0o600).map_err(&failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().set_permissions(permissions))
        .map_err(&failed)?;
    file.persist(&real).map_err(|error| failed(error.error))?;
    Ok(())
}
