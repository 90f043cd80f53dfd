//! Trying again: one budget for the request, its body and the verification of what came.

use crate::repository::error::FetchError;
use std::num::NonZeroU32;
use std::thread;
use std::time::Duration;

/// How often something is tried, and how long to wait in between.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// The tries in all, the first one included.
    pub attempts: NonZeroU32,
    /// The wait before the second try; it doubles with each further one.
    pub pause: Duration,
}

/// A mirror that restarts is back within a second or two; waiting longer for one that is down
/// only hides it from the user.
impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            attempts: NonZeroU32::MIN.saturating_add(2),
            pause: Duration::from_millis(500),
        }
    }
}

impl RetryPolicy {
    /// Calls `attempt` until it succeeds, fails for good, or has been called often enough.
    pub(super) fn run<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut pause = self.pause;
        for _ in 1..self.attempts.get() {
            match attempt() {
                Err(error) if error.is_transient() => {}
                result => return result,
            }
            thread::sleep(pause);
            pause = pause.saturating_mul(2);
        }
        attempt()
    }
}
