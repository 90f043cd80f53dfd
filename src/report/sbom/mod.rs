//! Software bills of materials: what an image consists of, in the formats that scanners and
//! auditors read.
//!
//! An [`Inventory`] is what is known of an image; [`document`] writes it down. The same image
//! always gives the same bytes: the time in a document is the image's, and its identifier is made
//! from its content.

mod cyclonedx;
mod digests;
mod existing;
mod inventory;
mod license;
mod purl;
mod resolved;
mod spdx;

pub use digests::digests;
pub use inventory::{Digests, File, Image, Inventory, Package, PackageDigests};
pub use license::License;

pub(crate) use purl::of_package as package_url;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A format of documents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Format {
    /// SPDX 2.3 as JSON.
    Spdx,
    /// CycloneDX 1.6 as JSON.
    CycloneDx,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 2] = [Format::Spdx, Format::CycloneDx];

    /// What the command line and the manifest call it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Spdx => "spdx",
            Format::CycloneDx => "cyclonedx",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What the name of a document's file ends in.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Spdx => ".spdx.json",
            Format::CycloneDx => ".cdx.json",
        }
    }

    /// The media type, as registered with IANA.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Spdx => "application/spdx+json",
            Format::CycloneDx => "application/vnd.cyclonedx+json",
        }
    }
}

/// The document of an image: JSON, with a newline at the end.
pub fn document(inventory: &Inventory, format: Format) -> Vec<u8> {
    match format {
        Format::Spdx => spdx::document(inventory),
        Format::CycloneDx => cyclonedx::document(inventory),
    }
}

/// The JSON of a document.
fn json(document: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists of them always serialise.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A UUID of a document that has none yet: of version 8 (RFC 9562, section 5.8), from the SHA-256
/// of all that it says.
fn uuid(document: &impl Serialize) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(json(document))[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// `Natanael Copa <ncopa@alpinelinux.org>` as name and address.
fn person(maintainer: &str) -> Option<(String, Option<String>)> {
    let maintainer = maintainer.trim();
    let (name, email) = match maintainer.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim_end_matches('>').trim()),
        None => (maintainer, ""),
    };
    let email = Some(email).filter(|email| email.contains('@') && !email.contains(' '));
    let name = match (name, email) {
        ("", email) => email?,
        (name, _) => name,
    };
    Some((name.to_owned(), email.map(str::to_owned)))
}

/// Whether a text is an address of the web, which a reader may follow.
fn is_web_address(text: &str) -> bool {
    let rest = ["https://", "http://", "ftp://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let plain = |c: char| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c);
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maintainers_are_people_with_or_without_an_address() {
        let of = |text| person(text);
        let some =
            |name: &str, email: Option<&str>| Some((name.to_owned(), email.map(str::to_owned)));
        assert_eq!(
            of("Natanael Copa <ncopa@alpinelinux.org>"),
            some("Natanael Copa", Some("ncopa@alpinelinux.org"))
        );
        assert_eq!(of("somebody"), some("somebody", None));
        assert_eq!(of("<a@b.c>"), some("a@b.c", Some("a@b.c")));
        assert_eq!(of(" "), None);
    }

    #[test]
    fn identifiers_are_uuids_and_follow_the_content() {
        let (one, other) = (uuid(&"one"), uuid(&"other"));
        assert_eq!(one, uuid(&"one"));
        assert_ne!(one, other);
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "8");
        assert!("89ab".contains(&one[19..20]));
    }

    #[test]
    fn only_addresses_that_can_be_followed_are_addresses() {
        for text in ["https://musl.libc.org/", "http://a.b/c?d=e#f"] {
            assert!(is_web_address(text), "{text}");
        }
        for text in [
            "",
            "musl",
            "https://",
            "https://a b",
            "gemini://a.b",
            "https:// x",
        ] {
            assert!(!is_web_address(text), "{text}");
        }
    }
}
