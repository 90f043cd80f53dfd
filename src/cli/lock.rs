//! `apkcompose lock`

use super::bars::Bars;
use super::options::Reach;
use super::say::{self, Failure};
use crate::apk::arch::Arch;
use crate::lock::{self, LockError, LockedPackage, Update};
use crate::{Error, manifest};
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Write down which packages a manifest resolves to, so that it does again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose lock php.toml                 writes php.lock; leaves one that fits as it is
  apkcompose lock php.toml --update        moves everything to what there is now
  apkcompose lock php.toml --update php    moves php, and what must move with it
  apkcompose lock php.toml --check         exits with 1 when php.lock no longer fits")]
pub struct Lock {
    /// The manifest (TOML)
    manifest: PathBuf,

    /// Move these packages, or all of them, to what the repositories have now
    #[arg(long, value_name = "NAME", num_args = 0.., conflicts_with = "check")]
    update: Option<Vec<String>>,

    /// Write nothing; exit with 1 when the lock is missing or does not fit the manifest
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Lock {
    pub fn run(self) -> Result<(), Failure> {
        let manifest = manifest::load(&self.manifest)?;
        let request = self.reach.request(manifest)?;
        let missing = || Error::from(LockError::NoManifest);
        let path = lock::path(&request.manifest).ok_or_else(missing)?;
        let old = lock::Lock::load(&path).map_err(Error::from)?;
        if self.check {
            lock::check(&request, old.as_ref(), &path)?;
            self.talk(&format!("{} fits", path.display()));
            return Ok(());
        }
        if self.update.is_none() && lock::check(&request, old.as_ref(), &path).is_ok() {
            self.talk(&format!("{} fits: left as it is", path.display()));
            return Ok(());
        }
        let update = match &self.update {
            None => Update::Needed,
            Some(names) if names.is_empty() => Update::All,
            Some(names) => Update::Names(names.clone()),
        };
        let bars = Bars::of_work(self.reach.quiet, false);
        let new = lock::make(&request, old.as_ref(), &update, &bars)?;
        bars.clear();
        if old.as_ref() == Some(&new) {
            self.talk(&format!("{}: nothing to change", path.display()));
            return Ok(());
        }
        new.store(&path).map_err(Error::from)?;
        let packages: usize = new.packages.values().map(Vec::len).sum();
        let archs: Vec<&str> = new.packages.keys().map(|arch| arch.name()).collect();
        let changes = old.map_or_else(String::new, |old| changes(&old, &new));
        self.talk(&format!(
            "{changes}{}: {packages} packages for {}",
            path.display(),
            archs.join(", ")
        ));
        Ok(())
    }

    fn talk(&self, line: &str) {
        if !self.reach.quiet {
            say::talk(line);
        }
    }
}

/// A line for each package that is another than before.
fn changes(old: &lock::Lock, new: &lock::Lock) -> String {
    let versions = |lock: &lock::Lock| -> BTreeMap<(String, Arch), String> {
        let all = lock.packages.iter();
        all.flat_map(|(arch, packages)| packages.iter().map(move |package| (arch, package)))
            .map(|(arch, p): (&Arch, &LockedPackage)| ((p.name.clone(), *arch), p.version.clone()))
            .collect()
    };
    let (old, new) = (versions(old), versions(new));
    let lines: BTreeSet<String> = old
        .keys()
        .chain(new.keys())
        .filter_map(|key| {
            let (name, arch) = key;
            match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) if old != new => {
                    Some(format!("{name} {old} → {new} ({arch})\n"))
                }
                (Some(old), None) => Some(format!("{name} {old} is gone ({arch})\n")),
                (None, Some(new)) => Some(format!("{name} {new} is new ({arch})\n")),
                _ => None,
            }
        })
        .collect();
    lines.into_iter().collect()
}
