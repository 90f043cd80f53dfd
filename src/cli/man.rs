//! `apkcompose man`

use super::say::{self, Failure};
use super::shipped;
use clap::Args;
use std::fs;
use std::path::PathBuf;

/// Print the man page, or write those of all verbs into a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose man | man -l -
  apkcompose man ~/.local/share/man/man1")]
pub struct Man {
    /// The folder, which is made where it is missing
    folder: Option<PathBuf>,
}

impl Man {
    pub fn run(self) -> Result<(), Failure> {
        let pages = shipped::pages().map_err(Failure::Output)?;
        let Some(folder) = &self.folder else {
            let first = pages.first().map_or("", |(_, page)| page);
            return say::print(first);
        };
        let failed = |source| Failure::Write {
            path: folder.clone(),
            source,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        for (name, page) in &pages {
            fs::write(folder.join(name), page).map_err(failed)?;
        }
        Ok(())
    }
}
