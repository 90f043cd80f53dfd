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
mod compose;
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
mod resolution;
pub mod rootfs;
mod sandbox;
pub mod solver;
mod sources;

pub use error::Error;
pub use resolution::Resolution;
pub use sandbox::{Limits, SandboxError};
pub use sources::{Overrides, Source};

use apk::arch::Arch;
use assemble::Made;
use lock::LockUse;
use manifest::Manifest;
use output::{Format, Losses};
use progress::{Progress, Stage};
use record::Record;
use repository::cache::{CacheError, CacheLock, LOCK_TIMEOUT, Use};
use repository::{FetchError, FetchOptions, Fetcher};
use rootfs::{Candidate, scripts};
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
    /// How large it is.
    pub sizes: Sizes,
    /// What a folder could not hold, as its writer is not root.
    pub losses: Losses,
}

/// How large an image or a plain root is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sizes {
    /// The number of layers; 0 for a plain root.
    pub layers: usize,
    /// The bytes of the compressed layers; of a plain root, those of its tar.
    pub stored: u64,
    /// The bytes of the files in it.
    pub unpacked: u64,
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
    resolution::resolve_with(&fetcher, request, progress)
}

/// Builds what a manifest describes.
///
/// # Errors
/// Those of every stage. Nothing is left at the target then.
pub fn build(request: &Request, target: &Target, progress: &dyn Progress) -> Result<Built, Error> {
    let fetcher = Fetcher::new(request.fetch.clone());
    let lock = use_cache(&fetcher, request)?;
    let mut resolution = resolution::resolve_with(&fetcher, request, progress)?;
    let already = std::mem::take(&mut resolution.fetched);
    // With a lock, options only say where its packages are read from.
    let overrides = match resolution.pins.is_empty() {
        true => request.overrides.clone(),
        false => Overrides::default(),
    };
    let addresses = sources::listed_addresses(&request.manifest, &overrides)?;
    let inputs = inputs(request, &resolution, &addresses);
    if let Some(inputs) = &inputs
        && let Some(record) = Record::load(fetcher.cache(), inputs)
        && let Some(digest) =
            assemble::from_record(request, target, &resolution, &record, &fetcher, progress)?
    {
        let made = Made {
            digest,
            sizes: record.sizes(),
            losses: Losses::default(),
        };
        return Ok(finished(&resolution, made, &record.warnings, progress));
    }
    let packages = compose::fetch(&fetcher, &resolution, already, progress)?;
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
        .unwrap_or_else(|| compose::newest_build(&candidates));
    let scripts = scripts::Settings {
        packages: &packages,
        arch: resolution.arch,
        time,
        limits: request.limits,
        may_fail: &request.manifest.scripts_may_fail,
        program: request.program.as_ref(),
        progress,
    };
    let (mut root, lasts) =
        compose::install(request, &resolution, &candidates, scripts, fetcher.cache())?;
    compose::complete(
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
    let (made, record) = assemble::from_root(
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
    Ok(finished(&resolution, made, &root.warnings, progress))
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
    made: Made,
    warnings: &[String],
    progress: &dyn Progress,
) -> Built {
    progress.finish(Stage::Layers);
    for warning in warnings {
        progress.warn(warning);
    }
    Built {
        digest: made.digest,
        packages: resolution.packages().len(),
        sizes: made.sizes,
        losses: made.losses,
    }
}
