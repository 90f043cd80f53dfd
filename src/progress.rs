//! What the library tells whoever waits for it. The bars that show it live in the command line.

use crate::apk::arch::Arch;
use std::fmt::Debug;

/// A part of the work that has a bar of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Indexes are read and verified.
    Indexes,
    /// Packages are read and verified.
    Packages,
    /// Layers are written.
    Layers,
    /// Layers and documents are sent to a registry.
    Upload,
}

/// Told of the progress of a build, from any thread and in any order between threads.
///
/// Between [`start`](Progress::start) and [`finish`](Progress::finish) of a stage its
/// [`advance`](Progress::advance)s add up to what was announced, unless the stage fails; then
/// there is no `finish`. With several architectures at work a stage may start more than once before
/// it has finished as often; the amounts then add up. A download that is tried again takes back what it had advanced.
pub trait Progress: Send + Sync + Debug {
    /// A stage begins that will handle this many items of this many bytes in all; 0 bytes when
    /// that is not known.
    fn start(&self, stage: Stage, items: u64, bytes: u64);

    /// So much more is done; negative when something must be done again.
    fn advance(&self, stage: Stage, items: i64, bytes: i64);

    /// The stage is done.
    fn finish(&self, stage: Stage);

    /// Something that the user should know and that stops nothing.
    fn warn(&self, message: &str);

    /// A script of a package printed a line.
    fn printed(&self, _package: &str, _line: &str) {}
}

/// Tells nobody.
#[derive(Clone, Copy, Default, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _: Stage, _: u64, _: u64) {}
    fn advance(&self, _: Stage, _: i64, _: i64) {}
    fn finish(&self, _: Stage) {}
    fn warn(&self, _: &str) {}
}

/// Tells of one of several architectures, and says which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForArch<'a> {
    inner: &'a dyn Progress,
    arch: Arch,
}

impl<'a> ForArch<'a> {
    pub fn new(inner: &'a dyn Progress, arch: Arch) -> Self {
        ForArch { inner, arch }
    }
}

impl Progress for ForArch<'_> {
    fn start(&self, stage: Stage, items: u64, bytes: u64) {
        self.inner.start(stage, items, bytes);
    }

    fn advance(&self, stage: Stage, items: i64, bytes: i64) {
        self.inner.advance(stage, items, bytes);
    }

    fn finish(&self, stage: Stage) {
        self.inner.finish(stage);
    }

    fn warn(&self, message: &str) {
        self.inner.warn(&format!("{}: {message}", self.arch));
    }

    fn printed(&self, package: &str, line: &str) {
        let package = format!("{package} ({})", self.arch);
        self.inner.printed(&package, line);
    }
}
