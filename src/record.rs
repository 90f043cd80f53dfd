//! What a build made, kept so that the same build again need only copy it.
//!
//! A record names the layers of an image. It is found by a digest of everything that went into
//! the build, so it never says anything wrong, but the bytes it names may be gone or damaged:
//! they are hashed while they are copied, and the build starts over where one does not fit.

use crate::Saved;
use crate::apk::index::Entry;
use crate::image;
use crate::layer::{Blob, Hashed};
use crate::manifest::{FileKind, Manifest};
use crate::output::{LayerFacts, WrittenLayer};
use crate::report::sbom::Digests;
use crate::repository::cache::{Cache, Key};
use crate::rootfs::declared::local::{self, LocalKind};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// To be raised whenever the same inputs give other layers than before.
const FORMAT: u32 = 5;

/// The layers of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The lowest first.
    pub layers: Vec<RecordedLayer>,
    /// The time of what was generated, in seconds since 1970.
    pub time: u64,
    /// The bytes of the files in the image.
    pub unpacked: u64,
    /// What was left out.
    pub saved: Vec<Saved>,
    /// What the user was told.
    pub warnings: Vec<String>,
    /// What documents say of packages, and of files that no package brought, if some were wanted.
    pub digests: Option<Digests>,
}

/// A layer and where its bytes lie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedLayer {
    /// What is in it.
    pub title: String,
    /// The packages that it holds, by their places in the installation.
    pub packages: Vec<usize>,
    /// Whether it is compressed with zstd rather than gzip.
    pub zstd: bool,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the tar in it, in hexadecimal.
    pub diff_id: String,
    /// The package whose data member it is, by its place in the installation, and where that
    /// begins in the package's file; `None`: the layer is a blob of the cache.
    pub package: Option<(usize, u64)>,
}

impl RecordedLayer {
    /// What is to be remembered of a layer.
    pub fn new(layer: &WrittenLayer, package: Option<(usize, u64)>) -> RecordedLayer {
        RecordedLayer {
            title: layer.facts.title.clone(),
            packages: layer.facts.packages.clone(),
            zstd: layer.facts.media_type == image::ZSTD_LAYER_TYPE,
            sha256: layer.blob.sha256.clone(),
            size: layer.blob.size,
            diff_id: layer.diff_id.clone(),
            package,
        }
    }

    /// What an image knows of it.
    pub fn facts(&self) -> LayerFacts {
        LayerFacts {
            title: self.title.clone(),
            media_type: match self.zstd {
                true => image::ZSTD_LAYER_TYPE,
                false => image::LAYER_TYPE,
            },
            packages: self.packages.clone(),
            passed: self.package.is_some(),
        }
    }

    /// What its bytes are.
    pub fn blob(&self) -> Blob {
        Blob {
            sha256: self.sha256.clone(),
            size: self.size,
        }
    }
}

/// Everything that goes into the layers of an image.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The manifest, with what the command line changed.
    pub manifest: &'a Manifest,
    /// The architecture.
    pub arch: &'a str,
    /// The packages in the order of installation, with their tags.
    pub packages: Vec<(Entry<'a>, Option<&'a str>)>,
    /// What a lock says of their files; empty without a lock. It changes no byte of the layers,
    /// but that the files are these was only checked when the record was made.
    pub files: Vec<[u8; 32]>,
    /// The lines of etc/apk/repositories.
    pub repositories: &'a [String],
    /// `SOURCE_DATE_EPOCH`.
    pub time: Option<u64>,
}

impl Inputs<'_> {
    /// The digest of all inputs, by which a record is found.
    ///
    /// # Errors
    /// When a file of the manifest cannot be read.
    pub fn digest(&self) -> io::Result<String> {
        let mut hash = Sha256::new();
        // Each part with its length before it, so that no two lists of parts look alike.
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(&FORMAT.to_le_bytes());
        part(env!("CARGO_PKG_VERSION").as_bytes());
        part(self.arch.as_bytes());
        part(format!("{:?} {:?}", self.time, self.repositories).as_bytes());
        for (entry, tag) in &self.packages {
            part(entry.database_lines().as_bytes());
            part(&entry.installed_size.to_le_bytes());
            part(format!("{tag:?}").as_bytes());
        }
        part(self.files.as_flattened());
        let m = self.manifest;
        for word in &m.packages {
            part(word.atom.as_bytes());
        }
        let (users, groups, files) = (&m.users, &m.groups, &m.files);
        part(format!("{:?} {:?} {:?} {:?}", m.layers, m.exclude, m.scripts, users).as_bytes());
        part(format!("{groups:?} {:?}", (&m.scripts_may_fail, &m.minimal)).as_bytes());
        part(format!("{:?}", m.variables).as_bytes());
        for file in files {
            part(format!("{file:?}").as_bytes());
            let digest = |path: &Path| -> io::Result<String> {
                let mut content = Hashed::new(io::sink());
                io::copy(&mut File::open(path)?, &mut content)?;
                Ok(content.finish().0.sha256)
            };
            match &file.kind {
                FileKind::Source(path) => part(digest(path)?.as_bytes()),
                FileKind::Folder(folder) => {
                    for entry in local::walk(folder, &file.exclude)? {
                        part(format!("{entry:?}").as_bytes());
                        if let LocalKind::File { .. } = entry.kind {
                            part(digest(&entry.path)?.as_bytes());
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(HEXLOWER.encode(&hash.finalize()))
    }
}

impl Record {
    /// The record of these inputs; `None` when there is none, or it is damaged.
    pub fn load(cache: &Cache, inputs: &str) -> Option<Record> {
        let (mut file, _) = cache.open(Key::Record(inputs))?;
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        let (sum, json) = text.split_once('\n')?;
        if sum != HEXLOWER.encode(&Sha256::digest(json)) {
            cache.discard(Key::Record(inputs));
            return None;
        }
        serde_json::from_str(json).ok()
    }

    /// Keeps the record. A cache that cannot be written to makes the next build slower and
    /// nothing else, so it is no error.
    pub fn store(&self, cache: &Cache, inputs: &str) {
        let Ok(json) = serde_json::to_string(self) else {
            return;
        };
        let sum = HEXLOWER.encode(&Sha256::digest(&json));
        if let Ok(mut writer) = cache.writer()
            && write!(writer, "{sum}\n{json}").is_ok()
        {
            let _ = writer.keep(cache, Key::Record(inputs));
        }
    }
}
