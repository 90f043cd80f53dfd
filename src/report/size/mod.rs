//! Where the bytes of images are: by package, by folder, and by the words that brought them.
//!
//! A compressed layer does not say how much of it each file takes. Its bytes are shared out by
//! the sizes of the files in it, in whole bytes, so that all parts together are the layer.

mod reasons;
mod text;
mod treemap;

pub use treemap::plot;

use super::diff::{self, Contents, DiffError};
use crate::apk::arch::Arch;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// What files that no package brought are counted as.
pub const OTHER: &str = "(no package)";
/// What files of lower layers that are replaced in higher ones, and layers without any bytes in
/// their files, are counted as.
pub const HIDDEN: &str = "(hidden)";

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Bytes {
    /// As files.
    pub unpacked: u64,
    /// As parts of the stored layers.
    pub compressed: u64,
}

impl Bytes {
    fn add(&mut self, other: Bytes) {
        self.unpacked += other.unpacked;
        self.compressed += other.compressed;
    }
}

/// A package, or a folder with all that is in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// `name-version`, [`OTHER`], [`HIDDEN`], or the folder's path.
    pub name: String,
    /// Its bytes.
    #[serde(flatten)]
    pub bytes: Bytes,
    /// How many files that are not directories.
    pub files: u64,
}

/// A word of the world, and what would go if it went.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reason {
    /// The word.
    pub word: String,
    /// The packages that no other word needs, by name.
    pub packages: Vec<String>,
    /// Their bytes.
    #[serde(flatten)]
    pub bytes: Bytes,
}

/// A layer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LayerSize {
    /// Its digest, or its name in archives that have none.
    pub digest: String,
    /// Its bytes.
    #[serde(flatten)]
    pub bytes: Bytes,
}

/// The bytes of an image.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImageSize {
    /// What the image was named as.
    pub name: String,
    /// All of it.
    #[serde(flatten)]
    pub bytes: Bytes,
    /// The packages, the largest first.
    pub packages: Vec<Part>,
    /// The folders, by path; of each all that is in it.
    pub folders: Vec<Part>,
    /// The words of its world, the one that brings most first.
    pub reasons: Vec<Reason>,
    /// The layers, the lowest first.
    pub layers: Vec<LayerSize>,
    /// For each package the bytes of the folders of `depth`.
    #[serde(skip)]
    pub tiles: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Looks into an image: an OCI layout (a folder or a tar), or what `docker save` writes. `name`
/// is what it is called; folders are told apart down to `depth`.
///
/// # Errors
/// When it is no image, or several and `arch` chooses none.
pub fn read(
    path: &Path,
    name: &str,
    arch: Option<Arch>,
    depth: usize,
) -> Result<ImageSize, DiffError> {
    Ok(measure(&diff::contents(path, arch)?, name, depth))
}

