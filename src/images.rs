//! The images of a request, one for each architecture, written into any store of blobs.

use crate::apk::arch::Arch;
use crate::assemble::{self, Written};
use crate::describe::Description;
use crate::manifest::ImageName;
use crate::output::{self, BlobStore, Document, Image, LayoutImage, OutputError, WrittenLayer};
use crate::prepare::{self, Composed, Made, Prepared, Purpose};
use crate::progress::{Progress, Stage};
use crate::report::sbom::Digests;
use crate::repository::Fetcher;
use crate::repository::cache::CacheLock;
use crate::{Error, Request, Resolution, Saved, Sizes, resolution, use_cache};
use std::time::Duration;

/// An image of one architecture, all of which is in the store.
#[derive(Debug)]
pub struct BuiltImage {
    /// The architecture.
    pub arch: Arch,
    /// The packages in the order of installation, and where they are from.
    pub resolution: Resolution,
    /// The layers, the lowest first, with the packages that each holds.
    pub layers: Vec<WrittenLayer>,
    /// The image's configuration.
    pub config: Document,
    /// The image's manifest.
    pub manifest: Document,
    /// The time of the build, in seconds since 1970.
    pub time: u64,
    /// How large it is.
    pub sizes: Sizes,
    /// What was left out of it.
    pub saved: Vec<Saved>,
    /// What documents say of packages and files, if the manifest asks for some.
    pub digests: Option<Digests>,
    /// The root file system; `None` when an earlier build had made the same and
    /// [`Request::keep_roots`] did not ask for it.
    pub composed: Option<Composed>,
}

/// The images of a request. The cache is kept from losing what they need until this is dropped.
#[derive(Debug)]
pub struct BuiltImages {
    /// By the names of their architectures; at least one.
    pub images: Vec<BuiltImage>,
    /// What the name of the image stands for: the manifest of the only image, or the index of
    /// several.
    pub top: Document,
    cache: InUse,
}

impl BuiltImages {
    /// What fetched the packages, and whose cache has the layers.
    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.cache.fetcher
    }

    /// Writes what a layout has beside its blobs, under this name, and lets it appear.
    ///
    /// # Errors
    /// When the store cannot be written to; then nothing appears.
    pub fn finish_layout(
        &self,
        store: Box<dyn BlobStore + '_>,
        name: &ImageName,
    ) -> Result<(), OutputError> {
        let images: Vec<LayoutImage<'_>> = self
            .images
            .iter()
            .map(|image| LayoutImage {
                arch: image.arch,
                config: &image.config,
                layers: &image.layers,
            })
            .collect();
        output::finish_layout(store, name, &self.top, &images)
    }
}

/// A cache that is tidied when nobody needs it any more.
#[derive(Debug)]
struct InUse {
    fetcher: Fetcher,
    lock: Option<CacheLock>,
    /// How many bytes it may hold then; `None` when nothing was added.
    limit: Option<u64>,
}

impl Drop for InUse {
    fn drop(&mut self) {
        drop(self.lock.take());
        if let Some(limit) = self.limit {
            // If others use the cache just now, one of them will tidy it.
            let _ = self.fetcher.cache().shrink(limit, Duration::ZERO);
        }
    }
}

/// What a store is opened with: the time of the build, in seconds since 1970.
pub type OpenStore<'o, 's> = dyn FnMut(u64) -> Result<Box<dyn BlobStore + 's>, OutputError> + 'o;

