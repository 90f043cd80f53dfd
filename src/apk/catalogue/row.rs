//! A package of a catalogue and its atoms.

use super::{Atom, Catalogue, LAST, NAME};
use crate::apk::dependency::{Constraint, Op};
use crate::apk::identity::Identity;

/// Set in an atom that asks for the version of its own package (`=`), as most versions do.
pub(super) const OWN_VERSION: u32 = 1 << 30;
/// Set in an atom that has a place in [`Catalogue::constraints`].
pub(super) const CONSTRAINED: u32 = 1 << 31;

/// The words of a constraint: what is asked, where the text begins, and its length in bytes.
pub(super) const CONSTRAINT_WORDS: usize = 3;
/// Set in the first word of a constraint when the atom begins with `!`; its lowest bits are
/// those of [`Op`].
pub(super) const CONFLICT: u32 = 1 << 8;
/// Set in the first word of a constraint when the text is an identity, not a version.
pub(super) const IDENTITY: u32 = 1 << 9;

/// The words of a row in [`Catalogue::rows`].
pub(super) const WORDS: usize = 12;

/// What stands where in a row.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Name,
    VersionStart,
    VersionLen,
    /// Where its atoms begin in [`Catalogue::atoms`]: dependencies, then what it provides, then
    /// its install_if; the next row's `Depends` ends them.
    Depends,
    Provides,
    InstallIf,
    /// Where its constraints begin in [`Catalogue::constraints`], counted in constraints.
    Constraints,
    /// Where its list begins in [`Catalogue::around`], and one; 0 if it has none.
    Around,
    Priority,
    Position,
    Arch,
    /// The first index that has it, [`UNINSTALLABLE`] and [`SHARED`].
    Index,
}

/// Set in [`Field::Index`]: an atom or a field forbids its installation.
pub(super) const UNINSTALLABLE: u32 = 1 << 30;
/// Set in [`Field::Index`]: other indexes have it, too.
pub(super) const SHARED: u32 = 1 << 31;

/// A package: what the solver must know of it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    catalogue: &'a Catalogue,
    number: u32,
    words: &'a [u32; WORDS],
}

impl Catalogue {
    /// The package of this number.
    pub(crate) fn row(&self, number: u32) -> Row<'_> {
        Row {
            catalogue: self,
            number,
            words: &self.rows.as_chunks().0[number as usize],
        }
    }

    /// What is asked at a place of the constraints, and whether it is forbidden.
    pub(super) fn constraint(&self, place: u32) -> (bool, Constraint<'_>) {
        let constraints = self.constraints.as_chunks::<CONSTRAINT_WORDS>().0;
        let Some(&[relation, start, len]) = constraints.get(place as usize) else {
            return (false, Constraint::Any);
        };
        let text = self.text(start, len);
        let constraint = if relation & IDENTITY != 0 {
            // It was read once already, and an identity that cannot be read fits nothing.
            Identity::parse(text).map_or(Constraint::Version(Op::EQUAL, ""), Constraint::Identity)
        } else {
            match Op::from_bits(relation as u8) {
                Some(op) => Constraint::Version(op, text),
                None => Constraint::Any,
            }
        };
        (relation & CONFLICT != 0, constraint)
    }
}

impl<'a> Row<'a> {
    fn field(&self, field: Field) -> u32 {
        self.words[field as usize]
    }

    /// The number of its own name.
    pub fn name(&self) -> u32 {
        self.field(Field::Name)
    }

