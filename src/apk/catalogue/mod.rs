//! Indexes by name: who bears a name, who provides it, and who asks for it.
//!
//! The catalogue of one or more indexes holds numbers only: names, packages and atoms are
//! places in flat lists of 32-bit words, so that building it allocates nothing per field and
//! keeping it in a cache is copying the lists. Names are numbered in *hash order*, the order in
//! which `apk` lists them: by bucket, within a bucket the newest first.

mod build;
mod cache;
mod row;

use super::dependency::Constraint;
use super::hash::{bucket, murmur3};
use super::index::Index;
use std::ops::Range;

pub(crate) use row::{Atoms, Row};

/// The most indexes that a catalogue can hold: a set of them is 64 bits, and so is one of their
/// tags, in which one bit means "no tag".
pub const MAX_INDEXES: usize = 63;

/// The bits of an element of [`Catalogue::atoms`] that are a name's number.
const NAME: u32 = (1 << 30) - 1;
/// In [`Catalogue::providers`]: the package gives the name its own version.
const VERSION: u32 = u32::MAX;
/// In [`Catalogue::providers`]: the package gives the name no version.
const NO_VERSION: u32 = u32::MAX - 1;
/// Set in the last name of each list of [`Catalogue::around`].
const LAST: u32 = 1 << 31;

/// See the module's documentation.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Catalogue {
    /// The names one after the other.
    name_text: String,
    /// By name, and one more: where it begins in `name_text`, in bytes.
    name_starts: Vec<u32>,
    /// By bucket, and one more: its first name.
    buckets: Vec<u32>,
    /// Versions, architectures and identities, one after the other.
    texts: String,
    /// Where each architecture begins in `texts`, and its length in bytes.
    arches: Vec<u32>,
    /// Packages, [`row::WORDS`] each.
    rows: Vec<u32>,
    /// Packages that further indexes have: the row, the lower and the upper half of the set of
    /// all indexes that have it.
    shared: Vec<u32>,
    /// Names, with flags for what is asked of them.
    atoms: Vec<u32>,
    /// What is asked in the atoms that have [`row::CONSTRAINED`], in their order:
    /// [`row::CONSTRAINT_WORDS`] each.
    constraints: Vec<u32>,
    /// By name, and one more: where its providers begin in `providers`, counted in pairs.
    provider_starts: Vec<u32>,
    /// The row, and where the version that it gives the name is in `constraints`, or
    /// [`VERSION`] or [`NO_VERSION`].
    providers: Vec<u32>,
    /// By name, and one more: where its list begins in `triggered`.
    triggered_starts: Vec<u32>,
    /// The names of packages whose install_if mentions a name, in hash order.
    triggered: Vec<u32>,
    /// Lists of the names that a package triggers under any of its names, each once; the last of
    /// a list is marked.
    around: Vec<u32>,
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

    /// The number of names.
    pub(crate) fn name_count(&self) -> usize {
        self.name_starts.len().saturating_sub(1)
    }

    /// The number of packages.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.len() / row::WORDS
    }

    pub(crate) fn name(&self, name: u32) -> &str {
        self.name_text
            .get(stretch(&self.name_starts, name))
            .unwrap_or("")
    }

    /// A stretch of the texts.
    fn text(&self, start: u32, len: u32) -> &str {
        let start = start as usize;
        let range = start..start.saturating_add(len as usize);
        self.texts.get(range).unwrap_or("")
    }

    /// The number of a name.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        if self.name_count() == 0 {
            return None;
        }
        let in_bucket = stretch(&self.buckets, bucket(murmur3(name.as_bytes())));
        let mut numbers = in_bucket.map(|number| number as u32);
        numbers.find(|number| self.name(*number) == name)
    }

    /// The rows that provide a name in the order of loading, with the version that they give
    /// it.
    pub(crate) fn providers(
        &self,
        name: u32,
    ) -> impl DoubleEndedIterator<Item = (u32, Option<&str>)> {
        self.provider_pairs(name).iter().map(|&[row, place]| {
            let version = match place {
                VERSION => Some(self.row(row).version()),
                NO_VERSION => None,
                place => match self.constraint(place).1 {
                    Constraint::Version(_, version) => Some(version),
                    _ => None,
                },
            };
            (row, version)
        })
    }

    /// The rows that provide a name in the order of loading.
    pub(crate) fn provider_rows(&self, name: u32) -> impl DoubleEndedIterator<Item = u32> {
        self.provider_pairs(name).iter().map(|[row, _]| *row)
    }

    fn provider_pairs(&self, name: u32) -> &[[u32; 2]] {
        &self.providers.as_chunks().0[stretch(&self.provider_starts, name)]
    }

    /// The names of packages whose install_if mentions a name, in hash order.
    pub(crate) fn triggered(&self, name: u32) -> &[u32] {
        &self.triggered[stretch(&self.triggered_starts, name)]
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
    let number = number as usize;
    starts[number] as usize..starts[number + 1] as usize
}
