//! Who uses the cache: many builds at once, or one that tidies up.
//!
//! Entries are whole files under names of their content, so builds don't disturb each other and
//! share a lock. Removing entries is for whoever holds the lock alone. The lock is the system's
//! (`flock`), so that of a killed process is gone with it; next to it lies a note for each
//! process, so that one that waits can say for whom.

use super::{Cache, CacheError};
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long to wait for the lock. Tidying up takes a second or two at most, and a build that
/// is in the way of it may take minutes: then tidying up is what has to wait.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// How often to look whether the lock is free.
const POLL: Duration = Duration::from_millis(50);

/// The use of a cache. It ends when this is dropped.
#[derive(Debug)]
pub struct CacheLock {
    _file: File,
    note: PathBuf,
}

impl Drop for CacheLock {
    fn drop(&mut self) {
        // A note without its process is not believed.
        let _ = fs::remove_file(&self.note);
    }
}

/// Whether others may use the cache at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Reading and adding entries.
    Shared,
    /// Removing them.
    Alone,
}

impl Cache {
    /// Takes the lock, waiting up to `timeout` for it. `what` tells others who has it.
    ///
    /// # Errors
    /// When the cache cannot be written to, or the lock is not free in time; then the message
    /// names its holders.
    pub fn lock(&self, how: Use, what: &str, timeout: Duration) -> Result<CacheLock, CacheError> {
        let folder = self.layout();
        let users = folder.join("users");
        self.make_folder(&users)?;
        let path = folder.join("lock");
        let failed = |source| CacheError::Write {
            path: path.clone(),
            source,
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        let began = Instant::now();
        loop {
            let tried = match how {
                Use::Shared => file.try_lock_shared(),
                Use::Alone => file.try_lock(),
            };
            match tried {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if began.elapsed() < timeout => sleep(POLL),
                Err(TryLockError::WouldBlock) => {
                    return Err(CacheError::Locked {
                        path,
                        holders: holders(&users),
                        waited: timeout,
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        let note = users.join(std::process::id().to_string());
        // The lock is what counts; without the note others only know less.
        let _ = fs::write(&note, what);
        Ok(CacheLock { _file: file, note })
    }
}

/// The processes whose notes lie in a folder and that are still there, as `PID (what)`.
fn holders(users: &std::path::Path) -> Vec<String> {
    let mut holders: Vec<String> = fs::read_dir(users)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let alive = std::path::Path::new("/proc").join(pid.to_string()).exists();
            if !alive {
                let _ = fs::remove_file(entry.path());
                return None;
            }
            let what = fs::read_to_string(entry.path()).unwrap_or_default();
            (pid != std::process::id()).then(|| format!("process {pid} ({what})"))
        })
        .collect();
    holders.sort();
    holders
}
