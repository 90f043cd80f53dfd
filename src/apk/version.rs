//! Package versions: grammar, order and prefix match (Alpine's version rules).
//!
//! A version is `digits{.digits}[a-z]{_suffix[digits]}[~hex][-rN]`. It is read as a row of
//! tokens, and two versions are compared token by token. Nothing is allocated.

use std::cmp::Ordering;

/// What a token is. The order of the kinds decides where two versions of unlike shape differ:
/// the side whose kind comes later is the lower one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// The first number; always compared as a number.
    First,
    /// A number behind a dot; compared as text when either side begins with `0`.
    Digit,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
    End,
    Invalid,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    /// The digits, letter, hash or suffix name, without the character that introduces it.
    text: &'a str,
}

/// Suffixes in rising order; those before [`RELEASE`] mark a version older than the bare one.
const SUFFIXES: [&str; 9] = ["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"];
/// The number of suffixes that mean "before the release".
const RELEASE: usize = 4;

fn suffix_rank(name: &str) -> Option<usize> {
    SUFFIXES.iter().position(|s| *s == name)
}

struct Tokens<'a> {
    rest: &'a str,
    last: Option<Kind>,
}

impl<'a> Tokens<'a> {
    fn new(version: &'a str) -> Self {
        Tokens {
            rest: version,
            last: None,
        }
    }

    fn take(&mut self, skip: usize, accept: impl Fn(u8) -> bool) -> &'a str {
        let body = &self.rest[skip..];
        let end = body.bytes().position(|b| !accept(b)).unwrap_or(body.len());
        self.rest = &body[end..];
        &body[..end]
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.read();
        self.last = Some(token.kind);
        token
    }

    fn read(&mut self) -> Token<'a> {
        const INVALID: Token<'static> = Token {
            kind: Kind::Invalid,
            text: "",
        };
        let token = |kind, text: &'a str| {
            if text.is_empty() {
                INVALID
            } else {
                Token { kind, text }
            }
        };
        let digits = |b: u8| b.is_ascii_digit();
        let last = self.last;
        let Some(first) = self.rest.bytes().next() else {
            // An empty version has no first number.
            return match last {
                None => INVALID,
                Some(_) => Token {
                    kind: Kind::End,
                    text: "",
                },
            };
        };
        match (last, first) {
            (Some(Kind::Invalid | Kind::End), _) => INVALID,
            (None, b'0'..=b'9') => token(Kind::First, self.take(0, digits)),
            (Some(Kind::First | Kind::Digit), b'.') => token(Kind::Digit, self.take(1, digits)),
            (Some(Kind::First | Kind::Digit), b'a'..=b'z') => {
                let (letter, rest) = self.rest.split_at(1);
                self.rest = rest;
                token(Kind::Letter, letter)
            }
            (
                Some(Kind::First | Kind::Digit | Kind::Letter | Kind::Suffix | Kind::SuffixNumber),
                b'_',
            ) => {
                let name = self.take(1, |b| b.is_ascii_lowercase());
                match suffix_rank(name) {
                    Some(_) => token(Kind::Suffix, name),
                    None => INVALID,
                }
            }
            (Some(Kind::Suffix), b'0'..=b'9') => token(Kind::SuffixNumber, self.take(0, digits)),
            (Some(kind), b'~') if kind < Kind::Hash => {
                let hash = self.take(1, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                token(Kind::Hash, hash)
            }
            (Some(kind), b'-') if kind < Kind::Revision && self.rest.starts_with("-r") => {
                token(Kind::Revision, self.take(2, digits))
            }
            _ => INVALID,
        }
    }
}

