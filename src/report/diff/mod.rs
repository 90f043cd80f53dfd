//! What differs between two locks, manifests or images: packages, and of images files as well.

mod blobs;
mod files;
mod image;
mod text;

pub use files::{FileFacts, Files, Node};
pub use image::read_image;
pub(crate) use image::{Contents, contents};

pub(crate) use files::{Kept, LayerEntry, layer_entries};
pub(crate) use image::{OpenImage, arch_of_config};

use crate::Resolution;
use crate::apk::arch::Arch;
use crate::apk::index::Entry;
use crate::lock::Lock;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Why something cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no image, or a broken one.
    #[error("{} is no image that can be read: {problem}", path.display())]
    NoImage {
        /// The archive or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing in it for the architecture.
    #[error("{} has nothing for {arch}", path.display())]
    NoArch {
        /// The lock or image.
        path: PathBuf,
        /// The one that was asked for.
        arch: Arch,
    },
    /// It holds images for several architectures.
    #[error("{} holds {count} images", path.display())]
    Several {
        /// The archive or folder.
        path: PathBuf,
        /// How many.
        count: usize,
    },
}

impl DiffError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            DiffError::Several { .. } => Some("choose one with --arch".to_owned()),
            DiffError::NoImage { .. } => Some(
                "expected an OCI layout (a folder, or a tar of it) or what `docker save` writes"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// What a path holds that can be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An archive or a layout.
    Image,
    /// A lock.
    Lock,
    /// A manifest.
    Manifest,
}

impl Kind {
    /// Looks at a path: a folder or a tar (or what is called one) is an image, a name that ends in `.lock` a lock, and
    /// all else a manifest.
    ///
    /// # Errors
    /// When there is nothing, or it cannot be read.
    pub fn of(path: &Path) -> Result<Kind, DiffError> {
        let look = || -> io::Result<Kind> {
            if path.metadata()?.is_dir() {
                return Ok(Kind::Image);
            }
            let mut start = Vec::new();
            File::open(path)?.take(512).read_to_end(&mut start)?;
            Ok(match start.get(257..262) {
                Some(b"ustar") => Kind::Image,
                _ if path.extension().is_some_and(|e| e == "lock") => Kind::Lock,
                // One that is damaged; what reads images says so.
                _ if path.extension().is_some_and(|e| e == "tar") => Kind::Image,
                _ => Kind::Manifest,
            })
        };
        look().map_err(|source| DiffError::Read {
            path: path.to_owned(),
            source,
        })
    }
}

/// What is known of a package.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PackageFacts {
    /// Its version.
    pub version: String,
    /// `Q1…`
    pub identity: String,
    /// The bytes of the .apk.
    pub size: u64,
    /// The bytes that it takes installed; a lock does not know.
    pub installed_size: Option<u64>,
}

/// One of the two things that are compared.
#[derive(Clone, Default, Debug)]
pub struct Side {
    /// The packages by architecture and name.
    pub packages: BTreeMap<String, BTreeMap<String, PackageFacts>>,
    /// The files; `None` for what is no image.
    pub files: Option<Files>,
    /// The bytes of an image's layers as they are stored.
    pub layers: Option<u64>,
}

impl Side {
    /// The packages of a lock, of one architecture if it is named.
    ///
    /// # Errors
    /// When nothing is locked for it.
    pub fn of_lock(lock: &Lock, path: &Path, arch: Option<Arch>) -> Result<Side, DiffError> {
        let mut side = Side::default();
        for (of, packages) in &lock.packages {
            if arch.is_some_and(|arch| arch != *of) {
                continue;
            }
            let facts = packages.iter().map(|package| {
                let facts = PackageFacts {
                    version: package.version.clone(),
                    identity: package.identity.to_string(),
                    size: package.size,
                    installed_size: None,
                };
                (package.name.clone(), facts)
            });
            side.packages.insert(of.to_string(), facts.collect());
        }
        match arch {
            Some(arch) if side.packages.is_empty() => Err(DiffError::NoArch {
                path: path.to_owned(),
                arch,
            }),
            _ => Ok(side),
        }
    }

    /// Adds what a manifest resolves to.
    pub fn add_resolution(&mut self, resolution: &Resolution) {
        let entries = resolution.packages().map(|(_, entry, _)| entry);
        self.add_entries(resolution.arch.name(), entries);
    }

    /// Adds packages of an architecture.
    pub fn add_entries<'a>(&mut self, arch: &str, entries: impl Iterator<Item = Entry<'a>>) {
        let facts = entries.map(|entry| {
            let facts = PackageFacts {
                version: entry.version.to_owned(),
                identity: entry.identity.to_string(),
                size: entry.size,
                installed_size: Some(entry.installed_size),
            };
            (entry.name.to_owned(), facts)
        });
        self.packages.insert(arch.to_owned(), facts.collect());
    }
}

