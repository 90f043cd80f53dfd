//! The structures of EROFS as they lie on the disk (Linux, Documentation/filesystems/erofs.rst
//! and fs/erofs/erofs_fs.h): little-endian, in blocks of 4 KiB.

use crate::apk::tar::{Entry, Kind};
use bstr::{BStr, BString};
use std::io;

/// Bytes of a block.
pub const BLOCK: u64 = 4096;
/// Inodes lie at multiples of this; an inode's number is its place in these units.
pub const SLOT: u64 = 32;
/// Where the superblock begins.
pub const SUPERBLOCK: u64 = 1024;
/// Where the first inode may lie.
pub const FIRST_INODE: u64 = SUPERBLOCK + 128;
/// The mark of the superblock.
pub const MAGIC: [u8; 4] = [0xe2, 0xe1, 0xf5, 0xe0];

/// An inode before its attributes.
const INODE: u64 = 64;
/// A directory's entry without its name.
const DIRENT: usize = 12;
/// The block of a file without blocks.
const NO_BLOCK: u32 = u32::MAX;

/// Where the parts of an inode lie.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Where the inode begins, in bytes.
    pub inode: u64,
    /// Its extended attributes, as they follow it.
    pub xattrs: Vec<u8>,
    /// Bytes of the content.
    pub size: u64,
    /// Whether what does not fill a block follows the attributes.
    pub inline: bool,
    /// The first block of the content.
    pub block: u64,
}

impl Place {
    /// The inode's number.
    pub fn number(&self) -> u64 {
        self.inode / SLOT
    }

    /// Bytes of the content that lie in blocks.
    pub fn in_blocks(&self) -> u64 {
        match self.inline {
            true => self.size - self.size % BLOCK,
            false => self.size,
        }
    }

    /// Where what does not fill a block begins.
    pub fn tail(&self) -> u64 {
        self.inode + INODE + self.xattrs.len() as u64
    }

    /// Takes the next place from `at` on, and returns where it ends.
    pub fn put(&mut self, at: u64) -> u64 {
        let header = INODE + self.xattrs.len() as u64;
        let tail = self.size % BLOCK;
        self.inode = at.next_multiple_of(SLOT);
        // A tail lies within one block.
        let fits = |inode: u64| (inode + header) % BLOCK + tail <= BLOCK;
        if tail > 0 && !fits(self.inode) && fits(self.inode.next_multiple_of(BLOCK)) {
            self.inode = self.inode.next_multiple_of(BLOCK);
        }
        self.inline = tail > 0 && fits(self.inode);
        self.inode + header + if self.inline { tail } else { 0 }
    }
}

