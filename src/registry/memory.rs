//! Where blobs were pushed to: repositories from which a registry may take them for another one.
//! Nothing depends on it: what it says wrongly costs a request.

use super::reference::Reference;
use crate::repository::cache::{Cache, Key};
use std::io::{Read, Write};

/// The repositories that are remembered for a blob, the latest first.
const REMEMBERED: usize = 8;

/// The largest note that is read, in bytes; a name has at most 255, and a registry about as many.
const LIMIT: u64 = 16 << 10;

/// The repositories, as `registry/path`, that a blob was pushed to.
pub(super) fn recall(cache: &Cache, digest: &str) -> Vec<String> {
    let Some((file, _)) = hex(digest).and_then(|hex| cache.open(Key::Pushed(hex))) else {
        return Vec::new();
    };
    let mut text = String::new();
    match file.take(LIMIT).read_to_string(&mut text) {
        Ok(_) => text.lines().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}

/// Notes that a blob is in the repository of a reference. A cache that cannot be written to
/// remembers nothing.
pub(super) fn note(cache: &Cache, digest: &str, place: &Reference) {
    let (Some(hex), name) = (hex(digest), place.name()) else {
        return;
    };
    let mut names = recall(cache, digest);
    if names.first() == Some(&name) {
        return;
    }
    names.retain(|known| *known != name);
    names.insert(0, name);
    names.truncate(REMEMBERED);
    if let Ok(mut writer) = cache.writer()
        && writeln!(writer, "{}", names.join("\n")).is_ok()
    {
        let _ = writer.keep(cache, Key::Pushed(hex));
    }
}

fn hex(digest: &str) -> Option<&str> {
    digest.strip_prefix("sha256:")
}
