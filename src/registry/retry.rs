//! Trying again: so often without getting further, with longer and longer pauses.

use crate::repository::{LONGEST_PAUSE, RetryPolicy};
use std::thread;
use std::time::Duration;

/// How many more tries there are.
#[derive(Debug)]
pub(super) struct Budget {
    policy: RetryPolicy,
    failures: u32,
}

impl Budget {
    pub fn new(policy: RetryPolicy) -> Budget {
        Budget {
            policy,
            failures: 0,
        }
    }

    /// Something went well, so what fails from now on is another matter.
    pub fn renew(&mut self) {
        self.failures = 0;
    }

    /// Notes a failure and waits, at least as long as the server asks; `false` when there were
    /// too many.
    pub fn again(&mut self, asked: Option<Duration>) -> bool {
        self.failures += 1;
        let asked = asked.unwrap_or_default();
        if self.failures >= self.policy.attempts.get() || asked > self.policy.patience {
            return false;
        }
        let doublings = (self.failures - 1).min(10);
        let pause = self.policy.pause.saturating_mul(1 << doublings);
        thread::sleep(asked.max(pause.min(LONGEST_PAUSE)));
        true
    }
}
