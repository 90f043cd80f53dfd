//! Which packages a build consists of: those of the lock, or those that the solver chooses.

use crate::apk::arch::Arch;
use crate::apk::catalogue::Catalogue;
use crate::apk::dependency::{Dependency, compare_names};
use crate::apk::index::{Entry, Index};
use crate::lock::LockedIndex;
use crate::manifest::Manifest;
use crate::progress::Progress;
use crate::repository::{FetchedPackage, Fetcher, FileHash, Wanted};
use crate::stock::{self, Shelves, Stock};
use crate::{Error, Request, Source, blame, lock, report, solver, sources};
use std::collections::BTreeMap;

/// A world and the packages that satisfy it.
#[derive(Debug)]
pub struct Resolution {
    /// The architecture.
    pub arch: Arch,
    /// The repositories, the preferred first.
    pub sources: Vec<Source>,
    pub(crate) indexes: Vec<Index>,
    /// What each index was; nothing when a lock was used.
    pub(crate) seen: Vec<LockedIndex>,
    pub(crate) solution: solver::Solution,
    /// What the lock says of each package, if one was used.
    pub(crate) pins: Vec<lock::Pin>,
    /// Packages that are there already, by their place in the order of installation.
    pub(crate) fetched: BTreeMap<usize, FetchedPackage>,
}

impl Resolution {
    /// The packages in the order of installation as `name-version`, for which their records
    /// need not be read.
    pub fn names(&self) -> impl ExactSizeIterator<Item = String> {
        let selected = self.solution.install.iter();
        selected.map(|s| format!("{}-{}", s.name, s.version))
    }

    /// The packages in the order of installation: the source of each, its record, and its tag.
    pub fn packages(&self) -> impl ExactSizeIterator<Item = (&Source, Entry<'_>, Option<&str>)> {
        self.solution.install.iter().map(|selected| {
            let entry = self.indexes[selected.repository].entry(selected.position);
            let source = &self.sources[selected.repository];
            (source, entry, selected.tag.as_deref())
        })
    }

    /// What to fetch for each package, in the order of installation; `None` stands for one that
    /// installs nothing.
    pub(crate) fn wanted(&self) -> Vec<Option<Wanted<'_>>> {
        let mut pins = self.pins.iter();
        self.packages()
            .map(|(source, entry, _)| {
                let pin = pins.next();
                let arch = self.arch.name();
                let mut wanted = Wanted::new(entry, arch, vec![&source.repository])?;
                if let Some(pin) = pin {
                    wanted.repositories = pin.places.iter().collect();
                    wanted.size = Some(pin.size);
                    wanted.file_hash = FileHash::Locked(pin.sha256);
                }
                Some(wanted)
            })
            .collect()
    }
}

impl Resolution {
    /// Whether a lock chose the packages.
    pub fn is_locked(&self) -> bool {
        !self.pins.is_empty()
    }

    /// The address of each package's repository, in the order of installation: as
    /// [`Source::address`], or as the lock has it.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let install = self.solution.install.iter().enumerate();
        install.map(|(number, selected)| match self.pins.get(number) {
            Some(pin) => pin.address.as_str(),
            None => self.sources[selected.repository].address.as_str(),
        })
    }

    /// Who needs whom among the packages, from the words of the manifest on.
    pub fn graph(&self, manifest: &Manifest) -> report::Graph {
        let packages: Vec<Entry<'_>> = self.packages().map(|(_, entry, _)| entry).collect();
        report::Graph::new(&world(manifest).0, &packages)
    }
}

/// Takes the packages of the lock, or resolves anew where there is none.
pub(crate) fn resolve_with(
    fetcher: &Fetcher,
    request: &Request,
    arch: Arch,
    progress: &dyn Progress,
) -> Result<Resolution, Error> {
    match lock::replay(fetcher, request, arch, progress)? {
        Some(resolution) => Ok(resolution),
        None => resolve_anew(fetcher, request, arch, None, progress),
    }
}

