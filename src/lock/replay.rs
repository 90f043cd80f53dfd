//! Building from a lock: a resolution without an index.

use super::{Lock, LockError, LockUse, LockedPackage, Sha256, fit, inputs, path};
use crate::apk::arch::Arch;
use crate::apk::dependency::{Constraint, Dependency};
use crate::apk::identity::Identity;
use crate::apk::index::{Entry, Index};
use crate::apk::index_record::index_record;
use crate::apk::package::read_control;
use crate::apk::pkginfo::PkgInfo;
use crate::error::Error;
use crate::progress::Progress;
use crate::repository::{FetchedPackage, Fetcher, FileHash, Location, Repository, Wanted};
use crate::resolution::world;
use crate::solver::{Selected, Solution};
use crate::sources::{mirrors, sources};
use crate::{Request, Resolution, Source, rootfs};
use std::collections::{BTreeMap, HashMap};

/// What a lock says of a package of a resolution.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    /// Where it can be read, the preferred place first.
    pub places: Vec<Repository>,
    /// The bytes of its file.
    pub size: u64,
    /// Of its file.
    pub sha256: Sha256,
    /// The address of its repository, as the lock has it.
    pub address: String,
}

/// The lock to be used for an architecture, checked against the manifest; `None` when there is
/// none, or none is wanted.
///
/// # Errors
/// When it is damaged or does not fit, or there is none and there must be.
fn find(request: &Request, arch: Arch) -> Result<Option<Lock>, Error> {
    if request.lock == LockUse::Ignored {
        return Ok(None);
    }
    let required = request.lock == LockUse::Required;
    let Some(path) = path(&request.manifest) else {
        return match required {
            true => Err(LockError::NoManifest.into()),
            false => Ok(None),
        };
    };
    let Some(lock) = Lock::load(&path)? else {
        return match required {
            true => Err(LockError::Missing(path).into()),
            false => Ok(None),
        };
    };
    let mut archs = request.manifest.arch.clone();
    if !archs.contains(&arch) {
        archs.push(arch);
    }
    let misfits = fit::misfits(&lock, request, &archs)?;
    match misfits.is_empty() {
        true => Ok(Some(lock)),
        false => Err(LockError::Stale { path, misfits }.into()),
    }
}

/// The packages that the lock of the request holds for an architecture, in the order of
/// installation; `None` when there is no lock to be used. Nothing is fetched for it.
///
/// # Errors
/// When the lock is damaged or does not fit, or there is none and there must be.
pub fn in_use(request: &Request, arch: Arch) -> Result<Option<Vec<LockedPackage>>, Error> {
    let lock = find(request, arch)?;
    Ok(lock.and_then(|mut lock| lock.packages.remove(&arch)))
}

/// The resolution that the lock of the request holds; `None` when there is no lock to be used.
/// What index entries would say is read from the packages, which are fetched if need be.
///
/// # Errors
/// When the lock cannot be used, or a package cannot be had.
pub(crate) fn replay(
    fetcher: &Fetcher,
    request: &Request,
    arch: Arch,
    progress: &dyn Progress,
) -> Result<Option<Resolution>, Error> {
    let Some(lock) = find(request, arch)? else {
        return Ok(None);
    };
    // That it is there was just checked.
    let packages = lock.packages.get(&arch).map_or(&[][..], Vec::as_slice);
    let resolution = from_packages(fetcher, request, arch, packages, &|_| None, progress)?;
    complete(request, &resolution)?;
    Ok(Some(resolution))
}

