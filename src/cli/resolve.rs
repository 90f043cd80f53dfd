//! `apkcompose resolve`

use super::bars::Bars;
use super::options::Inputs;
use super::say::{self, Failure};
use super::several;
use crate::apk::arch::Arch;
use crate::{Request, Resolution};
use clap::Args;
use serde::Serialize;

/// Show which packages a manifest or a few words need, in the order of installation
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose resolve php.toml
  apkcompose resolve --package nginx --alpine 3.22 --json")]
pub struct Resolve {
    #[command(flatten)]
    inputs: Inputs,

    /// Print the full entries as JSON
    #[arg(long)]
    json: bool,
}

/// A package as `--json` shows it.
#[derive(Serialize)]
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    arch: &'a str,
    origin: &'a str,
    description: &'a str,
    license: &'a str,
    url: &'a str,
    /// `Q1` and the digest of the control part.
    identity: String,
    /// Bytes of the .apk.
    size: u64,
    /// Bytes on disk.
    installed_size: u64,
    /// Seconds since 1970.
    build_date: Option<u64>,
    commit: &'a str,
    repository: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    depends: Vec<&'a str>,
    provides: Vec<&'a str>,
    install_if: Vec<&'a str>,
}

impl Resolve {
    pub fn run(self) -> Result<(), Failure> {
        let request = self.inputs.request()?;
        // Names and versions are in the lock; all else would be read from the packages.
        if !self.json
            && let Some(answers) = locked(&request)?
        {
            return say::print(&several::join(&answers, false));
        }
        let bars = Bars::new(self.inputs.reach.quiet, false);
        let resolutions = crate::resolve_all(&request, &bars)?;
        bars.clear();
        let answers: Vec<(Arch, String)> = resolutions
            .iter()
            .map(|resolution| match self.json {
                true => (resolution.arch, json(resolution)),
                false => (resolution.arch, lines(resolution)),
            })
            .collect();
        say::print(&several::join(&answers, self.json))
    }
}

/// The packages of the lock; `None` when there is none to be used.
fn locked(request: &Request) -> Result<Option<Vec<(Arch, String)>>, Failure> {
    let mut answers = Vec::new();
    for arch in crate::architectures(request)? {
        let Some(packages) = crate::lock::in_use(request, arch)? else {
            return Ok(None);
        };
        let names = packages.iter().map(|package| package.full_name() + "\n");
        answers.push((arch, names.collect()));
    }
    Ok(Some(answers))
}

fn lines(resolution: &Resolution) -> String {
    resolution.names().map(|name| name + "\n").collect()
}

fn json(resolution: &Resolution) -> String {
    let packages: Vec<Package<'_>> = resolution
        .packages()
        .map(|(source, entry, tag)| {
            let field = |letter| entry.field(letter).unwrap_or("");
            Package {
                name: entry.name,
                version: entry.version,
                arch: entry.arch,
                origin: entry.origin,
                description: field('T'),
                license: field('L'),
                url: field('U'),
                identity: entry.identity.to_string(),
                size: entry.size,
                installed_size: entry.installed_size,
                build_date: entry.build_date(),
                commit: field('c'),
                repository: source.repository.location.to_string(),
                tag,
                depends: entry.depends.split_ascii_whitespace().collect(),
                provides: entry.provides.split_ascii_whitespace().collect(),
                install_if: entry.install_if.split_ascii_whitespace().collect(),
            }
        })
        .collect();
    // Strings and numbers always serialise.
    serde_json::to_string_pretty(&packages).unwrap_or_default() + "\n"
}
