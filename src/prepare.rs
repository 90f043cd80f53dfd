//! From a request to what its images are made of: for each architecture a root, or the record of
//! an earlier build that made the same.

use crate::apk::arch::Arch;
use crate::assemble::Packages;
use crate::layer::{self, PlannedLayer};
use crate::output::OutputError;
use crate::progress::{ForArch, Progress};
use crate::record::{self, Record};
use crate::report::sbom::{self, Digests};
use crate::repository::Fetcher;
use crate::rootfs::{Candidate, Root, scripts};
use crate::{Error, Overrides, Request, Resolution, Saved, compose, resolution, sources};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is to be made of each architecture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// An image, for which the record of an earlier build will do.
    Image,
    /// An image, and its root for those who look into it.
    ImageAndRoot,
    /// The root alone.
    Root,
}

/// An architecture whose layers can be written.
pub(crate) struct Prepared {
    pub resolution: Resolution,
    /// The time of what is generated, in seconds since 1970.
    pub time: u64,
    /// The bytes of the files in it.
    pub unpacked: u64,
    /// What was left out.
    pub saved: Vec<Saved>,
    /// What the user is to be told.
    pub warnings: Vec<String>,
    pub made: Made,
    /// What documents say of packages and files, if some are wanted.
    pub digests: Option<Digests>,
    /// By what a record of it is found; `None` when there is to be none.
    pub inputs: Option<String>,
}

/// What the layers are made of.
pub(crate) enum Made {
    /// What an earlier build left in the cache.
    Recorded(Record),
    /// A root.
    Composed(Composed),
}

/// The root file system of an image, and what it was made of.
#[derive(Debug)]
pub struct Composed {
    /// The files, and the packages in the order of installation.
    pub root: Root,
    /// The packages' own headers and where their contents lie, in the same order; `None` for
    /// one that installs nothing.
    pub packages: Packages,
    pub(crate) layers: Vec<PlannedLayer>,
}

impl Prepared {
    /// The architecture.
    pub fn arch(&self) -> Arch {
        self.resolution.arch
    }
}

/// The fetcher for so many architectures at once, which share the jobs of the request.
pub(crate) fn fetcher(request: &Request, archs: usize) -> Fetcher {
    let mut options = request.fetch.clone();
    let share = options.jobs.get() / archs.clamp(1, options.jobs.get());
    options.jobs = NonZeroUsize::new(share).unwrap_or(NonZeroUsize::MIN);
    Fetcher::new(options)
}

/// Prepares all architectures, as many at once as there are jobs; in their order.
///
/// # Errors
/// Those of every stage up to the root; with several architectures all that have one are named.
pub(crate) fn all(
    fetcher: &Fetcher,
    request: &Request,
    archs: &[Arch],
    purpose: Purpose,
    progress: &dyn Progress,
) -> Result<Vec<Prepared>, Error> {
    side_by_side(request, archs, progress, |arch, progress| {
        let resolution = resolution::resolve_with(fetcher, request, arch, progress)?;
        one(fetcher, request, resolution, purpose, progress)
    })
}

/// Does something for each architecture, for as many at once as there are jobs.
///
/// # Errors
/// The only architecture's, or of several all that fail.
pub(crate) fn side_by_side<T: Send>(
    request: &Request,
    archs: &[Arch],
    progress: &dyn Progress,
    work: impl Fn(Arch, &dyn Progress) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    if let [only] = archs {
        return Ok(vec![work(*only, progress)?]);
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(Arch, Result<T, Error>)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..request.fetch.jobs.get().min(archs.len()) {
            scope.spawn(|| {
                while let Some(&arch) = archs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(arch, &ForArch::new(progress, arch));
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((arch, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(arch, _)| archs.iter().position(|a| a == arch));
    let (mut values, mut failures) = (Vec::new(), Vec::new());
    for (arch, result) in done {
        match result {
            Ok(value) => values.push(value),
            Err(error) => failures.push((arch, error)),
        }
    }
    match failures.is_empty() {
        true => Ok(values),
        false => Err(Error::Archs(failures)),
    }
}

/// Prepares what was resolved.
///
/// # Errors
/// Those of fetching and installing.
pub(crate) fn one(
    fetcher: &Fetcher,
    request: &Request,
    mut resolution: Resolution,
    purpose: Purpose,
    progress: &dyn Progress,
) -> Result<Prepared, Error> {
    // With a lock, options only say where its packages are read from.
    let overrides = match resolution.pins.is_empty() {
        true => request.overrides.clone(),
        false => Overrides::default(),
    };
    let addresses = sources::listed_addresses(&request.manifest, &overrides)?;
    let documents = &request.manifest.documents;
    let wants_digests = documents.wants_digests();
    let inputs = match purpose {
        Purpose::Root => None,
        _ => inputs(request, &resolution, &addresses),
    };
    if let (Some(digest), Purpose::Image) = (&inputs, purpose)
        && let Some(record) = Record::load(fetcher.cache(), digest)
        && (!wants_digests || record.digests.is_some() && !documents.wants_files())
    {
        return Ok(Prepared {
            digests: record.digests.clone().filter(|_| wants_digests),
            resolution,
            time: record.time,
            unpacked: record.unpacked,
            saved: record.saved.clone(),
            warnings: record.warnings.clone(),
            made: Made::Recorded(record),
            inputs,
        });
    }
    let already = std::mem::take(&mut resolution.fetched);
    let options = request.manifest.layers.options();
    let packages = compose::fetch(
        fetcher,
        &resolution,
        already,
        wants_digests,
        options,
        progress,
    )?;
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
    let cache = fetcher.cache();
    let (mut root, lasts) = compose::install(request, &resolution, &candidates, scripts, cache)?;
    let saved = compose::complete(
        request,
        &resolution,
        &candidates,
        &addresses,
        time,
        &mut root,
    )?;
    let digests = match wants_digests {
        true => {
            let digests = sbom::digests(&root.tree, &packages, documents.wants_files());
            Some(digests.map_err(OutputError::Content)?)
        }
        false => None,
    };
    let layers = match purpose {
        Purpose::Root => Vec::new(),
        _ => layer::plan(&root.tree, &root.packages, &packages, options, time),
    };
    Ok(Prepared {
        time,
        saved,
        unpacked: layer::content_bytes(&layer::whole(&root.tree), &root.tree),
        warnings: root.warnings.clone(),
        digests,
        inputs: inputs.filter(|_| lasts),
        made: Made::Composed(Composed {
            root,
            packages,
            layers,
        }),
        resolution,
    })
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
