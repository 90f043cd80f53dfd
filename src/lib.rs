//! apkcompose composes container images from Alpine packages: the root file system that
//! `apk add` would leave, the same bytes on every machine.
//!
//! ```text
//! manifest ──► repository ──► solver ──► repository ──► rootfs ──► layer ──► image ──► output
//! TOML         indexes, keys   world →    verified       tree,      tar       OCI       archive,
//!                              install    packages       owners,    members   config,   folder
//!                              list                      database             manifest
//! ```
//!
//! Each stage takes the former's value and returns its own; none prints, none reads the
//! environment. [`resolve`] goes as far as the list of packages, [`build`] all the way.

pub mod apk;
mod assemble;
pub mod cli;
pub mod demo;
mod error;
pub mod image;
mod known;
pub mod layer;
pub mod lock;
pub mod manifest;
pub mod output;
pub mod progress;
mod record;
pub mod report;
pub mod repository;
pub mod rootfs;
mod sandbox;
pub mod solver;
mod sources;

pub use error::Error;
pub use sandbox::{Limits, SandboxError};
pub use sources::{Overrides, Source};

use apk::arch::Arch;
use apk::catalogue::{Catalogue, MAX_INDEXES};
use apk::dependency::{Dependency, compare_names};
use apk::index::{Entry, Index};
use lock::{LockUse, LockedIndex};
use manifest::{Manifest, Scripts};
use output::{Format, Losses};
use progress::{Progress, Stage};
use record::Record;
use repository::cache::{Cache, CacheError, CacheLock, LOCK_TIMEOUT, Use};
use repository::{FetchError, FetchOptions, FetchedPackage, Fetcher, FileHash, Repository, Wanted};
use rootfs::{Candidate, Declared, Root, RootError, scripts};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What is to be built, and with what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The manifest, with what the command line adds to it.
    pub manifest: Manifest,
    /// The architecture; `None`: the manifest's, or this machine's.
    pub arch: Option<Arch>,
    /// What the command line says about repositories.
    pub overrides: Overrides,
    /// What is to be done about the manifest's lock.
    pub lock: LockUse,
    /// How to fetch.
    pub fetch: FetchOptions,
    /// How many bytes the cache may hold after a build.
    pub cache_limit: u64,
    /// `SOURCE_DATE_EPOCH`: the time of all that is generated, in seconds since 1970; `None`:
    /// the newest build date among the packages.
    pub source_date_epoch: Option<u64>,
    /// What the packages' scripts may use up.
    pub limits: Limits,
    /// The `apkcompose` program, which is started again to run scripts; `None`: the running one.
    pub program: Option<PathBuf>,
}

/// Where the result goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// The file or folder.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// `sha256:…`: of the image's manifest; of a plain root, that of its tar.
    pub digest: String,
    /// The number of packages.
    pub packages: usize,
    /// What a folder could not hold, as its writer is not root.
    pub losses: Losses,
}

/// A world and the packages that satisfy it.
#[derive(Debug)]
pub struct Resolution {
    /// The architecture.
    pub arch: Arch,
    /// The repositories, the preferred first.
    pub sources: Vec<Source>,
    indexes: Vec<Index>,
    /// What each index was; nothing when a lock was used.
    seen: Vec<LockedIndex>,
    solution: solver::Solution,
    /// What the lock says of each package, if one was used.
    pins: Vec<lock::Pin>,
    /// Packages that are there already, by their place in the order of installation.
    fetched: BTreeMap<usize, FetchedPackage>,
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
    /// Who needs whom among the packages, from the words of the manifest on.
    pub fn graph(&self, manifest: &Manifest) -> report::Graph {
        let packages: Vec<Entry<'_>> = self.packages().map(|(_, entry, _)| entry).collect();
        report::Graph::new(&world(manifest).0, &packages)
    }
}