/// Whether something is in one of the two alone, or in both and not the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is in the second alone.
    Added,
    /// It is in the first alone.
    Removed,
    /// It is in both.
    Changed,
}

/// A package that is not the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PackageChange {
    /// The architecture.
    pub arch: String,
    /// The package.
    pub name: String,
    /// How.
    pub change: Change,
    /// In the first.
    pub old: Option<PackageFacts>,
    /// In the second.
    pub new: Option<PackageFacts>,
}

/// A file that is not the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FileChange {
    /// Absolute.
    pub path: String,
    /// How.
    pub change: Change,
    /// For a changed one what of it: `kind`, `content`, `target`, `device`, `mode`, `owner`,
    /// `xattrs`. Times are not compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<&'static str>,
    /// In the first.
    pub old: Option<FileFacts>,
    /// In the second.
    pub new: Option<FileFacts>,
}

/// A number of bytes in the first and in the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Sizes {
    /// In the first.
    pub old: u64,
    /// In the second.
    pub new: u64,
}

/// All that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diff {
    /// Architectures of the first alone, whose packages are not compared.
    pub only_first: Vec<String>,
    /// Architectures of the second alone.
    pub only_second: Vec<String>,
    /// By architecture and name.
    pub packages: Vec<PackageChange>,
    /// The .apk files of all compared packages.
    pub packages_size: Sizes,
    /// By path; `None` unless both are images.
    pub files: Option<Vec<FileChange>>,
    /// The layers of images.
    pub layers_size: Option<Sizes>,
}

impl Diff {
    /// Compares two sides.
    pub fn new(first: &Side, second: &Side) -> Diff {
        let only = |a: &Side, b: &Side| -> Vec<String> {
            let archs = a.packages.keys();
            archs
                .filter(|arch| !b.packages.contains_key(*arch))
                .cloned()
                .collect()
        };
        let mut packages = Vec::new();
        let mut packages_size = Sizes { old: 0, new: 0 };
        for (arch, old) in &first.packages {
            let Some(new) = second.packages.get(arch) else {
                continue;
            };
            let sum = |packages: &BTreeMap<String, PackageFacts>| -> u64 {
                packages.values().map(|facts| facts.size).sum()
            };
            packages_size.old += sum(old);
            packages_size.new += sum(new);
            let same = |a: &PackageFacts, b: &PackageFacts| a.identity == b.identity;
            for (name, change, old, new) in compare(old, new, same) {
                packages.push(PackageChange {
                    arch: arch.clone(),
                    name: name.clone(),
                    change,
                    old: old.cloned(),
                    new: new.cloned(),
                });
            }
        }
        let files = first.files.as_ref().zip(second.files.as_ref());
        let files = files.map(|(old, new)| {
            let changes = compare(old, new, |a, b| a == b);
            let change = |(path, change, old, new): (&Vec<u8>, _, Option<&_>, Option<&_>)| {
                let both = old.zip(new);
                FileChange {
                    path: format!("/{}", String::from_utf8_lossy(path)),
                    change,
                    differs: both
                        .map(|(a, b)| FileFacts::differences(a, b))
                        .unwrap_or_default(),
                    old: old.cloned(),
                    new: new.cloned(),
                }
            };
            changes.into_iter().map(change).collect()
        });
        let layers = first.layers.zip(second.layers);
        Diff {
            only_first: only(first, second),
            only_second: only(second, first),
            packages,
            packages_size,
            files,
            layers_size: layers.map(|(old, new)| Sizes { old, new }),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let files = self.files.as_ref();
        self.packages.is_empty()
            && self.only_first.is_empty()
            && self.only_second.is_empty()
            && files.is_none_or(Vec::is_empty)
    }

    /// The differences as JSON, with a newline at the end.
    pub fn json(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The differences as text: a line each, and sums; nothing when nothing differs.
    pub fn text(&self) -> String {
        text::text(self)
    }
}

/// The keys of which two maps do not have the same, in order.
fn compare<'a, K: Ord, V>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
    same: impl Fn(&V, &V) -> bool,
) -> Vec<(&'a K, Change, Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    let change = |key: &'a K| {
        let (old, new) = (old.get(key), new.get(key));
        let change = match (old, new) {
            (Some(old), Some(new)) if same(old, new) => return None,
            (Some(_), Some(_)) => Change::Changed,
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
        };
        Some((key, change, old, new))
    };
    keys.into_iter().filter_map(change).collect()
}
