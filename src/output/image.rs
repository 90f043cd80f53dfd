//! An image: its layers, and the documents that name them, into a store of blobs.

use super::{BlobStore, OutputError};
use crate::apk::arch::Arch;
use crate::image::{self, Config, ConfigSource, Descriptor, Index, LayerRecord};
use crate::layer::{Blob, EmitError};
use crate::manifest::ImageConfig;
use crate::progress::{Progress, Stage};
use std::collections::BTreeMap;
use std::io::Write;

/// What an image is beside its layers.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// The manifest's `[image]`.
    pub config: &'a ImageConfig,
    /// The architecture of its packages.
    pub arch: Arch,
    /// The time of the build, in seconds since 1970.
    pub time: u64,
}

/// Writes a layer, and returns the SHA-256 of the tar in it, in hexadecimal.
pub type WriteLayer<'a> = Box<dyn FnOnce(&mut dyn Write) -> Result<String, EmitError> + 'a>;

/// What is known of a layer beside its bytes.
#[derive(Clone, Debug)]
pub struct LayerFacts {
    /// What is in it, for the image's history.
    pub title: String,
    /// Its media type.
    pub media_type: &'static str,
    /// The packages whose files it holds, by their places in the installation.
    pub packages: Vec<usize>,
    /// Whether it is the data member of its only package, untouched.
    pub passed: bool,
}

/// A layer that is still to be written.
pub struct LayerSource<'a> {
    /// What is known of it.
    pub facts: LayerFacts,
    /// The blob that it will be and the SHA-256 of the tar in it in hexadecimal, where that is
    /// known beforehand. A store that has the blob is not given it again.
    pub known: Option<(Blob, String)>,
    /// Writes it.
    pub write: WriteLayer<'a>,
}

/// A layer that was written.
#[derive(Clone, Debug)]
pub struct WrittenLayer {
    /// What is known of it.
    pub facts: LayerFacts,
    /// The compressed layer.
    pub blob: Blob,
    /// The SHA-256 of the tar in it, in hexadecimal.
    pub diff_id: String,
}

/// A document of an image, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// Its media type.
    pub media_type: &'static str,
    /// The JSON.
    pub bytes: Vec<u8>,
}

impl Document {
    /// `sha256:…`
    pub fn digest(&self) -> String {
        image::digest(&self.bytes)
    }
}

/// Writes layers, the lowest first, into a store.
///
/// # Errors
/// When one cannot be read, or the store cannot be written to.
pub fn write_layers(
    store: &mut dyn BlobStore,
    layers: Vec<LayerSource<'_>>,
    progress: &dyn Progress,
) -> Result<Vec<WrittenLayer>, OutputError> {
    let write = |layer: LayerSource<'_>| {
        let facts = layer.facts;
        if let Some((blob, diff_id)) = layer.known
            && store.has(&blob)?
        {
            progress.advance(Stage::Layers, 1, blob.size as i64);
            return Ok(WrittenLayer {
                facts,
                blob,
                diff_id,
            });
        }
        let mut diff_id = String::new();
        let mut write = Some(layer.write);
        let blob = store.write_blob(&mut |out| {
            if let Some(write) = write.take() {
                diff_id = write(out)?;
            }
            Ok(())
        })?;
        progress.advance(Stage::Layers, 1, 0);
        Ok(WrittenLayer {
            facts,
            blob,
            diff_id,
        })
    };
    layers.into_iter().map(write).collect()
}

/// Writes configuration and manifest of an image whose layers are in the store.
///
/// # Errors
/// When the store cannot be written to.
pub fn write_image(
    store: &mut dyn BlobStore,
    image: &Image<'_>,
    layers: &[WrittenLayer],
) -> Result<(Document, Document), OutputError> {
    let records: Vec<LayerRecord> = layers
        .iter()
        .map(|layer| LayerRecord {
            diff_id: format!("sha256:{}", layer.diff_id),
            title: layer.facts.title.clone(),
        })
        .collect();
    let descriptors: Vec<Descriptor> = layers
        .iter()
        .map(|layer| Descriptor::layer(layer.facts.media_type, &layer.blob))
        .collect();
    let config = Document {
        media_type: image::CONFIG_TYPE,
        bytes: image::json(&Config::new(&ConfigSource {
            image: image.config,
            arch: image.arch,
            time: image.time,
            layers: &records,
        })),
    };
    let descriptor = Descriptor::config(&config.bytes);
    let annotations = image.config.annotations.clone();
    let manifest = Document {
        media_type: image::MANIFEST_TYPE,
        bytes: image::json(&image::Manifest::new(descriptor, descriptors, annotations)),
    };
    for document in [&config, &manifest] {
        write_document(store, document)?;
    }
    Ok((config, manifest))
}

/// Writes the index of images of several architectures.
///
/// # Errors
/// When the store cannot be written to.
pub fn write_index<'a>(
    store: &mut dyn BlobStore,
    manifests: impl Iterator<Item = (Arch, &'a Document)>,
    annotations: &BTreeMap<String, String>,
) -> Result<Document, OutputError> {
    let manifests = manifests
        .map(|(arch, manifest)| {
            let none = BTreeMap::new();
            Descriptor::manifest(&manifest.bytes, arch.into(), none)
        })
        .collect();
    let index = Document {
        media_type: image::INDEX_TYPE,
        bytes: image::json(&Index::new(manifests, annotations.clone())),
    };
    write_document(store, &index)?;
    Ok(index)
}

fn write_document(store: &mut dyn BlobStore, document: &Document) -> Result<(), OutputError> {
    store.write_blob(&mut |out| Ok(out.write_all(&document.bytes)?))?;
    Ok(())
}
