//! `apkcompose build`

use super::bars::Bars;
use super::making::Making;
use super::options::{Documents, Inputs};
use super::say::{self, Failure};
use super::stream::Stream;
use super::summary::Summary;
use crate::manifest::{FileError, ImageName};
use crate::output::{Codec, Format, RootFormat};
use crate::{Built, Request, Target};
use clap::{Args, ValueEnum};
use indicatif::HumanBytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Build an image, or a root file system, from a manifest or a few packages
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose build php.toml
  apkcompose build --package git --output git.tar
  apkcompose build php.toml --format rootfs --output root
  apkcompose build images/*.toml --output out

Prints the digest of the image. Load it with: docker load -i php.tar

Of several manifests all are tried, into the folder --output; a line with digest and path is printed
for each that was built, and the exit code is 1 if any failed.")]
pub struct Build {
    #[command(flatten)]
    inputs: Inputs,

    /// Further manifests, to be built one after the other
    #[arg(value_name = "MANIFEST")]
    more: Vec<PathBuf>,

    /// The file or folder to write, or - for standard output [default: the image's name, in this
    /// folder]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,

    /// What to write
    #[arg(long, value_enum, default_value_t = FormatName::Archive)]
    format: FormatName,

    /// The name of the image, such as me/php:8.3
    #[arg(long, value_parser = name)]
    name: Option<ImageName>,

    #[command(flatten)]
    documents: Documents,

    #[command(flatten)]
    making: Making,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// An image: one file for docker load, podman load, skopeo and umoci
    Archive,
    /// An image: a folder in OCI layout; one that is there gets a further tag
    Oci,
    /// The root file system as a folder
    Rootfs,
    /// The root file system as a tar
    Tar,
    /// The same, compressed with gzip
    #[value(name = "tar.gz")]
    TarGz,
    /// The same, compressed with Zstandard
    #[value(name = "tar.zst")]
    TarZst,
    /// The root file system as a cpio archive (newc), for an initramfs
    Cpio,
    /// The same, compressed with gzip
    #[value(name = "cpio.gz")]
    CpioGz,
    /// The same, compressed with Zstandard
    #[value(name = "cpio.zst")]
    CpioZst,
    /// The root file system as a squashfs image, compressed; mksquashfs writes it
    Squashfs,
    /// The root file system as an EROFS image, not compressed
    Erofs,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Format {
        match name {
            FormatName::Archive => Format::Archive,
            FormatName::Oci => Format::Oci,
            FormatName::Rootfs => Format::Root(RootFormat::Folder),
            FormatName::Tar => Format::Root(RootFormat::Tar(Codec::Plain)),
            FormatName::TarGz => Format::Root(RootFormat::Tar(Codec::Gzip)),
            FormatName::TarZst => Format::Root(RootFormat::Tar(Codec::Zstd)),
            FormatName::Cpio => Format::Root(RootFormat::Cpio(Codec::Plain)),
            FormatName::CpioGz => Format::Root(RootFormat::Cpio(Codec::Gzip)),
            FormatName::CpioZst => Format::Root(RootFormat::Cpio(Codec::Zstd)),
            FormatName::Squashfs => Format::Root(RootFormat::Squashfs),
            FormatName::Erofs => Format::Root(RootFormat::Erofs),
        }
    }
}

fn name(text: &str) -> Result<ImageName, String> {
    ImageName::parse(text).map_err(|error| error.to_string())
}

impl Build {
    pub fn run(self, verbose: bool) -> Result<(), Failure> {
        if !self.more.is_empty() {
            return self.run_several(verbose);
        }
        let request = self.request(self.inputs.manifest())?;
        let format = Format::from(self.format);
        let image = request.manifest.image_name();
        let default = || PathBuf::from(file_name(&image, format));
        let path = self.output.unwrap_or_else(default);
        let stream = match path.as_os_str() == "-" {
            true => Some(Stream::new(format)?),
            false => None,
        };
        let target = Target {
            documents: stream.as_ref().map(|_| PathBuf::from(image.file_stem())),
            path: stream.as_ref().map_or(path, Stream::path),
            format,
        };
        let quiet = self.inputs.reach.quiet;
        let start = Instant::now();
        let bars = Bars::of_work(quiet, verbose);
        let built = crate::build(&request, &target, &bars)?;
        bars.clear();
        let summary = Summary {
            built: &built,
            target: &target,
            name: &image,
            config: &request.manifest.image,
            time: start.elapsed(),
        };
        if let Some(stream) = stream {
            stream.send()?;
            if !quiet {
                say::talk(&summary.of_stream());
                say::talk_of(&built.documents);
            }
            return Ok(());
        }
        if !quiet {
            say::talk(&summary.text());
            say::talk_of(&built.documents);
        }
        say::print(&format!("{}\n", built.digest))
    }

    /// What is to be built of a manifest, with what the command line says instead of it.
    fn request(&self, manifest: Option<&Path>) -> Result<Request, Failure> {
        let mut request = self.inputs.request_for(manifest)?;
        self.making.apply(&mut request)?;
        if let Some(name) = &self.name {
            request.manifest.name = Some(name.to_string());
        }
        self.documents.apply(&mut request.manifest);
        Ok(request)
    }

    /// Builds all manifests that were named, whichever of them fail.
    fn run_several(self, verbose: bool) -> Result<(), Failure> {
        let folder = match &self.output {
            Some(path) if path.as_os_str() == "-" => return Err(Failure::Several("--output -")),
            Some(path) => path.clone(),
            None => PathBuf::new(),
        };
        if self.name.is_some() {
            return Err(Failure::Several("--name"));
        }
        let format = Format::from(self.format);
        let manifests = self.inputs.manifest().into_iter();
        let manifests: Vec<&Path> = manifests
            .chain(self.more.iter().map(PathBuf::as_path))
            .collect();
        let quiet = self.inputs.reach.quiet;
        if !folder.as_os_str().is_empty() {
            let write = |source| FileError::Write {
                path: folder.clone(),
                source,
            };
            std::fs::create_dir_all(&folder).map_err(write)?;
        }
        let mut taken: BTreeMap<PathBuf, &Path> = BTreeMap::new();
        let mut rows = vec![
            ["image", "packages", "layers", "size", "digest"]
                .map(str::to_owned)
                .to_vec(),
        ];
        let mut failed = Vec::new();
        for manifest in &manifests {
            let mut one = || -> Result<(Built, ImageName, PathBuf), Failure> {
                let request = self.request(Some(manifest))?;
                let name = request.manifest.image_name();
                let path = folder.join(file_name(&name, format));
                if let Some(other) = taken.insert(path.clone(), manifest) {
                    return Err(Failure::SameOutput(other.to_owned(), path));
                }
                let target = Target {
                    path,
                    format,
                    documents: None,
                };
                let bars = Bars::of_work(quiet, verbose);
                let built = crate::build(&request, &target, &bars)?;
                bars.clear();
                Ok((built, name, target.path))
            };
            match one() {
                Ok((built, name, path)) => {
                    say::print(&format!("{}  {}\n", built.digest, path.display()))?;
                    let sizes = built.sizes;
                    rows.push(vec![
                        name.to_string(),
                        built.packages.to_string(),
                        sizes.layers.to_string(),
                        HumanBytes(sizes.stored).to_string(),
                        // Enough to tell them apart; all of it is on standard output.
                        built.digest.chars().take(19).collect(),
                    ]);
                }
                Err(failure) => {
                    say::failure(&failure, verbose);
                    rows.push(vec![manifest.display().to_string(), "failed".to_owned()]);
                    failed.push(manifest.display().to_string());
                }
            }
        }
        if !quiet {
            say::talk(say::columns(&rows).trim_end());
        }
        match failed.is_empty() {
            true => Ok(()),
            false => Err(Failure::SomeFailed {
                failed,
                all: manifests.len(),
            }),
        }
    }
}

/// What the output of an image is called unless the user says otherwise.
fn file_name(image: &ImageName, format: Format) -> String {
    format!("{}{}", image.file_stem(), format.suffix())
}
