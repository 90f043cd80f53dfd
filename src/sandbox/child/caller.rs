//! A thread of a script that called and waits: its memory, and what /proc says of it.

use super::processes::field;
use bstr::{BString, ByteSlice};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// The longest path, with its end (PATH_MAX).
const PATH_LIMIT: usize = 4096;

/// The thread that called.
pub struct Caller {
    /// Its folder in /proc.
    pub folder: OwnedFd,
    pub memory: File,
}

impl Caller {
    /// Reads a path.
    pub fn path(&self, address: u64) -> Result<BString, Errno> {
        let mut path = vec![0; PATH_LIMIT];
        let mut filled = 0;
        while filled < path.len() {
            // The next page may not be there.
            let at = address.wrapping_add(filled as u64);
            let page = 4096 - (at % 4096) as usize;
            let end = path.len().min(filled + page);
            let count = match self.memory.read_at(&mut path[filled..end], at) {
                Ok(0) | Err(_) => return Err(Errno::FAULT),
                Ok(count) => count,
            };
            if let Some(length) = path[filled..filled + count].find_byte(0) {
                path.truncate(filled + length);
                return Ok(path.into());
            }
            filled += count;
        }
        Err(Errno::NAMETOOLONG)
    }

    /// Reads a list of numbers of 32 bits.
    pub fn numbers(&self, address: u64, count: usize) -> Result<Vec<u32>, Errno> {
        let mut bytes = vec![0; 4 * count];
        let read = self.memory.read_exact_at(&mut bytes, address);
        read.map_err(|_| Errno::FAULT)?;
        let (words, _) = bytes.as_chunks();
        Ok(words.iter().map(|word| u32::from_ne_bytes(*word)).collect())
    }

    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        self.memory
            .write_all_at(bytes, address)
            .map_err(|_| Errno::FAULT)
    }

    /// Has calls that SIGCHLD interrupts restarted rather than fail.
    ///
    /// A call that waits to be answered here can be interrupted where the kernel's own cannot:
    /// shells that start a pipeline look for the next program while the first one ends, and
    /// would not find it. `address` is that of a `struct sigaction` as the kernel has it: a
    /// handler, then flags, each as long as a pointer.
    pub fn restart_calls(&self, address: u64, native: bool) {
        let size = if native { size_of::<usize>() } else { 4 };
        let address = address.wrapping_add(size as u64);
        let mut flags = [0; 4];
        // SA_RESTART is in the lower half, which comes first where 32-bit programs run too.
        let address = match cfg!(target_endian = "big") {
            true => address.wrapping_add(size as u64 - 4),
            false => address,
        };
        if self.memory.read_exact_at(&mut flags, address).is_ok() {
            let flags = u32::from_ne_bytes(flags) | libc::SA_RESTART as u32;
            let _ = self.memory.write_all_at(&flags.to_ne_bytes(), address);
        }
    }

    fn status(&self) -> String {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        rustix::fs::openat(&self.folder, "status", flags, Mode::empty())
            .ok()
            .and_then(|file| io::read_to_string(File::from(file)).ok())
            .unwrap_or_default()
    }

    /// Whether it acts on files as root (the last of the four numbers of its user).
    pub fn is_root(&self) -> bool {
        let status = self.status();
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        line.and_then(|line| line.split_ascii_whitespace().nth(3)) == Some("0")
    }

    pub fn umask(&self) -> u32 {
        field(&self.status(), "Umask:")
            .and_then(|mask| u32::from_str_radix(mask, 8).ok())
            .unwrap_or(0o022)
    }
}
