//! An image: its layers, and the documents that name them, into a store of blobs.

use super::{BlobStore, OutputError};
use crate::apk::arch::Arch;
use crate::image::{self, Config, ConfigSource, Descriptor, DockerManifest, Index, LayerRecord};
use crate::layer::{PlannedLayer, Sources, compress};
use crate::manifest::{ImageConfig, ImageName};
use std::collections::BTreeMap;

/// What an image is beside its layers.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// The manifest's `[image]`.
    pub config: &'a ImageConfig,
    /// The architecture of its packages.
    pub arch: Arch,
    /// What clients call it.
    pub name: &'a ImageName,
}

/// Writes an image and lets it appear; returns the digest of its manifest, `sha256:…`.
///
/// # Errors
/// When a content cannot be read or the store cannot be written to; then nothing appears.
pub fn write_image(
    mut store: Box<dyn BlobStore>,
    image: &Image<'_>,
    layers: &[PlannedLayer],
    sources: &Sources<'_>,
) -> Result<String, OutputError> {
    let (mut records, mut descriptors) = (Vec::new(), Vec::new());
    for layer in layers {
        let mut diff_id = None;
        let blob = store.write_blob(&mut |out| {
            diff_id = Some(compress(layer, sources, out)?);
            Ok(())
        })?;
        descriptors.push(Descriptor::layer(&blob));
        records.push(LayerRecord {
            diff_id: diff_id
                .map(|tar| format!("sha256:{}", tar.sha256))
                .unwrap_or_default(),
            title: layer.title.clone(),
        });
    }
    let config = image::json(&Config::new(&ConfigSource {
        image: image.config,
        arch: image.arch,
        time: sources.time,
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
