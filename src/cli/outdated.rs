//! `apkcompose outdated`

use super::bars::Bars;
use super::options::Reach;
use super::say::{self, Failure};
use crate::lock::{self, Change};
use crate::manifest;
use clap::Args;
use std::path::PathBuf;

/// Show what has become newer than the lock
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose outdated php.toml
  apkcompose outdated php.toml --json

The kinds are major, minor, patch and revision by the first part of the version that differs;
rebuilt, older, new, gone; and held, where something keeps a newer version from being taken.")]
pub struct Outdated {
    /// The manifest (TOML), which must be locked
    manifest: PathBuf,

    /// Print the changes as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Outdated {
    pub fn run(self) -> Result<(), Failure> {
        let manifest = manifest::load(&self.manifest)?;
        let request = self.reach.request(manifest)?;
        let bars = Bars::new(self.reach.quiet, false);
        let changes = lock::outdated(&request, &bars)?;
        bars.clear();
        if self.json {
            // Strings always serialise.
            let json = serde_json::to_string_pretty(&changes).unwrap_or_default();
            return say::print(&(json + "\n"));
        }
        if changes.is_empty() && !self.reach.quiet {
            say::talk("everything is as new as it can be");
        }
        say::print(&table(&changes))
    }
}

/// A line for each change, in columns; the architecture is left out where there is one alone.
fn table(changes: &[Change]) -> String {
    let several = changes.iter().any(|c| c.arch != changes[0].arch);
    let none = "-".to_owned();
    let rows: Vec<Vec<String>> = changes
        .iter()
        .map(|change| {
            let mut available = change.available.as_ref().unwrap_or(&none).clone();
            if let Some(newest) = &change.newest {
                available += &format!(" (there is {newest})");
            }
            let arch = several.then(|| change.arch.name().to_owned());
            let mut row = vec![
                change.name.clone(),
                change.locked.as_ref().unwrap_or(&none).clone(),
                available,
                change.kind.name().to_owned(),
            ];
            row.extend(arch);
            row
        })
        .collect();
    say::columns(&rows)
}
