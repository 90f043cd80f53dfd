//! Bars and summaries.

use crate::Slow;
use crate::support::{Run, pty};
use std::fs;

/// Whether a row belongs to a bar.
fn is_bar(row: &str) -> bool {
    let title = row.split_whitespace().next().unwrap_or("");
    ["indexes", "packages", "layers"].contains(&title)
}

#[test]
fn bars_fit_terminals_of_all_sizes_and_leave_nothing() {
    for (columns, rows) in [(80, 24), (40, 10), (20, 5), (80, 3), (40, 2), (20, 1)] {
        let slow = Slow::new();
        let shown = pty::run(slow.build(), columns, rows);
        let size = format!("{columns}x{rows}: {:?}", shown.raw);
        assert_eq!(shown.code, Some(0), "{size}");
        let summary = shown.raw.find("large.tar").unwrap();
        let frames = shown.frames.iter();
        let work: Vec<_> = frames.take_while(|frame| frame.sent <= summary).collect();
        // No line goes on in the next row.
        let mut filled = work.iter().flat_map(|frame| &frame.rows);
        assert!(filled.all(|row| row.is_empty() || is_bar(row)), "{size}");
        let bars = |frame: &&pty::Frame| frame.rows.iter().filter(|row| is_bar(row)).count();
        let most = work.iter().map(bars).max().unwrap_or(0);
        assert!((1..=usize::from(rows).min(3)).contains(&most), "{size}");
        // The summary, and the digest for whoever asked for it.
        let left = shown.left(columns).join("");
        assert!(
            left.starts_with("large.tar: 2 packages in 3 layers, "),
            "{size}"
        );
        assert!(left.contains("next: docker load -i large.tar"), "{size}");
        assert_eq!(left.matches("sha256:").count(), 1, "{size}");
        assert!(!shown.left(columns).iter().any(|row| is_bar(row)), "{size}");
    }
}

#[test]
fn the_bar_of_packages_shows_bytes_and_rate_and_grows() {
    let slow = Slow::new();
    let shown = pty::run(slow.build(), 80, 24);
    let rows = shown.frames.iter().flat_map(|frame| &frame.rows);
    let mut packages: Vec<&String> = rows.filter(|row| row.starts_with(" packages [")).collect();
    packages.dedup();
    let text = format!("{packages:?}");
    assert!(packages.len() > 1, "{text}");
    assert!(packages.iter().all(|row| row.ends_with("/s")), "{text}");
    assert!(packages.iter().any(|row| row.contains(" KiB/")), "{text}");
    assert!(packages[0].contains("0/2"), "{text}");
    assert!(packages.iter().any(|row| row.contains("[>")), "{text}");
    assert!(shown.raw.contains("] 2/2 "), "{text}");
}

#[test]
fn an_error_stands_alone() {
    let slow = Slow::new();
    let damaged = slow.scene.repository().join("x86_64/large-1.0-r0.apk");
    let mut bytes = fs::read(damaged).unwrap();
    bytes[200_000] ^= 1;
    let reply = crate::Reply::ok(bytes);
    slow.server.answer("/x86_64/large-1.0-r0.apk", vec![reply]);
    for (columns, rows) in [(80, 24), (40, 3)] {
        let shown = pty::run(slow.build(), columns, rows);
        assert_eq!(shown.code, Some(1));
        let left = shown.left(columns);
        assert!(
            left[0].starts_with("error: the package large-1.0-r0"),
            "{left:?}"
        );
        assert!(!left.iter().any(|row| is_bar(row)), "{left:?}");
    }
}

#[test]
fn without_a_terminal_there_is_a_line_for_each_stage() {
    let slow = Slow::new();
    let run = Run::of(slow.build());
    let digest = run.digest();
    let lines: Vec<&str> = run.stderr.lines().collect();
    let [indexes, packages, layers, summary, named, next] = lines[..] else {
        panic!("{}", run.stderr);
    };
    assert_eq!(indexes, "indexes: 1");
    assert!(packages.starts_with("packages: 2, 39"), "{packages}");
    assert!(layers.starts_with("layers: 3, "), "{layers}");
    assert!(
        summary.starts_with("large.tar: 2 packages in 3 layers, 39"),
        "{summary}"
    );
    assert!(
        summary.contains(" (391.") && summary.contains(" unpacked), in "),
        "{summary}"
    );
    assert_eq!(named, format!("  {digest}"));
    assert_eq!(next, "  next: docker load -i large.tar");
    assert!(!run.stderr.contains('\x1b'));
}

#[test]
fn a_dumb_terminal_gets_lines_as_well() {
    for term in [Some("dumb"), None] {
        let slow = Slow::new();
        let mut command = slow.build();
        match term {
            Some(term) => command.env("TERM", term),
            None => command.env_remove("TERM"),
        };
        let shown = pty::run(command, 80, 24);
        assert_eq!(shown.code, Some(0));
        assert!(!shown.raw.contains('\x1b'), "{:?}", shown.raw);
        let left = shown.left(80);
        assert_eq!(left[0], "indexes: 1");
        assert!(left[1].starts_with("packages: 2, "), "{left:?}");
        assert!(left[3].starts_with("large.tar: "), "{left:?}");
    }
}

#[test]
fn quiet_shows_nothing_but_the_digest() {
    let slow = Slow::new();
    let mut command = slow.build();
    command.arg("--quiet");
    let shown = pty::run(command, 80, 24);
    assert_eq!(shown.code, Some(0));
    assert!(shown.raw.starts_with("sha256:"), "{:?}", shown.raw);
    assert_eq!(shown.left(80).len(), 1);
}

#[test]
fn a_question_is_answered_without_lines_where_there_is_no_terminal() {
    let slow = Slow::new();
    let mut command = slow.build();
    let arguments: Vec<_> = command.get_args().skip(1).map(ToOwned::to_owned).collect();
    let mut ask = slow.scene.bare();
    ask.arg("resolve").args(arguments);
    let run = Run::of(ask);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, "small-1.0-r0\nlarge-1.0-r0\n");
    // A second build tells the same, but for how long it took.
    command.stdin(std::process::Stdio::null());
    let first = Run::of(command);
    let again = Run::of(slow.build());
    let sizes = |run: &Run| {
        let line = run.stderr.lines().find(|line| line.contains(" unpacked)"));
        let line = line.unwrap().split(", in ").next();
        line.unwrap().to_owned()
    };
    assert_eq!(sizes(&first), sizes(&again));
}

#[test]
fn the_summary_names_a_command_that_can_be_typed() {
    let slow = Slow::new();
    for (options, next) in [
        (
            &["--output", "it's here.tar"] as &[&str],
            "docker load -i \"it's here.tar\"",
        ),
        (&["--format", "oci"], "skopeo inspect oci:large.oci"),
        (&["--format", "rootfs"], "systemd-nspawn -D large.rootfs"),
        (&["--format", "tar"], "tar -xpf large.rootfs.tar"),
    ] {
        let mut command = slow.build();
        command.args(options);
        let run = Run::of(command);
        let last = run.stderr.lines().last().unwrap();
        assert_eq!(last, format!("  next: {next}"));
    }
    let text = "name = \"me/web:1\"\npackages = [\"large\"]\n[image]\ncmd = [\"/bin/web\"]\n";
    let manifest = slow.scene.write("web.toml", text);
    let run = slow.scene.run(&["build", manifest.to_str().unwrap()]);
    let last = run.stderr.lines().last().unwrap();
    assert_eq!(
        last,
        "  next: docker load -i web.tar && docker run --rm me/web:1"
    );
}
