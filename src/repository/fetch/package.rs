//! Fetching packages, many at a time.

use super::metered::{Failure, Metered, Seen, looks_like_html};
use super::mirrors::nowhere;
use super::{FetchedPackage, Fetcher, FileHash, Repository, Wanted, parallel};
use crate::apk::package::{self, Expected, Package, PackageError};
use crate::apk::tar;
use crate::progress::{Progress, Stage};
use crate::repository::cache::{CacheWriter, Key};
use crate::repository::error::FetchError;
use crate::repository::location::{Location, RelativePath};
use crate::repository::source::PackageSource;
use crate::repository::transport::{Body, Opened, Part, Validators};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::cmp::Reverse;
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};

/// How much is read at once.
const BUFFER: usize = 64 * 1024;

/// What all threads of one call share.
struct Run<'a> {
    fetcher: &'a Fetcher,
    keep: &'a (dyn Fn(&tar::Entry) -> bool + Sync),
    progress: &'a dyn Progress,
    cancelled: AtomicBool,
}

pub(super) fn fetch(
    fetcher: &Fetcher,
    wanted: &[Wanted<'_>],
    keep: &(dyn Fn(&tar::Entry) -> bool + Sync),
    progress: &dyn Progress,
) -> Result<Vec<FetchedPackage>, FetchError> {
    let places = wanted.iter().map(places).collect::<Result<Vec<_>, _>>()?;
    if fetcher.transport.is_offline() {
        let unreachable = |place: &(&Repository, Location)| place.1.is_remote();
        let missing: Vec<_> = wanted
            .iter()
            .zip(&places)
            .filter(|(w, places)| places.iter().all(unreachable) && !fetcher.is_cached(w.identity))
            .filter_map(|(_, places)| places.first().map(|(_, place)| place.to_string()))
            .collect();
        if !missing.is_empty() {
            return Err(FetchError::Offline(missing));
        }
    }
    super::limits::allow_open_files(wanted.len() as u64);
    let bytes = wanted.iter().filter_map(|w| w.size).sum();
    progress.start(Stage::Packages, wanted.len() as u64, bytes);
    let run = Run {
        fetcher,
        keep,
        progress,
        cancelled: AtomicBool::new(false),
    };
    let packages = run.all(wanted, &places)?;
    progress.finish(Stage::Packages);
    Ok(packages)
}

pub(super) fn open_unverified(fetcher: &Fetcher, wanted: &Wanted<'_>) -> Option<PackageSource> {
    let mut places = places(wanted).ok()?.into_iter().map(|(_, place)| place);
    places.find_map(|place| match place.is_remote() {
        true => {
            let (file, _) = fetcher.cache.open(Key::Package(wanted.identity))?;
            Some(PackageSource::file(file))
        }
        false => match fetcher.transport.open(&place, Part::Whole).ok()? {
            Opened::Static(bytes) => Some(PackageSource::carried(bytes)),
            Opened::File(file, _) => Some(PackageSource::file(file)),
            Opened::Stream(_) | Opened::Unchanged => None,
        },
    })
}

/// Whether the package is right but not the file that a lock names.
fn is_other_file(error: &FetchError) -> bool {
    matches!(error, FetchError::Package { source, .. } if matches!(**source, PackageError::FileHash { .. }))
}

/// A package of which a part came.
struct Begun {
    writer: CacheWriter,
    /// The bytes that came.
    length: u64,
    validators: Validators,
}

/// Whether what is read is copied as well.
enum Copy<'a> {
    None,
    To {
        writer: &'a mut CacheWriter,
        /// So many bytes at the beginning have been already.
        copied: u64,
        /// Becomes the number of bytes that were read.
        passed: &'a mut u64,
    },
}

/// A package that was verified, and the SHA-256 of its file if something was asked of it.
type Verified = (Package, Option<[u8; 32]>);

/// Where a package is to be had, by repository.
type Places<'a> = Vec<(&'a Repository, Location)>;

fn places<'a>(wanted: &Wanted<'a>) -> Result<Places<'a>, FetchError> {
    let path = RelativePath::package(wanted.arch, wanted.name, wanted.version);
    let path = path.map_err(|source| {
        let repositories = wanted.repositories.iter();
        let names: Vec<String> = repositories.map(|r| r.location.to_string()).collect();
        FetchError::BadPackageName {
            repository: names.join(" and "),
            source,
        }
    })?;
    let places = |repository: &'a Repository| {
        let locations = repository.locations();
        let places = locations.map(|location| (repository, location.join(&path)));
        places.collect::<Vec<_>>()
    };
    Ok(wanted.repositories.iter().flat_map(|r| places(r)).collect())
}

