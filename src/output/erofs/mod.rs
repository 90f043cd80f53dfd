//! The root file system as an EROFS image, which Linux mounts read-only.
//!
//! Written here rather than by `mkfs.erofs`, whose versions differ in their bytes and of which
//! only the latest take owners and devices from a tar. The image is not compressed: every file
//! lies in one piece, and its end behind its inode where there is room.
//!
//! Inodes come first, in the order of the entries, then the blocks of the contents. Where
//! everything lies follows from the sizes, so contents are written to their places as they come.

mod disk;

use super::place::{FilePlace, Magic};
use super::{OutputError, digest};
use crate::apk::tar::{Entry, Kind};
use crate::layer::{Blob, EmitError, EntrySink, PlannedEntry, Sources, emit};
use crate::rootfs::{NodeId, Tree};
use bstr::{BString, ByteSlice};
use disk::{BLOCK, Named, Place, Superblock};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: Magic = Magic {
    what: "EROFS image",
    at: disk::SUPERBLOCK as usize,
    bytes: &disk::MAGIC,
};

/// The longest target of a symlink that Linux reads.
const MAX_TARGET: usize = 4095;
/// The longest name that Linux reads.
const MAX_NAME: usize = 255;

/// Writes the entries of a whole root as an EROFS image; returns digest and size of the file.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, the disk is full, or the format
/// cannot hold something.
pub fn write_erofs(
    path: &Path,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
) -> Result<Blob, OutputError> {
    let mut place = FilePlace::take(path, MAGIC)?;
    let mut body = || -> Result<Blob, EmitError> {
        let plan = Plan::new(entries, sources)?;
        let file = place.file();
        file.set_len(plan.blocks * BLOCK)?;
        let mut writer = Writer {
            file,
            plan: &plan,
            hash: Sha256::new(),
        };
        emit(entries, sources, &mut writer)?;
        writer.superblock(sources.time)?;
        Ok(digest(place.file())?)
    };
    let blob = body().map_err(|error| OutputError::from_emit(path, error))?;
    place.finish()?;
    Ok(blob)
}

/// Where everything lies.
struct Plan<'a> {
    tree: &'a Tree,
    inodes: Vec<Inode>,
    /// The place in `inodes` by the number in the tree.
    by_node: HashMap<NodeId, usize>,
    /// The same by path; of hard links by the first.
    by_path: HashMap<BString, usize>,
    /// How many blocks the image has.
    blocks: u64,
}

struct Inode {
    node: NodeId,
    /// The directory that it lies in.
    parent: usize,
    place: Place,
    links: u32,
}

fn unfit(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl<'a> Plan<'a> {
    fn new(entries: &[PlannedEntry], sources: &Sources<'a>) -> io::Result<Plan<'a>> {
        let tree = sources.tree;
        let mut plan = Plan {
            tree,
            inodes: Vec::new(),
            by_node: HashMap::new(),
            by_path: HashMap::new(),
            blocks: 0,
        };
        // The root comes first: the superblock has little room for its number.
        for entry in entries {
            plan.add(entry, sources)?;
        }
        let mut end = disk::FIRST_INODE;
        for inode in &mut plan.inodes {
            end = inode.place.put(end);
        }
        plan.blocks = end.div_ceil(BLOCK);
        for inode in &mut plan.inodes {
            inode.place.block = plan.blocks;
            plan.blocks += inode.place.in_blocks().div_ceil(BLOCK);
        }
        Ok(plan)
    }

    fn add(&mut self, planned: &PlannedEntry, sources: &Sources<'_>) -> io::Result<()> {
        let path = &planned.path;
        let (parent, name) = match path.rfind_byte(b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&path[..0], &path[..]),
        };
        if name.len() > MAX_NAME {
            return Err(unfit(format!("{path:?} has too long a name")));
        }
        if let Some(known) = self.by_node.get(&planned.node) {
            self.inodes[*known].links += 1;
            return Ok(());
        }
        let number = self.inodes.len();
        let parent = self.by_path.get(parent.as_bstr()).copied().unwrap_or(0);
        let header = sources.header(planned);
        let mut links = 1;
        let size = match &header.kind {
            Kind::File => header.size,
            Kind::Symlink(target) if target.len() > MAX_TARGET => {
                return Err(unfit(format!("{path:?} has too long a target")));
            }
            Kind::Symlink(target) => target.len() as u64,
            Kind::Directory => {
                links = 2;
                if number > 0 {
                    self.inodes[parent].links += 1;
                }
                // Its size does not depend on what the numbers are.
                disk::directory(&names(self.tree, planned.node, 0, 0, &|_| 0)).len() as u64
            }
            _ => 0,
        };
        let xattrs = disk::xattrs(path.as_bstr(), &header.xattrs)?;
        self.by_node.insert(planned.node, number);
        self.by_path.insert(path.clone(), number);
        self.inodes.push(Inode {
            node: planned.node,
            parent,
            place: Place {
                size,
                xattrs,
                ..Place::default()
            },
            links,
        });
        Ok(())
    }

    /// The content of a directory.
    fn directory(&self, number: usize) -> Vec<u8> {
        let inode = &self.inodes[number];
        let number_of = |node: NodeId| {
            let number = self.by_node.get(&node).copied().unwrap_or(0);
            self.inodes[number].place.number()
        };
        let above = self.inodes[inode.parent].place.number();
        let names = names(
            self.tree,
            inode.node,
            inode.place.number(),
            above,
            &number_of,
        );
        disk::directory(&names)
    }
}

/// The names in a directory with `.` and `..`, sorted by bytes.
fn names<'t>(
    tree: &'t Tree,
    directory: NodeId,
    own: u64,
    above: u64,
    number_of: &dyn Fn(NodeId) -> u64,
) -> Vec<Named<'t>> {
    let kind = disk::file_type(&tree.node(directory).kind);
    let mut names: Vec<Named<'t>> = vec![(b".", own, kind), (b"..", above, kind)];
    names.extend(tree.children(directory).map(|(name, node)| {
        let kind = disk::file_type(&tree.node(node).kind);
        (name.as_bytes(), number_of(node), kind)
    }));
    names.sort_unstable_by_key(|(name, ..)| *name);
    names
}

