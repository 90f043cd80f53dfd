//! An image: its layers, and the documents that name them, into a store of blobs.

use super::{BlobStore, OutputError};
use crate::apk::arch::Arch;
use crate::image::{self, Config, ConfigSource, Descriptor, DockerManifest, Index, LayerRecord};
use crate::layer::{Blob, EmitError};
use crate::manifest::{ImageConfig, ImageName};
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
    /// What clients call it.
    pub name: &'a ImageName,
    /// The time of the build, in seconds since 1970.
    pub time: u64,
}

/// Writes a layer, and returns the SHA-256 of the tar in it, in hexadecimal.
pub type WriteLayer<'a> = Box<dyn FnOnce(&mut dyn Write) -> Result<String, EmitError> + 'a>;

/// A layer that is still to be written.
pub struct LayerSource<'a> {
    /// What is in it, for the image's history.
    pub title: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Writes it.
    pub write: WriteLayer<'a>,
}

/// A layer that was written.
#[derive(Clone, Debug)]
pub struct WrittenLayer {
    /// What is in it.
    pub title: String,
    /// Its media type.
    pub media_type: &'static str,
    /// The compressed layer.
    pub blob: Blob,
    /// The SHA-256 of the tar in it, in hexadecimal.
    pub diff_id: String,
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
            title: layer.title,
            media_type: layer.media_type,
            blob,
            diff_id,
        })
    };
    layers.into_iter().map(write).collect()
}

/// Writes the documents of an image whose layers are in the store, and lets it appear; returns
/// the digest of its manifest, `sha256:…`.
///
/// # Errors
/// When the store cannot be written to; then nothing appears.
pub fn finish_image(
    mut store: Box<dyn BlobStore>,
    image: &Image<'_>,
    layers: &[WrittenLayer],
) -> Result<String, OutputError> {
    let records: Vec<LayerRecord> = layers
        .iter()
        .map(|layer| LayerRecord {
            diff_id: format!("sha256:{}", layer.diff_id),
            title: layer.title.clone(),
        })
        .collect();
    let descriptors: Vec<Descriptor> = layers
        .iter()
        .map(|layer| Descriptor::layer(layer.media_type, &layer.blob))
        .collect();
    let config = image::json(&Config::new(&ConfigSource {
        image: image.config,
        arch: image.arch,
        time: image.time,
        layers: &records,
    }));
    let descriptor = Descriptor::config(&config);
    let docker = DockerManifest {
        config: blob_path(&descriptor.digest),
        repo_tags: vec![short_name(image.name)],
        layers: descriptors.iter().map(|d| blob_path(&d.digest)).collect(),
    };
    let annotations = image.config.annotations.clone();
    let manifest = image::json(&image::Manifest::new(descriptor, descriptors, annotations));
    let index = Index::new(vec![Descriptor::manifest(
        &manifest,
        image.arch.into(),
        BTreeMap::from([
            ("io.containerd.image.name".to_owned(), full_name(image.name)),
            (
                "org.opencontainers.image.ref.name".to_owned(),
                image.name.tag().unwrap_or(LATEST).to_owned(),
            ),
        ]),
    )]);
    for document in [&config, &manifest] {
        store.write_blob(&mut |out| Ok(out.write_all(document)?))?;
    }
    store.write_file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    store.write_file("index.json", &image::json(&index))?;
    store.write_file("manifest.json", &image::json(&[docker]))?;
    store.finish()?;
    Ok(image::digest(&manifest))
}

/// The tag of a name without one.
const LATEST: &str = "latest";

fn blob_path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

/// `php-demo:latest`, as `docker images` shows it.
fn short_name(name: &ImageName) -> String {
    format!("{}:{}", name.repository(), name.tag().unwrap_or(LATEST))
}

/// The name with the registry that docker takes one without to be in.
fn full_name(name: &ImageName) -> String {
    let short = short_name(name);
    match name.repository().split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => short,
        Some(_) => format!("docker.io/{short}"),
        None => format!("docker.io/library/{short}"),
    }
}
