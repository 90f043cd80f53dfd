//! Pushing: from a request, or an image that exists already, to registries.

use crate::images::{BuiltImage, BuiltImages, build_images};
use crate::input::{Stored, StoredBlob, StoredDocument};
use crate::layer::{Blob, EmitError, Hashed};
use crate::output::{self, BlobStore, LayoutFolder, OutputError, WrittenLayer};
use crate::progress::Progress;
use crate::registry::{
    self, BlobBytes, Document, OutgoingBlob, OutgoingImage, Pushed, Reference, RegistryError,
    RegistryOptions,
};
use crate::repository::cache::{Cache, CacheError, CacheLock, Key, LOCK_TIMEOUT, Use};
use crate::repository::transport::Transport;
use crate::repository::{FetchError, FetchOptions, PackageSource};
use crate::{Error, Request};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Builds the images of a request and pushes them, with the index of several architectures.
/// Layers are sent from where they lie, in packages and the cache; a copy of them is made only
/// where the cache cannot be written to. Returns the digest and what was done.
///
/// # Errors
/// Those of every stage; when a reference cannot be written to, or a registry refuses or cannot
/// be reached for too long.
pub fn push(
    request: &Request,
    references: &[Reference],
    options: &RegistryOptions,
    progress: &dyn Progress,
) -> Result<(String, Pushed), Error> {
    for reference in references {
        reference.check_writable().map_err(RegistryError::from)?;
    }
    if request.fetch.transport.offline {
        return Err(RegistryError::Offline("pushing".to_owned()).into());
    }
    let mut open = |_| -> Result<Box<dyn BlobStore>, OutputError> { Ok(Box::new(Unkept)) };
    let (built, _) = build_images(request, &mut open, progress)?;
    let found = |layer: &(&BuiltImage, &WrittenLayer)| locate(&built, layer.0, layer.1);
    if let Some(bytes) = layers(&built).iter().map(found).collect() {
        return send(&built, bytes, request, references, options, progress);
    }
    drop(built);
    // The cache did not keep them.
    let folder = tempfile::tempdir().map_err(|source| OutputError::Write {
        path: std::env::temp_dir(),
        source,
    })?;
    let path = folder.path().join("image");
    let mut open = |_| -> Result<Box<dyn BlobStore>, OutputError> {
        Ok(Box::new(LayoutFolder::create(&path)?))
    };
    let (built, store) = build_images(request, &mut open, progress)?;
    built.finish_layout(store, &request.manifest.image_name())?;
    let copied = |layer: &(&BuiltImage, &WrittenLayer)| in_folder(&path, layer.1);
    let bytes: Result<Vec<LayerBytes>, RegistryError> = layers(&built).iter().map(copied).collect();
    send(&built, bytes?, request, references, options, progress)
}

/// The layers of all architectures.
fn layers(built: &BuiltImages) -> Vec<(&BuiltImage, &WrittenLayer)> {
    let images = built.images.iter();
    let each = images.flat_map(|image| image.layers.iter().map(move |layer| (image, layer)));
    each.collect()
}

fn send(
    built: &BuiltImages,
    bytes: Vec<LayerBytes>,
    request: &Request,
    references: &[Reference],
    options: &RegistryOptions,
    progress: &dyn Progress,
) -> Result<(String, Pushed), Error> {
    let mut blobs: BTreeMap<String, OutgoingBlob<'_>> = BTreeMap::new();
    let mut add = |digest: String, size: u64, bytes: Box<dyn BlobBytes>| {
        let blob = OutgoingBlob {
            digest: digest.clone(),
            size,
            bytes,
        };
        blobs.insert(digest, blob);
    };
    for ((_, layer), bytes) in layers(built).into_iter().zip(bytes) {
        add(layer.blob.digest(), layer.blob.size, Box::new(bytes));
    }
    for image in &built.images {
        let config = &image.config;
        let (size, bytes) = (config.bytes.len() as u64, config.bytes.clone());
        add(config.digest(), size, Box::new(bytes));
    }
    let document = |document: &output::Document| Document {
        digest: document.digest(),
        media_type: document.media_type.to_owned(),
        bytes: document.bytes.clone(),
    };
    let below = built.images.iter().map(|image| &image.manifest);
    let image = OutgoingImage {
        blobs: blobs.into_values().collect(),
        manifests: below
            .filter(|manifest| **manifest != built.top)
            .map(document)
            .collect(),
        top: document(&built.top),
    };
    let transport = Transport::new(request.fetch.transport.clone());
    let cache = built.fetcher().cache();
    let pushed = registry::push(&transport, options, &image, references, cache, progress)?;
    Ok((image.top.digest, pushed))
}

