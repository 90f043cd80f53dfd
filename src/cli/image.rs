//! What changes `[image]` and the variables of a manifest for one run.

use super::say::Failure;
use crate::manifest::{self, Manifest};
use clap::Args;
use std::collections::BTreeMap;

/// Flags that say what `[image]` says.
#[derive(Debug, Args)]
#[command(next_help_heading = "How the image starts")]
pub struct ImageFlags {
    /// The command, split into words as a shell would
    #[arg(long, value_name = "COMMAND")]
    entrypoint: Option<String>,

    /// Arguments for the entrypoint, or the command if there is none
    #[arg(long, value_name = "COMMAND")]
    cmd: Option<String>,

    /// An environment variable
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,

    /// Who runs the command
    #[arg(long, value_name = "USER[:GROUP]")]
    user: Option<String>,

    /// Where the command starts
    #[arg(long, value_name = "PATH")]
    workdir: Option<String>,

    /// A port that it listens on
    #[arg(long, value_name = "PORT")]
    expose: Vec<String>,

    /// A label of the image's configuration
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,

    /// An annotation of the image's manifest
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    annotation: Vec<(String, String)>,

    /// Who is responsible for the image
    #[arg(long, value_name = "NAME")]
    author: Option<String>,

    /// Say which commit of which git repository the manifest is from, in labels and annotations
    #[arg(long)]
    git: bool,

    /// A variable of the manifest's templates
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,

    /// Say in labels and annotations what else is known: title, version, time, author
    #[arg(long)]
    standard_annotations: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

impl ImageFlags {
    /// The manifest with what the flags say.
    ///
    /// # Errors
    /// When a value cannot be meant.
    pub fn apply(&self, manifest: Manifest) -> Result<Manifest, Failure> {
        let text = self.toml();
        Ok(match text.is_empty() {
            true => manifest,
            false => manifest::amend(manifest, "the command line", &text)?,
        })
    }

    /// What the flags say, as a manifest says it, so that it means the same.
    fn toml(&self) -> String {
        let mut lines = Vec::new();
        let words = [
            ("entrypoint", &self.entrypoint),
            ("cmd", &self.cmd),
            ("user", &self.user),
            ("workdir", &self.workdir),
            ("author", &self.author),
        ];
        for (key, value) in words {
            lines.extend(
                value
                    .iter()
                    .map(|value| format!("{key} = {}", quoted(value))),
            );
        }
        for (key, values) in [("env", &self.env), ("expose", &self.expose)] {
            if !values.is_empty() {
                let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                lines.push(format!("{key} = [{}]", values.join(", ")));
            }
        }
        for (key, given) in [
            ("git", self.git),
            ("standard-annotations", self.standard_annotations),
        ] {
            lines.extend(given.then(|| format!("{key} = true")));
        }
        for (key, pairs) in [("labels", &self.label), ("annotations", &self.annotation)] {
            // The last of two with one name counts.
            let pairs: BTreeMap<_, _> = pairs.iter().map(|(name, value)| (name, value)).collect();
            for (name, value) in pairs {
                lines.push(format!("{key}.{} = {}", quoted(name), quoted(value)));
            }
        }
        let mut text = match lines.is_empty() {
            true => String::new(),
            false => format!("[image]\n{}\n", lines.join("\n")),
        };
        let set: BTreeMap<_, _> = self.set.iter().map(|(name, value)| (name, value)).collect();
        if !set.is_empty() {
            text.push_str("[variables]\n");
        }
        for (name, value) in set {
            text.push_str(&format!("{} = {}\n", quoted(name), quoted(value)));
        }
        text
    }
}

/// A basic string of TOML, whose escapes are JSON's and one more.
fn quoted(text: &str) -> String {
    // Strings always serialise.
    let json = serde_json::to_string(text).unwrap_or_default();
    json.replace('\u{7f}', "\\u007f")
}
