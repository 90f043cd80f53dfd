//! Who vouches for a layer: the signatures of the package that it is.

use crate::images::BuiltImage;
use crate::lock::Lock;
use data_encoding::HEXLOWER;
use serde::Serialize;
use std::collections::HashMap;

/// Where the bytes of a layer are from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "origin", rename_all = "lowercase")]
pub enum Origin {
    /// It is the data member of a package, untouched: its digest is the `datahash` that the
    /// package's control part has, which was verified against the index or the lock.
    Passed {
        /// `name-version`
        package: String,
        /// The trusted key that signed the package itself.
        package_key: Option<String>,
        /// The trusted key that signed the index which names the package; with a lock the one
        /// that had when it was locked.
        index_key: Option<String>,
        /// Whether a lock names the file by its SHA-256.
        locked: bool,
    },
    /// It was written by this program, or by somebody else.
    Written,
}

/// The packages of a rebuilt image by their `datahash`, each of which was verified while it was
/// fetched for it.
pub(super) struct Vouchers {
    by_digest: HashMap<String, Origin>,
}

impl Vouchers {
    pub fn new(image: &BuiltImage, lock: Option<&Lock>) -> Vouchers {
        let resolution = &image.resolution;
        let lock = lock.filter(|_| resolution.is_locked());
        let fetched = image
            .composed
            .iter()
            .flat_map(|composed| &composed.packages);
        let selected = resolution
            .solution
            .install
            .iter()
            .zip(resolution.addresses());
        let by_digest = fetched
            .zip(selected)
            .filter_map(|(fetched, (selected, address))| {
                let package = &fetched.as_ref()?.package;
                let index = match lock {
                    Some(lock) => {
                        let mut known = lock.repositories.iter();
                        let known = known.find(|known| known.address == address);
                        known.and_then(|known| known.indexes.get(&image.arch))
                    }
                    None => resolution.seen.get(selected.repository),
                };
                let index_key = index.and_then(|index| index.key.clone());
                let origin = Origin::Passed {
                    package: package.info.full_name(),
                    package_key: package.signed_by.clone(),
                    index_key,
                    locked: lock.is_some(),
                };
                Some((HEXLOWER.encode(&package.info.data_hash?), origin))
            })
            .collect();
        Vouchers { by_digest }
    }

    /// Where a layer of this SHA-256 is from.
    pub fn origin(&self, sha256: &str) -> Origin {
        let known = self.by_digest.get(sha256);
        known.cloned().unwrap_or(Origin::Written)
    }
}
