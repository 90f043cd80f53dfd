//! The names and packages of all repositories together, imported as they are reached.
//!
//! Each index has its own catalogue of names. Here they get one number across repositories,
//! and packages with the same identity become one. Only what the world leads to is imported.

use super::Request;
use crate::apk::catalogue::{self, Catalogue};
use crate::apk::dependency::{Constraint, Dependency};
use crate::apk::hash::{bucket, murmur3};
use crate::apk::identity::Identity;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

/// The number of a name across repositories.
pub(super) type NameId = u32;
/// The number of a package across repositories.
pub(super) type PackageId = u32;

/// The most tags that the repositories may bear: a set of tags is 64 bits, of which one stands
/// for "no tag".
pub(super) const MAX_TAGS: usize = 63;
/// The set of tags that holds "no tag".
pub(super) const UNTAGGED: u64 = 1;

/// An atom whose name has its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom<'a> {
    pub name: NameId,
    pub conflict: bool,
    pub constraint: Constraint<'a>,
}

/// A package under one of its names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Provider<'a> {
    pub package: PackageId,
    /// The version that it gives the name, if any.
    pub version: Option<&'a str>,
}

#[derive(Debug)]
pub(super) struct Name<'a> {
    pub text: &'a str,
    /// Sorts names in hash order.
    key: (u32, Reverse<(u32, u32)>),
    /// Filled by [`Universe::load_providers`].
    pub providers: Range<u32>,
    loaded: bool,
}

#[derive(Debug)]
pub(super) struct Package<'a> {
    /// The first repository that has it, and its place in that index.
    pub repository: u32,
    pub position: u32,
    pub name: NameId,
    pub version: &'a str,
    pub arch: &'a str,
    pub identity: Identity,
    pub priority: u32,
    pub uninstallable: bool,
    /// The tags of all repositories that have it.
    pub tags: u64,
    depends: Range<u32>,
    provides: Range<u32>,
    install_if: Range<u32>,
}

struct Source<'a> {
    catalogue: &'a Catalogue,
    tags: u64,
    /// By the catalogue's name numbers: ours + 1, or 0.
    names: Vec<NameId>,
    /// By row: the package + 1, or 0.
    packages: Vec<PackageId>,
}

/// See the module's documentation.
pub(super) struct Universe<'a> {
    sources: Vec<Source<'a>>,
    /// The tags by bit, from 1.
    tag_names: Vec<&'a str>,
    pub names: Vec<Name<'a>>,
    pub packages: Vec<Package<'a>>,
    atoms: Vec<Atom<'a>>,
    providers: Vec<Provider<'a>>,
    /// Names that no index has.
    unknown: HashMap<&'a str, NameId>,
}

impl<'a> Universe<'a> {
    /// `None` when the repositories have too many tags.
    pub fn new(request: &Request<'a>) -> Option<Universe<'a>> {
        let mut tag_names: Vec<&'a str> = Vec::new();
        let mut sources = Vec::with_capacity(request.repositories.len());
        for repository in request.repositories {
            let catalogue = repository.index.catalogue();
            let tags = match repository.tag {
                None => UNTAGGED,
                Some(tag) => {
                    let at = match tag_names.iter().position(|t| *t == tag) {
                        Some(at) => at,
                        None => {
                            tag_names.push(tag);
                            tag_names.len() - 1
                        }
                    };
                    if at >= MAX_TAGS {
                        return None;
                    }
                    2 << at
                }
            };
            sources.push(Source {
                catalogue,
                tags,
                names: vec![0; catalogue.names.len()],
                packages: vec![0; catalogue.rows.len()],
            });
        }
        Some(Universe {
            sources,
            tag_names,
            names: Vec::new(),
            packages: Vec::new(),
            atoms: Vec::new(),
            providers: Vec::new(),
            unknown: HashMap::new(),
        })
    }

    /// The set that holds this tag alone; empty when no repository bears it.
    pub fn tag(&self, tag: Option<&str>) -> u64 {
        match tag {
            None => UNTAGGED,
            Some(tag) => match self.tag_names.iter().position(|t| *t == tag) {
                Some(at) => 2 << at,
                None => 0,
            },
        }
    }

    /// The first tag of a set, "no tag" set aside.
    pub fn tag_name(&self, tags: u64) -> Option<&'a str> {
        let bit = (tags & !UNTAGGED).trailing_zeros() as usize;
        self.tag_names.get(bit.checked_sub(1)?).copied()
    }

    /// Gives a name its number, and returns it.
    pub fn name(&mut self, text: &'a str) -> NameId {
        let hash = murmur3(text.as_bytes());
        for k in 0..self.sources.len() {
            let catalogue = self.sources[k].catalogue;
            if let Some(local) = catalogue.find(text, hash) {
                return self.import_name(k, local);
            }
        }
        if let Some(&id) = self.unknown.get(text) {
            return id;
        }
        let created = (self.sources.len() as u32, self.unknown.len() as u32);
        let id = self.push_name(text, hash, created);
        self.unknown.insert(text, id);
        id
    }

    fn push_name(&mut self, text: &'a str, hash: u32, created: (u32, u32)) -> NameId {
        let id = self.names.len() as NameId;
        self.names.push(Name {
            text,
            key: (bucket(hash), Reverse(created)),
            providers: 0..0,
            loaded: false,
        });
        id
    }

    fn import_name(&mut self, source: usize, local: u32) -> NameId {
        if let Some(id) = self.sources[source].names[local as usize].checked_sub(1) {
            return id;
        }
        let catalogue = self.sources[source].catalogue;
        let (text, hash) = (catalogue.name(local), catalogue.hashes[local as usize]);
        let id = self.names.len() as NameId;
        let mut created = None;
        for (k, s) in self.sources.iter_mut().enumerate() {
            if let Some(local) = s.catalogue.find(text, hash) {
                s.names[local as usize] = id + 1;
                created.get_or_insert((k as u32, local));
            }
        }
        self.push_name(text, hash, created.unwrap_or((source as u32, local)))
    }

