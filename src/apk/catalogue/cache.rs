//! A catalogue as bytes, to be kept in a cache.
//!
//! Everything is little endian: [`MAGIC`], the format's version, a checksum of what follows,
//! then each list as its number of 32-bit words and those words; the strings come last, counted
//! in bytes. There is no promise across versions: whoever finds another version, or bytes that
//! do not fit together, builds the catalogue again.

use super::{CONSTRAINED, Catalogue, Constrained, OWN, Row, Span};

/// The first bytes of the file.
const MAGIC: &[u8; 8] = b"apkcatal";
/// Raised whenever the format changes, or what a catalogue holds.
const VERSION: u32 = 1;
/// The bytes before the lists: magic, version, padding, checksum.
const HEADER: usize = 24;
/// The words of a [`Row`].
const ROW: usize = 14;
/// The words of a [`Constrained`].
const CONSTRAINED_WORDS: usize = 4;

impl Catalogue {
    /// The catalogue as bytes for [`decode`](Self::decode).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; HEADER];
        let rows = self.rows.iter().flat_map(row_words);
        let spans = self.names.iter().flat_map(|s| [s.start, s.len]);
        let constrained = self.constrained.iter();
        let constrained = constrained.flat_map(|c| [c.name, c.relation, c.text.start, c.text.len]);
        list(&mut out, spans);
        list(&mut out, self.slots.iter().copied());
        list(&mut out, rows);
        list(&mut out, self.atoms.iter().copied());
        list(&mut out, constrained);
        list(&mut out, self.provider_starts.iter().copied());
        list(&mut out, self.provider_rows.iter().flatten().copied());
        list(&mut out, self.triggered_starts.iter().copied());
        list(&mut out, self.triggered_names.iter().copied());
        out.extend_from_slice(&(self.strings.len() as u32).to_le_bytes());
        out.extend_from_slice(self.strings.as_bytes());
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        let sum = checksum(&out[HEADER..]);
        out[16..24].copy_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads what [`encode`](Self::encode) wrote. `None` for anything else: another version,
    /// and bytes that were cut or changed.
    pub fn decode(bytes: &[u8]) -> Option<Catalogue> {
        let (header, body) = bytes.split_at_checked(HEADER)?;
        let expected = u64::from_le_bytes(header[16..24].try_into().ok()?);
        let fits = header[..8] == *MAGIC
            && header[8..12] == VERSION.to_le_bytes()
            && checksum(body) == expected;
        if !fits {
            return None;
        }
        let mut rest = body;
        let names = read(&mut rest)?;
        let slots = read(&mut rest)?;
        let rows = read(&mut rest)?;
        let atoms = read(&mut rest)?;
        let constrained = read(&mut rest)?;
        let provider_starts = read(&mut rest)?;
        let provider_rows = read(&mut rest)?;
        let triggered_starts = read(&mut rest)?;
        let triggered_names = read(&mut rest)?;
        let (len, strings) = rest.split_at_checked(4)?;
        if u32::from_le_bytes(len.try_into().ok()?) as usize != strings.len() {
            return None;
        }
        let span = |w: &[u32]| Span {
            start: w[0],
            len: w[1],
        };
        let catalogue = Catalogue {
            strings: std::str::from_utf8(strings).ok()?.to_owned(),
            names: names.chunks_exact(2).map(span).collect(),
            slots,
            rows: rows.chunks_exact(ROW).map(row_of).collect(),
            atoms,
            constrained: constrained
                .chunks_exact(CONSTRAINED_WORDS)
                .map(|w| Constrained {
                    name: w[0],
                    relation: w[1],
                    text: span(&w[2..]),
                })
                .collect(),
            provider_starts,
            provider_rows: provider_rows
                .chunks_exact(2)
                .map(|w| [w[0], w[1]])
                .collect(),
            triggered_starts,
            triggered_names,
        };
        catalogue.is_sound().then_some(catalogue)
    }

    /// Whether every number leads somewhere, so that no use of the catalogue can go astray.
    fn is_sound(&self) -> bool {
        let (names, rows) = (self.names.len() as u32, self.rows.len() as u32);
        let atoms = self.atoms.len() as u32;
        let constrained = self.constrained.len() as u32;
        let starts = |starts: &[u32], items: usize| {
            starts.len() == names as usize + 1
                && starts.is_sorted()
                && starts.last() == Some(&(items as u32))
        };
        let mut end = atoms;
        let rows_sound = self.rows.iter().rev().all(|r| {
            let in_order = r.depends <= r.provides && r.provides <= r.install_if;
            let sound = in_order && r.install_if <= end && r.name < names;
            end = r.depends;
            sound
        });
        rows_sound
            // A search ends at an empty slot.
            && self.slots.len().is_power_of_two()
            && self.slots.contains(&0)
            && self.slots.iter().all(|slot| *slot <= names)
            && self.atoms.iter().all(|a| match a & CONSTRAINED {
                0 => *a < names,
                _ => a & !CONSTRAINED < constrained,
            })
            && self.constrained.iter().all(|c| c.name < names)
            && starts(&self.provider_starts, self.provider_rows.len())
            && starts(&self.triggered_starts, self.triggered_names.len())
            && self.provider_rows.iter().all(|[r, a]| *r < rows && (*a == OWN || *a < atoms))
            && self.triggered_names.iter().all(|n| *n < names)
    }
}