/// Where the bytes of a layer lie; `None` when the cache did not keep them.
fn locate(built: &BuiltImages, image: &BuiltImage, layer: &WrittenLayer) -> Option<LayerBytes> {
    let size = layer.blob.size;
    let (source, start) = match (layer.facts.passed, layer.facts.packages.as_slice()) {
        (true, [number]) => {
            let wanted = image.resolution.wanted().swap_remove(*number)?;
            let source = built.fetcher().open_unverified(&wanted)?;
            // A package's data is the last part of it.
            let start = source.length().ok()?.checked_sub(size)?;
            (source, start)
        }
        _ => {
            let key = Key::Blob(&layer.blob.sha256);
            let (file, length) = built.fetcher().cache().open(key)?;
            if length != size {
                return None;
            }
            (PackageSource::file(file), 0)
        }
    };
    Some(LayerBytes { source, start })
}

/// A layer that was copied into a layout.
fn in_folder(path: &Path, layer: &WrittenLayer) -> Result<LayerBytes, RegistryError> {
    let file = File::open(path.join("blobs/sha256").join(&layer.blob.sha256));
    let file = file.map_err(|source| RegistryError::Content {
        digest: layer.blob.digest(),
        source,
    })?;
    let source = PackageSource::file(file);
    Ok(LayerBytes { source, start: 0 })
}

/// A layer of an image that was built.
struct LayerBytes {
    source: PackageSource,
    start: u64,
}

impl BlobBytes for LayerBytes {
    fn open(&self, from: u64) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.source.read_from(self.start + from)))
    }
}

/// Hashes what it is given, which verifies what lies in the cache, and keeps none of it.
struct Unkept;

impl BlobStore for Unkept {
    fn write_blob(
        &mut self,
        write: &mut dyn FnMut(&mut dyn Write) -> Result<(), EmitError>,
    ) -> Result<Blob, OutputError> {
        let mut out = Hashed::new(io::sink());
        write(&mut out).map_err(OutputError::Content)?;
        Ok(out.finish().0)
    }

    fn write_file(&mut self, _: &str, _: &[u8]) -> Result<(), OutputError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), OutputError> {
        Ok(())
    }
}

/// Pushes an image that exists already, with all its architectures, byte by byte as it is.
/// Returns its digest and what was done.
///
/// # Errors
/// When a reference cannot be written to, a registry refuses or cannot be reached for too long,
/// or the image is damaged.
pub fn push_stored(
    stored: &Stored,
    references: &[Reference],
    options: &RegistryOptions,
    fetch: &FetchOptions,
    progress: &dyn Progress,
) -> Result<(String, Pushed), Error> {
    let mut blobs: BTreeMap<&str, &StoredBlob> = BTreeMap::new();
    for image in &stored.images {
        for blob in image.layers.iter().chain([&image.config]) {
            // Told now, before anything is sent.
            stored.part(blob)?;
            blobs.insert(&blob.digest, blob);
        }
    }
    let document = |stored: &StoredDocument| Document {
        digest: stored.digest.clone(),
        media_type: stored.media_type.clone(),
        bytes: stored.bytes.clone(),
    };
    let manifests = stored.images.iter().map(|image| &image.manifest);
    let below = manifests.chain(&stored.indexes);
    let image = OutgoingImage {
        blobs: blobs
            .into_values()
            .map(|blob| OutgoingBlob {
                digest: blob.digest.clone(),
                size: blob.size,
                bytes: Box::new(PartBytes { stored, blob }),
            })
            .collect(),
        manifests: below
            .filter(|below| below.digest != stored.top.digest)
            .map(document)
            .collect(),
        top: document(&stored.top),
    };
    let cache = Cache::new(fetch.cache_dir.clone());
    let _lock = use_cache(&cache)?;
    let transport = Transport::new(fetch.transport.clone());
    let pushed = registry::push(&transport, options, &image, references, &cache, progress)?;
    Ok((stored.top.digest.clone(), pushed))
}

/// Keeps others from tidying the cache meanwhile. One that cannot be written to has nothing that
/// could be removed.
fn use_cache(cache: &Cache) -> Result<Option<CacheLock>, Error> {
    match cache.lock(Use::Shared, "pushing", LOCK_TIMEOUT) {
        Ok(lock) => Ok(Some(lock)),
        Err(error @ CacheError::Locked { .. }) => Err(FetchError::from(error).into()),
        Err(_) => Ok(None),
    }
}

/// A blob of an image that exists.
struct PartBytes<'a> {
    stored: &'a Stored,
    blob: &'a StoredBlob,
}

impl BlobBytes for PartBytes<'_> {
    fn open(&self, from: u64) -> io::Result<Box<dyn Read + '_>> {
        let mut part = self.stored.part(self.blob).map_err(io::Error::other)?;
        part.skip(from);
        Ok(Box::new(part))
    }
}
