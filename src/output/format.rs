//! The formats that a build writes.

/// What a build writes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Format {
    /// An image: one file that is an OCI layout and a docker archive at once.
    #[default]
    Archive,
    /// An image: an OCI layout as a folder.
    Oci,
    /// The bare root file system.
    Root(RootFormat),
}

/// How a bare root file system is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RootFormat {
    /// As a folder.
    Folder,
    /// As a tar.
    Tar(Codec),
    /// As a cpio archive, which a Linux kernel takes as its initramfs.
    Cpio(Codec),
    /// As a squashfs image, written by `mksquashfs`.
    Squashfs,
    /// As an EROFS image, not compressed.
    Erofs,
}

/// How a stream is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Codec {
    /// Not at all.
    #[default]
    Plain,
    /// With gzip.
    Gzip,
    /// With Zstandard.
    Zstd,
}

impl Format {
    /// Whether it is a folder rather than a file.
    pub fn is_folder(self) -> bool {
        matches!(self, Format::Oci | Format::Root(RootFormat::Folder))
    }

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Archive => "archive",
            Format::Oci => "oci",
            Format::Root(RootFormat::Folder) => "rootfs",
            Format::Root(RootFormat::Tar(Codec::Plain)) => "tar",
            Format::Root(RootFormat::Tar(Codec::Gzip)) => "tar.gz",
            Format::Root(RootFormat::Tar(Codec::Zstd)) => "tar.zst",
            Format::Root(RootFormat::Cpio(Codec::Plain)) => "cpio",
            Format::Root(RootFormat::Cpio(Codec::Gzip)) => "cpio.gz",
            Format::Root(RootFormat::Cpio(Codec::Zstd)) => "cpio.zst",
            Format::Root(RootFormat::Squashfs) => "squashfs",
            Format::Root(RootFormat::Erofs) => "erofs",
        }
    }

    /// What is appended to an image's name to make the name of its output.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Archive => ".tar",
            Format::Oci => ".oci",
            Format::Root(format) => format.suffix(),
        }
    }
}

impl RootFormat {
    fn suffix(self) -> &'static str {
        match self {
            RootFormat::Folder => ".rootfs",
            RootFormat::Tar(Codec::Plain) => ".rootfs.tar",
            RootFormat::Tar(Codec::Gzip) => ".rootfs.tar.gz",
            RootFormat::Tar(Codec::Zstd) => ".rootfs.tar.zst",
            RootFormat::Cpio(Codec::Plain) => ".cpio",
            RootFormat::Cpio(Codec::Gzip) => ".cpio.gz",
            RootFormat::Cpio(Codec::Zstd) => ".cpio.zst",
            RootFormat::Squashfs => ".squashfs",
            RootFormat::Erofs => ".erofs",
        }
    }
}
