//! The digests of files and packages, for which contents must be read.

use super::inventory::{Digests, File, PackageDigests};
use crate::apk::package::DataError;
use crate::layer::EmitError;
use crate::repository::FetchedPackage;
use crate::rootfs::{Content, NodeKind, Tree};
use bstr::{BStr, BString, ByteSlice};
use data_encoding::HEXLOWER;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{self, Read};

/// SHA-1 and SHA-256 of one content, in hexadecimal.
type Pair = (String, String);

/// The digests of a root's packages, given in the order of the installation, and of the files
/// whose content is from no package; with `all_files`, of every file.
///
/// # Errors
/// When a content cannot be read, or a package is no longer what was verified.
pub fn digests(
    tree: &Tree,
    packages: &[Option<FetchedPackage>],
    all_files: bool,
) -> Result<Digests, EmitError> {
    let mut files = Vec::new();
    // Of each package the entries that are wanted, and the paths that show them.
    let mut packaged: BTreeMap<usize, BTreeMap<usize, Vec<BString>>> = BTreeMap::new();
    let mut paths = Vec::new();
    let visited: Result<(), Infallible> = tree.visit(|path, node| {
        paths.push((path.to_owned(), node));
        Ok(())
    });
    let Ok(()) = visited;
    for (path, node) in paths {
        match &tree.node(node).kind {
            NodeKind::File(Content::Package { package, entry, .. }) => {
                let entries = packaged.entry(*package).or_default();
                entries.entry(*entry).or_default().push(path);
            }
            NodeKind::File(content) => files.push(file(path.as_bstr(), None, own(content)?)),
            _ => {}
        }
    }
    if all_files {
        for (number, mut wanted) in packaged {
            let Some(fetched) = &packages[number] else {
                continue;
            };
            let read = fetched.read_contents(|place, content| {
                if let Some(paths) = wanted.remove(&place) {
                    let pair = pair(content).map_err(Failure::Output)?;
                    let named = paths
                        .iter()
                        .map(|path| file(path.as_bstr(), Some(number), pair.clone()));
                    files.extend(named);
                }
                Ok(())
            });
            read.map_err(|error| match error {
                Failure::Output(error) => EmitError::Output(error),
                Failure::Data(source) => EmitError::Package {
                    package: fetched.package.info.full_name(),
                    source,
                },
            })?;
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Digests {
        packages: packages.iter().map(of_package).collect(),
        files,
        all_files,
    })
}

/// Either error that reading a package's contents can end with.
enum Failure {
    Data(DataError),
    Output(io::Error),
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Failure::Data(error)
    }
}

fn of_package(fetched: &Option<FetchedPackage>) -> PackageDigests {
    let Some(fetched) = fetched else {
        return PackageDigests::default();
    };
    let data = fetched.package.info.data_hash;
    PackageDigests {
        file: fetched.sha256.map(|hash| HEXLOWER.encode(&hash)),
        data: data.map(|hash| HEXLOWER.encode(&hash)),
    }
}

fn own(content: &Content) -> Result<Pair, EmitError> {
    let failed = |error| match content {
        Content::Local { path, .. } => EmitError::Local {
            path: path.clone(),
            source: error,
        },
        _ => EmitError::Output(error),
    };
    let mut reader = content.open().map_err(failed)?;
    pair(&mut reader).map_err(failed)
}

fn pair(content: &mut dyn Read) -> io::Result<Pair> {
    let (mut sha1, mut sha256) = (Sha1::new(), Sha256::new());
    let mut buffer = vec![0; 64 << 10];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                sha1.update(&buffer[..count]);
                sha256.update(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((
        HEXLOWER.encode(&sha1.finalize()),
        HEXLOWER.encode(&sha256.finalize()),
    ))
}

/// A file under its absolute path; where that is no UTF-8, its bytes are told apart.
fn file(path: &BStr, package: Option<usize>, (sha1, sha256): Pair) -> File {
    let path = match path.to_str() {
        Ok(path) => path.to_owned(),
        Err(_) => path.escape_bytes().to_string(),
    };
    File {
        path: format!("/{path}"),
        sha1,
        sha256,
        package,
    }
}
