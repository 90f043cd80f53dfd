//! `apkcompose why`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use crate::report::why;
use clap::Args;

/// Show why a package is there: every shortest chain from the manifest's words to it
#[derive(Debug, Args)]
#[command(
    allow_missing_positional = true,
    after_help = "\
Examples:
  apkcompose why php.toml musl
  apkcompose why --package git so:libz.so.1"
)]
pub struct Why {
    #[command(flatten)]
    inputs: Inputs,

    /// A package, or anything that a package provides, such as cmd:git or so:libz.so.1
    #[arg(required = true)]
    name: String,

    /// Print the chains as JSON
    #[arg(long)]
    json: bool,
}

impl Why {
    pub fn run(self) -> Result<(), Failure> {
        let request = self.inputs.request()?;
        let bars = Bars::new(self.inputs.reach.quiet, false);
        let resolution = crate::resolve(&request, &bars)?;
        bars.clear();
        let whys = why::Why::find(&resolution.graph(&request.manifest), &self.name);
        if whys.is_empty() {
            return Err(Failure::NotThere(self.name));
        }
        say::print(&match self.json {
            true => why::Why::json(&whys),
            false => whys.iter().map(why::Why::text).collect(),
        })
    }
}
