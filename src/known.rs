//! What the repositories held last time, so that indexes that have not changed need not be read.

use crate::apk::catalogue::Catalogue;
use crate::repository::Repository;
use crate::repository::cache::{Cache, Key};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Read as _, Write as _};

/// The bytes of a SHA-256.
const DIGEST: usize = 32;

/// What the cache has for a list of repositories: the SHA-256 of each index, then the
/// catalogue of all. It is only used when every index still has its digest, which its
/// signature vouches for anew each time.
pub(crate) struct Known {
    key: String,
    /// Of the indexes in the order of the repositories; empty when nothing is known.
    pub digests: Vec<[u8; DIGEST]>,
    /// Where the catalogue can be read on.
    file: Option<File>,
}

impl Known {
    /// Looks up what is known of these repositories; whatever cannot be read is not known.
    pub fn read(cache: &Cache, repositories: &[Repository], arch: &str) -> Known {
        let mut list = Sha256::new();
        for repository in repositories {
            list.update(repository.location.to_string());
            list.update(b"\n");
        }
        list.update(arch);
        let mut known = Known {
            key: HEXLOWER.encode(&list.finalize()),
            digests: Vec::new(),
            file: None,
        };
        let Some((mut file, _)) = cache.open(Key::Catalogue(&known.key)) else {
            return known;
        };
        let mut digests = vec![0; DIGEST * repositories.len()];
        if file.read_exact(&mut digests).is_ok() {
            let digests = digests.chunks_exact(DIGEST);
            known.digests = digests.filter_map(|d| d.try_into().ok()).collect();
            known.file = Some(file);
        }
        known
    }

    /// Reads the catalogue, which may be done while the indexes are being verified. `None` when
    /// there is none or it is damaged.
    pub fn load(&self) -> Option<Catalogue> {
        Catalogue::read(self.file.as_ref()?)
    }

    /// Keeps the catalogue of these indexes for the next time. A cache that cannot be written to
    /// makes the next run slower, nothing else.
    pub fn keep(&self, cache: &Cache, digests: &[[u8; DIGEST]], catalogue: &Catalogue) {
        if let Ok(mut writer) = cache.writer() {
            let written = writer
                .write_all(digests.as_flattened())
                .and_then(|()| catalogue.write(&mut writer));
            if written.is_ok() {
                let _ = writer.keep(cache, Key::Catalogue(&self.key));
            }
        }
    }
}
