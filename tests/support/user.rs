//! Running the program as somebody else.

use super::scene::Scene;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An ordinary user, who need not have a name.
pub const SOMEBODY: u32 = 54321;

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The program as an ordinary user runs it under this umask; only root can do that. It has a
/// working folder and a cache of its own.
pub fn somebody(scene: &Scene, umask: &str) -> Command {
    let home = home(scene);
    let mut command = Command::new("/bin/sh");
    // The umask is the shell's to set: between fork and exec safe Rust cannot.
    command
        .args(["-c", &format!("umask {umask} && exec \"$0\" \"$@\"")])
        .arg(program(scene))
        .env_clear()
        .env("APKCOMPOSE_CACHE_DIR", home.join("cache"))
        .current_dir(home)
        .uid(SOMEBODY)
        .gid(SOMEBODY);
    command
}

/// The folder in which [`somebody`] works.
pub fn home(scene: &Scene) -> PathBuf {
    let home = scene.path("home");
    if !home.exists() {
        fs::create_dir(&home).unwrap();
        chown(&home, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
    home
}

/// The program at a place that everybody can reach: the folder that it was compiled in may be
/// closed to others.
fn program(scene: &Scene) -> PathBuf {
    let original = Path::new(env!("CARGO_BIN_EXE_apkcompose"));
    let place = scene.path("apkcompose");
    if !place.exists() && fs::hard_link(original, &place).is_err() {
        fs::copy(original, &place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    }
    place
}
