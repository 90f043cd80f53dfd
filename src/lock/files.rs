//! Files that appear under their names when they are whole and right.

use super::{LockedPackage, Sha256, VendorError};
use crate::error::Error;
use crate::repository::FetchedPackage;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256 as Hash};
use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::NamedTempFile;

/// Whether the file is there and has this hash and size.
pub(super) fn is_right(path: &Path, (sha256, size): (Sha256, u64)) -> bool {
    let Ok(mut file) = File::open(path) else {
        return false;
    };
    if !file
        .metadata()
        .is_ok_and(|m| m.is_file() && m.len() == size)
    {
        return false;
    }
    let mut hash = Hashing(Hash::new(), io::sink());
    io::copy(&mut file, &mut hash).is_ok() && hash.0.finalize()[..] == sha256
}

/// Hashes what is written through it.
struct Hashing<W>(Hash, W);

impl<W: io::Write> io::Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.1.write(bytes)?;
        self.0.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

/// A file that appears under its name when it is whole.
pub(super) fn new_file(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    tempfile::Builder::new()
        .prefix(".apkcompose-")
        .suffix(".part")
        // As any other file of the user: the umask takes away what it should.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

/// Copies a verified package, and verifies the copy.
pub(super) fn copy(
    fetched: &FetchedPackage,
    package: &LockedPackage,
    path: &Path,
) -> Result<(), Error> {
    let write_error = |source| VendorError::Write {
        path: path.to_owned(),
        source,
    };
    let file = new_file(path).map_err(write_error)?;
    let mut out = Hashing(Hash::new(), file);
    let mut reader = fetched.source.read_from(0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = reader
            .read(&mut buffer)
            .map_err(|source| VendorError::Read {
                name: package.full_name(),
                source,
            })?;
        if count == 0 {
            break;
        }
        out.write_all(&buffer[..count]).map_err(write_error)?;
    }
    let Hashing(hash, file) = out;
    let found = hash.finalize();
    if found[..] != package.sha256 {
        let problem = format!(
            "it changed while it was copied: its SHA-256 is {}, the lock says {}",
            HEXLOWER.encode(&found),
            HEXLOWER.encode(&package.sha256)
        );
        return Err(VendorError::Read {
            name: package.full_name(),
            source: io::Error::other(problem),
        }
        .into());
    }
    file.persist(path).map_err(|e| write_error(e.error))?;
    Ok(())
}

/// Writes a file, unless it is there with these bytes.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), VendorError> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let write = || -> io::Result<()> {
        let mut file = new_file(path)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| VendorError::Write {
        path: path.to_owned(),
        source,
    })
}
