//! `apkcompose diff`

use super::bars::Bars;
use super::options::Reach;
use super::say::{self, Failure};
use crate::lock::{Lock, LockError};
use crate::report::diff::{self, Diff as Differences, Kind, Side};
use crate::{Error, manifest};
use clap::Args;
use std::path::{Path, PathBuf};

/// Show what differs between two locks, manifests or images
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose diff php.lock new/php.lock
  apkcompose diff old.tar new.tar
  apkcompose diff php.toml php.tar --json

Images are archives or OCI layouts. Of two images the files are compared as well, but for their
times. A manifest stands for what it resolves to, with its lock if it has one.")]
pub struct Diff {
    /// A lock, a manifest, or an image
    first: PathBuf,

    /// Another one
    second: PathBuf,

    /// Print the differences as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Diff {
    pub fn run(self) -> Result<(), Failure> {
        let (first, second) = (self.side(&self.first)?, self.side(&self.second)?);
        let diff = Differences::new(&first, &second);
        if diff.is_empty() && !self.reach.quiet {
            say::talk("nothing differs");
        }
        say::print(&match self.json {
            true => diff.json(),
            false => diff.text(),
        })
    }

    fn side(&self, path: &Path) -> Result<Side, Failure> {
        match Kind::of(path).map_err(Error::from)? {
            Kind::Image => Ok(diff::read_image(path, self.reach.arch()?).map_err(Error::from)?),
            Kind::Lock => {
                let lock = Lock::load(path).map_err(Error::from)?;
                let lock = lock.ok_or_else(|| LockError::Missing(path.to_owned()));
                let lock = lock.map_err(Error::from)?;
                Ok(Side::of_lock(&lock, path, self.reach.arch()?).map_err(Error::from)?)
            }
            Kind::Manifest => self.manifest(path),
        }
    }

    /// What a manifest resolves to, for all its architectures.
    fn manifest(&self, path: &Path) -> Result<Side, Failure> {
        let request = self.reach.request(manifest::load(path)?)?;
        let bars = Bars::new(self.reach.quiet, false);
        let mut side = Side::default();
        for resolution in crate::resolve_all(&request, &bars)? {
            side.add_resolution(&resolution);
        }
        bars.clear();
        Ok(side)
    }
}
