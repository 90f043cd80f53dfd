//! Putting objects on the box's disk, and knowing what was put there.

use super::owners::{Numbers, Owners, status};
use crate::sandbox::message::{Metadata, Object, Put};
use bstr::{BStr, BString, ByteSlice};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Statx, StatxTimestamp, Timespec, Timestamps, XattrFlags,
};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Where scripts find processes and devices; whatever is there is the box's own and never a part
/// of the tree.
pub const OWN: [&str; 2] = ["dev", "proc"];

/// Whether a path is the box's own.
fn is_own(path: &BStr) -> bool {
    OWN.iter().any(|own| {
        path.strip_prefix(own.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    })
}

/// What is known of an object, to see whether it changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    pub inode: u64,
    /// File type and mode bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub device: Option<(u32, u32)>,
    pub size: u64,
    pub mtime: (i64, u32),
    pub ctime: (i64, u32),
    pub names: u32,
    /// Those extended attributes that can be an image's.
    pub xattrs: Vec<(BString, BString)>,
}

/// A directory's state and what is in it.
#[derive(Debug)]
pub struct Folder {
    pub state: State,
    pub entries: HashMap<BString, Item>,
}

#[derive(Debug)]
pub enum Item {
    Folder(Folder),
    Leaf(State),
}

impl Folder {
    /// The directory at a path.
    fn folder(&mut self, path: &BStr) -> Option<&mut Folder> {
        let mut here = self;
        for name in path.split_str("/").filter(|name| !name.is_empty()) {
            here = match here.entries.get_mut(name.as_bstr())? {
                Item::Folder(folder) => folder,
                Item::Leaf(_) => return None,
            };
        }
        Some(here)
    }

    fn item(&mut self, path: &BStr) -> Option<&mut Item> {
        let (folder, name) = split(path);
        self.folder(folder)?.entries.get_mut(name)
    }

    /// What is known of the object at a path.
    pub fn state_of(&mut self, path: &BStr) -> Option<&mut State> {
        if path.is_empty() {
            return Some(&mut self.state);
        }
        match self.item(path)? {
            Item::Folder(folder) => Some(&mut folder.state),
            Item::Leaf(state) => Some(state),
        }
    }

    fn forget(&mut self, path: &BStr) -> Option<Item> {
        let (folder, name) = split(path);
        self.folder(folder)?.entries.remove(name)
    }
}

/// The directory and the last name of a path.
fn split(path: &BStr) -> (&BStr, &BStr) {
    let (folder, name) = path.rsplit_once_str("/").unwrap_or((b"", path));
    (folder.as_bstr(), name.as_bstr())
}

/// The box's disk, whose root is this process's.
#[derive(Debug)]
pub struct Disk {
    pub root: Folder,
    pub owners: Owners,
    /// The time of what scripts made, in seconds since 1970.
    pub time: u64,
    /// Directories whose time changed with what was put into them.
    stirred: HashSet<BString>,
}

fn time_of(time: StatxTimestamp) -> (i64, u32) {
    (time.tv_sec, time.tv_nsec)
}

impl State {
    pub fn new(status: &Statx, owners: &Owners) -> State {
        let said = owners.said(status);
        let mode = u32::from(status.stx_mode);
        State {
            inode: status.stx_ino,
            mode: match said.device {
                Some((kind, ..)) => kind.as_raw_mode() | mode & 0o7777,
                None => mode,
            },
            uid: said.uid,
            gid: said.gid,
            device: match FileType::from_raw_mode(mode) {
                FileType::CharacterDevice | FileType::BlockDevice => {
                    Some((status.stx_rdev_major, status.stx_rdev_minor))
                }
                _ => said.device.map(|(_, major, minor)| (major, minor)),
            },
            size: status.stx_size,
            mtime: time_of(status.stx_mtime),
            ctime: time_of(status.stx_ctime),
            names: status.stx_nlink,
            xattrs: Vec::new(),
        }
    }

    pub fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }
}

