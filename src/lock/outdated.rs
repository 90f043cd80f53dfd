//! What is locked against what there is.

use super::make::resolve_all;
use super::{Lock, LockError, LockedPackage, Update, path};
use crate::apk::arch::Arch;
use crate::apk::version;
use crate::error::Error;
use crate::progress::Progress;
use crate::repository::Fetcher;
use crate::{Request, Resolution, use_cache};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A package that would be another one if everything were locked anew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// The architecture.
    #[serde(serialize_with = "as_text")]
    pub arch: Arch,
    /// The package.
    pub name: String,
    /// The version in the lock; `None` when it is not locked.
    pub locked: Option<String>,
    /// The version that would be taken; `None` when it would not be.
    pub available: Option<String>,
    /// The highest version in the repositories, where something keeps it from being taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// How much would change.
    pub kind: Kind,
}

fn as_text<S: serde::Serializer>(arch: &Arch, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(arch.name())
}

/// How much two versions differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// A later number, a letter or a suffix.
    Patch,
    /// What Alpine made of the same release (`-r1`).
    Revision,
    /// Nothing: another package bears the same version.
    Rebuilt,
    /// The available version is the lower one.
    Older,
    /// The package is not locked.
    New,
    /// The package is not needed any more, or not to be had.
    Gone,
    /// Nothing would change, though there is a newer version.
    Held,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Major => "major",
            Kind::Minor => "minor",
            Kind::Patch => "patch",
            Kind::Revision => "revision",
            Kind::Rebuilt => "rebuilt",
            Kind::Older => "older",
            Kind::New => "new",
            Kind::Gone => "gone",
            Kind::Held => "held",
        }
    }

    /// By the first part in which two versions differ.
    ///
    /// ```
    /// use apkcompose::lock::Kind;
    /// assert_eq!(Kind::between("1.2.3-r0", "1.3.0-r0"), Kind::Minor);
    /// assert_eq!(Kind::between("1.2.3-r0", "1.2.3-r1"), Kind::Revision);
    /// ```
    pub fn between(old: &str, new: &str) -> Kind {
        match version::compare(old, new) {
            Ordering::Equal => return Kind::Rebuilt,
            Ordering::Greater => return Kind::Older,
            Ordering::Less => {}
        }
        let release = |version: &'_ str| match version.rsplit_once("-r") {
            Some((release, _)) => release.to_owned(),
            None => version.to_owned(),
        };
        let (old, new) = (release(old), release(new));
        if old == new {
            return Kind::Revision;
        }
        let numbers = |version: &str| -> Vec<String> {
            let end = version.find(|c: char| c != '.' && !c.is_ascii_digit());
            let numbers = &version[..end.unwrap_or(version.len())];
            numbers.split('.').map(str::to_owned).collect()
        };
        let (old, new) = (numbers(&old), numbers(&new));
        let differs = |n: usize| old.get(n) != new.get(n);
        match (differs(0), differs(1)) {
            (true, _) => Kind::Major,
            (_, true) => Kind::Minor,
            _ => Kind::Patch,
        }
    }
}

/// What would change if everything were locked anew, by architecture and name. Nothing is
/// written.
///
/// # Errors
/// When there is no lock, or the manifest cannot be resolved.
pub fn outdated(request: &Request, progress: &dyn Progress) -> Result<Vec<Change>, Error> {
    let lock_path = path(&request.manifest).ok_or(LockError::NoManifest)?;
    let lock = Lock::load(&lock_path)?.ok_or(LockError::Missing(lock_path))?;
    let mut archs: Vec<Arch> = lock.packages.keys().copied().collect();
    if !request.archs.is_empty() {
        archs.clone_from(&request.archs);
    }
    let fetcher = Fetcher::new(request.fetch.clone());
    let _use = use_cache(&fetcher, request)?;
    let update = Update::All;
    let resolutions = resolve_all(&fetcher, request, &archs, None, &update, progress)?;
    let mut changes = Vec::new();
    for resolution in &resolutions {
        let locked = lock.packages.get(&resolution.arch);
        changes.extend(changes_of(locked.map_or(&[], Vec::as_slice), resolution));
    }
    Ok(changes)
}

fn changes_of(locked: &[LockedPackage], resolution: &Resolution) -> Vec<Change> {
    let old: BTreeMap<&str, &LockedPackage> = locked.iter().map(|p| (p.name.as_str(), p)).collect();
    let new: BTreeMap<&str, _> = resolution
        .packages()
        .map(|(_, entry, _)| (entry.name, entry))
        .collect();
    let highest = highest(&old, resolution);
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let change = |name: &str| {
        let (old, new) = (old.get(name), new.get(name));
        let taken = new.map(|entry| entry.version);
        let newest = highest.get(name).copied().filter(|version| {
            taken.is_some_and(|taken| version::compare(version, taken) == Ordering::Greater)
        });
        let kind = match (old, new) {
            (None, None) => return None,
            (None, Some(_)) => Kind::New,
            (Some(_), None) => Kind::Gone,
            (Some(old), Some(new)) if old.identity != new.identity => {
                Kind::between(&old.version, new.version)
            }
            _ if newest.is_some() => Kind::Held,
            _ => return None,
        };
        Some(Change {
            arch: resolution.arch,
            name: name.to_owned(),
            locked: old.map(|package| package.version.clone()),
            available: taken.map(str::to_owned),
            newest: newest.map(str::to_owned),
            kind,
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// The highest version of each locked package in the repositories that need no tag.
fn highest<'a>(
    locked: &BTreeMap<&str, &LockedPackage>,
    resolution: &'a Resolution,
) -> HashMap<&'a str, &'a str> {
    let mut highest: HashMap<&str, &str> = HashMap::new();
    let indexes = resolution.indexes.iter().zip(&resolution.sources);
    let untagged = indexes.filter(|(_, source)| source.tag.is_none());
    for entry in untagged.flat_map(|(index, _)| index.entries()) {
        if locked.contains_key(entry.name) {
            let known = highest.entry(entry.name).or_insert(entry.version);
            if version::compare(entry.version, known) == Ordering::Greater {
                *known = entry.version;
            }
        }
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_that_differs_decides() {
        for (old, new, kind) in [
            ("1.2.3-r0", "2.0.0-r0", Kind::Major),
            ("1.2.3-r0", "1.10-r0", Kind::Minor),
            ("1.2-r0", "1.2.1-r0", Kind::Patch),
            ("1.2.3-r0", "1.2.3a-r0", Kind::Patch),
            ("1.2.3_rc1-r0", "1.2.3-r0", Kind::Patch),
            ("1.2.3-r9", "1.2.3-r10", Kind::Revision),
            ("20230506-r0", "20240705-r0", Kind::Major),
            ("1.2.3-r0", "1.2.3-r0", Kind::Rebuilt),
            ("1.2.3-r0", "1.2.2-r7", Kind::Older),
        ] {
            assert_eq!(Kind::between(old, new), kind, "{old} {new}");
        }
    }
}