impl Run<'_> {
    /// Works through all packages, the largest first: a large one that came last would leave
    /// all threads but its own without work.
    fn all(
        &self,
        wanted: &[Wanted<'_>],
        places: &[Places<'_>],
    ) -> Result<Vec<FetchedPackage>, FetchError> {
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_by_key(|&i| Reverse(wanted[i].size));
        let mut results = parallel::map(self.fetcher.jobs, &order, |number| {
            let result = self.one(&wanted[number], &places[number]);
            if result.is_err() {
                self.cancelled.store(true, Ordering::Relaxed);
            }
            result
        });
        // Those that were given up only say that another one failed.
        let cancelled = |r: &Result<_, _>| matches!(r, Err(FetchError::Cancelled));
        results.sort_by_key(|(_, result)| cancelled(result));
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Takes the package from the first place that has it, as it should be.
    fn one(&self, wanted: &Wanted<'_>, places: &Places<'_>) -> Result<FetchedPackage, FetchError> {
        let places = places.iter().collect();
        let places = self.fetcher.suspects.last(places, |(_, place)| place);
        let mut errors = Vec::new();
        let mut cache_asked = false;
        for (n, (repository, place)) in places.iter().enumerate() {
            if place.is_remote() && !cache_asked {
                cache_asked = true;
                if let Some(package) = self.try_cache(wanted, repository)? {
                    return Ok(package);
                }
            }
            let error = match self.try_place(wanted, repository, place) {
                Ok(package) => {
                    self.progress.advance(Stage::Packages, 1, 0);
                    return Ok(package);
                }
                Err(FetchError::Transport(source)) if source.is_missing() => {
                    let name = wanted.full_name();
                    FetchError::NoPackage { name, source }
                }
                Err(error) if !error.is_of_the_place() => return Err(error),
                Err(error) => error,
            };
            // A place that lacks one package, as mirrors do for a while, may have all others.
            let last = n + 1 == places.len();
            if !last && !error.is_missing() && !self.fetcher.transport.is_offline() {
                self.fetcher.suspects.add(place, &error, self.progress);
            }
            errors.push(error);
        }
        Err(nowhere(
            format!("the package {}", wanted.full_name()),
            errors,
        ))
    }

    /// The package of the cache, if it is there and right. A damaged one is dropped.
    fn try_cache(
        &self,
        wanted: &Wanted<'_>,
        repository: &Repository,
    ) -> Result<Option<FetchedPackage>, FetchError> {
        let cache = &self.fetcher.cache;
        let key = Key::Package(wanted.identity);
        let Some((mut file, length)) = cache.open(key) else {
            return Ok(None);
        };
        let location = || cache.path(key).display().to_string();
        let copy = Copy::None;
        let result = self.verify(wanted, repository, &mut file, Some(length), copy, &location);
        match result {
            Ok((package, sha256)) => {
                self.progress.advance(Stage::Packages, 1, 0);
                let source = PackageSource::file(file);
                Ok(Some(FetchedPackage {
                    package,
                    source,
                    sha256,
                }))
            }
            Err(FetchError::Cancelled) => Err(FetchError::Cancelled),
            // A sound package, and there is no other to be had.
            Err(error) if self.fetcher.transport.is_offline() && is_other_file(&error) => {
                Err(error)
            }
            Err(_) => {
                cache.discard(key);
                Ok(None)
            }
        }
    }

    fn try_place(
        &self,
        wanted: &Wanted<'_>,
        repository: &Repository,
        place: &Location,
    ) -> Result<FetchedPackage, FetchError> {
        let location = || place.to_string();
        let verify = |reader: &mut dyn Read, length| {
            self.verify(
                wanted,
                repository,
                reader,
                Some(length),
                Copy::None,
                &location,
            )
        };
        // What there is of an answer that broke off.
        let mut begun: Option<Begun> = None;
        let retry = self.fetcher.retry_at(place);
        retry.run(&self.cancelled, self.progress, || {
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(FetchError::Cancelled);
            }
            let part = match &begun {
                Some(begun) => Part::Rest(begun.length, &begun.validators),
                None => Part::Whole,
            };
            let opened = self
                .fetcher
                .transport
                .open(place, part)
                .inspect_err(|error| {
                    if error.is_of_the_part() {
                        begun = None;
                    }
                })?;
            let ((package, sha256), source) = match opened {
                Opened::Static(bytes) => {
                    let package = verify(&mut &*bytes, bytes.len() as u64)?;
                    (package, PackageSource::carried(bytes))
                }
                Opened::File(mut file, length) => {
                    let package = verify(&mut file, length)?;
                    (package, PackageSource::file(file))
                }
                Opened::Stream(body) => {
                    let (package, file) =
                        self.store(wanted, repository, body, &mut begun, &location)?;
                    (package, PackageSource::file(file))
                }
                // Nobody asked whether it changed.
                Opened::Unchanged => return Err(FetchError::Offline(vec![location()])),
            };
            Ok(FetchedPackage {
                package,
                source,
                sha256,
            })
        })
    }

    /// Verifies a package while it arrives, and puts it into the cache once it is known to be
    /// right. A body that goes on where an earlier one broke off is put behind what there is of
    /// that, and all of it is verified; when it breaks off itself, `begun` is what there is then.
    fn store(
        &self,
        wanted: &Wanted<'_>,
        repository: &Repository,
        mut body: Body,
        begun: &mut Option<Begun>,
        location: &dyn Fn() -> String,
    ) -> Result<(Verified, File), FetchError> {
        let cache = &self.fetcher.cache;
        let (mut writer, copied) = match begun.take() {
            Some(begun) if body.start() > 0 => (begun.writer, begun.length),
            _ => (cache.writer()?, 0),
        };
        let length = body.length();
        let validators = body.validators().clone();
        let mut passed = 0;
        let mut reader: Box<dyn Read + '_> = match copied {
            0 => Box::new(&mut body),
            _ => Box::new(writer.written()?.take(copied).chain(&mut body)),
        };
        let copy = Copy::To {
            writer: &mut writer,
            copied,
            passed: &mut passed,
        };
        let result = self.verify(wanted, repository, &mut *reader, length, copy, location);
        drop(reader);
        match result {
            Ok(package) => {
                let file = writer.keep(cache, Key::Package(wanted.identity))?;
                Ok((package, file))
            }
            Err(error) => {
                if error.is_interruption() {
                    *begun = Some(Begun {
                        writer,
                        length: passed,
                        validators,
                    });
                }
                Err(error)
            }
        }
    }

    /// Reads a package to its end, checking all there is to check. What a failure had advanced
    /// is taken back.
    fn verify(
        &self,
        wanted: &Wanted<'_>,
        repository: &Repository,
        reader: &mut dyn Read,
        length: Option<u64>,
        copy: Copy<'_>,
        location: &dyn Fn() -> String,
    ) -> Result<Verified, FetchError> {
        let (mut copy, copied, passed) = match copy {
            Copy::None => (None, 0, &mut 0),
            Copy::To {
                writer,
                copied,
                passed,
            } => (Some(writer), copied, passed),
        };
        let bad = |source| FetchError::Package {
            name: wanted.full_name(),
            location: location(),
            source: Box::new(source),
        };
        let html = || FetchError::PackageIsHtml {
            name: wanted.full_name(),
            location: location(),
        };
        // Known before anything is read, in most cases.
        if let (Some(expected), Some(found)) = (wanted.size, length)
            && expected != found
        {
            let mut start = [0; 64];
            let read = reader.read(&mut start).unwrap_or_default();
            return Err(if looks_like_html(&start[..read]) {
                html()
            } else {
                bad(PackageError::Size { expected, found })
            });
        }
        let mut metered = Metered {
            inner: reader,
            copy: copy.as_deref_mut(),
            copied,
            limit: wanted.size,
            progress: self.progress,
            cancelled: &self.cancelled,
            hash: (wanted.file_hash != FileHash::Ignored).then(Sha256::new),
            seen: Seen::default(),
        };
        let expected = Expected {
            identity: &wanted.identity,
            size: wanted.size,
        };
        let buffered = BufReader::with_capacity(BUFFER, &mut metered);
        let result =
            package::read_and_hold(buffered, &repository.keys, expected, self.keep, wanted.hold);
        // A package that was read was read to its end.
        let sha256: Option<[u8; 32]> = metered.hash.map(|hash| hash.finalize().into());
        let result = result.and_then(|package| match (wanted.file_hash, sha256) {
            (FileHash::Locked(expected), Some(found)) if expected != found => {
                Err(PackageError::FileHash {
                    expected: HEXLOWER.encode(&expected),
                    found: HEXLOWER.encode(&found),
                })
            }
            _ => Ok((package, sha256)),
        });
        let seen = metered.seen;
        *passed = seen.count;
        result.map_err(|source| {
            self.progress
                .advance(Stage::Packages, 0, -(seen.count as i64));
            let size = |expected| PackageError::Size {
                expected,
                found: seen.count,
            };
            match (seen.failure, wanted.size) {
                (Some(Failure::Transport(error)), _) => error.into(),
                (Some(Failure::Cancelled), _) => FetchError::Cancelled,
                (Some(Failure::Read(source)), _) => FetchError::Read {
                    location: location(),
                    source,
                },
                (Some(Failure::Cache), _) => match copy.and_then(CacheWriter::take_failure) {
                    Some(error) => error.into(),
                    None => bad(source),
                },
                (Some(Failure::TooLong), Some(expected)) => bad(size(expected)),
                _ if seen.html => html(),
                (None, Some(expected)) if seen.ended && seen.count < expected => {
                    bad(size(expected))
                }
                _ => bad(source),
            }
        })
    }
}
