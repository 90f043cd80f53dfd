//! From a root, or a record of an earlier build, to the layers of an image or a bare root.

use crate::error::Error;
use crate::layer::{self, Body, EmitError, PlannedLayer, Sources, compress_ahead, copy_passed};
use crate::output::{
    self, BlobStore, LayerFacts, LayerSource, Losses, OutputError, RootFormat, RootOptions,
    WrittenLayer,
};
use crate::prepare::{Composed, Made, Prepared};
use crate::progress::{Progress, Stage};
use crate::record::{Record, RecordedLayer};
use crate::report::sbom::Digests;
use crate::repository::cache::{Cache, CacheWriter, Key};
use crate::repository::{FetchedPackage, Fetcher};
use crate::{Request, Resolution, Sizes};
use data_encoding::HEXLOWER;
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

/// What became of layers that were to be written.
pub(crate) enum Written<T> {
    /// They are in the store.
    All(T),
    /// What the cache held of an earlier build is no longer right for the architecture in this
    /// place.
    Stale(usize),
}

/// How many layers are to be written, and how many bytes they are made of.
pub(crate) fn amount(prepared: &Prepared) -> (u64, u64) {
    match &prepared.made {
        Made::Recorded(record) => (
            record.layers.len() as u64,
            record.layers.iter().map(|layer| layer.size).sum(),
        ),
        Made::Composed(Composed {
            root,
            packages,
            layers,
        }) => (
            layers.len() as u64,
            layer::bytes(layers, &root.tree, packages),
        ),
    }
}

/// Writes the layers of an architecture. `None` when an earlier build was to be copied and some
/// of its bytes are no longer there or no longer right.
///
/// # Errors
/// When a content cannot be read, or the store cannot be written to.
pub(crate) fn layers(
    request: &Request,
    fetcher: &Fetcher,
    store: &mut dyn BlobStore,
    prepared: &Prepared,
    progress: &dyn Progress,
) -> Result<Option<Vec<WrittenLayer>>, Error> {
    match &prepared.made {
        Made::Recorded(record) => {
            from_record(store, &prepared.resolution, record, fetcher, progress)
        }
        Made::Composed(composed) => {
            let cache = fetcher.cache();
            let layers = from_root(request, store, prepared, composed, cache, progress)?;
            Ok(Some(layers))
        }
    }
}

fn from_root(
    request: &Request,
    store: &mut dyn BlobStore,
    prepared: &Prepared,
    composed: &Composed,
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<Vec<WrittenLayer>, Error> {
    let layers = &composed.layers;
    let sources = &sources(prepared, composed, progress);
    let compression = request.manifest.layers.compression.unwrap_or_default();
    let pool = pool(request.fetch.jobs)?;
    let copies: Vec<CacheCopy> = layers.iter().map(|_| CacheCopy::default()).collect();
    let written = thread::scope(|scope| {
        let own = layers.iter().filter_map(|layer| match &layer.body {
            Body::Passed(_) => None,
            Body::Written(entries) => Some(entries.as_slice()),
        });
        let ahead = compress_ahead(scope, own.collect(), *sources, compression, &pool);
        let mut writers = Vec::with_capacity(layers.len());
        for (layer, copy) in layers.iter().zip(&copies) {
            writers.push(match &layer.body {
                Body::Passed(number) => LayerSource {
                    facts: facts(layer, crate::image::LAYER_TYPE),
                    known: composed.packages[*number].as_ref().and_then(known),
                    write: Box::new(move |out| match &sources.packages[*number] {
                        Some(fetched) => copy_passed(fetched, sources, out),
                        None => Err(EmitError::Gone),
                    }),
                },
                Body::Written(_) => LayerSource {
                    facts: facts(layer, compression.media_type()),
                    known: None,
                    write: Box::new(|out| ahead.write_next(&mut copy.beside(cache, out))),
                },
            });
        }
        output::write_layers(store, writers, progress)
    })?;
    for (copy, layer) in copies.into_iter().zip(&written) {
        copy.keep(cache, &layer.blob.sha256);
    }
    if let Some(inputs) = &prepared.inputs {
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
            time: prepared.time,
            unpacked: prepared.unpacked,
            saved: prepared.saved.clone(),
            warnings: prepared.warnings.clone(),
            digests: prepared.digests.as_ref().map(Digests::of_no_package),
        };
        record.store(cache, inputs);
    }
    Ok(written)
}

fn facts(layer: &PlannedLayer, media_type: &'static str) -> LayerFacts {
    LayerFacts {
        title: layer.title.clone(),
        media_type,
        packages: layer.packages.clone(),
        passed: matches!(layer.body, Body::Passed(_)),
    }
}

/// What the layer that a package's data member is will be.
fn known(fetched: &FetchedPackage) -> Option<(layer::Blob, String)> {
    let package = &fetched.package;
    let blob = layer::Blob {
        sha256: HEXLOWER.encode(&package.info.data_hash?),
        size: package.size - package.data_start,
    };
    Some((blob, HEXLOWER.encode(&package.data.diff_id?)))
}

fn sources<'a>(
    prepared: &Prepared,
    composed: &'a Composed,
    progress: &'a dyn Progress,
) -> Sources<'a> {
    Sources {
        tree: &composed.root.tree,
        packages: &composed.packages,
        time: prepared.time,
        progress,
    }
}

fn from_record(
    store: &mut dyn BlobStore,
    resolution: &Resolution,
    record: &Record,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<Option<Vec<WrittenLayer>>, Error> {
    let mut layers = Vec::with_capacity(record.layers.len());
    for layer in &record.layers {
        let Some(mut bytes) = open(resolution, fetcher, layer) else {
            return Ok(None);
        };
        layers.push(LayerSource {
            facts: layer.facts(),
            known: Some((layer.blob(), layer.diff_id.clone())),
            write: Box::new(move |out| {
                copy(&mut bytes, out, progress)?;
                Ok(layer.diff_id.clone())
            }),
        });
    }
    let written = match output::write_layers(store, layers, progress) {
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
    Ok(Some(written))
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

/// Writes the root in a format and lets it appear. Returns the digest of its tar, how large it
/// is, and what the format could not hold.
///
/// # Errors
/// When a content cannot be read, or the output cannot be written to.
pub(crate) fn bare_root(
    request: &Request,
    path: &Path,
    format: RootFormat,
    prepared: &Prepared,
    progress: &dyn Progress,
) -> Result<(String, Sizes, Losses), Error> {
    let Made::Composed(composed) = &prepared.made else {
        return Err(OutputError::Content(EmitError::Gone).into());
    };
    let sources = &sources(prepared, composed, progress);
    let entries = layer::whole(&composed.root.tree);
    progress.start(Stage::Layers, 1, prepared.unpacked);
    let options = RootOptions {
        compression: request.manifest.layers.compression,
        pool: &pool(request.fetch.jobs)?,
    };
    let (blob, losses) = output::write_root(path, format, &entries, sources, &options)?;
    progress.finish(Stage::Layers);
    let sizes = Sizes {
        layers: 0,
        stored: blob.size,
        unpacked: prepared.unpacked,
    };
    Ok((blob.digest(), sizes, losses))
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
pub type Packages = Vec<Option<FetchedPackage>>;
