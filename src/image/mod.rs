//! The documents of an image: configuration, manifest and index, as canonical JSON.
//!
//! They follow the OCI image specification 1.1. Fields are written in one order and maps are
//! sorted, so that the same image always has the same digest.

pub mod artifact;
mod config;
mod manifest;

pub use config::{Config, ConfigSource, LayerRecord};
pub use manifest::{Descriptor, DockerManifest, Index, Manifest, Platform};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// `application/vnd.oci.image.index.v1+json`
pub const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
/// `application/vnd.oci.image.manifest.v1+json`
pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// `application/vnd.oci.image.config.v1+json`
pub const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
/// `application/vnd.oci.image.layer.v1.tar`
pub const PLAIN_LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";
/// `application/vnd.oci.image.layer.v1.tar+gzip`
pub const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// `application/vnd.oci.image.layer.v1.tar+zstd`
pub const ZSTD_LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// The document as JSON without white space.
pub fn json(document: &impl Serialize) -> Vec<u8> {
    // Structures of strings, numbers and sorted maps with string keys always serialise.
    serde_json::to_vec(document).unwrap_or_default()
}

/// `sha256:` and the digest of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&hash))
}

/// A time as RFC 3339 writes it, in whole seconds and UTC.
///
/// ```
/// assert_eq!(apkcompose::image::rfc3339(1_700_000_000), "2023-11-14T22:13:20Z");
/// ```
pub fn rfc3339(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
