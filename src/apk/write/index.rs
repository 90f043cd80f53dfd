//! Writing `APKINDEX.tar.gz`.

use super::{Signer, gzip};
use crate::apk::tar::{Entry, Kind, Writer};
use std::io;

/// Writes an index of these records, each as [`WrittenPackage`](super::WrittenPackage) gives
/// it; unsigned without a signer.
///
/// # Errors
/// When signing fails.
pub fn write_index(
    records: &[String],
    description: &str,
    signer: Option<&Signer>,
) -> io::Result<Vec<u8>> {
    let mut text = String::new();
    for record in records {
        text.push_str(record);
        text.push('\n');
    }
    let mut tar = Writer::new(Vec::new());
    for (name, content) in [("DESCRIPTION", description), ("APKINDEX", &text)] {
        let mut entry = Entry::new(name, Kind::File);
        entry.size = content.len() as u64;
        tar.append(&entry, content.as_bytes())?;
    }
    let member = gzip(&tar.finish()?)?;
    let mut bytes = match signer {
        Some(signer) => signer.sign(&member)?,
        None => Vec::new(),
    };
    bytes.extend_from_slice(&member);
    Ok(bytes)
}
