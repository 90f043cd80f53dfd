//! The root file system as a cpio archive, which a Linux kernel takes as its initramfs.
//!
//! The format is "newc" (`cpio -H newc`; Linux, Documentation/driver-api/early-userspace/
//! buffer-format.rst): a header of hexadecimal numbers, a name and a content for each path, padded
//! to four bytes. Paths of one file share an inode number, and the content follows the last of
//! them. Inode numbers are counted from 1, and every file lies on the device 0.
//! The format has no extended attributes.

use super::place::Magic;
use super::stream::{Encoding, write_stream};
use super::{Losses, OutputError};
use crate::apk::tar::{Entry, Kind};
use crate::layer::{Blob, EntrySink, PlannedEntry, Sources, emit};
use bstr::{BString, ByteSlice};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

const MAGIC: Magic = Magic {
    what: "cpio archive",
    at: 0,
    bytes: b"070701",
};

/// The name that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// What `cpio` pads archives to, so that they can be put one after the other.
const BLOCK: u64 = 512;

/// Writes the entries of a whole root as a cpio archive; returns digest and size of the file,
/// and what it could not hold.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, the disk is full, or a file is too
/// large or too young for the format's numbers of 32 bits.
pub fn write_cpio(
    path: &Path,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    encoding: Encoding<'_>,
) -> Result<(Blob, Losses), OutputError> {
    let mut losses = Losses::default();
    let blob = write_stream(path, MAGIC, encoding, |out| {
        let mut cpio = CpioWriter::new(out, entries);
        emit(entries, sources, &mut cpio)?;
        losses.xattrs = cpio.finish()?;
        Ok(())
    })?;
    Ok((blob, losses))
}

struct CpioWriter<W> {
    out: W,
    /// Bytes so far.
    size: u64,
    /// The last inode number that was given.
    inode: u32,
    /// The other paths of a file by its first one.
    names: HashMap<BString, Vec<BString>>,
    /// Extended attributes that were left out.
    xattrs: usize,
}

/// A number of the format, 32 bits wide.
fn number(entry: &Entry, what: &str, value: u64) -> io::Result<u32> {
    u32::try_from(value).map_err(|_| {
        let message = format!(
            "{:?} has the {what} {value}, and in a cpio archive none is above {}",
            entry.path,
            u32::MAX
        );
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

impl<W: Write> CpioWriter<W> {
    fn new(out: W, entries: &[PlannedEntry]) -> Self {
        let mut names: HashMap<BString, Vec<BString>> = HashMap::new();
        for entry in entries {
            if let Some(first) = &entry.link_to {
                let paths = names.entry(first.clone()).or_default();
                paths.push(entry.path.clone());
            }
        }
        CpioWriter {
            out,
            size: 0,
            inode: 0,
            names,
            xattrs: 0,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn pad(&mut self, to: u64) -> io::Result<()> {
        let zeros = self.size.next_multiple_of(to) - self.size;
        self.write(&[0; BLOCK as usize][..zeros as usize])
    }

    /// Writes the header of an entry under this name, with the size of what follows.
    fn header(&mut self, entry: &Entry, name: &[u8], links: u32, size: u64) -> io::Result<()> {
        if name == TRAILER.as_bytes() {
            let message = format!("a file cannot be called {TRAILER}, which ends a cpio archive");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let (kind, device) = match entry.kind {
            Kind::File | Kind::HardLink(_) => (0o100_000, (0, 0)),
            Kind::Directory => (0o040_000, (0, 0)),
            Kind::Symlink(_) => (0o120_000, (0, 0)),
            Kind::CharDevice(major, minor) => (0o020_000, (major, minor)),
            Kind::BlockDevice(major, minor) => (0o060_000, (major, minor)),
            Kind::Fifo => (0o010_000, (0, 0)),
        };
        let mtime = number(entry, "time", entry.mtime)?;
        let fields = Fields {
            inode: self.inode,
            mode: kind | entry.mode,
            owner: (entry.uid, entry.gid),
            links,
            mtime,
            size: number(entry, "size", size)?,
            device,
        };
        self.raw_header(name, &fields)
    }

    fn raw_header(&mut self, name: &[u8], fields: &Fields) -> io::Result<()> {
        let mut header = MAGIC.bytes.to_vec();
        for value in [
            fields.inode,
            fields.mode,
            fields.owner.0,
            fields.owner.1,
            fields.links,
            fields.mtime,
            fields.size,
            // The device that the file lies on.
            0,
            0,
            fields.device.0,
            fields.device.1,
            name.len() as u32 + 1,
            // A checksum, in another variant of the format.
            0,
        ] {
            write!(header, "{value:08x}")?;
        }
        header.extend_from_slice(name);
        header.push(0);
        self.write(&header)?;
        self.pad(4)
    }

    /// Ends the archive; returns how many extended attributes are not in it.
    fn finish(mut self) -> io::Result<usize> {
        let end = Fields {
            links: 1,
            ..Fields::default()
        };
        self.raw_header(TRAILER.as_bytes(), &end)?;
        self.pad(BLOCK)?;
        Ok(self.xattrs)
    }
}

/// The numbers of a header that are not always the same.
#[derive(Default)]
struct Fields {
    inode: u32,
    /// With the bits that say what the file is.
    mode: u32,
    owner: (u32, u32),
    links: u32,
    mtime: u32,
    size: u32,
    device: (u32, u32),
}

impl<W: Write> EntrySink for CpioWriter<W> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        if matches!(entry.kind, Kind::HardLink(_)) {
            // Written with the first path.
            return Ok(());
        }
        self.inode += 1;
        self.xattrs += entry.xattrs.len();
        let names = self.names.remove(&entry.path).unwrap_or_default();
        let links = match entry.kind {
            Kind::Directory => 2,
            _ => 1 + names.len() as u32,
        };
        match &entry.kind {
            Kind::File => {
                for name in &names {
                    self.header(entry, name, links, 0)?;
                }
                self.header(entry, &entry.path, links, entry.size)?;
                let copied = io::copy(&mut content.take(entry.size), &mut self.out)?;
                if copied != entry.size {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.size += copied;
                self.pad(4)
            }
            kind => {
                let target: &[u8] = match kind {
                    Kind::Symlink(target) => target.as_bytes(),
                    _ => b"",
                };
                for name in names.iter().chain([&entry.path]) {
                    self.header(entry, name, links, target.len() as u64)?;
                    self.write(target)?;
                    self.pad(4)?;
                }
                Ok(())
            }
        }
    }
}
