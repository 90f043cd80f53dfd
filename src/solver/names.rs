//! The names and packages that the solver works on: the catalogue, and names of the world that
//! no repository has.

use super::Request;
use crate::apk::catalogue::{Atoms, Catalogue, Row};
use crate::apk::dependency::Constraint;
use crate::apk::index::Entry;
use std::cell::Cell;
use std::collections::HashMap;

pub(super) use crate::apk::catalogue::Atom;

/// The number of a name; numbers rise in hash order.
pub(super) type NameId = u32;
/// The number of a package.
pub(super) type PackageId = u32;

/// The set of tags that holds "no tag": a set is 64 bits.
pub(super) const UNTAGGED: u64 = 1;

/// A package under one of its names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Provider<'a> {
    pub package: PackageId,
    /// The version that it gives the name, if any.
    pub version: Option<&'a str>,
}

/// See the module's documentation.
pub(super) struct Universe<'a> {
    catalogue: &'a Catalogue,
    pub request: &'a Request<'a>,
    /// The tags by bit, from 1.
    tag_names: Vec<&'a str>,
    /// The set of each repository's tag.
    tags: Vec<u64>,
    /// Names that no index has, numbered behind those that some index has.
    unknown: Vec<&'a str>,
    unknown_by_name: HashMap<&'a str, NameId>,
    /// Whether a record was asked for that cannot be looked at.
    pub missed: Cell<bool>,
}

impl<'a> Universe<'a> {
    /// The catalogue must be that of the request's repositories, in their order.
    pub fn new(request: &'a Request<'a>, catalogue: &'a Catalogue) -> Universe<'a> {
        let mut universe = Universe {
            catalogue,
            request,
            tag_names: Vec::new(),
            tags: Vec::new(),
            unknown: Vec::new(),
            unknown_by_name: HashMap::new(),
            missed: Cell::new(false),
        };
        for repository in request.repositories {
            let set = match repository.tag {
                Some(tag) if universe.tag(Some(tag)) == 0 => {
                    universe.tag_names.push(tag);
                    1 << universe.tag_names.len()
                }
                tag => universe.tag(tag),
            };
            universe.tags.push(set);
        }
        universe
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

    /// The tags of a set, "no tag" set aside.
    pub fn tag_names(&self, tags: u64) -> impl Iterator<Item = &'a str> {
        let names = self.tag_names.iter().enumerate();
        names.filter_map(move |(at, name)| (tags & (2 << at) != 0).then_some(*name))
    }

    /// A name that some index has, and its number.
    pub fn find(&self, text: &str) -> Option<(&'a str, NameId)> {
        let found = self.catalogue.find(text)?;
        Some((self.catalogue.name(found), found))
    }

    /// The number of a name.
    pub fn number(&mut self, text: &'a str) -> NameId {
        if let Some(found) = self.catalogue.find(text) {
            return found;
        }
        let next = self.name_count() as NameId;
        *self.unknown_by_name.entry(text).or_insert_with(|| {
            self.unknown.push(text);
            next
        })
    }

    fn is_known(&self, name: NameId) -> bool {
        (name as usize) < self.catalogue.name_count()
    }

    pub fn name_count(&self) -> usize {
        self.catalogue.name_count() + self.unknown.len()
    }

    pub fn package_count(&self) -> usize {
        self.catalogue.row_count()
    }

    pub fn name(&self, name: NameId) -> &'a str {
        match (name as usize).checked_sub(self.catalogue.name_count()) {
            Some(at) => self.unknown[at],
            None => self.catalogue.name(name),
        }
    }

    /// All names that some index has.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let catalogue = self.catalogue;
        (0..catalogue.name_count() as NameId).map(|name| catalogue.name(name))
    }

    pub fn package(&self, package: PackageId) -> Row<'a> {
        self.catalogue.row(package)
    }

    pub fn version(&self, package: PackageId) -> &'a str {
        self.package(package).version()
    }

    pub fn arch(&self, package: PackageId) -> &'a str {
        self.package(package).arch()
    }

    /// `name-version`
    pub fn full_name(&self, package: PackageId) -> String {
        let name = self.name(self.package(package).name());
        format!("{name}-{}", self.version(package))
    }

    /// The tags of all repositories that have the package.
    pub fn tags(&self, package: PackageId) -> u64 {
        let indexes = self.package(package).indexes();
        let tags = self.tags.iter().enumerate();
        tags.filter(|(at, _)| indexes >> at & 1 != 0)
            .fold(0, |set, (_, tags)| set | tags)
    }

    /// The providers of a name in the order of loading.
    pub fn providers(&self, name: NameId) -> impl DoubleEndedIterator<Item = Provider<'a>> {
        let known = self.is_known(name).then(|| self.catalogue.providers(name));
        let known = known.into_iter().flatten();
        known.map(|(package, version)| Provider { package, version })
    }

    /// The names whose providers have an install_if that mentions the name, in hash order.
    pub fn triggered(&self, name: NameId) -> &'a [NameId] {
        match self.is_known(name) {
            true => self.catalogue.triggered(name),
            false => &[],
        }
    }

    /// The packages that provide a name in the order of loading.
    pub fn provider_packages(&self, name: NameId) -> impl DoubleEndedIterator<Item = PackageId> {
        let known = self
            .is_known(name)
            .then(|| self.catalogue.provider_rows(name));
        known.into_iter().flatten()
    }

    pub fn depends(&self, package: PackageId) -> Atoms<'a> {
        self.package(package).depends()
    }

    pub fn install_if(&self, package: PackageId) -> Atoms<'a> {
        self.package(package).install_if()
    }

    /// The package under its own name, then under each that it provides.
    pub fn names_of(
        &self,
        package: PackageId,
    ) -> impl DoubleEndedIterator<Item = (NameId, Option<&'a str>)> {
        let row = self.package(package);
        let own = (row.name(), Some(row.version()));
        std::iter::once(own).chain(row.provides().map(|a| (a.name, a.version())))
    }

    /// The record of a package in the first index that has it; `None` while the indexes cannot be
    /// looked at.
    pub fn record(&self, package: PackageId) -> Option<Entry<'a>> {
        let row = self.package(package);
        let record = self.request.repositories[row.index()]
            .index
            .get(row.position());
        if record.is_none() {
            self.missed.set(true);
        }
        record
    }

    /// Whether a provider is what the atom describes; `!` is not looked at.
    pub fn describes(&self, atom: &Atom<'a>, provider: &Provider<'a>) -> bool {
        if let Constraint::Identity(wanted) = atom.constraint {
            let record = self.record(provider.package);
            return record.is_some_and(|record| record.identity == wanted);
        }
        atom.constraint.admits(provider.version)
    }
}