    fn import_package(&mut self, source: usize, row: u32) -> PackageId {
        if let Some(id) = self.sources[source].packages[row as usize].checked_sub(1) {
            return id;
        }
        let identity = self.sources[source].catalogue.identities[row as usize];
        let id = self.packages.len() as PackageId;
        let (mut first, mut tags) = (None, 0);
        for (k, s) in self.sources.iter_mut().enumerate() {
            if let Some(row) = s.catalogue.find_identity(&identity) {
                s.packages[row as usize] = id + 1;
                tags |= s.tags;
                first.get_or_insert((k, row));
            }
        }
        let (first, row) = first.unwrap_or((source, row));
        let catalogue = self.sources[first].catalogue;
        let r = catalogue.rows[row as usize];
        let [depends, provides, install_if] = catalogue.atoms_of(row);
        let name = self.import_name(first, r.name);
        let depends = self.import_atoms(first, depends);
        let provides = self.import_atoms(first, provides);
        let install_if = self.import_atoms(first, install_if);
        self.packages.push(Package {
            repository: first as u32,
            position: row,
            name,
            version: catalogue.text(r.version),
            arch: catalogue.text(r.arch),
            identity,
            priority: r.priority,
            uninstallable: r.flags & catalogue::UNINSTALLABLE != 0,
            tags,
            depends,
            provides,
            install_if,
        });
        id
    }

    fn import_atoms(&mut self, source: usize, places: Range<u32>) -> Range<u32> {
        let start = self.atoms.len() as u32;
        let catalogue = self.sources[source].catalogue;
        for place in places {
            let atom = catalogue.atom(place);
            let name = self.import_name(source, atom.name);
            self.atoms.push(Atom {
                name,
                conflict: atom.conflict,
                constraint: atom.constraint,
            });
        }
        start..self.atoms.len() as u32
    }

    /// Finds the providers of a name in every repository, in the order of loading.
    pub fn load_providers(&mut self, name: NameId) {
        if self.names[name as usize].loaded {
            return;
        }
        let (text, mut found) = (self.names[name as usize].text, Vec::new());
        let hash = murmur3(text.as_bytes());
        for k in 0..self.sources.len() {
            let catalogue = self.sources[k].catalogue;
            let Some(local) = catalogue.find(text, hash) else {
                continue;
            };
            for (row, version) in catalogue.providers(local) {
                let package = self.import_package(k, row);
                let p = &self.packages[package as usize];
                if (p.repository as usize, p.position) == (k, row) {
                    found.push(Provider { package, version });
                }
            }
        }
        let start = self.providers.len() as u32;
        self.providers.extend(found);
        let n = &mut self.names[name as usize];
        n.providers = start..self.providers.len() as u32;
        n.loaded = true;
    }

    /// The providers of a name that [`load_providers`](Self::load_providers) has been called
    /// for.
    pub fn providers(&self, name: NameId) -> &[Provider<'a>] {
        let r = &self.names[name as usize].providers;
        &self.providers[r.start as usize..r.end as usize]
    }

    /// The names of the packages whose install_if mentions a name, in hash order.
    pub fn triggered_by(&mut self, name: NameId) -> Vec<NameId> {
        let text = self.names[name as usize].text;
        let hash = murmur3(text.as_bytes());
        let mut names = Vec::new();
        for k in 0..self.sources.len() {
            let catalogue = self.sources[k].catalogue;
            let Some(local) = catalogue.find(text, hash) else {
                continue;
            };
            for row in catalogue.triggered_by(local) {
                let package = self.import_package(k, row);
                let p = &self.packages[package as usize];
                if (p.repository as usize, p.position) == (k, row) {
                    names.push(p.name);
                    names.extend(self.provides(package).iter().map(|a| a.name));
                }
            }
        }
        self.sort_by_hash(&mut names);
        names.dedup();
        names
    }

    /// Sorts names by bucket, within a bucket the newest first.
    pub fn sort_by_hash(&self, names: &mut [NameId]) {
        names.sort_unstable_by_key(|n| self.names[*n as usize].key);
    }

    fn atoms(&self, range: &Range<u32>) -> &[Atom<'a>] {
        &self.atoms[range.start as usize..range.end as usize]
    }

    pub fn depends(&self, package: PackageId) -> &[Atom<'a>] {
        self.atoms(&self.packages[package as usize].depends)
    }

    pub fn provides(&self, package: PackageId) -> &[Atom<'a>] {
        self.atoms(&self.packages[package as usize].provides)
    }

    pub fn install_if(&self, package: PackageId) -> &[Atom<'a>] {
        self.atoms(&self.packages[package as usize].install_if)
    }

    /// The package under its own name, then under each that it provides.
    pub fn names_of(&self, package: PackageId) -> impl Iterator<Item = (NameId, Option<&'a str>)> {
        let p = &self.packages[package as usize];
        let provides = self.provides(package).iter().map(|a| {
            let version = match a.constraint {
                Constraint::Version(_, version) => Some(version),
                _ => None,
            };
            (a.name, version)
        });
        std::iter::once((p.name, Some(p.version))).chain(provides)
    }

    /// Whether a provider is what the atom describes; `!` is not looked at.
    pub fn describes(&self, atom: &Atom<'a>, provider: &Provider<'a>) -> bool {
        Dependency {
            conflict: false,
            name: "",
            tag: None,
            constraint: atom.constraint,
        }
        .describes(
            provider.version,
            &self.packages[provider.package as usize].identity,
        )
    }
}
