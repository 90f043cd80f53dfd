//! An image that somebody built: its documents, each compared with its digest, and where its
//! layers lie.

use super::blobs::{Blobs, Part};
use super::descriptor::{Descriptor, DockerManifest, Index, Manifest, Platform, is_index};
use super::error::{Blame, InputError};
use crate::apk::arch::Arch;
use crate::image::{self, INDEX_TYPE, MANIFEST_TYPE};
use crate::layer::Hashed;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// How deep indexes may lie in indexes; one level is usual.
const DEPTH: usize = 3;

/// By what a layout's index gives its images names (OCI image specification, annotations).
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A manifest or an index, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredDocument {
    /// `sha256:…`
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// The JSON.
    pub bytes: Vec<u8>,
}

/// A blob of an image and where it lies.
#[derive(Clone, Debug)]
pub struct StoredBlob {
    /// `sha256:…`
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// By what name it is found among the parts.
    name: String,
}

/// An image of one architecture.
#[derive(Clone, Debug)]
pub struct StoredImage {
    /// What it runs on, as far as that is known.
    pub platform: Platform,
    /// Its manifest.
    pub manifest: StoredDocument,
    /// What its author says of it in the manifest.
    pub annotations: std::collections::BTreeMap<String, String>,
    /// Its configuration.
    pub config: StoredBlob,
    /// Its layers, the lowest first.
    pub layers: Vec<StoredBlob>,
    /// Whether it is none, but attests to another one.
    pub is_attestation: bool,
}

/// An archive, a folder or a reference, and what is in it.
#[derive(Debug)]
pub struct Stored {
    name: String,
    blobs: Blobs,
    /// What the name stands for: a manifest, or an index of several.
    pub top: StoredDocument,
    /// The indexes below the top, each before what lists it.
    pub indexes: Vec<StoredDocument>,
    /// The images, in the order in which they are listed.
    pub images: Vec<StoredImage>,
}

impl Stored {
    /// Opens an OCI layout (a folder or a tar) or what `docker save` writes. Where it holds
    /// several images of different names, `:TAG` after its path names one.
    ///
    /// # Errors
    /// When it is none, is damaged, or holds several that are not told apart.
    pub fn open(path: &Path) -> Result<Stored, InputError> {
        let text = path.to_string_lossy().into_owned();
        let (path, tag) = match text.rsplit_once(':') {
            Some((shorter, tag)) if !path.exists() && Path::new(shorter).exists() => {
                (Path::new(shorter), Some(tag))
            }
            _ => (path, None),
        };
        let name = path.display().to_string();
        let blame = Blame(&name);
        let blobs = Blobs::open(path).map_err(|e| blame.failed(&e))?;
        let index = blobs.bytes("index.json").map_err(|e| blame.failed(&e))?;
        match index {
            Some(index) => Stored::of_layout(&name, blobs, index, tag),
            None => Stored::of_docker(&name, blobs, tag),
        }
    }

    /// What a manifest or an index stands for whose blobs are all there.
    ///
    /// # Errors
    /// When something is missing or damaged.
    pub fn of_document(
        name: &str,
        blobs: Blobs,
        top: StoredDocument,
    ) -> Result<Stored, InputError> {
        let mut stored = Stored {
            name: name.to_owned(),
            blobs,
            top: top.clone(),
            indexes: Vec::new(),
            images: Vec::new(),
        };
        let descriptor = Descriptor {
            media_type: top.media_type.clone(),
            ..Descriptor::default()
        };
        stored.add(top, &descriptor, DEPTH)?;
        stored
            .indexes
            .pop_if(|index| index.digest == stored.top.digest);
        if stored.images.iter().all(|image| image.is_attestation) {
            return Err(stored.blame().no_image("its index names no image"));
        }
        Ok(stored)
    }

    fn of_layout(
        name: &str,
        blobs: Blobs,
        bytes: Vec<u8>,
        tag: Option<&str>,
    ) -> Result<Stored, InputError> {
        let blame = Blame(name);
        let index: Index = parse(blame, "index.json", &bytes)?;
        let mut listed: Vec<&Descriptor> = index.manifests.iter().collect();
        let tag_of = |d: &Descriptor| d.annotations.get(REF_NAME).cloned();
        if let Some(tag) = tag {
            let named = |d: &&Descriptor| {
                tag_of(d).is_some_and(|name| name == tag || name.ends_with(&format!(":{tag}")))
            };
            listed.retain(named);
            if listed.is_empty() {
                return Err(blame.no_image(format!("none of its images is called {tag}")));
            }
        }
        let digests: BTreeSet<&str> = listed.iter().map(|d| d.digest.as_str()).collect();
        if let (1, Some(only)) = (digests.len(), listed.first()) {
            let top = read(blame, &blobs, only)?;
            return Stored::of_document(name, blobs, top);
        }
        let tags: BTreeSet<String> = listed.iter().filter_map(|d| tag_of(d)).collect();
        if tags.len() > 1 {
            let (image, tags) = (name.to_owned(), tags.into_iter().collect());
            return Err(InputError::SeveralNames { image, tags });
        }
        // Several architectures, which the layout lists itself.
        let top = StoredDocument {
            digest: image::digest(&bytes),
            media_type: INDEX_TYPE.to_owned(),
            bytes,
        };
        Stored::of_document(name, blobs, top)
    }

