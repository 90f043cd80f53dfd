//! Bad input through the real program: it ends with code 1 and a message that names what is
//! wrong and where, and leaves neither an output nor a part of one.

mod index;
mod manifest;
mod output;
mod package;
#[path = "../support/mod.rs"]
mod support;

use support::{Run, Scene};

/// Checks that a run failed with a message of these parts and left nothing.
#[track_caller]
fn refused(scene: &Scene, run: &Run, parts: &[&str]) {
    run.fails_with(parts);
    assert_eq!(scene.left(), [] as [&str; 0]);
}
