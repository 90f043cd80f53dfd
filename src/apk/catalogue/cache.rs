//! A catalogue as bytes, to be kept in a cache.
//!
//! Everything is little endian: [`MAGIC`], the format's version, the length of each list in
//! 32-bit words and of each text in bytes; then the lists, then the texts; at the end a checksum
//! of all that stands behind the version. There is no promise across versions: whoever finds
//! another version, or bytes that do not fit together, builds the catalogue again.

use super::row::{self, CONSTRAINT_WORDS, Field};
use super::{Catalogue, LAST, NAME};
use crate::apk::hash::BUCKETS;
use std::io::{self, Read, Write};

/// The first bytes of the file.
const MAGIC: &[u8; 8] = b"apkcatal";
/// Raised whenever the format changes, or what a catalogue holds.
const VERSION: u64 = 2;
/// The number of lists, and of texts.
const LISTS: usize = 12;
const TEXTS: usize = 2;
/// The most bytes of a catalogue: ten times that of Alpine's main and community.
const LIMIT: u64 = 64 << 20;
/// How much is read, or written, at a time: small enough to be still in the processor's cache
/// when it is looked at again.
const CHUNK: usize = 64 << 10;

impl Catalogue {
    fn lists(&self) -> [&Vec<u32>; LISTS] {
        [
            &self.name_starts,
            &self.buckets,
            &self.arches,
            &self.rows,
            &self.shared,
            &self.atoms,
            &self.constraints,
            &self.provider_starts,
            &self.providers,
            &self.triggered_starts,
            &self.triggered,
            &self.around,
        ]
    }

    /// Writes the catalogue for [`read`](Self::read).
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        let mut out = Chunks::new(out);
        let texts = [&self.name_text, &self.texts];
        let lengths = self.lists().map(Vec::len);
        for length in lengths.into_iter().chain(texts.map(String::len)) {
            out.write_all(&(length as u64).to_le_bytes())?;
        }
        out.flush()?;
        for word in self.lists().into_iter().flatten() {
            out.write_all(&word.to_le_bytes())?;
        }
        for text in texts {
            out.write_all(text.as_bytes())?;
        }
        out.flush()?;
        let sum = out.sum.finish();
        out.inner.write_all(&sum.to_le_bytes())
    }

    /// Reads to its end what [`write`](Self::write) wrote. `None` for anything else: another
    /// version, and bytes that were cut or changed.
    pub fn read(mut from: impl Read) -> Option<Catalogue> {
        let mut start = [0; 16];
        from.read_exact(&mut start).ok()?;
        if start[..8] != *MAGIC || start[8..] != VERSION.to_le_bytes() {
            return None;
        }
        let mut from = Chunks::new(from);
        let mut lengths = [0; LISTS + TEXTS];
        let header = lengths.len() * 8;
        from.fill(header)?;
        for length in &mut lengths {
            let bytes = from.take(8)?.try_into().ok()?;
            *length = usize::try_from(u64::from_le_bytes(bytes)).ok()?;
        }
        let (lists, texts) = lengths.split_at(LISTS);
        let lists_bytes = lists.iter().map(|words| words.checked_mul(4));
        let mut bytes = lists_bytes.chain(texts.iter().copied().map(Some));
        let total = bytes.try_fold(0usize, |total, bytes| total.checked_add(bytes?))?;
        if total as u64 > LIMIT {
            return None;
        }
        from.left = total;
        let mut list = |at: usize| from.list(lists[at]);
        let catalogue = Catalogue {
            name_starts: list(0)?,
            buckets: list(1)?,
            arches: list(2)?,
            rows: list(3)?,
            shared: list(4)?,
            atoms: list(5)?,
            constraints: list(6)?,
            provider_starts: list(7)?,
            providers: list(8)?,
            triggered_starts: list(9)?,
            triggered: list(10)?,
            around: list(11)?,
            name_text: from.text(texts[0])?,
            texts: from.text(texts[1])?,
        };
        let mut sum = [0; 8];
        let mut inner = from.inner;
        inner.read_exact(&mut sum).ok()?;
        let ended = matches!(inner.read(&mut [0]), Ok(0));
        let whole = ended && u64::from_le_bytes(sum) == from.sum.finish();
        (whole && catalogue.is_sound()).then_some(catalogue)
    }

    /// Whether every number leads somewhere, so that no use of the catalogue can go astray.
    fn is_sound(&self) -> bool {
        let names = self.name_count() as u32;
        let rows = self.row_count() as u32;
        let atoms = self.atoms.len() as u32;
        let constraints = (self.constraints.len() / CONSTRAINT_WORDS) as u32;
        let starts = |starts: &[u32], groups: usize, items: usize| {
            let ends = starts.last() == Some(&(items as u32));
            starts.len() == groups + 1 && ends && is_ascending(starts)
        };
        let by_name = |list: &[u32], items| match names {
            0 => list.len() <= 1 && items == 0,
            _ => starts(list, names as usize, items),
        };
        // Where each package's atoms end, the next one's begin.
        let (rows_of, []) = self.rows.as_chunks::<{ row::WORDS }>() else {
            return false;
        };
        let mut end = atoms;
        let rows_sound = rows_of.iter().rev().all(|r| {
            let places = [Field::Depends, Field::Provides, Field::InstallIf];
            let [depends, provides, install_if] = places.map(|field| r[field as usize]);
            let in_order = depends <= provides && provides <= install_if && install_if <= end;
            end = depends;
            in_order
                && r[Field::Name as usize] < names
                && r[Field::Constraints as usize] <= constraints
        });
        rows_sound
            && (names == 0 || starts(&self.buckets, BUCKETS as usize, names as usize))
            && by_name(&self.provider_starts, self.providers.len() / 2)
            && by_name(&self.triggered_starts, self.triggered.len())
            && self.providers.len().is_multiple_of(2)
            && self.constraints.len().is_multiple_of(CONSTRAINT_WORDS)
            && all(self.providers.as_chunks().0, |&[row, _]| row < rows)
            && all(&self.atoms, |atom| atom & NAME < names)
            && all(&self.triggered, |name| *name < names)
            && all(&self.around, |name| name & !LAST < names)
    }
}