/// The extended attributes of an object that can be an image's, sorted by name: file
/// capabilities and what users set. Others say something of this machine.
pub fn xattrs(path: impl AsRef<Path>) -> Vec<(BString, BString)> {
    let path = path.as_ref();
    let mut names = vec![0u8; 4096];
    let Ok(count) = rustix::fs::llistxattr(path, &mut names[..]) else {
        return Vec::new();
    };
    let mut xattrs = Vec::new();
    for name in names[..count].split(|byte| *byte == 0) {
        if name != b"security.capability" && !name.starts_with(b"user.") {
            continue;
        }
        // As long as an attribute can be (xattr(7)).
        let mut value = vec![0u8; 64 << 10];
        if let Ok(count) = rustix::fs::lgetxattr(path, name, &mut value[..]) {
            value.truncate(count);
            xattrs.push((BString::from(name), BString::from(value)));
        }
    }
    xattrs.sort();
    xattrs
}

pub fn set_time(path: &Path, seconds: u64) -> rustix::io::Result<()> {
    let time = Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX),
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
}

/// A path of the tree as one from this process's working directory, the root of the disk.
pub fn here(path: &BStr) -> io::Result<&Path> {
    match path.as_bytes() {
        b"" => Ok(Path::new(".")),
        path => path.to_path().map_err(io::Error::other),
    }
}

impl Disk {
    /// A disk that is empty but for the box's own directories.
    pub fn new(time: u64) -> io::Result<Disk> {
        let map = |name| fs::read_to_string(format!("/proc/self/{name}_map"));
        let (users, groups) = (Numbers::parse(&map("uid")?), Numbers::parse(&map("gid")?));
        let owners = Owners::new(users, groups);
        let status = status(CWD, ".")?;
        let root = Folder {
            state: State::new(&status, &owners),
            entries: HashMap::new(),
        };
        Ok(Disk {
            root,
            owners,
            time,
            stirred: HashSet::new(),
        })
    }

    /// Carries out an order; `content` has a file's bytes.
    pub fn put(&mut self, put: &Put, content: &mut dyn Read) -> io::Result<()> {
        match put {
            Put::Remove(path) if is_own(path.as_bstr()) => Ok(()),
            Put::Remove(path) => self.remove(path.as_bstr()),
            Put::Link { path, to } => {
                if is_own(path.as_bstr()) || is_own(to.as_bstr()) {
                    return Ok(());
                }
                self.remove(path.as_bstr())?;
                fs::hard_link(here(to.as_bstr())?, here(path.as_bstr())?)?;
                self.know(to.as_bstr(), false)?;
                self.know(path.as_bstr(), false)
            }
            Put::Object { path, .. } if is_own(path.as_bstr()) => Ok(()),
            Put::Object {
                path,
                object,
                metadata,
                mtime,
            } => self.object(path.as_bstr(), object, metadata, *mtime, content),
        }
    }

    /// Makes the disk look as if all had been there for long.
    pub fn settle(&mut self) -> io::Result<()> {
        for path in std::mem::take(&mut self.stirred) {
            self.settle_time(path.as_bstr())?;
        }
        Ok(())
    }

    fn remove(&mut self, path: &BStr) -> io::Result<()> {
        self.stir(path);
        let place = here(path)?;
        match self.root.forget(path) {
            None => return Ok(()),
            Some(Item::Folder(_)) => fs::remove_dir_all(place),
            Some(Item::Leaf(_)) => fs::remove_file(place),
        }
        .or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    }

