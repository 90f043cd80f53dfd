//! Answers system calls of scripts in the kernel's stead: owners and devices that the kernel
//! would refuse, what stat says of them, and directories in the order of their names.
//!
//! A script could change a path in its memory while it is being looked at. That gains it nothing:
//! what is done with a path is done here, in the box's own root, and a call that the kernel is
//! let to carry out is one that it would judge by itself anyway.

use super::caller::Caller;
use super::calls::{self, Call};
use super::kernel::{self, Notification, Reply};
use super::listing::Listings;
use super::owners::{Owners, Said, status};
use super::processes::{self, Processes, field};
use super::stat;
use crate::sandbox::message::Identity;
use bstr::{BString, ByteSlice};
use rustix::fs::{CWD, FileType, Mode, OFlags, Statx};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// "The working directory" among directory descriptors, and flags of calls that end in `at`.
const AT_FDCWD: i32 = -100;
const AT_SYMLINK_NOFOLLOW: u64 = 0x100;
const AT_EMPTY_PATH: u64 = 0x1000;

/// "As it is" among owners.
const UNCHANGED: u32 = u32::MAX;

/// Answers the calls of the box.
#[derive(Debug)]
pub struct Handler {
    listener: OwnedFd,
    /// /proc of this process's own pid namespace.
    proc: OwnedFd,
    /// The file system of the box's root.
    device: (u32, u32),
    listings: Listings,
    /// Without a pid namespace: the processes of the box.
    processes: Option<Processes>,
    /// How many there may be.
    most_processes: u64,
    /// The first user or group of those that scripts wanted to become and that do not exist here.
    refused: Option<Identity>,
}

/// More groups than Linux lets a process have (NGROUPS_MAX).
const MOST_GROUPS: u64 = 65536;

impl Handler {
    /// `processes`: those of the box, if no pid namespace holds them; `most_processes`: how many
    /// there may be, where the system does not count them.
    pub fn new(
        listener: OwnedFd,
        proc: OwnedFd,
        processes: Option<Processes>,
        most_processes: u64,
    ) -> io::Result<Handler> {
        let root = status(CWD, ".")?;
        Ok(Handler {
            listener,
            proc,
            device: (root.stx_dev_major, root.stx_dev_minor),
            listings: Listings::default(),
            processes,
            most_processes,
            refused: None,
        })
    }

    /// Whom the script wanted to become and could not. It may have gone on as if that did not
    /// matter, but what it made is not what it would have made.
    pub fn refused(&self) -> Option<Identity> {
        self.refused
    }

    /// Where to wait for calls.
    pub fn listener(&self) -> &OwnedFd {
        &self.listener
    }

    /// A script is about to begin: nothing is left of what others had.
    pub fn begin(&mut self) {
        self.listings = Listings::default();
        self.refused = None;
    }

