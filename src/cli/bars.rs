//! Progress on standard error: bars on a terminal, a line for each stage elsewhere.

use super::{say, terminal};
use crate::progress::{Progress, Stage};
use indicatif::{
    HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a bar is drawn when nothing happens, so that its rate is seen to fall.
const TICK: Duration = Duration::from_millis(250);

/// One bar for each stage that has begun, as many as the terminal has room for.
#[derive(Debug)]
pub struct Bars {
    quiet: bool,
    verbose: bool,
    /// Whether stages are told of in lines, as there is nowhere to draw.
    lines: bool,
    all: MultiProgress,
    stages: Mutex<Vec<(Stage, Bar)>>,
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    items: Arc<Items>,
    /// Whether the bar counts bytes; otherwise it counts items.
    bytes: bool,
    /// How many times the stage has begun and not ended.
    running: usize,
}

/// How many items are done, and of how many.
#[derive(Debug, Default)]
struct Items {
    done: AtomicI64,
    all: AtomicU64,
}

impl Bars {
    /// Bars for a verb that answers a question: where there is no terminal, nothing but its
    /// warnings. With `quiet` nothing at all; with `verbose`, what packages' scripts print too.
    pub fn new(quiet: bool, verbose: bool) -> Bars {
        let target = match quiet || !terminal::attended() {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        Bars {
            quiet,
            verbose,
            lines: false,
            all: MultiProgress::with_draw_target(target),
            stages: Mutex::default(),
        }
    }

    /// Bars for a verb that makes something, which may take its time: where there is no terminal,
    /// a line for each stage that begins.
    pub fn of_work(quiet: bool, verbose: bool) -> Bars {
        let mut bars = Bars::new(quiet, verbose);
        bars.lines = !quiet && !terminal::attended();
        bars
    }

    /// Takes the bars off the screen.
    pub fn clear(&self) {
        // Else each would be left on the screen as it goes.
        for (_, bar) in self.stages().drain(..) {
            bar.bar.finish_and_clear();
        }
        // A terminal that went away needs no clearing.
        let _ = self.all.clear();
    }

    fn stages(&self) -> MutexGuard<'_, Vec<(Stage, Bar)>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, stage: Stage, items: u64, bytes: u64) -> Bar {
        let counted = Arc::new(Items::default());
        counted.all.store(items, Ordering::Relaxed);
        let length = if bytes > 0 { bytes } else { items };
        let bar = self.all.add(ProgressBar::new(length));
        let (of_bar, is_bytes) = (Arc::clone(&counted), bytes > 0);
        let draw = move |state: &ProgressState, out: &mut dyn Write| {
            let figures = Figures {
                title: title(stage),
                part: f64::from(state.fraction()),
                items: (
                    of_bar.done.load(Ordering::Relaxed),
                    of_bar.all.load(Ordering::Relaxed),
                ),
                bytes: is_bytes.then(|| (state.pos(), state.len().unwrap_or(0))),
                rate: state.per_sec(),
            };
            // The last column stays free: some terminals go on to the next line there.
            let _ = out.write_str(&line(&figures, terminal::size().0.saturating_sub(1)));
        };
        bar.set_style(
            ProgressStyle::with_template("{line}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .with_key("line", draw),
        );
        bar.enable_steady_tick(TICK);
        Bar {
            bar,
            items: counted,
            bytes: is_bytes,
            running: 1,
        }
    }
}

impl Drop for Bars {
    /// An error is reported below nothing.
    fn drop(&mut self) {
        self.clear();
    }
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Indexes => "indexes",
        Stage::Packages => "packages",
        Stage::Layers => "layers",
        Stage::Upload => "upload",
    }
}

/// What a bar shows.
struct Figures {
    title: &'static str,
    /// 0 to 1.
    part: f64,
    /// Done, and in all.
    items: (i64, u64),
    /// Done, and in all.
    bytes: Option<(u64, u64)>,
    /// Bytes a second.
    rate: f64,
}

/// The line of a bar, no longer than `width`: what matters less goes first where it is narrow.
fn line(figures: &Figures, width: usize) -> String {
    let (done, all) = figures.items;
    let title = figures.title;
    let counts = format!(" {done}/{all}");
    let mut sizes = String::new();
    let mut rate = String::new();
    if let Some((done, all)) = figures.bytes {
        sizes = format!(" {}/{}", HumanBytes(done), HumanBytes(all));
        rate = format!(" {}/s", HumanBytes(figures.rate as u64));
    }
    let with_all = format!("{counts}{sizes}{rate}");
    let with_sizes = format!("{counts}{sizes}");
    for (tail, least) in [(&with_all, 20), (&with_sizes, 10), (&counts, 6)] {
        // The title's column, a blank and two brackets.
        let taken = 9 + 3 + tail.chars().count();
        if let Some(room) = width.checked_sub(taken).filter(|room| *room >= least) {
            let room = room.min(40);
            let full = ((room as f64 * figures.part) as usize).min(room);
            let head = if full < room { ">" } else { "" };
            let bar = format!("{}{head}", "=".repeat(full));
            return format!("{title:>9} [{bar:room$}]{tail}");
        }
    }
    let short = format!("{title}{counts}");
    short.chars().take(width).collect()
}

impl Progress for Bars {
    fn start(&self, stage: Stage, items: u64, bytes: u64) {
        if self.lines {
            let bytes = match bytes {
                0 => String::new(),
                bytes => format!(", {}", HumanBytes(bytes)),
            };
            say::talk(&format!("{}: {items}{bytes}", title(stage)));
            return;
        }
        if self.all.is_hidden() {
            return;
        }
        let mut stages = self.stages();
        let known = stages.iter().position(|(known, _)| *known == stage);
        if let Some(known) = known {
            let bar = &mut stages[known].1;
            if bar.running > 0 && bar.bytes == (bytes > 0) {
                bar.running += 1;
                bar.items.all.fetch_add(items, Ordering::Relaxed);
                bar.bar.inc_length(if bar.bytes { bytes } else { items });
                return;
            }
            stages.remove(known).1.bar.finish_and_clear();
        }
        // The line below the bars has the cursor.
        let room = terminal::size().1.saturating_sub(2);
        while stages.len() > room {
            let done = stages.iter().position(|(_, bar)| bar.running == 0);
            let Some(done) = done else { break };
            stages.remove(done).1.bar.finish_and_clear();
        }
        let bar = self.add(stage, items, bytes);
        stages.push((stage, bar));
    }

    fn advance(&self, stage: Stage, items: i64, bytes: i64) {
        let stages = self.stages();
        let Some((_, bar)) = stages.iter().find(|(known, _)| *known == stage) else {
            return;
        };
        bar.items.done.fetch_add(items, Ordering::Relaxed);
        let step = if bar.bytes { bytes } else { items };
        match u64::try_from(step) {
            Ok(step) => bar.bar.inc(step),
            Err(_) => bar.bar.dec(step.unsigned_abs()),
        }
    }

    fn finish(&self, stage: Stage) {
        let mut stages = self.stages();
        let Some((_, bar)) = stages.iter_mut().find(|(known, _)| *known == stage) else {
            return;
        };
        bar.running = bar.running.saturating_sub(1);
        if bar.running == 0 {
            // Some count less than was announced: what a package's cache has need not be read.
            bar.bar.finish();
        }
    }

    fn warn(&self, message: &str) {
        if self.quiet {
            return;
        }
        let (yellow, plain) = match terminal::colored() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(part: f64) -> Figures {
        Figures {
            title: "packages",
            part,
            items: (12, 17),
            bytes: Some((3_250_585, 7_759_462)),
            rate: 6_396_313.0,
        }
    }

    #[test]
    fn a_wide_terminal_shows_everything() {
        assert_eq!(
            line(&packages(0.5), 79),
            " packages [================>               ] 12/17 3.10 MiB/7.40 MiB 6.10 MiB/s"
        );
    }

    #[test]
    fn what_matters_less_goes_first() {
        assert_eq!(
            line(&packages(0.5), 49),
            " packages [======>      ] 12/17 3.10 MiB/7.40 MiB"
        );
        assert_eq!(
            line(&packages(1.0), 39),
            " packages [=====================] 12/17"
        );
        assert_eq!(line(&packages(0.5), 19), "packages 12/17");
        assert_eq!(line(&packages(0.5), 5), "packa");
    }

    #[test]
    fn no_line_is_longer_than_its_terminal() {
        for width in 0..200 {
            for part in [0.0, 0.3, 0.999, 1.0] {
                let line = line(&packages(part), width);
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}