/// The number of 32 bits, or an error that says what is too large.
fn number(what: &str, value: u64) -> io::Result<u32> {
    u32::try_from(value).map_err(|_| {
        let message = format!("an EROFS image cannot have the {what} {value}");
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// An inode with its attributes; `count` is its place among all, from 1.
pub fn inode(entry: &Entry, place: &Place, links: u32, count: u64) -> io::Result<Vec<u8>> {
    let kind = match entry.kind {
        Kind::Directory => 0o040_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::CharDevice(..) => 0o020_000,
        Kind::BlockDevice(..) => 0o060_000,
        Kind::Fifo => 0o010_000,
        Kind::File | Kind::HardLink(_) => 0o100_000,
    };
    let start = match entry.kind {
        Kind::CharDevice(major, minor) | Kind::BlockDevice(major, minor) => {
            (minor & 0xff) | major << 8 | (minor & !0xff) << 12
        }
        Kind::Fifo => 0,
        _ if place.in_blocks() == 0 => NO_BLOCK,
        _ => number("block", place.block)?,
    };
    // The extended form, whose content is all in blocks or ends behind the inode.
    let format: u16 = if place.inline { 1 | 2 << 1 } else { 1 };
    // In words of four bytes, of which the header of the attributes counts as one.
    let words = match place.xattrs.len() {
        0 => 0,
        bytes => (bytes - 12) / 4 + 1,
    };
    let words = u16::try_from(words).map_err(io::Error::other)?;
    let mode = (kind | entry.mode) as u16;
    let mut bytes = Vec::with_capacity(INODE as usize + place.xattrs.len());
    for half in [format, words, mode, 0] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(place.size.to_le_bytes());
    for word in [start, number("file", count)?, entry.uid, entry.gid] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(entry.mtime.to_le_bytes());
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(links.to_le_bytes());
    bytes.resize(INODE as usize, 0);
    bytes.extend_from_slice(&place.xattrs);
    Ok(bytes)
}

/// Extended attributes as they follow an inode; empty when there are none.
pub fn xattrs(path: &BStr, all: &[(BString, BString)]) -> io::Result<Vec<u8>> {
    /// What names begin with, and the numbers that stand for it.
    const PREFIXES: [(&[u8], u8); 5] = [
        (b"user.", 1),
        (b"system.posix_acl_access", 2),
        (b"system.posix_acl_default", 3),
        (b"trusted.", 4),
        (b"security.", 6),
    ];
    let mut bytes = Vec::new();
    for (name, value) in all {
        let known = PREFIXES.iter().find_map(|(prefix, index)| {
            let rest = name.strip_prefix(*prefix)?;
            Some((*index, rest, u8::try_from(rest.len()).ok()?))
        });
        let size = u16::try_from(value.len()).ok();
        let (Some((index, rest, length)), Some(size)) = (known, size) else {
            let message = format!("an EROFS image cannot hold the attribute {name:?} of {path:?}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        };
        if bytes.is_empty() {
            bytes.resize(12, 0);
        }
        bytes.extend([length, index]);
        bytes.extend(size.to_le_bytes());
        bytes.extend_from_slice(rest);
        bytes.extend_from_slice(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    Ok(bytes)
}

/// The number that stands for a kind of file in a directory.
pub fn file_type(kind: &crate::rootfs::NodeKind) -> u8 {
    use crate::rootfs::NodeKind;
    match kind {
        NodeKind::File(_) => 1,
        NodeKind::Directory(_) => 2,
        NodeKind::CharDevice(..) => 3,
        NodeKind::BlockDevice(..) => 4,
        NodeKind::Fifo => 5,
        NodeKind::Symlink(_) => 7,
    }
}

/// A name in a directory, the number of its inode, and the number of its kind.
pub type Named<'a> = (&'a [u8], u64, u8);

/// The content of a directory, whose names are sorted by bytes.
pub fn directory(names: &[Named<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = names;
    while !rest.is_empty() {
        let mut used = 0;
        let fits = |(name, ..): &&Named<'_>| {
            used += DIRENT + name.len();
            used <= BLOCK as usize
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (block, after) = rest.split_at(count);
        // Names fill a block up to its end; only the last block may be shorter.
        bytes.resize(bytes.len().next_multiple_of(BLOCK as usize), 0);
        let mut offset = DIRENT * count;
        for (name, inode, kind) in block {
            bytes.extend(inode.to_le_bytes());
            bytes.extend((offset as u16).to_le_bytes());
            bytes.extend([*kind, 0]);
            offset += name.len();
        }
        for (name, ..) in block {
            bytes.extend_from_slice(name);
        }
        rest = after;
    }
    bytes
}

/// What the superblock says.
#[derive(Debug)]
pub struct Superblock {
    /// The number of the root's inode.
    pub root: u64,
    /// How many inodes there are.
    pub inodes: u64,
    /// How many blocks there are.
    pub blocks: u64,
    /// The time of the build, in seconds since 1970.
    pub time: u64,
    /// What the image is known by.
    pub uuid: [u8; 16],
}

impl Superblock {
    /// The first block of the image from the superblock on, without the inodes that follow.
    pub fn bytes(&self) -> io::Result<[u8; 128]> {
        /// There is a checksum, and times are those of the last change.
        const FEATURES: u32 = 1 | 2;
        let mut bytes = [0; 128];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(0, &MAGIC);
        put(8, &FEATURES.to_le_bytes());
        put(12, &[BLOCK.trailing_zeros() as u8]);
        put(14, &(self.root as u16).to_le_bytes());
        put(16, &self.inodes.to_le_bytes());
        put(24, &self.time.to_le_bytes());
        put(36, &number("number of blocks", self.blocks)?.to_le_bytes());
        put(48, &self.uuid);
        Ok(bytes)
    }
}

/// CRC-32C as Linux counts it: without turning the bits at the end.
pub fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_crc_32c() {
        // The check value of the algorithm, whose bits are turned at the end.
        assert_eq!(!checksum(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_tail_lies_within_one_block() {
        let mut at = FIRST_INODE;
        for size in (0..20_000).step_by(37) {
            let mut place = Place {
                size,
                xattrs: vec![0; (size as usize % 5) * 1000 / 4 * 4],
                ..Place::default()
            };
            let end = place.put(at);
            assert!(place.inode >= at && place.inode.is_multiple_of(SLOT));
            if place.inline {
                let tail = size % BLOCK;
                assert_eq!(place.tail() / BLOCK, (place.tail() + tail - 1) / BLOCK);
                assert_eq!(end, place.tail() + tail);
            } else {
                assert_eq!(end, place.tail());
            }
            at = end;
        }
    }
}
