//! What is in a folder of this machine, in an order that depends on names alone.

use crate::manifest;
use bstr::{BString, ByteSlice};
use globset::GlobSet;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Something in the folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalEntry {
    /// Its path from the folder on, without a slash at either end.
    pub name: BString,
    /// Its path on this machine.
    pub path: PathBuf,
    /// What it is.
    pub kind: LocalKind,
}

/// What a [`LocalEntry`] is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LocalKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A symlink to this.
    Symlink(BString),
}

/// All that is in a folder but what the globs match, by path; a directory before what is in it.
///
/// # Errors
/// When something cannot be read, or is neither a file, a directory nor a symlink.
pub fn walk(folder: &Path, exclude: &[String]) -> io::Result<Vec<LocalEntry>> {
    let globs = manifest::exclusion(exclude.iter().map(String::as_str));
    let globs = globs.map_err(io::Error::other)?;
    let mut found = Vec::new();
    read(folder, &BString::default(), &globs, &mut found)?;
    Ok(found)
}

fn read(
    folder: &Path,
    above: &BString,
    globs: &GlobSet,
    found: &mut Vec<LocalEntry>,
) -> io::Result<()> {
    let failed = |path: &Path, error: &io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|error| failed(folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let mut name = above.clone();
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(entry.file_name().as_bytes());
        if globs.is_match(name.to_path_lossy()) {
            continue;
        }
        let meta = fs::symlink_metadata(&path).map_err(|error| failed(&path, &error))?;
        let kind = if meta.is_dir() {
            LocalKind::Directory
        } else if meta.is_file() {
            LocalKind::File {
                size: meta.len(),
                executable: meta.permissions().mode() & 0o100 != 0,
            }
        } else if meta.is_symlink() {
            let target = fs::read_link(&path).map_err(|error| failed(&path, &error))?;
            LocalKind::Symlink(target.as_os_str().as_bytes().into())
        } else {
            let message = "it is neither a file, a folder nor a symlink";
            return Err(failed(&path, &io::Error::other(message)));
        };
        let is_directory = kind == LocalKind::Directory;
        found.push(LocalEntry {
            name: name.clone(),
            path: path.clone(),
            kind,
        });
        if is_directory {
            read(&path, &name, globs, found)?;
        }
    }
    Ok(())
}