    /// Answers one call.
    pub fn serve(&mut self, owners: &mut Owners) -> io::Result<()> {
        let call = match kernel::receive(self.listener.as_fd()) {
            Ok(call) => call,
            // The caller was killed before it could be asked after.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        };
        let reply = match self.answer(&call, owners) {
            Ok(reply) => reply,
            Err(error) => Reply::Error(error),
        };
        kernel::reply(self.listener.as_fd(), call.id, reply)
    }

    fn answer(&mut self, call: &Notification, owners: &mut Owners) -> Result<Reply, Errno> {
        let Some(kind) = calls::call(call.arch, call.number) else {
            return Ok(Reply::Continue);
        };
        let [a, b, c, d, e, _] = call.arguments;
        let native = calls::is_native(call.arch);
        let nofollow = |flags: u64| flags & AT_SYMLINK_NOFOLLOW != 0;
        match kind {
            Call::Fork if processes::count(&self.proc) > self.most_processes => Err(Errno::AGAIN),
            Call::Fork => Ok(Reply::Continue),
            Call::Kill if self.may_kill(a as i32) => Ok(Reply::Continue),
            Call::Kill => Err(Errno::PERM),
            Call::Chown | Call::Lchown | Call::Chown16 | Call::Lchown16 => {
                let caller = self.caller(call)?;
                let follow = matches!(kind, Call::Chown | Call::Chown16);
                let object = self.object(&caller, AT_FDCWD, a, follow, false)?;
                let short = matches!(kind, Call::Chown16 | Call::Lchown16);
                self.chown(&caller, object, owner(b, short), owner(c, short), owners)
            }
            Call::Fchown | Call::Fchown16 => {
                let caller = self.caller(call)?;
                let object = self.descriptor(&caller, a as i32)?;
                let short = kind == Call::Fchown16;
                self.chown(&caller, object, owner(b, short), owner(c, short), owners)
            }
            Call::Fchownat => {
                let caller = self.caller(call)?;
                let empty = e & AT_EMPTY_PATH != 0;
                let object = self.object(&caller, a as i32, b, !nofollow(e), empty)?;
                self.chown(&caller, object, c as u32, d as u32, owners)
            }
            Call::Mknod => self.mknod(call, AT_FDCWD, a, b as u32, c, owners),
            Call::Mknodat => self.mknod(call, a as i32, b, c as u32, d, owners),
            Call::Sigaction if b == 0 => Ok(Reply::Continue),
            Call::Sigaction => {
                if let Ok(caller) = self.caller(call) {
                    caller.restart_calls(b, native);
                }
                Ok(Reply::Continue)
            }
            Call::Getdents64 => {
                let caller = self.caller(call)?;
                self.list(call, &caller, a as i32, b, c as u32)
            }
            Call::BecomeUsers(count) => {
                let numbers = [a, b, c].map(|argument| argument as u32);
                let unknown = owners.unknown_user(&numbers[..usize::from(count)]);
                self.refuse(call, unknown.map(Identity::User))
            }
            Call::BecomeGroups(count) => {
                let numbers = [a, b, c].map(|argument| argument as u32);
                let unknown = owners.unknown_group(&numbers[..usize::from(count)]);
                self.refuse(call, unknown.map(Identity::Group))
            }
            Call::Setgroups if a > MOST_GROUPS => Ok(Reply::Continue),
            Call::Setgroups => {
                let numbers = self.caller(call)?.numbers(b, a as usize)?;
                match owners.unknown_group(&numbers) {
                    // There is nothing to choose from, and that is what was chosen.
                    None if owners.is_single_group() => Ok(Reply::Value(0)),
                    unknown => self.refuse(call, unknown.map(Identity::Group)),
                }
            }
            _ if owners.is_empty() => Ok(Reply::Continue),
            Call::Stat | Call::Lstat => {
                self.stat(call, AT_FDCWD, a, kind == Call::Stat, false, b, owners)
            }
            Call::Fstat => self.stat(call, a as i32, 0, true, true, b, owners),
            Call::Fstatat => {
                let empty = d & AT_EMPTY_PATH != 0;
                self.stat(call, a as i32, b, !nofollow(d), empty, c, owners)
            }
            Call::Statx => {
                let empty = c & AT_EMPTY_PATH != 0;
                let caller = self.caller(call)?;
                let found = self.object(&caller, a as i32, b, !nofollow(c), empty);
                match found.and_then(|object| Ok(self.other(status(&object, "")?, owners))) {
                    Ok(Some((status, said))) => {
                        caller.write(e, &stat::statx(&status, said))?;
                        Ok(Reply::Value(0))
                    }
                    _ => Ok(Reply::Continue),
                }
            }
        }
    }

    /// Remembers whom root wanted to become; the kernel refuses it.
    fn refuse(&mut self, call: &Notification, unknown: Option<Identity>) -> Result<Reply, Errno> {
        if self.refused.is_none() && unknown.is_some() && self.caller(call)?.is_root() {
            self.refused = unknown;
        }
        Ok(Reply::Continue)
    }

    fn caller(&self, call: &Notification) -> Result<Caller, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let pid = call.pid.to_string();
        let folder = rustix::fs::openat(&self.proc, pid, flags, Mode::empty())?;
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let memory = rustix::fs::openat(&folder, "mem", flags, Mode::empty())?;
        // Only now is it sure that these are the caller's and not of a later process.
        match kernel::is_waiting(self.listener.as_fd(), call.id) {
            true => Ok(Caller {
                folder,
                memory: memory.into(),
            }),
            false => Err(Errno::SRCH),
        }
    }

