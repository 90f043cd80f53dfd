//! What repositories have, of which a resolution chooses.

use crate::apk::arch::Arch;
use crate::apk::catalogue::{Catalogue, MAX_INDEXES};
use crate::apk::dependency::Dependency;
use crate::apk::index::{Entry, Index};
use crate::known::Known;
use crate::lock::LockedIndex;
use crate::manifest::Manifest;
use crate::progress::Progress;
use crate::repository::{Fetcher, Repository};
use crate::resolution::{self, world};
use crate::solver::{self, Solution, Unsolvable};
use crate::{Error, Request, Source, blame, sources};
use std::thread;

/// The packages of some repositories, whose indexes were verified.
#[derive(Debug)]
pub struct Stock {
    /// The architecture.
    pub arch: Arch,
    /// The repositories, the preferred first.
    pub sources: Vec<Source>,
    pub(crate) indexes: Vec<Index>,
    /// What each index was.
    pub(crate) seen: Vec<LockedIndex>,
    pub(crate) catalogue: Catalogue,
}

/// Reads what the repositories of a request have. Of several architectures this is the machine's
/// own, or else the first.
///
/// # Errors
/// When an index cannot be had or is not vouched for, or a repository or key makes no sense.
pub fn stock(request: &Request, progress: &dyn Progress) -> Result<Stock, Error> {
    let fetcher = Fetcher::new(request.fetch.clone());
    let _lock = crate::use_cache(&fetcher, request)?;
    let archs = resolution::architectures(request)?;
    let host = Arch::host().filter(|host| archs.contains(host));
    let arch = host.or(archs.first().copied()).ok_or(Error::NoHostArch)?;
    let sources = sources::sources(&request.manifest, &request.overrides, arch)?;
    Stock::fetch(&fetcher, sources, arch, progress)
}

impl Stock {
    /// Fetches and verifies the indexes of these repositories.
    pub(crate) fn fetch(
        fetcher: &Fetcher,
        sources: Vec<Source>,
        arch: Arch,
        progress: &dyn Progress,
    ) -> Result<Stock, Error> {
        let fetched = Stock::fetch_and(fetcher, sources, arch, progress, |_, _| None::<()>);
        fetched.map(|(stock, _)| stock)
    }

    /// [`fetch`](Self::fetch), and `meanwhile` works with the catalogue of the last time and
    /// empty indexes. What comes of it is only given if the indexes turn out to be the same
    /// as then.
    pub(crate) fn fetch_and<T>(
        fetcher: &Fetcher,
        sources: Vec<Source>,
        arch: Arch,
        progress: &dyn Progress,
        meanwhile: impl FnOnce(Shelves<'_>, &Catalogue) -> Option<T>,
    ) -> Result<(Stock, Option<T>), Error> {
        if sources.len() > MAX_INDEXES {
            return Err(Error::TooManyRepositories(sources.len()));
        }
        let repositories: Vec<Repository> = sources
            .iter()
            .map(|source| source.repository.clone())
            .collect();
        let known = Known::read(fetcher.cache(), &repositories, arch.name());
        let (fetched, loaded, ahead) = thread::scope(|scope| {
            let digests = &known.digests;
            let fetching =
                || fetcher.fetch_indexes_again(&repositories, arch.name(), digests, progress);
            let fetching = scope.spawn(fetching);
            let loaded = known.load();
            let ahead = loaded.as_ref().and_then(|catalogue| {
                let shelves = Shelves {
                    sources: &sources,
                    indexes: &vec![Index::default(); sources.len()],
                    arch,
                };
                meanwhile(shelves, catalogue)
            });
            let fetched = fetching
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (fetched, loaded, ahead)
        });
        let fetched = fetched.map_err(|error| blame::repository(error, &sources))?;
        let (mut indexes, mut seen) = (Vec::new(), Vec::new());
        for fetched in fetched {
            indexes.push(fetched.index);
            seen.push(LockedIndex {
                sha256: fetched.sha256,
                key: fetched.signed_by,
            });
        }
        let digests: Vec<_> = seen.iter().map(|index| index.sha256).collect();
        let (catalogue, ahead) = match loaded {
            Some(catalogue) if digests == known.digests => (catalogue, ahead),
            _ => {
                let catalogue = Catalogue::new(&indexes.iter().collect::<Vec<_>>());
                known.keep(fetcher.cache(), &digests, &catalogue);
                (catalogue, None)
            }
        };
        let stock = Stock {
            arch,
            sources,
            indexes,
            seen,
            catalogue,
        };
        Ok((stock, ahead))
    }

    /// All packages, those of the preferred repository first.
    pub fn packages(&self) -> impl Iterator<Item = (&Source, Entry<'_>)> {
        self.sources
            .iter()
            .zip(&self.indexes)
            .flat_map(|(source, index)| index.entries().map(move |entry| (source, entry)))
    }

    /// The packages that a manifest's words need, in the order of installation.
    ///
    /// # Errors
    /// When no choice of packages fits.
    pub fn resolve(&self, manifest: &Manifest) -> Result<Vec<(&Source, Entry<'_>)>, Unsolvable> {
        let (world, origins) = world(manifest);
        if world.is_empty() {
            return Ok(Vec::new());
        }
        let solution = solve(self.shelves(), &self.catalogue, &world, &origins)?;
        let found = solution.install.iter().map(|selected| {
            let entry = self.indexes[selected.repository].entry(selected.position);
            (&self.sources[selected.repository], entry)
        });
        Ok(found.collect())
    }

    pub(crate) fn shelves(&self) -> Shelves<'_> {
        Shelves {
            sources: &self.sources,
            indexes: &self.indexes,
            arch: self.arch,
        }
    }
}

/// Indexes, and the repositories that they are of.
#[derive(Clone, Copy)]
pub(crate) struct Shelves<'a> {
    pub sources: &'a [Source],
    pub indexes: &'a [Index],
    pub arch: Arch,
}

/// Chooses the packages of a world, of which each word stands at one of `origins`.
pub(crate) fn solve(
    shelves: Shelves<'_>,
    catalogue: &Catalogue,
    world: &[Dependency<'_>],
    origins: &[String],
) -> Result<Solution, Unsolvable> {
    ask(shelves, world, origins, |asked| {
        solver::resolve_in(asked, catalogue)
    })
}

/// Has `solver` answer what the packages of a world are.
pub(crate) fn ask<T>(
    shelves: Shelves<'_>,
    world: &[Dependency<'_>],
    origins: &[String],
    solver: impl FnOnce(&solver::Request<'_>) -> T,
) -> T {
    let names: Vec<String> = shelves
        .sources
        .iter()
        .map(|source| source.repository.location.to_string())
        .collect();
    let repositories: Vec<solver::Repository<'_>> = shelves
        .indexes
        .iter()
        .zip(shelves.sources)
        .zip(&names)
        .map(|((index, source), name)| solver::Repository {
            index,
            tag: source.tag.as_deref(),
            name,
        })
        .collect();
    solver(&solver::Request {
        world,
        origins,
        repositories: &repositories,
        arch: shelves.arch.name(),
    })
}
