//! An image, read from an archive or a folder, with everything in it checked.

use super::tree::{Tree, hex};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Reads an archive or a folder with one image.
    #[track_caller]
    pub fn read(path: &Path) -> Image {
        let images = Image::read_all(path);
        let [image] = <[Image; 1]>::try_from(images).unwrap_or_else(|_| panic!("several images"));
        assert_eq!(image.index["manifests"][0]["digest"], image.digest);
        image
    }

    /// Reads an archive or a folder with the images of one or several architectures.
    #[track_caller]
    pub fn read_all(path: &Path) -> Vec<Image> {
        let files = if path.is_dir() {
            files_of_folder(path)
        } else {
            files_of_archive(path)
        };
        let blobs = Blobs {
            files,
            used: RefCell::default(),
        };
        let layout = blobs.document("oci-layout");
        assert_eq!(layout["imageLayoutVersion"], "1.0.0");
        let index = blobs.document("index.json");
        let docker = blobs.document("manifest.json");
        assert_eq!(index["schemaVersion"], 2);
        let named = index["manifests"].as_array().unwrap();
        assert_eq!(named.len(), 1);
        let mut manifests = named.clone();
        if named[0]["mediaType"] == "application/vnd.oci.image.index.v1+json" {
            assert!(named[0].get("platform").is_none());
            let inner: Value = serde_json::from_slice(&blobs.blob(&named[0])).unwrap();
            assert_eq!(inner["mediaType"], named[0]["mediaType"]);
            assert_eq!(inner["schemaVersion"], 2);
            manifests.clone_from(inner["manifests"].as_array().unwrap());
            assert!(manifests.len() > 1);
        }
        let docker = docker.as_array().unwrap();
        assert_eq!(docker.len(), manifests.len());
        let read = |descriptor: &Value| Image::read_one(&blobs, descriptor, &index, docker);
        let images = manifests.iter().map(read).collect();
        let used = blobs.used.into_inner();
        let mut unused = blobs.files.keys().filter(|name| !used.contains(*name));
        assert_eq!(unused.next(), None, "nobody needs this");
        images
    }

    fn read_one(blobs: &Blobs, descriptor: &Value, index: &Value, docker: &[Value]) -> Image {
        let manifest: Value = serde_json::from_slice(&blobs.blob(descriptor)).unwrap();
        assert_eq!(manifest["mediaType"], descriptor["mediaType"]);
        let config: Value = serde_json::from_slice(&blobs.blob(&manifest["config"])).unwrap();
        let platform = &descriptor["platform"];
        for key in ["architecture", "os", "variant"] {
            assert_eq!(platform[key], config[key], "{key}");
        }
        let descriptors = manifest["layers"].as_array().unwrap();
        let layers: Vec<Vec<u8>> = descriptors.iter().map(|d| blobs.blob(d)).collect();

        let mut tree = Tree::default();
        let diff_ids = config["rootfs"]["diff_ids"].as_array().unwrap();
        assert_eq!(diff_ids.len(), layers.len());
        assert_eq!(config["history"].as_array().unwrap().len(), layers.len());
        for ((layer, descriptor), diff_id) in layers.iter().zip(descriptors).zip(diff_ids) {
            let tar = inflated(layer, descriptor["mediaType"].as_str().unwrap());
            assert_eq!(sha256(&tar), diff_id.as_str().unwrap());
            tree.apply(&tar);
        }

        let path_of = |descriptor: &Value| blob_path(descriptor["digest"].as_str().unwrap());
        let configuration = path_of(&manifest["config"]);
        let docker = docker.iter().find(|entry| entry["Config"] == configuration);
        let docker = docker.unwrap_or_else(|| panic!("docker finds no {configuration}"));
        let paths: Vec<String> = descriptors.iter().map(path_of).collect();
        assert_eq!(docker["Layers"], Value::from(paths));
        Image {
            digest: descriptor["digest"].as_str().unwrap().to_owned(),
            docker: docker.clone(),
            index: index.clone(),
            manifest,
            config,
            layers,
            tree,
        }
    }
}

/// The files of a layout.
struct Blobs {
    files: BTreeMap<String, Vec<u8>>,
    /// Those that somebody asked for.
    used: RefCell<BTreeSet<String>>,
}

impl Blobs {
    fn file(&self, name: &str) -> &[u8] {
        self.used.borrow_mut().insert(name.to_owned());
        let bytes = self.files.get(name);
        bytes.unwrap_or_else(|| panic!("no {name}"))
    }

    fn document(&self, name: &str) -> Value {
        serde_json::from_slice(self.file(name)).unwrap()
    }

    fn blob(&self, descriptor: &Value) -> Vec<u8> {
        let digest = descriptor["digest"].as_str().unwrap();
        let bytes = self.file(&blob_path(digest));
        assert_eq!(sha256(bytes), digest);
        assert_eq!(descriptor["size"], bytes.len());
        bytes.to_vec()
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
