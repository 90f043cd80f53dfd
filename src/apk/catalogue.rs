//! An index by name: who bears a name, who provides it, and who asks for it.
//!
//! The catalogue holds numbers only: names, packages and atoms are indexes into flat lists, so
//! that building it allocates nothing per field and keeping it in a cache is copying the lists.
//! Name numbers rise in the order in which `apk` meets the names when it reads the index, which
//! the solver's order depends on (SPEC.md section 4, "Loading").

use super::dependency::{Constraint, Dependency, Op};
use super::hash::murmur3;
use super::identity::Identity;
use super::index::{Entry, Index};

/// A stretch of [`Catalogue::strings`], in bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub start: u32,
    pub len: u32,
}

/// An atom: bit 31 clear and a name's number, or bit 31 set and a place in
/// [`Catalogue::constrained`].
type RawAtom = u32;
const CONSTRAINED: u32 = 1 << 31;
/// Set in [`Constrained::relation`] when the atom begins with `!`.
const CONFLICT: u32 = 1 << 8;
/// Set in [`Constrained::relation`] when the text is an identity, not a version.
const IDENTITY: u32 = 1 << 9;

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
    pub depends: u32,
    pub provides: u32,
    pub install_if: u32,
    pub priority: u32,
    pub flags: u32,
}

/// The package has an atom or a field that forbids its installation.
pub(crate) const UNINSTALLABLE: u32 = 1;
/// An earlier package of this index has the same identity.
pub(crate) const REPEATED: u32 = 2;

/// See the module's documentation.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Catalogue {
    pub(crate) strings: String,
    pub(crate) names: Vec<Span>,
    pub(crate) hashes: Vec<u32>,
    /// Open addressing over [`hashes`](Self::hashes), a power of two of slots: name + 1, or 0.
    pub(crate) slots: Vec<u32>,
    pub(crate) rows: Vec<Row>,
    pub(crate) atoms: Vec<RawAtom>,
    pub(crate) constrained: Vec<Constrained>,
    /// Where each name's providers begin in [`provider_rows`](Self::provider_rows); one more
    /// at the end.
    pub(crate) provider_starts: Vec<u32>,
    /// The row, and the atom that provides the name or [`OWN`].
    pub(crate) provider_rows: Vec<(u32, u32)>,
    /// Names that an install_if mentions, rising, with the row that does.
    pub(crate) triggers: Vec<(u32, u32)>,
    /// Open addressing by the first bytes of the identity: row + 1, or 0.
    pub(crate) identity_slots: Vec<u32>,
    pub(crate) identities: Vec<Identity>,
}

/// In [`Catalogue::provider_rows`]: the package bears the name itself.
pub(crate) const OWN: u32 = u32::MAX;

/// An atom with its texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Atom<'a> {
    pub name: u32,
    pub conflict: bool,
    pub constraint: Constraint<'a>,
}

fn slot_count(entries: usize) -> usize {
    (entries * 2).next_power_of_two().max(16)
}

fn identity_hash(identity: &Identity) -> usize {
    let b = identity.bytes();
    u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize
}

impl Catalogue {
    /// Reads every package's atoms. Those that are no atoms make their package uninstallable
    /// (dependencies) or are dropped (install_if as a whole, single provides).
    pub fn new(index: &Index) -> Catalogue {
        let mut builder = Builder::new(index.len());
        for entry in index.entries() {
            builder.add(&entry);
        }
        builder.finish()
    }

    pub(crate) fn text(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.strings
            .get(start..start + span.len as usize)
            .unwrap_or("")
    }

    pub(crate) fn name(&self, name: u32) -> &str {
        self.text(self.names[name as usize])
    }

