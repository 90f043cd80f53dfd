//! Which directories a package's trigger is called with.

use crate::apk::hash::{bucket, murmur3};
use crate::rootfs::package::Installed;
use bstr::{BStr, BString, ByteSlice};
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
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let Some((&first, rest)) = pattern.split_first() else {
        return text.is_empty();
    };
    match first {
        b'*' => {
            let end = text.find_byte(b'/').unwrap_or(text.len());
            (0..=end).any(|skipped| matches(rest, &text[skipped..]))
        }
        b'?' => text.first().is_some_and(|c| *c != b'/') && matches(rest, &text[1..]),
        b'[' => match class(rest) {
            Some((class, rest)) => {
                let fits = |c: &u8| *c != b'/' && class.contains(*c);
                text.first().is_some_and(fits) && matches(rest, &text[1..])
            }
            None => text.first() == Some(&b'[') && matches(rest, &text[1..]),
        },
        b'\\' if !rest.is_empty() => {
            text.first() == Some(&rest[0]) && matches(&rest[1..], &text[1..])
        }
        c => text.first() == Some(&c) && matches(rest, &text[1..]),
    }
}

/// The inside of a bracket expression.
struct Class<'p> {
    negated: bool,
    members: &'p BStr,
}

/// Takes a bracket expression apart, given what follows its `[`.
fn class(pattern: &[u8]) -> Option<(Class<'_>, &[u8])> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let members = &pattern[usize::from(negated)..];
    // A `]` that comes first is a member.
    let end = members.get(1..)?.find_byte(b']')? + 1;
    let class = Class {
        negated,
        members: members[..end].as_bstr(),
    };
    Some((class, &members[end + 1..]))
}

impl Class<'_> {
    fn contains(&self, c: u8) -> bool {
        let mut rest = self.members.as_bytes();
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
    }
}
