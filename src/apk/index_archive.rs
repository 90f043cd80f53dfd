//! `APKINDEX.tar.gz`: a signature member, then one member with DESCRIPTION and APKINDEX.

use super::gzip::{self, Member};
use super::index::{Index, IndexError};
use super::signature::{Keyring, SignatureError, read_signatures};
use super::tar::{self, TarError};
use std::borrow::Cow;
use std::io;

/// The largest index that is read: 25 times the official community index.
const INDEX_LIMIT: u64 = 256 << 20;
/// The largest signature member that is read.
const SIGNATURES_LIMIT: u64 = 1 << 20;

/// Why an index archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexArchiveError {
    /// A web page, such as a server's error page sent with a status of success.
    #[error("it is an HTML page, not an index")]
    Html,
    /// Not gzip, truncated, or inflating beyond all measure.
    #[error("its gzip data is broken: {0}")]
    Gzip(#[source] io::Error),
    /// There are bytes behind the index.
    #[error("there is something behind its second gzip member")]
    Trailing,
    /// The archive inside is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// The signature does not vouch for it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// There is no file APKINDEX in it.
    #[error("there is no APKINDEX in it")]
    NoIndex,
    /// The text is not UTF-8.
    #[error("its text is not UTF-8")]
    NoUtf8,
    /// A record is garbled.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Which keys an index must be signed by.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// By one of these.
    Keys(&'a Keyring),
    /// None: the caller has been told to take it unsigned.
    Unsigned,
}

/// An index that was read.
#[derive(Debug)]
pub struct IndexArchive {
    /// The name of the key that vouches for it.
    pub signed_by: Option<String>,
    /// What the repository says of itself; empty after [`open_again`].
    pub description: String,
    /// The packages.
    pub index: Index,
}

/// Verifies an `APKINDEX.tar.gz` and reads it; nothing of it is looked at before the signature
/// over its second member has been checked.
///
/// # Errors
/// When it is damaged, not vouched for, or garbled.
pub fn open(bytes: &[u8], trust: Trust<'_>) -> Result<IndexArchive, IndexArchiveError> {
    let (signed_by, text, description) = verified_text(bytes, trust)?;
    Ok(IndexArchive {
        signed_by,
        description,
        index: Index::parse(text)?,
    })
}

/// Verifies an `APKINDEX.tar.gz` whose very bytes were read before without an error, and puts
/// off reading it again until one of its records is looked at.
///
/// # Errors
/// When it is not vouched for.
pub fn open_again(
    bytes: Cow<'_, [u8]>,
    trust: Trust<'_>,
) -> Result<IndexArchive, IndexArchiveError> {
    let mut rest = bytes.as_ref();
    let first = gzip::read_member(&mut rest, INDEX_LIMIT).map_err(IndexArchiveError::Gzip)?;
    let signed_by = match trust {
        Trust::Unsigned => None,
        Trust::Keys(keys) => {
            if rest.is_empty() || first.inflated.len() as u64 > SIGNATURES_LIMIT {
                return Err(SignatureError::Unsigned.into());
            }
            Some(keys.verify(&read_signatures(&first.inflated)?, rest)?)
        }
    };
    let text = |bytes: &[u8]| {
        let (_, text, _) = verified_text(bytes, Trust::Unsigned).ok()?;
        Some(text)
    };
    Ok(IndexArchive {
        signed_by,
        description: String::new(),
        index: Index::deferred(bytes.into_owned(), text),
    })
}

/// Verifies an `APKINDEX.tar.gz` and returns the name of the key that vouches for it, the text
/// of the APKINDEX and the description.
///
/// # Errors
/// When it is damaged or not vouched for.
pub fn verified_text(
    bytes: &[u8],
    trust: Trust<'_>,
) -> Result<(Option<String>, String, String), IndexArchiveError> {
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err(IndexArchiveError::Html);
    }
    let mut rest = bytes;
    let first = gzip::read_member(&mut rest, INDEX_LIMIT).map_err(IndexArchiveError::Gzip)?;
    let (signed_by, inflated) = match (trust, rest.is_empty()) {
        // An index that was never signed has its content in the first member.
        (Trust::Unsigned, true) => (None, first.inflated),
        (Trust::Unsigned, false) => (None, last_member(rest)?.inflated),
        (Trust::Keys(_), true) => return Err(SignatureError::Unsigned.into()),
        (Trust::Keys(keys), false) => {
            if first.inflated.len() as u64 > SIGNATURES_LIMIT {
                return Err(SignatureError::Unsigned.into());
            }
            let signatures = read_signatures(&first.inflated)?;
            let key = keys.verify(&signatures, rest)?;
            (Some(key), last_member(rest)?.inflated)
        }
    };
    let (mut text, mut description) = (None, String::new());
    tar::read(inflated.as_slice(), |entry, content| {
        if entry.path == "DESCRIPTION" {
            content
                .read_to_string(&mut description)
                .map_err(TarError::from)?;
        } else if entry.path == "APKINDEX" {
            let mut bytes = Vec::with_capacity(entry.size.min(INDEX_LIMIT) as usize);
            content.read_to_end(&mut bytes).map_err(TarError::from)?;
            text = Some(String::from_utf8(bytes).map_err(|_| IndexArchiveError::NoUtf8)?);
        }
        Ok::<(), IndexArchiveError>(())
    })?;
    let text = text.ok_or(IndexArchiveError::NoIndex)?;
    Ok((signed_by, text, description))
}

fn last_member(mut rest: &[u8]) -> Result<Member, IndexArchiveError> {
    let member = gzip::read_member(&mut rest, INDEX_LIMIT).map_err(IndexArchiveError::Gzip)?;
    if rest.is_empty() {
        Ok(member)
    } else {
        Err(IndexArchiveError::Trailing)
    }
}