/// Checks that the packages have what they and the manifest ask for. The solver saw to it, but
/// somebody may have edited the lock since.
fn complete(request: &Request, resolution: &Resolution) -> Result<(), LockError> {
    let entries: Vec<Entry<'_>> = resolution.packages().map(|(_, entry, _)| entry).collect();
    let mut offers: HashMap<&str, Vec<(Option<&str>, Identity)>> = HashMap::new();
    for entry in &entries {
        let mut offer = |name, version| {
            let of_name = offers.entry(name).or_default();
            of_name.push((version, entry.identity));
        };
        offer(entry.name, Some(entry.version));
        let words = entry.provides.split_ascii_whitespace();
        for provided in words.filter_map(Dependency::parse_provided) {
            let version = match provided.constraint {
                Constraint::Version(_, version) => Some(version),
                _ => None,
            };
            offer(provided.name, version);
        }
    }
    // Packages with garbled dependencies are never chosen.
    let own = |entry: &Entry<'_>| entry.full_name();
    let of_packages = entries.iter().flat_map(|entry| {
        let atoms = entry.depends.split_ascii_whitespace();
        atoms.filter_map(move |atom| Some((own(entry), Dependency::parse(atom).ok()?)))
    });
    let (world, _) = world(&request.manifest);
    let of_world = world.iter().map(|atom| ("the manifest".to_owned(), *atom));
    for (who, atom) in of_world.chain(of_packages) {
        let mut offers = offers.get(atom.name).into_iter().flatten();
        let met = offers.any(|(version, identity)| atom.describes(*version, identity));
        if !met && !atom.conflict {
            return Err(LockError::Incomplete {
                path: path(&request.manifest).unwrap_or_default(),
                who,
                atom: atom.to_string(),
            });
        }
    }
    Ok(())
}

/// A resolution of these packages. Those for whose number there is a `local` repository are
/// read from there alone.
pub(super) fn from_packages(
    fetcher: &Fetcher,
    request: &Request,
    arch: Arch,
    packages: &[LockedPackage],
    local: &dyn Fn(usize) -> Option<Repository>,
    progress: &dyn Progress,
) -> Result<Resolution, Error> {
    let sources = sources(&request.manifest, &request.overrides, arch)?;
    let places = Places::new(request, &sources)?;
    let mut pins = Vec::with_capacity(packages.len());
    let mut homes = Vec::with_capacity(packages.len());
    for (number, package) in packages.iter().enumerate() {
        let (home, repositories) = places.of(package);
        homes.push(home);
        pins.push(Pin {
            places: local(number).map_or(repositories, |repository| vec![repository]),
            size: package.size,
            sha256: package.sha256,
            address: package.repository.clone(),
        });
    }
    let wanted: Vec<Wanted<'_>> = packages
        .iter()
        .zip(&pins)
        .map(|(package, pin)| wanted(package, arch, pin))
        .collect();
    let (records, fetched) = records(fetcher, packages, &wanted, progress)?;
    let mut texts = vec![String::new(); sources.len()];
    let mut counts = vec![0; sources.len()];
    let mut install = Vec::with_capacity(packages.len());
    for ((package, record), home) in packages.iter().zip(&records).zip(homes) {
        texts[home].push_str(record);
        texts[home].push('\n');
        install.push(Selected {
            name: package.name.clone(),
            version: package.version.clone(),
            repository: home,
            position: counts[home],
            tag: package.tag.clone(),
        });
        counts[home] += 1;
    }
    let indexes: Result<Vec<Index>, _> = texts.into_iter().map(Index::parse).collect();
    Ok(Resolution {
        arch,
        sources,
        indexes: indexes.map_err(LockError::from)?,
        seen: Vec::new(),
        solution: Solution { install },
        pins,
        fetched,
    })
}

pub(super) fn wanted<'a>(package: &'a LockedPackage, arch: Arch, pin: &'a Pin) -> Wanted<'a> {
    Wanted {
        name: &package.name,
        version: &package.version,
        arch: match package.arch.as_str() {
            "" => arch.name(),
            arch => arch,
        },
        identity: package.identity,
        size: Some(package.size),
        repositories: pin.places.iter().collect(),
        file_hash: FileHash::Locked(package.sha256),
        hold: 0,
    }
}

/// Packages by their place in the order of installation.
type Fetched = BTreeMap<usize, FetchedPackage>;

