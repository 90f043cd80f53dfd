//! Finding what scripts changed on the disk.
//!
//! Everything is looked at and compared with what is known: a stat of each object, which costs
//! about a microsecond. The kernel sets the time of the last change (ctime) by itself, but no
//! finer than its clock ticks; so what was known in the same tick in which scripts began is
//! looked at more closely.

use super::disk::{Disk, Folder, Item, OWN, State, here, set_time, xattrs};
use super::owners::{Owners, status};
use crate::sandbox::message::{Change, Metadata, Object};
use bstr::{BStr, BString, ByteSlice};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// A change that is told, and where a file's content is to be had.
pub type Told = (Change, Option<BString>);

#[derive(Default)]
struct Found {
    removed: Vec<BString>,
    objects: Vec<Told>,
    metadata: Vec<Told>,
    links: Vec<Told>,
    fresh: Vec<BString>,
    /// Files that lost the name they had, by inode.
    gone: HashMap<u64, (BString, State)>,
    /// Names of files that have several.
    named: HashMap<u64, BString>,
    /// Files whose new content was already told.
    told: HashMap<u64, BString>,
    /// What scripts made, which needs the build's time.
    touched: BTreeSet<BString>,
    /// Directories that need the time that they had.
    folders: Vec<BString>,
}

struct Scan<'a> {
    owners: &'a Owners,
    found: Found,
    /// Objects changed at this time or later may have changed again in the same tick.
    since: (i64, u32),
}

impl Disk {
    /// What changed since the last time, and from now on is known. `since` is the time by the
    /// coarse clock when it was last known.
    pub fn changes(&mut self, since: (i64, u32)) -> io::Result<Vec<Told>> {
        self.owners.forget_removed();
        let time = i64::try_from(self.time).unwrap_or(i64::MAX);
        let mut scan = Scan {
            owners: &self.owners,
            found: Found::default(),
            since,
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(".", flags, Mode::empty())?;
        let device = status(&root, "")?;
        let device = (device.stx_dev_major, device.stx_dev_minor);
        let state = State::new(&status(&root, "")?, &self.owners);
        let path = BString::default();
        scan.existing(&path, &mut self.root.state, state, FileType::Directory);
        scan.folder(root, &path, &mut self.root, device)?;
        let fresh = std::mem::take(&mut scan.found.fresh);
        for path in fresh {
            let known = self.root.state_of(path.as_bstr());
            if let Some(state) = known {
                scan.fresh(path, state);
            }
        }
        let found = scan.found;
        for path in &found.touched {
            if let Some(state) = self.root.state_of(path.as_bstr()) {
                state.mtime = (time, 0);
            }
        }
        for path in found.touched.iter().chain(&found.folders) {
            self.settle_time(path.as_bstr())?;
        }
        let removed = found.removed.into_iter();
        let mut told: Vec<Told> = removed.map(|p| (Change::Remove(p), None)).collect();
        told.extend(found.objects);
        told.extend(found.links);
        told.extend(found.metadata);
        Ok(told)
    }

    /// Gives an object the time that it will have in the image, so that the next script finds
    /// no other; some write what they find into caches.
    pub(super) fn settle_time(&mut self, path: &BStr) -> io::Result<()> {
        let place = here(path)?;
        let Some(seconds) = self
            .root
            .state_of(path)
            .map(|state| state.mtime.0.max(0) as u64)
        else {
            return Ok(());
        };
        set_time(place, seconds)?;
        let now = status(rustix::fs::CWD, place)?;
        if let Some(state) = self.root.state_of(path) {
            state.ctime = (now.stx_ctime.tv_sec, now.stx_ctime.tv_nsec);
        }
        Ok(())
    }
}

fn join(folder: &BString, name: &[u8]) -> BString {
    match folder.is_empty() {
        true => name.into(),
        false => [folder.as_slice(), b"/", name].concat().into(),
    }
}

impl Scan<'_> {
    fn folder(
        &mut self,
        fd: OwnedFd,
        path: &BString,
        known: &mut Folder,
        device: (u32, u32),
    ) -> io::Result<()> {
        let mut names: Vec<BString> = Vec::new();
        for entry in Dir::read_from(&fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            let own = path.is_empty() && OWN.iter().any(|own| own.as_bytes() == name);
            if name != b"." && name != b".." && !own {
                names.push(name.into());
            }
        }
        // Told in the order of names, whatever the file system's is.
        names.sort_unstable();
        let mut before = std::mem::take(&mut known.entries);
        for name in names {
            let now = match status(fd.as_fd(), name.as_slice()) {
                Ok(status) => status,
                Err(rustix::io::Errno::NOENT) => continue,
                Err(error) => return Err(error.into()),
            };
            if (now.stx_dev_major, now.stx_dev_minor) != device {
                continue;
            }
            let state = State::new(&now, self.owners);
            let kind = state.kind();
            if kind == FileType::Socket {
                // Nobody listens at it any more, and no layer can hold it.
                continue;
            }
            let path = join(path, &name);
            let item = match (before.remove(&name), kind) {
                (Some(Item::Folder(mut folder)), FileType::Directory) => {
                    self.existing(&path, &mut folder.state, state, kind);
                    Item::Folder(folder)
                }
                (Some(Item::Leaf(mut known)), _)
                    if known.kind() == kind
                        && known.inode == state.inode
                        && !is_another_symlink(&known, &state) =>
                {
                    self.existing(&path, &mut known, state, kind);
                    Item::Leaf(known)
                }
                (gone, FileType::Directory) => {
                    self.replaced(&path, gone);
                    self.directory(&path, &state);
                    let mut state = state;
                    state.xattrs = self.xattrs(&path);
                    Item::Folder(Folder {
                        state,
                        entries: HashMap::new(),
                    })
                }
                (gone, _) => {
                    self.replaced(&path, gone);
                    self.found.fresh.push(path.clone());
                    self.found.touched.insert(path.clone());
                    let mut state = state;
                    state.xattrs = self.xattrs(&path);
                    Item::Leaf(state)
                }
            };
            let item = match item {
                Item::Folder(mut folder) => {
                    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                    let below = rustix::fs::openat(
                        fd.as_fd(),
                        name.as_slice(),
                        flags | OFlags::CLOEXEC,
                        Mode::empty(),
                    )?;
                    self.folder(below, &path, &mut folder, device)?;
                    Item::Folder(folder)
                }
                leaf => leaf,
            };
            known.entries.insert(name, item);
        }
        for (name, item) in before {
            let path = join(path, &name);
            self.found.removed.push(path.clone());
            self.gone(&path, item);
        }
        Ok(())
    }

