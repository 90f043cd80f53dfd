//! A bare root, in whichever format.

use super::format::{Codec, RootFormat};
use super::stream::Encoding;
use super::{
    Losses, OutputError, write_cpio, write_erofs, write_folder, write_squashfs, write_tarball,
};
use crate::layer::{Blob, Compression, PlannedEntry, Sources};
use std::path::Path;

/// How a root is written.
#[derive(Clone, Copy, Debug)]
pub struct RootOptions<'p> {
    /// The compressor of the manifest, whose level counts where the format has the same
    /// compressor.
    pub compression: Option<Compression>,
    /// The threads that compress.
    pub pool: &'p rayon::ThreadPool,
}

impl RootOptions<'_> {
    /// The compression of a stream.
    fn encoding(&self, codec: Codec) -> Encoding<'_> {
        let compression = match (codec, self.compression) {
            (Codec::Plain, _) => None,
            (Codec::Gzip, Some(gzip @ Compression::Gzip(_))) => Some(gzip),
            (Codec::Gzip, _) => Some(Compression::default()),
            (Codec::Zstd, Some(zstd @ Compression::Zstd(_))) => Some(zstd),
            (Codec::Zstd, _) => Some(Compression::Zstd(Compression::ZSTD_LEVEL)),
        };
        Encoding {
            compression,
            pool: self.pool,
        }
    }
}

/// Writes the entries of a whole root in a format of its own. Returns the digest of the
/// file, of a folder that of the tar of the same tree; and what the format could not hold.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, the disk is full, or the format
/// cannot hold something.
pub fn write_root(
    path: &Path,
    format: RootFormat,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    options: &RootOptions<'_>,
) -> Result<(Blob, Losses), OutputError> {
    match format {
        RootFormat::Folder => write_folder(path, entries, sources),
        RootFormat::Cpio(codec) => write_cpio(path, entries, sources, options.encoding(codec)),
        RootFormat::Tar(codec) => {
            let blob = write_tarball(path, entries, sources, options.encoding(codec))?;
            Ok((blob, Losses::default()))
        }
        RootFormat::Squashfs => write_squashfs(path, entries, sources, options),
        RootFormat::Erofs => {
            let blob = write_erofs(path, entries, sources)?;
            Ok((blob, Losses::default()))
        }
    }
}
