//! Which directories a package's trigger is called with.

use crate::apk::hash::{bucket, murmur3};
use crate::rootfs::package::Installed;
use bstr::{BString, ByteSlice};
use std::collections::BTreeSet;

/// The directories of installed packages that match a package's triggers, as absolute paths, in
/// the order of apk's table of directories.
///
/// A `+` before a pattern asks for changed directories alone; in a fresh root all are.
pub fn watched(package: &Installed, packages: &[Installed]) -> Vec<BString> {
    if package.triggers.is_empty() {
        return Vec::new();
    }
    let owned = packages.iter().flat_map(|package| &package.directories);
    let owned: BTreeSet<&BString> = owned.map(|directory| &directory.path).collect();
    let mut watched: Vec<(u32, BString)> = owned
        .into_iter()
        .map(|path| {
            let absolute = BString::from([b"/", path.as_slice()].concat());
            (bucket(murmur3(path)), absolute)
        })
        .filter(|(_, path)| {
            let mut patterns = package.triggers.iter();
            patterns.any(|pattern| matches(pattern.trim_start_matches('+').as_bytes(), path))
        })
        .collect();
    watched.sort();
    watched.into_iter().map(|(_, path)| path).collect()
}

/// fnmatch(3) with FNM_PATHNAME: `*`, `?` and `[…]` match no slash.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let mut patterns = pattern.split_str("/");
    let mut names = path.split_str("/");
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if matches_name(pattern, name) => {}
            _ => return false,
        }
    }
}

/// Matches between two slashes. Where it goes wrong, only the last star has to take one more
/// byte, so a pattern of many stars takes no longer.
fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    let (mut rest, mut left) = (pattern, name);
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some(after) = rest.strip_prefix(b"*") {
            star = Some((after, left));
            rest = after;
            continue;
        }
        match (one(rest, left.first()), star) {
            (Some(after), _) => (rest, left) = (after, &left[1..]),
            (None, _) if rest.is_empty() && left.is_empty() => return true,
            (None, Some((after, from))) if !from.is_empty() => {
                star = Some((after, &from[1..]));
                (rest, left) = (after, &from[1..]);
            }
            (None, _) => return false,
        }
    }
}

/// Matches one byte with the first part of a pattern that is no star; returns the parts behind.
fn one<'p>(pattern: &'p [u8], byte: Option<&u8>) -> Option<&'p [u8]> {
    let (byte, (&first, rest)) = (*byte?, pattern.split_first()?);
    let (fits, rest) = match first {
        b'?' => (true, rest),
        b'[' => match class(rest) {
            Some((class, rest)) => (class.contains(byte), rest),
            None => (byte == b'[', rest),
        },
        b'\\' if !rest.is_empty() => (byte == rest[0], &rest[1..]),
        first => (byte == first, rest),
    };
    fits.then_some(rest)
}

/// The inside of a bracket expression.
struct Class<'p> {
    negated: bool,
    members: &'p [u8],
}

/// Takes a bracket expression apart, given what follows its `[`.
fn class(pattern: &[u8]) -> Option<(Class<'_>, &[u8])> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let members = &pattern[usize::from(negated)..];
    // A `]` that comes first is a member.
    let end = members.get(1..)?.find_byte(b']')? + 1;
    let class = Class {
        negated,
        members: &members[..end],
    };
    Some((class, &members[end + 1..]))
}

impl Class<'_> {
    fn contains(&self, c: u8) -> bool {
        let mut rest = self.members;
        let mut found = false;
        while let Some(&first) = rest.first() {
            if let [from, b'-', to, ..] = *rest {
                found |= (from..=to).contains(&c);
                rest = &rest[3..];
            } else {
                found |= first == c;
                rest = &rest[1..];
            }
        }
        found != self.negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        let fits = |pattern: &str, text: &str| matches(pattern.as_bytes(), text.as_bytes());
        assert!(fits("/lib/modules/*", "/lib/modules/6.1"));
        assert!(!fits("/lib/modules/*", "/lib/modules/6.1/kernel"));
        assert!(!fits("/lib/modules/*", "/lib/modules"));
        assert!(fits("/usr/*/x*", "/usr/a/xyz") && fits("*", "") && !fits("*", "/"));
        assert!(fits("/a?c", "/abc") && !fits("/a?c", "/a/c") && !fits("?", ""));
        assert!(fits("/[a-c]x", "/bx") && !fits("/[!a-c]x", "/bx") && fits("/[!a-c]x", "/dx"));
        assert!(fits("/[]]", "/]") && fits("/[x", "/[x") && !fits("/[/]", "//"));
        assert!(fits("/\\*", "/*") && !fits("/\\*", "/a"));
        assert!(fits("/a*b*c", "/axbxbc") && !fits("/a*b*c", "/axbxb"));
        let many = "/".to_owned() + &"*a".repeat(200);
        assert!(!fits(&many, &("/".to_owned() + &"a".repeat(400) + "b")));
    }
}