/// Whether something holds of all items. It looks at each, which several of them at once make
/// up for.
fn all<T>(items: &[T], holds: impl Fn(&T) -> bool) -> bool {
    items.iter().fold(true, |all, item| all & holds(item))
}

fn is_ascending(list: &[u32]) -> bool {
    let next = list.iter().skip(1);
    list.iter()
        .zip(next)
        .fold(true, |all, (a, b)| all & (a <= b))
}

/// Bytes that are read or written in chunks of [`CHUNK`], each added to a checksum.
struct Chunks<T> {
    inner: T,
    chunk: Vec<u8>,
    /// What of the chunk was taken.
    taken: usize,
    /// How much is still to be read into chunks.
    left: usize,
    sum: Checksum,
}

impl<T> Chunks<T> {
    fn new(inner: T) -> Chunks<T> {
        Chunks {
            inner,
            chunk: Vec::with_capacity(CHUNK),
            taken: 0,
            left: 0,
            sum: Checksum::default(),
        }
    }
}

impl<W: Write> Write for Chunks<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK {
            self.flush()?;
        }
        let count = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sum.add(&self.chunk);
        self.inner.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }
}

impl<R: Read> Chunks<R> {
    /// Reads the next chunk, of `count` bytes.
    fn fill(&mut self, count: usize) -> Option<()> {
        self.taken = 0;
        self.chunk.resize(count, 0);
        self.inner.read_exact(&mut self.chunk).ok()?;
        self.sum.add(&self.chunk);
        Some(())
    }

    /// At most `count` bytes, at least one.
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        if self.taken == self.chunk.len() {
            let next = self.left.min(CHUNK);
            self.left -= next;
            self.fill(next)?;
        }
        let rest = &self.chunk[self.taken..];
        let bytes = &rest[..rest.len().min(count)];
        self.taken += bytes.len();
        (!bytes.is_empty()).then_some(bytes)
    }

    fn list(&mut self, words: usize) -> Option<Vec<u32>> {
        let mut list = Vec::with_capacity(words);
        while list.len() < words {
            let bytes = self.take((words - list.len()) * 4)?;
            let (words, []) = bytes.as_chunks() else {
                return None;
            };
            list.extend(words.iter().map(|word| u32::from_le_bytes(*word)));
        }
        Some(list)
    }

    fn text(&mut self, bytes: usize) -> Option<String> {
        let mut text = Vec::with_capacity(bytes);
        while text.len() < bytes {
            text.extend_from_slice(self.take(bytes - text.len())?);
        }
        String::from_utf8(text).ok()
    }
}

/// Tells damage, not malice: a product of each 8 bytes, in four lanes that are folded at the
/// end.
struct Checksum {
    lanes: [u64; 4],
    bytes: u64,
}

impl Default for Checksum {
    fn default() -> Self {
        Checksum {
            lanes: [1, 2, 3, 4],
            bytes: 0,
        }
    }
}

impl Checksum {
    fn step(sum: u64, word: u64) -> u64 {
        const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
        (sum ^ word).wrapping_mul(PRIME).rotate_left(29)
    }

