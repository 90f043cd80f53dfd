//! Reading an image: which packages its database names, and what files its layers make.

use super::blobs::{Blobs, Part};
use super::files::{Files, Kept, apply};
use super::{DiffError, Side};
use crate::apk::arch::Arch;
use crate::apk::index::Index;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// How deep indexes may lie in indexes; one level is usual.
const DEPTH: usize = 3;

/// An image whose parts can be read.
pub(crate) struct OpenImage {
    path: PathBuf,
    blobs: Blobs,
    /// The names of the layers, the lowest first.
    layers: Vec<String>,
    /// The name of the configuration.
    config: String,
    /// Its manifest, with the name; what older versions of docker save has none.
    manifest: Option<(String, Value)>,
    /// What clients call it.
    name: Option<String>,
}

impl OpenImage {
    /// Opens an image: an OCI layout (a folder or a tar) or what `docker save` writes. `arch`
    /// chooses where there are several.
    ///
    /// # Errors
    /// When it is no image, or not one.
    pub fn open(path: &Path, arch: Option<Arch>) -> Result<OpenImage, DiffError> {
        let reader = Reader { path };
        let blobs = Blobs::open(path).map_err(|e| reader.failed(&e))?;
        let index = blobs.document("index.json");
        let parts = match index.map_err(|e| reader.failed(&e))? {
            Some(index) => reader.parts_of_layout(&blobs, &index, arch)?,
            None => reader.parts_of_archive(&blobs)?,
        };
        let named = blobs.document("manifest.json").ok().flatten();
        let name = named.and_then(|value| Some(value[0]["RepoTags"][0].as_str()?.to_owned()));
        Ok(OpenImage {
            path: path.to_owned(),
            name,
            blobs,
            layers: parts.layers,
            config: parts.config,
            manifest: parts.manifest,
        })
    }

    fn reader(&self) -> Reader<'_> {
        Reader { path: &self.path }
    }

    /// The names of the layers, the lowest first: in a layout `blobs/sha256/…`.
    pub fn layers(&self) -> &[String] {
        &self.layers
    }

    /// Opens a part of this name.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub fn part(&self, name: &str) -> Result<Part<'_>, DiffError> {
        self.reader().part(&self.blobs, name)
    }

    /// The name of the configuration.
    pub fn config_name(&self) -> &str {
        &self.config
    }

    /// The configuration.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn config(&self) -> Result<Value, DiffError> {
        self.reader().document(&self.blobs, &self.config)
    }

    /// The manifest and its name; `None` for what older versions of docker save.
    pub fn manifest(&self) -> Option<(&str, &Value)> {
        let (name, manifest) = self.manifest.as_ref()?;
        Some((name, manifest))
    }

    /// What clients call it: `name:tag`, if it says so.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The error that a part of the image cannot be used.
    pub fn no_image(&self, problem: impl Into<String>) -> DiffError {
        self.reader().no_image(problem)
    }
}

/// The architecture that a configuration names, as Alpine calls it; as it stands there if Alpine
/// has no such one.
pub(crate) fn arch_of_config(config: &Value) -> String {
    let word = |key: &str| config.get(key).and_then(Value::as_str);
    let oci = word("architecture").unwrap_or("unknown").to_owned();
    let full = word("variant").map(|variant| format!("{oci}/{variant}"));
    let known = full
        .and_then(|f| Arch::from_alias(&f))
        .or(Arch::from_alias(&oci));
    known.map_or(oci, |arch| arch.to_string())
}

/// A layer of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layer {
    /// The name of its blob: what images that share it have in common.
    pub name: String,
    /// Its bytes as it is stored.
    pub stored: u64,
    /// The files in it, in their order, with the bytes that each holds.
    pub files: Vec<(Vec<u8>, u64)>,
}

/// What is in an image, layer by layer.
pub(crate) struct Contents {
    pub files: Files,
    /// The lowest first.
    pub layers: Vec<Layer>,
    /// apk's database of installed packages; empty where there is none.
    pub installed: String,
    /// The words that the packages were chosen for.
    pub world: Vec<String>,
}

/// Reads what is in each layer of an image, as [`read_image`] does.
pub(crate) fn contents(path: &Path, arch: Option<Arch>) -> Result<Contents, DiffError> {
    let image = OpenImage::open(path, arch)?;
    let failed = |error: &io::Error| image.reader().failed(error);
    let (mut files, mut kept, mut layers) = (Files::new(), Kept::default(), Vec::new());
    for name in image.layers() {
        let part = image.part(name)?;
        let stored = part.len().map_err(|e| failed(&e))?;
        layers.push(Layer {
            name: name.clone(),
            stored,
            files: apply(part, &mut files, &mut kept).map_err(|e| failed(&e))?,
        });
    }
    let world = kept.world();
    Ok(Contents {
        files,
        layers,
        installed: kept.database(),
        world: world.split_ascii_whitespace().map(str::to_owned).collect(),
    })
}

/// Reads an image from an OCI layout (a folder or a tar) or from what `docker save` writes.
/// `arch` chooses where there are several.
///
/// # Errors
/// When it is no image, or not one.
pub fn read_image(path: &Path, arch: Option<Arch>) -> Result<Side, DiffError> {
    let image = OpenImage::open(path, arch)?;
    let mut kept = Kept::default();
    let (files, bytes) = image.files(&mut kept)?;
    let (arch, index) = image.database(&kept)?;
    let mut side = Side {
        files: Some(files),
        layers: Some(bytes),
        ..Side::default()
    };
    side.add_entries(&arch, index.entries());
    Ok(side)
}

