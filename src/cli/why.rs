//! `apkcompose why`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use super::several;
use crate::apk::arch::Arch;
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
        let resolutions = crate::resolve_all(&request, &bars)?;
        bars.clear();
        let mut answers: Vec<(Arch, String)> = Vec::new();
        for resolution in &resolutions {
            let whys = why::Why::find(&resolution.graph(&request.manifest), &self.name);
            if whys.is_empty() {
                continue;
            }
            let answer = match self.json {
                true => why::Why::json(&whys),
                false => whys.iter().map(why::Why::text).collect(),
            };
            answers.push((resolution.arch, answer));
        }
        match answers.is_empty() {
            true => Err(Failure::NotThere(self.name)),
            false => say::print(&several::join(&answers, self.json)),
        }
    }
}
