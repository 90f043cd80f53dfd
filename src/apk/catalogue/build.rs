//! Building a catalogue.

use super::row::{
    self, CONFLICT, CONSTRAINED, CONSTRAINT_WORDS, Field, IDENTITY, OWN_VERSION, SHARED,
    UNINSTALLABLE,
};
use super::{Catalogue, LAST, MAX_INDEXES, NAME, NO_VERSION, VERSION, stretch};
use crate::apk::dependency::{Constraint, Dependency, Op};
use crate::apk::hash::{BUCKETS, bucket, murmur3};
use crate::apk::identity::Identity;
use crate::apk::index::{Entry, Index};
use std::collections::BTreeMap;

pub(super) fn build(indexes: &[&Index]) -> Catalogue {
    let indexes = &indexes[..indexes.len().min(MAX_INDEXES)];
    let mut builder = Builder::new(indexes.iter().map(|index| index.len()).sum());
    for (number, index) in indexes.iter().enumerate() {
        for (position, entry) in index.entries().enumerate() {
            builder.add(&entry, number as u32, position as u32);
        }
    }
    builder.finish()
}

/// A stretch of a text, in bytes.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    len: u32,
}

struct Builder {
    c: Catalogue,
    /// Each name and its hash, in the order of meeting it.
    names: Vec<Span>,
    hashes: Vec<u32>,
    /// Open addressing by the hash, a power of two of slots: name + 1, or 0.
    slots: Vec<u32>,
    /// The identity of each row.
    identities: Vec<Identity>,
    /// Open addressing by the first bytes of the identity: row + 1, or 0.
    identity_slots: Vec<u32>,
    /// Name of each provider with its row and version, in the order of loading.
    provided: Vec<(u32, [u32; 2])>,
    /// Names that an install_if mentions, with the row that does.
    triggers: Vec<(u32, u32)>,
    /// Rows that further indexes have, and the set of all that have it.
    shared: BTreeMap<u32, u64>,
    /// The version of the last row.
    version: Span,
}

/// At least twice as many slots as entries, so that a free one is soon found.
fn slot_count(entries: usize) -> usize {
    (entries * 2).next_power_of_two().max(16)
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(' ').filter(|word| !word.is_empty())
}

impl Builder {
    fn new(packages: usize) -> Builder {
        Builder {
            // Official indexes have some 2.3 names and 6 atoms a package.
            c: Catalogue {
                name_text: String::with_capacity(packages * 50),
                texts: String::with_capacity(packages * 16),
                rows: Vec::with_capacity(packages * row::WORDS),
                atoms: Vec::with_capacity(packages * 6),
                constraints: Vec::with_capacity(packages * CONSTRAINT_WORDS),
                ..Catalogue::default()
            },
            names: Vec::with_capacity(packages * 5 / 2),
            hashes: Vec::with_capacity(packages * 5 / 2),
            slots: vec![0; slot_count(packages * 5 / 2)],
            identities: Vec::with_capacity(packages),
            identity_slots: vec![0; slot_count(packages)],
            provided: Vec::with_capacity(packages * 4),
            triggers: Vec::new(),
            shared: BTreeMap::new(),
            version: Span::default(),
        }
    }

    fn add(&mut self, entry: &Entry<'_>, index: u32, position: u32) {
        let number = self.c.row_count() as u32;
        let earlier = self.remember_identity(number, &entry.identity);
        let name = self.intern(entry.name);
        let constraints = self.c.constraints.len();
        let version = self.version(entry.version);
        let mut uninstallable = entry.unknown_field.is_some();
        let depends = self.c.atoms.len();
        for atom in words(entry.depends) {
            match Dependency::parse(atom) {
                Ok(d) => {
                    self.push_atom(&d, entry.version);
                }
                Err(_) => uninstallable = true,
            }
        }
        let provides = self.c.atoms.len();
        let (provided, triggers) = (self.provided.len(), self.triggers.len());
        self.provided.push((name, [number, VERSION]));
        for d in words(entry.provides).filter_map(Dependency::parse_provided) {
            let (name, version) = self.push_atom(&d, entry.version);
            self.provided.push((name, [number, version]));
        }
        let install_if = self.c.atoms.len();
        let terms = words(entry.install_if).map(Dependency::parse);
        for d in terms.collect::<Result<Vec<_>, _>>().unwrap_or_default() {
            let (name, _) = self.push_atom(&d, entry.version);
            self.triggers.push((name, number));
        }
        if let Some(earlier) = earlier {
            // All that is left of it is that its names have been met.
            self.share(earlier, index);
            self.c.atoms.truncate(depends);
            self.c.constraints.truncate(constraints);
            self.provided.truncate(provided);
            self.triggers.truncate(triggers);
            return;
        }
        self.identities.push(entry.identity);
        let arch = self.arch(entry.arch);
        let mut words = [0; row::WORDS];
        for (field, word) in [
            (Field::Name, name),
            (Field::VersionStart, version.start),
            (Field::VersionLen, version.len),
            (Field::Depends, depends as u32),
            (Field::Provides, provides as u32),
            (Field::InstallIf, install_if as u32),
            (Field::Constraints, (constraints / CONSTRAINT_WORDS) as u32),
            (Field::Priority, entry.provider_priority),
            (Field::Position, position),
            (Field::Arch, arch),
            (
                Field::Index,
                index | if uninstallable { UNINSTALLABLE } else { 0 },
            ),
        ] {
            words[field as usize] = word;
        }
        self.c.rows.extend_from_slice(&words);
    }

