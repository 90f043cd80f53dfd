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
mod blame;
pub mod cli;
mod compose;
pub mod demo;
mod describe;
mod documents;
mod error;
pub mod git;
pub mod image;
mod images;
pub mod import;
pub mod input;
mod known;
pub mod layer;
pub mod lock;
pub mod manifest;
pub mod output;
mod prepare;
pub mod progress;
pub mod push;
mod record;
pub mod registry;
pub mod report;
pub mod repository;
mod resolution;
pub mod rootfs;
mod sandbox;
pub mod solver;
mod sources;
mod stock;
pub mod unfinished;
pub mod verify;

pub use documents::{Attachment, bill};
pub use error::Error;
pub use images::{BuiltImage, BuiltImages, OpenStore, build_images};
pub use prepare::Composed;
pub use resolution::Resolution;
pub use rootfs::declared::Saved;
pub use sandbox::{Limits, SandboxError};
pub use sources::{Overrides, Source};
pub use stock::{Stock, stock};

use apk::arch::Arch;
use documents::Beside;
use lock::LockUse;
use manifest::Manifest;
use output::{Archive, BlobStore, Format, LayoutFolder, Losses, OutputError, RootFormat};
use prepare::Purpose;
use progress::Progress;
use repository::cache::{CacheError, CacheLock, LOCK_TIMEOUT, Use};
use repository::{FetchError, FetchOptions, Fetcher};
use std::ops::Add;
use std::path::PathBuf;
use std::time::Duration;

/// What is to be built, and with what.
#[derive(Clone, Debug)]
pub struct Request {
    /// The manifest, with what the command line adds to it.
    pub manifest: Manifest,
    /// The architectures; none: the manifest's, or this machine's.
    pub archs: Vec<Arch>,
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
    /// Whether the roots of images are wanted too, which takes longer where an earlier build
    /// made the same: [`BuiltImage::composed`].
    pub keep_roots: bool,
}

/// Where the result goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// The file or folder.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
    /// What the paths of documents beside it begin with; `None`: its own path, without what the
    /// format ends in.
    pub documents: Option<PathBuf>,
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// `sha256:…`: of the image's manifest, or the index of several architectures; of a plain
    /// root, that of its tar.
    pub digest: String,
    /// The architectures, by name.
    pub archs: Vec<Arch>,
    /// The number of packages, of all architectures together.
    pub packages: usize,
    /// How large it is; several images together.
    pub sizes: Sizes,
    /// What was left out of it, all architectures together.
    pub saved: Vec<Saved>,
    /// What a folder could not hold, as its writer is not root.
    pub losses: Losses,
    /// The documents that were written beside it.
    pub documents: Vec<PathBuf>,
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

impl Add for Sizes {
    type Output = Sizes;

    fn add(self, other: Sizes) -> Sizes {
        Sizes {
            layers: self.layers + other.layers,
            stored: self.stored + other.stored,
            unpacked: self.unpacked + other.unpacked,
        }
    }
}

/// Finds the packages that a manifest asks for, and all that they need: in its lock, or else in
/// the indexes of its repositories. For one architecture.
///
/// # Errors
/// When several architectures are wanted, the lock does not fit, an index cannot be had or is not
/// vouched for, or no choice of packages fits.
pub fn resolve(request: &Request, progress: &dyn Progress) -> Result<Resolution, Error> {
    let arch = resolution::architecture(request, "a list of packages")?;
    let fetcher = Fetcher::new(request.fetch.clone());
    let _lock = use_cache(&fetcher, request)?;
    resolution::resolve_with(&fetcher, request, arch, progress)
}

/// As [`resolve`], for all architectures of the request, in the order of their names.
///
/// # Errors
/// As for [`resolve`]; of several architectures all that fail are named.
pub fn resolve_all(request: &Request, progress: &dyn Progress) -> Result<Vec<Resolution>, Error> {
    let archs = architectures(request)?;
    let fetcher = prepare::fetcher(request, archs.len());
    let _lock = use_cache(&fetcher, request)?;
    prepare::side_by_side(request, &archs, progress, |arch, progress| {
        resolution::resolve_with(&fetcher, request, arch, progress)
    })
}

/// The architectures of a request, by name: those that were asked for, else the manifest's, else
/// this machine's.
///
/// # Errors
/// When the manifest is not for one that was asked for, or the machine's is none of Alpine's.
pub fn architectures(request: &Request) -> Result<Vec<Arch>, Error> {
    resolution::architectures(request)
}

/// Builds what a manifest describes.
///
/// # Errors
/// Those of every stage. Nothing is left at the target then.
pub fn build(request: &Request, target: &Target, progress: &dyn Progress) -> Result<Built, Error> {
    let path = &target.path;
    if let Format::Root(format) = target.format {
        return build_root(request, target, format, progress);
    }
    let mut open = |time| -> Result<Box<dyn BlobStore>, OutputError> {
        Ok(match target.format {
            Format::Oci => Box::new(LayoutFolder::create(path)?),
            _ => Box::new(Archive::create(path, time)?),
        })
    };
    let beside = Beside::take(request, target, &architectures(request)?)?;
    let (built, store) = build_images(request, &mut open, progress)?;
    built.finish_layout(store, &request.manifest.image_name())?;
    let documents = beside.of_images(request, target, &built)?;
    let packages = built.images.iter().map(|i| i.resolution.packages().len());
    Ok(Built {
        digest: built.top.digest(),
        archs: built.images.iter().map(|image| image.arch).collect(),
        packages: packages.sum(),
        sizes: built
            .images
            .iter()
            .map(|image| image.sizes)
            .fold(Sizes::default(), Add::add),
        saved: rootfs::declared::add_saved(built.images.iter().map(|image| &image.saved)),
        losses: Losses::default(),
        documents,
    })
}

/// Builds a root file system and nothing around it.
fn build_root(
    request: &Request,
    target: &Target,
    format: RootFormat,
    progress: &dyn Progress,
) -> Result<Built, Error> {
    let arch = resolution::architecture(request, "a root file system")?;
    let beside = Beside::take(request, target, &[arch])?;
    let path = &target.path;
    let fetcher = prepare::fetcher(request, 1);
    let lock = use_cache(&fetcher, request)?;
    let resolution = resolution::resolve_with(&fetcher, request, arch, progress)?;
    let prepared = prepare::one(&fetcher, request, resolution, Purpose::Root, progress)?;
    let (digest, sizes, losses) = assemble::bare_root(request, path, format, &prepared, progress)?;
    drop(lock);
    // If others use the cache just now, one of them will tidy it.
    let _ = fetcher.cache().shrink(request.cache_limit, Duration::ZERO);
    let documents = beside.of_root(
        request,
        target,
        &prepared.resolution,
        prepared.digests.as_ref(),
        (&digest, prepared.time),
    )?;
    for warning in &prepared.warnings {
        progress.warn(warning);
    }
    Ok(Built {
        digest,
        archs: vec![arch],
        packages: prepared.resolution.packages().len(),
        sizes,
        saved: prepared.saved,
        losses,
        documents,
    })
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