    fn xattrs(&self, path: &BString) -> Vec<(BString, BString)> {
        here(path.as_bstr()).map(xattrs).unwrap_or_default()
    }

    /// Something else was there before.
    fn replaced(&mut self, path: &BString, before: Option<Item>) {
        if let Some(item) = before {
            if matches!(item, Item::Folder(_)) {
                self.found.removed.push(path.clone());
            }
            self.gone(path, item);
        }
    }

    /// Remembers the files of what is gone: they may only have been moved.
    fn gone(&mut self, path: &BString, item: Item) {
        match item {
            Item::Leaf(state) if state.kind() == FileType::RegularFile => {
                self.found.gone.insert(state.inode, (path.clone(), state));
            }
            Item::Leaf(_) => {}
            Item::Folder(folder) => {
                for (name, item) in folder.entries {
                    self.gone(&join(path, &name), item);
                }
            }
        }
    }

    /// Compares an object with itself as it was.
    fn existing(&mut self, path: &BString, known: &mut State, mut now: State, kind: FileType) {
        if now.names > 1 && kind == FileType::RegularFile {
            self.found.named.entry(now.inode).or_insert(path.clone());
        }
        now.xattrs = std::mem::take(&mut known.xattrs);
        if kind == FileType::Directory && now.mtime != known.mtime {
            // What is in it changed; that is told of each by itself.
            now.mtime = known.mtime;
            self.found.folders.push(path.clone());
        }
        let same_owner = (now.mode, now.uid, now.gid) == (known.mode, known.uid, known.gid);
        let same_names = now.names == known.names;
        let same_bytes = (now.size, now.mtime) == (known.size, known.mtime);
        let ticked = now.ctime != known.ctime;
        if !ticked && same_bytes && same_owner && known.ctime < self.since {
            *known = now;
            return;
        }
        let mut new_xattrs = None;
        if kind != FileType::Symlink {
            let xattrs = self.xattrs(path);
            if xattrs != now.xattrs {
                now.xattrs.clone_from(&xattrs);
                new_xattrs = Some(xattrs);
            }
        }
        // Who sets the time back leaves no other trace in a file that was written to.
        let explained = !ticked || !same_owner || !same_names || new_xattrs.is_some();
        let metadata = Metadata {
            mode: now.mode & 0o7777,
            uid: now.uid,
            gid: now.gid,
            xattrs: new_xattrs,
        };
        if kind == FileType::RegularFile && (!same_bytes || !explained) {
            let same_time = now.mtime == known.mtime;
            if let Entry::Vacant(untold) = self.found.told.entry(now.inode) {
                untold.insert(path.clone());
                let object = Object::File(now.size);
                let change = Change::Object {
                    path: path.clone(),
                    fresh: false,
                    object,
                    metadata,
                    same_time,
                };
                self.found.objects.push((change, Some(path.clone())));
            }
            if !same_time {
                self.found.touched.insert(path.clone());
            }
        } else if !same_owner || metadata.xattrs.is_some() {
            let change = Change::Metadata(path.clone(), metadata);
            self.found.metadata.push((change, None));
        }
        *known = now;
    }

