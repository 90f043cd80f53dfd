//! Being ended by the user or the system: nothing that is unfinished stays.

use crate::unfinished;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::fs;
use std::os::raw::c_int;
use std::thread;

/// Tidies up when this program is told to end, and then ends it as if nobody had listened. What
/// it is to ignore, as below `nohup`, it ignores.
pub fn tidy() {
    let ignored = ignored();
    let heeded: Vec<c_int> = [SIGHUP, SIGINT, SIGTERM]
        .into_iter()
        .filter(|signal| ignored & (1 << (signal - 1)) == 0)
        .collect();
    // Without it all works, and a folder may stay behind.
    let Ok(mut signals) = Signals::new(heeded) else {
        return;
    };
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            unfinished::remove_all();
            let _ = emulate_default_handler(signal);
        }
    };
    let _ = thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait);
}

/// The signals that this process was told to ignore, as bits (proc_pid_status(5)).
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bits = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    bits.unwrap_or_default()
}
