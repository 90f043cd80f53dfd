//! Whether a lock still fits its manifest, and what does not.

use super::inputs::{self, Inputs};
use super::{Lock, LockedRepository, Sha256};
use crate::apk::arch::Arch;
use crate::error::Error;
use crate::sources::{Source, sources};
use crate::{Overrides, Request};
use sha2::{Digest as _, Sha256 as Hash};
use std::collections::BTreeMap;
use std::fmt;

/// A way in which a lock does not fit its manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// The manifest asks for this and the lock was made without.
    NewWord(String),
    /// The lock was made with this and the manifest no longer asks for it.
    OldWord(String),
    /// The release of Alpine is another one: the lock's and the manifest's.
    Release(Option<String>, Option<String>),
    /// A repository that the lock was made without.
    NewRepository(String),
    /// A repository that the manifest no longer has.
    OldRepository(String),
    /// The repositories stand in another order, or their keys, tags or what they allow changed.
    Repositories,
    /// Nothing is locked for an architecture.
    NewArch(Arch),
    /// An architecture that the manifest is no longer for.
    OldArch(Arch),
    /// A key that vouched for an index is not trusted here.
    NoKey(String),
    /// There is another key of that name.
    OtherKey(String),
}

impl Misfit {
    /// Whether it is about whom to trust and not about what to choose.
    pub fn is_about_keys(&self) -> bool {
        matches!(self, Misfit::NoKey(_) | Misfit::OtherKey(_))
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let release = |release: &Option<String>| match release {
            Some(release) => format!("Alpine {release}"),
            None => "no release of Alpine".to_owned(),
        };
        match self {
            Misfit::NewWord(word) => {
                write!(f, "the manifest asks for {word:?}, which is not locked")
            }
            Misfit::OldWord(word) => {
                write!(
                    f,
                    "{word:?} is locked, and the manifest no longer asks for it"
                )
            }
            Misfit::Release(locked, now) => {
                let (locked, now) = (release(locked), release(now));
                write!(f, "the lock is of {locked}, the manifest of {now}")
            }
            Misfit::NewRepository(address) => {
                write!(
                    f,
                    "the manifest has the repository {address}, the lock has not"
                )
            }
            Misfit::OldRepository(address) => {
                write!(
                    f,
                    "the lock has the repository {address}, the manifest no longer"
                )
            }
            Misfit::Repositories => f.write_str(
                "the order, the keys, the tags or the trust of the manifest's repositories changed",
            ),
            Misfit::NewArch(arch) => write!(f, "nothing is locked for {arch}"),
            Misfit::OldArch(arch) => {
                write!(f, "{arch} is locked, and the manifest is not for it")
            }
            Misfit::NoKey(name) => {
                write!(
                    f,
                    "the key {name}, which vouched for an index, is not trusted here"
                )
            }
            Misfit::OtherKey(name) => write!(f, "the key {name} is not the one that was locked"),
        }
    }
}

/// What of the lock does not fit the manifest of the request; `archs` are those that must be
/// locked. Nothing is fetched for it: that newer packages exist does not matter.
///
/// # Errors
/// When an address of the manifest is none, or a key cannot be read.
pub(crate) fn misfits(
    lock: &Lock,
    request: &Request,
    archs: &[Arch],
) -> Result<Vec<Misfit>, Error> {
    let manifest = &request.manifest;
    let now = Inputs::of(manifest)?;
    let mut found = Vec::new();
    let missing = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|word| !b.contains(word)).cloned().collect()
    };
    let (old, new) = (&lock.inputs.packages, &now.packages);
    found.extend(missing(new, old).into_iter().map(Misfit::NewWord));
    found.extend(missing(old, new).into_iter().map(Misfit::OldWord));
    if lock.inputs.alpine != now.alpine {
        found.push(Misfit::Release(
            lock.inputs.alpine.clone(),
            now.alpine.clone(),
        ));
    } else {
        let addresses = |all: &[LockedRepository]| all.iter().map(shown).collect::<Vec<_>>();
        let (old, new) = (
            addresses(&lock.repositories),
            addresses(&inputs::repositories(manifest)?),
        );
        found.extend(missing(&new, &old).into_iter().map(Misfit::NewRepository));
        found.extend(missing(&old, &new).into_iter().map(Misfit::OldRepository));
    }
    if found.is_empty() && lock.inputs.digest != now.digest {
        found.push(Misfit::Repositories);
    }
    for arch in archs {
        if !lock.packages.contains_key(arch) {
            found.push(Misfit::NewArch(*arch));
        }
    }
    for arch in lock.packages.keys() {
        if !manifest.arch.is_empty() && !manifest.arch.contains(arch) {
            found.push(Misfit::OldArch(*arch));
        }
    }
    if found.is_empty() {
        found.extend(foreign_keys(lock, request, archs)?);
    }
    Ok(found)
}

/// A repository as messages name it.
fn shown(repository: &LockedRepository) -> String {
    match &repository.tag {
        Some(tag) => format!("@{tag} {}", repository.address),
        None => repository.address.clone(),
    }
}

/// The keys that vouched for indexes and would not count here.
fn foreign_keys(lock: &Lock, request: &Request, archs: &[Arch]) -> Result<Vec<Misfit>, Error> {
    // Packages may be read from elsewhere, but it is the manifest's repositories that the keys
    // are for.
    let overrides = Overrides {
        repositories: Vec::new(),
        ..request.overrides.clone()
    };
    let mut found = Vec::new();
    for arch in archs {
        let sources = sources(&request.manifest, &overrides, *arch)?;
        for (repository, source) in lock.repositories.iter().zip(&sources) {
            let index = repository.indexes.get(arch);
            let Some(name) = index.and_then(|index| index.key.as_ref()) else {
                continue;
            };
            let misfit = match source.repository.keys.get(name) {
                None => Misfit::NoKey(name.clone()),
                Some(key) if lock.keys.get(name) != Some(&key_digest(key.pem())) => {
                    Misfit::OtherKey(name.clone())
                }
                Some(_) => continue,
            };
            if !found.contains(&misfit) {
                found.push(misfit);
            }
        }
    }
    Ok(found)
}

/// What a lock says of a key: the SHA-256 of its file.
fn key_digest(pem: &str) -> Sha256 {
    Hash::digest(pem.as_bytes()).into()
}

/// The keys of these names, as a lock keeps them.
pub(super) fn digests<'a>(
    names: impl IntoIterator<Item = (&'a str, &'a Source)>,
) -> BTreeMap<String, Sha256> {
    let known = |(name, source): (&str, &Source)| {
        let key = source.repository.keys.get(name)?;
        Some((name.to_owned(), key_digest(key.pem())))
    };
    names.into_iter().filter_map(known).collect()
}
