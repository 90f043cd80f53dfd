//! The documents of a layout with one image more.
//!
//! They may be another program's: what is not known here is kept as it is.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The annotation that is a layout's tag.
const TAG: &str = "org.opencontainers.image.ref.name";

/// Checks that an index can be added to; an empty one is one of no image.
///
/// # Errors
/// When it is none.
pub(super) fn check(index: &[u8]) -> Result<Value, String> {
    if index.is_empty() {
        let empty = [
            ("schemaVersion".to_owned(), 2.into()),
            ("manifests".to_owned(), Value::Array(Vec::new())),
        ];
        return Ok(Value::Object(Map::from_iter(empty)));
    }
    let index: Value = serde_json::from_slice(index)
        .map_err(|error| format!("its index.json is no JSON: {error}"))?;
    if index["schemaVersion"] != 2 || !index["manifests"].is_array() {
        return Err("its index.json is no image index of schema version 2".to_owned());
    }
    Ok(index)
}

fn manifests(index: &mut Value) -> Option<&mut Vec<Value>> {
    index.get_mut("manifests")?.as_array_mut()
}

/// The index with the images of `ours` under their tags, in the place of those that have these
/// tags.
///
/// # Errors
/// When one of them is no index.
pub(super) fn index(theirs: &[u8], ours: &[u8]) -> Result<Vec<u8>, String> {
    let (mut merged, mut ours) = (check(theirs)?, check(ours)?);
    let ours = manifests(&mut ours).map(std::mem::take).unwrap_or_default();
    if let Some(all) = manifests(&mut merged) {
        for image in ours {
            let tag = |image: &Value| image["annotations"][TAG].as_str().map(str::to_owned);
            let same = |other: &Value| tag(other).is_some() && tag(other) == tag(&image);
            let place = all.iter().position(same).unwrap_or(all.len());
            all.retain(|other| !same(other));
            all.insert(place.min(all.len()), image);
        }
    }
    serde_json::to_vec(&merged).map_err(|error| error.to_string())
}

/// `manifest.json`, by which docker finds images, with those of `ours` and without those that
/// are no longer in the index. `None` when it is not what docker writes.
pub(super) fn docker(
    theirs: &[u8],
    ours: &[u8],
    index: &[u8],
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let mut merged: Vec<Value> = serde_json::from_slice(theirs).ok()?;
    let ours: Vec<Value> = serde_json::from_slice(ours).ok()?;
    let index: Value = serde_json::from_slice(index).ok()?;
    let mut configs = BTreeSet::new();
    add_configs(&index, read, 0, &mut configs);
    let tags: Vec<&Value> = ours.iter().map(|image| &image["RepoTags"]).collect();
    merged.retain(|image| {
        let config = image["Config"].as_str().unwrap_or_default();
        configs.contains(config) && !tags.contains(&&image["RepoTags"])
    });
    merged.extend(ours);
    serde_json::to_vec(&merged).ok()
}

/// The paths of the configurations of all images of an index, and of the indexes in it.
fn add_configs(
    document: &Value,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
    depth: usize,
    configs: &mut BTreeSet<String>,
) {
    if let Some(config) = document["config"]["digest"].as_str() {
        configs.insert(format!("blobs/{}", config.replace(':', "/")));
    }
    // An index in an index is usual for several architectures; deeper ones are not.
    if depth > 2 {
        return;
    }
    let images = document["manifests"].as_array();
    for image in images.into_iter().flatten() {
        let bytes = image["digest"].as_str().and_then(read);
        if let Some(document) = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            add_configs(&document, read, depth + 1, configs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image(tag: &str, digest: &str) -> Value {
        json!({"digest": digest, "annotations": {TAG: tag}, "size": 1})
    }

    fn document(manifests: &[Value]) -> Vec<u8> {
        let index = json!({"schemaVersion": 2, "manifests": manifests, "theirs": [1.5]});
        serde_json::to_vec(&index).unwrap()
    }

    #[test]
    fn a_tag_is_added_or_replaced_in_its_place() {
        let untagged = json!({"digest": "u"});
        let theirs = document(&[image("a", "1"), untagged.clone(), image("b", "2")]);
        let merged = |ours: Value| -> Value {
            serde_json::from_slice(&index(&theirs, &document(&[ours])).unwrap()).unwrap()
        };
        let added = merged(image("c", "3"));
        let all = [
            image("a", "1"),
            untagged.clone(),
            image("b", "2"),
            image("c", "3"),
        ];
        assert_eq!(added["manifests"], json!(all));
        assert_eq!(added["theirs"], json!([1.5]));
        let replaced = merged(image("a", "3"));
        let all = [image("a", "3"), untagged, image("b", "2")];
        assert_eq!(replaced["manifests"], json!(all));
    }

    #[test]
    fn what_is_no_index_is_not_added_to() {
        for bad in [
            "{",
            "[]",
            "{\"schemaVersion\":1,\"manifests\":[]}",
            "{\"schemaVersion\":2}",
        ] {
            assert!(check(bad.as_bytes()).unwrap_err().contains("index.json"));
        }
        assert!(check(b"").is_ok());
    }
}
