//! The documents of a layout by which clients find the images in it.
//!
//! `index.json` names one thing: the image, or the index of the images of several architectures,
//! among which clients choose. `manifest.json` is for `docker load` where docker keeps images by
//! itself and not in containerd: it loads every image that is named there, whatever its
//! architecture. So each of several gets a tag of its own there, `latest-arm64`, but one: the
//! plain tag stays with what most machines run, or else the first. Which machine builds them
//! must not matter.

use super::{BlobStore, Document, OutputError, WrittenLayer};
use crate::apk::arch::Arch;
use crate::image::{self, Descriptor, DockerManifest, Index};
use crate::manifest::ImageName;
use std::collections::BTreeMap;

/// The architectures that `docker load` gives the plain tag to, if they are there.
const PREFERRED: [Arch; 2] = [Arch::X86_64, Arch::Aarch64];

/// An image of a layout.
#[derive(Clone, Copy, Debug)]
pub struct LayoutImage<'a> {
    /// The architecture.
    pub arch: Arch,
    /// The image's configuration.
    pub config: &'a Document,
    /// The layers, the lowest first.
    pub layers: &'a [WrittenLayer],
}

/// Writes what a layout has beside its blobs, and lets it appear. `top` is what the name stands
/// for: the manifest of the only image, or the index of several.
///
/// # Errors
/// When the store cannot be written to; then nothing appears.
pub fn finish_layout(
    mut store: Box<dyn BlobStore + '_>,
    name: &ImageName,
    top: &Document,
    images: &[LayoutImage<'_>],
) -> Result<(), OutputError> {
    let annotations = BTreeMap::from([
        ("io.containerd.image.name".to_owned(), full_name(name)),
        (
            "org.opencontainers.image.ref.name".to_owned(),
            name.tag().unwrap_or(LATEST).to_owned(),
        ),
    ]);
    let descriptor = match images {
        [only] => Descriptor::manifest(&top.bytes, only.arch.into(), annotations),
        _ => Descriptor::index(&top.bytes, annotations),
    };
    let index = Index::new(vec![descriptor], BTreeMap::new());
    store.write_file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    store.write_file("index.json", &image::json(&index))?;
    store.write_file("manifest.json", &image::json(&docker(name, images)))?;
    store.finish()
}

/// What `docker load` finds.
fn docker(name: &ImageName, images: &[LayoutImage<'_>]) -> Vec<DockerManifest> {
    let known = |arch: &Arch| images.iter().any(|image| image.arch == *arch);
    let first = images.first().map(|image| image.arch);
    let plain = PREFERRED.into_iter().find(known).or(first);
    let entry = |image: &LayoutImage<'_>| {
        let mut tag = short_name(name);
        if plain != Some(image.arch) {
            tag.push('-');
            tag.push_str(image.arch.oci());
            // Those without are taken to be of this variant, as everywhere.
            if let Some(variant) = image.arch.oci_variant().filter(|v| *v != "v8") {
                tag.push_str(variant);
            }
        }
        let layers = image.layers.iter();
        DockerManifest {
            config: blob_path(&image.config.digest()),
            repo_tags: vec![tag],
            layers: layers.map(|l| blob_path(&l.blob.digest())).collect(),
        }
    };
    // The plain one first.
    let (mut first, rest): (Vec<&LayoutImage<'_>>, _) =
        images.iter().partition(|image| plain == Some(image.arch));
    first.extend(rest);
    first.into_iter().map(entry).collect()
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