/// Numbers of any length, without overflow.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn compare_tokens(a: Token<'_>, b: Token<'_>) -> Ordering {
    match a.kind {
        Kind::First | Kind::SuffixNumber | Kind::Revision => compare_numbers(a.text, b.text),
        Kind::Digit if a.text.starts_with('0') || b.text.starts_with('0') => a.text.cmp(b.text),
        Kind::Digit => compare_numbers(a.text, b.text),
        Kind::Suffix => suffix_rank(a.text).cmp(&suffix_rank(b.text)),
        Kind::Letter | Kind::Hash => a.text.cmp(b.text),
        Kind::End | Kind::Invalid => Ordering::Equal,
    }
}

fn is_prerelease(token: Token<'_>) -> bool {
    token.kind == Kind::Suffix && suffix_rank(token.text).is_some_and(|rank| rank < RELEASE)
}

/// Compares two versions; with `prefix`, `b` being a prefix of `a` counts as equal.
fn compare_with(a: &str, b: &str, prefix: bool) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (mut left, mut right) = (Tokens::new(a), Tokens::new(b));
    loop {
        let (x, y) = (left.next(), right.next());
        if x.kind == y.kind {
            match compare_tokens(x, y) {
                Ordering::Equal if matches!(x.kind, Kind::End | Kind::Invalid) => {
                    return Ordering::Equal;
                }
                Ordering::Equal => continue,
                unlike => return unlike,
            }
        }
        if prefix && y.kind == Kind::End {
            return Ordering::Equal;
        }
        return match (is_prerelease(x), is_prerelease(y)) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => y.kind.cmp(&x.kind),
        };
    }
}

/// Whether `version` follows the grammar.
///
/// ```
/// use apkcompose::apk::version::is_valid;
/// assert!(is_valid("1.36.1_git20230717-r4"));
/// assert!(!is_valid("0.1-pre1"));
/// ```
pub fn is_valid(version: &str) -> bool {
    let mut tokens = Tokens::new(version);
    loop {
        match tokens.next().kind {
            Kind::End => return true,
            Kind::Invalid => return false,
            _ => {}
        }
    }
}

/// The order of two versions.
///
/// ```
/// use apkcompose::apk::version::compare;
/// use std::cmp::Ordering::{Greater, Less};
/// assert_eq!(compare("1.2_rc1", "1.2.0"), Less);
/// assert_eq!(compare("1.0-r0", "1.0"), Greater);
/// assert_eq!(compare("1.0", "1.00"), Less);
/// ```
pub fn compare(a: &str, b: &str) -> Ordering {
    compare_with(a, b, false)
}

/// The order of a version and a constraint's, where a version that the constraint is a prefix
/// of, at a component's boundary, counts as equal: the meaning of `~`.
///
/// ```
/// use apkcompose::apk::version::compare_prefix;
/// use std::cmp::Ordering::{Equal, Greater};
/// assert_eq!(compare_prefix("3.6.9", "3.6"), Equal);
/// assert_eq!(compare_prefix("3.60", "3.6"), Greater);
/// ```
pub fn compare_prefix(version: &str, constraint: &str) -> Ordering {
    compare_with(version, constraint, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version() -> impl Strategy<Value = String> {
        "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}[a-c]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]{0,2}){0,2}(~[0-9a-f]{2,4})?(-r[0-9]{1,2})?"
    }

    proptest! {
        #[test]
        fn the_grammar_accepts_what_it_describes(v in version()) {
            prop_assert!(is_valid(&v), "{v}");
        }

        #[test]
        fn comparison_is_antisymmetric(a in version(), b in version()) {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        }

        #[test]
        fn comparison_never_panics(a in ".{0,12}", b in ".{0,12}") {
            compare(&a, &b);
            compare_prefix(&a, &b);
            is_valid(&a);
        }

        #[test]
        fn a_version_matches_each_of_its_prefixes(v in version()) {
            prop_assert_eq!(compare_prefix(&v, &v), Ordering::Equal);
            let longer = format!("{}-r1", v.split("-r").next().unwrap());
            prop_assert_eq!(compare_prefix(&longer, v.split("-r").next().unwrap()), Ordering::Equal);
        }
    }
}