    /// What a descriptor of the caller is open for.
    fn descriptor(&self, caller: &Caller, number: i32) -> Result<OwnedFd, Errno> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        rustix::fs::openat(&caller.folder, format!("fd/{number}"), flags, Mode::empty())
            .map_err(|_| Errno::BADF)
    }

    fn start(&self, caller: &Caller, folder: i32) -> Result<OwnedFd, Errno> {
        if folder == AT_FDCWD {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            return rustix::fs::openat(&caller.folder, "cwd", flags, Mode::empty());
        }
        self.descriptor(caller, folder)
    }

    /// What the caller means by a path at `address`.
    fn object(
        &self,
        caller: &Caller,
        folder: i32,
        address: u64,
        follow: bool,
        empty: bool,
    ) -> Result<OwnedFd, Errno> {
        let path = match (empty, address) {
            (true, 0) => BString::default(),
            _ => caller.path(address)?,
        };
        if path.is_empty() {
            return match (empty, folder) {
                (false, _) => Err(Errno::NOENT),
                (true, _) => self.start(caller, folder),
            };
        }
        // In this process's /proc "self" is nobody.
        if let Some(number) = path.strip_prefix(b"/proc/self/fd/")
            && let Some(number) = number.to_str().ok().and_then(|n| n.parse().ok())
        {
            return self.descriptor(caller, number);
        }
        let mut flags = OFlags::PATH | OFlags::CLOEXEC;
        if !follow {
            flags |= OFlags::NOFOLLOW;
        }
        if path.starts_with(b"/") {
            return rustix::fs::openat(CWD, path.as_slice(), flags, Mode::empty());
        }
        let start = self.start(caller, folder)?;
        rustix::fs::openat(start, path.as_slice(), flags, Mode::empty())
    }

    fn is_of_box(&self, status: &Statx) -> bool {
        (status.stx_dev_major, status.stx_dev_minor) == self.device
    }

    fn chown(
        &self,
        caller: &Caller,
        object: OwnedFd,
        uid: u32,
        gid: u32,
        owners: &mut Owners,
    ) -> Result<Reply, Errno> {
        let status = status(&object, "")?;
        let said = owners.get(&status);
        let now = owners.said(&status);
        let wanted = |wanted, now| if wanted == UNCHANGED { now } else { wanted };
        let (uid, gid) = (wanted(uid, now.uid), wanted(gid, now.gid));
        // Whoever is not root is judged by the kernel.
        let kernels = said.is_none() && owners.exist(uid, gid);
        if kernels || !self.is_of_box(&status) || !caller.is_root() {
            return Ok(Reply::Continue);
        }
        owners.chown(object, uid, gid).map_err(errno)?;
        Ok(Reply::Value(0))
    }

    fn mknod(
        &self,
        call: &Notification,
        folder: i32,
        address: u64,
        mode: u32,
        device: u64,
        owners: &mut Owners,
    ) -> Result<Reply, Errno> {
        let kind = FileType::from_raw_mode(mode);
        let caller = self.caller(call)?;
        if !matches!(kind, FileType::CharacterDevice | FileType::BlockDevice) || !caller.is_root() {
            return Ok(Reply::Continue);
        }
        let path = caller.path(address)?;
        let (parent, name) = path.rsplit_once_str("/").unwrap_or((b"", &path));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let parent = match parent {
            b"" if path.starts_with(b"/") => rustix::fs::openat(CWD, "/", flags, Mode::empty())?,
            b"" => self.start(&caller, folder)?,
            parent if parent.starts_with(b"/") => {
                rustix::fs::openat(CWD, parent, flags, Mode::empty())?
            }
            parent => {
                let start = self.start(&caller, folder)?;
                rustix::fs::openat(start, parent, flags, Mode::empty())?
            }
        };
        if name.is_empty() {
            return Err(Errno::EXIST);
        }
        if !self.is_of_box(&status(&parent, "")?) {
            // In /dev of the box: nothing of it stays.
            return Err(Errno::PERM);
        }
        // As the kernel packs device numbers for this call.
        let device = device as u32;
        let major = (device >> 8) & 0xfff;
        let minor = (device & 0xff) | ((device >> 12) & 0xfff00);
        let mode = mode & 0o7777 & !caller.umask();
        owners
            .make_device(parent, name, (kind, major, minor), mode)
            .map_err(errno)?;
        Ok(Reply::Value(0))
    }

    /// What is said of an object, if that is not what the kernel says.
    fn other(&self, status: Statx, owners: &Owners) -> Option<(Statx, Said)> {
        let said = owners.get(&status)?;
        Some((status, said))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "they are the arguments of the calls"
    )]
    fn stat(
        &self,
        call: &Notification,
        folder: i32,
        address: u64,
        follow: bool,
        empty: bool,
        out: u64,
        owners: &Owners,
    ) -> Result<Reply, Errno> {
        if !calls::is_native(call.arch) {
            return Ok(Reply::Continue);
        }
        let caller = self.caller(call)?;
        // What cannot be found here the kernel shall refuse.
        let found = self.object(&caller, folder, address, follow, empty);
        match found.and_then(|object| Ok(self.other(status(&object, "")?, owners))) {
            Ok(Some((status, said))) => {
                caller.write(out, &stat::stat(&status, said))?;
                Ok(Reply::Value(0))
            }
            _ => Ok(Reply::Continue),
        }
    }

    /// Lists a directory in the order of its names, which no file system promises.
    fn list(
        &mut self,
        call: &Notification,
        caller: &Caller,
        number: i32,
        out: u64,
        size: u32,
    ) -> Result<Reply, Errno> {
        let Some(shared) = self.shared_descriptor(call.pid, number) else {
            return Ok(Reply::Continue);
        };
        if !status(&shared, "").is_ok_and(|status| self.is_of_box(&status)) {
            return Ok(Reply::Continue);
        }
        match self.listings.read(&shared, size as usize)? {
            Some(bytes) => {
                caller.write(out, &bytes)?;
                Ok(Reply::Value(bytes.len() as i64))
            }
            None => Ok(Reply::Continue),
        }
    }

    /// The caller's very descriptor, position and all.
    fn shared_descriptor(&self, pid: u32, number: i32) -> Option<OwnedFd> {
        use rustix::process::{ForeignRawFd, Pid, PidfdFlags, PidfdGetfdFlags};
        let open = |pid| rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok();
        let thread = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let pidfd = open(thread).or_else(|| {
            // Not the first thread of its process.
            let text = processes::read(&self.proc, &format!("{pid}/status")).ok()?;
            let group = field(&text, "Tgid:")?.parse().ok()?;
            open(Pid::from_raw(group)?)
        })?;
        rustix::process::pidfd_getfd(pidfd, number as ForeignRawFd, PidfdGetfdFlags::empty()).ok()
    }

    /// Without a pid namespace: whether a signal to this number reaches the box alone.
    fn may_kill(&self, pid: i32) -> bool {
        match (pid, &self.processes) {
            (_, None) => true,
            // Its own process group, which is the script's.
            (0, _) => true,
            (i32::MIN | -1, _) => false,
            (pid, Some(processes)) => processes.contains(pid.unsigned_abs()),
        }
    }
}

/// An owner in an argument; in `short` calls numbers have 16 bits.
fn owner(argument: u64, short: bool) -> u32 {
    match argument as u32 {
        number if short && number as u16 == u16::MAX => UNCHANGED,
        number if short => u32::from(number as u16),
        number => number,
    }
}

fn errno(error: io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_owners_are_widened() {
        assert_eq!(owner(0xffff, true), UNCHANGED);
        assert_eq!(owner(0x1_0005, true), 5);
        assert_eq!(owner(0xffff_ffff, false), UNCHANGED);
        assert_eq!(owner(70_000, false), 70_000);
    }
}
