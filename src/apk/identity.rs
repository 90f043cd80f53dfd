//! What identifies a package: the hash of its control part.

use data_encoding::{BASE64, HEXLOWER};
use std::fmt;

/// A package's identity: the digest that an index gives as `C:` and that the package's own
/// control part must have. Format v2 uses SHA-1 over the compressed control member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// `Q1` and 20 bytes.
    Sha1([u8; 20]),
    /// `Q2` and 32 bytes.
    Sha256([u8; 32]),
}

impl Identity {
    /// Reads `Q1…` or `Q2…` with the digest in Base64, which may lack its padding.
    /// Two spellings of the same bytes are the same identity. `None` when it is neither.
    pub fn parse(text: &str) -> Option<Identity> {
        let (tag, body) = text.split_at_checked(2)?;
        match tag {
            "Q1" => decode(body).map(Identity::Sha1),
            "Q2" => decode(body).map(Identity::Sha256),
            _ => None,
        }
    }

    /// The bytes of the digest.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Identity::Sha1(bytes) => bytes,
            Identity::Sha256(bytes) => bytes,
        }
    }

    /// The bytes in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(self.bytes())
    }
}

/// Decodes exactly `N` bytes of Base64. The unused low bits of the last character are ignored,
/// as `apk` ignores them.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0u8; N];
    let (mut bits, mut count, mut filled) = (0u32, 0u32, 0usize);
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            *bytes.get_mut(filled)? = (bits >> count) as u8;
            filled += 1;
        }
    }
    (filled == N).then_some(bytes)
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = match self {
            Identity::Sha1(_) => "Q1",
            Identity::Sha256(_) => "Q2",
        };
        write!(f, "{tag}{}", BASE64.encode(self.bytes()))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_bytes_are_one_identity() {
        let a = Identity::parse("Q1eVpkasfqZAukArrYbg324xt4WUX=").unwrap();
        let b = Identity::parse("Q1eVpkasfqZAukArrYbg324xt4WUU=").unwrap();
        assert_eq!(a, b);
        assert_eq!(Identity::parse(&a.to_string()), Some(a));
    }

    #[test]
    fn what_is_no_identity_is_refused() {
        for text in [
            "",
            "Q",
            "Q1",
            "Q1AAAA",
            "Q3AAAA",
            "Q1eVpkasfqZAukArrYbg324xt4W!X=",
            "é1",
        ] {
            assert_eq!(Identity::parse(text), None, "{text}");
        }
    }
}
