//! `apkcompose vendor`

use super::bars::Bars;
use super::options::Reach;
use super::say::{self, Failure};
use crate::{Error, lock, manifest};
use clap::Args;
use indicatif::HumanBytes;
use std::path::PathBuf;

/// Copy all packages of a lock into a folder that is a repository itself
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose vendor php.toml packages
  apkcompose vendor php.toml packages --sign-key me.rsa
  apkcompose build php.toml --locked --repository packages --offline

Without --sign-key the index is unsigned, and the lock alone vouches for the packages.")]
pub struct Vendor {
    /// The manifest (TOML), which must be locked
    manifest: PathBuf,

    /// The folder; what is there already and right is kept
    folder: PathBuf,

    /// A private RSA key (PEM, PKCS#8) to sign the index with; its public half goes into keys/
    #[arg(long, value_name = "FILE")]
    sign_key: Option<PathBuf>,

    #[command(flatten)]
    reach: Reach,
}

impl Vendor {
    pub fn run(self) -> Result<(), Failure> {
        let manifest = manifest::load(&self.manifest)?;
        let request = self.reach.request(manifest)?;
        let key = self.sign_key.as_deref().map(lock::read_signer);
        let signer = key.transpose().map_err(Error::from)?;
        let bars = Bars::of_work(self.reach.quiet, false);
        let vendored = lock::vendor(&request, &self.folder, signer.as_ref(), &bars)?;
        bars.clear();
        if self.reach.quiet {
            return Ok(());
        }
        let folder = self.folder.display();
        if !vendored.unneeded.is_empty() {
            let names: Vec<String> = vendored
                .unneeded
                .iter()
                .map(|path| format!("\n  {}", path.display()))
                .collect();
            say::talk(&format!(
                "note: the lock needs none of these:{}",
                names.concat()
            ));
        }
        say::talk(&format!(
            "{folder}: {} packages, {}, of which {} were there; \
             use it with: --locked --repository {folder}",
            vendored.packages,
            HumanBytes(vendored.bytes),
            vendored.kept,
        ));
        Ok(())
    }
}