impl OpenImage {
    /// All files, and the bytes of the layers as they are stored.
    pub(crate) fn files(&self, kept: &mut Kept) -> Result<(Files, u64), DiffError> {
        let failed = |error: &io::Error| self.reader().failed(error);
        let (mut files, mut bytes) = (Files::new(), 0);
        for layer in &self.layers {
            let part = self.part(layer)?;
            bytes += part.len().map_err(|e| failed(&e))?;
            apply(part, &mut files, kept).map_err(|e| failed(&e))?;
        }
        Ok((files, bytes))
    }

    /// The architecture of the packages, and what apk's database says of them.
    pub(crate) fn database(&self, kept: &Kept) -> Result<(String, Index), DiffError> {
        let arch = match kept.arch() {
            Some(arch) => arch,
            None => arch_of_config(&self.config()?),
        };
        let index = Index::parse(kept.database());
        let index = index.map_err(|error| self.no_image(format!("apk's database: {error}")))?;
        Ok((arch, index))
    }
}

/// What an image consists of, by name.
struct Parts {
    layers: Vec<String>,
    config: String,
    manifest: Option<(String, Value)>,
}

/// Makes errors that name the image.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn no_image(&self, problem: impl Into<String>) -> DiffError {
        DiffError::NoImage {
            path: self.path.to_owned(),
            problem: problem.into(),
        }
    }

    fn failed(&self, error: &io::Error) -> DiffError {
        self.no_image(error.to_string())
    }

    fn part<'b>(&self, blobs: &'b Blobs, name: &str) -> Result<Part<'b>, DiffError> {
        let part = blobs.part(name).map_err(|e| self.failed(&e))?;
        part.ok_or_else(|| self.no_image(format!("there is no {name} in it")))
    }

    fn document(&self, blobs: &Blobs, name: &str) -> Result<Value, DiffError> {
        let document = blobs.document(name).map_err(|e| self.failed(&e))?;
        document.ok_or_else(|| self.no_image(format!("there is no {name} in it")))
    }

    fn parts_of_layout(
        &self,
        blobs: &Blobs,
        index: &Value,
        arch: Option<Arch>,
    ) -> Result<Parts, DiffError> {
        let mut found = Vec::new();
        self.manifests(blobs, index, DEPTH, &mut found)?;
        if let Some(arch) = arch {
            let fits = |descriptor: &Value| {
                let platform = &descriptor["platform"];
                // A lone image need not say what it is for.
                let variant = platform["variant"].as_str();
                platform["architecture"]
                    .as_str()
                    .is_none_or(|oci| oci == arch.oci())
                    && (variant.is_none() || variant == arch.oci_variant())
            };
            found.retain(fits);
        }
        let descriptor = match (found.as_slice(), arch) {
            ([one], _) => one,
            ([], Some(arch)) => {
                return Err(DiffError::NoArch {
                    path: self.path.to_owned(),
                    arch,
                });
            }
            ([], None) => return Err(self.no_image("its index names no image")),
            (several, _) => {
                return Err(DiffError::Several {
                    path: self.path.to_owned(),
                    count: several.len(),
                });
            }
        };
        let name = self.blob(descriptor)?;
        let manifest = self.document(blobs, &name)?;
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let layers: Result<Vec<String>, _> = layers.map(|layer| self.blob(layer)).collect();
        Ok(Parts {
            layers: layers?,
            config: self.blob(&manifest["config"])?,
            manifest: Some((name, manifest)),
        })
    }

    /// The descriptors of all images that an index names, however deep.
    fn manifests(
        &self,
        blobs: &Blobs,
        index: &Value,
        depth: usize,
        found: &mut Vec<Value>,
    ) -> Result<(), DiffError> {
        for descriptor in index["manifests"].as_array().into_iter().flatten() {
            let media_type = descriptor["mediaType"].as_str().unwrap_or_default();
            let is_index =
                media_type.contains("image.index") || media_type.contains("manifest.list");
            // What attests to another image is none.
            let is_real = descriptor["platform"]["architecture"] != "unknown";
            match depth.checked_sub(1) {
                Some(depth) if is_index => {
                    let index = self.document(blobs, &self.blob(descriptor)?)?;
                    self.manifests(blobs, &index, depth, found)?;
                }
                _ if is_index => return Err(self.no_image("its indexes lie too deep")),
                _ if is_real => found.push(descriptor.clone()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The name of the blob that a descriptor describes.
    fn blob(&self, descriptor: &Value) -> Result<String, DiffError> {
        let digest = descriptor["digest"].as_str().unwrap_or_default();
        let parts = digest.split_once(':').filter(|(algorithm, hex)| {
            let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
            plain(algorithm) && plain(hex) && !hex.is_empty()
        });
        match parts {
            Some((algorithm, hex)) => Ok(format!("blobs/{algorithm}/{hex}")),
            None => Err(self.no_image(format!("expected a digest, found {digest:?}"))),
        }
    }

    /// The same for what older versions of docker save.
    fn parts_of_archive(&self, blobs: &Blobs) -> Result<Parts, DiffError> {
        let manifest = blobs
            .document("manifest.json")
            .map_err(|e| self.failed(&e))?;
        let manifest = manifest.ok_or_else(|| self.no_image("there is no index.json in it"))?;
        let images = manifest.as_array().map_or(&[][..], Vec::as_slice);
        let [image] = images else {
            return Err(DiffError::Several {
                path: self.path.to_owned(),
                count: images.len(),
            });
        };
        let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let layers = image["Layers"].as_array().into_iter().flatten();
        Ok(Parts {
            layers: layers.map(name).collect(),
            config: name(&image["Config"]),
            manifest: None,
        })
    }
}
