//! Making a lock: every architecture is resolved, and every package fetched and hashed.

use super::prefer::Preference;
use super::{Inputs, Lock, LockError, LockedPackage, fit, inputs};
use crate::apk::arch::Arch;
use crate::apk::index::Entry;
use crate::apk::index_record::index_record;
use crate::error::Error;
use crate::progress::Progress;
use crate::repository::{FetchError, FetchedPackage, Fetcher, FileHash, Wanted};
use crate::resolution::{check_listed, resolve_anew};
use crate::{Overrides, Request, Resolution, use_cache};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What shall move when a lock is made anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Update {
    /// What must.
    Needed,
    /// These packages, and what must move with them.
    Names(Vec<String>),
    /// Everything.
    All,
}

/// The architectures that are to be locked: the manifest's; for one that names none, those of
/// the lock that there is and the one that was asked for, or this machine's.
///
/// # Errors
/// When the manifest is not for the one that was asked for, or the machine's is none of
/// Alpine's.
pub(crate) fn architectures(request: &Request, old: Option<&Lock>) -> Result<Vec<Arch>, Error> {
    check_listed(request)?;
    let listed = &request.manifest.arch;
    let mut archs: BTreeSet<Arch> = listed.iter().copied().collect();
    if archs.is_empty() {
        archs.extend(old.iter().flat_map(|lock| lock.packages.keys()));
        archs.extend(&request.archs);
    }
    if archs.is_empty() {
        archs.insert(Arch::host().ok_or(Error::NoHostArch)?);
    }
    Ok(archs.into_iter().collect())
}

/// Locks the manifest of the request. With the `old` lock its packages are preferred, as far as
/// `update` says. Nothing is written.
///
/// # Errors
/// Those of resolving and fetching. Where architectures cannot be resolved, all of them are
/// named.
pub fn make(
    request: &Request,
    old: Option<&Lock>,
    update: &Update,
    progress: &dyn Progress,
) -> Result<Lock, Error> {
    let archs = architectures(request, old)?;
    // A lock is of the manifest, whatever the packages are read from for once.
    let request = Request {
        overrides: Overrides {
            repositories: Vec::new(),
            ..request.overrides.clone()
        },
        ..request.clone()
    };
    let fetcher = Fetcher::new(request.fetch.clone());
    let using = use_cache(&fetcher, &request)?;
    let mut lock = Lock {
        inputs: Inputs::of(&request.manifest)?,
        repositories: inputs::repositories(&request.manifest)?,
        keys: BTreeMap::new(),
        packages: BTreeMap::new(),
    };
    let resolutions = resolve_all(&fetcher, &request, &archs, old, update, progress)?;
    for_each(&resolutions, |resolution| {
        add(&mut lock, &fetcher, resolution, progress)
    })?;
    if let Update::Names(names) = update {
        let known = |name: &str| {
            let locks = [Some(&lock), old];
            let mut packages = locks
                .into_iter()
                .flatten()
                .flat_map(|l| l.packages.values());
            packages.any(|packages| packages.iter().any(|p| p.name == name))
        };
        if let Some(name) = names.iter().find(|name| !known(name)) {
            return Err(LockError::NoSuchPackage(name.clone()).into());
        }
    }
    drop(using);
    // If others use the cache just now, one of them will tidy it.
    let _ = fetcher.cache().shrink(request.cache_limit, Duration::ZERO);
    for warning in differences(&lock) {
        progress.warn(&warning);
    }
    Ok(lock)
}

