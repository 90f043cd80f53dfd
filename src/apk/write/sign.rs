//! Signing with a private RSA key.

use super::gzip;
use crate::apk::signature::Digest;
use crate::apk::tar::{Entry, Kind, Writer};
use ring::rand::SystemRandom;
use ring::signature::{self, KeyPair, RsaEncoding, RsaKeyPair};
use spki::der::Document;
use std::io;

/// A private key and the name under which others know its public half.
#[derive(Debug)]
pub struct Signer {
    name: String,
    key: RsaKeyPair,
    digest: Digest,
}

/// Why a private key cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignerError {
    /// Not PEM with the label `PRIVATE KEY` (PKCS#8).
    #[error("it is no private key: expected PEM with \"BEGIN PRIVATE KEY\"")]
    NoPem,
    /// Not an RSA key of 2048 to 4096 bits.
    #[error("it is no RSA key that can sign: {0}")]
    NoRsa(String),
}

impl Signer {
    /// Reads a PKCS#8 private key from PEM. `name` is the file name of the public key, such as
    /// `me@example.org-1234.rsa.pub`.
    ///
    /// # Errors
    /// When the key is none.
    pub fn from_pem(name: &str, pem: &str, digest: Digest) -> Result<Signer, SignerError> {
        let (label, document) = Document::from_pem(pem).map_err(|_| SignerError::NoPem)?;
        if label != "PRIVATE KEY" {
            return Err(SignerError::NoPem);
        }
        let key = RsaKeyPair::from_pkcs8(document.as_bytes())
            .map_err(|error| SignerError::NoRsa(error.to_string()))?;
        Ok(Signer {
            name: name.to_owned(),
            key,
            digest,
        })
    }

    /// The file name under which the public key is trusted.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key as PEM, the way a keyring takes it.
    ///
    /// # Errors
    /// Never in practice: the key was read as one.
    pub fn public_pem(&self) -> Result<String, SignerError> {
        use spki::der::asn1::BitStringRef;
        use spki::der::pem::LineEnding;
        let error = |error: spki::der::Error| SignerError::NoRsa(error.to_string());
        let info = spki::SubjectPublicKeyInfo {
            algorithm: spki::AlgorithmIdentifier {
                oid: crate::apk::signature::RSA_ENCRYPTION,
                parameters: Some(spki::der::asn1::AnyRef::NULL),
            },
            subject_public_key: BitStringRef::from_bytes(self.key.public_key().as_ref())
                .map_err(error)?,
        };
        Document::encode_msg(&info)
            .and_then(|document| document.to_pem("PUBLIC KEY", LineEnding::LF))
            .map_err(error)
    }

    /// A signature member for `message`, a compressed member that is to follow it.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, message: &[u8]) -> io::Result<Vec<u8>> {
        let padding: &dyn RsaEncoding = match self.digest {
            Digest::Sha1 => return Err(io::Error::other("RSA with SHA-1 is read, never made")),
            Digest::Sha256 => &signature::RSA_PKCS1_SHA256,
            Digest::Sha512 => &signature::RSA_PKCS1_SHA512,
        };
        let mut bytes = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(padding, &SystemRandom::new(), message, &mut bytes)
            .map_err(|_| io::Error::other("the key cannot sign"))?;
        let path = format!(".SIGN.{}.{}", self.digest.word(), self.name);
        let mut entry = Entry::new(path, Kind::File);
        entry.size = bytes.len() as u64;
        let mut tar = Writer::new(Vec::new());
        tar.append(&entry, bytes.as_slice())?;
        gzip(&tar.into_inner())
    }
}
