//! The structures that stat(2) and statx(2) fill, with other owners than the kernel knows.

use super::owners::Said;
use rustix::fs::Statx;

/// The parts of a status in the widths that both structures are made from.
struct Parts {
    mode: u32,
    uid: u32,
    gid: u32,
    device: (u32, u32),
}

fn parts(status: &Statx, said: Said) -> Parts {
    let mode = u32::from(status.stx_mode);
    let (mode, device) = match said.device {
        Some((kind, major, minor)) => (kind.as_raw_mode() | mode & 0o7777, (major, minor)),
        None => (mode, (status.stx_rdev_major, status.stx_rdev_minor)),
    };
    Parts {
        mode,
        uid: said.uid,
        gid: said.gid,
        device,
    }
}

#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn short(&mut self, number: u16) -> &mut Self {
        self.0.extend_from_slice(&number.to_ne_bytes());
        self
    }

    fn word(&mut self, number: u32) -> &mut Self {
        self.0.extend_from_slice(&number.to_ne_bytes());
        self
    }

    fn long(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_ne_bytes());
        self
    }
}

/// `struct stat` of this architecture (asm/stat.h).
pub fn stat(status: &Statx, said: Said) -> Vec<u8> {
    let parts = parts(status, said);
    let number = |(major, minor)| rustix::fs::makedev(major, minor);
    let size = if parts.mode & 0o170000 == 0o100000 || said.device.is_none() {
        status.stx_size
    } else {
        0
    };
    let mut out = Bytes::default();
    out.long(number((status.stx_dev_major, status.stx_dev_minor)))
        .long(status.stx_ino);
    if cfg!(target_arch = "x86_64") {
        out.long(u64::from(status.stx_nlink)).word(parts.mode);
        out.word(parts.uid).word(parts.gid).word(0);
        out.long(number(parts.device)).long(size);
        out.long(u64::from(status.stx_blksize))
            .long(status.stx_blocks);
    } else {
        out.word(parts.mode).word(status.stx_nlink);
        out.word(parts.uid).word(parts.gid);
        out.long(number(parts.device)).long(0).long(size);
        out.word(status.stx_blksize).word(0).long(status.stx_blocks);
    }
    for time in [status.stx_atime, status.stx_mtime, status.stx_ctime] {
        out.long(time.tv_sec as u64).long(u64::from(time.tv_nsec));
    }
    let padding = if cfg!(target_arch = "x86_64") { 24 } else { 8 };
    out.0.resize(out.0.len() + padding, 0);
    out.0
}

/// `struct statx`, which is the same everywhere but for the byte order.
pub fn statx(status: &Statx, said: Said) -> Vec<u8> {
    let parts = parts(status, said);
    let mut out = Bytes::default();
    out.word(status.stx_mask)
        .word(status.stx_blksize)
        .long(status.stx_attributes.bits())
        .word(status.stx_nlink)
        .word(parts.uid)
        .word(parts.gid)
        .short(parts.mode as u16)
        .short(0)
        .long(status.stx_ino)
        .long(status.stx_size)
        .long(status.stx_blocks)
        .long(status.stx_attributes_mask.bits());
    let times = [
        status.stx_atime,
        status.stx_btime,
        status.stx_ctime,
        status.stx_mtime,
    ];
    for time in times {
        out.long(time.tv_sec as u64).word(time.tv_nsec).word(0);
    }
    out.word(parts.device.0).word(parts.device.1);
    out.word(status.stx_dev_major).word(status.stx_dev_minor);
    out.0.resize(256, 0);
    out.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::child::owners::status;
    use rustix::fs::{CWD, FileType};

    /// What the kernel fills, byte for byte.
    #[test]
    fn the_layout_is_the_kernels() {
        let status = status(CWD, "/proc/self/exe").unwrap();
        let said = Said {
            uid: 70,
            gid: 71,
            device: Some((FileType::CharacterDevice, 300, 70_000)),
        };
        let bytes = stat(&status, said);
        assert_eq!(bytes.len(), size_of::<libc::stat>());
        let word = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        use std::mem::offset_of;
        assert_eq!(word(offset_of!(libc::stat, st_uid)), 70);
        assert_eq!(word(offset_of!(libc::stat, st_gid)), 71);
        let mode = word(offset_of!(libc::stat, st_mode));
        assert_eq!(mode, 0o020000 | u32::from(status.stx_mode) & 0o7777);
        let long = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
        let device = rustix::fs::makedev(300, 70_000);
        assert_eq!(long(offset_of!(libc::stat, st_rdev)), device);
        let changed = offset_of!(libc::stat, st_mtime);
        assert_eq!(long(changed), status.stx_mtime.tv_sec as u64);
        let bytes = statx(&status, said);
        assert_eq!(bytes.len(), size_of::<libc::statx>());
        let word = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(word(offset_of!(libc::statx, stx_gid)), 71);
        assert_eq!(word(offset_of!(libc::statx, stx_rdev_minor)), 70_000);
        let ino = offset_of!(libc::statx, stx_ino);
        let ino = u64::from_ne_bytes(bytes[ino..ino + 8].try_into().unwrap());
        assert_eq!(ino, status.stx_ino);
    }
}
