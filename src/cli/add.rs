//! `apkcompose add`

use super::edited::{Edited, Editing};
use super::options;
use super::say::Failure;
use crate::manifest::{Word, edit};
use clap::Args;

/// Add packages to a manifest; its comments and layout stay as they are
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose add php.toml php-pdo ca-certificates
  apkcompose add php.toml 'php~8.3'       replaces a word about php that is there
  apkcompose add php.toml mine --no-check

The packages are resolved first: when that fails, nothing is written. Where the indexes of the
repositories cannot be had, a note says so.")]
pub struct Add {
    #[command(flatten)]
    editing: Editing,

    /// What to add, as in apk's world: name, name=1.2-r0, name~8.3, name@tag, !name
    #[arg(required = true, value_name = "PACKAGE", value_parser = options::word)]
    packages: Vec<Word>,
}

impl Add {
    pub fn run(self) -> Result<(), Failure> {
        let mut edited = Edited::open(&self.editing)?;
        let mut said = Vec::new();
        for word in &self.packages {
            let atom = &word.atom;
            said.push(match edited.edit.add(atom) {
                edit::Edited::Added => format!("added {atom}"),
                edit::Edited::Replaced(old) => format!("replaced {old} by {atom}"),
                edit::Edited::Unchanged => format!("{atom} is there already"),
            });
        }
        edited.finish(said, true)
    }
}
