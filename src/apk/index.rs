//! The text of an APKINDEX: one record a package, one `letter:value` line a field.
//!
//! The text is kept as it came and a record holds where its fields lie in it, so that reading
//! an index of 20,000 packages allocates nothing per field.

use super::identity::Identity;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// The place of a field in the index's text, in bytes.
#[derive(Clone, Copy, Default, Debug)]
struct Span {
    start: u32,
    len: u32,
}

#[derive(Clone, Debug)]
struct Record {
    raw: Span,
    identity: Identity,
    name: Span,
    version: Span,
    arch: Span,
    origin: Span,
    depends: Span,
    provides: Span,
    install_if: Span,
    size: u64,
    installed_size: u64,
    provider_priority: u32,
    unknown_field: Option<char>,
}

#[derive(Clone, Debug, Default)]
struct Parsed {
    text: String,
    records: Vec<Record>,
}

/// An index: parsed, or to be parsed when a record is first looked at.
#[derive(Clone, Debug, Default)]
pub struct Index {
    parsed: OnceLock<Parsed>,
    deferred: Option<Deferred>,
}

/// The bytes of an index, and how to make its text of them.
#[derive(Clone, Debug)]
struct Deferred {
    bytes: Vec<u8>,
    text: fn(&[u8]) -> Option<String>,
}

/// One package of an index: borrowed views of its fields, empty where the field is absent.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    raw: &'a str,
    /// `C`: the digest of the package's control member.
    pub identity: Identity,
    /// `P`
    pub name: &'a str,
    /// `V`
    pub version: &'a str,
    /// `A`; empty in hand-made indexes, which fits every architecture.
    pub arch: &'a str,
    /// `o`: the name of the source package.
    pub origin: &'a str,
    /// `D`: atoms separated by spaces.
    pub depends: &'a str,
    /// `p`: names, some with `=version`, separated by spaces.
    pub provides: &'a str,
    /// `i`: atoms that must all hold for the package to be installed on its own.
    pub install_if: &'a str,
    /// `S`: the bytes of the .apk file.
    pub size: u64,
    /// `I`: the bytes that the package takes once installed; with 0 there is nothing to fetch.
    pub installed_size: u64,
    /// `k`: which provider of an unversioned name is taken, the highest first.
    pub provider_priority: u32,
    /// An upper-case field that this program does not know, which forbids the installation.
    pub unknown_field: Option<char>,
}

/// Where and why an index could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line} of the index: {problem}")]
pub struct IndexError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: IndexProblem,
}

