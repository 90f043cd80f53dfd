//! What an image consists of.

use super::license::License;
use crate::apk::identity::Identity;
use crate::apk::index::Entry;
use crate::report::Graph;
use serde::{Deserialize, Serialize};

/// An image, its packages, and files.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// The image.
    pub image: Image,
    /// Its packages in the order of installation.
    pub packages: Vec<Package>,
    /// The packages that it has for their own sake, by their places.
    pub roots: Vec<usize>,
    /// Files, by path.
    pub files: Vec<File>,
    /// Whether the files are all that there are; otherwise those that no package brought.
    pub all_files: bool,
}

/// What is described as a whole.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name without a tag, such as `ghcr.io/me/demo`.
    pub repository: String,
    /// Its tag.
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: String,
    /// Its architecture, as Alpine calls it.
    pub arch: String,
    /// Its architecture, as images call it; `None` for a bare root file system.
    pub oci_arch: Option<String>,
    /// Its time, in seconds since 1970.
    pub time: u64,
    /// The release of Alpine that it is of.
    pub release: Option<String>,
}

/// A package of an image.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    pub arch: String,
    /// The source package that it was built from; may be empty.
    pub origin: String,
    /// The commit of Alpine's recipes that it was built from; may be empty.
    pub commit: String,
    /// What it is; may be empty.
    pub description: String,
    /// The home of the software; may be empty.
    pub url: String,
    /// Who looks after the package; may be empty.
    pub maintainer: String,
    /// Its licence, if it says one.
    pub license: Option<License>,
    /// When it was built, in seconds since 1970.
    pub build_date: Option<u64>,
    /// The digest of its control part.
    pub identity: Identity,
    /// The bytes that it takes installed.
    pub installed_size: u64,
    /// Digests of its file.
    pub digests: PackageDigests,
    /// The release of Alpine that it is of.
    pub release: Option<String>,
    /// The address of its repository without credentials; `None` for one that is a folder or is
    /// not known.
    pub repository: Option<String>,
    /// The packages that it needs, by their places, each once.
    pub needs: Vec<usize>,
}

/// Digests of a package's file, in hexadecimal.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct PackageDigests {
    /// SHA-256 of the .apk.
    pub file: Option<String>,
    /// SHA-256 of its data member, which is the digest of the layer if it passed untouched.
    pub data: Option<String>,
}

/// What an inventory says beyond the index: what must be read to be known.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Digests {
    /// Of each package, in the order of installation.
    pub packages: Vec<PackageDigests>,
    /// Of files, by path.
    pub files: Vec<File>,
    /// Whether the files are all that there are; otherwise those that no package brought.
    pub all_files: bool,
}

impl Digests {
    /// The same with no files but those that no package brought.
    pub(crate) fn of_no_package(&self) -> Digests {
        let files = self.files.iter().filter(|file| file.package.is_none());
        Digests {
            packages: self.packages.clone(),
            files: files.cloned().collect(),
            all_files: false,
        }
    }
}

/// A regular file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct File {
    /// Absolute.
    pub path: String,
    /// SHA-1 in hexadecimal.
    pub sha1: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The package that it belongs to, by its place.
    pub package: Option<usize>,
}

impl Package {
    /// A package as its index describes it, in an image for `arch`.
    pub(super) fn new(entry: &Entry<'_>, arch: &str) -> Package {
        let field = |letter| entry.field(letter).unwrap_or("").trim().to_owned();
        Package {
            name: entry.name.to_owned(),
            version: entry.version.to_owned(),
            arch: match entry.arch {
                "" => arch.to_owned(),
                own => own.to_owned(),
            },
            origin: entry.origin.to_owned(),
            commit: field('c'),
            description: field('T'),
            url: field('U'),
            maintainer: field('m'),
            license: License::parse(&field('L')),
            build_date: entry.build_date().filter(|date| *date > 0),
            identity: entry.identity,
            installed_size: entry.installed_size,
            digests: PackageDigests::default(),
            release: None,
            repository: None,
            needs: Vec::new(),
        }
    }

    /// `name-version`
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// The address of the .apk.
    pub fn download(&self) -> Option<String> {
        let repository = self.repository.as_ref()?;
        let (arch, name) = (&self.arch, self.full_name());
        Some(format!("{repository}/{arch}/{name}.apk"))
    }

