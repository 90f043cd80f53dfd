//! Packages of format v2: three gzip members, signature, control and data.
//!
//! The chain of trust (index → `C:` → control → `datahash` → data) is checked while the file
//! streams by. What [`read`] returns may be used; what its visitors saw before it returned may
//! not.

mod data;
mod script;

use super::gzip;
use super::identity::Identity;
use super::pkginfo::{PkgInfo, PkgInfoError};
use super::signature::{Keyring, SignatureError, read_signatures};
use super::tar::{self, Entry, Kind, TarError};
use bstr::{BString, ByteSlice};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

pub use data::{DataError, DataSummary, read_data};
pub use script::Script;

/// The largest signature member, inflated.
const SIGNATURES_LIMIT: u64 = 1 << 20;
/// The largest control member, inflated: scripts are a few KiB, a .PKGINFO with thousands of
/// provides some hundred.
const CONTROL_LIMIT: u64 = 16 << 20;

/// What the index says of a package and its file must be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// `C:` of the index.
    pub identity: &'a Identity,
    /// `S:` of the index, the bytes of the file; `None` when the index does not say.
    pub size: Option<u64>,
}

/// Why a package cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// One of the first two members is no gzip, truncated or damaged.
    #[error("its {member} member is broken: {source}")]
    Member {
        /// `signature` or `control`.
        member: &'static str,
        /// What inflating said.
        source: io::Error,
    },
    /// The tar inside one of the first two members is broken.
    #[error("its {member} member is broken: {source}")]
    Tar {
        /// `signature` or `control`.
        member: &'static str,
        /// What reading the tar said.
        source: TarError,
    },
    /// A trusted key's signature does not fit.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The control member is not the one that the index describes.
    #[error(
        "it is another package: its control member has the identity {found}, expected was {expected}"
    )]
    Identity {
        /// `C:` of the index, or the lock's.
        expected: Identity,
        /// What the control member hashes to.
        found: Identity,
    },
    /// The index names an identity of another format.
    #[error("expected the identity {0}, which packages of format v2 don't have")]
    ForeignIdentity(Identity),
    /// The file is shorter or longer than the index or the lock says.
    #[error("it has {found} bytes, expected were {expected}")]
    Size {
        /// `S:` of the index, or the lock's.
        expected: u64,
        /// What was read.
        found: u64,
    },
    /// The file is not the locked one, byte for byte.
    #[error("its SHA-256 is {found}, the lock says {expected}")]
    FileHash {
        /// The lock's, in hexadecimal.
        expected: String,
        /// The file's, in hexadecimal.
        found: String,
    },
    /// There is no .PKGINFO, or it is not UTF-8.
    #[error("its control member has no readable .PKGINFO")]
    NoPkgInfo,
    /// .PKGINFO is garbled.
    #[error(transparent)]
    PkgInfo(#[from] PkgInfoError),
    /// There is no `datahash`, so nothing vouches for the data.
    #[error("its .PKGINFO has no datahash, so nothing vouches for its files")]
    NoDataHash,
    /// Something about the data member.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A package that was read and verified, but for the contents of its files.
#[derive(Clone, Debug)]
pub struct Package {
    /// The description inside the package.
    pub info: PkgInfo,
    /// SHA-1 of the compressed control member.
    pub identity: Identity,
    /// The name of the trusted key that signed it; `None` when the index alone vouches for it.
    pub signed_by: Option<String>,
    /// The scripts of its control member.
    pub scripts: BTreeMap<Script, Vec<u8>>,
    /// The entries of its data member in the order of the archive, without those that apk skips.
    pub entries: Vec<Entry>,
    /// The contents that the reader was asked to keep, by the place of the entry.
    pub kept: BTreeMap<usize, Vec<u8>>,
    /// The contents of all its files one after the other, if the reader was asked to hold them.
    pub held: Option<Vec<u8>>,
    /// What is known of its data member as a whole.
    pub data: DataSummary,
    /// Where the data member begins in the file.
    pub data_start: u64,
    /// The bytes of the file.
    pub size: u64,
}

/// Reads a package from its first byte to its last, and verifies all of it.
///
/// `keep` says of which files the content is wanted in memory, such as etc/passwd.
///
/// # Errors
/// When a link of the chain does not hold, or an entry breaks the rules for packages.
pub fn read(
    reader: impl BufRead,
    keys: &Keyring,
    expected: Expected<'_>,
    keep: impl Fn(&Entry) -> bool,
) -> Result<Package, PackageError> {
    read_and_hold(reader, keys, expected, keep, 0)
}

/// [`read`], and the contents of all files are held in memory if they take at most `most` bytes,
/// so that they need not be inflated again.
///
/// # Errors
/// Those of [`read`].
pub fn read_and_hold(
    reader: impl BufRead,
    keys: &Keyring,
    expected: Expected<'_>,
    keep: impl Fn(&Entry) -> bool,
    most: u64,
) -> Result<Package, PackageError> {
    let mut size = 0u64;
    let mut reader = gzip::Tee::new(reader, |bytes: &[u8]| size += bytes.len() as u64);
    let control = read_control(&mut reader, keys, expected.identity)?;
    let data_hash = control.info.data_hash.ok_or(PackageError::NoDataHash)?;
    let mut entries = Vec::new();
    let mut kept = BTreeMap::new();
    let mut held = (most > 0).then(Vec::new);
    let data = read_data(
        reader,
        &data_hash,
        data::limit(control.info.installed_size),
        true,
        |entry, content| {
            if keep(&entry) {
                kept.insert(entries.len(), data::kept_content(&entry, content)?);
            }
            let fits = |held: &Vec<u8>| held.len() as u64 + entry.size <= most;
            if entry.kind == Kind::File && !held.as_ref().is_some_and(fits) {
                held = None;
            }
            if let (Kind::File, Some(held)) = (&entry.kind, &mut held) {
                match kept.get(&entries.len()) {
                    Some(kept) => held.extend_from_slice(kept),
                    None => {
                        content.read_to_end(held).map_err(TarError::from)?;
                    }
                }
            }
            entries.push(entry);
            Ok::<(), DataError>(())
        },
    )?;
    if let Some(expected) = expected.size
        && expected != size
    {
        return Err(PackageError::Size {
            expected,
            found: size,
        });
    }
    Ok(Package {
        info: control.info,
        identity: control.identity,
        signed_by: control.signed_by,
        scripts: control.scripts,
        entries,
        kept,
        held,
        data,
        data_start: control.data_start,
        size,
    })
}

/// The first two members of a package.
#[derive(Clone, Debug)]
pub struct Control {
    /// The description inside the package.
    pub info: PkgInfo,
    /// SHA-1 of the compressed control member.
    pub identity: Identity,
    /// The name of the trusted key that signed it.
    pub signed_by: Option<String>,
    /// The scripts.
    pub scripts: BTreeMap<Script, Vec<u8>>,
    /// Where the data member begins in the file.
    pub data_start: u64,
}

/// Reads the first two members and leaves `reader` at the data member.
///
/// The identity is what ties the package to the index. A signature by a trusted key must fit as
/// well; one by an unknown key says nothing, as the index vouches for the package.
///
/// # Errors
/// When the control member is not the expected one or cannot be read.
pub fn read_control(
    reader: &mut impl BufRead,
    keys: &Keyring,
    expected: &Identity,
) -> Result<Control, PackageError> {
    let member = |member| move |source| PackageError::Member { member, source };
    let tar = |member| move |source| PackageError::Tar { member, source };
    let first = gzip::read_member(&mut *reader, SIGNATURES_LIMIT).map_err(member("signature"))?;
    let control = gzip::read_member(&mut *reader, CONTROL_LIMIT).map_err(member("control"))?;
    let identity = match expected {
        Identity::Sha1(_) => Identity::Sha1(Sha1::digest(&control.compressed).into()),
        Identity::Sha256(_) => return Err(PackageError::ForeignIdentity(*expected)),
    };
    let signatures = read_signatures(&first.inflated).map_err(tar("signature"))?;
    let signed_by = match keys.verify(&signatures, &control.compressed) {
        Ok(key) => Some(key),
        Err(SignatureError::Unsigned | SignatureError::UnknownKey { .. }) => None,
        Err(error @ SignatureError::Bad { .. }) => return Err(error.into()),
    };
    if identity != *expected {
        return Err(PackageError::Identity {
            expected: *expected,
            found: identity,
        });
    }
    let (mut info, mut scripts) = (None, BTreeMap::new());
    tar::read(control.inflated.as_slice(), |entry, content| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        if entry.path == ".PKGINFO" {
            info = Some(bytes);
        } else if let Some(script) = script_of(&entry.path) {
            scripts.insert(script, bytes);
        }
        Ok::<(), TarError>(())
    })
    .map_err(tar("control"))?;
    let text = info
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(PackageError::NoPkgInfo)?;
    Ok(Control {
        info: PkgInfo::parse(&text)?,
        identity,
        signed_by,
        scripts,
        data_start: (first.compressed.len() + control.compressed.len()) as u64,
    })
}

