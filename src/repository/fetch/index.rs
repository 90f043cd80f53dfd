//! Reading the indexes of repositories.

use super::kept::Kept;
use super::mirrors::nowhere;
use super::{FetchedIndex, Fetcher, Repository, parallel};
use crate::apk::index_archive::{self, IndexArchive, IndexArchiveError, Trust};
use crate::apk::signature::SignatureError;
use crate::progress::{Progress, Stage};
use crate::repository::cache::Key;
use crate::repository::error::FetchError;
use crate::repository::location::{Location, RelativePath};
use crate::repository::transport::{Opened, Part, TransportError, Validators};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::atomic::AtomicBool;

/// The most bytes that an index may have as a file: thirty times the largest official one.
const LARGEST_INDEX: u64 = 64 << 20;

/// Where an index is to be had: the repository's root, and the file.
type Places = Vec<(Location, Location)>;

/// What is asked for.
struct Run<'a> {
    fetcher: &'a Fetcher,
    arch: &'a str,
    known: &'a [[u8; 32]],
    progress: &'a dyn Progress,
}

pub(super) fn fetch(
    fetcher: &Fetcher,
    repositories: &[Repository],
    arch: &str,
    known: &[[u8; 32]],
    progress: &dyn Progress,
) -> Result<Vec<FetchedIndex>, FetchError> {
    let path = RelativePath::index(arch)?;
    let places = |repository: &Repository| -> Places {
        let roots = repository.locations();
        roots.map(|root| (root.clone(), root.join(&path))).collect()
    };
    let places: Vec<Places> = repositories.iter().map(places).collect();
    if fetcher.transport.is_offline() {
        let there = |(_, place): &(Location, Location)| {
            !place.is_remote()
                || fetcher
                    .cache
                    .open(key(&place.without_credentials()))
                    .is_some()
        };
        let missing: Vec<_> = places
            .iter()
            .filter(|places| !places.iter().any(there))
            .filter_map(|places| places.first().map(|(_, place)| place.to_string()))
            .collect();
        if !missing.is_empty() {
            return Err(FetchError::Offline(missing));
        }
    }
    progress.start(Stage::Indexes, repositories.len() as u64, 0);
    let run = Run {
        fetcher,
        arch,
        known,
        progress,
    };
    let order: Vec<usize> = (0..repositories.len()).collect();
    let indexes = parallel::map(fetcher.jobs, &order, |number| {
        let result = run.one(&repositories[number], &places[number]);
        progress.advance(Stage::Indexes, 1, 0);
        result
    });
    let indexes = indexes.into_iter().map(|(_, result)| result);
    let indexes = indexes.collect::<Result<Vec<_>, _>>()?;
    progress.finish(Stage::Indexes);
    Ok(indexes)
}

fn key(url: &str) -> Key<'_> {
    Key::Index(url)
}

impl Run<'_> {
    /// Takes the index from the first place that has one that verifies.
    fn one(&self, repository: &Repository, places: &Places) -> Result<FetchedIndex, FetchError> {
        let places = places.iter().collect();
        let places = self.fetcher.suspects.last(places, |(_, place)| place);
        let mut errors = Vec::new();
        for (n, (root, place)) in places.iter().enumerate() {
            let error = match self.at(repository, root, place) {
                Ok(index) => {
                    // What was kept of those before is older than this one, now that they are
                    // not what is used.
                    for (_, before) in places[..n].iter().filter(|(_, p)| p.is_remote()) {
                        self.discard(&before.without_credentials());
                    }
                    return Ok(index);
                }
                Err(error) if !error.is_of_the_place() => return Err(error),
                Err(error) => error,
            };
            let offline = self.fetcher.transport.is_offline();
            if n + 1 < places.len() && !offline {
                self.fetcher.suspects.add(place, &error, self.progress);
            }
            errors.push(error);
        }
        let what = format!("the index of {} for {}", repository.location, self.arch);
        Err(nowhere(what, errors))
    }

    fn discard(&self, url: &str) {
        if !self.fetcher.transport.is_offline() {
            self.fetcher.cache.discard(Key::Validators(url));
            self.fetcher.cache.discard(Key::Index(url));
        }
    }

    /// The index of this place.
    fn at(
        &self,
        repository: &Repository,
        root: &Location,
        place: &Location,
    ) -> Result<FetchedIndex, FetchError> {
        let Run {
            fetcher, progress, ..
        } = self;
        let verify = |bytes: Cow<'_, [u8]>, location: &dyn Fn() -> String| {
            verify(bytes, repository, self.known, location, *progress)
        };
        let url = place.without_credentials();
        if place.is_remote() && fetcher.transport.is_offline() {
            let Some((mut file, _)) = fetcher.cache.open(key(&url)) else {
                return Err(FetchError::Offline(vec![place.to_string()]));
            };
            let location = || format!("{place} (from the cache)");
            let mut bytes = Vec::new();
            read(&mut file, &mut bytes, location)?;
            return verify(bytes.into(), &location);
        }
        let location = || place.to_string();
        let kept = Kept::load(&fetcher.cache, &url, LARGEST_INDEX);
        // What there is of an answer that broke off.
        let mut begun: Option<(Vec<u8>, Validators)> = None;
        let retry = fetcher.retry_at(place);
        retry.run(&AtomicBool::new(false), *progress, || {
            let part = match (&begun, &kept) {
                (Some((bytes, validators)), _) => Part::Rest(bytes.len() as u64, validators),
                (None, Some(kept)) => Part::Changed(&kept.validators),
                (None, None) => Part::Whole,
            };
            let opened = fetcher.transport.open(place, part).map_err(|source| {
                if source.is_of_the_part() {
                    begun = None;
                }
                match source.is_missing() {
                    true => FetchError::NoIndex {
                        repository: Box::new(root.clone()),
                        arch: self.arch.to_owned(),
                        source,
                    },
                    false => source.into(),
                }
            })?;
            let mut body = match opened {
                Opened::Static(bytes) => return verify(bytes.into(), &location),
                Opened::File(mut file, length) => {
                    let mut bytes = Vec::with_capacity(length.min(LARGEST_INDEX) as usize + 1);
                    read(&mut file, &mut bytes, location)?;
                    return verify(bytes.into(), &location);
                }
                Opened::Unchanged => {
                    let bytes = kept.as_ref().map(|kept| kept.bytes.as_slice());
                    return verify(bytes.unwrap_or_default().into(), &location);
                }
                Opened::Stream(body) => body,
            };
            let mut bytes = match begun.take() {
                Some((bytes, _)) if body.start() > 0 => bytes,
                _ => Vec::new(),
            };
            if let Err(error) = read(&mut body, &mut bytes, location) {
                if error.is_interruption() {
                    begun = Some((bytes, body.validators().clone()));
                }
                return Err(error);
            }
            let index = verify(bytes.as_slice().into(), &location)?;
            Kept::store(&fetcher.cache, &url, &bytes, body.validators())?;
            Ok(index)
        })
    }
}

/// Reads to the end, behind what there is already.
fn read(
    reader: &mut dyn Read,
    bytes: &mut Vec<u8>,
    location: impl Fn() -> String,
) -> Result<(), FetchError> {
    let left = (LARGEST_INDEX + 1).saturating_sub(bytes.len() as u64);
    let result = reader.take(left).read_to_end(bytes);
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
    Ok(())
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
