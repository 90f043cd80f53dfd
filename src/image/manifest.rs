//! The manifest that ties configuration and layers together, and the index above it.

use super::{CONFIG_TYPE, INDEX_TYPE, MANIFEST_TYPE, digest};
use crate::apk::arch::Arch;
use crate::layer::Blob;
use serde::Serialize;
use std::collections::BTreeMap;

/// A reference to a blob.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    media_type: &'static str,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform>,
}

/// What an image runs on.
#[derive(Clone, Debug, Serialize)]
pub struct Platform {
    architecture: &'static str,
    os: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'static str>,
}

impl From<Arch> for Platform {
    fn from(arch: Arch) -> Self {
        Platform {
            architecture: arch.oci(),
            os: "linux",
            variant: arch.oci_variant(),
        }
    }
}

impl Descriptor {
    fn new(media_type: &'static str, digest: String, size: u64) -> Descriptor {
        Descriptor {
            media_type,
            digest,
            size,
            annotations: BTreeMap::new(),
            platform: None,
        }
    }

    /// Of a layer of this media type.
    pub fn layer(media_type: &'static str, blob: &Blob) -> Descriptor {
        Descriptor::new(media_type, blob.digest(), blob.size)
    }

    /// Of a configuration's JSON.
    pub fn config(bytes: &[u8]) -> Descriptor {
        Descriptor::new(CONFIG_TYPE, digest(bytes), bytes.len() as u64)
    }

    /// Of a manifest's JSON, as an index lists it: for this platform, under these annotations.
    pub fn manifest(
        bytes: &[u8],
        platform: Platform,
        annotations: BTreeMap<String, String>,
    ) -> Descriptor {
        Descriptor {
            annotations,
            platform: Some(platform),
            ..Descriptor::new(MANIFEST_TYPE, digest(bytes), bytes.len() as u64)
        }
    }

    /// Of an index's JSON, as another index lists it under these annotations.
    pub fn index(bytes: &[u8], annotations: BTreeMap<String, String>) -> Descriptor {
        Descriptor {
            annotations,
            ..Descriptor::new(INDEX_TYPE, digest(bytes), bytes.len() as u64)
        }
    }
}

/// An image manifest.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    schema_version: u32,
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// Of this configuration and these layers, the lowest first.
    pub fn new(
        config: Descriptor,
        layers: Vec<Descriptor>,
        annotations: BTreeMap<String, String>,
    ) -> Manifest {
        Manifest {
            schema_version: 2,
            media_type: MANIFEST_TYPE,
            config,
            layers,
            annotations,
        }
    }
}

/// An image index: of the images of several architectures, or `index.json` of a layout.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    schema_version: u32,
    media_type: &'static str,
    manifests: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Index {
    /// Of these manifests, under these annotations.
    pub fn new(manifests: Vec<Descriptor>, annotations: BTreeMap<String, String>) -> Index {
        Index {
            schema_version: 2,
            media_type: INDEX_TYPE,
            manifests,
            annotations,
        }
    }
}

/// An entry of `manifest.json`, by which `docker load` finds the image in the same archive.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DockerManifest {
    /// The path of the configuration in the archive.
    pub config: String,
    /// `name:tag`
    pub repo_tags: Vec<String>,
    /// The paths of the layers in the archive, the lowest first.
    pub layers: Vec<String>,
}
