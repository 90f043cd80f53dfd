//! The root file system as a folder.

use super::OutputError;
use super::place::FolderPlace;
use crate::apk::tar::{Entry, Kind, Writer};
use crate::layer::{Blob, EmitError, EntrySink, Hashed, PlannedEntry, Sources, emit};
use bstr::ByteSlice;
use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

/// What a folder could not hold of the tree, because who wrote it is not root.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Losses {
    /// Paths whose owner is not the one in the tree.
    pub owners: usize,
    /// Devices that were left out.
    pub devices: usize,
    /// Extended attributes that were left out.
    pub xattrs: usize,
}

/// Writes the entries of a whole root into a folder. Returns digest and size of
/// the tar of the same tree, and what could not be written.
///
/// As root, files get their owners and devices are made; otherwise neither, and the losses are
/// counted.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, or the disk is full.
pub fn write_folder(
    path: &Path,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
) -> Result<(Blob, Losses), OutputError> {
    let place = FolderPlace::take(path)?;
    let mut writer = FolderWriter {
        root: place.folder().to_owned(),
        is_root: rustix::process::geteuid().is_root(),
        tar: Writer::new(Hashed::new(io::sink())),
        directories: Vec::new(),
        losses: Losses::default(),
    };
    let mut body = || -> Result<(), EmitError> {
        emit(entries, sources, &mut writer)?;
        writer.finish_directories()?;
        Ok(())
    };
    body().map_err(|error| OutputError::from_emit(path, error))?;
    let root_mode = sources.tree.node(crate::rootfs::Tree::ROOT).mode;
    place.finish(root_mode)?;
    let FolderWriter { tar, losses, .. } = writer;
    let hashed = tar.finish().map_err(|source| OutputError::Write {
        path: path.to_owned(),
        source,
    })?;
    Ok((hashed.finish().0, losses))
}

/// Writes below a folder of its own making, in which nobody else puts symlinks.
struct FolderWriter {
    root: PathBuf,
    is_root: bool,
    tar: Writer<Hashed<io::Sink>>,
    /// Modes and times of directories are set last: a directory may be read-only, and its time
    /// changes with what is put into it.
    directories: Vec<(PathBuf, Entry)>,
    losses: Losses,
}

impl EntrySink for FolderWriter {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        let path = self
            .root
            .join(entry.path.to_path().map_err(io::Error::other)?);
        match &entry.kind {
            Kind::Directory => {
                if entry.path != "." {
                    fs::create_dir(&path)?;
                }
                self.tar.append(entry, io::empty())?;
                self.directories.push((path, entry.clone()));
                return Ok(());
            }
            Kind::HardLink(target) => {
                let target = target.to_path().map_err(io::Error::other)?;
                fs::hard_link(self.root.join(target), &path)?;
                return self.tar.append(entry, io::empty());
            }
            Kind::File => {
                let file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)?;
                let mut tee = TeeReader { content, file };
                self.tar.append(entry, &mut tee)?;
            }
            Kind::Symlink(target) => {
                symlink(target.to_path().map_err(io::Error::other)?, &path)?;
                self.tar.append(entry, io::empty())?;
            }
            Kind::CharDevice(..) | Kind::BlockDevice(..) | Kind::Fifo => {
                self.tar.append(entry, io::empty())?;
                if !self.make_device(entry, &path)? {
                    self.losses.devices += 1;
                    return Ok(());
                }
            }
        }
        self.metadata(entry, &path)
    }
}

/// Writes what is read through it into a file as well.
struct TeeReader<'a> {
    content: &'a mut dyn Read,
    file: File,
}

impl Read for TeeReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(out)?;
        self.file.write_all(&out[..count])?;
        Ok(count)
    }
}

impl FolderWriter {
    fn make_device(&self, entry: &Entry, path: &Path) -> io::Result<bool> {
        let (kind, device) = match entry.kind {
            Kind::CharDevice(major, minor) => {
                (FileType::CharacterDevice, rustix::fs::makedev(major, minor))
            }
            Kind::BlockDevice(major, minor) => {
                (FileType::BlockDevice, rustix::fs::makedev(major, minor))
            }
            _ => (FileType::Fifo, 0),
        };
        if !self.is_root && kind != FileType::Fifo {
            return Ok(false);
        }
        rustix::fs::mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), device)?;
        Ok(true)
    }

    /// Owner, attributes, mode and time, in the order in which one does not undo another.
    fn metadata(&mut self, entry: &Entry, path: &Path) -> io::Result<()> {
        if self.is_root {
            lchown(path, Some(entry.uid), Some(entry.gid))?;
        } else if (entry.uid, entry.gid) != own_ids() {
            self.losses.owners += 1;
        }
        if !matches!(entry.kind, Kind::Symlink(_)) {
            for (name, value) in &entry.xattrs {
                let set = rustix::fs::lsetxattr(path, name.as_slice(), value, XattrFlags::empty());
                match set {
                    Ok(()) => {}
                    // Not root, or a file system without them.
                    Err(rustix::io::Errno::PERM | rustix::io::Errno::NOTSUP) => {
                        self.losses.xattrs += 1;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            fs::set_permissions(path, Permissions::from_mode(entry.mode))?;
        }
        let time = Timespec {
            tv_sec: i64::try_from(entry.mtime).unwrap_or(i64::MAX),
            tv_nsec: 0,
        };
        let times = Timestamps {
            last_access: time,
            last_modification: time,
        };
        rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(())
    }

    fn finish_directories(&mut self) -> io::Result<()> {
        // The deepest first, so that none is closed before what is in it is done.
        for (path, entry) in std::mem::take(&mut self.directories).into_iter().rev() {
            self.metadata(&entry, &path)?;
        }
        Ok(())
    }
}

fn own_ids() -> (u32, u32) {
    (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    )
}
