//! `apkcompose size`

use super::bars::Bars;
use super::options::Reach;
use super::say::{self, Failure};
use crate::manifest::{self, FileError};
use crate::output::Format;
use crate::report::diff::Kind;
use crate::report::size::{self, ImageSize};
use crate::{Error, Target};
use clap::Args;
use std::path::{Path, PathBuf};

/// Show where the bytes are: by package, by folder, and by the word that brings them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose size php.toml
  apkcompose size php.tar --plot php.svg
  apkcompose size php.tar git.tar nginx.oci     the layers that they share

A manifest is built for it, as a rule out of the cache. \"without the word\" tells which packages
would go if that word of the world went: what is left is resolved without it. Of a compressed layer
each file has its share by its size. Several images are shown side by side.")]
pub struct Size {
    /// Manifests (TOML), and images: archives or OCI layouts
    #[arg(required = true, value_name = "MANIFEST|IMAGE")]
    inputs: Vec<PathBuf>,

    /// Draw a treemap
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,

    /// How deep folders are told apart
    #[arg(long, value_name = "N", default_value_t = 2)]
    depth: usize,

    /// How many rows of each table are shown
    #[arg(long, value_name = "N", default_value_t = 15)]
    top: usize,

    /// Print everything as JSON
    #[arg(long)]
    json: bool,

    /// A repository to use instead of the manifests': a URL or a folder
    #[arg(long, value_name = "URL|FOLDER")]
    repository: Vec<String>,

    #[command(flatten)]
    reach: Reach,
}

impl Size {
    pub fn run(self, verbose: bool) -> Result<(), Failure> {
        let mut images = Vec::new();
        for path in &self.inputs {
            images.push(self.measure(path, verbose)?);
        }
        if let Some(path) = &self.plot {
            let write = |source| FileError::Write {
                path: path.clone(),
                source,
            };
            std::fs::write(path, size::plot(&images)).map_err(write)?;
        }
        say::print(&match (self.json, images.as_slice()) {
            (true, images) => size::json(images),
            (false, [image]) => image.text(self.top),
            (false, images) => size::compared(images),
        })
    }

    fn measure(&self, path: &Path, verbose: bool) -> Result<ImageSize, Failure> {
        let arch = self.reach.arch()?;
        let name = path.display().to_string();
        if Kind::of(path).map_err(Error::from)? == Kind::Image {
            return Ok(size::read(path, &name, arch, self.depth).map_err(Error::from)?);
        }
        let mut request = self.reach.request(manifest::load(path)?)?;
        request.overrides.repositories = self.repository.clone();
        if !self.repository.is_empty() {
            request.lock = crate::lock::LockUse::Ignored;
        }
        let made = |source| FileError::Write {
            path: std::env::temp_dir(),
            source,
        };
        let folder = tempfile::tempdir().map_err(made)?;
        let target = Target {
            path: folder.path().join("image.tar"),
            format: Format::Archive,
            documents: None,
        };
        let bars = Bars::new(self.reach.quiet, verbose);
        crate::build(&request, &target, &bars)?;
        bars.clear();
        Ok(size::read(&target.path, &name, arch, self.depth).map_err(Error::from)?)
    }
}