/// Resolves with the indexes of the repositories, whatever was locked; with a preference, as
/// close to that as can be.
pub(crate) fn resolve_anew(
    fetcher: &Fetcher,
    request: &Request,
    arch: Arch,
    preference: Option<lock::Preference<'_>>,
    progress: &dyn Progress,
) -> Result<Resolution, Error> {
    let sources = sources::sources(&request.manifest, &request.overrides, arch)?;
    let (world, origins) = world(&request.manifest);
    let mut resolution = Resolution {
        arch,
        sources,
        indexes: Vec::new(),
        seen: Vec::new(),
        solution: solver::Solution {
            install: Vec::new(),
        },
        pins: Vec::new(),
        fetched: BTreeMap::new(),
    };
    blame::check_tags(&request.manifest, &resolution.sources)?;
    if world.is_empty() {
        return Ok(resolution);
    }
    let sources = std::mem::take(&mut resolution.sources);
    let (stock, ahead) = Stock::fetch_and(fetcher, sources, arch, progress, |shelves, known| {
        preference.is_none().then_some(())?;
        stock::ask(shelves, &world, &origins, |asked| {
            solver::resolve_ahead(asked, known)
        })
    })?;
    let (indexes, solution) = match (preference, ahead) {
        (None, Some(solution)) => (stock.indexes, solution),
        (None, None) => {
            let solution = stock::solve(stock.shelves(), &stock.catalogue, &world, &origins);
            let solution = solution.map_err(|error| blame::words(error, request))?;
            (stock.indexes, solution)
        }
        (Some(preference), _) => {
            let sources = &stock.sources;
            let solve = |indexes: &[Index], catalogue: &Catalogue| {
                let shelves = Shelves {
                    sources,
                    indexes,
                    arch,
                };
                stock::solve(shelves, catalogue, &world, &origins)
            };
            let solved = preference.solve(stock.indexes, &stock.catalogue, solve);
            solved.map_err(|error| blame::words(error, request))?
        }
    };
    Ok(Resolution {
        sources: stock.sources,
        indexes,
        seen: stock.seen,
        solution,
        ..resolution
    })
}

/// The architectures that are to be built, by name: those that were asked for, else the
/// manifest's, else this machine's.
///
/// # Errors
/// When the manifest is not for one that was asked for, or the machine's is none of Alpine's.
pub(crate) fn architectures(request: &Request) -> Result<Vec<Arch>, Error> {
    let listed = &request.manifest.arch;
    let mut archs = match request.archs.is_empty() {
        true => listed.clone(),
        false => request.archs.clone(),
    };
    if archs.is_empty() {
        archs.push(Arch::host().ok_or(Error::NoHostArch)?);
    }
    check_listed(request)?;
    archs.sort();
    archs.dedup();
    Ok(archs)
}

/// Checks that the manifest is for all architectures that were asked for.
///
/// # Errors
/// When it lists some, and not that one.
pub(crate) fn check_listed(request: &Request) -> Result<(), Error> {
    let listed = &request.manifest.arch;
    let other = |wanted: &&Arch| !listed.is_empty() && !listed.contains(wanted);
    match request.archs.iter().find(other) {
        None => Ok(()),
        Some(wanted) => Err(Error::OtherArch {
            wanted: *wanted,
            listed: listed.clone(),
        }),
    }
}

/// The one architecture of what there can be but one of.
///
/// # Errors
/// Those of [`architectures`], or when there are several.
pub(crate) fn architecture(request: &Request, what: &'static str) -> Result<Arch, Error> {
    let archs = architectures(request)?;
    match archs.as_slice() {
        [only] => Ok(*only),
        _ => Err(Error::SeveralArchs { what, archs }),
    }
}

/// The words of the world in apk's order, and where each stands.
pub(crate) fn world(manifest: &Manifest) -> (Vec<Dependency<'_>>, Vec<String>) {
    let mut world: Vec<(Dependency<'_>, String)> = manifest
        .packages
        .iter()
        .filter_map(|word| {
            let origin = match &word.place {
                Some(place) => place.to_string(),
                None => "--package".to_owned(),
            };
            Some((Dependency::parse_world(&word.atom).ok()?, origin))
        })
        .collect();
    world.sort_by(|(a, _), (b, _)| compare_names(a.name, b.name));
    world.into_iter().unzip()
}
