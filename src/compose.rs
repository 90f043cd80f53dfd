//! From a resolution to the root file system: fetching, installing, and what the manifest adds.

use crate::apk::package::Script;
use crate::layer::{Options, Strategy};
use crate::manifest::Scripts;
use crate::progress::Progress;
use crate::repository::cache::Cache;
use crate::repository::{FetchedPackage, Fetcher, FileHash, Wanted};
use crate::resolution::world;
use crate::rootfs::{self, Candidate, Declared, Root, scripts};
use crate::{Error, Request, Resolution, Saved, assemble};
use std::collections::BTreeMap;

/// Fetches the packages of a resolution but those that are there `already`; `None` stands for
/// one that installs nothing. With `hash` the SHA-256 of each file is found out.
pub(crate) fn fetch(
    fetcher: &Fetcher,
    resolution: &Resolution,
    mut already: BTreeMap<usize, FetchedPackage>,
    hash: bool,
    options: Options,
    progress: &dyn Progress,
) -> Result<assemble::Packages, Error> {
    let mut wanted = resolution.wanted();
    for wanted in wanted.iter_mut().flatten() {
        if hash && wanted.file_hash == FileHash::Ignored {
            wanted.file_hash = FileHash::Wanted;
        }
    }
    hold(&mut wanted, resolution, options);
    let numbered = || wanted.iter().enumerate();
    let absent: Vec<Wanted<'_>> = numbered()
        .filter(|(number, _)| !already.contains_key(number))
        .filter_map(|(_, wanted)| wanted.clone())
        .collect();
    let fetched = fetcher.fetch_packages(&absent, &rootfs::is_needed_in_memory, progress)?;
    let mut fetched = fetched.into_iter();
    Ok(numbered()
        .map(|(number, wanted)| {
            wanted.as_ref()?;
            already.remove(&number).or_else(|| fetched.next())
        })
        .collect())
}

/// The most bytes of contents that are held in memory.
const HELD: u64 = 40 << 20;

/// Has the contents of packages held in memory, the smallest first, so that these need not be
/// inflated once more; but not those of the packages that will most likely be layers untouched.
fn hold(wanted: &mut [Option<Wanted<'_>>], resolution: &Resolution, options: Options) {
    let entries: Vec<_> = resolution.packages().map(|(_, entry, _)| entry).collect();
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|number| entries[*number].size);
    if options.strategy == Strategy::Package {
        order.truncate(order.len().saturating_sub(options.budget.saturating_sub(2)));
    }
    let mut left = HELD;
    for number in order {
        // The size is one of blocks of a disk, and contents seldom take more.
        let most = entries[number].installed_size.saturating_mul(2);
        if let Some(wanted) = &mut wanted[number]
            && most <= left
        {
            wanted.hold = most;
            left -= most;
        }
    }
}

/// The root file system as the packages and their scripts make it, and whether it may be kept for
/// the next time. What scripts did the last time is done again without running them.
pub(crate) fn install(
    request: &Request,
    resolution: &Resolution,
    candidates: &[Candidate<'_>],
    settings: scripts::Settings<'_>,
    cache: &Cache,
) -> Result<(Root, bool), Error> {
    if request.manifest.scripts == Some(Scripts::Skip) {
        let mut root = rootfs::install(candidates, None)?;
        root.warnings.extend(skipped_scripts(&root));
        return Ok((root, true));
    }
    let entries = resolution.packages().map(|(_, entry, _)| entry);
    let arch = resolution.arch.name();
    let key = scripts::key(arch, settings.time, settings.may_fail, entries);
    let known = scripts::Known::load(cache, &key);
    let mut scripts = scripts::Scripts::new(settings, known);
    let mut root = rootfs::install(candidates, Some(&mut scripts))?;
    root.warnings.extend_from_slice(scripts.failures());
    let lasts = scripts.failures().is_empty();
    if let Some(result) = scripts.into_result() {
        result.store(cache, &key);
    }
    Ok((root, lasts))
}

/// Adds to a root what the manifest says, and the database, and takes out what it does without;
/// returns what that was.
pub(crate) fn complete(
    request: &Request,
    resolution: &Resolution,
    candidates: &[Candidate<'_>],
    addresses: &[String],
    time: u64,
    root: &mut Root,
) -> Result<Vec<Saved>, Error> {
    let manifest = &request.manifest;
    // Without packages there is nothing that apk could know of.
    if !candidates.is_empty() {
        let world: Vec<String> = world(manifest).0.iter().map(ToString::to_string).collect();
        rootfs::write_database(
            root,
            &Declared {
                world: &world,
                arch: resolution.arch.name(),
                repositories: addresses,
            },
        )?;
    }
    rootfs::declared::apply(&mut root.tree, manifest, candidates, time)?;
    Ok(rootfs::declared::exclude(&mut root.tree, manifest))
}

/// The time of what is generated where nobody says otherwise.
pub(crate) fn newest_build(candidates: &[Candidate<'_>]) -> u64 {
    let dates = candidates.iter().map(|candidate| match candidate.package {
        Some(package) => package.info.build_date,
        None => candidate.entry.build_date().unwrap_or(0),
    });
    dates.max().unwrap_or(0)
}

/// A warning when packages have scripts, none of which is run.
fn skipped_scripts(root: &Root) -> Option<String> {
    let installing = [Script::PreInstall, Script::PostInstall, Script::Trigger];
    let names: Vec<&str> = root
        .packages
        .iter()
        .filter(|package| installing.iter().any(|s| package.scripts.contains_key(s)))
        .map(|package| package.name.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "the install scripts of {} were skipped: users, links and the like that they would \
             make are not in the image",
            names.join(", ")
        )
    })
}