fn row_words(r: &Row) -> [u32; ROW] {
    [
        r.name,
        r.version.start,
        r.version.len,
        r.arch.start,
        r.arch.len,
        r.depends,
        r.provides,
        r.install_if,
        r.priority,
        u32::from(r.uninstallable),
        r.index,
        r.position,
        r.indexes as u32,
        (r.indexes >> 32) as u32,
    ]
}

fn row_of(w: &[u32]) -> Row {
    Row {
        name: w[0],
        version: Span {
            start: w[1],
            len: w[2],
        },
        arch: Span {
            start: w[3],
            len: w[4],
        },
        depends: w[5],
        provides: w[6],
        install_if: w[7],
        priority: w[8],
        uninstallable: w[9] != 0,
        index: w[10],
        position: w[11],
        indexes: u64::from(w[12]) | u64::from(w[13]) << 32,
    }
}

/// Appends a list: its length, then its words.
fn list(out: &mut Vec<u8>, words: impl Iterator<Item = u32>) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
    let count = ((out.len() - at) / 4 - 1) as u32;
    out[at..at + 4].copy_from_slice(&count.to_le_bytes());
}

/// Reads a list that [`list`] wrote.
fn read(rest: &mut &[u8]) -> Option<Vec<u32>> {
    let (count, after) = rest.split_at_checked(4)?;
    let count = u32::from_le_bytes(count.try_into().ok()?) as usize;
    let (words, after) = after.split_at_checked(count.checked_mul(4)?)?;
    *rest = after;
    let words = words.chunks_exact(4);
    Some(
        words
            .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
            .collect(),
    )
}

/// Tells damage, not malice: a product of each 8 bytes, in four lanes that are folded at the
/// end.
fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |sum: u64, word: &[u8]| {
        let mut padded = [0; 8];
        padded[..word.len()].copy_from_slice(word);
        (sum ^ u64::from_le_bytes(padded))
            .wrapping_mul(PRIME)
            .rotate_left(29)
    };
    let mut lanes = [1u64, 2, 3, 4];
    let blocks = bytes.chunks_exact(32);
    let tail = blocks.remainder();
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(8)) {
            *lane = step(*lane, word);
        }
    }
    for word in tail.chunks(8) {
        lanes[0] = step(lanes[0], word);
    }
    let folded = lanes.iter().fold(bytes.len() as u64, |sum, lane| {
        step(sum, &lane.to_le_bytes())
    });
    folded ^ folded >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apk::index::Index;

    fn catalogue() -> Catalogue {
        let text = "C:Q1EyN5AdpAOBJWKMR89pp/C66o+OE=\nP:a\nV:1-r0\nA:x86_64\nD:b>1 !so:c\n\
            p:cmd:a=1-r0 x\ni:b d\n\nC:Q1eVpkasfqZAukAXFYbgwt4xAMZWU=\nP:b\nV:2\nk:7\n\n";
        Catalogue::new(&[&Index::parse(text.to_owned()).unwrap()])
    }

    #[test]
    fn what_is_written_is_read() {
        let catalogue = catalogue();
        assert_eq!(Catalogue::decode(&catalogue.encode()), Some(catalogue));
        let none = Catalogue::new(&[]);
        assert_eq!(Catalogue::decode(&none.encode()), Some(none));
    }

    #[test]
    fn damage_anywhere_is_noticed() {
        let bytes = catalogue().encode();
        for at in (0..12).chain(16..bytes.len()) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(Catalogue::decode(&damaged), None, "byte {at}");
            assert_eq!(Catalogue::decode(&bytes[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn numbers_that_lead_nowhere_are_noticed_though_the_checksum_fits() {
        let bytes = catalogue().encode();
        for at in (HEADER..bytes.len() - 4).step_by(4) {
            let mut damaged = bytes.clone();
            damaged[at..at + 4].copy_from_slice(&0x7fff_fff0u32.to_le_bytes());
            let sum = checksum(&damaged[HEADER..]).to_le_bytes();
            damaged[16..24].copy_from_slice(&sum);
            // Whatever is read must be usable without a panic.
            if let Some(catalogue) = Catalogue::decode(&damaged) {
                for name in 0..catalogue.names.len() as u32 {
                    catalogue.find(catalogue.name(name));
                    catalogue.providers(name).count();
                }
                for row in 0..catalogue.rows.len() as u32 {
                    catalogue.depends(row).count();
                    catalogue.provides(row).count();
                    catalogue.install_if(row).count();
                }
            }
        }
    }
}
