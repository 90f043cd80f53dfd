//! The public keys that are trusted: Alpine's own, compiled in, and those that the user names.
//!
//! None is ever fetched. A key is known by the name of its file, since signatures refer to it so
//!.

use crate::apk::signature::{self, Keyring};
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Alpine's public key of this identifier for this architecture.
macro_rules! key {
    ($arch:literal, $id:literal) => {
        (
            concat!("alpine-devel@lists.alpinelinux.org-", $id, ".rsa.pub"),
            include_str!(concat!(
                "../../vendor-keys/",
                $arch,
                "/alpine-devel@lists.alpinelinux.org-",
                $id,
                ".rsa.pub"
            )),
        )
    };
}

/// What `vendor-keys/` holds: an architecture, then name and text of each of its keys.
type Table = [(&'static str, &'static [(&'static str, &'static str)])];
static VENDOR_KEYS: &Table = &[
    (
        "aarch64",
        &[key!("aarch64", "58199dcc"), key!("aarch64", "616ae350")],
    ),
    (
        "armhf",
        &[key!("armhf", "524d27bb"), key!("armhf", "616a9724")],
    ),
    (
        "armv7",
        &[key!("armv7", "524d27bb"), key!("armv7", "616adfeb")],
    ),
    ("loongarch64", &[key!("loongarch64", "66ba20fe")]),
    (
        "ppc64le",
        &[key!("ppc64le", "58cbb476"), key!("ppc64le", "616abc23")],
    ),
    (
        "riscv64",
        &[key!("riscv64", "60ac2099"), key!("riscv64", "616db30d")],
    ),
    (
        "s390x",
        &[key!("s390x", "58e4f17d"), key!("s390x", "616ac3bc")],
    ),
    (
        "x86",
        &[
            key!("x86", "4a6a0840"),
            key!("x86", "5243ef4b"),
            key!("x86", "61666e3f"),
        ],
    ),
    (
        "x86_64",
        &[
            key!("x86_64", "4a6a0840"),
            key!("x86_64", "5261cecb"),
            key!("x86_64", "6165ee59"),
        ],
    ),
];

/// Why a key cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file or folder cannot be read.
    #[error("cannot read the key {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder holds no file whose name ends in `.pub`.
    #[error("no public key in {}: expected files named like \"name.rsa.pub\"", .0.display())]
    EmptyFolder(PathBuf),
    /// The file is no public key.
    #[error("{} is no public key: {problem}", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A key is of no use, or two of them have one name.
    #[error(transparent)]
    Key(#[from] signature::KeyError),
}

impl KeyError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            KeyError::NoKey { problem, .. } if problem.contains("PRIVATE") => {
                Some("give the public half, the file whose name ends in \".pub\"".to_owned())
            }
            KeyError::NoKey { .. } => Some(
                "a key is a PEM file that begins with \"-----BEGIN PUBLIC KEY-----\"".to_owned(),
            ),
            KeyError::Key(signature::KeyError::Ambiguous { .. }) => {
                Some("signatures name their key by its file name: rename one of them".to_owned())
            }
            _ => None,
        }
    }
}

/// Alpine's own keys for this architecture; none for one that Alpine does not have.
///
/// # Errors
/// Never: that each of them is a key is tested.
pub fn vendor(arch: &str) -> Result<Keyring, KeyError> {
    let of_arch = VENDOR_KEYS.iter().find(|(name, _)| *name == arch);
    let mut keys = Keyring::default();
    for (name, pem) in of_arch.map_or(&[][..], |(_, keys)| keys) {
        keys.add(name, pem)?;
    }
    Ok(keys)
}

/// The keys that a repository's index may be signed by: those that it names, else Alpine's own
/// for the architecture; and those that are trusted for all repositories.
///
/// # Errors
/// When two different keys have one name.
pub fn trusted(arch: &str, own: &Keyring, everywhere: &Keyring) -> Result<Keyring, KeyError> {
    let mut keys = if own.is_empty() {
        vendor(arch)?
    } else {
        own.clone()
    };
    for (name, key) in everywhere.iter() {
        keys.add(name, key.pem())?;
    }
    Ok(keys)
}