struct Writer<'a> {
    file: &'a File,
    plan: &'a Plan<'a>,
    /// Of the inodes.
    hash: Sha256,
}

impl Writer<'_> {
    /// Copies a content to its place.
    fn content(&self, place: &Place, content: &mut dyn Read) -> io::Result<()> {
        let mut left = place.size;
        let mut buffer = vec![0; left.min(256 << 10) as usize];
        let mut at = place.block * BLOCK;
        let tail = place.size - place.in_blocks();
        while left > 0 {
            if left == tail {
                at = place.tail();
            }
            // Never a piece of which a part lies elsewhere.
            let until = if left > tail { left - tail } else { left };
            let count = until.min(buffer.len() as u64) as usize;
            content.read_exact(&mut buffer[..count])?;
            self.file.write_all_at(&buffer[..count], at)?;
            at += count as u64;
            left -= count as u64;
        }
        Ok(())
    }

    fn superblock(self, time: u64) -> io::Result<()> {
        // A version 8 UUID (RFC 9562): the same root is the same image.
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&self.hash.finalize()[..16]);
        uuid[6] = uuid[6] & 0x0f | 0x80;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        let plan = self.plan;
        let superblock = Superblock {
            root: plan.inodes.first().map_or(0, |root| root.place.number()),
            inodes: plan.inodes.len() as u64,
            blocks: plan.blocks,
            time,
            uuid,
        };
        let begin = disk::SUPERBLOCK;
        self.file.write_all_at(&superblock.bytes()?, begin)?;
        let mut block = vec![0; (BLOCK - begin) as usize];
        self.file.read_exact_at(&mut block, begin)?;
        let sum = disk::checksum(&block);
        self.file.write_all_at(&sum.to_le_bytes(), begin + 4)
    }
}

impl EntrySink for Writer<'_> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        if matches!(entry.kind, Kind::HardLink(_)) {
            return Ok(());
        }
        let path = match entry.path.as_bytes() {
            b"." => b"".as_bstr(),
            path => path.as_bstr(),
        };
        let Some(number) = self.plan.by_path.get(path).copied() else {
            return Err(unfit(format!("{path:?} was not planned")));
        };
        let Inode { place, links, .. } = &self.plan.inodes[number];
        let inode = disk::inode(entry, place, *links, number as u64 + 1)?;
        self.hash.update(&inode);
        self.file.write_all_at(&inode, place.inode)?;
        match &entry.kind {
            Kind::File => self.content(place, content),
            Kind::Symlink(target) => self.content(place, &mut target.as_slice()),
            Kind::Directory => self.content(place, &mut self.plan.directory(number).as_slice()),
            _ => Ok(()),
        }
    }
}
