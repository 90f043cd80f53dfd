//! The documents of images that others made, as far as they are understood here (OCI image
//! specification 1.1, and Docker's image manifest 2.2, which differs by its media types).

use crate::apk::arch::Arch;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A reference to a blob.
#[derive(Clone, Default, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    #[serde(default)]
    pub media_type: String,
    /// `sha256:…`
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// What the image that it describes runs on.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// What else is said of it.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// What an image runs on.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, Debug)]
#[serde(default)]
pub struct Platform {
    /// Such as `amd64`.
    pub architecture: String,
    /// Such as `linux`.
    pub os: String,
    /// Such as `v7`.
    pub variant: Option<String>,
}

impl Platform {
    /// Whether it is that of an architecture of Alpine.
    pub fn fits(&self, arch: Arch) -> bool {
        let os = self.os.is_empty() || self.os == "linux";
        // A lone image need not say what it is for.
        let architecture = self.architecture.is_empty() || self.architecture == arch.oci();
        let variant = self.variant.as_deref();
        os && architecture && (variant.is_none() || variant == arch.oci_variant())
    }
}

impl Descriptor {
    /// Whether it describes an index.
    pub fn is_index(&self) -> bool {
        is_index(&self.media_type)
    }

    /// Whether it describes what attests to another image, and is none itself.
    pub fn is_attestation(&self) -> bool {
        let unknown = |platform: &Platform| platform.architecture == "unknown";
        self.platform.as_ref().is_some_and(unknown)
    }

    /// The name that the blob has in a layout.
    pub fn blob_name(&self) -> String {
        format!("blobs/{}", self.digest.replacen(':', "/", 1))
    }
}

/// Whether a media type is that of an index.
pub fn is_index(media_type: &str) -> bool {
    media_type.contains("image.index") || media_type.contains("manifest.list")
}

/// An index, or `index.json` of a layout.
#[derive(Clone, Default, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// What it says it is.
    #[serde(default)]
    pub media_type: String,
    /// What it lists.
    pub manifests: Vec<Descriptor>,
}

/// The manifest of an image.
#[derive(Clone, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// What it says it is.
    #[serde(default)]
    pub media_type: String,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// What its author says of it.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// An entry of `manifest.json` in what `docker save` writes.
#[derive(Clone, Deserialize, Debug)]
#[serde(rename_all = "PascalCase")]
pub struct DockerManifest {
    /// The path of the configuration.
    pub config: String,
    /// `name:tag`
    #[serde(default)]
    pub repo_tags: Option<Vec<String>>,
    /// The paths of the layers, the lowest first.
    pub layers: Vec<String>,
}
