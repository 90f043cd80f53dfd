//! The system's limit on open files.

use rustix::process::{Resource, getrlimit, setrlimit};

/// What the rest of the program may have open beside the packages.
const OTHERS: u64 = 256;

/// Raises the limit on open files if so many more would not fit, as far as this process may.
///
/// Every package stays open until its files are written, so that what was verified is what is
/// read. The usual limit of 1024 is enough for all but the largest images, and is then left
/// alone: some programs that scripts call go through all numbers below the limit.
///
/// If it cannot be raised, opening a file will say so.
pub(super) fn allow_open_files(count: u64) {
    let needed = count.saturating_add(OTHERS);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        limit.current = Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed)));
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
