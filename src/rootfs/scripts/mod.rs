//! Running the packages' scripts, as `apk add` does while it installs.
//!
//! The tree in memory stays the truth. Before a script runs, what is new in the tree is put on
//! the disk of a sandbox; after it, what it changed is read back into the tree.
//! The sandbox is started for the first script; where no package has one, there is none. What all
//! scripts of an installation changed is kept in a cache under everything that went in, and the
//! next time applied without running any.

mod apply;
mod cache;
mod days;
mod failure;
mod sync;
mod triggers;

pub use cache::{Known, key};
pub use failure::ScriptError;
pub use triggers::watched;

use super::content::Content;
use super::package::Installed;
use super::tree::Tree;
use crate::apk::arch::Arch;
use crate::apk::package::Script;
use crate::progress::Progress;
use crate::repository::FetchedPackage;
use crate::sandbox::{Change, Ending, Limits, Notice, Options, Run, Sandbox};
use bstr::{BString, ByteSlice};
use failure::Tail;
use std::path::PathBuf;

/// The directories that apk makes for its scripts, and leaves behind empty.
const MOUNT_POINTS: [&str; 2] = ["dev", "proc"];

/// What running scripts needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The packages in the order of the installation; `None` for one with nothing to install.
    pub packages: &'a [Option<FetchedPackage>],
    /// The architecture of the packages.
    pub arch: Arch,
    /// The time of what scripts make, in seconds since 1970.
    pub time: u64,
    /// What scripts may use up.
    pub limits: Limits,
    /// The names of packages whose scripts may fail.
    pub may_fail: &'a [String],
    /// This program, to be started again; `None`: the running one.
    pub program: Option<&'a PathBuf>,
    /// Told of what scripts print, and of what should be known.
    pub progress: &'a dyn Progress,
}

/// What a script, or several, changed.
#[derive(Clone, Default, Debug)]
pub(super) struct Delta {
    pub changes: Vec<(Change, Option<Content>)>,
}

/// Runs scripts one after the other on one tree.
#[derive(Debug)]
pub struct Scripts<'a> {
    settings: Settings<'a>,
    state: State,
    /// What the scripts changed, one by one, for the cache.
    log: Vec<Delta>,
    /// What those said that failed and may.
    failures: Vec<String>,
}

#[derive(Debug)]
enum State {
    /// No script has run yet.
    Idle,
    Running(Box<Running>),
    /// What they did the last time.
    Known(std::vec::IntoIter<Delta>),
}

#[derive(Debug)]
struct Running {
    sandbox: Sandbox,
    mirror: sync::Mirror,
}

impl<'a> Scripts<'a> {
    /// Prepares to run scripts. `known` is what a [`Known`] had of the same installation.
    pub fn new(settings: Settings<'a>, known: Option<Known>) -> Scripts<'a> {
        Scripts {
            settings,
            state: match known {
                Some(known) => State::Known(known.0.into_iter()),
                None => State::Idle,
            },
            log: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Runs a script of a package on the tree. Returns whether it succeeded; where it need not,
    /// a failure is a warning.
    ///
    /// # Errors
    /// When the script fails, or there is nothing to run it in.
    pub(super) fn run(
        &mut self,
        tree: &mut Tree,
        package: &Installed,
        script: Script,
        arguments: Vec<BString>,
    ) -> Result<bool, ScriptError> {
        let Some(content) = package.scripts.get(&script) else {
            return Ok(true);
        };
        for path in MOUNT_POINTS {
            if tree.find(path.as_bytes()).is_none() {
                tree.make_directories(path.as_bytes())
                    .map_err(ScriptError::Tree)?;
            }
        }
        if let State::Known(deltas) = &mut self.state {
            if let Some(delta) = deltas.next() {
                self.apply(tree, &delta)?;
            }
            return Ok(true);
        }
        self.start()?;
        let settings = self.settings;
        let State::Running(running) = &mut self.state else {
            return Ok(true);
        };
        running.mirror.push(tree, &mut running.sandbox, &settings)?;
        let day = days::today();
        let before = days::Shadow::read(tree, &settings);
        let run = Run {
            name: format!("{}.{script}", package.full_name()).into(),
            content: content.as_slice().into(),
            arguments,
            environment: vec![
                ("PATH".into(), "/usr/sbin:/usr/bin:/sbin:/bin".into()),
                ("APK_PACKAGE".into(), package.name.as_str().into()),
                ("APK_SCRIPT".into(), script.name().into()),
            ],
            seconds: 0,
            output: 0,
        };
        let mut tail = Tail::default();
        let (ending, full) = running.sandbox.run(run, &mut |bytes| {
            tail.take(bytes, &mut |line| {
                settings.progress.printed(&package.name, line);
            });
        })?;
        tail.end(&mut |line| settings.progress.printed(&package.name, line));
        if ending != Ending::Exit(0) {
            let error = failure::failed(&settings, package, script, ending, full, tail);
            if !settings.may_fail.contains(&package.name) {
                return Err(error);
            }
            self.failures.push(error.to_string());
        }
        let mut delta = apply::collect(&mut running.sandbox)?;
        let again = before.normalise(&mut delta, day..=days::today(), settings.time);
        self.apply(tree, &delta)?;
        if let State::Running(running) = &mut self.state {
            running.mirror = sync::Mirror::of(tree);
            for path in again {
                running.mirror.forget(path.as_bstr());
            }
        }
        self.log.push(delta);
        Ok(ending == Ending::Exit(0))
    }

    fn apply(&self, tree: &mut Tree, delta: &Delta) -> Result<(), ScriptError> {
        apply::apply(tree, delta, self.settings.packages).map_err(ScriptError::Tree)
    }

    fn start(&mut self) -> Result<(), ScriptError> {
        if !matches!(self.state, State::Idle) {
            return Ok(());
        }
        let settings = self.settings;
        // Files take whole pages, and directories one.
        let packages = settings.packages.iter().flatten();
        let entries = packages.flat_map(|fetched| &fetched.package.entries);
        let bytes = entries.map(|entry| entry.size.next_multiple_of(4096) + 4096);
        let sandbox = Sandbox::start(&Options {
            limits: settings.limits,
            bytes: bytes.sum(),
            time: settings.time,
            program: settings.program.cloned(),
        })?;
        if sandbox.notice == Some(Notice::Plain) {
            settings.progress.warn(
                "no namespaces are to be had here, so the packages' scripts run in a plain chroot",
            );
        }
        self.state = State::Running(Box::new(Running {
            sandbox,
            mirror: sync::Mirror::default(),
        }));
        Ok(())
    }

    /// What those scripts said that failed and may. Nothing of such a build should be kept: the
    /// next time they may succeed.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// What the scripts changed, to be kept for the next time; `None` when it was known, when
    /// none has run, or when one of them failed.
    pub fn into_result(self) -> Option<Known> {
        let ran = matches!(self.state, State::Running(_)) && self.failures.is_empty();
        ran.then_some(Known(self.log))
    }
}
