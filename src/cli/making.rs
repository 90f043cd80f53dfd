//! How an image is made, for every verb that makes one.

use super::image::ImageFlags;
use super::say::Failure;
use crate::manifest::Scripts;
use crate::{Limits, Request};
use clap::{Args, ValueEnum};

/// What is said of the packages' scripts, and of how the image starts.
#[derive(Debug, Args)]
pub struct Making {
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

    #[command(flatten)]
    image: ImageFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScriptsName {
    /// As apk does
    Run,
    /// Leave users, links and caches that scripts would make out
    Skip,
}

impl Making {
    /// Changes a request accordingly.
    ///
    /// # Errors
    /// When a value makes no sense, or what is to be found out of git cannot be.
    pub fn apply(&self, request: &mut Request) -> Result<(), Failure> {
        request.manifest = self.image.apply(std::mem::take(&mut request.manifest))?;
        if let Some(scripts) = self.scripts {
            request.manifest.scripts = Some(match scripts {
                ScriptsName::Run => Scripts::Run,
                ScriptsName::Skip => Scripts::Skip,
            });
        }
        request.limits.seconds = self.script_timeout;
        request.limits.output = self.script_output.saturating_mul(1 << 20);
        Ok(())
    }
}
