//! `apkcompose info`

use super::bars::Bars;
use super::options::{self, Shelf};
use super::say::{self, Failure};
use super::search::repositories;
use crate::apk::dependency::Dependency;
use crate::manifest::Word;
use crate::report::info::{self, Info as Facts};
use crate::report::search;
use clap::Args;

/// Show all that the repositories say of a package
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose info git
  apkcompose info cmd:convert --alpine 3.22
  apkcompose info musl -m php.toml --required-by --json

\"word\" is what to write into a manifest's packages to get it; \"brought by\", with a manifest,
names the words of it that do.")]
pub struct Info {
    /// A package, or anything that a package provides, such as cmd:git or so:libz.so.1
    #[arg(value_parser = options::word)]
    name: Word,

    /// List the packages that depend on it
    #[arg(long)]
    required_by: bool,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    shelf: Shelf,
}

impl Info {
    pub fn run(self) -> Result<(), Failure> {
        let (request, of_manifest) = self.shelf.request()?;
        let bars = Bars::new(self.shelf.reach.quiet, false);
        let stock = crate::stock(&request, &bars)?;
        bars.clear();
        let manifest = of_manifest.then_some(&request.manifest);
        let found = match Dependency::parse_world(&self.name.atom) {
            Ok(word) => info::info(&stock, manifest, &word, self.required_by),
            // A word is an atom.
            Err(_) => Vec::new(),
        };
        if found.is_empty() {
            return Err(Failure::NotFound {
                near: search::nearest(&stock, self.name.name()),
                word: self.name.atom,
                among: repositories(&stock),
            });
        }
        let texts: Vec<String> = found.iter().map(Facts::text).collect();
        say::print(&match self.json {
            // Strings and numbers always serialise.
            true => serde_json::to_string_pretty(&found).unwrap_or_default() + "\n",
            false => texts.join("\n"),
        })
    }
}