    /// The row that has this identity already; otherwise it belongs to `row` from now on.
    fn remember_identity(&mut self, row: u32, identity: &Identity) -> Option<u32> {
        let b = identity.bytes();
        let hash = u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize;
        let mask = self.identity_slots.len() - 1;
        let mut slot = hash & mask;
        while let Some(found) = self.identity_slots[slot].checked_sub(1) {
            if self.identities[found as usize] == *identity {
                return Some(found);
            }
            slot = (slot + 1) & mask;
        }
        self.identity_slots[slot] = row + 1;
        None
    }

    /// Notes that one more index has a row.
    fn share(&mut self, row: u32, index: u32) {
        let word = &mut self.c.rows[row as usize * row::WORDS + Field::Index as usize];
        let first = *word & !(UNINSTALLABLE | SHARED);
        *word |= SHARED;
        *self.shared.entry(row).or_insert(1 << first) |= 1 << index;
    }

    fn push_text(&mut self, text: &str) -> Span {
        let start = self.c.texts.len() as u32;
        self.c.texts.push_str(text);
        Span {
            start,
            len: text.len() as u32,
        }
    }

    /// Packages of one source have one version, and stand one after the other.
    fn version(&mut self, version: &str) -> Span {
        if self.c.text(self.version.start, self.version.len) != version {
            self.version = self.push_text(version);
        }
        self.version
    }

    /// Packages of one index nearly always have the architecture of the one before.
    fn arch(&mut self, arch: &str) -> u32 {
        let last = self.c.arches.as_chunks().0.last();
        if last.is_none_or(|&[start, len]| self.c.text(start, len) != arch) {
            let span = self.push_text(arch);
            self.c.arches.extend([span.start, span.len]);
        }
        (self.c.arches.len() / 2 - 1) as u32
    }

    /// Appends an atom and returns its name, and for a provided one what
    /// [`Catalogue::providers`] says of its version.
    fn push_atom(&mut self, d: &Dependency<'_>, own: &str) -> (u32, u32) {
        let name = self.intern(d.name);
        let (relation, text) = match d.constraint {
            Constraint::Any if !d.conflict => {
                self.c.atoms.push(name);
                return (name, NO_VERSION);
            }
            Constraint::Version(Op::EQUAL, version) if version == own && !d.conflict => {
                self.c.atoms.push(OWN_VERSION | name);
                return (name, VERSION);
            }
            Constraint::Any => (0, Span::default()),
            Constraint::Version(op, version) if version == own => {
                (u32::from(op.bits()), self.version)
            }
            Constraint::Version(op, version) => (u32::from(op.bits()), self.push_text(version)),
            Constraint::Identity(id) => (IDENTITY, self.push_text(&id.to_string())),
        };
        let conflict = if d.conflict { CONFLICT } else { 0 };
        let place = self.c.constraints.len() / CONSTRAINT_WORDS;
        self.c.atoms.push(CONSTRAINED | name);
        self.c
            .constraints
            .extend([relation | conflict, text.start, text.len]);
        (name, place as u32)
    }

    /// The number of a name in the order of meeting it.
    fn intern(&mut self, name: &str) -> u32 {
        let hash = murmur3(name.as_bytes());
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(found) = self.slots[slot].checked_sub(1) {
            if self.hashes[found as usize] == hash && self.met(found) == name {
                return found;
            }
            slot = (slot + 1) & mask;
        }
        let id = self.names.len() as u32;
        self.names.push(Span {
            start: self.c.name_text.len() as u32,
            len: name.len() as u32,
        });
        self.c.name_text.push_str(name);
        self.hashes.push(hash);
        self.slots[slot] = id + 1;
        if self.names.len() * 2 > self.slots.len() {
            self.slots = slots(&self.hashes);
        }
        id
    }

    /// A name by its number in the order of meeting it.
    fn met(&self, name: u32) -> &str {
        let Span { start, len } = self.names[name as usize];
        &self.c.name_text[start as usize..(start + len) as usize]
    }

