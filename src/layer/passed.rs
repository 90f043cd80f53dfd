//! Layers that are a package's data member.

use super::emit::{EmitError, Sources};
use crate::apk::package::DataError;
use crate::apk::tar::TarError;
use crate::progress::Stage;
use crate::repository::FetchedPackage;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::io::{BufRead, Write};

/// Copies the data member of a package to `out` and returns the digest of the tar in it, in
/// hexadecimal. What was copied is hashed once more: the file may have changed since it was
/// verified.
///
/// # Errors
/// When it did change, or the output fails.
pub fn copy_passed(
    fetched: &FetchedPackage,
    sources: &Sources<'_>,
    out: &mut dyn Write,
) -> Result<String, EmitError> {
    let failed = |source: DataError| EmitError::Package {
        package: fetched.package.info.full_name(),
        source,
    };
    let package = &fetched.package;
    let (Some(expected), Some(diff_id)) = (package.info.data_hash, package.data.diff_id) else {
        return Err(failed(DataError::Hash));
    };
    let mut reader = fetched.source.read_from(package.data_start);
    let mut hash = Sha256::new();
    loop {
        let bytes = reader
            .fill_buf()
            .map_err(|error| failed(TarError::from(error).into()))?;
        if bytes.is_empty() {
            break;
        }
        hash.update(bytes);
        out.write_all(bytes)?;
        let count = bytes.len();
        reader.consume(count);
        sources.progress.advance(Stage::Layers, 0, count as i64);
    }
    let found: [u8; 32] = hash.finalize().into();
    if found != expected {
        return Err(failed(DataError::Mismatch {
            expected: HEXLOWER.encode(&expected),
            found: HEXLOWER.encode(&found),
        }));
    }
    Ok(HEXLOWER.encode(&diff_id))
}