/// Finds the packages that a manifest asks for, and all that they need: in its lock, or else in
/// the indexes of its repositories.
///
/// # Errors
/// When the lock does not fit, an index cannot be had or is not vouched for, or no choice of
/// packages fits.
pub fn resolve(request: &Request, progress: &dyn Progress) -> Result<Resolution, Error> {
    let fetcher = Fetcher::new(request.fetch.clone());
    let _lock = use_cache(&fetcher, request)?;
    resolve_with(&fetcher, request, progress)
}

fn resolve_with(
    fetcher: &Fetcher,
    request: &Request,
    progress: &dyn Progress,
) -> Result<Resolution, Error> {
    let arch = architecture(request)?;
    match lock::replay(fetcher, request, arch, progress)? {
        Some(resolution) => Ok(resolution),
        None => resolve_anew(fetcher, request, arch, None, progress),
    }
}

/// Resolves with the indexes of the repositories, whatever was locked; with a preference, as
/// close to that as can be.
fn resolve_anew(
    fetcher: &Fetcher,
    request: &Request,
    arch: Arch,
    preference: Option<lock::Preference<'_>>,
    progress: &dyn Progress,
) -> Result<Resolution, Error> {
    let mut resolution = Resolution {
        arch,
        sources: sources::sources(&request.manifest, &request.overrides, arch)?,
        indexes: Vec::new(),
        seen: Vec::new(),
        solution: solver::Solution {
            install: Vec::new(),
        },
        pins: Vec::new(),
        fetched: BTreeMap::new(),
    };
    let (world, origins) = world(&request.manifest);
    if world.is_empty() {
        return Ok(resolution);
    }
    if resolution.sources.len() > MAX_INDEXES {
        return Err(Error::TooManyRepositories(resolution.sources.len()));
    }
    let repositories: Vec<Repository> = resolution
        .sources
        .iter()
        .map(|source| source.repository.clone())
        .collect();
    let known = known::Known::read(fetcher.cache(), &repositories, arch.name());
    let fetched =
        fetcher.fetch_indexes_again(&repositories, arch.name(), &known.digests, progress)?;
    let catalogue = known.catalogue(fetcher.cache(), &fetched);
    for fetched in fetched {
        resolution.indexes.push(fetched.index);
        resolution.seen.push(LockedIndex {
            sha256: fetched.sha256,
            key: fetched.signed_by,
        });
    }
    let names: Vec<String> = repositories
        .iter()
        .map(|r| r.location.to_string())
        .collect();
    let solve = |indexes: &[Index], catalogue: &Catalogue| {
        let indexes: Vec<solver::Repository<'_>> = indexes
            .iter()
            .zip(&resolution.sources)
            .zip(&names)
            .map(|((index, source), name)| solver::Repository {
                index,
                tag: source.tag.as_deref(),
                name,
            })
            .collect();
        let wanted = solver::Request {
            world: &world,
            origins: &origins,
            repositories: &indexes,
            arch: arch.name(),
        };
        solver::resolve_in(&wanted, catalogue)
    };
    match preference {
        None => resolution.solution = solve(&resolution.indexes, &catalogue)?,
        Some(preference) => {
            let indexes = std::mem::take(&mut resolution.indexes);
            let (indexes, solution) = preference.solve(indexes, catalogue, solve)?;
            (resolution.indexes, resolution.solution) = (indexes, solution);
        }
    }
    Ok(resolution)
}

