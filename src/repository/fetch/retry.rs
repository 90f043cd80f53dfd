//! Trying again: one budget for the request, its body and the verification of what came.

use crate::progress::Progress;
use crate::repository::error::FetchError;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often something is tried, and how long to wait in between.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// The tries in all, the first one included.
    pub attempts: NonZeroU32,
    /// About how long to wait before the second try; it doubles with each further one, up to
    /// [`LONGEST_PAUSE`]. Some of it is left to chance, so that those whom a server sent away
    /// together do not come back together.
    pub pause: Duration,
    /// The longest wait that a server may ask for (`Retry-After`). One that asks for more is
    /// taken at its word: it is not asked again.
    pub patience: Duration,
}

/// The longest pause that nobody asked for.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A wait that is worth a word to who sits in front of it.
const NOTICEABLE: Duration = Duration::from_secs(3);

/// How often to look whether waiting has become pointless.
const POLL: Duration = Duration::from_millis(50);

/// A mirror that restarts is back within a second or two; waiting longer for one that is down
/// only hides it from the user. One that is busy knows itself for how long, and a minute of
/// patience is less than a build that has to be started again.
impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts: NonZeroU32::MIN.saturating_add(3),
            pause: Duration::from_millis(500),
            patience: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Calls `attempt` until it succeeds, fails for good, or has been called often enough.
    /// Waiting ends early when all is `cancelled`.
    pub(super) fn run<T>(
        &self,
        cancelled: &AtomicBool,
        progress: &dyn Progress,
        mut attempt: impl FnMut() -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut pause = self.pause;
        for _ in 1..self.attempts.get() {
            let error = match attempt() {
                Err(error) if error.is_transient() => error,
                result => return result,
            };
            let asked = error.retry_after().unwrap_or_default();
            if asked > self.patience {
                return Err(error);
            }
            if asked >= NOTICEABLE {
                progress.warn(&format!("{error}, which is done"));
            }
            if !wait(asked.max(somewhat(pause)), cancelled) {
                return Err(FetchError::Cancelled);
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
        attempt()
    }
}

/// Between half of it and all of it.
fn somewhat(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Waits; `false` when that has become pointless.
fn wait(pause: Duration, cancelled: &AtomicBool) -> bool {
    let end = Instant::now() + pause;
    loop {
        if cancelled.load(Ordering::Relaxed) {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(POLL));
    }
}
