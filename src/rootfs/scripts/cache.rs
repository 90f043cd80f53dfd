//! What the scripts of an installation did, kept for the next time.
//!
//! An entry is found by a digest of everything that scripts can see: the packages in their order,
//! the architecture and the time. It holds a header (the changes of each script, and the sizes of
//! the contents that come with them), the contents one after the other, and a SHA-256 over both.
//! One that is damaged is dropped, and the scripts run again.

use super::Delta;
use super::apply::IN_MEMORY;
use crate::apk::index::Entry;
use crate::repository::cache::{Cache, Key};
use crate::rootfs::content::{Content, Part};
use crate::sandbox::{Change, Decoder, Encoder};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// To be raised whenever the same inputs give other changes than before, or they are written
/// otherwise.
const FORMAT: u64 = 1;

const HASH_SIZE: u64 = 32;

/// What the scripts of an installation changed, one by one.
#[derive(Debug)]
pub struct Known(pub(super) Vec<Delta>);

/// The digest of everything that the scripts of an installation can see.
pub fn key<'e>(
    arch: &str,
    time: u64,
    may_fail: &[String],
    packages: impl Iterator<Item = Entry<'e>>,
) -> String {
    let mut e = Encoder::default();
    e.number(FORMAT).bytes(env!("CARGO_PKG_VERSION").as_bytes());
    e.bytes(arch.as_bytes()).number(time);
    e.list(may_fail, |e, name| {
        e.bytes(name.as_bytes());
    });
    for entry in packages {
        e.bytes(entry.database_lines().as_bytes());
        e.number(entry.installed_size);
    }
    HEXLOWER.encode(&Sha256::digest(e.finish()))
}

impl Known {
    /// What is kept under a key; `None` when there is nothing, or it is damaged.
    pub fn load(cache: &Cache, key: &str) -> Option<Known> {
        let (file, length) = cache.open(Key::Scripts(key))?;
        match read(file, length) {
            Ok(known) => Some(known),
            Err(_) => {
                cache.discard(Key::Scripts(key));
                None
            }
        }
    }

    /// Keeps it under a key. A cache that cannot be written to makes the next build slower and
    /// nothing else, so it is no error.
    pub fn store(&self, cache: &Cache, key: &str) {
        let Ok(mut writer) = cache.writer() else {
            return;
        };
        if self.write(&mut writer).is_ok() {
            let _ = writer.keep(cache, Key::Scripts(key));
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut header = Encoder::default();
        header.list(&self.0, |e, delta| {
            e.list(&delta.changes, |e, (change, content)| {
                change.encode(e);
                e.number(content.is_some());
                e.number(content.as_ref().map_or(0, Content::size));
            });
        });
        let header = header.finish();
        let mut out = Hashed {
            inner: out,
            hash: Sha256::new(),
        };
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(&header)?;
        for (_, content) in self.0.iter().flat_map(|delta| &delta.changes) {
            if let Some(content) = content {
                let mut reader = content.open()?;
                if io::copy(&mut reader, &mut out)? != content.size() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        let hash = out.hash.finalize();
        out.inner.write_all(&hash)
    }
}

struct Hashed<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "damaged")
}

fn read(file: File, length: u64) -> io::Result<Known> {
    let body = length.checked_sub(HASH_SIZE).ok_or_else(damaged)?;
    let mut hash = Hashed {
        inner: io::sink(),
        hash: Sha256::new(),
    };
    io::copy(&mut (&file).take(body), &mut hash)?;
    let mut expected = [0; HASH_SIZE as usize];
    file.read_exact_at(&mut expected, body)?;
    if hash.hash.finalize()[..] != expected {
        return Err(damaged());
    }
    let mut size = [0; 8];
    file.read_exact_at(&mut size, 0)?;
    let size = u64::from_le_bytes(size);
    let mut start = size.checked_add(8).filter(|start| *start <= body);
    let mut header = vec![0; start.map(|_| size).ok_or_else(damaged)? as usize];
    file.read_exact_at(&mut header, 8)?;
    let file = Arc::new(file);
    let mut content = |size: u64| -> io::Result<Content> {
        let begin = start.ok_or_else(damaged)?;
        start = begin.checked_add(size).filter(|end| *end <= body);
        start.ok_or_else(damaged)?;
        if size <= IN_MEMORY {
            let mut bytes = vec![0; size as usize];
            file.read_exact_at(&mut bytes, begin)?;
            return Ok(Content::Bytes(bytes.into()));
        }
        Ok(Content::Part(Part {
            file: file.clone(),
            start: begin,
            size,
        }))
    };
    let deltas = Decoder::new(&header).list(|d| {
        let changes = d.list(|d| {
            let change = Change::decode(d)?;
            let (some, size) = (d.flag()?, d.number()?);
            let content = some.then(|| content(size)).transpose()?;
            Ok((change, content))
        })?;
        Ok(Delta { changes })
    })?;
    Ok(Known(deltas))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Metadata, Object};

    fn known() -> Known {
        let object = |path: &str, size: u64| Change::Object {
            path: path.into(),
            fresh: true,
            object: Object::File(size),
            metadata: Metadata {
                mode: 0o640,
                uid: 0,
                gid: 42,
                xattrs: Some(vec![("user.a".into(), "b".into())]),
            },
            same_time: false,
        };
        let large = vec![7; IN_MEMORY as usize + 1];
        let small = Content::Bytes((*b"text").into());
        let changes = vec![
            (Change::Remove("a".into()), None),
            (object("b", 4), Some(small.clone())),
            (
                object("c", large.len() as u64),
                Some(Content::Bytes(large.into())),
            ),
            (object("d", 4), Some(small)),
        ];
        Known(vec![Delta::default(), Delta { changes }])
    }

    fn bytes(content: &Content) -> Vec<u8> {
        let mut bytes = Vec::new();
        content.open().unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_kept_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        assert!(Known::load(&cache, "k").is_none());
        known().store(&cache, "k");
        let loaded = Known::load(&cache, "k").unwrap();
        assert_eq!(loaded.0.len(), 2);
        for (loaded, stored) in loaded.0[1].changes.iter().zip(&known().0[1].changes) {
            assert_eq!(loaded.0, stored.0);
            let pair = (loaded.1.as_ref(), stored.1.as_ref());
            assert_eq!(pair.0.map(bytes), pair.1.map(bytes));
        }
    }

    #[test]
    fn what_is_damaged_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        let path = cache.path(Key::Scripts("k"));
        known().store(&cache, "k");
        let good = std::fs::read(&path).unwrap();
        for at in [0, 8, 40, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            assert!(Known::load(&cache, "k").is_none(), "byte {at}");
            assert!(!path.exists());
        }
        for length in [0, 31, 32, 33, good.len() - 1] {
            std::fs::write(&path, &good[..length]).unwrap();
            assert!(Known::load(&cache, "k").is_none(), "length {length}");
        }
    }
}
