//! Indexes by name: who bears a name, who provides it, and who asks for it.
//!
//! The catalogue of one or more indexes holds numbers only: names, packages and atoms are
//! places in flat lists, so that building it allocates nothing per field and keeping it in a
//! cache is copying the lists. Names are numbered in *hash order*, the order in which `apk`
//! lists them: by bucket, within a bucket the newest first.

mod build;
mod cache;

use super::dependency::{Constraint, Op};
use super::hash::murmur3;
use super::identity::Identity;
use super::index::Index;
use std::ops::Range;

/// The most indexes that a catalogue can hold: a set of them is 64 bits, and so is one of their
/// tags, in which one bit means "no tag".
pub const MAX_INDEXES: usize = 63;

/// A stretch of [`Catalogue::strings`], in bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub start: u32,
    pub len: u32,
}

/// Set in an element of [`Catalogue::atoms`] that is not a name's number but a place in
/// [`Catalogue::constrained`].
const CONSTRAINED: u32 = 1 << 31;
/// Set in [`Constrained::relation`] when the atom begins with `!`.
const CONFLICT: u32 = 1 << 8;
/// Set in [`Constrained::relation`] when the text is an identity, not a version.
const IDENTITY: u32 = 1 << 9;
/// In [`Catalogue::provider_rows`] instead of an atom: the package bears the name itself.
const OWN: u32 = u32::MAX;

/// An atom that is more than a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Constrained {
    pub name: u32,
    /// The bits of [`Op`], [`CONFLICT`] and [`IDENTITY`].
    pub relation: u32,
    pub text: Span,
}

/// What the solver must know of a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub name: u32,
    pub version: Span,
    pub arch: Span,
    /// Where its atoms begin in [`Catalogue::atoms`]: dependencies, then what it provides,
    /// then its install_if; the next row's `depends` ends them.
    depends: u32,
    provides: u32,
    install_if: u32,
    pub priority: u32,
    /// An atom or a field forbids its installation.
    pub uninstallable: bool,
    /// The first index that has it, and its place there.
    pub index: u32,
    pub position: u32,
    /// All indexes that have it.
    pub indexes: u64,
}

/// See the module's documentation.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Catalogue {
    pub(crate) strings: String,
    pub(crate) names: Vec<Span>,
    /// Open addressing by [`murmur3`], a power of two of slots: name + 1, or 0.
    pub(crate) slots: Vec<u32>,
    pub(crate) rows: Vec<Row>,
    pub(crate) atoms: Vec<u32>,
    pub(crate) constrained: Vec<Constrained>,
    /// By name, and one more: where its providers begin in
    /// [`provider_rows`](Self::provider_rows).
    pub(crate) provider_starts: Vec<u32>,
    /// The row, and the atom that provides the name or [`OWN`].
    pub(crate) provider_rows: Vec<[u32; 2]>,
    /// By name, and one more: where its list begins in
    /// [`triggered_names`](Self::triggered_names).
    pub(crate) triggered_starts: Vec<u32>,
    /// The names of packages whose install_if mentions a name, in hash order.
    pub(crate) triggered_names: Vec<u32>,
}

/// An atom with its texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Atom<'a> {
    pub name: u32,
    pub conflict: bool,
    pub constraint: Constraint<'a>,
}

impl Catalogue {
    /// Reads every package's atoms, from the preferred index to the last; of several packages
    /// with one identity the first counts. Atoms that are none make their package
    /// uninstallable (dependencies) or are dropped (install_if as a whole, single provides).
    ///
    /// Indexes beyond [`MAX_INDEXES`] are left out.
    pub fn new(indexes: &[&Index]) -> Catalogue {
        build::build(indexes)
    }

    pub(crate) fn text(&self, span: Span) -> &str {
        let start = span.start as usize;
        let range = start..start.saturating_add(span.len as usize);
        self.strings.get(range).unwrap_or("")
    }

    pub(crate) fn name(&self, name: u32) -> &str {
        self.text(self.names[name as usize])
    }

