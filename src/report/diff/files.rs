//! The files of an image: layers put upon each other.

use data_encoding::HEXLOWER;
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use tar::EntryType;

/// Files by their path, without a slash at either end; the root is the empty one.
pub type Files = BTreeMap<Vec<u8>, FileFacts>;

/// What is compared of a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FileFacts {
    /// What it is.
    #[serde(flatten)]
    pub node: Node,
    /// Permission bits.
    pub mode: u32,
    /// The owner's number.
    pub uid: u64,
    /// The group's number.
    pub gid: u64,
    /// Extended attributes: names, and the SHA-256 of their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub xattrs: BTreeMap<String, String>,
}

/// What a file is. A hard link is what it links to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(missing_docs)] // their names say all there is to say
pub enum Node {
    Directory,
    File { size: u64, sha256: String },
    Symlink { target: String },
    Device { block: bool, major: u32, minor: u32 },
    Fifo,
}

impl FileFacts {
    /// What of two files differs.
    pub(crate) fn differences(old: &FileFacts, new: &FileFacts) -> Vec<&'static str> {
        let node = match (&old.node, &new.node) {
            (a, b) if a == b => None,
            (Node::File { .. }, Node::File { .. }) => Some("content"),
            (Node::Symlink { .. }, Node::Symlink { .. }) => Some("target"),
            (Node::Device { .. }, Node::Device { .. }) => Some("device"),
            _ => Some("kind"),
        };
        let parts = [
            node,
            (old.mode != new.mode).then_some("mode"),
            ((old.uid, old.gid) != (new.uid, new.gid)).then_some("owner"),
            (old.xattrs != new.xattrs).then_some("xattrs"),
        ];
        parts.into_iter().flatten().collect()
    }
}

/// What is kept of an image's files while its layers are read.
#[derive(Default, Debug)]
pub(crate) struct Kept {
    /// Contents that are wanted as they are, by their paths.
    pub contents: BTreeMap<&'static str, Vec<u8>>,
    /// The SHA-1 of each content by its SHA-256, both in hexadecimal; `None` when nobody asks.
    pub sha1: Option<BTreeMap<String, String>>,
}

/// apk's database, with and without a merged /usr.
const DATABASES: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const ARCH: &str = "etc/apk/arch";
const WORLD: &str = "etc/apk/world";
const REPOSITORIES: &str = "etc/apk/repositories";

impl Kept {
    fn path(path: &[u8]) -> Option<&'static str> {
        let all = DATABASES.into_iter().chain([ARCH, WORLD, REPOSITORIES]);
        all.into_iter().find(|kept| kept.as_bytes() == path)
    }

    fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        let bytes = self.contents.get(path)?;
        Some(String::from_utf8_lossy(bytes))
    }

    /// apk's database of installed packages; empty when there is none.
    pub fn database(&self) -> String {
        let found = DATABASES.into_iter().find_map(|path| self.text(path));
        found.unwrap_or_default().into_owned()
    }

    /// The architecture that apk knows the image to be of.
    pub fn arch(&self) -> Option<String> {
        Some(self.text(ARCH)?.trim().to_owned())
    }

    /// What apk was asked to install.
    pub fn world(&self) -> String {
        self.text(WORLD).unwrap_or_default().into_owned()
    }

    /// Where apk would get more packages from, an address a line.
    pub fn repositories(&self) -> String {
        self.text(REPOSITORIES).unwrap_or_default().into_owned()
    }
}

/// The largest content that is kept: ten times the database of the largest root.
const KEPT_LIMIT: u64 = 256 << 20;

/// The tar in a layer, however it is compressed.
fn inflated<'a>(layer: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut layer = BufReader::with_capacity(128 << 10, layer);
    let start = layer.fill_buf()?;
    Ok(if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(layer))
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::Decoder::with_buffer(layer)?)
    } else {
        Box::new(layer)
    })
}

/// Puts a layer upon what is there, with the whiteouts of the OCI image specification. Returns
/// its files with the bytes that each holds: a hard link holds none.
pub(super) fn apply(
    layer: impl Read,
    files: &mut Files,
    kept: &mut Kept,
) -> io::Result<Vec<(Vec<u8>, u64)>> {
    let mut held = Vec::new();
    let mut archive = tar::Archive::new(inflated(layer)?);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = plain(&entry.path_bytes());
        let (folder, name) = match path.iter().rposition(|b| *b == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&b""[..], &path[..]),
        };
        if name == b".wh..wh..opq" {
            remove_below(files, folder);
            continue;
        }
        if let Some(hidden) = name.strip_prefix(b".wh.") {
            let hidden = match folder {
                b"" => hidden.to_vec(),
                _ => [folder, b"/", hidden].concat(),
            };
            remove_below(files, &hidden);
            files.remove(&hidden);
            continue;
        }
        let keep = Kept::path(&path);
        let facts = match entry.header().entry_type() {
            EntryType::Link => {
                let target = plain(&entry.link_name_bytes().unwrap_or_default());
                match files.get(&target) {
                    Some(facts) => facts.clone(),
                    None => return Err(io::Error::other("a hard link to nothing")),
                }
            }
            _ => facts(&mut entry, keep, kept)?,
        };
        if facts.node != Node::Directory {
            remove_below(files, &path);
        }
        let bytes = match facts.node {
            Node::File { size, .. } if entry.header().entry_type() != EntryType::Link => size,
            _ => 0,
        };
        held.push((path.clone(), bytes));
        files.insert(path, facts);
    }
    Ok(held)
}

