//! Two images, layer by layer and file by file.

use crate::layer::Hashed;
use crate::report::diff::{Change, DiffError, FileFacts, LayerEntry, OpenImage, layer_entries};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader};

/// What a layer is before its files are looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Layer {
    /// Its name in the image.
    pub name: String,
    /// What is in it, as the history says.
    pub title: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
}

/// A layer of one image, or of both, that is not the same in both.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LayerDifference {
    /// Its place in the image that is verified, the lowest being 1; of a layer that it lacks, the
    /// place in the rebuilt one.
    pub number: usize,
    /// What is in it, as the history says.
    pub title: String,
    /// Whether the image has it alone (removed by rebuilding), the rebuilt one alone (added), or
    /// both have it.
    pub change: Change,
    /// The paths that differ, in order. None of a layer that one of them has alone, and none of
    /// one whose files are the same: then they are in another order, or compressed otherwise.
    pub paths: Vec<PathDifference>,
}

/// A path of a layer that is not the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PathDifference {
    /// Absolute.
    pub path: String,
    /// Whether the image has it alone (removed by rebuilding), the rebuilt one alone (added), or
    /// both have it.
    pub change: Change,
    /// For a changed one what of it: `kind`, `content`, `target`, `device`, `mode`, `owner`,
    /// `xattrs`, `time`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<&'static str>,
}

/// Reads the layers of an image to their ends.
pub(super) fn layers(image: &OpenImage) -> Result<Vec<Layer>, DiffError> {
    let config = image.config()?;
    let history = config["history"].as_array().into_iter().flatten();
    let mut titles = history.filter(|entry| entry["empty_layer"] != true);
    let mut all = Vec::new();
    for name in image.layers() {
        let (sha256, size) = hashed(image, name)?;
        let title = titles.next().and_then(|entry| entry["created_by"].as_str());
        let title = title.unwrap_or_default();
        all.push(Layer {
            name: name.clone(),
            title: title
                .strip_prefix("apkcompose: ")
                .unwrap_or(title)
                .to_owned(),
            sha256,
            size,
        });
    }
    Ok(all)
}

/// The SHA-256 of a part, in hexadecimal.
pub(super) fn digest(image: &OpenImage, name: &str) -> Result<String, DiffError> {
    Ok(hashed(image, name)?.0)
}

/// The SHA-256 and the number of bytes of a part.
fn hashed(image: &OpenImage, name: &str) -> Result<(String, u64), DiffError> {
    let mut hash = Hashed::new(io::sink());
    let copied = io::copy(&mut image.part(name)?, &mut hash);
    copied.map_err(|error| image.no_image(error.to_string()))?;
    let blob = hash.finish().0;
    Ok((blob.sha256, blob.size))
}

/// Says that a part is damaged when it is named by another digest than its bytes have.
pub(super) fn damage(name: &str, sha256: &str) -> Option<String> {
    let named = name.strip_prefix("blobs/sha256/")?;
    (named != sha256).then(|| name.to_owned())
}

/// The layers that are not the same in both images.
pub(super) fn differences(
    (image, layers): (&OpenImage, &[Layer]),
    (rebuilt, rebuilt_layers): (&OpenImage, &[Layer]),
) -> Result<Vec<LayerDifference>, DiffError> {
    let mut all = Vec::new();
    for (old, new) in pairs(layers, rebuilt_layers) {
        let difference = |number: usize, title: &str, change, paths| LayerDifference {
            number: number + 1,
            title: title.to_owned(),
            change,
            paths,
        };
        all.push(match (old, new) {
            (Some(old), Some(new)) => {
                let paths = compare(
                    &entries(image, &layers[old])?,
                    &entries(rebuilt, &rebuilt_layers[new])?,
                );
                difference(old, &layers[old].title, Change::Changed, paths)
            }
            (Some(old), None) => difference(old, &layers[old].title, Change::Removed, Vec::new()),
            (None, Some(new)) => {
                let title = &rebuilt_layers[new].title;
                difference(new, title, Change::Added, Vec::new())
            }
            (None, None) => continue,
        });
    }
    all.sort_by_key(|difference| difference.number);
    Ok(all)
}

fn entries(image: &OpenImage, layer: &Layer) -> Result<BTreeMap<Vec<u8>, LayerEntry>, DiffError> {
    let part = BufReader::new(image.part(&layer.name)?);
    layer_entries(part).map_err(|error| image.no_image(format!("{}: {error}", layer.name)))
}