/// Adds the key of a file, or of all files of a folder whose names end in `.pub`.
///
/// # Errors
/// When one cannot be read or is no public key, when a folder has none, and when there is
/// another key of the same name already.
pub fn load(path: &Path, keys: &mut Keyring) -> Result<(), KeyError> {
    let read = |source| KeyError::Read {
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(read)?.is_dir() {
        return load_file(path, keys);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(read)? {
        let file = entry.map_err(read)?.path();
        if file.extension() == Some(OsStr::new("pub")) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(KeyError::EmptyFolder(path.to_owned()));
    }
    files.sort();
    files.iter().try_for_each(|file| load_file(file, keys))
}

/// A key's file takes under a kilobyte; a larger one is something else.
const LARGEST_KEY: u64 = 64 * 1024;

fn load_file(path: &Path, keys: &mut Keyring) -> Result<(), KeyError> {
    let no_key = |problem: String| KeyError::NoKey {
        path: path.to_owned(),
        problem,
    };
    let read = |source| KeyError::Read {
        path: path.to_owned(),
        source,
    };
    let name = path.file_name().and_then(OsStr::to_str);
    let name = name.ok_or_else(|| no_key("its name is not UTF-8".to_owned()))?;
    // At most one byte too many is read: the path may be a device without an end.
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(read)?;
    file.take(LARGEST_KEY + 1)
        .read_to_end(&mut bytes)
        .map_err(read)?;
    if bytes.len() as u64 > LARGEST_KEY {
        return Err(no_key(format!("it is larger than {LARGEST_KEY} bytes")));
    }
    let pem = String::from_utf8(bytes).map_err(|_| no_key("it is no text".to_owned()))?;
    if pem.contains("PRIVATE KEY-----") {
        return Err(no_key("it is a PRIVATE key".to_owned()));
    }
    if pem.trim_start().starts_with('<') {
        return Err(no_key("it is an HTML page".to_owned()));
    }
    keys.add(name, &pem).map_err(|error| match error {
        signature::KeyError::Ambiguous { .. } => error.into(),
        _ => no_key(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest_dir() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn loaded(path: &Path) -> Result<Keyring, KeyError> {
        let mut keys = Keyring::default();
        load(path, &mut keys).map(|()| keys)
    }

    fn names(keys: &Keyring) -> Vec<&str> {
        keys.iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_compiled_in_keys_are_those_of_the_folder() {
        let mut arches = Vec::new();
        for arch in fs::read_dir(manifest_dir().join("vendor-keys")).unwrap() {
            let arch = arch.unwrap();
            let name = arch.file_name().into_string().unwrap();
            assert_eq!(
                vendor(&name).unwrap(),
                loaded(&arch.path()).unwrap(),
                "{name}"
            );
            arches.push(name);
        }
        arches.sort();
        let compiled: Vec<_> = VENDOR_KEYS.iter().map(|(arch, _)| *arch).collect();
        assert_eq!(compiled, arches);
    }

    #[test]
    fn an_architecture_that_alpine_lacks_has_no_keys() {
        assert!(vendor("pdp11").unwrap().is_empty());
    }

    #[test]
    fn a_file_and_a_folder_are_loaded_by_name() {
        let keys = manifest_dir().join("tests/keys");
        let file = loaded(&keys.join("test-only.rsa.pub")).unwrap();
        assert_eq!(names(&file), ["test-only.rsa.pub"]);
        let folder = loaded(&keys).unwrap();
        assert_eq!(names(&folder), ["stranger.rsa.pub", "test-only.rsa.pub"]);
    }

    #[test]
    fn own_keys_stand_in_for_the_vendors_and_the_users_are_added() {
        let keys = manifest_dir().join("tests/keys");
        let test = loaded(&keys.join("test-only.rsa.pub")).unwrap();
        let stranger = loaded(&keys.join("stranger.rsa.pub")).unwrap();
        let none = Keyring::default();
        assert_eq!(
            trusted("x86", &none, &none).unwrap(),
            vendor("x86").unwrap()
        );
        assert_eq!(trusted("x86", &test, &none).unwrap(), test);
        let both = trusted("x86", &test, &stranger).unwrap();
        assert_eq!(names(&both), ["stranger.rsa.pub", "test-only.rsa.pub"]);
        let added = trusted("x86", &none, &stranger).unwrap();
        assert_eq!(
            names(&added).len(),
            vendor("x86").unwrap().iter().count() + 1
        );
    }

    #[test]
    fn two_keys_of_one_name_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let keys = manifest_dir().join("tests/keys");
        let path = dir.path().join("test-only.rsa.pub");
        fs::copy(keys.join("stranger.rsa.pub"), &path).unwrap();
        let mut ring = loaded(&keys.join("test-only.rsa.pub")).unwrap();
        let error = load(&path, &mut ring).unwrap_err();
        assert!(matches!(
            error,
            KeyError::Key(signature::KeyError::Ambiguous { .. })
        ));
        assert!(error.help().is_some());
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(loaded(dir.path()), Err(KeyError::EmptyFolder(_))));
        let path = dir.path().join("a.rsa.pub");
        assert!(matches!(loaded(&path), Err(KeyError::Read { .. })));
        let private = fs::read(manifest_dir().join("tests/keys/test-only.rsa")).unwrap();
        for content in [
            &b"<html>404</html>"[..],
            b"",
            b"\xff",
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            &vec![b' '; LARGEST_KEY as usize + 1],
            &private,
        ] {
            fs::write(&path, content).unwrap();
            let error = loaded(&path).unwrap_err();
            assert!(matches!(error, KeyError::NoKey { .. }), "{error}");
            assert!(error.to_string().contains("a.rsa.pub"));
            assert!(error.help().is_some());
        }
    }
}