/// What is wrong with a line or record of an index.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IndexProblem {
    /// The line is not `letter:value`.
    #[error("expected a field such as \"P:name\", found {0:?}")]
    NoField(String),
    /// A number or digest cannot be read.
    #[error("the field {field} should be {expected}, found {found:?}")]
    BadValue {
        /// The field's letter.
        field: char,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
    /// A field that every package has is missing from the record that ends here.
    #[error("the package that ends here has no {0}")]
    Missing(&'static str),
    /// Offsets are 32 bits wide.
    #[error("the index is larger than 4 GiB")]
    TooLarge,
}

/// The order in which the database writes an index entry's fields.
const FIELD_ORDER: &[u8] = b"CPVASITULomtckDpi";

impl Index {
    /// Parses the text of an APKINDEX.
    ///
    /// # Errors
    /// At the first line that is no field, or record that lacks `C`, `P` or `V`.
    pub fn parse(text: String) -> Result<Index, IndexError> {
        if u32::try_from(text.len()).is_err() {
            return Err(IndexError {
                line: 1,
                problem: IndexProblem::TooLarge,
            });
        }
        let mut parser = Parser::new(text.len());
        let mut start = 0;
        let bytes = text.as_bytes();
        let mut line = 0;
        while start < bytes.len() {
            line += 1;
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |n| start + n);
            parser
                .line(&text, start, end)
                .map_err(|problem| IndexError { line, problem })?;
            start = end + 1;
        }
        parser
            .finish(text.len())
            .map_err(|problem| IndexError { line, problem })?;
        let Parser {
            records, repeated, ..
        } = parser;
        let mut text = text;
        text.push_str(&repeated);
        Ok(Index {
            parsed: OnceLock::from(Parsed { text, records }),
            deferred: None,
        })
    }

    /// An index that is known to be in order, of which perhaps no record will be looked at:
    /// `text` makes its text of the bytes when one is. Should that fail, it has no packages.
    pub(crate) fn deferred(bytes: Vec<u8>, text: fn(&[u8]) -> Option<String>) -> Index {
        Index {
            parsed: OnceLock::new(),
            deferred: Some(Deferred { bytes, text }),
        }
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            let text = self.deferred.as_ref().and_then(|d| (d.text)(&d.bytes));
            let index = text.and_then(|text| Index::parse(text).ok());
            index
                .and_then(|index| index.parsed.into_inner())
                .unwrap_or_default()
        })
    }

    /// The number of packages.
    pub fn len(&self) -> usize {
        self.parsed().records.len()
    }

    /// Whether there is no package.
    pub fn is_empty(&self) -> bool {
        self.parsed().records.is_empty()
    }

    /// The package at this place of the index.
    ///
    /// # Panics
    /// When `position` is not below [`len`](Self::len).
    pub fn entry(&self, position: usize) -> Entry<'_> {
        let parsed = self.parsed();
        parsed.entry(&parsed.records[position])
    }

    /// The package at this place of the index, if there is one.
    pub fn get(&self, position: usize) -> Option<Entry<'_>> {
        let parsed = self.parsed();
        Some(parsed.entry(parsed.records.get(position)?))
    }

    /// Leaves out the packages that `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(Entry<'_>) -> bool) {
        let kept: Vec<bool> = self.entries().map(&mut keep).collect();
        let mut kept = kept.into_iter();
        let Some(parsed) = self.parsed.get_mut() else {
            return;
        };
        parsed.records.retain(|_| kept.next().unwrap_or(false));
    }

    /// All packages in the order of the index.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.len()).map(|position| self.entry(position))
    }
}

impl Parsed {
    fn entry(&self, r: &Record) -> Entry<'_> {
        let text = |span: Span| &self.text[span.start as usize..(span.start + span.len) as usize];
        Entry {
            raw: text(r.raw),
            identity: r.identity,
            name: text(r.name),
            version: text(r.version),
            arch: text(r.arch),
            origin: text(r.origin),
            depends: text(r.depends),
            provides: text(r.provides),
            install_if: text(r.install_if),
            size: r.size,
            installed_size: r.installed_size,
            provider_priority: r.provider_priority,
            unknown_field: r.unknown_field,
        }
    }
}

impl<'a> Entry<'a> {
    /// The value of a field by its letter, as the record has it.
    pub fn field(&self, letter: char) -> Option<&'a str> {
        self.raw.lines().find_map(|line| {
            let (key, value) = line.split_at_checked(2)?;
            (key.starts_with(letter) && key.ends_with(':')).then_some(value)
        })
    }

    /// `t`: when the package was built, in seconds since 1970.
    pub fn build_date(&self) -> Option<u64> {
        self.field('t')?.parse().ok()
    }

    /// `name-version`, as messages call the package.
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// The name of the package's file beside its index: `name-version.apk`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.apk", self.name, self.version)
    }

    /// The lines that the installed database takes from the index, in its order of fields,
    /// each ended by a newline. Fields unknown to the database are left out, and so are empty
    /// ones.
    pub fn database_lines(&self) -> String {
        let mut out = String::with_capacity(self.raw.len() + 1);
        for &letter in FIELD_ORDER {
            let value = match letter {
                b'C' => Some(self.identity.to_string()),
                b'D' => Some(self.depends.to_owned()),
                b'p' => Some(self.provides.to_owned()),
                b'i' => Some(self.install_if.to_owned()),
                _ => self.field(letter as char).map(str::to_owned),
            };
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                let _ = writeln!(out, "{}:{value}", letter as char);
            }
        }
        out
    }
}

