//! Working on many things at once, on so many threads and no more.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Calls `work` for each number of `order`, begun in that order, on up to `jobs` threads; the
/// results are by number.
pub(super) fn map<T: Send>(
    jobs: NonZeroUsize,
    order: &[usize],
    work: impl Fn(usize) -> T + Sync,
) -> Vec<(usize, T)> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(order.len()));
    let run = || {
        while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(number);
            // A thread that panicked has not left the list half changed.
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((number, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.get().min(order.len()) {
            scope.spawn(run);
        }
        run();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(number, _)| *number);
    results
}
