//! Tests that cannot be run everywhere: they say so where it is seen.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Says that a test was skipped. Written past the test harness, which would keep what a test
/// that passes prints to itself.
pub fn skipped(what: &str, why: &str) {
    // In one piece: other tests write at the same time.
    let line = format!("SKIPPED: {what}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// The folder with real Alpine data, which `APKCOMPOSE_TEST_DATA` names by an absolute path or
/// one relative to the crate; without it the test `what` is skipped.
pub fn test_data(what: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("APKCOMPOSE_TEST_DATA") else {
        skipped(what, "APKCOMPOSE_TEST_DATA is not set");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let folder = folder.canonicalize();
    Some(folder.expect("the folder that APKCOMPOSE_TEST_DATA names"))
}

/// Whether client programs are there; otherwise the test `what` is skipped, or fails where
/// `APKCOMPOSE_REQUIRE_CLIENTS=1` says that all clients are to be there.
pub fn has_clients(what: &str, programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs
        .iter()
        .copied()
        .filter(|program| find(program).is_none())
        .collect();
    if missing.is_empty() {
        return true;
    }
    without_clients(what, &format!("not installed: {}", missing.join(", ")))
}

/// The same for clients that only root can use.
pub fn has_root_clients(what: &str, programs: &[&str]) -> bool {
    has_clients(what, programs)
        && (super::user::is_root() || without_clients(what, "not run as root"))
}

/// Skips the test `what`, or fails where all clients are to be there. Always `false`.
pub fn without_clients(what: &str, why: &str) -> bool {
    let required = std::env::var("APKCOMPOSE_REQUIRE_CLIENTS").is_ok_and(|value| value == "1");
    assert!(!required, "{what} is required here, but {why}");
    skipped(what, why);
    false
}

/// Whether the test `what`, which needs root, can be run.
pub fn has_root(what: &str) -> bool {
    let root = super::user::is_root();
    if !root {
        skipped(what, "not run as root");
    }
    root
}

/// Where a program of this name is.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        // Where Debian keeps what root alone has a use for.
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