/// Builds what a manifest describes.
///
/// # Errors
/// Those of every stage. Nothing is left at the target then.
pub fn build(request: &Request, target: &Target, progress: &dyn Progress) -> Result<Built, Error> {
    let fetcher = Fetcher::new(request.fetch.clone());
    let lock = use_cache(&fetcher, request)?;
    let mut resolution = resolve_with(&fetcher, request, progress)?;
    let already = std::mem::take(&mut resolution.fetched);
    let addresses = sources::listed_addresses(&request.manifest, &request.overrides)?;
    let inputs = inputs(request, &resolution, &addresses);
    if let Some(inputs) = &inputs
        && let Some(record) = Record::load(fetcher.cache(), inputs)
        && let Some(digest) =
            assemble::from_record(request, target, &resolution, &record, &fetcher, progress)?
    {
        return Ok(finished(
            &resolution,
            digest,
            Losses::default(),
            &record.warnings,
            progress,
        ));
    }
    let packages = fetch(&fetcher, &resolution, already, progress)?;
    let candidates: Vec<Candidate<'_>> = resolution
        .packages()
        .zip(&packages)
        .map(|((_, entry, tag), fetched)| Candidate {
            entry,
            tag,
            package: fetched.as_ref().map(|fetched| &fetched.package),
        })
        .collect();
    let time = request
        .source_date_epoch
        .unwrap_or_else(|| newest_build(&candidates));
    let scripts = scripts::Settings {
        packages: &packages,
        arch: resolution.arch,
        time,
        limits: request.limits,
        may_fail: &request.manifest.scripts_may_fail,
        program: request.program.as_ref(),
        progress,
    };
    let (mut root, lasts) = install(request, &resolution, &candidates, scripts, fetcher.cache())?;
    complete(
        request,
        &resolution,
        &candidates,
        &addresses,
        time,
        &mut root,
    )?;
    let sources = layer::Sources {
        tree: &root.tree,
        packages: &packages,
        time,
        progress,
    };
    let (digest, losses, record) = assemble::from_root(
        request,
        target,
        &resolution,
        &root,
        &sources,
        fetcher.cache(),
    )?;
    if let (Some(inputs), Some(mut record), true) = (inputs, record, lasts) {
        record.warnings.clone_from(&root.warnings);
        record.store(fetcher.cache(), &inputs);
    }
    drop(lock);
    // If others use the cache just now, one of them will tidy it.
    let _ = fetcher.cache().shrink(request.cache_limit, Duration::ZERO);
    Ok(finished(
        &resolution,
        digest,
        losses,
        &root.warnings,
        progress,
    ))
}

/// Keeps others from removing what this build needs. A cache that cannot be written to has
/// nobody to remove anything.
fn use_cache(fetcher: &Fetcher, request: &Request) -> Result<Option<CacheLock>, Error> {
    let what = format!("working on {}", request.manifest.image_name());
    match fetcher.cache().lock(Use::Shared, &what, LOCK_TIMEOUT) {
        Ok(lock) => Ok(Some(lock)),
        Err(error @ CacheError::Locked { .. }) => Err(FetchError::from(error).into()),
        Err(_) => Ok(None),
    }
}

/// The digest of all that goes into the layers; `None` when a file of the manifest cannot be
/// read, which a later stage reports.
fn inputs(request: &Request, resolution: &Resolution, addresses: &[String]) -> Option<String> {
    let inputs = record::Inputs {
        manifest: &request.manifest,
        arch: resolution.arch.name(),
        packages: resolution
            .packages()
            .map(|(_, entry, tag)| (entry, tag))
            .collect(),
        files: resolution.pins.iter().map(|pin| pin.sha256).collect(),
        repositories: addresses,
        time: request.source_date_epoch,
    };
    inputs.digest().ok()
}

fn finished(
    resolution: &Resolution,
    digest: String,
    losses: Losses,
    warnings: &[String],
    progress: &dyn Progress,
) -> Built {
    progress.finish(Stage::Layers);
    for warning in warnings {
        progress.warn(warning);
    }
    Built {
        digest,
        packages: resolution.packages().len(),
        losses,
    }
}

/// The one architecture that is to be built.
fn architecture(request: &Request) -> Result<Arch, Error> {
    let listed = &request.manifest.arch;
    match (request.arch, listed.as_slice()) {
        (Some(wanted), []) => Ok(wanted),
        (Some(wanted), _) if listed.contains(&wanted) => Ok(wanted),
        (Some(wanted), _) => Err(Error::OtherArch {
            wanted,
            listed: listed.clone(),
        }),
        (None, []) => Arch::host().ok_or(Error::NoHostArch),
        (None, [only]) => Ok(*only),
        (None, _) => Err(Error::SeveralArchs(listed.clone())),
    }
}