/// Resolves for all architectures, or says for which of them that cannot be done.
pub(super) fn resolve_all(
    fetcher: &Fetcher,
    request: &Request,
    archs: &[Arch],
    old: Option<&Lock>,
    update: &Update,
    progress: &dyn Progress,
) -> Result<Vec<Resolution>, Error> {
    let (mut resolutions, mut failures) = (Vec::new(), Vec::new());
    for &arch in archs {
        let locked = old.and_then(|lock| lock.packages.get(&arch));
        let preference = locked.map(|locked| Preference { locked, update });
        match resolve_anew(fetcher, request, arch, preference, progress) {
            Ok(resolution) => resolutions.push(resolution),
            Err(error) => failures.push((arch, error)),
        }
    }
    match failures.pop() {
        None => Ok(resolutions),
        Some((_, error)) if archs.len() == 1 => Err(error),
        Some(last) => {
            failures.push(last);
            Err(Error::Archs(failures))
        }
    }
}

/// Does something for each architecture. What is missing offline is told of all of them at once.
pub(super) fn for_each<T>(
    all: impl IntoIterator<Item = T>,
    mut work: impl FnMut(T) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut missing = Vec::new();
    for one in all {
        match work(one) {
            Err(Error::Fetch(FetchError::Offline(files))) => missing.extend(files),
            result => result?,
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(FetchError::Offline(missing).into()),
    }
}

/// Adds an architecture to the lock.
fn add(
    lock: &mut Lock,
    fetcher: &Fetcher,
    resolution: &Resolution,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let arch = resolution.arch;
    let mut signers = Vec::new();
    for ((repository, seen), source) in lock
        .repositories
        .iter_mut()
        .zip(&resolution.seen)
        .zip(&resolution.sources)
    {
        signers.extend(seen.key.as_deref().map(|key| (key, source)));
        repository.indexes.insert(arch, seen.clone());
    }
    lock.keys.extend(fit::digests(signers));
    let wanted: Vec<Wanted<'_>> = resolution
        .packages()
        .map(|(source, entry, _)| Wanted {
            name: entry.name,
            version: entry.version,
            arch: match entry.arch {
                "" => arch.name(),
                arch => arch,
            },
            identity: entry.identity,
            size: (entry.size > 0).then_some(entry.size),
            repositories: vec![&source.repository],
            file_hash: FileHash::Wanted,
            hold: 0,
        })
        .collect();
    let fetched = fetcher.fetch_packages(&wanted, &|_| false, progress)?;
    let places = resolution.solution.install.iter().map(|s| s.repository);
    let packages = resolution.packages().zip(places).zip(&fetched);
    let packages = packages.map(|(((_, entry, tag), place), fetched)| {
        let repository = lock.repositories.get(place);
        let repository = repository.map(|r| r.address.clone()).unwrap_or_default();
        locked(entry, tag, repository, fetched)
    });
    let packages = packages.collect();
    lock.packages.insert(arch, packages);
    Ok(())
}

fn locked(
    entry: Entry<'_>,
    tag: Option<&str>,
    repository: String,
    fetched: &FetchedPackage,
) -> LockedPackage {
    let package = &fetched.package;
    let record = entry.database_lines();
    let own = index_record(&package.info, &package.identity, entry.arch, package.size);
    LockedPackage {
        name: entry.name.to_owned(),
        version: entry.version.to_owned(),
        arch: entry.arch.to_owned(),
        origin: entry.origin.to_owned(),
        repository,
        tag: tag.map(str::to_owned),
        identity: entry.identity,
        size: package.size,
        // It was asked for.
        sha256: fetched.sha256.unwrap_or_default(),
        record: (record != own).then_some(record),
    }
}

/// A warning for each package whose version is not the same on all architectures that have it:
/// most often the mirror has not received all of a rebuild.
fn differences(lock: &Lock) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (arch, packages) in &lock.packages {
        for package in packages {
            let of_name = versions.entry(&package.name).or_default();
            of_name
                .entry(&package.version)
                .or_default()
                .push(arch.name());
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    let describe = |(name, versions): (&&str, &BTreeMap<&str, Vec<&str>>)| {
        let parts: Vec<String> = versions
            .iter()
            .map(|(version, archs)| format!("{version} for {}", archs.join(", ")))
            .collect();
        format!("{name} is not of one version: {}", parts.join("; "))
    };
    versions.iter().map(describe).collect()
}
