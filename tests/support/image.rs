//! An image, read from an archive or a folder, with everything in it checked.

use super::tree::{Tree, hex};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

/// An image whose digests, sizes and references all fit.
pub struct Image {
    /// `sha256:…` of the manifest.
    pub digest: String,
    pub index: Value,
    pub manifest: Value,
    pub config: Value,
    /// The one entry of `manifest.json`, by which docker finds the image.
    pub docker: Value,
    /// The layers, compressed.
    pub layers: Vec<Vec<u8>>,
    pub tree: Tree,
}

pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

impl Image {
    /// Reads an archive or a folder.
    #[track_caller]
    pub fn read(path: &Path) -> Image {
        let mut files = if path.is_dir() {
            files_of_folder(path)
        } else {
            files_of_archive(path)
        };
        let mut document = |name: &str| -> Value {
            let bytes = files.remove(name);
            serde_json::from_slice(&bytes.unwrap_or_else(|| panic!("no {name}"))).unwrap()
        };
        let (layout, index, docker) = (
            document("oci-layout"),
            document("index.json"),
            document("manifest.json"),
        );
        assert_eq!(layout["imageLayoutVersion"], "1.0.0");
        assert_eq!(index["schemaVersion"], 2);
        let mut blob = |descriptor: &Value| -> Vec<u8> {
            let digest = descriptor["digest"].as_str().unwrap();
            let name = blob_path(digest);
            let bytes = files.remove(&name);
            let bytes = bytes.unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(sha256(&bytes), digest);
            assert_eq!(descriptor["size"], bytes.len());
            bytes
        };
        let manifests = index["manifests"].as_array().unwrap();
        assert_eq!(manifests.len(), 1);
        let manifest: Value = serde_json::from_slice(&blob(&manifests[0])).unwrap();
        assert_eq!(manifest["mediaType"], manifests[0]["mediaType"]);
        let config: Value = serde_json::from_slice(&blob(&manifest["config"])).unwrap();
        let platform = &manifests[0]["platform"];
        for key in ["architecture", "os", "variant"] {
            assert_eq!(platform[key], config[key], "{key}");
        }
        let descriptors = manifest["layers"].as_array().unwrap();
        let layers: Vec<Vec<u8>> = descriptors.iter().map(&mut blob).collect();
        assert!(files.is_empty(), "nobody needs {:?}", files.keys());

        let mut tree = Tree::default();
        let diff_ids = config["rootfs"]["diff_ids"].as_array().unwrap();
        assert_eq!(diff_ids.len(), layers.len());
        assert_eq!(config["history"].as_array().unwrap().len(), layers.len());
        for ((layer, descriptor), diff_id) in layers.iter().zip(descriptors).zip(diff_ids) {
            let tar = inflated(layer, descriptor["mediaType"].as_str().unwrap());
            assert_eq!(sha256(&tar), diff_id.as_str().unwrap());
            tree.apply(&tar);
        }

        let docker = docker.as_array().unwrap();
        assert_eq!(docker.len(), 1);
        let path_of = |descriptor: &Value| blob_path(descriptor["digest"].as_str().unwrap());
        assert_eq!(docker[0]["Config"], path_of(&manifest["config"]));
        let paths: Vec<String> = descriptors.iter().map(path_of).collect();
        assert_eq!(docker[0]["Layers"], Value::from(paths));
        Image {
            digest: manifests[0]["digest"].as_str().unwrap().to_owned(),
            docker: docker[0].clone(),
            index,
            manifest,
            config,
            layers,
            tree,
        }
    }
}

/// The tar in a layer of this type.
fn inflated(layer: &[u8], media_type: &str) -> Vec<u8> {
    let layer_type = "application/vnd.oci.image.layer.v1.tar";
    let mut tar = Vec::new();
    match media_type.strip_prefix(layer_type).unwrap() {
        "" => tar.extend_from_slice(layer),
        "+gzip" => drop(MultiGzDecoder::new(layer).read_to_end(&mut tar).unwrap()),
        "+zstd" => tar = zstd::decode_all(layer).unwrap(),
        other => panic!("a layer compressed as {other}"),
    }
    tar
}

fn blob_path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

fn files_of_archive(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut tree = Tree::default();
    tree.apply(&fs::read(path).unwrap());
    files_of(&tree)
}

fn files_of_folder(path: &Path) -> BTreeMap<String, Vec<u8>> {
    files_of(&Tree::of_folder(path))
}

fn files_of(tree: &Tree) -> BTreeMap<String, Vec<u8>> {
    let paths = tree.paths().into_iter();
    paths
        .filter(|path| tree.node(path).kind != super::tree::Kind::Directory)
        .map(|path| (path.to_owned(), tree.bytes(path).to_vec()))
        .collect()
}
