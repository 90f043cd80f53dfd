//! Dependency atoms: `[!]name[@tag][op version]`.

use super::identity::Identity;
use super::version;
use std::cmp::Ordering;
use std::fmt;

/// Which relations between a provider's version and the constraint's satisfy the constraint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Op(u8);

impl Op {
    /// `=`
    pub const EQUAL: Op = Op(1);
    /// `<`
    pub const LESS: Op = Op(2);
    /// `>`
    pub const GREATER: Op = Op(4);
    /// `~`: the constraint's version is a prefix of the provider's.
    pub const FUZZY: Op = Op(8);

    const fn from_char(c: u8) -> Option<Op> {
        match c {
            b'=' => Some(Op::EQUAL),
            b'<' => Some(Op::LESS),
            b'>' => Some(Op::GREATER),
            b'~' => Some(Op::FUZZY),
            _ => None,
        }
    }

    const fn with(self, other: Op) -> Op {
        Op(self.0 | other.0)
    }

    /// The relations as bits, for storing; [`from_bits`](Self::from_bits) reads them back.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The relations of stored bits; `None` when there are none or unknown ones.
    pub const fn from_bits(bits: u8) -> Option<Op> {
        match bits {
            1..16 => Some(Op(bits)),
            _ => None,
        }
    }

    /// Whether all of `other`'s relations are among these.
    pub const fn contains(self, other: Op) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether `version` stands to `constraint` in one of these relations.
    pub fn matches(self, version: &str, constraint: &str) -> bool {
        let (order, equal) = if self.contains(Op::FUZZY) {
            (version::compare_prefix(version, constraint), Op::FUZZY)
        } else {
            (version::compare(version, constraint), Op::EQUAL)
        };
        match order {
            Ordering::Less => self.contains(Op::LESS),
            Ordering::Equal => self.contains(equal),
            Ordering::Greater => self.contains(Op::GREATER),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (op, c) in [
            (Op::LESS, "<"),
            (Op::GREATER, ">"),
            (Op::FUZZY, "~"),
            (Op::EQUAL, "="),
        ] {
            // `~` stands for `=` as well.
            if self.contains(op) && !(op == Op::EQUAL && self.contains(Op::FUZZY)) {
                f.write_str(c)?;
            }
        }
        Ok(())
    }
}

/// What an atom asks of the provider it names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Constraint<'a> {
    /// Any version, and providers without one.
    Any,
    /// A version in this relation to this one.
    Version(Op, &'a str),
    /// The one package of this identity (`name><Q1…`).
    Identity(Identity),
}

/// One atom of a dependency list or of the world.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Dependency<'a> {
    /// `!name`: no provider that fits may be installed.
    pub conflict: bool,
    /// The name of a package or of something that packages provide.
    pub name: &'a str,
    /// `@tag`, in the world alone.
    pub tag: Option<&'a str>,
    /// What the provider's version must be.
    pub constraint: Constraint<'a>,
}

/// Why a text is no atom.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AtomError {
    /// There is no name.
    #[error("a package name is missing")]
    NoName,
    /// The name has a character that names don't have.
    #[error("{0:?} is no package name: {1:?} cannot be part of one")]
    BadName(String, char),
    /// An operator without a version, or the other way round.
    #[error("a version is missing after {0:?}")]
    NoVersion(String),
    /// The version breaks the grammar.
    #[error(
        "{0:?} is no version: expected digits{{.digits}}[a-z]{{_suffix[digits]}}[~hex][-rN], such as 1.2.3-r0"
    )]
    BadVersion(String),
    /// A tag where none is allowed, or one without a name.
    #[error("a tag must be a name behind the package's: name@tag, or name@tag=version")]
    BadTag,
}

const OPERATORS: [char; 4] = ['=', '<', '>', '~'];

impl<'a> Dependency<'a> {
    /// Reads an atom of a package's own lists, where no tag may stand.
    ///
    /// # Errors
    /// When the text is no atom; the solver takes such a package as uninstallable.
    pub fn parse(text: &'a str) -> Result<Self, AtomError> {
        let dependency = Self::parse_world(text)?;
        if dependency.tag.is_some() {
            return Err(AtomError::BadTag);
        }
        Ok(dependency)
    }

