//! `apkcompose tree`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use super::several;
use crate::apk::arch::Arch;
use crate::report::tree;
use clap::Args;

/// Show what the packages of a manifest need, as a tree with sizes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose tree php.toml
  apkcompose tree --package git --json

A package that stands there already is marked, and what hangs on it is left out.")]
pub struct Tree {
    #[command(flatten)]
    inputs: Inputs,

    /// Print the tree as JSON
    #[arg(long)]
    json: bool,
}

impl Tree {
    pub fn run(self) -> Result<(), Failure> {
        let request = self.inputs.request()?;
        let bars = Bars::new(self.inputs.reach.quiet, false);
        let resolutions = crate::resolve_all(&request, &bars)?;
        bars.clear();
        let answers: Vec<(Arch, String)> = resolutions
            .iter()
            .map(|resolution| {
                let tree = tree::Tree::new(&resolution.graph(&request.manifest));
                let answer = match self.json {
                    true => tree.json(),
                    false => tree.text(),
                };
                (resolution.arch, answer)
            })
            .collect();
        say::print(&several::join(&answers, self.json))
    }
}
