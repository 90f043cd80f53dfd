//! `apkcompose schema`

use super::say::{self, Failure};
use crate::manifest;
use clap::Args;

/// Print the JSON Schema of manifests, with which editors complete and check them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose schema > apkcompose.schema.json

Then a manifest that begins with this line is completed and checked by editors that use taplo:
  #:schema ./apkcompose.schema.json")]
pub struct Schema {}

impl Schema {
    pub fn run(self) -> Result<(), Failure> {
        say::print(manifest::JSON_SCHEMA)
    }
}