/// What an index would say of each package, and those that had to be fetched for it.
fn records(
    fetcher: &Fetcher,
    packages: &[LockedPackage],
    wanted: &[Wanted<'_>],
    progress: &dyn Progress,
) -> Result<(Vec<String>, Fetched), Error> {
    let mut records: Vec<Option<String>> = Vec::with_capacity(packages.len());
    let mut missing = Vec::new();
    for (number, (package, wanted)) in packages.iter().zip(wanted).enumerate() {
        let record = match &package.record {
            Some(record) => Some(record.clone()),
            None => match control(fetcher, wanted) {
                Some(info) => Some(record_of(package, &info)?),
                None => {
                    missing.push(number);
                    None
                }
            },
        };
        records.push(record);
    }
    let absent: Vec<Wanted<'_>> = missing.iter().map(|&n| wanted[n].clone()).collect();
    let mut fetched = Fetched::new();
    if !absent.is_empty() {
        let all = fetcher.fetch_packages(&absent, &rootfs::is_needed_in_memory, progress)?;
        for (number, one) in missing.into_iter().zip(all) {
            records[number] = Some(record_of(&packages[number], &one.package.info)?);
            fetched.insert(number, one);
        }
    }
    Ok((records.into_iter().flatten().collect(), fetched))
}

/// What the package says of itself, if it lies on this machine. Its control part is verified;
/// the rest is once it is used.
fn control(fetcher: &Fetcher, wanted: &Wanted<'_>) -> Option<PkgInfo> {
    let source = fetcher.open_unverified(wanted)?;
    let keys = &wanted.repositories.first()?.keys;
    let control = read_control(&mut source.read_from(0), keys, &wanted.identity);
    // What is wrong with it is told when it is read whole.
    control.ok().map(|control| control.info)
}

fn record_of(package: &LockedPackage, info: &PkgInfo) -> Result<String, LockError> {
    if (&info.name, &info.version) != (&package.name, &package.version) {
        return Err(LockError::OtherPackage {
            expected: package.full_name(),
            found: info.full_name(),
            identity: package.identity.to_string(),
        });
    }
    let (identity, arch) = (&package.identity, &package.arch);
    Ok(index_record(info, identity, arch, package.size))
}

/// Where locked packages can be read.
struct Places<'a> {
    /// The repositories, with their addresses in the lock; without one, all packages may be
    /// there: the command line says so.
    sources: Vec<(Option<String>, &'a Source)>,
    /// What stands in for Alpine's official server. A folder that `vendor` filled holds the
    /// packages right there and not below the names of releases.
    mirrors: Vec<Location>,
}

impl Places<'_> {
    fn new<'a>(request: &Request, sources: &'a [Source]) -> Result<Places<'a>, Error> {
        let overrides = &request.overrides;
        let mut addresses: Vec<Option<String>> = vec![None; sources.len()];
        if overrides.repositories.is_empty() {
            let locked = inputs::repositories(&request.manifest)?;
            addresses = locked.into_iter().map(|r| Some(r.address)).collect();
        }
        Ok(Places {
            sources: addresses.into_iter().zip(sources).collect(),
            mirrors: mirrors(&request.manifest, overrides)?,
        })
    }

    /// The source that the package counts as being from, and all repositories that may have it.
    fn of(&self, package: &LockedPackage) -> (usize, Vec<Repository>) {
        let fits = |address: &Option<String>| {
            address
                .as_ref()
                .is_none_or(|address| *address == package.repository)
        };
        let fitting = || self.sources.iter().filter(|(address, _)| fits(address));
        let home = self.sources.iter().position(|(address, _)| fits(address));
        let mut places: Vec<Repository> = fitting()
            .map(|(_, source)| source.repository.clone())
            .collect();
        if let ([mirror, others @ ..], Some(first)) = (self.mirrors.as_slice(), places.first()) {
            places.push(Repository {
                location: mirror.clone(),
                mirrors: others.to_vec(),
                ..first.clone()
            });
        }
        // A lock is only used with the repositories that it was made with.
        (home.unwrap_or_default(), places)
    }
}
