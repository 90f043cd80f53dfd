//! Differences for a reader at a terminal.

use super::{Change, Diff, FileChange, PackageChange, Sizes};
use indicatif::HumanBytes;
use std::fmt::Write as _;

/// Writing to a string never fails, so its results are not looked at.
pub(super) fn text(diff: &Diff) -> String {
    let mut out = String::new();
    for (archs, which) in [(&diff.only_first, "first"), (&diff.only_second, "second")] {
        for arch in archs {
            let _ = writeln!(out, "{arch} is in the {which} alone");
        }
    }
    let several = diff
        .packages
        .iter()
        .any(|p| p.arch != diff.packages[0].arch);
    for change in &diff.packages {
        let _ = writeln!(out, "{}", package(change, several));
    }
    if !diff.packages.is_empty() {
        let counts = counts(diff.packages.iter().map(|p| p.change));
        let _ = writeln!(out, "packages: {counts}; {}", sizes(diff.packages_size));
    }
    let files = diff.files.as_deref().unwrap_or_default();
    for change in files {
        let _ = writeln!(out, "{}", file(change));
    }
    if !files.is_empty() {
        let counts = counts(files.iter().map(|file| file.change));
        let layers = diff
            .layers_size
            .map(|layers| format!("; layers {}", sizes(layers)));
        let _ = writeln!(out, "files: {counts}{}", layers.unwrap_or_default());
    }
    out
}

fn mark(change: Change) -> char {
    match change {
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
    }
}

fn package(change: &PackageChange, with_arch: bool) -> String {
    let mut line = format!("{} {}", mark(change.change), change.name);
    match (&change.old, &change.new) {
        (Some(old), Some(new)) if old.version == new.version => {
            let _ = write!(line, " {} (another build", new.version);
        }
        (Some(old), Some(new)) => {
            let _ = write!(line, " {} → {} (", old.version, new.version);
        }
        (Some(only), None) | (None, Some(only)) => {
            let _ = write!(line, " {} ({}", only.version, HumanBytes(only.size));
        }
        (None, None) => {}
    }
    if let (Some(old), Some(new)) = (&change.old, &change.new) {
        let between = if old.version == new.version { ", " } else { "" };
        let _ = write!(
            line,
            "{between}{}",
            step(Sizes {
                old: old.size,
                new: new.size
            })
        );
    }
    line.push(')');
    if with_arch {
        let _ = write!(line, " {}", change.arch);
    }
    line
}

fn file(change: &FileChange) -> String {
    let mut line = format!("{} {}", mark(change.change), change.path.escape_debug());
    if let (Some(old), Some(new)) = (&change.old, &change.new) {
        let what: Vec<String> = change
            .differs
            .iter()
            .map(|differs| match *differs {
                "mode" => format!("mode {:o} → {:o}", old.mode, new.mode),
                "owner" => {
                    format!("owner {}:{} → {}:{}", old.uid, old.gid, new.uid, new.gid)
                }
                other => other.to_owned(),
            })
            .collect();
        let _ = write!(line, ": {}", what.join(", "));
    }
    line
}

fn counts(changes: impl Iterator<Item = Change>) -> String {
    let (mut added, mut removed, mut changed) = (0, 0, 0);
    for change in changes {
        match change {
            Change::Added => added += 1,
            Change::Removed => removed += 1,
            Change::Changed => changed += 1,
        }
    }
    format!("{added} added, {removed} removed, {changed} changed")
}

fn sizes(sizes: Sizes) -> String {
    let (old, new) = (HumanBytes(sizes.old), HumanBytes(sizes.new));
    format!("{old} → {new}, {}", step(sizes))
}

/// `+1 KiB`
fn step(sizes: Sizes) -> String {
    match sizes.new.checked_sub(sizes.old) {
        Some(more) => format!("+{}", HumanBytes(more)),
        None => format!("-{}", HumanBytes(sizes.old - sizes.new)),
    }
}