    fn directory(&mut self, path: &BString, state: &State) {
        let change = Change::Object {
            path: path.clone(),
            fresh: true,
            object: Object::Directory,
            metadata: self.metadata(path, state),
            same_time: false,
        };
        self.found.objects.push((change, None));
        self.found.touched.insert(path.clone());
    }

    fn metadata(&self, path: &BString, state: &State) -> Metadata {
        Metadata {
            mode: state.mode & 0o7777,
            uid: state.uid,
            gid: state.gid,
            xattrs: match state.kind() {
                FileType::Symlink => None,
                _ => Some(self.xattrs(path)),
            },
        }
    }

    /// Something that is new at its path.
    fn fresh(&mut self, path: BString, state: &State) {
        let is_file = state.kind() == FileType::RegularFile;
        let link = |to: BString, old| Change::Link {
            path: path.clone(),
            to,
            old,
        };
        if is_file && state.names > 1 {
            let known = self.found.named.get(&state.inode);
            if let Some(to) = known.or_else(|| self.found.told.get(&state.inode)) {
                let change = link(to.clone(), false);
                self.found.links.push((change, None));
                self.found.touched.remove(&path);
                return;
            }
        }
        let same = |before: &State| (before.size, before.mtime) == (state.size, state.mtime);
        if is_file
            && let Some((from, before)) = self.found.gone.get(&state.inode)
            && same(before)
        {
            let change = link(from.clone(), true);
            self.found.links.push((change, None));
            let metadata = Change::Metadata(path.clone(), self.metadata(&path, state));
            self.found.metadata.push((metadata, None));
            self.found.named.insert(state.inode, path.clone());
            self.found.touched.remove(&path);
            return;
        }
        let (major, minor) = state.device.unwrap_or_default();
        let object = match state.kind() {
            FileType::RegularFile => Object::File(state.size),
            FileType::Symlink => {
                let target = here(path.as_bstr()).ok().and_then(|place| {
                    rustix::fs::readlinkat(rustix::fs::CWD, place, Vec::new()).ok()
                });
                let target = target.map(|t| BString::from(t.into_bytes()));
                Object::Symlink(target.unwrap_or_default())
            }
            FileType::CharacterDevice => Object::CharDevice(major, minor),
            FileType::BlockDevice => Object::BlockDevice(major, minor),
            _ => Object::Fifo,
        };
        let metadata = self.metadata(&path, state);
        let content = is_file.then(|| path.clone());
        if is_file {
            self.found.told.insert(state.inode, path.clone());
        }
        let change = Change::Object {
            path,
            fresh: true,
            object,
            metadata,
            same_time: false,
        };
        self.found.objects.push((change, content));
    }
}

/// A symlink cannot be written to, so one whose time changed is a new one, which may have been
/// given the number of the old one.
fn is_another_symlink(known: &State, now: &State) -> bool {
    known.kind() == FileType::Symlink && (known.size, known.mtime) != (now.size, now.mtime)
}

/// The time by the clock that file systems use for changes.
pub fn coarse_time() -> (i64, u32) {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    (now.tv_sec, now.tv_nsec as u32)
}

/// Removes all that is on the disk.
pub fn clear(folder: impl AsFd) {
    let Ok(entries) = Dir::read_from(&folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if let Ok(below) = rustix::fs::openat(&folder, name, flags, Mode::empty()) {
            clear(&below);
            let _ = rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR);
        } else {
            let _ = rustix::fs::unlinkat(&folder, name, AtFlags::empty());
        }
    }
}
