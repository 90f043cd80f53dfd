//! How much the cache holds, and making it hold less.

use super::lock::Use;
use super::{Cache, CacheError};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How much the cache may hold when nobody says otherwise: some hundred images' packages.
pub const DEFAULT_LIMIT: u64 = 5 << 30;

/// The folders of entries, in the order in which they are shown.
const KINDS: [&str; 7] = [
    "packages",
    "indexes",
    "blobs",
    "records",
    "catalogues",
    "scripts",
    "pushed",
];

/// What a cache holds of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// The folder: `packages`, `indexes`, `blobs`, `records`, `catalogues`, `scripts` or
    /// `pushed`.
    pub kind: &'static str,
    /// Entries.
    pub entries: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What was removed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Removed {
    /// Entries.
    pub entries: u64,
    /// Bytes.
    pub bytes: u64,
}

struct Entry {
    path: PathBuf,
    kind: &'static str,
    bytes: u64,
    used: SystemTime,
}

impl Cache {
    /// Counts what there is of each kind.
    pub fn usage(&self) -> Vec<Usage> {
        let entries = self.entries();
        KINDS
            .iter()
            .map(|&kind| {
                let of_kind = || entries.iter().filter(|entry| entry.kind == kind);
                // Notes belong to what lies beside them.
                let is_note = |entry: &Entry| entry.path.extension().is_some_and(|e| e == "http");
                Usage {
                    kind,
                    entries: of_kind().filter(|entry| !is_note(entry)).count() as u64,
                    bytes: of_kind().map(|entry| entry.bytes).sum(),
                }
            })
            .collect()
    }

    /// Removes what was not used for longest until at most `limit` bytes are left, waiting up
    /// to `timeout` until no other process uses the cache.
    ///
    /// # Errors
    /// When the cache is in use for longer, or cannot be written to.
    pub fn shrink(&self, limit: u64, timeout: Duration) -> Result<Removed, CacheError> {
        let mut removed = Removed::default();
        if !self.layout().exists() {
            return Ok(removed);
        }
        let size = |entries: &[Entry]| entries.iter().map(|entry| entry.bytes).sum::<u64>();
        // Without the lock first: most of the time there is nothing to do.
        if limit > 0 && size(&self.entries()) <= limit {
            return Ok(removed);
        }
        let _lock = self.lock(Use::Alone, "removing entries", timeout)?;
        let mut entries = self.entries();
        entries.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.path.cmp(&b.path)));
        let mut left = size(&entries);
        for entry in entries {
            // Empty entries don't count, but "nothing may be left" means them too.
            if left <= limit && limit > 0 {
                break;
            }
            fs::remove_file(&entry.path).map_err(|source| CacheError::Write {
                path: entry.path.clone(),
                source,
            })?;
            left -= entry.bytes;
            removed.entries += 1;
            removed.bytes += entry.bytes;
        }
        Ok(removed)
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for kind in KINDS {
            let folder = fs::read_dir(self.layout().join(kind));
            for found in folder.into_iter().flatten().flatten() {
                if let Ok(metadata) = found.metadata() {
                    entries.push(Entry {
                        path: found.path(),
                        kind,
                        bytes: metadata.len(),
                        used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    });
                }
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;
    use std::io::Write;

    fn store(cache: &Cache, name: &str, bytes: usize, age: u64) {
        let mut writer = cache.writer().unwrap();
        writer.write_all(&vec![0; bytes]).unwrap();
        let file = writer.keep(cache, Key::Blob(name)).unwrap();
        let then = SystemTime::now() - Duration::from_secs(age);
        file.set_modified(then).unwrap();
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        for (name, bytes, age) in [("a", 100, 30), ("b", 100, 20), ("c", 100, 10)] {
            store(&cache, name, bytes, age);
        }
        // Using an entry makes it the newest.
        assert!(cache.open(Key::Blob("a")).is_some());
        let removed = cache.shrink(250, Duration::ZERO).unwrap();
        assert_eq!((removed.entries, removed.bytes), (1, 100));
        let there = |name| cache.path(Key::Blob(name)).exists();
        assert!(there("a") && !there("b") && there("c"));
        assert_eq!(cache.usage()[2].bytes, 200);
        assert_eq!(cache.shrink(0, Duration::ZERO).unwrap().entries, 2);
        assert_eq!(cache.usage()[2].entries, 0);
    }

    #[test]
    fn nothing_is_removed_while_another_uses_the_cache() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().to_owned());
        store(&cache, "a", 100, 0);
        // A child of this process stands for the other one, since its note is not our own.
        let mut other = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let lock = cache
            .lock(Use::Shared, "build x.toml", Duration::ZERO)
            .unwrap();
        let note = dir.path().join(format!("v1/users/{}", other.id()));
        fs::write(note, "build x.toml").unwrap();
        let error = cache.shrink(0, Duration::from_millis(60)).unwrap_err();
        let expected = format!("process {} (build x.toml)", other.id());
        assert!(error.to_string().contains(&expected), "{error}");
        let again = cache.lock(Use::Shared, "build y.toml", Duration::ZERO);
        assert!(again.is_ok(), "builds share the cache");
        drop((lock, again));
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(cache.shrink(0, Duration::ZERO).unwrap().entries, 1);
    }
}
