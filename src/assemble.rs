//! From a root, or a record of an earlier build, to the output.

use crate::error::Error;
use crate::layer::{self, Body, EmitError, Sources, compress, copy_passed};
use crate::output::{
    self, Archive, BlobStore, Format, Image, LayerSource, LayoutFolder, Losses, OutputError,
    RootFormat, RootOptions, WrittenLayer,
};
use crate::progress::{Progress, Stage};
use crate::record::{Record, RecordedLayer};
use crate::repository::cache::{Cache, CacheWriter, Key};
use crate::repository::{FetchedPackage, Fetcher};
use crate::rootfs::Root;
use crate::{Request, Resolution, Sizes, Target};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;

/// Where an output goes.
enum Store {
    /// An image that was begun.
    Image(Box<dyn BlobStore>),
    /// A bare root, which is written at once.
    Root(RootFormat),
}

/// Begins the output of an image.
fn store(target: &Target, time: u64) -> Result<Store, OutputError> {
    Ok(match target.format {
        Format::Archive => Store::Image(Box::new(Archive::create(&target.path, time)?)),
        Format::Oci => Store::Image(Box::new(LayoutFolder::create(&target.path)?)),
        Format::Root(format) => Store::Root(format),
    })
}

/// What was written.
pub(crate) struct Made {
    /// `sha256:…`
    pub digest: String,
    /// How large it is.
    pub sizes: Sizes,
    /// What a folder could not hold.
    pub losses: Losses,
}

/// Writes the root in the target's format and lets it appear. Returns what it is, and for an
/// image what a later build may copy.
pub(crate) fn from_root(
    request: &Request,
    target: &Target,
    resolution: &Resolution,
    root: &Root,
    sources: &Sources<'_>,
    cache: &Cache,
) -> Result<(Made, Option<Record>), Error> {
    let mut store = match store(target, sources.time)? {
        Store::Image(store) => store,
        Store::Root(format) => {
            let made = bare_root(request, &target.path, format, root, sources)?;
            return Ok((made, None));
        }
    };
    let config = &request.manifest.layers;
    let (tree, time) = (&root.tree, sources.time);
    let layers = layer::plan(
        tree,
        &root.packages,
        sources.packages,
        config.options(),
        time,
    );
    let bytes = layer::bytes(&layers, tree, sources.packages);
    sources
        .progress
        .start(Stage::Layers, layers.len() as u64, bytes);
    let compression = config.compression.unwrap_or_default();
    let pool = pool(request.fetch.jobs)?;
    let copies: Vec<CacheCopy> = layers.iter().map(|_| CacheCopy::default()).collect();
    let mut writers = Vec::with_capacity(layers.len());
    for (layer, copy) in layers.iter().zip(&copies) {
        let title = layer.title.clone();
        writers.push(match &layer.body {
            Body::Passed(number) => LayerSource {
                title,
                media_type: crate::image::LAYER_TYPE,
                write: Box::new(move |out| match &sources.packages[*number] {
                    Some(fetched) => copy_passed(fetched, sources, out),
                    None => Err(EmitError::Gone),
                }),
            },
            Body::Written(entries) => LayerSource {
                title,
                media_type: compression.media_type(),
                write: Box::new(|out| {
                    let mut out = copy.beside(cache, out);
                    let tar = compress(entries, sources, compression, &pool, &mut out)?;
                    Ok(tar.sha256)
                }),
            },
        });
    }
    let written = output::write_layers(store.as_mut(), writers, sources.progress)?;
    let digest = finish(request, resolution, time, store, &written)?;
    for (copy, layer) in copies.into_iter().zip(&written) {
        copy.keep(cache, &layer.blob.sha256);
    }
    let recorded = layers.iter().zip(&written).map(|(layer, written)| {
        let package = match &layer.body {
            Body::Passed(number) => sources.packages[*number]
                .as_ref()
                .map(|fetched| (*number, fetched.package.data_start)),
            Body::Written(_) => None,
        };
        RecordedLayer::new(written, package)
    });
    let record = Record {
        layers: recorded.collect(),
        time,
        unpacked: layer::content_bytes(&layer::whole(tree), tree),
        warnings: Vec::new(),
    };
    let made = Made {
        digest,
        sizes: record.sizes(),
        losses: Losses::default(),
    };
    Ok((made, Some(record)))
}