    /// The number of a name.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = murmur3(name.as_bytes()) as usize & mask;
        loop {
            let found = self.slots[slot].checked_sub(1)?;
            if self.name(found) == name {
                return Some(found);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The rows that provide a name in the order of loading, with the version that they give
    /// it.
    pub(crate) fn providers(
        &self,
        name: u32,
    ) -> impl DoubleEndedIterator<Item = (u32, Option<&str>)> {
        let range = stretch(&self.provider_starts, name);
        self.provider_rows[range].iter().map(|&[row, atom]| {
            let version = match atom {
                OWN => Some(self.text(self.rows[row as usize].version)),
                atom => self.atom(atom).version(),
            };
            (row, version)
        })
    }

    /// The names of packages whose install_if mentions a name, in hash order.
    pub(crate) fn triggered(&self, name: u32) -> &[u32] {
        &self.triggered_names[stretch(&self.triggered_starts, name)]
    }

    /// What a package depends on, in the order of its list.
    pub(crate) fn depends(&self, row: u32) -> impl DoubleEndedIterator<Item = Atom<'_>> {
        let row = &self.rows[row as usize];
        self.atoms_at(row.depends..row.provides)
    }

    /// What a package provides, in the order of its list.
    pub(crate) fn provides(&self, row: u32) -> impl DoubleEndedIterator<Item = Atom<'_>> {
        let row = &self.rows[row as usize];
        self.atoms_at(row.provides..row.install_if)
    }

    /// What must be there for a package to be installed unasked.
    pub(crate) fn install_if(&self, row: u32) -> impl DoubleEndedIterator<Item = Atom<'_>> {
        let end = match self.rows.get(row as usize + 1) {
            Some(next) => next.depends,
            None => self.atoms.len() as u32,
        };
        self.atoms_at(self.rows[row as usize].install_if..end)
    }

    /// The rows that provide a name in the order of loading.
    pub(crate) fn provider_rows(&self, name: u32) -> impl DoubleEndedIterator<Item = u32> {
        let range = stretch(&self.provider_starts, name);
        self.provider_rows[range].iter().map(|[row, _]| *row)
    }

    /// The names that a package depends on, those that it provides, and those of its
    /// install_if.
    pub(crate) fn names_around(&self, row: u32) -> [impl DoubleEndedIterator<Item = u32>; 3] {
        let end = self.rows.get(row as usize + 1).map(|next| next.depends);
        let end = end.unwrap_or(self.atoms.len() as u32);
        let row = &self.rows[row as usize];
        [
            row.depends..row.provides,
            row.provides..row.install_if,
            row.install_if..end,
        ]
        .map(|places| places.map(|place| self.atom_name(place)))
    }

    fn atom_name(&self, place: u32) -> u32 {
        match self.atoms[place as usize] {
            raw if raw & CONSTRAINED == 0 => raw,
            raw => self.constrained[(raw & !CONSTRAINED) as usize].name,
        }
    }

    fn atoms_at(&self, places: Range<u32>) -> impl DoubleEndedIterator<Item = Atom<'_>> {
        places.map(|place| self.atom(place))
    }

    fn atom(&self, place: u32) -> Atom<'_> {
        let raw = self.atoms[place as usize];
        if raw & CONSTRAINED == 0 {
            return Atom {
                name: raw,
                conflict: false,
                constraint: Constraint::Any,
            };
        }
        let c = self.constrained[(raw & !CONSTRAINED) as usize];
        let text = self.text(c.text);
        let constraint = if c.relation & IDENTITY != 0 {
            // It was read once already, and an identity that cannot be read fits nothing.
            Identity::parse(text).map_or(Constraint::Version(Op::EQUAL, ""), Constraint::Identity)
        } else {
            match Op::from_bits(c.relation as u8) {
                Some(op) => Constraint::Version(op, text),
                None => Constraint::Any,
            }
        };
        Atom {
            name: c.name,
            conflict: c.relation & CONFLICT != 0,
            constraint,
        }
    }
}

impl<'a> Atom<'a> {
    /// The version that a package gives a name that it provides.
    pub fn version(&self) -> Option<&'a str> {
        match self.constraint {
            Constraint::Version(_, version) => Some(version),
            _ => None,
        }
    }
}

/// Where a number's list lies, given where each begins.
fn stretch(starts: &[u32], number: u32) -> Range<usize> {
    starts[number as usize] as usize..starts[number as usize + 1] as usize
}
