//! `apkcompose import`

use super::say::{self, Failure};
use crate::Error;
use crate::import::{self, Kind, Options};
use crate::manifest;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Make a manifest of a Dockerfile or of apko's YAML
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose import Dockerfile > web.toml
  apkcompose import Dockerfile --build-arg VERSION=8.3 --output web.toml
  apkcompose import image.yaml --output image.toml

What does not carry over is listed with its line, here and as comments in the manifest. The result
always loads. Files that are copied are named as seen from the output's folder.")]
pub struct Import {
    /// The Dockerfile or YAML
    file: PathBuf,

    /// The manifest to write, which must not be there yet [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// What the file is [default: what its name and content look like]
    #[arg(long, value_enum, value_name = "KIND")]
    from: Option<KindName>,

    /// A value for an ARG of a Dockerfile
    #[arg(long, value_name = "NAME=VALUE", value_parser = argument)]
    build_arg: Vec<(String, String)>,

    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindName {
    /// A Dockerfile or Containerfile
    Dockerfile,
    /// The YAML of apko
    Apko,
}

fn argument(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Import {
    pub fn run(self) -> Result<(), Failure> {
        let options = Options {
            kind: self.from.map(|kind| match kind {
                KindName::Dockerfile => Kind::Dockerfile,
                KindName::Apko => Kind::Apko,
            }),
            arguments: self.build_arg.into_iter().collect(),
            output: self.output.clone(),
        };
        let imported = import::import(&self.file, &options).map_err(Error::from)?;
        match &self.output {
            Some(output) => manifest::create(output, &imported.text)?,
            None => say::print(&imported.text)?,
        }
        if self.quiet {
            return Ok(());
        }
        let file = self.file.display();
        for left in &imported.left_out {
            say::talk(&format!(
                "{file}:{}: left out: {} ({})",
                left.line, left.what, left.why
            ));
        }
        if let Some(output) = &self.output {
            let output = output.display();
            say::talk(&format!(
                "wrote {output}; build it with: apkcompose build {output}"
            ));
        }
        Ok(())
    }
}
