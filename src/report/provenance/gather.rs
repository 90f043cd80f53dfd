//! What went into a build, from its request and what that resolved to.

use super::{Material, Parameters, digest_set};
use crate::apk::signature::Keyring;
use crate::layer::Hashed;
use crate::lock::{self, Lock};
use crate::manifest::{FileEntry, FileKind, Manifest, Scripts};
use crate::report::sbom::{Digests, Image, Inventory, package_url};
use crate::rootfs::declared::local::{self, LocalKind};
use crate::{Error, Request, Resolution};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// One architecture of a build.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its packages.
    pub resolution: &'a Resolution,
    /// Their digests.
    pub digests: &'a Digests,
}

/// What was asked for, and what it was built from: manifests, the lock, files, keys, indexes and
/// packages.
///
/// # Errors
/// When a file of the manifest cannot be read any more.
pub fn gather(
    request: &Request,
    format: &str,
    parts: &[Part<'_>],
) -> Result<(Parameters, Vec<Material>), Error> {
    let manifest = &request.manifest;
    let locked = parts.iter().any(|part| part.resolution.is_locked());
    let mut materials = Materials::default();
    for path in &manifest.sources {
        materials.file("manifest", &lock::relative(manifest, path.clone()), path)?;
    }
    for file in &manifest.files {
        for path in local_files(file)? {
            materials.file("file", &lock::relative(manifest, path.clone()), &path)?;
        }
    }
    if locked {
        materials.lock(manifest, parts)?;
    }
    for part in parts {
        materials.indexes(manifest, part.resolution);
        materials.packages(request, part);
    }
    let mut repositories: Vec<String> = Vec::new();
    for part in parts {
        for source in &part.resolution.sources {
            let address = shown(manifest, &source.address);
            let line = match &source.tag {
                Some(tag) => format!("@{tag} {address}"),
                None => address,
            };
            if !repositories.contains(&line) {
                repositories.push(line);
            }
        }
    }
    let parameters = Parameters {
        manifest: manifest.path.as_deref().and_then(file_name),
        name: manifest.image_name().to_string(),
        architectures: parts
            .iter()
            .map(|part| part.resolution.arch.to_string())
            .collect(),
        format: format.to_owned(),
        packages: manifest.packages.iter().map(|w| w.atom.clone()).collect(),
        repositories,
        locked,
        scripts: manifest.scripts != Some(Scripts::Skip),
        variables: manifest.variables.clone(),
        source_date_epoch: request.source_date_epoch,
    };
    Ok((parameters, materials.list))
}

/// The files of this machine that an entry of the manifest takes, in a fixed order.
fn local_files(file: &FileEntry) -> Result<Vec<PathBuf>, Error> {
    match &file.kind {
        FileKind::Source(path) => Ok(vec![path.clone()]),
        FileKind::Folder(folder) => {
            let entries = local::walk(folder, &file.exclude);
            let entries = entries.map_err(|source| Error::ReadInput {
                path: folder.clone(),
                source,
            })?;
            let files = entries.into_iter().filter_map(|entry| match entry.kind {
                LocalKind::File { .. } => Some(entry.path),
                _ => None,
            });
            Ok(files.collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// A folder's path as it is seen from the manifest; other addresses are as they are.
fn shown(manifest: &Manifest, address: &str) -> String {
    match address.contains(':') {
        true => address.to_owned(),
        false => lock::relative(manifest, address.into())
            .display()
            .to_string(),
    }
}

/// Materials in the order in which they were found, each once.
#[derive(Default)]
struct Materials {
    list: Vec<Material>,
}

impl Materials {
    fn add(&mut self, kind: &str, mut material: Material) {
        material.annotations.insert("kind", kind.to_owned());
        if !self.list.contains(&material) {
            self.list.push(material);
        }
    }

    fn file(&mut self, kind: &str, name: &Path, path: &Path) -> Result<(), Error> {
        let mut hash = Hashed::new(io::sink());
        let read = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hash));
        read.map_err(|source| Error::ReadInput {
            path: path.to_owned(),
            source,
        })?;
        let material = Material {
            name: name.display().to_string(),
            digest: digest_set(&hash.finish().0.sha256),
            ..Material::default()
        };
        self.add(kind, material);
        Ok(())
    }

    /// The lock, the indexes that its packages were chosen from, and the keys that vouched for
    /// these.
    fn lock(&mut self, manifest: &Manifest, parts: &[Part<'_>]) -> Result<(), Error> {
        let Some(path) = lock::path(manifest) else {
            return Ok(());
        };
        self.file("lock", &lock::relative(manifest, path.clone()), &path)?;
        let Some(lock) = Lock::load(&path)? else {
            return Ok(());
        };
        for (name, sha256) in &lock.keys {
            self.key(name, &HEXLOWER.encode(sha256));
        }
        for repository in &lock.repositories {
            for part in parts {
                let arch = part.resolution.arch;
                if let Some(index) = repository.indexes.get(&arch) {
                    let key = index.key.as_deref();
                    self.index(&repository.address, arch.name(), &index.sha256, key);
                }
            }
        }
        Ok(())
    }

    fn indexes(&mut self, manifest: &Manifest, resolution: &Resolution) {
        let seen = resolution.sources.iter().zip(&resolution.seen);
        for (source, index) in seen {
            let address = shown(manifest, &source.address);
            if let Some(name) = &index.key {
                self.trusted(name, &source.repository.keys);
            }
            let arch = resolution.arch.name();
            self.index(&address, arch, &index.sha256, index.key.as_deref());
        }
    }

    fn trusted(&mut self, name: &str, keys: &Keyring) {
        if let Some(key) = keys.get(name) {
            self.key(name, &HEXLOWER.encode(&Sha256::digest(key.pem())));
        }
    }

    fn key(&mut self, name: &str, sha256: &str) {
        let material = Material {
            name: name.to_owned(),
            digest: digest_set(sha256),
            ..Material::default()
        };
        self.add("key", material);
    }

    fn index(&mut self, address: &str, arch: &str, sha256: &[u8; 32], key: Option<&str>) {
        let place = format!("{address}/{arch}/APKINDEX.tar.gz");
        let mut annotations = BTreeMap::new();
        if let Some(key) = key {
            annotations.insert("signedBy", key.to_owned());
        }
        let material = Material {
            uri: address.contains("://").then(|| place.clone()),
            name: place,
            digest: digest_set(&HEXLOWER.encode(sha256)),
            annotations,
            ..Material::default()
        };
        self.add("index", material);
    }

    fn packages(&mut self, request: &Request, part: &Part<'_>) {
        let (manifest, resolution) = (&request.manifest, part.resolution);
        let image = Image::of(manifest, resolution, "", 0, true);
        let inventory = Inventory::of_resolution(image, resolution, manifest, part.digests);
        for package in &inventory.packages {
            let file = package.digests.file.as_deref();
            let material = Material {
                name: package.full_name(),
                uri: Some(package_url(package)),
                digest: file.map(digest_set).unwrap_or_default(),
                download_location: package.download(),
                annotations: BTreeMap::from([("arch", package.arch.clone())]),
            };
            self.add("package", material);
        }
    }
}
