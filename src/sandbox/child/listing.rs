//! Listing directories in the order of their names.
//!
//! What scripts make of a directory often follows the order in which the file system lists it,
//! and that differs between file systems, kernels and runs. A directory's position is kept where
//! the kernel keeps it, in the open descriptor, so that it is shared and rewound as always; it is
//! a number here that stands for the last name that was given. Names that come or go meanwhile do
//! not shift the others.

use rustix::fs::{Dir, Mode, OFlags, SeekFrom};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

/// The bytes of a `struct linux_dirent64` before the name.
const HEAD: usize = 19;

/// The positions that were given out.
#[derive(Default, Debug)]
pub struct Listings {
    /// The last name before a position.
    names: HashMap<u64, CString>,
    last: u64,
}

impl Listings {
    /// The next entries of a directory, as getdents64(2) gives them; `None` when this cannot be
    /// done and the kernel had better list it.
    pub fn read(&mut self, folder: &OwnedFd, size: usize) -> Result<Option<Vec<u8>>, Errno> {
        let position = rustix::fs::tell(folder)?;
        let after = match position {
            0 => None,
            known => match self.names.get(&known) {
                Some(name) => Some(name.clone()),
                None => return Ok(None),
            },
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // A descriptor of its own has a position of its own.
        let Ok(own) = rustix::fs::openat(folder.as_fd(), ".", flags, Mode::empty()) else {
            return Ok(None);
        };
        let mut entries = Vec::new();
        for entry in Dir::new(own)? {
            let entry = entry?;
            entries.push((entry.file_name().to_owned(), entry.ino(), entry.file_type()));
        }
        entries.sort_unstable_by(|(a, ..), (b, ..)| a.cmp(b));
        let mut bytes = Vec::with_capacity(size.min(64 << 10));
        let begin = self.last;
        for (name, inode, kind) in entries {
            if after.as_ref().is_some_and(|after| name <= *after) {
                continue;
            }
            let length = (HEAD + name.as_bytes_with_nul().len()).next_multiple_of(8);
            if bytes.len() + length > size {
                if bytes.is_empty() {
                    return Err(Errno::INVAL);
                }
                break;
            }
            self.last += 1;
            bytes.extend_from_slice(&inode.to_ne_bytes());
            bytes.extend_from_slice(&(self.last as i64).to_ne_bytes());
            bytes.extend_from_slice(&(length as u16).to_ne_bytes());
            // The types of directory entries are file types without their lower bits.
            bytes.push((kind.as_raw_mode() >> 12) as u8);
            bytes.extend_from_slice(name.as_bytes_with_nul());
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            self.names.insert(self.last, name);
        }
        if self.last > begin && rustix::fs::seek(folder, SeekFrom::Start(self.last)).is_err() {
            return Ok(None);
        }
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = usize::from(u16::from_ne_bytes([rest[16], rest[17]]));
            let name = rest[HEAD..length].split(|byte| *byte == 0).next().unwrap();
            names.push(String::from_utf8(name.to_vec()).unwrap());
            rest = &rest[length..];
        }
        names
    }

    #[test]
    fn a_directory_is_listed_by_name_even_while_it_shrinks() {
        let dir = tempfile::tempdir().unwrap();
        let all: Vec<String> = (0..200).map(|n| format!("{:03}", (n * 77) % 200)).collect();
        for name in &all {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let folder = rustix::fs::open(dir.path(), flags, Mode::empty()).unwrap();
        let mut listings = Listings::default();
        let mut seen = Vec::new();
        loop {
            let bytes = listings.read(&folder, 256).unwrap().unwrap();
            let some = names(&bytes);
            if some.is_empty() {
                break;
            }
            for name in some.iter().filter(|name| !name.starts_with('.')) {
                std::fs::remove_file(dir.path().join(name)).unwrap();
            }
            seen.extend(some);
        }
        let mut sorted = all.clone();
        sorted.sort();
        assert_eq!(seen[..2], [".", ".."]);
        assert_eq!(seen[2..], sorted);
        rustix::fs::seek(&folder, SeekFrom::Start(0)).unwrap();
        let again = listings.read(&folder, 256).unwrap().unwrap();
        assert_eq!(names(&again), [".", ".."]);
        rustix::fs::seek(&folder, SeekFrom::Start(0)).unwrap();
        assert_eq!(listings.read(&folder, 8), Err(Errno::INVAL));
    }
}
