//! Reading the indexes of repositories.

use super::{FetchedIndex, Fetcher, Repository};
use crate::apk::index_archive::{self, IndexArchive, IndexArchiveError, Trust};
use crate::apk::signature::SignatureError;
use crate::progress::{Progress, Stage};
use crate::repository::cache::Key;
use crate::repository::error::FetchError;
use crate::repository::location::{Location, RelativePath};
use crate::repository::transport::{Opened, TransportError};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::io::{self, Read, Write as _};
use std::thread;

/// The most bytes that an index may have as a file: thirty times the largest official one.
const LARGEST_INDEX: u64 = 64 << 20;

pub(super) fn fetch(
    fetcher: &Fetcher,
    repositories: &[Repository],
    arch: &str,
    known: &[[u8; 32]],
    progress: &dyn Progress,
) -> Result<Vec<FetchedIndex>, FetchError> {
    let path = RelativePath::index(arch)?;
    let places: Vec<_> = repositories
        .iter()
        .map(|r| r.location.join(&path))
        .collect();
    if fetcher.transport.is_offline() {
        let missing: Vec<_> = places
            .iter()
            .filter(|p| {
                p.is_remote() && fetcher.cache.open(key(&p.without_credentials())).is_none()
            })
            .map(|place| place.to_string())
            .collect();
        if !missing.is_empty() {
            return Err(FetchError::Offline(missing));
        }
    }
    progress.start(Stage::Indexes, repositories.len() as u64, 0);
    let one = |repository: &Repository, place: &Location| {
        let result = fetch_one(fetcher, repository, place, arch, known, progress);
        progress.advance(Stage::Indexes, 1, 0);
        result
    };
    let indexes: Result<Vec<_>, _> = thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = repositories
            .iter()
            .zip(&places)
            .map(|(repository, place)| scope.spawn(move || one(repository, place)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let indexes = indexes?;
    progress.finish(Stage::Indexes);
    Ok(indexes)
}

fn key(url: &str) -> Key<'_> {
    Key::Index(url)
}

fn fetch_one(
    fetcher: &Fetcher,
    repository: &Repository,
    place: &Location,
    arch: &str,
    known: &[[u8; 32]],
    progress: &dyn Progress,
) -> Result<FetchedIndex, FetchError> {
    let name = place.without_credentials();
    if place.is_remote() && fetcher.transport.is_offline() {
        let Some((mut file, _)) = fetcher.cache.open(key(&name)) else {
            return Err(FetchError::Offline(vec![place.to_string()]));
        };
        let location = || format!("{place} (from the cache)");
        let bytes = read(&mut file, 0, location)?;
        return verify(bytes.into(), repository, known, location, progress);
    }
    fetcher.retry_at(place).run(|| {
        let opened = fetcher.transport.open(place).map_err(|source| {
            if source.is_missing() {
                FetchError::NoIndex {
                    repository: Box::new(repository.location.clone()),
                    arch: arch.to_owned(),
                    source,
                }
            } else {
                source.into()
            }
        })?;
        let location = || place.to_string();
        match opened {
            Opened::Static(bytes) => verify(bytes.into(), repository, known, location, progress),
            Opened::File(mut file, length) => verify(
                read(&mut file, length, location)?.into(),
                repository,
                known,
                location,
                progress,
            ),
            Opened::Stream(mut body) => {
                let bytes = read(&mut body, 0, location)?;
                let index = verify(
                    bytes.as_slice().into(),
                    repository,
                    known,
                    location,
                    progress,
                )?;
                let mut writer = fetcher.cache.writer()?;
                // What goes wrong here is told by `keep`.
                let _ = writer.write_all(&bytes);
                writer.keep(&fetcher.cache, key(&name))?;
                Ok(index)
            }
        }
    })
}

/// Reads to the end, which is expected after `length` bytes.
fn read(
    reader: &mut dyn Read,
    length: u64,
    location: impl Fn() -> String,
) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::with_capacity(length.min(LARGEST_INDEX) as usize + 1);
    let result = reader.take(LARGEST_INDEX + 1).read_to_end(&mut bytes);
    result.map_err(
        |error: io::Error| match error.downcast::<TransportError>() {
            Ok(error) => FetchError::Transport(error),
            Err(source) => FetchError::Read {
                location: location(),
                source,
            },
        },
    )?;
    if bytes.len() as u64 > LARGEST_INDEX {
        return Err(FetchError::IndexTooLarge {
            location: location(),
            limit: LARGEST_INDEX,
        });
    }
    Ok(bytes)
}

fn verify(
    bytes: Cow<'_, [u8]>,
    repository: &Repository,
    known: &[[u8; 32]],
    location: impl Fn() -> String,
    progress: &dyn Progress,
) -> Result<FetchedIndex, FetchError> {
    let sha256 = Sha256::digest(&bytes).into();
    let open = |bytes: Cow<'_, [u8]>, trust: Trust<'_>| match known.contains(&sha256) {
        true => index_archive::open_again(bytes, trust),
        false => index_archive::open(&bytes, trust),
    };
    let unsigned = repository.allow_unsigned.then(|| bytes.clone());
    let archive = match open(bytes, Trust::Keys(&repository.keys)) {
        // A wrong signature by a trusted key stays an error: somebody changed the index.
        Err(IndexArchiveError::Signature(
            reason @ (SignatureError::Unsigned | SignatureError::UnknownKey { .. }),
        )) if repository.allow_unsigned => {
            progress.warn(&format!(
                "nothing vouches for the packages of {}: {reason}, and allow-unsigned is set",
                repository.location
            ));
            open(unsigned.unwrap_or_default(), Trust::Unsigned)
        }
        result => result,
    };
    let IndexArchive {
        signed_by,
        description,
        index,
    } = archive.map_err(|source| FetchError::Index {
        location: location(),
        source,
    })?;
    Ok(FetchedIndex {
        index,
        description,
        signed_by,
        sha256,
    })
}