/// A record that is still being read.
#[derive(Default)]
struct Pending {
    start: usize,
    identity: Option<Identity>,
    fields: [Option<Span>; 7],
    numbers: [u64; 3],
    unknown_field: Option<char>,
    open: bool,
}

/// The fields that have a span, in the order of [`Pending::fields`].
const SPANS: &[u8; 7] = b"PVAoDpi";
/// The fields that are numbers, in the order of [`Pending::numbers`].
const NUMBERS: &[u8; 3] = b"SIk";

struct Parser {
    records: Vec<Record>,
    pending: Pending,
    /// Values of fields that stand in a record more than once, joined; they are appended to the
    /// text so that a span can name them.
    repeated: String,
    text_len: usize,
}

impl Parser {
    fn new(text_len: usize) -> Self {
        Parser {
            // Official indexes take some 400 bytes a package.
            records: Vec::with_capacity(text_len / 400),
            pending: Pending::default(),
            repeated: String::new(),
            text_len,
        }
    }

    fn line(&mut self, text: &str, start: usize, end: usize) -> Result<(), IndexProblem> {
        let line = &text.as_bytes()[start..end];
        if line.is_empty() {
            return self.finish(start);
        }
        let (letter, value) = match line {
            [letter, b':', value @ ..] if letter.is_ascii_alphabetic() => (*letter, value),
            _ => return Err(IndexProblem::NoField(shorten(&text[start..end]))),
        };
        let pending = &mut self.pending;
        if !pending.open {
            pending.open = true;
            pending.start = start;
        }
        let value_text = || String::from_utf8_lossy(value).into_owned();
        if let Some(slot) = SPANS.iter().position(|l| *l == letter) {
            let mut span = Span {
                start: (start + 2) as u32,
                len: (end - start - 2) as u32,
            };
            if let Some(earlier) = pending.fields[slot] {
                let from = earlier.start as usize;
                let earlier = match from.checked_sub(self.text_len) {
                    Some(from) => self.repeated[from..from + earlier.len as usize].to_owned(),
                    None => text[from..from + earlier.len as usize].to_owned(),
                };
                let at = self.text_len + self.repeated.len();
                let _ = write!(self.repeated, "{earlier} {}", &text[start + 2..end]);
                let len = self.text_len + self.repeated.len() - at;
                span = match (u32::try_from(at), u32::try_from(at + len)) {
                    (Ok(start), Ok(_)) => Span {
                        start,
                        len: len as u32,
                    },
                    _ => return Err(IndexProblem::TooLarge),
                };
            }
            pending.fields[slot] = Some(span);
        } else if let Some(slot) = NUMBERS.iter().position(|l| *l == letter) {
            pending.numbers[slot] = parse_number(value).ok_or_else(|| IndexProblem::BadValue {
                field: letter as char,
                expected: "a number",
                found: shorten(&value_text()),
            })?;
        } else if letter == b'C' {
            let identity = std::str::from_utf8(value).ok().and_then(Identity::parse);
            pending.identity = Some(identity.ok_or_else(|| IndexProblem::BadValue {
                field: 'C',
                expected: "Q1 and 20 bytes of Base64",
                found: shorten(&value_text()),
            })?);
        } else if letter.is_ascii_uppercase() && !FIELD_ORDER.contains(&letter) {
            pending.unknown_field = Some(letter as char);
        }
        Ok(())
    }

