//! How much a script has written, where it writes to a disk that others use too.

use super::owners::status;
use super::scan::coarse_time;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use std::os::fd::OwnedFd;

/// Measures from the start of a script.
pub struct Meter {
    since: (i64, u32),
    /// The free bytes of the disk at the start, or at the last look at every file.
    free: u64,
}

fn free() -> u64 {
    rustix::fs::statvfs(".").map_or(u64::MAX, |fs| fs.f_bavail.saturating_mul(fs.f_frsize))
}

impl Meter {
    pub fn start() -> Meter {
        Meter {
            since: coarse_time(),
            free: free(),
        }
    }

    /// Whether more than `most` bytes were written. Files are only looked at once that much is
    /// gone from the disk: it may have been others.
    pub fn exceeds(&mut self, most: u64) -> bool {
        let now = free();
        if self.free.saturating_sub(now) <= most {
            return false;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(".", flags, Mode::empty());
        let written = root.map_or(0, |root| self.written(root));
        if written <= most {
            // What others wrote should not have every file looked at again and again.
            self.free = now.saturating_add(written);
        }
        written > most
    }

    /// The bytes on the disk of what changed since the start.
    fn written(&self, folder: OwnedFd) -> u64 {
        let Ok(entries) = Dir::read_from(&folder) else {
            return 0;
        };
        let mut sum = 0;
        for entry in entries.flatten() {
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let Ok(status) = status(&folder, name) else {
                continue;
            };
            let changed = (status.stx_ctime.tv_sec, status.stx_ctime.tv_nsec);
            if changed >= self.since {
                // Counted in blocks of 512 bytes, whatever the file system's are (stat(2)).
                sum += status.stx_blocks.saturating_mul(512);
            }
            if FileType::from_raw_mode(status.stx_mode.into()) == FileType::Directory {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                let flags = flags | OFlags::CLOEXEC;
                if let Ok(below) = rustix::fs::openat(&folder, name, flags, Mode::empty()) {
                    sum += self.written(below);
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::CWD;

    #[test]
    fn only_what_is_new_counts() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::write(dir.path().join("a/old"), vec![1; 100_000]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(30));
        let meter = Meter::start();
        std::fs::write(dir.path().join("a/new"), vec![1; 200_000]).unwrap();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let root = rustix::fs::openat(CWD, dir.path(), flags, Mode::empty()).unwrap();
        // Not everything may have been given its blocks yet.
        assert!((100_000..300_000).contains(&meter.written(root)));
    }
}
