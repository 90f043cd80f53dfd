//! Reading an image: a folder in OCI layout, every digest and size of which is checked.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

/// An image.
pub struct Image {
    pub layers: Vec<Layer>,
}

/// A layer.
pub struct Layer {
    /// As it is stored, compressed.
    pub blob: Vec<u8>,
    pub media_type: String,
    /// The digest of the tar in it.
    pub diff_id: String,
    /// `created_by` of its entry in the history.
    pub history: String,
    pub entries: Vec<Entry>,
}

/// An entry of a layer, as clients read it: with PAX records in place of header fields.
#[derive(Clone, Debug)]
pub struct Entry {
    pub path: Vec<u8>,
    /// The type flag of its header.
    pub kind: u8,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub mtime: u64,
    pub device: (u32, u32),
    pub link: Vec<u8>,
    pub xattrs: BTreeMap<String, Vec<u8>>,
    pub content: Vec<u8>,
}

pub fn sha256(bytes: &[u8]) -> String {
    format!(
        "sha256:{}",
        data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
    )
}

/// The bytes that `descriptor` names.
fn blob(layout: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().unwrap();
    let bytes = fs::read(layout.join("blobs").join(digest.replace(':', "/"))).unwrap();
    assert_eq!(sha256(&bytes), digest);
    assert_eq!(bytes.len() as u64, descriptor["size"].as_u64().unwrap());
    bytes
}

fn inflate(media_type: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match media_type {
        "application/vnd.oci.image.layer.v1.tar+gzip" => {
            let mut gzip = flate2::bufread::GzDecoder::new(bytes);
            gzip.read_to_end(&mut out).unwrap();
            assert!(gzip.into_inner().is_empty(), "one member and no more");
        }
        "application/vnd.oci.image.layer.v1.tar+zstd" => out = zstd::decode_all(bytes).unwrap(),
        other => panic!("a layer of type {other}"),
    }
    out
}

impl Image {
    /// Reads an image and checks all that it says of itself.
    pub fn read(layout: &Path) -> Image {
        let json = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).unwrap() };
        let index = json(&fs::read(layout.join("index.json")).unwrap());
        let manifest = json(&blob(layout, &index["manifests"][0]));
        let config = json(&blob(layout, &manifest["config"]));
        let list = |value: &Value| value.as_array().unwrap().clone();
        let descriptors = list(&manifest["layers"]);
        let diff_ids = list(&config["rootfs"]["diff_ids"]);
        let history = list(&config["history"]);
        assert_eq!(descriptors.len(), diff_ids.len());
        assert_eq!(descriptors.len(), history.len());
        let layers = descriptors.iter().zip(diff_ids).zip(history);
        let layers = layers.map(|((descriptor, diff_id), history)| {
            let media_type = descriptor["mediaType"].as_str().unwrap();
            let history = history["created_by"].as_str().unwrap();
            let blob = blob(layout, descriptor);
            let layer = Layer::read(blob, media_type, history.to_owned());
            assert_eq!(layer.diff_id, diff_id.as_str().unwrap());
            layer
        });
        Image {
            layers: layers.collect(),
        }
    }

    /// The layer whose bytes are these, if it is there.
    pub fn layer_of(&self, blob: &[u8]) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.blob == blob)
    }

    /// The last layer, which holds what no package does.
    pub fn state(&self) -> &Layer {
        self.layers.last().unwrap()
    }
}

impl Layer {
    /// Reads a layer from its stored bytes.
    pub fn read(blob: Vec<u8>, media_type: &str, history: String) -> Layer {
        let tar = inflate(media_type, &blob);
        Layer {
            blob,
            media_type: media_type.to_owned(),
            diff_id: sha256(&tar),
            history,
            entries: entries(&tar),
        }
    }

    pub fn paths(&self) -> Vec<String> {
        let text = |entry: &Entry| String::from_utf8_lossy(&entry.path).into_owned();
        self.entries.iter().map(text).collect()
    }

    pub fn has(&self, path: &str) -> bool {
        self.entries.iter().any(|e| e.path == path.as_bytes())
    }

    /// What docker refuses, or what clients do differently.
    pub fn check(&self) {
        let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
        for entry in &self.entries {
            let path = entry.path.as_slice();
            let shown = String::from_utf8_lossy(path);
            assert!(seen.insert(path), "{shown:?} is twice in a layer");
            if entry.kind == b'1' {
                assert!(
                    seen.contains(entry.link.as_slice()),
                    "the hard link {shown:?} leads out of its layer"
                );
            }
            // Clients differ in what a directory is that a layer does not list.
            if let Some(slash) = path.iter().rposition(|b| *b == b'/') {
                assert!(
                    seen.contains(&path[..slash]),
                    "the directory of {shown:?} is not in its layer"
                );
            }
        }
    }
}

/// The entries of a tar. The root's path is empty; none has slashes at its ends.
pub fn entries(tar: &[u8]) -> Vec<Entry> {
    let mut archive = tar::Archive::new(tar);
    let mut entries = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (mut xattrs, mut mtime) = (BTreeMap::new(), entry.header().mtime().unwrap());
        for record in entry.pax_extensions().unwrap().into_iter().flatten() {
            let record = record.unwrap();
            let key = record.key().unwrap();
            if let Some(name) = key.strip_prefix("SCHILY.xattr.") {
                xattrs.insert(name.to_owned(), record.value_bytes().to_vec());
            } else if key == "mtime" {
                mtime = record.value().unwrap().parse().unwrap();
            }
        }
        let path = entry.path_bytes().into_owned();
        let path = path.strip_prefix(b"./").unwrap_or(&path);
        let link = entry.link_name_bytes().unwrap_or_default().into_owned();
        let header = entry.header().clone();
        // Fields that others than devices may leave empty.
        let device = match header.as_bytes()[156] {
            b'3' | b'4' => (
                header.device_major().unwrap().unwrap(),
                header.device_minor().unwrap().unwrap(),
            ),
            _ => (0, 0),
        };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        entries.push(Entry {
            path: path.strip_suffix(b"/").unwrap_or(path).to_vec(),
            kind: header.as_bytes()[156],
            mode: header.mode().unwrap() & 0o7777,
            uid: header.uid().unwrap(),
            gid: header.gid().unwrap(),
            mtime,
            device,
            link,
            xattrs,
            content,
        });
    }
    entries
}