/// Builds the images of a request, for all its architectures, into a store: layers,
/// configurations, manifests, and the index of several. The store is returned unfinished, so
/// that more can be put into it; [`BuiltImages::finish_layout`] writes what a layout needs.
///
/// `open` begins a store. It is called again for a new one, and the former is dropped, when what
/// the cache held of an earlier build turns out to be damaged.
///
/// # Errors
/// Those of every stage.
pub fn build_images<'s>(
    request: &Request,
    open: &mut OpenStore<'_, 's>,
    progress: &dyn Progress,
) -> Result<(BuiltImages, Box<dyn BlobStore + 's>), Error> {
    let archs = resolution::architectures(request)?;
    let fetcher = prepare::fetcher(request, archs.len());
    let lock = use_cache(&fetcher, request)?;
    let purpose = match request.keep_roots {
        true => Purpose::ImageAndRoot,
        false => Purpose::Image,
    };
    let mut prepared = prepare::all(&fetcher, request, &archs, purpose, progress)?;
    // That of several is that of the newest, whichever machine builds them.
    let time = prepared.iter().map(|one| one.time).max().unwrap_or(0);
    let (store, written) = loop {
        let mut store = open(time)?;
        match write_all(request, &fetcher, store.as_mut(), &prepared, progress)? {
            Written::All(written) => break (store, written),
            Written::Stale(number) => {
                let Prepared { resolution, .. } = prepared.remove(number);
                let purpose = Purpose::ImageAndRoot;
                let again = prepare::one(&fetcher, request, resolution, purpose, progress)?;
                prepared.insert(number, again);
            }
        }
    };
    let composed = |one: &Prepared| matches!(one.made, Made::Composed(_));
    let in_use = InUse {
        limit: prepared.iter().any(composed).then_some(request.cache_limit),
        fetcher,
        lock,
    };
    documents(request, store, prepared, written, in_use, progress)
}

/// Writes the layers of all architectures, one after the other: their order in the store is part
/// of what is reproducible. Each layer is compressed on all threads.
fn write_all(
    request: &Request,
    fetcher: &Fetcher,
    store: &mut dyn BlobStore,
    prepared: &[Prepared],
    progress: &dyn Progress,
) -> Result<Written<Vec<Vec<WrittenLayer>>>, Error> {
    let (layers, bytes) = prepared
        .iter()
        .map(assemble::amount)
        .fold((0, 0), |(layers, bytes), (more_layers, more_bytes)| {
            (layers + more_layers, bytes + more_bytes)
        });
    progress.start(Stage::Layers, layers, bytes);
    let mut all = Vec::with_capacity(prepared.len());
    for (number, one) in prepared.iter().enumerate() {
        match assemble::layers(request, fetcher, store, one, progress)? {
            Some(layers) => all.push(layers),
            None => {
                progress.finish(Stage::Layers);
                return Ok(Written::Stale(number));
            }
        }
    }
    progress.finish(Stage::Layers);
    Ok(Written::All(all))
}

fn documents<'s>(
    request: &Request,
    mut store: Box<dyn BlobStore + 's>,
    prepared: Vec<Prepared>,
    written: Vec<Vec<WrittenLayer>>,
    in_use: InUse,
    progress: &dyn Progress,
) -> Result<(BuiltImages, Box<dyn BlobStore + 's>), Error> {
    let several = prepared.len() > 1;
    let description = Description::new(&request.manifest, &prepared)?;
    let mut images = Vec::with_capacity(prepared.len());
    for (one, layers) in prepared.into_iter().zip(written) {
        let config = description.config(one.time);
        let image = Image {
            config: &config,
            arch: one.arch(),
            time: one.time,
        };
        let (config, manifest) = output::write_image(store.as_mut(), &image, &layers)?;
        for warning in &one.warnings {
            progress.warn(&match several {
                true => format!("{}: {warning}", one.arch()),
                false => warning.clone(),
            });
        }
        let sizes = Sizes {
            layers: layers.len(),
            stored: layers.iter().map(|layer| layer.blob.size).sum(),
            unpacked: one.unpacked,
        };
        images.push(BuiltImage {
            sizes,
            arch: one.arch(),
            resolution: one.resolution,
            digests: one.digests,
            layers,
            config,
            manifest,
            time: one.time,
            saved: one.saved,
            composed: match one.made {
                Made::Composed(composed) => Some(composed),
                Made::Recorded(_) => None,
            },
        });
    }
    let top = match images.as_slice() {
        [only] => only.manifest.clone(),
        _ => {
            let manifests = images.iter().map(|image| (image.arch, &image.manifest));
            output::write_index(store.as_mut(), manifests, &description.of_index())?
        }
    };
    let built = BuiltImages {
        images,
        top,
        cache: in_use,
    };
    Ok((built, store))
}