    /// The address of its repository, unless that is one of Alpine's own.
    pub(super) fn foreign_repository(&self) -> Option<&str> {
        let repository = self.repository.as_deref()?;
        (!is_official(repository)).then_some(repository)
    }

    /// Whether Alpine itself offers it.
    pub(super) fn is_official(&self) -> bool {
        self.repository.as_deref().is_some_and(is_official)
    }
}

fn is_official(repository: &str) -> bool {
    let below = repository.strip_prefix(crate::repository::location::OFFICIAL);
    below.is_some_and(|below| below.starts_with('/'))
}

impl Inventory {
    /// The inventory of these packages, given in the order of installation with the address of
    /// each repository, and of how the world leads to them.
    pub fn new<'a>(
        mut image: Image,
        packages: impl Iterator<Item = (Entry<'a>, Option<String>)>,
        graph: &Graph,
        digests: &Digests,
    ) -> Inventory {
        let mut all: Vec<Package> = packages
            .map(|(entry, repository)| Package {
                release: repository.as_deref().and_then(release_of),
                repository: repository.filter(|address| super::is_web_address(address)),
                ..Package::new(&entry, &image.arch)
            })
            .collect();
        let of_packages = || all.iter().find_map(|package| package.release.clone());
        let release = image.release.take().or_else(of_packages);
        image.release = release.or_else(|| release_among(&all));
        let mut needed = vec![false; all.len()];
        for (at, (package, node)) in all.iter_mut().zip(&graph.nodes).enumerate() {
            let mut needs: Vec<usize> = node.needs.iter().map(|(_, found)| *found).collect();
            needs.retain(|found| *found != at);
            needs.sort_unstable();
            needs.dedup();
            needs.iter().for_each(|found| needed[*found] = true);
            package.needs = needs;
            package.release = package.release.take().or_else(|| image.release.clone());
        }
        for (package, digests) in all.iter_mut().zip(&digests.packages) {
            package.digests = digests.clone();
        }
        // What nobody needs is there for its own sake too: install_if brought it.
        let mut roots: Vec<usize> = graph.roots.iter().map(|root| root.node).collect();
        roots.extend((0..all.len()).filter(|at| !needed[*at]));
        roots.sort_unstable();
        roots.dedup();
        Inventory {
            image,
            packages: all,
            roots,
            files: digests.files.clone(),
            all_files: digests.all_files,
        }
    }
}

/// The release of Alpine that an address names: `…/v3.23/main` is of 3.23.
pub(super) fn release_of(address: &str) -> Option<String> {
    let mut parts = address.trim_end_matches('/').rsplit('/');
    let (_, branch) = (parts.next()?, parts.next()?);
    if branch == "edge" {
        return Some(branch.to_owned());
    }
    let number = branch.strip_prefix('v')?;
    release_number(number).filter(|release| release.len() == number.len())
}

/// The release that the package says which holds etc/alpine-release.
fn release_among(packages: &[Package]) -> Option<String> {
    let named = |name| packages.iter().find(|package| package.name == name);
    let package = named("alpine-release").or_else(|| named("alpine-base"))?;
    release_number(&package.version)
}

/// `3.23` of `3.23.2-r0`.
fn release_number(version: &str) -> Option<String> {
    let mut parts = version.split(['.', '-', '_']);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) if number(major) && number(minor) => {
            Some(format!("{major}.{minor}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_versions_tell_releases() {
        let official = "https://dl-cdn.alpinelinux.org/alpine/v3.23/main";
        assert_eq!(release_of(official).as_deref(), Some("3.23"));
        assert_eq!(release_of("http://a/edge/testing").as_deref(), Some("edge"));
        for address in [
            "https://a/packages",
            "https://a/v3/main",
            "https://a/v3.2.1/main",
            "x",
        ] {
            assert_eq!(release_of(address), None, "{address}");
        }
        assert_eq!(release_number("3.19.4-r0").as_deref(), Some("3.19"));
        assert_eq!(
            release_number("3.24.0_alpha20251016-r0").as_deref(),
            Some("3.24")
        );
        assert_eq!(release_number("20240315-r0"), None);
    }
}