    pub fn version(&self) -> &'a str {
        let (start, len) = (
            self.field(Field::VersionStart),
            self.field(Field::VersionLen),
        );
        self.catalogue.text(start, len)
    }

    pub fn arch(&self) -> &'a str {
        let arches = self.catalogue.arches.as_chunks().0;
        match arches.get(self.field(Field::Arch) as usize) {
            Some(&[start, len]) => self.catalogue.text(start, len),
            None => "",
        }
    }

    /// Which of the providers of an unversioned name is taken, the highest first.
    pub fn priority(&self) -> u32 {
        self.field(Field::Priority)
    }

    /// Whether an atom or a field forbids its installation.
    pub fn is_uninstallable(&self) -> bool {
        self.field(Field::Index) & UNINSTALLABLE != 0
    }

    /// The first index that has it.
    pub fn index(&self) -> usize {
        (self.field(Field::Index) & !(UNINSTALLABLE | SHARED)) as usize
    }

    /// Its place there.
    pub fn position(&self) -> usize {
        self.field(Field::Position) as usize
    }

    /// All indexes that have it, as a set of bits.
    pub fn indexes(&self) -> u64 {
        let first = 1 << (self.index() & 63);
        if self.field(Field::Index) & SHARED == 0 {
            return first;
        }
        let shared = self.catalogue.shared.as_chunks::<3>().0;
        match shared.binary_search_by_key(&self.number, |[row, ..]| *row) {
            Ok(at) => u64::from(shared[at][1]) | u64::from(shared[at][2]) << 32,
            Err(_) => first,
        }
    }

    /// Where its dependencies, what it provides and its install_if begin and end.
    fn places(&self) -> [usize; 4] {
        let rows = self.catalogue.rows.as_chunks::<WORDS>().0;
        let end = match rows.get(self.number as usize + 1) {
            Some(next) => next[Field::Depends as usize] as usize,
            None => self.catalogue.atoms.len(),
        };
        let [depends, provides, install_if] = [Field::Depends, Field::Provides, Field::InstallIf]
            .map(|field| self.field(field) as usize);
        [depends, provides, install_if, end]
    }

    fn atoms(&self, begin: usize, end: usize) -> Atoms<'a> {
        let first = self.field(Field::Depends) as usize;
        let list = &self.catalogue.atoms[begin..end];
        let before = constrained(&self.catalogue.atoms[first..begin]);
        let front = self.field(Field::Constraints) + before;
        Atoms {
            catalogue: self.catalogue,
            row: *self,
            list,
            front,
            back: front + constrained(list),
        }
    }

    /// What it depends on, in the order of its list.
    pub fn depends(&self) -> Atoms<'a> {
        let [begin, end, ..] = self.places();
        self.atoms(begin, end)
    }

    /// What it provides, in the order of its list.
    pub fn provides(&self) -> Atoms<'a> {
        let [_, begin, end, _] = self.places();
        self.atoms(begin, end)
    }

    /// What must be there for it to be installed unasked.
    pub fn install_if(&self) -> Atoms<'a> {
        let [.., begin, end] = self.places();
        self.atoms(begin, end)
    }

    /// The names that it depends on.
    pub fn depends_names(&self) -> impl DoubleEndedIterator<Item = u32> + use<'a> {
        let (begin, end) = (self.field(Field::Depends), self.field(Field::Provides));
        let atoms = &self.catalogue.atoms[begin as usize..end as usize];
        atoms.iter().map(|atom| atom & NAME)
    }

    /// Whether it has an install_if.
    pub fn has_install_if(&self) -> bool {
        let [.., begin, end] = self.places();
        begin < end
    }

    /// The names in its install_if.
    pub fn install_if_names(&self) -> impl DoubleEndedIterator<Item = u32> + use<'a> {
        let [.., begin, end] = self.places();
        let atoms = &self.catalogue.atoms[begin..end];
        atoms.iter().map(|atom| atom & NAME)
    }

    /// Whether there is anything [`around`](Self::around) it.
    pub fn has_around(&self) -> bool {
        self.field(Field::Around) != 0
    }

    /// The names of packages whose install_if mentions its name or one that it provides, each
    /// once: first those of its name, then those of the names that it provides.
    pub fn around(&self) -> impl DoubleEndedIterator<Item = u32> + use<'a> {
        let list = match self.field(Field::Around).checked_sub(1) {
            Some(begin) => self.catalogue.around.get(begin as usize..),
            None => None,
        };
        let list = list.unwrap_or_default();
        let end = list.iter().position(|name| name & LAST != 0);
        let list = &list[..end.map_or(0, |last| last + 1)];
        list.iter().map(|name| name & !LAST)
    }
}

/// How many of these atoms have a place in the constraints.
fn constrained(atoms: &[u32]) -> u32 {
    atoms.iter().map(|atom| atom >> 31).sum()
}

/// Atoms of a package, in the order of their list.
pub(crate) struct Atoms<'a> {
    catalogue: &'a Catalogue,
    row: Row<'a>,
    list: &'a [u32],
    /// The places in the constraints where those of the list begin and end.
    front: u32,
    back: u32,
}

impl<'a> Atoms<'a> {
    fn atom(&self, raw: u32, place: u32) -> Atom<'a> {
        let (conflict, constraint) = match (raw & CONSTRAINED != 0, raw & OWN_VERSION != 0) {
            (true, _) => self.catalogue.constraint(place),
            (false, true) => (false, Constraint::Version(Op::EQUAL, self.row.version())),
            (false, false) => (false, Constraint::Any),
        };
        Atom {
            name: raw & NAME,
            conflict,
            constraint,
        }
    }
}

impl<'a> Iterator for Atoms<'a> {
    type Item = Atom<'a>;

    fn next(&mut self) -> Option<Atom<'a>> {
        let (&raw, list) = self.list.split_first()?;
        let place = self.front;
        self.front += raw >> 31;
        self.list = list;
        Some(self.atom(raw, place))
    }
}

impl DoubleEndedIterator for Atoms<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let (&raw, list) = self.list.split_last()?;
        self.back -= raw >> 31;
        self.list = list;
        Some(self.atom(raw, self.back))
    }
}