    /// What older versions of docker save: a manifest is made for it.
    fn of_docker(name: &str, blobs: Blobs, tag: Option<&str>) -> Result<Stored, InputError> {
        let blame = Blame(name);
        let bytes = blobs.bytes("manifest.json").map_err(|e| blame.failed(&e))?;
        let bytes = bytes.ok_or_else(|| blame.no_image("there is no index.json in it"))?;
        let mut listed: Vec<DockerManifest> = parse(blame, "manifest.json", &bytes)?;
        if let Some(tag) = tag {
            let named = |name: &String| name == tag || name.ends_with(&format!(":{tag}"));
            listed.retain(|image| image.repo_tags.iter().flatten().any(named));
        }
        let [image] = listed.as_slice() else {
            return Err(InputError::Several {
                image: name.to_owned(),
                count: listed.len(),
            });
        };
        let config = blobs.bytes(&image.config).map_err(|e| blame.failed(&e))?;
        let config =
            config.ok_or_else(|| blame.no_image(format!("there is no {} in it", image.config)))?;
        let document: Value = parse(blame, &image.config, &config)?;
        let config_blob = StoredBlob {
            digest: image::digest(&config),
            size: config.len() as u64,
            media_type: image::CONFIG_TYPE.to_owned(),
            name: image.config.clone(),
        };
        let layers: Result<Vec<StoredBlob>, InputError> = image
            .layers
            .iter()
            .map(|layer| docker_layer(blame, &blobs, layer))
            .collect();
        let layers = layers?;
        let describe = |blob: &StoredBlob| json!({"mediaType": blob.media_type, "digest": blob.digest, "size": blob.size});
        let manifest = image::json(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": describe(&config_blob),
            "layers": layers.iter().map(describe).collect::<Vec<_>>(),
        }));
        let manifest = StoredDocument {
            digest: image::digest(&manifest),
            media_type: MANIFEST_TYPE.to_owned(),
            bytes: manifest,
        };
        let stored = StoredImage {
            platform: platform_of(&document),
            manifest: manifest.clone(),
            annotations: Default::default(),
            config: config_blob,
            layers,
            is_attestation: false,
        };
        Ok(Stored {
            name: name.to_owned(),
            blobs,
            top: manifest,
            indexes: Vec::new(),
            images: vec![stored],
        })
    }

    fn add(
        &mut self,
        document: StoredDocument,
        descriptor: &Descriptor,
        depth: usize,
    ) -> Result<(), InputError> {
        if descriptor.is_index() || is_index(&document.media_type) {
            let Some(depth) = depth.checked_sub(1) else {
                return Err(self.blame().no_image("its indexes lie too deep"));
            };
            let index: Index = parse(self.blame(), &document.digest, &document.bytes)?;
            for descriptor in &index.manifests {
                let below = read(self.blame(), &self.blobs, descriptor)?;
                self.add(below, descriptor, depth)?;
            }
            if !self
                .indexes
                .iter()
                .any(|known| known.digest == document.digest)
            {
                self.indexes.push(document);
            }
            return Ok(());
        }
        let manifest: Manifest = parse(self.blame(), &document.digest, &document.bytes)?;
        let blob = |descriptor: &Descriptor| {
            check(self.blame(), descriptor)?;
            Ok(StoredBlob {
                digest: descriptor.digest.clone(),
                size: descriptor.size,
                media_type: descriptor.media_type.clone(),
                name: descriptor.blob_name(),
            })
        };
        let layers: Result<Vec<StoredBlob>, InputError> =
            manifest.layers.iter().map(blob).collect();
        let mut stored = StoredImage {
            platform: descriptor.platform.clone().unwrap_or_default(),
            annotations: manifest.annotations.clone(),
            config: blob(&manifest.config)?,
            layers: layers?,
            manifest: document,
            is_attestation: descriptor.is_attestation(),
        };
        if descriptor.platform.is_none() {
            stored.platform = platform_of(&self.config(&stored)?);
        }
        let again = |known: &StoredImage| known.manifest.digest == stored.manifest.digest;
        if !self.images.iter().any(again) {
            self.images.push(stored);
        }
        Ok(())
    }

    fn blame(&self) -> Blame<'_> {
        Blame(&self.name)
    }

    /// What it was opened as.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The image for an architecture, or the only one.
    ///
    /// # Errors
    /// When there is none, or there are several.
    pub fn choose(&self, arch: Option<Arch>) -> Result<&StoredImage, InputError> {
        let fits = |image: &&StoredImage| {
            !image.is_attestation && arch.is_none_or(|arch| image.platform.fits(arch))
        };
        let found: Vec<&StoredImage> = self.images.iter().filter(fits).collect();
        let image = self.name.clone();
        match (found.as_slice(), arch) {
            ([one], _) => Ok(one),
            ([], Some(arch)) => Err(InputError::NoArch { image, arch }),
            ([], None) => Err(self.blame().no_image("its index names no image")),
            (several, _) => Err(InputError::Several {
                image,
                count: several.len(),
            }),
        }
    }

    /// Opens a layer or a configuration.
    ///
    /// # Errors
    /// When it is not there, or has another size.
    pub fn part(&self, blob: &StoredBlob) -> Result<Part<'_>, InputError> {
        let part = self.blobs.part(&blob.name);
        let part = part.map_err(|e| self.blame().failed(&e))?;
        let missing = || format!("there is no {} in it", blob.name);
        let part = part.ok_or_else(|| self.blame().no_image(missing()))?;
        if part.len() != blob.size {
            let (found, expected) = (part.len(), blob.size);
            let problem = format!("{} has {found} bytes instead of {expected}", blob.name);
            return Err(self.blame().no_image(problem));
        }
        Ok(part)
    }

    /// The configuration of an image.
    ///
    /// # Errors
    /// When it is not there, is damaged, or is no JSON.
    pub fn config(&self, image: &StoredImage) -> Result<Value, InputError> {
        let blob = &image.config;
        let bytes = self.blobs.bytes(&blob.name);
        let bytes = bytes.map_err(|e| self.blame().failed(&e))?;
        let missing = || {
            self.blame()
                .no_image(format!("there is no {} in it", blob.name))
        };
        let bytes = bytes.ok_or_else(missing)?;
        compare(self.blame(), &blob.digest, &bytes)?;
        parse(self.blame(), &blob.name, &bytes)
    }
}