    fn finish(mut self) -> Catalogue {
        self.number_by_hash();
        let names = self.names.len();
        let providers;
        (self.c.provider_starts, providers) = grouped(names, &self.provided);
        self.c.providers = providers.into_flattened();
        let words = |(row, indexes): (&u32, &u64)| [*row, *indexes as u32, (indexes >> 32) as u32];
        self.c.shared = self.shared.iter().flat_map(words).collect();

        // Each row that a name triggers stands for the names that the row bears.
        let mut triggered: Vec<(u32, u32)> = Vec::new();
        for &(name, number) in &self.triggers {
            let row = self.c.row(number);
            triggered.push((name, row.name()));
            triggered.extend(row.provides().map(|atom| (name, atom.name)));
        }
        triggered.sort_unstable();
        triggered.dedup();
        (self.c.triggered_starts, self.c.triggered) = grouped(names, &triggered);
        self.list_around();
        self.c
    }

    /// Lists for each row what it triggers under any of its names.
    fn list_around(&mut self) {
        let c = &mut self.c;
        // The last row, and one, in whose list a name stands.
        let mut listed = vec![0; self.names.len()];
        for (number, row) in c
            .rows
            .as_chunks_mut::<{ row::WORDS }>()
            .0
            .iter_mut()
            .enumerate()
        {
            let [name, provides, end] =
                [Field::Name, Field::Provides, Field::InstallIf].map(|field| row[field as usize]);
            let provided = &c.atoms[provides as usize..end as usize];
            let begin = c.around.len();
            let names = std::iter::once(name).chain(provided.iter().map(|atom| atom & NAME));
            for name in names {
                for triggered in &c.triggered[stretch(&c.triggered_starts, name)] {
                    let last = std::mem::replace(&mut listed[*triggered as usize], number + 1);
                    if last != number + 1 {
                        c.around.push(*triggered);
                    }
                }
            }
            if c.around.len() > begin
                && let Some(last) = c.around.last_mut()
            {
                *last |= LAST;
                row[Field::Around as usize] = begin as u32 + 1;
            }
        }
    }

    /// Numbers the names anew, in hash order.
    fn number_by_hash(&mut self) {
        let Builder { c, hashes, .. } = self;
        // From the newest on, so that it comes first in its bucket.
        let newest = (0..hashes.len() as u32).rev();
        let by_bucket: Vec<_> = newest.map(|n| (bucket(hashes[n as usize]), n)).collect();
        let order;
        (c.buckets, order) = grouped(BUCKETS as usize, &by_bucket);
        let mut number = vec![0; order.len()];
        let mut text = String::with_capacity(c.name_text.len());
        c.name_starts = Vec::with_capacity(order.len() + 1);
        for (new, old) in order.iter().enumerate() {
            number[*old as usize] = new as u32;
            c.name_starts.push(text.len() as u32);
            let Span { start, len } = self.names[*old as usize];
            text.push_str(&c.name_text[start as usize..(start + len) as usize]);
        }
        c.name_starts.push(text.len() as u32);
        c.name_text = text;
        let renumber = |name: &mut u32| *name = number[*name as usize];
        let rows = c.rows.as_chunks_mut::<{ row::WORDS }>().0.iter_mut();
        rows.for_each(|row| renumber(&mut row[Field::Name as usize]));
        for atom in &mut c.atoms {
            *atom = *atom & !NAME | number[(*atom & NAME) as usize];
        }
        self.provided.iter_mut().for_each(|p| renumber(&mut p.0));
        self.triggers.iter_mut().for_each(|t| renumber(&mut t.0));
    }
}

/// Slots that lead from the hash to the place in this list.
fn slots(hashes: &[u32]) -> Vec<u32> {
    let mut slots = vec![0; slot_count(hashes.len())];
    let mask = slots.len() - 1;
    for (id, hash) in hashes.iter().enumerate() {
        let mut slot = *hash as usize & mask;
        while slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        slots[slot] = id as u32 + 1;
    }
    slots
}

/// Groups items by their number, keeping their order: where each number's group begins (with
/// one more at the end), and the items.
fn grouped<T: Copy>(numbers: usize, pairs: &[(u32, T)]) -> (Vec<u32>, Vec<T>) {
    let mut starts = vec![0u32; numbers + 1];
    for (number, _) in pairs {
        starts[*number as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut items: Vec<T> = match pairs.first() {
        Some((_, item)) => vec![*item; pairs.len()],
        None => Vec::new(),
    };
    for (number, item) in pairs {
        let at = &mut next[*number as usize];
        items[*at as usize] = *item;
        *at += 1;
    }
    (starts, items)
}
