//! `apkcompose init`

use super::options;
use super::say::{self, Failure};
use crate::manifest::{self, ImageName, Manifest, Word};
use clap::Args;
use std::path::{Path, PathBuf};

/// Write a new manifest, with comments that tell what else it can say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose init php ca-certificates
  apkcompose init --output images/git.toml --alpine edge git

A file that is there is never overwritten.")]
pub struct Init {
    /// What the image holds, as in apk's world: name, name=1.2-r0, name~8.3, name@tag
    #[arg(value_name = "PACKAGE", value_parser = options::word)]
    packages: Vec<Word>,

    /// The file to write [default: the name of this folder, with .toml]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The release of Alpine that packages come from, such as 3.23
    #[arg(long, value_name = "RELEASE", value_parser = options::release)]
    alpine: Option<String>,

    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

impl Init {
    pub fn run(self) -> Result<(), Failure> {
        let mut words = Manifest::default();
        for word in self.packages {
            let twin = words.packages.iter().find(|w| w.name() == word.name());
            if let Some(twin) = twin.filter(|twin| twin.atom != word.atom) {
                return Err(Failure::TwoWays(twin.atom.clone(), word.atom));
            }
            words.add_package(word);
        }
        let path = self.output.unwrap_or_else(|| {
            let folder = std::env::current_dir().unwrap_or_default();
            // Only the last part of a path without a dot is its stem.
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let name = ImageName::from_path(Path::new(&format!("{name}.toml")));
            PathBuf::from(format!("{name}.toml"))
        });
        let text = manifest::template(&words.packages, self.alpine.as_deref());
        manifest::create(&path, &text)?;
        if !self.quiet {
            let path = path.display();
            say::talk(&format!(
                "wrote {path}; build it with: apkcompose build {path}"
            ));
        }
        Ok(())
    }
}
