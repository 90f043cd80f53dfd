//! Reading an image: which packages its database names, and what files its layers make.

use super::blobs::Blobs;
use super::files::{Files, KEPT, Kept, apply};
use super::{DiffError, Side};
use crate::apk::arch::Arch;
use crate::apk::index::Index;
use serde_json::Value;
use std::io;
use std::path::Path;

/// How deep indexes may lie in indexes; one level is usual.
const DEPTH: usize = 3;

/// Reads an image from an OCI layout (a folder or a tar) or from what `docker save` writes.
/// `arch` chooses where there are several.
///
/// # Errors
/// When it is no image, or not one.
pub fn read_image(path: &Path, arch: Option<Arch>) -> Result<Side, DiffError> {
    let reader = Reader { path };
    let blobs = Blobs::open(path).map_err(|e| reader.failed(&e))?;
    let (layers, config) = match blobs
        .document("index.json")
        .map_err(|e| reader.failed(&e))?
    {
        Some(index) => reader.parts_of_layout(&blobs, &index, arch)?,
        None => reader.parts_of_archive(&blobs)?,
    };
    let (mut files, mut kept, mut bytes) = (Files::new(), Kept::new(), 0);
    for layer in &layers {
        let part = reader.part(&blobs, layer)?;
        bytes += part.len().map_err(|e| reader.failed(&e))?;
        apply(part, &mut files, &mut kept).map_err(|e| reader.failed(&e))?;
    }
    let text = |path: &str| kept.get(path).map(|bytes| String::from_utf8_lossy(bytes));
    let config = reader.document(&blobs, &config)?;
    let of_config = || {
        let word = |key: &str| config.get(key).and_then(Value::as_str);
        let oci = word("architecture").unwrap_or("unknown").to_owned();
        let full = word("variant").map(|variant| format!("{oci}/{variant}"));
        let known = full
            .and_then(|f| Arch::from_alias(&f))
            .or(Arch::from_alias(&oci));
        known.map_or(oci, |arch| arch.to_string())
    };
    let arch = match text("etc/apk/arch") {
        Some(text) => text.trim().to_owned(),
        None => of_config(),
    };
    let installed = KEPT[..2].iter().find_map(|path| text(path));
    let index = Index::parse(installed.unwrap_or_default().into_owned());
    let index = index.map_err(|error| reader.no_image(format!("apk's database: {error}")))?;
    let mut side = Side {
        files: Some(files),
        layers: Some(bytes),
        ..Side::default()
    };
    side.add_entries(&arch, index.entries());
    Ok(side)
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

    fn part<'b>(&self, blobs: &'b Blobs, name: &str) -> Result<super::blobs::Part<'b>, DiffError> {
        let part = blobs.part(name).map_err(|e| self.failed(&e))?;
        part.ok_or_else(|| self.no_image(format!("there is no {name} in it")))
    }

    fn document(&self, blobs: &Blobs, name: &str) -> Result<Value, DiffError> {
        let document = blobs.document(name).map_err(|e| self.failed(&e))?;
        document.ok_or_else(|| self.no_image(format!("there is no {name} in it")))
    }

    /// The names of the layers, the lowest first, and of the configuration.
    fn parts_of_layout(
        &self,
        blobs: &Blobs,
        index: &Value,
        arch: Option<Arch>,
    ) -> Result<(Vec<String>, String), DiffError> {
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
        let manifest = self.document(blobs, &self.blob(descriptor)?)?;
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let layers: Result<Vec<String>, _> = layers.map(|layer| self.blob(layer)).collect();
        Ok((layers?, self.blob(&manifest["config"])?))
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
    fn parts_of_archive(&self, blobs: &Blobs) -> Result<(Vec<String>, String), DiffError> {
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
        Ok((layers.map(name).collect(), name(&image["Config"])))
    }
}
