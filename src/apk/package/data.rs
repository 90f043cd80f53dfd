//! The data member: the files of a package.

use crate::apk::gzip::{Limited, Tee, at_end};
use crate::apk::tar::{self, Entry, Kind, TarError};
use bstr::{BString, ByteSlice};
use data_encoding::HEXLOWER;
use flate2::bufread::GzDecoder;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::io::{self, BufRead, Read};

/// Why the data member of a package cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The gzip or the tar in it is broken.
    #[error("its data member is broken: {0}")]
    Tar(#[from] TarError),
    /// The compressed bytes do not hash to the `datahash` that the control member vouches for.
    #[error(
        "its data member is not the one that its .PKGINFO vouches for: expected the SHA-256 {expected}, found {found}"
    )]
    Mismatch {
        /// `datahash`
        expected: String,
        /// What was read.
        found: String,
    },
    /// There is no hash to compare with.
    #[error("nothing vouches for its data member")]
    Hash,
    /// There are bytes behind the data member.
    #[error("there is something behind its data member")]
    Trailing,
    /// A path that no package may have.
    #[error("it holds the path {path:?}, {reason}")]
    BadPath {
        /// The path as the archive has it.
        path: BString,
        /// Why it is refused.
        reason: &'static str,
    },
    /// A hard link whose target is no earlier file of the package.
    #[error("its hard link {path:?} points to {target:?}, which is no file before it")]
    DanglingLink {
        /// The link.
        path: BString,
        /// What it names.
        target: BString,
    },
    /// A file or symlink without the checksum that the database needs.
    #[error("its file {0:?} has no checksum (APK-TOOLS.checksum.SHA1)")]
    NoChecksum(BString),
    /// A file that is to be held in memory is too large for that.
    #[error("its file {path:?} has {size} bytes, more than the {KEEP_LIMIT} that are sensible")]
    TooLarge {
        /// The file.
        path: BString,
        /// Its size.
        size: u64,
    },
}

/// The largest file that is held in memory: an etc/passwd of tens of thousands of users.
const KEEP_LIMIT: u64 = 4 << 20;

/// How many bytes a data member may inflate to. Packages say how much they take installed, but
/// that is a count of disk blocks, and headers, padding and sparse files add to it.
pub(super) fn limit(installed_size: u64) -> u64 {
    const ALWAYS: u64 = 64 << 20;
    installed_size.saturating_mul(8).saturating_add(ALWAYS)
}

pub(super) fn kept_content(entry: &Entry, content: &mut dyn Read) -> Result<Vec<u8>, DataError> {
    if entry.size > KEEP_LIMIT {
        return Err(DataError::TooLarge {
            path: entry.path.clone(),
            size: entry.size,
        });
    }
    let mut bytes = Vec::with_capacity(entry.size as usize);
    content.read_to_end(&mut bytes).map_err(TarError::from)?;
    Ok(bytes)
}

/// What is known of a data member once it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataSummary {
    /// SHA-256 of the tar in it: the `diff_id` of the member as an image layer. `None` when it
    /// was not asked for.
    pub diff_id: Option<[u8; 32]>,
    /// Entries that apk passes over, and an image layer would not.
    pub skipped: usize,
}

