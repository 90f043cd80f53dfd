//! `apkcompose remove`

use super::edited::{Edited, Editing};
use super::options;
use super::say::Failure;
use crate::manifest::Word;
use crate::report::search::nearest_of;
use clap::Args;

/// Remove packages from a manifest; its comments and layout stay as they are
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose remove php.toml php-pdo
  apkcompose remove php.toml git curl")]
pub struct Remove {
    #[command(flatten)]
    editing: Editing,

    /// The words to remove; of name~8.3 the name is enough
    #[arg(required = true, value_name = "PACKAGE", value_parser = options::word)]
    packages: Vec<Word>,
}

impl Remove {
    pub fn run(self) -> Result<(), Failure> {
        let mut edited = Edited::open(&self.editing)?;
        let mut said = Vec::new();
        for word in &self.packages {
            match edited.edit.remove(word.name()) {
                Some(removed) => said.push(format!("removed {removed}")),
                None => {
                    let inherited = edited.manifest.packages.iter();
                    let inherited = inherited.filter_map(|w| w.place.as_ref().map(|p| (w, p)));
                    let mut inherited = inherited.filter(|(w, _)| w.name() == word.name());
                    let words = edited.edit.words();
                    let words = words.filter_map(|word| Word::parse(word).ok());
                    let names: Vec<String> = words.map(|word| word.name().to_owned()).collect();
                    return Err(Failure::NotAWord {
                        word: word.name().to_owned(),
                        near: nearest_of(names.iter().map(String::as_str), word.name()),
                        base: inherited.next().map(|(_, place)| place.to_string()),
                        path: edited.path,
                    });
                }
            }
        }
        edited.finish(said, false)
    }
}
