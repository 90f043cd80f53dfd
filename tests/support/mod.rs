//! What the tests of the whole program share: a scene to run it in, readers for what it writes
//! that share no code with it, and what to do where a test cannot be run.

// Every test binary uses a part of this.
#![allow(dead_code, unused_imports, missing_docs)]

pub mod data;
pub mod docker;
pub mod image;
pub mod pty;
pub mod rich;
pub mod scene;
pub mod server;
pub mod skip;
pub mod tree;
pub mod user;
pub mod vm;

pub use image::Image;
pub use scene::{Run, Scene, package};
pub use tree::Tree;

use std::process::Command;

/// The standard output of a program that must succeed.
#[track_caller]
pub fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    stdout
}