/// Reads a data member to its end, which must be the end of `reader`, calls `visit` with every
/// entry that apk would look at, and compares the hash of the compressed bytes. With `diff_id`
/// the inflated bytes are hashed as well.
///
/// Only after this has returned is what `visit` saw known to be right.
///
/// # Errors
/// When the member is damaged, inflates to more than `limit` bytes, holds an entry that is
/// refused, is not the one of `data_hash`, or whatever `visit` returns.
pub fn read_data<E: From<DataError>>(
    reader: impl BufRead,
    data_hash: &[u8; 32],
    limit: u64,
    diff_id: bool,
    mut visit: impl FnMut(Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<DataSummary, E> {
    let mut hash = Sha256::new();
    let tee = Tee::new(reader, |bytes: &[u8]| hash.update(bytes));
    let mut inflated = Inflated {
        inner: Limited::new(GzDecoder::new(tee), limit),
        hash: diff_id.then(Sha256::new),
    };
    let mut rules = Rules::default();
    let mut skipped = 0;
    tar::read(&mut inflated, |entry, content| {
        match rules.admit(&entry).map_err(|e| Wrapped(e.into()))? {
            true => visit(entry, content).map_err(Wrapped),
            false => {
                skipped += 1;
                Ok(())
            }
        }
    })
    .map_err(|Wrapped(error)| error)?;
    // What stands behind the end mark of the tar belongs to the hashed member too.
    let broken = |error: io::Error| E::from(DataError::from(TarError::from(error)));
    io::copy(&mut inflated, &mut io::sink()).map_err(broken)?;
    let Inflated { inner, hash: tar } = inflated;
    let mut rest = inner.into_inner().into_inner();
    if !at_end(&mut rest).map_err(broken)? {
        return Err(DataError::Trailing.into());
    }
    drop(rest);
    let found: [u8; 32] = hash.finalize().into();
    if found != *data_hash {
        return Err(E::from(DataError::Mismatch {
            expected: HEXLOWER.encode(data_hash),
            found: HEXLOWER.encode(&found),
        }));
    }
    Ok(DataSummary {
        diff_id: tar.map(|hash| hash.finalize().into()),
        skipped,
    })
}

/// The tar as it comes out of the gzip, hashed if somebody wants to know.
struct Inflated<R> {
    inner: R,
    hash: Option<Sha256>,
}

impl<R: Read> Read for Inflated<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&out[..count]);
        }
        Ok(count)
    }
}

/// Carries a visitor's error through [`tar::read`], which only knows how to make its own.
struct Wrapped<E>(E);

impl<E: From<DataError>> From<TarError> for Wrapped<E> {
    fn from(error: TarError) -> Self {
        Wrapped(DataError::from(error).into())
    }
}

/// What entries a package may hold, given those before.
#[derive(Default)]
struct Rules {
    files: HashSet<BString>,
}

impl Rules {
    /// Whether the entry is part of the package; `false` when apk passes over it.
    fn admit(&mut self, entry: &Entry) -> Result<bool, DataError> {
        let path = &entry.path;
        check_path(path, path)?;
        if path.starts_with(b".") {
            return Ok(false);
        }
        match &entry.kind {
            Kind::File | Kind::Symlink(_) if entry.checksum.is_none() => {
                return Err(DataError::NoChecksum(path.clone()));
            }
            Kind::File => {
                self.files.insert(path.clone());
            }
            Kind::HardLink(target) => {
                check_path(target, path)?;
                if !self.files.contains(target) {
                    return Err(DataError::DanglingLink {
                        path: path.clone(),
                        target: target.clone(),
                    });
                }
                self.files.insert(path.clone());
            }
            _ => {}
        }
        Ok(true)
    }
}

/// Refuses what could leave the root or confuse the database; `shown` is for the message.
fn check_path(path: &BString, shown: &BString) -> Result<(), DataError> {
    let refuse = |reason| {
        Err(DataError::BadPath {
            path: shown.clone(),
            reason,
        })
    };
    if path.is_empty() {
        return refuse("which is empty");
    }
    if path.starts_with(b"/") {
        return refuse("which is absolute");
    }
    if path.iter().any(|&b| b < 0x20 || b == 0x7f) {
        return refuse("which has a control character");
    }
    if *path == "." {
        return Ok(());
    }
    for component in path.split_str("/") {
        match component {
            b".." => return refuse("which leads out of the root"),
            b"." => return refuse("which has a \"./\" component"),
            b"" => return refuse("which has an empty component"),
            _ => {}
        }
    }
    Ok(())
}