    /// Adds bytes. Where they are cut into calls matters, so both sides cut them alike.
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let (words, rest) = bytes.as_chunks::<8>();
        let (blocks, words) = words.as_chunks::<4>();
        for block in blocks {
            for (lane, word) in self.lanes.iter_mut().zip(block) {
                *lane = Self::step(*lane, u64::from_le_bytes(*word));
            }
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for word in words.iter().chain([&last]) {
            self.lanes[0] = Self::step(self.lanes[0], u64::from_le_bytes(*word));
        }
    }

    fn finish(&self) -> u64 {
        let lanes = self.lanes.iter();
        let folded = lanes.fold(self.bytes, |sum, lane| Self::step(sum, *lane));
        folded ^ folded >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apk::identity::Identity;
    use crate::apk::index::Index;

    fn catalogue() -> Catalogue {
        let text = "C:Q1EyN5AdpAOBJWKMR89pp/C66o+OE=\nP:a\nV:1-r0\nA:x86_64\nD:b>1 !so:c e=1-r0\n\
            p:cmd:a=1-r0 x\ni:b d\n\nC:Q1eVpkasfqZAukAXFYbgwt4xAMZWU=\nP:b\nV:2\nk:7\n\n";
        let index = Index::parse(text.to_owned()).unwrap();
        Catalogue::new(&[&index, &index])
    }

    fn written(catalogue: &Catalogue) -> Vec<u8> {
        let mut bytes = Vec::new();
        catalogue.write(&mut bytes).unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Catalogue> {
        Catalogue::read(bytes)
    }

    #[test]
    fn what_is_written_is_read() {
        for catalogue in [catalogue(), Catalogue::new(&[])] {
            assert_eq!(read(&written(&catalogue)), Some(catalogue));
        }
        // Larger than a chunk.
        let text: String = (0..20_000_u32)
            .map(|n| {
                let mut identity = [0; 20];
                identity[..4].copy_from_slice(&n.to_le_bytes());
                let identity = Identity::Sha1(identity);
                format!("C:{identity}\nP:a{n}\nV:{n}\nD:b{n}>1\n\n")
            })
            .collect();
        let large = Catalogue::new(&[&Index::parse(text).unwrap()]);
        assert_eq!(read(&written(&large)), Some(large));
    }

    #[test]
    fn damage_anywhere_is_noticed() {
        let bytes = written(&catalogue());
        // Most of it are the buckets, nearly all of them alike.
        let most = 500..bytes.len() - 1000;
        let ends = (0..most.start).chain(most.end..bytes.len());
        for at in most.step_by(4999).chain(ends) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(read(&damaged), None, "byte {at}");
            assert_eq!(read(&bytes[..at]), None, "cut at {at}");
        }
        assert_eq!(read(&[&bytes[..], b"x"].concat()), None, "a byte more");
    }

    #[test]
    fn numbers_that_lead_nowhere_are_noticed_though_the_checksum_fits() {
        let intact = catalogue();
        let lists = intact.lists().map(Vec::len);
        for (list, length) in lists.into_iter().enumerate() {
            // The buckets are nearly all alike.
            for at in 0..length.min(16) {
                for value in [0, 1000, 0x7fff_fff0, u32::MAX] {
                    let mut changed = intact.clone();
                    changed.lists_mut()[list][at] = value;
                    // Whatever is read must be usable without a panic.
                    if let Some(catalogue) = read(&written(&changed)) {
                        use_all(&catalogue);
                    }
                }
            }
            let mut cut = intact.clone();
            cut.lists_mut()[list].pop();
            if let Some(catalogue) = read(&written(&cut)) {
                use_all(&catalogue);
            }
        }
    }

    impl Catalogue {
        fn lists_mut(&mut self) -> [&mut Vec<u32>; LISTS] {
            [
                &mut self.name_starts,
                &mut self.buckets,
                &mut self.arches,
                &mut self.rows,
                &mut self.shared,
                &mut self.atoms,
                &mut self.constraints,
                &mut self.provider_starts,
                &mut self.providers,
                &mut self.triggered_starts,
                &mut self.triggered,
                &mut self.around,
            ]
        }
    }

    fn use_all(catalogue: &Catalogue) {
        for name in 0..catalogue.name_count() as u32 {
            catalogue.find(catalogue.name(name));
            catalogue.providers(name).count();
            catalogue.triggered(name);
        }
        for number in 0..catalogue.row_count() as u32 {
            let row = catalogue.row(number);
            row.depends().count();
            row.provides().rev().count();
            row.install_if().count();
            row.around().count();
            row.depends_names().chain(row.install_if_names()).count();
            row.version();
            row.arch();
            row.indexes();
        }
    }
}
