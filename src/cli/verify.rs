//! `apkcompose verify`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use crate::verify;
use clap::Args;
use std::path::PathBuf;

/// The paths of a layer that are shown unless all are asked for.
const SHOWN: usize = 20;

/// Build a manifest again and show what of an image is not what it makes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose verify php.tar php.toml
  apkcompose verify php.oci php.toml --locked --json

Exits with 1 when the image is not the same to the last bit. Layers that are packages untouched
are named with the keys whose signatures vouch for them. With --verbose all paths are shown.")]
pub struct Verify {
    /// The image: an archive or an OCI layout
    image: PathBuf,

    #[command(flatten)]
    inputs: Inputs,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(self, verbose: bool) -> Result<(), Failure> {
        let request = self.inputs.request()?;
        let bars = Bars::of_work(self.inputs.reach.quiet, false);
        let report = verify::verify(&request, &self.image, &bars)?;
        bars.clear();
        say::print(&match self.json {
            true => report.json(),
            false => report.text(if verbose { usize::MAX } else { SHOWN }),
        })?;
        match report.is_same() {
            true => Ok(()),
            false => Err(Failure::NotSame(self.image)),
        }
    }
}