type Pair = (Option<usize>, Option<usize>);

/// Which layers belong together of those whose bytes are not in both: those with the same title
/// first, and what is left in order.
fn pairs(old: &[Layer], new: &[Layer]) -> Vec<Pair> {
    let mut rest: Vec<usize> = (0..new.len()).collect();
    let mut take = |fits: &dyn Fn(&Layer) -> bool| {
        let found = rest.iter().position(|at| fits(&new[*at]))?;
        Some(rest.remove(found))
    };
    let mut alone = Vec::new();
    for (at, layer) in old.iter().enumerate() {
        if take(&|other| other.sha256 == layer.sha256).is_none() {
            alone.push(at);
        }
    }
    let mut pairs: Vec<Pair> = Vec::new();
    alone.retain(|at| match take(&|other| other.title == old[*at].title) {
        None => true,
        found => {
            pairs.push((Some(*at), found));
            false
        }
    });
    let count = alone.len().max(rest.len());
    let left = (0..count).map(|n| (alone.get(n).copied(), rest.get(n).copied()));
    pairs.extend(left);
    pairs
}

fn compare(
    old: &BTreeMap<Vec<u8>, LayerEntry>,
    new: &BTreeMap<Vec<u8>, LayerEntry>,
) -> Vec<PathDifference> {
    let paths: BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
    let difference = |path: &Vec<u8>| {
        let (change, differs) = match (old.get(path), new.get(path)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => (Change::Changed, parts(old, new)),
            (Some(_), None) => (Change::Removed, Vec::new()),
            (None, _) => (Change::Added, Vec::new()),
        };
        Some(PathDifference {
            path: format!("/{}", String::from_utf8_lossy(path)),
            change,
            differs,
        })
    };
    paths.into_iter().filter_map(difference).collect()
}

/// What of an entry differs.
fn parts(old: &LayerEntry, new: &LayerEntry) -> Vec<&'static str> {
    let mut parts = match (&old.facts, &new.facts) {
        (Some(old), Some(new)) => FileFacts::differences(old, new),
        (None, None) if old.link != new.link => vec!["target"],
        (None, None) => Vec::new(),
        _ => vec!["kind"],
    };
    if old.time != new.time {
        parts.push("time");
    }
    parts
}

/// The fields in which two documents differ, as `config.Env`, without those of `but`. Objects
/// are compared field by field.
pub(super) fn fields(old: &Value, new: &Value, but: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    collect(old, new, "", &mut all);
    all.retain(|field| !but.contains(&field.as_str()));
    all
}

fn collect(old: &Value, new: &Value, name: &str, all: &mut Vec<String>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let below = match name {
                    "" => key.clone(),
                    name => format!("{name}.{key}"),
                };
                let (old, new) = (old.get(key), new.get(key));
                let nothing = Value::Null;
                collect(
                    old.unwrap_or(&nothing),
                    new.unwrap_or(&nothing),
                    &below,
                    all,
                );
            }
        }
        _ => all.push(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layer(title: &str, sha256: &str) -> Layer {
        Layer {
            name: String::new(),
            title: title.to_owned(),
            sha256: sha256.to_owned(),
            size: 1,
        }
    }

    #[test]
    fn layers_belong_together_by_content_then_title_then_order() {
        let old = [
            layer("a", "1"),
            layer("b", "2"),
            layer("c", "3"),
            layer("d", "4"),
        ];
        let new = [layer("x", "1"), layer("c", "30"), layer("e", "5")];
        assert_eq!(
            pairs(&old, &new),
            [(Some(2), Some(1)), (Some(1), Some(2)), (Some(3), None)]
        );
        assert_eq!(pairs(&old, &old), []);
        assert_eq!(pairs(&[], &new[..1]), [(None, Some(0))]);
    }

    #[test]
    fn fields_that_differ_are_named() {
        let old = json!({"a": 1, "config": {"Env": ["x"], "User": "a"}, "history": [1]});
        let new = json!({"config": {"Env": ["y"], "User": "a"}, "history": [2]});
        assert_eq!(fields(&old, &new, &["history"]), ["a", "config.Env"]);
        assert_eq!(fields(&old, &old, &[]), Vec::<String>::new());
    }
}
