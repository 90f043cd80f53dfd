//! What of a manifest decides which packages are chosen.

use super::LockedRepository;
use crate::apk::signature::Keyring;
use crate::error::Error;
use crate::manifest::{Manifest, RepositoryConfig};
use crate::repository::location::LocationError;
use crate::repository::{Location, keys};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The part of a manifest that a lock depends on. What the image is called, how it starts and
/// what files are added is not among it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inputs {
    /// Of everything here and of the repositories and their keys, in hexadecimal.
    pub digest: String,
    /// The world, sorted.
    pub packages: Vec<String>,
    /// The release of Alpine whose repositories are used.
    pub alpine: Option<String>,
}

/// The repositories of a manifest as a lock names them, without what their indexes are.
///
/// # Errors
/// When an address is none.
pub(super) fn repositories(manifest: &Manifest) -> Result<Vec<LockedRepository>, LocationError> {
    let mut all = Vec::new();
    let mut add = |address: String, tag: &Option<String>| {
        all.push(LockedRepository {
            address,
            tag: tag.clone(),
            indexes: BTreeMap::new(),
        });
    };
    if let Some(release) = manifest.release() {
        for address in Location::official_addresses(release)? {
            add(address, &None);
        }
    }
    for config in &manifest.repositories {
        add(address(manifest, config)?, &config.tag);
    }
    Ok(all)
}

/// The address of a repository as it is seen from the manifest.
fn address(manifest: &Manifest, config: &RepositoryConfig) -> Result<String, LocationError> {
    Ok(match Location::parse(&config.url, Path::new(""))? {
        Location::Folder(path) => relative(manifest, path).display().to_string(),
        location => location.to_string(),
    })
}

/// A path below the manifest's folder is told from there, wherever that folder is.
pub(crate) fn relative(manifest: &Manifest, path: PathBuf) -> PathBuf {
    let folder = manifest.path.as_deref().and_then(Path::parent);
    let folder = folder.unwrap_or(Path::new(""));
    if let Ok(below) = path.strip_prefix(folder)
        && below.is_relative()
    {
        return below.to_owned();
    }
    // One of the two may be written from the root on and the other not.
    match (absolute(&path), absolute(folder)) {
        (Some(long), Some(folder)) => match long.strip_prefix(folder) {
            Ok(below) => below.to_owned(),
            Err(_) => path,
        },
        _ => path,
    }
}

fn absolute(path: &Path) -> Option<PathBuf> {
    match path.as_os_str().is_empty() {
        true => std::env::current_dir().ok(),
        false => std::path::absolute(path).ok(),
    }
}

impl Inputs {
    /// What of this manifest decides.
    ///
    /// # Errors
    /// When an address is none, or a key cannot be read.
    pub fn of(manifest: &Manifest) -> Result<Inputs, Error> {
        let mut packages: Vec<String> = manifest.packages.iter().map(|w| w.atom.clone()).collect();
        packages.sort();
        let alpine = manifest.release().map(str::to_owned);
        let mut hash = Sha256::new();
        // Each part with its length before it, so that no two lists of parts look alike.
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(b"apkcompose lock 1");
        let count = |n: usize| (n as u64).to_le_bytes();
        part(&count(packages.len()));
        for word in &packages {
            part(word.as_bytes());
        }
        part(alpine.as_deref().unwrap_or("").as_bytes());
        for config in &manifest.repositories {
            part(address(manifest, config)?.as_bytes());
            part(config.tag.as_deref().unwrap_or("").as_bytes());
            part(&[u8::from(config.allow_unsigned)]);
            let mut own = Keyring::default();
            for path in &config.keys {
                keys::load(path, &mut own)?;
            }
            part(&count(own.iter().count()));
            for (name, key) in own.iter() {
                part(name.as_bytes());
                part(key.pem().as_bytes());
            }
        }
        Ok(Inputs {
            digest: HEXLOWER.encode(&hash.finalize()),
            packages,
            alpine,
        })
    }
}