fn measure(contents: &Contents, name: &str, depth: usize) -> ImageSize {
    let owners = owners(&contents.installed);
    let mut image = ImageSize {
        name: name.to_owned(),
        bytes: Bytes::default(),
        packages: Vec::new(),
        folders: Vec::new(),
        reasons: Vec::new(),
        layers: Vec::new(),
        tiles: BTreeMap::new(),
    };
    let (mut packages, mut folders) = (BTreeMap::new(), BTreeMap::new());
    let files = &contents.files;
    // The highest layer that holds a file is the one whose bytes are seen.
    let mut seen_in: HashMap<&[u8], (usize, usize)> = HashMap::new();
    for (number, layer) in contents.layers.iter().enumerate() {
        for (at, (path, _)) in layer.files.iter().enumerate() {
            seen_in.insert(path, (number, at));
        }
    }
    for (number, layer) in contents.layers.iter().enumerate() {
        let unpacked: u64 = layer.files.iter().map(|(_, bytes)| bytes).sum();
        let bytes = Bytes {
            unpacked,
            compressed: layer.stored,
        };
        let digest = layer.name.strip_prefix("blobs/").unwrap_or(&layer.name);
        image.layers.push(LayerSize {
            digest: digest.replacen('/', ":", 1),
            bytes,
        });
        let share = |upto: u64| match unpacked {
            0 => 0,
            all => (u128::from(layer.stored) * u128::from(upto) / u128::from(all)) as u64,
        };
        let mut upto = 0;
        for (at, (path, size)) in layer.files.iter().enumerate() {
            let before = share(upto);
            upto += size;
            let mut bytes = Bytes {
                unpacked: *size,
                compressed: share(upto) - before,
            };
            let there = seen_in.get(path.as_slice()) == Some(&(number, at));
            if !there || !files.contains_key(path) {
                bytes.unpacked = 0;
                count(&mut packages, HIDDEN, bytes, 0);
                image.bytes.add(bytes);
                continue;
            }
            image.bytes.add(bytes);
            let is_file = files
                .get(path)
                .is_some_and(|f| f.node != diff::Node::Directory);
            let owner = owners.get(path.as_slice()).map_or(OTHER, String::as_str);
            count(&mut packages, owner, bytes, u64::from(is_file));
            let text = String::from_utf8_lossy(path);
            let parts: Vec<&str> = text.split('/').collect();
            let deepest = parts.len().saturating_sub(1).min(depth);
            for level in 0..=deepest {
                let folder = format!("/{}", parts[..level].join("/"));
                if level == deepest && bytes.unpacked > 0 {
                    let tiles = image.tiles.entry(owner.to_owned()).or_default();
                    *tiles.entry(folder.clone()).or_default() += bytes.unpacked;
                }
                count(&mut folders, &folder, bytes, u64::from(is_file));
            }
        }
        if unpacked == 0 {
            let bytes = Bytes {
                unpacked: 0,
                compressed: layer.stored,
            };
            count(&mut packages, HIDDEN, bytes, 0);
            image.bytes.add(bytes);
        }
    }
    image.reasons = reasons::reasons(&contents.installed, &contents.world, &packages);
    image.packages = packages.into_values().collect();
    let largest = |part: &Part| std::cmp::Reverse((part.bytes.unpacked, part.bytes.compressed));
    image.packages.sort_by_key(largest);
    image.folders = folders.into_values().collect();
    image
}

fn count(parts: &mut BTreeMap<String, Part>, name: &str, bytes: Bytes, files: u64) {
    let part = parts.entry(name.to_owned()).or_insert_with(|| Part {
        name: name.to_owned(),
        bytes: Bytes::default(),
        files: 0,
    });
    part.bytes.add(bytes);
    part.files += files;
}

impl ImageSize {
    /// For a reader at a terminal: the parts in tables of at most `rows` rows.
    pub fn text(&self, rows: usize) -> String {
        text::one(self, rows)
    }
}

/// Several images for a reader at a terminal, side by side with the layers that they share.
pub fn compared(images: &[ImageSize]) -> String {
    text::several(images)
}

/// The images as JSON, with a newline at the end.
pub fn json(images: &[ImageSize]) -> String {
    // Strings and numbers always serialise.
    serde_json::to_string_pretty(images).unwrap_or_default() + "\n"
}

/// The package that each path of apk's database is of.
fn owners(installed: &str) -> HashMap<Vec<u8>, String> {
    let mut owners = HashMap::new();
    let (mut name, mut package, mut folder) = ("", String::new(), "");
    for line in installed.lines() {
        let Some((letter, value)) = line.split_once(':') else {
            continue;
        };
        match letter {
            "P" => name = value,
            "V" => package = format!("{name}-{value}"),
            "F" => folder = value,
            "R" => {
                let path = match folder {
                    "" => value.to_owned(),
                    folder => format!("{folder}/{value}"),
                };
                owners.insert(path.into_bytes(), package.clone());
            }
            _ => {}
        }
    }
    owners
}
