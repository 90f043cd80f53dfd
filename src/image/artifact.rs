//! Artifacts: documents about an image, as registries keep them beside it (OCI image
//! specification 1.1, guidelines for artifact usage; distribution specification 1.1, listing
//! referrers).

use super::{INDEX_TYPE, MANIFEST_TYPE, digest, json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `application/vnd.oci.empty.v1+json`
pub const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";

/// The configuration of what has none.
pub const EMPTY: &[u8] = b"{}";

/// What an artifact is about, or what an index of artifacts names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referred {
    /// The media type of the document.
    pub media_type: String,
    /// `sha256:…`
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// What kind of artifact it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// What else is said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact<'a> {
    schema_version: u32,
    media_type: &'static str,
    artifact_type: &'a str,
    config: Referred,
    layers: [Referred; 1],
    subject: &'a Referred,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Referrers {
    schema_version: u32,
    media_type: String,
    #[serde(default)]
    manifests: Vec<Referred>,
}

impl Referred {
    /// A document of this media type.
    pub fn new(media_type: &str, bytes: &[u8]) -> Referred {
        Referred {
            media_type: media_type.to_owned(),
            digest: digest(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// The manifest of the artifact that a document of this media type is, about this subject. Beside
/// it the registry needs the document and [`EMPTY`] as blobs.
pub fn artifact(media_type: &str, bytes: &[u8], subject: &Referred) -> Vec<u8> {
    json(&Artifact {
        schema_version: 2,
        media_type: MANIFEST_TYPE,
        artifact_type: media_type,
        config: Referred::new(EMPTY_TYPE, EMPTY),
        layers: [Referred::new(media_type, bytes)],
        subject,
    })
}

/// The tag under which a registry without the referrers API keeps the index of the artifacts
/// about a digest: `sha256-…`.
pub fn referrers_tag(digest: &str) -> String {
    digest.replace(':', "-")
}

/// The index of artifacts with one more: `known` is what the registry has under
/// [`referrers_tag`]. An index that names the artifact already stays as it is, and one that
/// cannot be read is begun anew.
pub fn add_referrer(known: Option<&[u8]>, artifact_type: &str, manifest: &[u8]) -> Vec<u8> {
    let known = known.and_then(|bytes| serde_json::from_slice::<Referrers>(bytes).ok());
    let mut index = known.unwrap_or_else(|| Referrers {
        schema_version: 2,
        media_type: INDEX_TYPE.to_owned(),
        manifests: Vec::new(),
    });
    let added = Referred {
        artifact_type: Some(artifact_type.to_owned()),
        ..Referred::new(MANIFEST_TYPE, manifest)
    };
    if index.manifests.iter().all(|one| one.digest != added.digest) {
        index.manifests.push(added);
    }
    json(&index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SPDX: &str = "application/spdx+json";

    #[test]
    fn an_artifact_names_its_subject_and_its_document() {
        let subject = Referred::new(MANIFEST_TYPE, b"image");
        let manifest: Value = serde_json::from_slice(&artifact(SPDX, b"bill", &subject)).unwrap();
        assert_eq!(manifest["artifactType"], SPDX);
        assert_eq!(manifest["subject"]["digest"], digest(b"image"));
        assert_eq!(manifest["subject"].get("artifactType"), None);
        let layer = json!({"mediaType": SPDX, "digest": digest(b"bill"), "size": 4});
        assert_eq!(manifest["layers"], json!([layer]));
        // The digest that the specification gives.
        let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(manifest["config"]["digest"], empty);
    }

    #[test]
    fn an_index_of_artifacts_grows_by_what_it_lacks() {
        assert_eq!(referrers_tag("sha256:abc"), "sha256-abc");
        let one = add_referrer(None, SPDX, b"one");
        let both = add_referrer(Some(&one), SPDX, b"two");
        let index: Value = serde_json::from_slice(&both).unwrap();
        let digests: Vec<&Value> = index["manifests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["digest"])
            .collect();
        assert_eq!(digests, [&digest(b"one"), &digest(b"two")]);
        assert_eq!(index["manifests"][0]["artifactType"], SPDX);
        assert_eq!(add_referrer(Some(&both), SPDX, b"one"), both);
        assert_eq!(add_referrer(Some(b"garbled"), SPDX, b"one"), one);
    }
}