/// Writes the image that a record describes. `None` when some of its bytes are no longer there
/// or no longer right, or the format is a bare root.
pub(crate) fn from_record(
    request: &Request,
    target: &Target,
    resolution: &Resolution,
    record: &Record,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<Option<String>, Error> {
    let Store::Image(mut store) = store(target, record.time)? else {
        return Ok(None);
    };
    let bytes = record.layers.iter().map(|layer| layer.size).sum();
    progress.start(Stage::Layers, record.layers.len() as u64, bytes);
    let mut layers = Vec::with_capacity(record.layers.len());
    for layer in &record.layers {
        let Some(mut bytes) = open(resolution, fetcher, layer) else {
            return Ok(None);
        };
        layers.push(LayerSource {
            title: layer.title.clone(),
            media_type: layer.media_type(),
            write: Box::new(move |out| {
                copy(&mut bytes, out, progress)?;
                Ok(layer.diff_id.clone())
            }),
        });
    }
    let written = match output::write_layers(store.as_mut(), layers, progress) {
        Ok(written) => written,
        Err(OutputError::Content(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    for (layer, written) in record.layers.iter().zip(&written) {
        if layer.sha256 != written.blob.sha256 {
            if layer.package.is_none() {
                fetcher.cache().discard(Key::Blob(&layer.sha256));
            }
            return Ok(None);
        }
    }
    finish(request, resolution, record.time, store, &written).map(Some)
}

/// The bytes of a recorded layer, wherever they lie.
fn open(
    resolution: &Resolution,
    fetcher: &Fetcher,
    layer: &RecordedLayer,
) -> Option<Box<dyn Read>> {
    let Some((number, start)) = layer.package else {
        let (file, _) = fetcher.cache().open(Key::Blob(&layer.sha256))?;
        return Some(Box::new(file));
    };
    let wanted = resolution.wanted().swap_remove(number)?;
    let package = fetcher.open_unverified(&wanted)?;
    Some(Box::new(package.read_from(start)))
}

/// Copies a layer; only reading it may fail as content.
fn copy(
    from: &mut dyn Read,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<(), EmitError> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(EmitError::Gone),
        };
        out.write_all(&buffer[..count])?;
        progress.advance(Stage::Layers, 0, count as i64);
    }
}

fn finish(
    request: &Request,
    resolution: &Resolution,
    time: u64,
    store: Box<dyn BlobStore>,
    layers: &[WrittenLayer],
) -> Result<String, Error> {
    let name = request.manifest.image_name();
    let image = Image {
        config: &request.manifest.image,
        arch: resolution.arch,
        name: &name,
        time,
    };
    Ok(output::finish_image(store, &image, layers)?)
}

fn bare_root(
    request: &Request,
    path: &Path,
    format: RootFormat,
    root: &Root,
    sources: &Sources<'_>,
) -> Result<Made, Error> {
    let entries = layer::whole(&root.tree);
    let bytes = layer::content_bytes(&entries, &root.tree);
    sources.progress.start(Stage::Layers, 1, bytes);
    let options = RootOptions {
        compression: request.manifest.layers.compression,
        pool: &pool(request.fetch.jobs)?,
    };
    let (blob, losses) = output::write_root(path, format, &entries, sources, &options)?;
    Ok(Made {
        digest: blob.digest(),
        sizes: Sizes {
            layers: 0,
            stored: blob.size,
            unpacked: bytes,
        },
        losses,
    })
}

/// The threads that compress.
fn pool(jobs: NonZeroUsize) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.get())
        .build()
        .map_err(Error::Threads)
}

/// A copy of a layer that is made in the cache while the layer is written to the output. That
/// it cannot be made is no reason to fail: the next build is slower then.
#[derive(Default)]
struct CacheCopy {
    writer: RefCell<Option<CacheWriter>>,
}

/// Writes to the output, and to the cache as long as that works.
struct Beside<'a> {
    out: &'a mut dyn Write,
    copy: &'a CacheCopy,
}

impl CacheCopy {
    fn beside<'a>(&'a self, cache: &Cache, out: &'a mut dyn Write) -> Beside<'a> {
        *self.writer.borrow_mut() = cache.writer().ok();
        Beside { out, copy: self }
    }

    fn keep(self, cache: &Cache, sha256: &str) {
        if let Some(writer) = self.writer.into_inner() {
            let _ = writer.keep(cache, Key::Blob(sha256));
        }
    }
}

impl Write for Beside<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        let mut writer = self.copy.writer.borrow_mut();
        if let Some(copy) = writer.as_mut()
            && copy.write_all(&bytes[..count]).is_err()
        {
            *writer = None;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What packages there are for the stages that read their contents.
pub(crate) type Packages = Vec<Option<FetchedPackage>>;