    /// Reads an atom of the world, where `name@tag` is allowed.
    ///
    /// ```
    /// use apkcompose::apk::dependency::{Constraint, Dependency, Op};
    /// let atom = Dependency::parse_world("php@edge~8.3").unwrap();
    /// assert_eq!((atom.name, atom.tag), ("php", Some("edge")));
    /// assert_eq!(atom.constraint, Constraint::Version(Op::FUZZY, "8.3"));
    /// ```
    ///
    /// # Errors
    /// When the text is no atom.
    pub fn parse_world(text: &'a str) -> Result<Self, AtomError> {
        let (conflict, body) = match text.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, text),
        };
        let end = body.find(OPERATORS).unwrap_or(body.len());
        let (head, tail) = body.split_at(end);
        let (name, tag) = match head.split_once('@') {
            Some((_, "")) => return Err(AtomError::BadTag),
            Some((name, tag)) => (name, Some(tag)),
            None => (head, None),
        };
        if name.is_empty() {
            return Err(AtomError::NoName);
        }
        if let Some(bad) = name
            .chars()
            .chain(tag.unwrap_or("").chars())
            .find(|c| c.is_whitespace() || c.is_control() || *c == '!' || *c == '@')
        {
            return Err(AtomError::BadName(head.to_owned(), bad));
        }
        Ok(Dependency {
            conflict,
            name,
            tag,
            constraint: Constraint::parse(tail)?,
        })
    }

    /// Reads a word of what a package provides: `name` or `name=version`. A version that breaks
    /// the grammar is kept, as `apk` keeps it (with a warning); the 3.19 index has such.
    /// `None` when the word names nothing.
    pub fn parse_provided(text: &'a str) -> Option<Self> {
        match Self::parse(text) {
            Ok(provided) => Some(provided),
            Err(AtomError::BadVersion(_)) => {
                let (name, version) = text.split_once('=')?;
                Some(Dependency {
                    conflict: false,
                    name,
                    tag: None,
                    constraint: Constraint::Version(Op::EQUAL, version),
                })
            }
            Err(_) => None,
        }
    }

    /// Whether a provider of [`name`](Self::name) with this version (`None`: it provides the
    /// name without one) and identity is what the atom describes; `!` is not looked at.
    pub fn describes(&self, version: Option<&str>, identity: &Identity) -> bool {
        match self.constraint {
            Constraint::Identity(wanted) => *identity == wanted,
            constraint => constraint.admits(version),
        }
    }
}

impl<'a> Constraint<'a> {
    /// Whether a provider with this version (`None`: without one) fits; one that is asked for
    /// by its identity fits by that alone.
    pub fn admits(&self, version: Option<&str>) -> bool {
        match self {
            Constraint::Any => true,
            Constraint::Version(op, wanted) => version.is_some_and(|v| op.matches(v, wanted)),
            Constraint::Identity(_) => false,
        }
    }

    fn parse(text: &'a str) -> Result<Self, AtomError> {
        if text.is_empty() {
            return Ok(Constraint::Any);
        }
        let end = text
            .bytes()
            .position(|b| Op::from_char(b).is_none())
            .unwrap_or(text.len());
        let (operators, version) = text.split_at(end);
        let op = operators
            .bytes()
            .filter_map(Op::from_char)
            .fold(Op(0), Op::with);
        if version.is_empty() {
            return Err(AtomError::NoVersion(operators.to_owned()));
        }
        if op.contains(Op::GREATER) && version.starts_with("Q1") {
            return Identity::parse(version)
                .map(Constraint::Identity)
                .ok_or_else(|| AtomError::BadVersion(version.to_owned()));
        }
        if !version::is_valid(version) {
            return Err(AtomError::BadVersion(version.to_owned()));
        }
        Ok(Constraint::Version(op, version))
    }
}

impl fmt::Display for Dependency<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conflict {
            f.write_str("!")?;
        }
        f.write_str(self.name)?;
        if let Some(tag) = self.tag {
            write!(f, "@{tag}")?;
        }
        match self.constraint {
            Constraint::Any => Ok(()),
            Constraint::Version(op, version) => write!(f, "{op}{version}"),
            Constraint::Identity(identity) => write!(f, "><{identity}"),
        }
    }
}

/// The order of packages in the world and in the database: by name without regard to the case
/// of letters, then by bytes.
pub fn compare_names(a: &str, b: &str) -> Ordering {
    let folded = |name: &'_ str| {
        name.bytes()
            .map(|b| b.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    folded(a).cmp(&folded(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_print_as_they_were_read() {
        for text in [
            "php",
            "!php",
            "so:libc.musl-x86_64.so.1",
            "a=1.2-r0",
            "a<1",
            "a>1",
            "a<=1",
            "a>=1",
            "a~1.2",
            "a>~2.5",
            "a@edge",
            "a@edge=1",
            "/bin/sh",
            "a><Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert_eq!(Dependency::parse_world(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_atom_is_refused() {
        for text in [
            "", "!", "=1", "a=", "a=x", "a b", "a@", "@edge", "a@b@c", "a=1 ", "!!a",
        ] {
            assert!(Dependency::parse_world(text).is_err(), "{text}");
        }
        assert_eq!(Dependency::parse("a@edge"), Err(AtomError::BadTag));
    }

    #[test]
    fn constraints_hold_where_their_relation_does() {
        let fits = |atom: &str, version| {
            let id = Identity::Sha1([0; 20]);
            Dependency::parse(atom).unwrap().describes(version, &id)
        };
        assert!(fits("a", None) && fits("a", Some("1")));
        assert!(!fits("a=1", None));
        assert!(fits("a>~2.5", Some("2.10")) && fits("a>~2.5", Some("2.5.1")));
        assert!(!fits("a>~2.5", Some("2.4")));
        assert!(fits("a~2", Some("2.4")) && !fits("a~2.4", Some("2")));
        assert!(fits("a<>1", Some("2")) && !fits("a<>1", Some("1")));
    }
}
