//! Writing packages and indexes of format v2, byte for byte the same for the same input.
//!
//! Test fixtures, the embedded demonstration repository and repositories of one's own are all
//! made with this writer.

mod index;
mod package;
mod sign;

use flate2::{Compression, GzBuilder};
use std::io::{self, Write};

pub use index::write_index;
pub use package::{File, PackageSpec, WrittenPackage};
pub use sign::{Signer, SignerError};

/// Compresses `bytes` as one gzip member without a time or a name in its header.
///
/// # Errors
/// Never in practice: the output is memory.
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