/// What a configuration says that the image runs on.
fn platform_of(config: &Value) -> Platform {
    let word = |key: &str| config.get(key).and_then(Value::as_str);
    Platform {
        architecture: word("architecture").unwrap_or_default().to_owned(),
        os: word("os").unwrap_or_default().to_owned(),
        variant: word("variant").filter(|v| !v.is_empty()).map(str::to_owned),
    }
}

fn parse<'b, T: Deserialize<'b>>(
    blame: Blame<'_>,
    name: &str,
    bytes: &'b [u8],
) -> Result<T, InputError> {
    serde_json::from_slice(bytes).map_err(|e| blame.no_image(format!("{name}: {e}")))
}

/// Whether a descriptor's digest is one that this program can compare.
fn check(blame: Blame<'_>, descriptor: &Descriptor) -> Result<(), InputError> {
    match crate::registry::is_digest(&descriptor.digest) {
        true => Ok(()),
        false => {
            let digest = &descriptor.digest;
            Err(blame.no_image(format!("expected a SHA-256 digest, found {digest:?}")))
        }
    }
}

fn compare(blame: Blame<'_>, digest: &str, bytes: &[u8]) -> Result<(), InputError> {
    let found = image::digest(bytes);
    match found == digest {
        true => Ok(()),
        false => Err(InputError::Damaged {
            image: blame.0.to_owned(),
            digest: digest.to_owned(),
            found,
        }),
    }
}

/// Reads the document that a descriptor describes.
fn read(
    blame: Blame<'_>,
    blobs: &Blobs,
    descriptor: &Descriptor,
) -> Result<StoredDocument, InputError> {
    check(blame, descriptor)?;
    let name = descriptor.blob_name();
    let bytes = blobs.bytes(&name).map_err(|e| blame.failed(&e))?;
    let bytes = bytes.ok_or_else(|| blame.no_image(format!("there is no {name} in it")))?;
    compare(blame, &descriptor.digest, &bytes)?;
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Typed {
        #[serde(default)]
        media_type: String,
    }
    let typed: Typed = parse(blame, &name, &bytes)?;
    let media_type = match (descriptor.media_type.as_str(), typed.media_type) {
        ("", own) if own.is_empty() => MANIFEST_TYPE.to_owned(),
        ("", own) => own,
        (said, _) => said.to_owned(),
    };
    Ok(StoredDocument {
        digest: descriptor.digest.clone(),
        media_type,
        bytes,
    })
}

/// A layer of what docker saved: a tar, or one that is compressed, as others write it.
fn docker_layer(blame: Blame<'_>, blobs: &Blobs, name: &str) -> Result<StoredBlob, InputError> {
    let part = blobs.part(name).map_err(|e| blame.failed(&e))?;
    let mut part = part.ok_or_else(|| blame.no_image(format!("there is no {name} in it")))?;
    let mut start = Vec::new();
    let mut hash = Hashed::new(io::sink());
    io::Read::read_to_end(&mut io::Read::take(&mut part, 4), &mut start)
        .and_then(|_| io::Write::write_all(&mut hash, &start))
        .and_then(|()| io::copy(&mut part, &mut hash))
        .map_err(|e| blame.failed(&e))?;
    let (blob, _) = hash.finish();
    let media_type = match start.as_slice() {
        [0x1f, 0x8b, ..] => image::LAYER_TYPE,
        [0x28, 0xb5, 0x2f, 0xfd] => image::ZSTD_LAYER_TYPE,
        _ => image::PLAIN_LAYER_TYPE,
    };
    Ok(StoredBlob {
        digest: blob.digest(),
        size: blob.size,
        media_type: media_type.to_owned(),
        name: name.to_owned(),
    })
}