/// An entry of one layer, as it stands there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LayerEntry {
    /// What it makes; `None` for a hard link.
    pub facts: Option<FileFacts>,
    /// The path that a hard link is to.
    pub link: Option<Vec<u8>>,
    /// Seconds since 1970; with a fraction where the archive has one.
    pub time: String,
}

/// The entries of a layer by their paths, without a slash at either end. Whiteouts are entries
/// like any other.
pub(crate) fn layer_entries(layer: impl Read) -> io::Result<BTreeMap<Vec<u8>, LayerEntry>> {
    let mut entries = BTreeMap::new();
    let mut archive = tar::Archive::new(inflated(layer)?);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = plain(&entry.path_bytes());
        let mut time = entry.header().mtime()?.to_string();
        for extension in entry.pax_extensions()?.into_iter().flatten() {
            let extension = extension?;
            if extension.key_bytes() == b"mtime" {
                time = String::from_utf8_lossy(extension.value_bytes()).into_owned();
            }
        }
        let is_link = entry.header().entry_type() == EntryType::Link;
        let link = is_link.then(|| plain(&entry.link_name_bytes().unwrap_or_default()));
        let facts = match is_link {
            true => None,
            false => Some(facts(&mut entry, None, &mut Kept::default())?),
        };
        entries.insert(path, LayerEntry { facts, link, time });
    }
    Ok(entries)
}

/// A path without slashes at its ends and without `.`.
fn plain(path: &[u8]) -> Vec<u8> {
    let parts = path.split(|b| *b == b'/');
    let parts: Vec<&[u8]> = parts.filter(|part| !matches!(*part, b"" | b".")).collect();
    parts.join(&b'/')
}

fn remove_below(files: &mut Files, folder: &[u8]) {
    let prefix = match folder {
        b"" => Vec::new(),
        _ => [folder, b"/"].concat(),
    };
    let below = files.range(prefix.clone()..);
    let below: Vec<Vec<u8>> = below
        .map(|(path, _)| path.clone())
        .take_while(|path| path.starts_with(&prefix))
        .filter(|path| !path.is_empty())
        .collect();
    for path in below {
        files.remove(&path);
    }
}

fn facts<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    keep: Option<&'static str>,
    kept: &mut Kept,
) -> io::Result<FileFacts> {
    let mut xattrs = BTreeMap::new();
    if let Some(extensions) = entry.pax_extensions()? {
        for extension in extensions {
            let extension = extension?;
            let name = extension.key().unwrap_or_default();
            if let Some(name) = name.strip_prefix("SCHILY.xattr.") {
                let value = HEXLOWER.encode(&Sha256::digest(extension.value_bytes()));
                xattrs.insert(name.to_owned(), value);
            }
        }
    }
    let header = entry.header();
    let (mode, uid, gid) = (header.mode()? & 0o7777, header.uid()?, header.gid()?);
    let device = |block| -> io::Result<Node> {
        Ok(Node::Device {
            block,
            major: header.device_major()?.unwrap_or(0),
            minor: header.device_minor()?.unwrap_or(0),
        })
    };
    let node = match header.entry_type() {
        EntryType::Directory => Node::Directory,
        EntryType::Symlink => {
            let target = entry.link_name_bytes().unwrap_or_default();
            Node::Symlink {
                target: String::from_utf8_lossy(&target).into_owned(),
            }
        }
        EntryType::Char => device(false)?,
        EntryType::Block => device(true)?,
        EntryType::Fifo => Node::Fifo,
        _ => {
            let mut hash = Sha256::new();
            let mut sha1 = kept.sha1.is_some().then(Sha1::new);
            let size = match keep {
                Some(path) => {
                    let mut bytes = Vec::new();
                    entry.take(KEPT_LIMIT).read_to_end(&mut bytes)?;
                    hash.update(&bytes);
                    if let Some(sha1) = &mut sha1 {
                        sha1.update(&bytes);
                    }
                    let size = bytes.len() as u64;
                    kept.contents.insert(path, bytes);
                    size
                }
                None => {
                    let mut buffer = vec![0; 64 << 10];
                    let mut size = 0;
                    loop {
                        match entry.read(&mut buffer)? {
                            0 => break size,
                            count => {
                                hash.update(&buffer[..count]);
                                if let Some(sha1) = &mut sha1 {
                                    sha1.update(&buffer[..count]);
                                }
                                size += count as u64;
                            }
                        }
                    }
                }
            };
            let sha256 = HEXLOWER.encode(&hash.finalize());
            if let (Some(all), Some(sha1)) = (&mut kept.sha1, sha1) {
                all.insert(sha256.clone(), HEXLOWER.encode(&sha1.finalize()));
            }
            Node::File { size, sha256 }
        }
    };
    Ok(FileFacts {
        node,
        mode,
        uid,
        gid,
        xattrs,
    })
}
