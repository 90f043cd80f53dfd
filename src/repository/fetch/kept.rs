//! Indexes that were kept, and what their servers said to tell them from later ones.

use crate::repository::cache::{Cache, CacheError, Key};
use crate::repository::transport::Validators;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};

/// What stands before each line of the note beside an index.
const SHA256: &str = "sha256 ";
const ETAG: &str = "etag ";
const LAST_MODIFIED: &str = "last-modified ";

/// The most bytes of a note: two headers of a server and a hash.
const LARGEST_NOTE: u64 = 16 << 10;

/// An index of the cache, which its server may call unchanged.
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) validators: Validators,
}

impl Kept {
    /// The index that came from this URL, if there is a note that belongs to it.
    pub(super) fn load(cache: &Cache, url: &str, largest: u64) -> Option<Kept> {
        let (note, _) = cache.open(Key::Validators(url))?;
        let mut text = String::new();
        note.take(LARGEST_NOTE).read_to_string(&mut text).ok()?;
        let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let validators = Validators {
            etag: line(ETAG).map(str::to_owned),
            last_modified: line(LAST_MODIFIED).map(str::to_owned),
        };
        let (index, _) = cache.open(Key::Index(url))?;
        let mut bytes = Vec::new();
        index.take(largest).read_to_end(&mut bytes).ok()?;
        // The two are written one after the other, and somebody may have come in between.
        let belongs = line(SHA256)? == HEXLOWER.encode(&Sha256::digest(&bytes));
        (belongs && !validators.is_empty()).then_some(Kept { bytes, validators })
    }

    /// Keeps an index that was verified.
    ///
    /// # Errors
    /// When the cache cannot be written to.
    pub(super) fn store(
        cache: &Cache,
        url: &str,
        bytes: &[u8],
        validators: &Validators,
    ) -> Result<(), CacheError> {
        let write = |bytes: &[u8], key: Key<'_>| {
            let mut writer = cache.writer()?;
            // What goes wrong here is told by `keep`.
            let _ = writer.write_all(bytes);
            writer.keep(cache, key).map(|_| ())
        };
        write(bytes, Key::Index(url))?;
        if validators.is_empty() {
            cache.discard(Key::Validators(url));
            return Ok(());
        }
        let mut note = format!("{SHA256}{}\n", HEXLOWER.encode(&Sha256::digest(bytes)));
        for (name, value) in [
            (ETAG, &validators.etag),
            (LAST_MODIFIED, &validators.last_modified),
        ] {
            if let Some(value) = value {
                note.push_str(&format!("{name}{value}\n"));
            }
        }
        write(note.as_bytes(), Key::Validators(url))
    }
}
