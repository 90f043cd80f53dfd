//! Progress bars on standard error, when that is a terminal.

use super::say;
use crate::progress::{Progress, Stage};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One bar for each stage that has begun.
#[derive(Debug)]
pub struct Bars {
    quiet: bool,
    verbose: bool,
    all: MultiProgress,
    stages: Mutex<BTreeMap<Stage, Bar>>,
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    items: i64,
    done: i64,
    /// Whether the bar counts bytes; otherwise it counts items.
    bytes: bool,
}

impl Bars {
    /// Bars that are shown on a terminal; with `quiet` nowhere, and no warnings either. With
    /// `verbose`, what packages' scripts print is shown too.
    pub fn new(quiet: bool, verbose: bool) -> Bars {
        let target = match quiet {
            true => ProgressDrawTarget::hidden(),
            // Hides itself where there is no terminal.
            false => ProgressDrawTarget::stderr(),
        };
        Bars {
            quiet,
            verbose,
            all: MultiProgress::with_draw_target(target),
            stages: Mutex::default(),
        }
    }

    /// Takes the bars off the screen.
    pub fn clear(&self) {
        // A terminal that went away needs no clearing.
        let _ = self.all.clear();
    }

    fn stages(&self) -> MutexGuard<'_, BTreeMap<Stage, Bar>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Indexes => "indexes",
        Stage::Packages => "packages",
        Stage::Layers => "layers",
    }
}

/// A style; those of this file are known to be right.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

impl Progress for Bars {
    fn start(&self, stage: Stage, items: u64, bytes: u64) {
        let counts_bytes = bytes > 0;
        let bar = self
            .all
            .add(ProgressBar::new(if counts_bytes { bytes } else { items }));
        bar.set_style(style(match counts_bytes {
            true => "{prefix:>9} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {msg}",
            false => "{prefix:>9} [{bar:30}] {pos}/{len}",
        }));
        bar.set_prefix(title(stage));
        let bar = Bar {
            bar,
            items: items as i64,
            done: 0,
            bytes: counts_bytes,
        };
        self.stages().insert(stage, bar);
    }

    fn advance(&self, stage: Stage, items: i64, bytes: i64) {
        let mut stages = self.stages();
        let Some(bar) = stages.get_mut(&stage) else {
            return;
        };
        let step = if bar.bytes { bytes } else { items };
        match u64::try_from(step) {
            Ok(step) => bar.bar.inc(step),
            Err(_) => bar.bar.dec(step.unsigned_abs()),
        }
        if items != 0 {
            bar.done += items;
            bar.bar.set_message(format!("{}/{}", bar.done, bar.items));
        }
    }

    fn finish(&self, stage: Stage) {
        if let Some(bar) = self.stages().get(&stage) {
            bar.bar.finish();
        }
    }

    fn warn(&self, message: &str) {
        if self.quiet {
            return;
        }
        let (yellow, plain) = match say::colored() {
            true => ("\x1b[1;33m", "\x1b[0m"),
            false => ("", ""),
        };
        self.all
            .suspend(|| say::talk(&format!("{yellow}warning{plain}: {message}")));
    }

    fn printed(&self, package: &str, line: &str) {
        if self.verbose {
            self.all
                .suspend(|| say::talk(&format!("{package}: {line}")));
        }
    }
}
