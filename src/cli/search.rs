//! `apkcompose search`

use super::bars::Bars;
use super::options::Shelf;
use super::say::{self, Failure};
use crate::report::search::{self, Found, Query};
use clap::Args;
use indicatif::HumanBytes;

/// Look for packages by name and description
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose search nginx
  apkcompose search 'php8?-pdo*' --alpine edge
  apkcompose search --exact git -m image.toml --json

A word with * or ? is a glob for the whole name or description, any other a part of it. The exit
code is 1 when nothing is found.")]
pub struct Search {
    /// What to look for
    word: String,

    /// Only the package of exactly this name
    #[arg(long)]
    exact: bool,

    /// Print what was found as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    shelf: Shelf,
}

impl Search {
    pub fn run(self) -> Result<(), Failure> {
        let query = match self.exact {
            true => Query::Name(self.word.clone()),
            false => Query::parse(&self.word).map_err(|error| Failure::Glob {
                text: self.word.clone(),
                problem: error.kind().to_string(),
            })?,
        };
        let (request, _) = self.shelf.request()?;
        let bars = Bars::new(self.shelf.reach.quiet, false);
        let stock = crate::stock(&request, &bars)?;
        bars.clear();
        let found = search::search(&stock, &query);
        if found.is_empty() {
            return Err(Failure::NotFound {
                near: search::nearest(&stock, &self.word),
                word: self.word,
                among: repositories(&stock),
            });
        }
        say::print(&match self.json {
            // Strings and numbers always serialise.
            true => serde_json::to_string_pretty(&found).unwrap_or_default() + "\n",
            false => table(&found),
        })
    }
}

/// The addresses of what was looked into.
pub fn repositories(stock: &crate::Stock) -> Vec<String> {
    let sources = stock.sources.iter();
    sources.map(|s| s.repository.location.to_string()).collect()
}

/// A line for each package: as a word of a manifest, version, size, repository, description.
fn table(found: &[Found]) -> String {
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|found| {
            let tag = found.tag.as_ref().map(|tag| format!("@{tag}"));
            vec![
                format!("{}{}", found.name, tag.unwrap_or_default()),
                found.version.clone(),
                HumanBytes(found.size).to_string(),
                short(&found.repository).to_owned(),
                found.description.clone(),
            ]
        })
        .collect();
    say::columns(&rows)
}

/// The last part of an address: what tells the repositories of one server apart.
fn short(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or(address)
}