fn script_of(path: &BString) -> Option<Script> {
    Script::from_name(path.strip_prefix(b".")?.to_str().ok()?)
}

impl Package {
    /// Hands the contents of the files to `visit` with the place of their entry in
    /// [`entries`](Self::entries), those that are held, or else read again.
    ///
    /// `data` begins at [`data_start`](Self::data_start) and is verified again, so that what
    /// lies on a disk may have changed in between without doing harm.
    ///
    /// # Errors
    /// When the data is no longer the verified one, or whatever `visit` returns.
    pub fn read_contents<E: From<DataError>>(
        &self,
        data: impl BufRead,
        mut visit: impl FnMut(usize, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(held) = &self.held {
            let mut rest = held.as_slice();
            for (place, entry) in self.entries.iter().enumerate() {
                let size = match entry.kind {
                    Kind::File => entry.size as usize,
                    _ => 0,
                };
                let (mut content, behind) = rest.split_at(size.min(rest.len()));
                visit(place, &mut content)?;
                rest = behind;
            }
            return Ok(());
        }
        let hash = self.info.data_hash.ok_or(DataError::Hash)?;
        let mut place = 0;
        read_data(
            data,
            &hash,
            data::limit(self.info.installed_size),
            false,
            |_, content| {
                place += 1;
                visit(place - 1, content)
            },
        )
        .map(|_| ())
    }
}
