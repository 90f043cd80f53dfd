//! `apkcompose sbom`

use super::bars::Bars;
use super::options::{Reach, bill_format};
use super::say::{self, Failure};
use crate::report::diff::Kind;
use crate::report::sbom::{self, Format, Inventory};
use crate::{Error, manifest};
use clap::Args;
use std::path::PathBuf;

/// Print the software bill of materials of an image, or of what a manifest makes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose sbom php.tar
  apkcompose sbom php.toml --format cyclonedx
  apkcompose sbom alpine.tar --files

Of an image, anyone's, the packages are those of apk's database in it; where they are from is not
known there. A manifest is built for it, which is quick when it was before.")]
pub struct Sbom {
    /// An image (archive or OCI layout), or a manifest
    subject: PathBuf,

    /// spdx (2.3) or cyclonedx (1.6)
    #[arg(long, value_name = "FORMAT", default_value = "spdx", value_parser = bill_format)]
    format: Format,

    /// List every file, with SHA-1 and SHA-256
    #[arg(long)]
    files: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Sbom {
    pub fn run(self) -> Result<(), Failure> {
        let bytes = match Kind::of(&self.subject).map_err(Error::from)? {
            Kind::Image => {
                let arch = self.reach.arch()?;
                let inventory = Inventory::of_image(&self.subject, arch, self.files);
                sbom::document(&inventory.map_err(Error::from)?, self.format)
            }
            Kind::Lock => return Err(Failure::NoImage(self.subject)),
            Kind::Manifest => {
                let mut request = self.reach.request(manifest::load(&self.subject)?)?;
                let documents = &mut request.manifest.documents;
                documents.sbom = Some(vec![self.format]);
                documents.sbom_files = Some(self.files);
                documents.provenance = None;
                let bars = Bars::of_work(self.reach.quiet, false);
                let bytes = crate::bill(&request, &bars)?;
                bars.clear();
                bytes
            }
        };
        say::print(&String::from_utf8_lossy(&bytes))
    }
}
