//! `apkcompose build`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use crate::manifest::{ImageName, Scripts};
use crate::output::{Format, Losses};
use crate::{Built, Limits, Target};
use clap::{Args, ValueEnum};
use indicatif::HumanBytes;
use std::path::{Path, PathBuf};

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
        let bars = Bars::new(self.inputs.reach.quiet, verbose);
        let built = crate::build(&request, &target, &bars)?;
        bars.clear();
        if !self.inputs.reach.quiet {
            say::talk(&summary(&built, &target));
        }
        say::print(&format!("{}\n", built.digest))
    }
}

/// What was made, what is missing from it, and what to do with it.
fn summary(built: &Built, target: &Target) -> String {
    let path = target.path.display();
    let packages = match built.packages {
        1 => "1 package".to_owned(),
        n => format!("{n} packages"),
    };
    let size = match std::fs::metadata(&target.path) {
        Ok(file) if file.is_file() => format!(", {}", HumanBytes(file.len())),
        _ => String::new(),
    };
    let next = match target.format {
        Format::Archive => format!("load it with: docker load -i {path}"),
        Format::Oci => format!("read it with: skopeo inspect oci:{path}"),
        Format::Rootfs => format!("start it with: systemd-nspawn -D {path}"),
        Format::Tar => format!("unpack it with: tar -xpf {path}"),
    };
    let losses = losses(&built.losses, &target.path);
    format!("{losses}{path}: {packages}{size}; {next}")
}

/// A line on what a folder lacks because its writer is not root; empty when it lacks nothing.
fn losses(losses: &Losses, path: &Path) -> String {
    let parts: Vec<String> = [
        (losses.owners, "files have another owner"),
        (losses.devices, "devices are missing"),
        (losses.xattrs, "extended attributes are missing"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(
        "note: in {} {}, since only root can make them; the other formats hold all\n",
        path.display(),
        parts.join(", ")
    )
}
