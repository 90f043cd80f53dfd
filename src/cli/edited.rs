//! What `add` and `remove` share: a manifest that is changed, and what that means for its image.

use super::bars::Bars;
use super::options::Reach;
use super::say::{self, Failure};
use crate::apk::index::Entry;
use crate::manifest::edit::Edit;
use crate::manifest::{self, FileError, Manifest};
use crate::report::diff::{Diff, Side};
use crate::{Error, Stock, lock};
use clap::Args;
use indicatif::HumanBytes;
use std::path::PathBuf;

/// Which manifest is changed, and how that is checked.
#[derive(Debug, Args)]
pub struct Editing {
    /// The manifest (TOML)
    manifest: PathBuf,

    /// Write it without looking at the repositories
    #[arg(long)]
    no_check: bool,

    /// A repository to check against instead of the manifest's: a URL or a folder
    #[arg(long, value_name = "URL|FOLDER")]
    repository: Vec<String>,

    #[command(flatten)]
    reach: Reach,
}

/// A manifest that is being changed.
pub struct Edited<'a> {
    editing: &'a Editing,
    pub path: PathBuf,
    /// As it was.
    pub manifest: Manifest,
    text: String,
    pub edit: Edit,
}

impl<'a> Edited<'a> {
    /// Reads the manifest, which must be right.
    pub fn open(editing: &'a Editing) -> Result<Edited<'a>, Failure> {
        let path = &editing.manifest;
        let manifest = manifest::load(path)?;
        let unreadable = |source| FileError::Read {
            path: path.clone(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let edit = Edit::new(&text).map_err(|error| unreadable(std::io::Error::other(error)))?;
        Ok(Edited {
            editing,
            path: path.clone(),
            manifest,
            text,
            edit,
        })
    }

    /// Writes the manifest, and says what was done to it (`said`) and what that changes. When
    /// the packages cannot be chosen any more, nothing is written if they `must` be.
    pub fn finish(self, said: Vec<String>, must: bool) -> Result<(), Failure> {
        let text = self.edit.finish();
        let changed = manifest::parse(&self.path, &text)?;
        let quiet = self.editing.reach.quiet;
        let mut effect = None;
        if !self.editing.no_check && text != self.text {
            let mut request = self.editing.reach.request(changed.clone())?;
            request.overrides.repositories = self.editing.repository.clone();
            let bars = Bars::new(quiet, false);
            let stock = crate::stock(&request, &bars);
            bars.clear();
            match stock {
                Ok(stock) => match stock.resolve(&changed) {
                    Ok(new) => effect = Some(effect_of(&stock, &self.manifest, new)),
                    Err(error) if must => return Err(Error::from(error).into()),
                    Err(error) => {
                        effect = Some(format!("warning: it does not resolve now: {error}\n"))
                    }
                },
                Err(Error::Fetch(error)) => {
                    effect = Some(format!(
                        "note: not checked against the repositories: {error}\n"
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if text != self.text {
            manifest::replace(&self.path, &text)?;
        }
        if quiet {
            return Ok(());
        }
        for line in said {
            say::talk(&format!("{}: {line}", self.path.display()));
        }
        if let Some(effect) = effect {
            say::talk(effect.trim_end());
        }
        if let Some(lock) = lock::path(&changed).filter(|lock| text != self.text && lock.exists()) {
            say::talk(&format!(
                "note: {} does not fit any more; update it with: apkcompose lock {}",
                lock.display(),
                self.path.display()
            ));
        }
        Ok(())
    }
}

/// What a change of the words changes in the image.
fn effect_of(stock: &Stock, old: &Manifest, new: Vec<(&crate::Source, Entry<'_>)>) -> String {
    let installed: u64 = new.iter().map(|(_, entry)| entry.installed_size).sum();
    let count = say::count(new.len(), "package");
    let side = |entries: Vec<(&crate::Source, Entry<'_>)>| {
        let mut side = Side::default();
        side.add_entries(
            stock.arch.name(),
            entries.into_iter().map(|(_, entry)| entry),
        );
        side
    };
    // One that could not be resolved before has nothing to be compared with.
    let changes = stock
        .resolve(old)
        .map(|old| Diff::new(&side(old), &side(new)).text());
    format!(
        "{}now {count}, {} installed",
        changes.unwrap_or_default(),
        HumanBytes(installed)
    )
}
