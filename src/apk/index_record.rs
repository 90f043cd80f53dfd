//! What an index says of a package, told by the package itself.
//!
//! `apk index` makes a record of an APKINDEX from a package's `.PKGINFO`, the size of its file
//! and the digest of its control member. So whoever has the package can do without the index:
//! a locked build does, and a repository of one's own is made this way.

use super::identity::Identity;
use super::pkginfo::PkgInfo;
use std::fmt::Write as _;

/// The keys of `.PKGINFO` that an index has and the letters it has them under, in the index's
/// order, after `C P V A S I` (SPEC.md section 1).
const KEYS: [(&str, char); 11] = [
    ("pkgdesc", 'T'),
    ("url", 'U'),
    ("license", 'L'),
    ("origin", 'o'),
    ("maintainer", 'm'),
    ("builddate", 't'),
    ("commit", 'c'),
    ("provider_priority", 'k'),
    ("depend", 'D'),
    ("provides", 'p'),
    ("install_if", 'i'),
];

/// The record of a package of this `.PKGINFO`, identity and size, each line ended by a newline.
///
/// `arch` is what stands under `A:`, where it is not what the package says of itself: official
/// indexes name their own architecture for packages of `noarch`.
pub fn index_record(info: &PkgInfo, identity: &Identity, arch: &str, size: u64) -> String {
    let mut record = String::new();
    let mut line = |letter: char, value: &str| {
        if !value.is_empty() {
            // Writing to a string never fails.
            let _ = writeln!(record, "{letter}:{value}");
        }
    };
    line('C', &identity.to_string());
    line('P', &info.name);
    line('V', &info.version);
    line('A', arch);
    line('S', &size.to_string());
    line('I', &info.installed_size.to_string());
    for (key, letter) in KEYS {
        line(letter, &joined(info, key));
    }
    record
}

/// The values of a key, joined by blanks.
fn joined(info: &PkgInfo, key: &str) -> String {
    let values = info.pairs.iter().filter(|(k, _)| k == key);
    let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
    values.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_joined_and_absent_ones_left_out() {
        let info = PkgInfo::parse(
            "pkgname = a\npkgver = 1-r0\npkgdesc = first\nsize = 20\narch = noarch\n\
             provides = cmd:a=1-r0\ndepend = b\ndepend = so:c\ninstall_if = d\ninstall_if = e\n\
             replaces = f\n",
        )
        .unwrap();
        let identity = Identity::Sha1([0; 20]);
        assert_eq!(
            index_record(&info, &identity, "x86_64", 10),
            "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nS:10\nI:20\nT:first\n\
             D:b so:c\np:cmd:a=1-r0\ni:d e\n"
        );
    }
}
