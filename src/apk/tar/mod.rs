//! Tar as packages and layers use it: ustar headers with PAX records for what does not fit.
//!
//! The `tar` crate finds the headers; what they mean is decided here, because apk's rules
//! differ from the usual ones: PAX sizes, times and owners are ignored, GNU long names are
//! honoured and GNU long link names are not.

mod read;
mod write;

use bstr::BString;

pub use read::{TarError, read};
pub use write::Writer;

/// One entry of an archive, without its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The path as the archive has it, without slashes at its end.
    pub path: BString,
    /// What the entry is.
    pub kind: Kind,
    /// Permission bits with set-user-id, set-group-id and sticky bit (`0o7777`).
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// The owner's name, empty when the archive has none.
    pub user: BString,
    /// The group's name, empty when the archive has none.
    pub group: BString,
    /// Time of the last change in seconds since 1970.
    pub mtime: u64,
    /// The bytes of the content that follows the header.
    pub size: u64,
    /// SHA-1 of the content as the packager recorded it (`APK-TOOLS.checksum.SHA1`).
    pub checksum: Option<[u8; 20]>,
    /// Extended attributes (`SCHILY.xattr.*`), sorted by name.
    pub xattrs: Vec<(BString, BString)>,
    /// Whether every reader of tar sees this entry: nothing in its headers is passed over here
    /// that others would honour, such as a PAX size or owner.
    pub plain: bool,
}

/// What an [`Entry`] is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A regular file.
    File,
    /// Another name of the file at this path.
    HardLink(BString),
    /// A symbolic link to this target.
    Symlink(BString),
    /// A directory.
    Directory,
    /// A character device of this major and minor number.
    CharDevice(u32, u32),
    /// A block device of this major and minor number.
    BlockDevice(u32, u32),
    /// A named pipe.
    Fifo,
}

impl Entry {
    /// An entry owned by root, with the mode that is usual for its kind, empty and of 1970.
    pub fn new(path: impl Into<BString>, kind: Kind) -> Entry {
        let mode = match kind {
            Kind::Directory => 0o755,
            Kind::Symlink(_) => 0o777,
            _ => 0o644,
        };
        Entry {
            path: path.into(),
            kind,
            mode,
            uid: 0,
            gid: 0,
            user: BString::default(),
            group: BString::default(),
            mtime: 0,
            size: 0,
            checksum: None,
            xattrs: Vec::new(),
            plain: true,
        }
    }
}
