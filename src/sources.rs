//! Which repositories a build uses, and whom it believes about each.

use crate::apk::arch::Arch;
use crate::apk::signature::Keyring;
use crate::demo;
use crate::error::Error;
use crate::manifest::{Manifest, Place};
use crate::repository::{Location, LocationError, Repository, keys};
use std::path::{Path, PathBuf};

/// What the command line says about repositories.
#[derive(Clone, Default, Debug)]
pub struct Overrides {
    /// Repositories instead of the manifest's: URLs or folders, as `@tag ADDRESS` for tagged
    /// ones.
    pub repositories: Vec<String>,
    /// Keys (files or folders of them) that are trusted for every repository.
    pub keys: Vec<PathBuf>,
    /// What stands in for Alpine's official server, in the order in which they are tried;
    /// none: the manifest's.
    pub mirrors: Vec<String>,
}

/// A repository and the tag that the world must name to have packages of it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is and whose signatures count.
    pub repository: Repository,
    /// Without `@`.
    pub tag: Option<String>,
    /// Its address as others may read it, without credentials: the official one even if a mirror
    /// stands in.
    pub address: String,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// The repositories of a build, the preferred first: Alpine's official ones, then the
/// manifest's; or those of the command line alone.
///
/// # Errors
/// When an address is none, or a key cannot be read.
pub fn sources(
    manifest: &Manifest,
    overrides: &Overrides,
    arch: Arch,
) -> Result<Vec<Source>, Error> {
    let here = Path::new("");
    let mut everywhere = Keyring::default();
    for path in &overrides.keys {
        keys::load(path, &mut everywhere)?;
    }
    let source = |locations: Vec<Location>, tag, own: &Keyring, allow_unsigned, place| {
        let mut locations = locations.into_iter();
        let Some(location) = locations.next() else {
            return Err(LocationError::Empty.into());
        };
        let keys = match &location {
            // What the program carries is signed with a key that is trusted for nothing else.
            Location::Builtin(_) => demo::keyring(),
            _ => keys::trusted(arch.name(), own, &everywhere)?,
        };
        Ok::<Source, Error>(Source {
            address: location.to_string(),
            repository: Repository {
                location,
                mirrors: locations.collect(),
                keys,
                allow_unsigned,
            },
            tag,
            place,
        })
    };
    let none = Keyring::default();
    let mut sources = Vec::new();
    for text in &overrides.repositories {
        let (tag, address) = match text.strip_prefix('@').and_then(|t| t.split_once(' ')) {
            Some((tag, address)) => (Some(tag.to_owned()), address),
            None => (None, text.as_str()),
        };
        let location = Location::parse(address, here)?;
        sources.push(source(vec![location], tag, &none, false, None)?);
    }
    if !sources.is_empty() {
        return Ok(sources);
    }
    if let Some(release) = manifest.release() {
        let addresses = Location::official_addresses(release)?;
        let mirrors = mirrors(manifest, overrides)?;
        let locations = Location::official(release, &mirrors)?;
        for (locations, address) in locations.into_iter().zip(addresses) {
            sources.push(Source {
                address,
                ..source(locations, None, &none, false, None)?
            });
        }
    }
    for config in &manifest.repositories {
        let mut own = Keyring::default();
        for path in &config.keys {
            keys::load(path, &mut own)?;
        }
        let addresses = std::iter::once(&config.url).chain(&config.mirrors);
        let locations = addresses.map(|address| Location::parse(address, here));
        let locations = locations.collect::<Result<_, _>>()?;
        let tag = config.tag.clone();
        let place = config.place.clone();
        sources.push(source(locations, tag, &own, config.allow_unsigned, place)?);
    }
    Ok(sources)
}

/// What stands in for Alpine's official server, in the order in which they are tried; nothing
/// when that is to be used itself.
///
/// # Errors
/// When an address is none.
pub(crate) fn mirrors(
    manifest: &Manifest,
    overrides: &Overrides,
) -> Result<Vec<Location>, LocationError> {
    let addresses = match overrides.mirrors.is_empty() {
        true => &manifest.mirrors,
        false => &overrides.mirrors,
    };
    let locations = addresses
        .iter()
        .map(|address| Location::parse(address, Path::new("")));
    locations.collect()
}

/// What etc/apk/repositories lists: the official addresses of the release that the image is of,
/// wherever its packages were read from; nothing when it is of none.
///
/// # Errors
/// When the release is none.
pub fn listed_addresses(manifest: &Manifest, overrides: &Overrides) -> Result<Vec<String>, Error> {
    let declared = manifest.alpine.as_deref();
    let used = || {
        manifest
            .release()
            .filter(|_| overrides.repositories.is_empty())
    };
    match declared.or_else(used) {
        Some(release) => Ok(Location::official_addresses(release)?.to_vec()),
        None => Ok(Vec::new()),
    }
}