    fn object(
        &mut self,
        path: &BStr,
        object: &Object,
        metadata: &Metadata,
        mtime: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let place = here(path)?;
        let is_there = |item: Option<&mut Item>| matches!(item, Some(Item::Folder(_)));
        let keep =
            *object == Object::Directory && (path.is_empty() || is_there(self.root.item(path)));
        if !keep {
            self.remove(path)?;
        }
        match object {
            Object::Directory if keep => {}
            Object::Directory => fs::create_dir(place)?,
            Object::File(size) => return self.file(path, *size, metadata, mtime, content),
            Object::Symlink(target) => {
                let target = target.to_path().map_err(io::Error::other)?;
                std::os::unix::fs::symlink(target, place)?;
            }
            Object::CharDevice(major, minor) => {
                let device = (FileType::CharacterDevice, *major, *minor);
                self.owners.make_device(CWD, place, device, metadata.mode)?;
            }
            Object::BlockDevice(major, minor) => {
                let device = (FileType::BlockDevice, *major, *minor);
                self.owners.make_device(CWD, place, device, metadata.mode)?;
            }
            Object::Fifo => rustix::fs::mkfifoat(CWD, place, Mode::from_raw_mode(0o600))?,
        }
        self.chown(place, metadata)?;
        if !matches!(object, Object::Symlink(_)) {
            let mode = Mode::from_raw_mode(metadata.mode);
            rustix::fs::chmodat(CWD, place, mode, AtFlags::empty())?;
        }
        let has_xattrs = self.set_xattrs(place, metadata);
        set_time(place, mtime)?;
        self.know(path, has_xattrs)
    }

    fn file(
        &mut self,
        path: &BStr,
        size: u64,
        metadata: &Metadata,
        mtime: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let place = here(path)?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(0o600);
        let mut file = File::from(rustix::fs::openat(
            CWD,
            place,
            flags | OFlags::CLOEXEC,
            mode,
        )?);
        if io::copy(&mut content.take(size), &mut file)? != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.chown(place, metadata)?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(metadata.mode))?;
        drop(file);
        let has_xattrs = self.set_xattrs(place, metadata);
        set_time(place, mtime)?;
        self.know(path, has_xattrs)
    }

    fn chown(&mut self, place: &Path, metadata: &Metadata) -> io::Result<()> {
        // Not the descriptor that a file was written with: who keeps one cannot execute it.
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(CWD, place, flags, Mode::empty())?;
        self.owners.chown(opened, metadata.uid, metadata.gid)
    }

    /// Sets extended attributes, as far as this file system and this user can; the tree keeps
    /// those that scripts did not change. Returns whether there are any.
    fn set_xattrs(&self, place: &Path, metadata: &Metadata) -> bool {
        let xattrs = metadata.xattrs.as_deref().unwrap_or_default();
        for (name, value) in xattrs {
            let _ = rustix::fs::lsetxattr(place, name.as_slice(), value, XattrFlags::empty());
        }
        !xattrs.is_empty()
    }

    /// Notes what is at a path.
    fn know(&mut self, path: &BStr, has_xattrs: bool) -> io::Result<()> {
        let place = here(path)?;
        let mut state = State::new(&status(CWD, place)?, &self.owners);
        if has_xattrs {
            state.xattrs = xattrs(place);
        }
        if path.is_empty() {
            self.root.state = state;
            return Ok(());
        }
        let (folder, name) = split(path);
        let Some(folder) = self.root.folder(folder) else {
            return Err(io::ErrorKind::NotADirectory.into());
        };
        let is_folder = state.kind() == FileType::Directory;
        match folder.entries.get_mut(name) {
            Some(Item::Folder(known)) if is_folder => known.state = state,
            Some(Item::Leaf(known)) if !is_folder => {
                // Of a second name of a file with attributes.
                if !has_xattrs && known.inode == state.inode {
                    state.xattrs = std::mem::take(&mut known.xattrs);
                }
                *known = state;
            }
            _ => {
                let item = match is_folder {
                    true => Item::Folder(Folder {
                        state,
                        entries: HashMap::new(),
                    }),
                    false => Item::Leaf(state),
                };
                folder.entries.insert(name.into(), item);
            }
        }
        Ok(())
    }

    /// Notes that something in a directory comes or goes.
    fn stir(&mut self, path: &BStr) {
        let (folder, _) = split(path);
        if !self.stirred.contains(folder) {
            self.stirred.insert(folder.into());
        }
    }

    /// Whether the disk has no room for as much as a page.
    pub fn is_full(&self) -> bool {
        rustix::fs::statvfs(".").is_ok_and(|fs| fs.f_bavail == 0 || fs.f_favail == 0)
    }
}
