//! `apkcompose build`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use super::summary::Summary;
use crate::manifest::{ImageName, Scripts};
use crate::output::Format;
use crate::{Limits, Target};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Instant;

/// Build an image, or a root file system, from a manifest or a few packages
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose build php.toml
  apkcompose build --package git --output git.tar
  apkcompose build php.toml --format rootfs --output root

Prints the digest of the image. Load it with: docker load -i php.tar")]
pub struct Build {
    #[command(flatten)]
    inputs: Inputs,

    /// The file or folder to write [default: the image's name, in this folder]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,

    /// What to write
    #[arg(long, value_enum, default_value_t = FormatName::Archive)]
    format: FormatName,

    /// The name of the image, such as me/php:8.3
    #[arg(long, value_parser = name)]
    name: Option<ImageName>,

    /// Whether the packages' install scripts are run, in a sandbox [default: the manifest's, or run]
    #[arg(long, value_enum)]
    scripts: Option<ScriptsName>,

    /// How long a script may take
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().seconds,
        value_parser = clap::value_parser!(u64).range(1..))]
    script_timeout: u64,

    /// How much a script may print
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().output >> 20)]
    script_output: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// One file for docker load, podman load, skopeo and umoci
    Archive,
    /// A folder in OCI layout
    Oci,
    /// The root file system as a folder
    Rootfs,
    /// The root file system as a tar
    Tar,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScriptsName {
    /// As apk does
    Run,
    /// Leave users, links and caches that scripts would make out
    Skip,
}

fn name(text: &str) -> Result<ImageName, String> {
    ImageName::parse(text).map_err(|error| error.to_string())
}

impl Build {
    pub fn run(self, verbose: bool) -> Result<(), Failure> {
        let mut request = self.inputs.request()?;
        if let Some(name) = &self.name {
            request.manifest.name = Some(name.to_string());
        }
        if let Some(scripts) = self.scripts {
            request.manifest.scripts = Some(match scripts {
                ScriptsName::Run => Scripts::Run,
                ScriptsName::Skip => Scripts::Skip,
            });
        }
        request.limits.seconds = self.script_timeout;
        request.limits.output = self.script_output.saturating_mul(1 << 20);
        let format = match self.format {
            FormatName::Archive => Format::Archive,
            FormatName::Oci => Format::Oci,
            FormatName::Rootfs => Format::Rootfs,
            FormatName::Tar => Format::Tar,
        };
        let image = request.manifest.image_name();
        let default = || PathBuf::from(format!("{}{}", image.file_stem(), format.suffix()));
        let target = Target {
            path: self.output.clone().unwrap_or_else(default),
            format,
        };
        let start = Instant::now();
        let bars = Bars::of_work(self.inputs.reach.quiet, verbose);
        let built = crate::build(&request, &target, &bars)?;
        bars.clear();
        if !self.inputs.reach.quiet {
            let summary = Summary {
                built: &built,
                target: &target,
                name: &request.manifest.image_name(),
                config: &request.manifest.image,
                time: start.elapsed(),
            };
            say::talk(&summary.text());
        }
        say::print(&format!("{}\n", built.digest))
    }
}
