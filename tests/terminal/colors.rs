//! Colours, and who objects to them.

use crate::Slow;
use crate::support::{Run, pty};
use std::process::Command;

/// A run that fails and says why and what to do.
fn failing(slow: &Slow) -> Command {
    let mut command = slow.scene.bare();
    command.args(["build", "no-such-manifest.toml"]);
    command.env("TERM", "xterm");
    command
}

#[test]
fn a_terminal_has_colours_unless_somebody_objects() {
    let slow = Slow::new();
    for (variable, value, colored) in [
        ("NO_COLOR", "", true),
        ("NO_COLOR", "1", false),
        ("CLICOLOR", "0", false),
        ("CLICOLOR", "1", true),
        ("CLICOLOR_FORCE", "1", true),
        ("TERM", "dumb", false),
        ("TERM", "xterm-256color", true),
    ] {
        for mut command in [failing(&slow), slow.build()] {
            command.env(variable, value);
            let shown = pty::run(command, 80, 24);
            let escapes = shown.raw.contains("\x1b[1m") || shown.raw.contains("\x1b[1;");
            assert_eq!(escapes, colored, "{variable}={value}: {:?}", shown.raw);
        }
    }
}

#[test]
fn elsewhere_there_are_colours_only_where_they_are_forced() {
    let slow = Slow::new();
    for (variables, colored) in [
        (&[] as &[(&str, &str)], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true),
    ] {
        for mut command in [failing(&slow), slow.build()] {
            command.envs(variables.iter().copied());
            let run = Run::of(command);
            let escapes = run.stderr.contains('\x1b');
            assert_eq!(escapes, colored, "{variables:?}: {:?}", run.stderr);
            assert!(!run.stdout.contains('\x1b'));
        }
    }
}
