//! The repository that the program carries, `builtin:hello`: what `manifests/hello.toml` is
//! composed from where there is neither a network nor Alpine.
//!
//! Its files lie in `src/demo/hello/`. `cargo run --example make-hello-repository` writes them
//! from [`packages`](packages::packages) with the same writer that test fixtures are made with,
//! and a test compares them byte for byte. They are read, verified and resolved as those of any
//! other repository are.

pub mod packages;
pub mod program;

use crate::apk::signature::Keyring;

/// The name of the repository: `builtin:hello` is its address.
pub const REPOSITORY: &str = "hello";

/// The file name of the key that signs it.
pub const KEY_NAME: &str = "hello-demo.rsa.pub";

/// The public half of that key.
const KEY: &str = include_str!("hello-demo.rsa.pub");

/// The path of each file, as in a URL below `builtin:`, and its bytes.
macro_rules! carried {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_bytes!($path))),+] };
}

static FILES: &[(&str, &[u8])] = carried![
    "hello/aarch64/APKINDEX.tar.gz",
    "hello/aarch64/hello-1.0-r0.apk",
    "hello/noarch/docs-1.0-r0.apk",
    "hello/noarch/hello-doc-1.0-r0.apk",
    "hello/noarch/hello-en-1.0-r0.apk",
    "hello/noarch/hello-fr-1.0-r0.apk",
    "hello/noarch/hello-layout-1.0-r0.apk",
    "hello/x86_64/APKINDEX.tar.gz",
    "hello/x86_64/hello-1.0-r0.apk",
];

/// What the program carries under a path such as `hello/x86_64/APKINDEX.tar.gz`: the
/// [`builtin`](crate::repository::transport::TransportOptions::builtin) of a transport.
pub fn file(path: &str) -> Option<&'static [u8]> {
    files()
        .find(|(known, _)| *known == path)
        .map(|found| found.1)
}

/// All that the program carries: paths, sorted, and bytes.
pub fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().copied()
}

/// The keys that count for `builtin:` repositories.
///
/// For these alone: the private half is public, since what it signs is compiled into the program
/// and needs no secret. No other key counts for them, so that nothing of what they hold can come
/// from elsewhere.
pub fn keyring() -> Keyring {
    let mut keys = Keyring::default();
    // That it is a key is tested; if it were none, nothing would be trusted.
    let _ = keys.add(KEY_NAME, KEY);
    keys
}
