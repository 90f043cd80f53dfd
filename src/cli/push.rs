//! `apkcompose push`

use super::bars::Bars;
use super::making::Making;
use super::options::Inputs;
use super::registries::{Registries, reference};
use super::say::{self, Failure};
use crate::Error;
use crate::input::{self, Stored};
use crate::push;
use crate::registry::{Pushed, Reference, RegistryError};
use clap::Args;
use clap::error::ErrorKind;
use indicatif::HumanBytes;
use std::path::Path;

/// Push an image to registries, built as needed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose push php.toml ghcr.io/me/php:8.3 ghcr.io/me/php:latest
  apkcompose push --package git localhost:5000/git
  apkcompose push php.tar me/php

In the place of the manifest an image can be named that was built before: an archive, or a folder
in OCI layout. Credentials are those of docker login or podman login. Prints the image's digest.")]
pub struct Push {
    #[command(flatten)]
    inputs: Inputs,

    /// Where to: REGISTRY/NAME:TAG
    #[arg(value_name = "REFERENCE", value_parser = reference)]
    references: Vec<Reference>,

    #[command(flatten)]
    registries: Registries,

    #[command(flatten)]
    making: Making,
}

impl Push {
    pub fn run(mut self, verbose: bool) -> Result<(), Failure> {
        // With --package there need not be a manifest; what stands in its place is a reference.
        if let Some(first) = self.inputs.take_missing_manifest() {
            let first = reference(&first).unwrap_or_else(|problem| wrong(&first, &problem));
            self.references.insert(0, first);
        }
        if self.references.is_empty() {
            usage("name at least one REFERENCE to push to, such as ghcr.io/me/php:8.3");
        }
        let quiet = self.inputs.reach.quiet;
        let bars = Bars::of_work(quiet, verbose);
        let image = self.inputs.manifest().map(Path::to_owned);
        let (digest, pushed) = match image.filter(|path| input::names_image(path)) {
            Some(path) => {
                let fetch = self.inputs.reach.fetch()?;
                if fetch.transport.offline {
                    let offline = RegistryError::Offline("pushing".to_owned());
                    return Err(Error::from(offline).into());
                }
                let options = self.registries.options(&fetch);
                let stored = Stored::open(&path).map_err(Error::from)?;
                push::push_stored(&stored, &self.references, &options, &fetch, &bars)?
            }
            None => {
                let mut request = self.inputs.request()?;
                self.making.apply(&mut request)?;
                let options = self.registries.options(&request.fetch);
                push::push(&request, &self.references, &options, &bars)?
            }
        };
        bars.clear();
        if !quiet {
            say::talk(&summary(&self.references, &pushed));
        }
        say::print(&format!("{digest}\n"))
    }
}

/// Ends the program as clap does where arguments make no sense.
fn usage(problem: &str) -> ! {
    clap::Error::raw(ErrorKind::MissingRequiredArgument, format!("{problem}\n")).exit()
}

fn wrong(text: &str, problem: &str) -> ! {
    let message = format!("{text:?} is neither a manifest nor a reference: {problem}\n");
    clap::Error::raw(ErrorKind::ValueValidation, message).exit()
}

/// What the image is called now, and what had to be sent for it.
fn summary(references: &[Reference], pushed: &Pushed) -> String {
    let names: Vec<String> = references.iter().map(ToString::to_string).collect();
    let bytes = HumanBytes(pushed.bytes);
    let parts: Vec<String> = [
        (pushed.there, "there".to_owned()),
        (pushed.mounted, "mounted".to_owned()),
        (pushed.sent, format!("sent ({bytes})")),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let pull = references.first().map(ToString::to_string);
    let pull = pull.unwrap_or_default();
    format!(
        "{}: blobs: {}; run it with: docker run --rm {pull}",
        names.join(", "),
        parts.join(", ")
    )
}