    /// Ends the record that is open, if there is one.
    fn finish(&mut self, end: usize) -> Result<(), IndexProblem> {
        if !self.pending.open {
            return Ok(());
        }
        let p = std::mem::take(&mut self.pending);
        let required = |slot: usize, what| p.fields[slot].ok_or(IndexProblem::Missing(what));
        let optional = |slot: usize| p.fields[slot].unwrap_or_default();
        self.records.push(Record {
            raw: Span {
                start: p.start as u32,
                len: (end - p.start) as u32,
            },
            identity: p.identity.ok_or(IndexProblem::Missing("identity (C:)"))?,
            name: required(0, "name (P:)")?,
            version: required(1, "version (V:)")?,
            arch: optional(2),
            origin: optional(3),
            depends: optional(4),
            provides: optional(5),
            install_if: optional(6),
            size: p.numbers[0],
            installed_size: p.numbers[1],
            provider_priority: u32::try_from(p.numbers[2]).unwrap_or(u32::MAX),
            unknown_field: p.unknown_field,
        });
        Ok(())
    }
}

fn parse_number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The beginning of a value, for messages.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "C:Q1EyN5AdpAOBJWKMR89pp/C66o+OE=\nP:a\nV:1-r0\nA:x86_64\nS:10\nI:20\n\
        T:first\nD:b so:c\np:cmd:a=1-r0\n\nC:Q1eVpkasfqZAukAXFYbgwt4xAMZWU=\nP:b\nV:2\n\n";

    fn problem(text: &str) -> (usize, IndexProblem) {
        let error = Index::parse(text.to_owned()).unwrap_err();
        (error.line, error.problem)
    }

    #[test]
    fn fields_are_found_by_record() {
        let index = Index::parse(TWO.to_owned()).unwrap();
        assert_eq!(index.len(), 2);
        let a = index.entry(0);
        assert_eq!((a.name, a.version, a.depends), ("a", "1-r0", "b so:c"));
        assert_eq!((a.size, a.installed_size), (10, 20));
        assert_eq!(a.field('T'), Some("first"));
        assert_eq!(index.entry(1).depends, "");
        assert_eq!(a.file_name(), "a-1-r0.apk");
    }

    #[test]
    fn database_lines_follow_the_order_of_the_database() {
        let text = "p:x\nP:a\nD:b\nV:1\nq:ignored\nC:Q1EyN5AdpAOBJWKMR89pp/C66o+OE=\n";
        let index = Index::parse(text.to_owned()).unwrap();
        assert_eq!(
            index.entry(0).database_lines(),
            "C:Q1EyN5AdpAOBJWKMR89pp/C66o+OE=\nP:a\nV:1\nD:b\np:x\n"
        );
    }

    #[test]
    fn repeated_fields_append() {
        let text = format!(
            "{}p:x=1\np:x=2\ni:a\ni:b\np:y\n",
            &TWO[..TWO.find("p:").unwrap()]
        );
        let index = Index::parse(text).unwrap();
        assert_eq!(index.entry(0).provides, "x=1 x=2 y");
        assert_eq!(index.entry(0).install_if, "a b");
    }

    #[test]
    fn an_unknown_upper_case_field_is_noted_and_a_lower_case_one_ignored() {
        let index = Index::parse(TWO.replace("T:", "X:").replace("S:10", "z:1")).unwrap();
        assert_eq!(index.entry(0).unknown_field, Some('X'));
        assert_eq!(index.entry(1).unknown_field, None);
    }

    #[test]
    fn garbled_lines_are_named() {
        assert!(matches!(problem("<html>"), (1, IndexProblem::NoField(_))));
        assert!(matches!(
            problem(&TWO.replace("S:10", "S:ten")),
            (5, IndexProblem::BadValue { field: 'S', .. })
        ));
        assert!(matches!(
            problem(&TWO.replace("C:Q1Ey", "C:Q1")),
            (1, IndexProblem::BadValue { field: 'C', .. })
        ));
        assert_eq!(
            problem(&TWO.replace("V:2\n", "")).1,
            IndexProblem::Missing("version (V:)")
        );
    }
}
