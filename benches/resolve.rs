//! How long `apkcompose resolve --package php` takes on Alpine's main and community indexes
//! (23,030 packages, 10 MB of text), as a whole process: signature, parsing and all.
//!
//! ```text
//! APKCOMPOSE_TEST_DATA=../shared cargo bench --bench resolve
//! ```
//!
//! *Cold* starts with an empty cache, *warm* with the catalogue of the last run. `gzip -dc` of
//! the same two files tells how fast the machine is. Times are the median of [`RUNS`].

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 9;

fn main() {
    let Some(data) = std::env::var_os("APKCOMPOSE_TEST_DATA") else {
        eprintln!("SKIPPED: APKCOMPOSE_TEST_DATA is not set");
        return;
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join(data);
    let repositories = ["main", "community"].map(|name| data.join("alpine/v3.19").join(name));
    let cache = tempfile::tempdir().expect("a temporary folder");

    let resolve = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apkcompose"));
        command.args(["resolve", "--quiet", "--arch", "x86_64", "--package", "php"]);
        for repository in &repositories {
            command.arg("--repository").arg(repository);
        }
        command.arg("--cache-dir").arg(cache.path());
        run(&mut command)
    };
    let cold = median(|| {
        std::fs::remove_dir_all(cache.path().join("v1")).ok();
        resolve()
    });
    let warm = median(resolve);
    let files: Vec<PathBuf> = repositories
        .iter()
        .map(|repository| repository.join("x86_64/APKINDEX.tar.gz"))
        .collect();
    let gzip = median(|| run(Command::new("gzip").arg("-dc").args(&files)));
    for (name, time) in [("cold", cold), ("warm", warm), ("gzip -dc", gzip)] {
        println!("{name:>8}: {:7.1} ms", time.as_secs_f64() * 1000.0);
    }
}

/// How long a program runs that must succeed.
fn run(command: &mut Command) -> Duration {
    let begin = Instant::now();
    let status = command.stdout(Stdio::null()).status();
    let time = begin.elapsed();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
    time
}

fn median(mut once: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| once()).collect();
    times.sort_unstable();
    times[RUNS / 2]
}
