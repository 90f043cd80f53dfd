//! What is being made and has a name in the file system already.
//!
//! Whoever makes such a thing removes it when it fails. A program that is ended by a signal gets
//! no chance to do so; it calls [`remove_all`] before.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

static NOTED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How often to try to remove a folder into which another thread still writes, and how long to
/// wait in between. Some of it may stay if that was not enough.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(5);

/// Something unfinished. When this is dropped it is finished, or removed already.
#[derive(Debug)]
pub(crate) struct Note(PathBuf);

impl Drop for Note {
    fn drop(&mut self) {
        let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
        noted.remove(&self.0);
    }
}

/// Makes something unfinished and notes it at once.
pub(crate) fn make<T, E>(
    make: impl FnOnce() -> Result<T, E>,
    path: impl FnOnce(&T) -> &Path,
) -> Result<(T, Note), E> {
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    let made = make()?;
    let path = path(&made).to_owned();
    noted.insert(path.clone());
    Ok((made, Note(path)))
}

/// Removes all that is unfinished, for a program that ends now: from here on, threads that make
/// or finish something wait for ever, so that there is nothing new and nobody complains.
pub fn remove_all() {
    let noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in noted.iter() {
        remove(path);
    }
    // Never unlocked again.
    std::mem::forget(noted);
}

fn remove(path: &Path) {
    for _ in 0..TRIES {
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        };
        // What is in a folder may be new, or have another name by now; so whatever the error
        // is, it counts whether the folder is still there.
        if removed.is_ok() || !path.exists() {
            return;
        }
        sleep(PAUSE);
    }
}
