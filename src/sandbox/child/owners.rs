//! Owners and devices that this process cannot make, but that scripts shall see.
//!
//! With a single user number of its own, the kernel lets no file belong to another; and no user
//! namespace may make a device. What was wished for is kept here, by the number of the inode.
//! An open descriptor keeps that number from passing to another file.

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Statx, StatxFlags};
use rustix::process::{Gid, Uid};
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Every field of statx(2) that is used.
const FIELDS: StatxFlags = StatxFlags::BASIC_STATS;

/// The status of an object, not of what a symlink points to; `path` may be empty, which means
/// `folder` itself.
pub fn status(folder: impl AsFd, path: impl rustix::path::Arg) -> rustix::io::Result<Statx> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH | AtFlags::NO_AUTOMOUNT;
    rustix::fs::statx(folder, path, flags, FIELDS)
}

/// What makes an inode unlike all others.
pub fn inode(status: &Statx) -> Inode {
    (status.stx_dev_major, status.stx_dev_minor, status.stx_ino)
}

/// Device and number.
pub type Inode = (u32, u32, u64);

/// The numbers of users or groups that exist here.
#[derive(Clone, Debug)]
pub struct Numbers(Vec<std::ops::Range<u64>>);

impl Numbers {
    /// Reads /proc/self/uid_map or gid_map.
    pub fn parse(map: &str) -> Numbers {
        let ranges = map.lines().filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().map(str::parse::<u64>);
            let (start, count) = (fields.next()?.ok()?, fields.nth(1)?.ok()?);
            Some(start..start + count)
        });
        Numbers(ranges.collect())
    }

    pub fn contains(&self, number: u32) -> bool {
        self.0
            .iter()
            .any(|range| range.contains(&u64::from(number)))
    }
}

impl Numbers {
    /// The first number that does not exist; `-1` stands for none.
    fn unknown(&self, numbers: &[u32]) -> Option<u32> {
        let mut numbers = numbers.iter().copied();
        numbers.find(|number| *number != u32::MAX && !self.contains(*number))
    }
}

/// What an object is said to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    pub uid: u32,
    pub gid: u32,
    /// Which device, if it is said to be one.
    pub device: Option<(FileType, u32, u32)>,
}

impl Said {
    /// What the status says.
    fn of(status: &Statx) -> Said {
        Said {
            uid: status.stx_uid,
            gid: status.stx_gid,
            device: None,
        }
    }
}

/// All wishes.
#[derive(Debug)]
pub struct Owners {
    users: Numbers,
    groups: Numbers,
    said: HashMap<Inode, (Said, OwnedFd)>,
}

impl Owners {
    pub fn new(users: Numbers, groups: Numbers) -> Owners {
        Owners {
            users,
            groups,
            said: HashMap::new(),
        }
    }

    /// Whether the kernel can give a file this owner.
    pub fn exist(&self, uid: u32, gid: u32) -> bool {
        self.users.contains(uid) && self.groups.contains(gid)
    }

    /// The first of these users that the kernel does not know here; `-1` stands for none.
    pub fn unknown_user(&self, numbers: &[u32]) -> Option<u32> {
        self.users.unknown(numbers)
    }

    /// The same for groups.
    pub fn unknown_group(&self, numbers: &[u32]) -> Option<u32> {
        self.groups.unknown(numbers)
    }

    /// Whether there is a single group here; then the kernel lets nobody choose among groups.
    pub fn is_single_group(&self) -> bool {
        self.groups
            .0
            .iter()
            .map(|range| range.end - range.start)
            .sum::<u64>()
            == 1
    }

    /// Whether all is as the kernel says.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// What is said of an object, if that is not what its status says.
    pub fn get(&self, status: &Statx) -> Option<Said> {
        if self.said.is_empty() {
            return None;
        }
        self.said.get(&inode(status)).map(|(said, _)| *said)
    }

    /// What an object passes for.
    pub fn said(&self, status: &Statx) -> Said {
        self.get(status).unwrap_or_else(|| Said::of(status))
    }

    /// Gives an object (open for its path, or for more) an owner.
    ///
    /// As chown(2) does, this takes the set-user-id bit, file capabilities and the like away from
    /// what is no directory.
    pub fn chown(&mut self, object: OwnedFd, uid: u32, gid: u32) -> io::Result<()> {
        let status = status(&object, "")?;
        let said = Said {
            uid,
            gid,
            device: self.said(&status).device,
        };
        let real = self.exist(uid, gid);
        // Only the number that exists is tried, so that the call at least clears the bits.
        let (user, group) = match real {
            true => (uid, gid),
            false => (0, 0),
        };
        rustix::fs::chownat(
            &object,
            "",
            Some(Uid::from_raw(user)),
            Some(Gid::from_raw(group)),
            AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW,
        )?;
        if real && said.device.is_none() {
            self.said.remove(&inode(&status));
        } else {
            self.said.insert(inode(&status), (said, object));
        }
        Ok(())
    }

    /// Makes a file that passes for a device at a path without anything.
    pub fn make_device(
        &mut self,
        folder: impl AsFd,
        name: impl rustix::path::Arg,
        (kind, major, minor): (FileType, u32, u32),
        mode: u32,
    ) -> io::Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW;
        let flags = flags | OFlags::CLOEXEC;
        let file = rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o600))?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        let status = status(&file, "")?;
        let said = Said {
            device: Some((kind, major, minor)),
            ..Said::of(&status)
        };
        self.said.insert(inode(&status), (said, file));
        Ok(())
    }

    /// Forgets objects that have no name any more.
    pub fn forget_removed(&mut self) {
        self.said
            .retain(|_, (_, object)| status(&*object, "").is_ok_and(|status| status.stx_nlink > 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_map() {
        let numbers =
            Numbers::parse("         0       1000          1\n         1     100000      65536\n");
        assert!(numbers.contains(0) && numbers.contains(1) && numbers.contains(65536));
        assert!(!numbers.contains(65537));
        let all = Numbers::parse("         0          0 4294967295\n");
        assert!(all.contains(4_000_000_000) && !all.contains(u32::MAX));
    }
}
