//! Building a catalogue.

use super::{CONFLICT, CONSTRAINED, Catalogue, Constrained, IDENTITY, MAX_INDEXES, OWN, Row, Span};
use crate::apk::dependency::{Constraint, Dependency};
use crate::apk::hash::{BUCKETS, bucket, murmur3};
use crate::apk::identity::Identity;
use crate::apk::index::{Entry, Index};

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

struct Builder {
    c: Catalogue,
    /// The hash of each name, and of each row its identity.
    hashes: Vec<u32>,
    identities: Vec<Identity>,
    /// Open addressing by the first bytes of the identity: row + 1, or 0.
    identity_slots: Vec<u32>,
    /// Name of each provider with its row and atom, in the order of loading.
    provided: Vec<(u32, [u32; 2])>,
    /// Names that an install_if mentions, with the row that does.
    triggers: Vec<(u32, u32)>,
}

/// At least twice as many slots as entries, so that a free one is soon found.
fn slot_count(entries: usize) -> usize {
    (entries * 2).next_power_of_two().max(16)
}

/// Puts `id` into the first free slot from `hash` on.
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

impl Builder {
    fn new(packages: usize) -> Builder {
        Builder {
            // Official indexes have some 2.3 names and 6 atoms a package.
            c: Catalogue {
                strings: String::with_capacity(packages * 64),
                names: Vec::with_capacity(packages * 5 / 2),
                slots: vec![0; slot_count(packages * 5 / 2)],
                rows: Vec::with_capacity(packages),
                atoms: Vec::with_capacity(packages * 6),
                constrained: Vec::with_capacity(packages * 2),
                ..Catalogue::default()
            },
            hashes: Vec::with_capacity(packages * 5 / 2),
            identities: Vec::with_capacity(packages),
            identity_slots: vec![0; slot_count(packages)],
            provided: Vec::with_capacity(packages * 4),
            triggers: Vec::new(),
        }
    }

    fn add(&mut self, entry: &Entry<'_>, index: u32, position: u32) {
        let row = self.c.rows.len() as u32;
        let earlier = self.remember_identity(row, &entry.identity);
        let name = self.intern(entry.name);
        let version = self.push_text(entry.version);
        let mut uninstallable = entry.unknown_field.is_some();
        let depends = self.c.atoms.len() as u32;
        for atom in words(entry.depends) {
            match Dependency::parse(atom) {
                Ok(d) => {
                    self.push_atom(&d, version, entry.version);
                }
                Err(_) => uninstallable = true,
            }
        }
        let provides = self.c.atoms.len() as u32;
        let (provided, triggers) = (self.provided.len(), self.triggers.len());
        self.provided.push((name, [row, OWN]));
        for d in words(entry.provides).filter_map(Dependency::parse_provided) {
            let place = self.c.atoms.len() as u32;
            let name = self.push_atom(&d, version, entry.version);
            self.provided.push((name, [row, place]));
        }
        let install_if = self.c.atoms.len() as u32;
        let terms = words(entry.install_if).map(Dependency::parse);
        for d in terms.collect::<Result<Vec<_>, _>>().unwrap_or_default() {
            let name = self.push_atom(&d, version, entry.version);
            self.triggers.push((name, row));
        }
        if let Some(earlier) = earlier {
            // All that is left of it is that its names have been met.
            self.c.rows[earlier as usize].indexes |= 1 << index;
            self.c.atoms.truncate(depends as usize);
            self.provided.truncate(provided);
            self.triggers.truncate(triggers);
            return;
        }
        let arch = self.arch(entry.arch);
        self.identities.push(entry.identity);
        self.c.rows.push(Row {
            name,
            version,
            arch,
            depends,
            provides,
            install_if,
            priority: entry.provider_priority,
            uninstallable,
            index,
            position,
            indexes: 1 << index,
        });
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

    /// Appends an atom and returns its name.
    fn push_atom(&mut self, d: &Dependency<'_>, own: Span, own_text: &str) -> u32 {
        let name = self.intern(d.name);
        let (bits, text) = match d.constraint {
            Constraint::Any if !d.conflict => {
                self.c.atoms.push(name);
                return name;
            }
            Constraint::Any => (0, Span::default()),
            // Most constraints and provides bear the package's own version.
            Constraint::Version(op, v) if v == own_text => (u32::from(op.bits()), own),
            Constraint::Version(op, v) => (u32::from(op.bits()), self.push_text(v)),
            Constraint::Identity(id) => (IDENTITY, self.push_text(&id.to_string())),
        };
        let conflict = if d.conflict { CONFLICT } else { 0 };
        let place = self.c.constrained.len() as u32;
        self.c.atoms.push(CONSTRAINED | place);
        self.c.constrained.push(Constrained {
            name,
            relation: bits | conflict,
            text,
        });
        name
    }

    /// The number of a name in the order of meeting it.
    fn intern(&mut self, name: &str) -> u32 {
        let hash = murmur3(name.as_bytes());
        let mask = self.c.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(found) = self.c.slots[slot].checked_sub(1) {
            if self.hashes[found as usize] == hash && self.c.name(found) == name {
                return found;
            }
            slot = (slot + 1) & mask;
        }
        let id = self.c.names.len() as u32;
        let span = self.push_text(name);
        self.c.names.push(span);
        self.hashes.push(hash);
        self.c.slots[slot] = id + 1;
        if self.c.names.len() * 2 > self.c.slots.len() {
            self.c.slots = slots(&self.hashes);
        }
        id
    }

    fn finish(mut self) -> Catalogue {
        self.number_by_hash();
        let names = self.c.names.len();
        (self.c.provider_starts, self.c.provider_rows) = grouped(names, &self.provided);

        // Each row that a name triggers stands for the names that the row bears.
        let mut triggered: Vec<(u32, u32)> = Vec::new();
        for &(name, row) in &self.triggers {
            triggered.push((name, self.c.rows[row as usize].name));
            triggered.extend(self.c.provides(row).map(|atom| (name, atom.name)));
        }
        triggered.sort_unstable();
        triggered.dedup();
        (self.c.triggered_starts, self.c.triggered_names) = grouped(names, &triggered);
        self.c
    }

    /// Numbers the names anew, in hash order.
    fn number_by_hash(&mut self) {
        let Builder { c, hashes, .. } = self;
        // From the newest on, so that it comes first in its bucket.
        let newest = (0..c.names.len() as u32).rev();
        let by_bucket: Vec<_> = newest.map(|n| (bucket(hashes[n as usize]), n)).collect();
        let (_, order) = grouped(BUCKETS as usize, &by_bucket);
        let mut number = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            number[*old as usize] = new as u32;
        }
        let renumber = |name: &mut u32| *name = number[*name as usize];
        c.names = order.iter().map(|old| c.names[*old as usize]).collect();
        *hashes = order.iter().map(|old| hashes[*old as usize]).collect();
        c.slots = slots(hashes);
        c.rows.iter_mut().for_each(|row| renumber(&mut row.name));
        c.constrained.iter_mut().for_each(|a| renumber(&mut a.name));
        let plain = c.atoms.iter_mut().filter(|a| **a & CONSTRAINED == 0);
        plain.for_each(renumber);
        self.provided.iter_mut().for_each(|p| renumber(&mut p.0));
        self.triggers.iter_mut().for_each(|t| renumber(&mut t.0));
    }
}

/// Slots that lead from the hash to the place in this list.
fn slots(hashes: &[u32]) -> Vec<u32> {
    let mut slots = vec![0; slot_count(hashes.len())];
    for (id, hash) in hashes.iter().enumerate() {
        place(&mut slots, *hash as usize, id as u32);
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