/// The words of the world in apk's order, and where each stands.
fn world(manifest: &Manifest) -> (Vec<Dependency<'_>>, Vec<String>) {
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

/// Fetches the packages of a resolution but those that are there `already`; `None` stands for
/// one that installs nothing.
fn fetch(
    fetcher: &Fetcher,
    resolution: &Resolution,
    mut already: BTreeMap<usize, FetchedPackage>,
    progress: &dyn Progress,
) -> Result<assemble::Packages, Error> {
    let wanted = resolution.wanted();
    let numbered = || wanted.iter().enumerate();
    let absent: Vec<Wanted<'_>> = numbered()
        .filter(|(number, _)| !already.contains_key(number))
        .filter_map(|(_, wanted)| wanted.clone())
        .collect();
    let fetched = fetcher.fetch_packages(&absent, &rootfs::is_needed_in_memory, progress)?;
    let mut fetched = fetched.into_iter();
    Ok(numbered()
        .map(|(number, wanted)| {
            wanted.as_ref()?;
            already.remove(&number).or_else(|| fetched.next())
        })
        .collect())
}

/// The root file system as the packages and their scripts make it, and whether it may be kept for
/// the next time. What scripts did the last time is done again without running them.
fn install(
    request: &Request,
    resolution: &Resolution,
    candidates: &[Candidate<'_>],
    settings: scripts::Settings<'_>,
    cache: &Cache,
) -> Result<(Root, bool), Error> {
    if request.manifest.scripts == Some(Scripts::Skip) {
        let mut root = rootfs::install(candidates).map_err(RootError::from)?;
        root.warnings.extend(skipped_scripts(&root));
        return Ok((root, true));
    }
    let entries = resolution.packages().map(|(_, entry, _)| entry);
    let arch = resolution.arch.name();
    let key = scripts::key(arch, settings.time, settings.may_fail, entries);
    let known = scripts::Known::load(cache, &key);
    let mut scripts = scripts::Scripts::new(settings, known);
    let mut root = rootfs::install_with_scripts(candidates, &mut scripts)?;
    root.warnings.extend_from_slice(scripts.failures());
    let lasts = scripts.failures().is_empty();
    if let Some(result) = scripts.into_result() {
        result.store(cache, &key);
    }
    Ok((root, lasts))
}

/// Adds to a root what the manifest says, and the database.
fn complete(
    request: &Request,
    resolution: &Resolution,
    candidates: &[Candidate<'_>],
    addresses: &[String],
    time: u64,
    root: &mut Root,
) -> Result<(), Error> {
    let manifest = &request.manifest;
    // Without packages there is nothing that apk could know of.
    if !candidates.is_empty() {
        let world: Vec<String> = world(manifest).0.iter().map(ToString::to_string).collect();
        rootfs::write_database(
            root,
            &Declared {
                world: &world,
                arch: resolution.arch.name(),
                repositories: addresses,
            },
        )?;
    }
    rootfs::declared::apply(&mut root.tree, manifest, candidates, time)?;
    let patterns = manifest::exclusion(manifest.exclude.iter().map(String::as_str));
    // The patterns of a loaded manifest are known to be some.
    if let Ok(patterns) = patterns {
        rootfs::declared::exclude(&mut root.tree, &patterns);
    }
    Ok(())
}

/// The time of what is generated where nobody says otherwise.
fn newest_build(candidates: &[Candidate<'_>]) -> u64 {
    let dates = candidates.iter().map(|candidate| match candidate.package {
        Some(package) => package.info.build_date,
        None => candidate.entry.build_date().unwrap_or(0),
    });
    dates.max().unwrap_or(0)
}

/// A warning when packages have scripts, none of which is run.
fn skipped_scripts(root: &Root) -> Option<String> {
    use apk::package::Script;
    let installing = [Script::PreInstall, Script::PostInstall, Script::Trigger];
    let names: Vec<&str> = root
        .packages
        .iter()
        .filter(|package| installing.iter().any(|s| package.scripts.contains_key(s)))
        .map(|package| package.name.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "the install scripts of {} were skipped: users, links and the like that they would \
             make are not in the image",
            names.join(", ")
        )
    })
}