    /// The number of a name.
    pub(crate) fn find(&self, name: &str, hash: u32) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot].checked_sub(1)?;
            if self.hashes[found as usize] == hash && self.name(found) == name {
                return Some(found);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The first row of this identity.
    pub(crate) fn find_identity(&self, identity: &Identity) -> Option<u32> {
        if self.identity_slots.is_empty() {
            return None;
        }
        let mask = self.identity_slots.len() - 1;
        let mut slot = identity_hash(identity) & mask;
        loop {
            let found = self.identity_slots[slot].checked_sub(1)?;
            if self.identities[found as usize] == *identity {
                return Some(found);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The rows that provide a name, with the version that they give it.
    pub(crate) fn providers(&self, name: u32) -> impl Iterator<Item = (u32, Option<&str>)> {
        let start = self.provider_starts[name as usize] as usize;
        let end = self.provider_starts[name as usize + 1] as usize;
        self.provider_rows[start..end].iter().map(|&(row, atom)| {
            let version = match atom {
                OWN => Some(self.text(self.rows[row as usize].version)),
                atom => self.provided_version(atom),
            };
            (row, version)
        })
    }

    fn provided_version(&self, atom: u32) -> Option<&str> {
        match self.atom(atom).constraint {
            Constraint::Version(_, version) => Some(version),
            _ => None,
        }
    }

    /// The rows whose install_if mentions a name.
    pub(crate) fn triggered_by(&self, name: u32) -> impl Iterator<Item = u32> {
        let start = self.triggers.partition_point(|t| t.0 < name);
        self.triggers[start..]
            .iter()
            .take_while(move |t| t.0 == name)
            .map(|t| t.1)
    }

    /// The atom at a place of the list.
    pub(crate) fn atom(&self, place: u32) -> Atom<'_> {
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

    /// The places of a row's atoms: dependencies, provides, install_if.
    pub(crate) fn atoms_of(&self, row: u32) -> [std::ops::Range<u32>; 3] {
        let r = &self.rows[row as usize];
        let end = match self.rows.get(row as usize + 1) {
            Some(next) => next.depends,
            None => self.atoms.len() as u32,
        };
        [
            r.depends..r.provides,
            r.provides..r.install_if,
            r.install_if..end,
        ]
    }
}

struct Builder {
    c: Catalogue,
    /// Name of each provider and its row and atom, in the order of the index.
    provided: Vec<(u32, u32, u32)>,
}

impl Builder {
    fn new(packages: usize) -> Builder {
        let mut c = Catalogue {
            // Official indexes have some 2.3 names and 6 atoms a package.
            strings: String::with_capacity(packages * 64),
            names: Vec::with_capacity(packages * 5 / 2),
            hashes: Vec::with_capacity(packages * 5 / 2),
            rows: Vec::with_capacity(packages),
            atoms: Vec::with_capacity(packages * 6),
            constrained: Vec::with_capacity(packages * 2),
            identities: Vec::with_capacity(packages),
            ..Catalogue::default()
        };
        c.slots = vec![0; slot_count(packages * 5 / 2)];
        c.identity_slots = vec![0; slot_count(packages)];
        Builder {
            c,
            provided: Vec::with_capacity(packages * 4),
        }
    }

    fn add(&mut self, entry: &Entry<'_>) {
        let row = self.c.rows.len() as u32;
        let mut flags = 0;
        if entry.unknown_field.is_some() {
            flags |= UNINSTALLABLE;
        }
        if !self.remember_identity(row, entry.identity) {
            flags |= REPEATED;
        }
        let name = self.intern(entry.name);
        let version = self.push_text(entry.version);
        let arch = self.arch(entry.arch);
        let depends = self.c.atoms.len() as u32;
        for atom in words(entry.depends) {
            match Dependency::parse(atom) {
                Ok(d) => self.push_atom(&d, version, entry.version),
                Err(_) => flags |= UNINSTALLABLE,
            }
        }
        let provides = self.c.atoms.len() as u32;
        if flags & REPEATED == 0 {
            self.provided.push((name, row, OWN));
        }
        for atom in words(entry.provides) {
            let Some(d) = Dependency::parse_provided(atom) else {
                continue;
            };
            let place = self.c.atoms.len() as u32;
            self.push_atom(&d, version, entry.version);
            if flags & REPEATED == 0 {
                let name = self.c.atom(place).name;
                self.provided.push((name, row, place));
            }
        }
        let install_if = self.c.atoms.len() as u32;
        self.push_install_if(row, entry, version, flags);
        self.c.rows.push(Row {
            name,
            version,
            arch,
            depends,
            provides,
            install_if,
            priority: entry.provider_priority,
            flags,
        });
        self.c.identities.push(entry.identity);
    }

    fn push_install_if(&mut self, row: u32, entry: &Entry<'_>, version: Span, flags: u32) {
        if words(entry.install_if).any(|atom| Dependency::parse(atom).is_err()) {
            return;
        }
        for atom in words(entry.install_if) {
            let Ok(d) = Dependency::parse(atom) else {
                continue;
            };
            let place = self.c.atoms.len() as u32;
            self.push_atom(&d, version, entry.version);
            if flags & REPEATED == 0 {
                let name = self.c.atom(place).name;
                self.c.triggers.push((name, row));
            }
        }
    }

    fn finish(mut self) -> Catalogue {
        let c = &mut self.c;
        // A counting sort keeps the order of the index within a name.
        let mut starts = vec![0u32; c.names.len() + 1];
        for (name, ..) in &self.provided {
            starts[*name as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        c.provider_rows = vec![(0, 0); self.provided.len()];
        for (name, row, atom) in &self.provided {
            let at = &mut next[*name as usize];
            c.provider_rows[*at as usize] = (*row, *atom);
            *at += 1;
        }
        c.provider_starts = starts;
        c.triggers.sort_by_key(|t| t.0);
        c.triggers.dedup();
        self.c
    }

    fn push_text(&mut self, text: &str) -> Span {
        let start = self.c.strings.len() as u32;
        self.c.strings.push_str(text);
        Span {
            start,
            len: text.len() as u32,
        }
    }

    /// Packages of one index nearly always have the architecture of the one before.
    fn arch(&mut self, arch: &str) -> Span {
        match self.c.rows.last().map(|r| r.arch) {
            Some(span) if self.c.text(span) == arch => span,
            _ => self.push_text(arch),
        }
    }

    fn push_atom(&mut self, d: &Dependency<'_>, own: Span, own_text: &str) {
        let name = self.intern(d.name);
        let (bits, text) = match d.constraint {
            Constraint::Any if !d.conflict => {
                self.c.atoms.push(name);
                return;
            }
            Constraint::Any => (0, Span::default()),
            // Most constraints and provides bear the package's own version.
            Constraint::Version(op, v) if v == own_text => (u32::from(op.bits()), own),
            Constraint::Version(op, v) => (u32::from(op.bits()), self.push_text(v)),
            Constraint::Identity(id) => (IDENTITY, self.push_text(&id.to_string())),
        };
        let conflict = if d.conflict { CONFLICT } else { 0 };
        self.c
            .atoms
            .push(CONSTRAINED | self.c.constrained.len() as u32);
        self.c.constrained.push(Constrained {
            name,
            relation: bits | conflict,
            text,
        });
    }

    fn intern(&mut self, name: &str) -> u32 {
        let hash = murmur3(name.as_bytes());
        if let Some(found) = self.c.find(name, hash) {
            return found;
        }
        let id = self.c.names.len() as u32;
        let span = self.push_text(name);
        self.c.names.push(span);
        self.c.hashes.push(hash);
        if self.c.names.len() * 2 > self.c.slots.len() {
            self.c.slots = vec![0; slot_count(self.c.names.len())];
            for id in 0..self.c.names.len() {
                place(&mut self.c.slots, self.c.hashes[id] as usize, id as u32);
            }
        } else {
            place(&mut self.c.slots, hash as usize, id);
        }
        id
    }

    /// Whether the identity is new.
    fn remember_identity(&mut self, row: u32, identity: Identity) -> bool {
        if self.c.find_identity(&identity).is_some() {
            return false;
        }
        place(&mut self.c.identity_slots, identity_hash(&identity), row);
        true
    }
}

/// Puts `id` into the first free slot from `hash` on; there are at least twice as many slots
/// as entries.
fn place(slots: &mut [u32], hash: usize, id: u32) {
    let mask = slots.len() - 1;
    let mut slot = hash & mask;
    while slots[slot] != 0 {
        slot = (slot + 1) & mask;
    }
    slots[slot] = id + 1;
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(' ').filter(|word| !word.is_empty())
}
