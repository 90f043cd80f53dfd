//! Signatures of packages and indexes: RSA with PKCS#1 v1.5 over a compressed member.

use super::tar::{self, TarError};
use bstr::ByteSlice;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use spki::der::{Decode, Document};
use std::collections::BTreeMap;
use std::io::Read;

/// The public keys that are trusted, by file name.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Keyring {
    keys: BTreeMap<String, PublicKey>,
}

/// A trusted public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    pem: String,
    /// PKCS#1 `RSAPublicKey` in DER, which is what `ring` takes.
    pkcs1: Vec<u8>,
}

/// Why a file is no public key that can be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Not PEM, or not of the label `PUBLIC KEY`.
    #[error("the key {name} is no public key: expected PEM with \"BEGIN PUBLIC KEY\"")]
    NoPem {
        /// The key's file name.
        name: String,
    },
    /// Not an RSA key in a SubjectPublicKeyInfo (RFC 5280, section 4.1).
    #[error("the key {name} is no RSA public key")]
    NoRsa {
        /// The key's file name.
        name: String,
    },
    /// Two different keys of one name: which one a signature means could not be told.
    #[error("two different keys are called {name}")]
    Ambiguous {
        /// The key's file name.
        name: String,
    },
}

/// The object identifier rsaEncryption of PKCS#1.
pub(super) const RSA_ENCRYPTION: spki::ObjectIdentifier =
    spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

impl PublicKey {
    /// Reads a public key from PEM.
    ///
    /// # Errors
    /// When it is no RSA public key; `name` is for the message.
    pub fn from_pem(name: &str, pem: &str) -> Result<PublicKey, KeyError> {
        let name = || name.to_owned();
        let (label, document) =
            Document::from_pem(pem).map_err(|_| KeyError::NoPem { name: name() })?;
        if label != "PUBLIC KEY" {
            return Err(KeyError::NoPem { name: name() });
        }
        let info = spki::SubjectPublicKeyInfoRef::from_der(document.as_bytes())
            .map_err(|_| KeyError::NoRsa { name: name() })?;
        match info.subject_public_key.as_bytes() {
            Some(key) if info.algorithm.oid == RSA_ENCRYPTION => Ok(PublicKey {
                pem: pem.to_owned(),
                pkcs1: key.to_owned(),
            }),
            _ => Err(KeyError::NoRsa { name: name() }),
        }
    }

    /// The key as it was given.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

impl Keyring {
    /// Trusts a key under its file name.
    ///
    /// # Errors
    /// When it is no RSA public key, or another key of that name is trusted already.
    pub fn add(&mut self, name: &str, pem: &str) -> Result<(), KeyError> {
        let key = PublicKey::from_pem(name, pem)?;
        match self.keys.get(name) {
            Some(known) if known.pkcs1 != key.pkcs1 => Err(KeyError::Ambiguous {
                name: name.to_owned(),
            }),
            _ => {
                self.keys.insert(name.to_owned(), key);
                Ok(())
            }
        }
    }

    /// The key of this file name.
    pub fn get(&self, name: &str) -> Option<&PublicKey> {
        self.keys.get(name)
    }

    /// The trusted keys and their file names, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.keys.iter().map(|(name, key)| (name.as_str(), key))
    }

    /// Whether no key is trusted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Checks `signatures` of `message`: the first one whose key is known counts.
    /// Returns that key's name.
    ///
    /// # Errors
    /// When no key is known, or the signature by the known one is wrong.
    pub fn verify(
        &self,
        signatures: &[Signature],
        message: &[u8],
    ) -> Result<String, SignatureError> {
        let known = signatures
            .iter()
            .find_map(|signature| Some((signature, self.keys.get(&signature.key)?)));
        let Some((signature, key)) = known else {
            return Err(match signatures {
                [] => SignatureError::Unsigned,
                _ => SignatureError::UnknownKey {
                    found: signatures.iter().map(|s| s.key.clone()).collect(),
                    trusted: self.keys.keys().cloned().collect(),
                },
            });
        };
        UnparsedPublicKey::new(signature.digest.algorithm(), &key.pkcs1)
            .verify(message, &signature.bytes)
            .map(|()| signature.key.clone())
            .map_err(|_| SignatureError::Bad {
                key: signature.key.clone(),
            })
    }
}

/// The hash that a signature is made over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Digest {
    /// `RSA`
    Sha1,
    /// `RSA256`
    Sha256,
    /// `RSA512`
    Sha512,
}

impl Digest {
    fn algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Digest::Sha1 => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Digest::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Digest::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        }
    }

    /// The word in `.SIGN.<word>.<keyfile>`.
    pub fn word(self) -> &'static str {
        match self {
            Digest::Sha1 => "RSA",
            Digest::Sha256 => "RSA256",
            Digest::Sha512 => "RSA512",
        }
    }
}

/// One entry of a signature member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// What was hashed with what.
    pub digest: Digest,
    /// The file name of the key that it asks for.
    pub key: String,
    /// The signature itself.
    pub bytes: Vec<u8>,
}

/// Why a signature does not vouch for anything.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignatureError {
    /// There is none of a kind that is supported.
    #[error("it is not signed (expected a signature of kind RSA, RSA256 or RSA512)")]
    Unsigned,
    /// None of the keys it names is trusted.
    #[error("it is signed by {}, which is not trusted; trusted are {}", found.join(", "), list(trusted))]
    UnknownKey {
        /// The keys that the signatures name.
        found: Vec<String>,
        /// The keys there are.
        trusted: Vec<String>,
    },
    /// A trusted key is named, but did not make this signature of this content.
    #[error("its signature by {key} is wrong: the content was changed after it was signed")]
    Bad {
        /// The key's file name.
        key: String,
    },
}

fn list(names: &[String]) -> String {
    match names {
        [] => "no keys at all".to_owned(),
        _ => names.join(", "),
    }
}

/// The longest signature that is read: 16 times that of an 8192-bit key.
const SIGNATURE_LIMIT: u64 = 16 << 10;

/// Reads the tar of a signature member. Signatures of unknown kinds are passed over.
///
/// # Errors
/// When it is no tar.
pub fn read_signatures(tar: &[u8]) -> Result<Vec<Signature>, TarError> {
    let mut signatures = Vec::new();
    tar::read(tar, |entry, content| {
        let known = [Digest::Sha256, Digest::Sha512, Digest::Sha1];
        let name = entry.path.strip_prefix(b".SIGN.").unwrap_or_default();
        for digest in known {
            let key = name
                .strip_prefix(digest.word().as_bytes())
                .and_then(|rest| rest.strip_prefix(b"."));
            if let Some(key) = key {
                let mut bytes = Vec::new();
                content.take(SIGNATURE_LIMIT).read_to_end(&mut bytes)?;
                signatures.push(Signature {
                    digest,
                    key: key.to_str_lossy().into_owned(),
                    bytes,
                });
            }
        }
        Ok::<(), TarError>(())
    })?;
    Ok(signatures)
}
