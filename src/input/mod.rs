//! Images that exist already: archives and folders that this program or another one wrote, and
//! what was pulled from a registry. The counterpart of [`output`](crate::output).

mod blobs;
mod descriptor;
mod error;
mod stored;

pub use blobs::{Blobs, Part};
pub use descriptor::{Descriptor, Index, Manifest, Platform, is_index};
pub use error::InputError;
pub use stored::{Stored, StoredBlob, StoredDocument, StoredImage};

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Whether a path holds what could be an image: a folder, or a tar.
///
/// # Errors
/// When there is nothing, or it cannot be read.
pub fn is_image(path: &Path) -> io::Result<bool> {
    if path.metadata()?.is_dir() {
        return Ok(true);
    }
    let mut start = Vec::new();
    File::open(path)?.take(512).read_to_end(&mut start)?;
    Ok(start.get(257..262) == Some(b"ustar"))
}

/// Whether a path, or what stands before the last `:` of it, holds what could be an image.
pub fn names_image(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let shorter = text.rsplit_once(':').map(|(shorter, _)| Path::new(shorter));
    match is_image(path) {
        Ok(is_image) => is_image,
        Err(_) => shorter.is_some_and(|path| is_image(path).unwrap_or(false)),
    }
}

/// The tar in a layer, however it is compressed.
///
/// # Errors
/// When its beginning cannot be read.
pub fn inflated<'a>(layer: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut layer = BufReader::with_capacity(128 << 10, layer);
    let start = layer.fill_buf()?;
    Ok(if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(layer))
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::Decoder::with_buffer(layer)?)
    } else {
        Box::new(layer)
    })
}
