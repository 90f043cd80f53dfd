//! All that is known of a package.

use super::Graph;
use crate::apk::dependency::{Constraint, Dependency};
use crate::apk::index::Entry;
use crate::apk::version;
use crate::manifest::{Manifest, Word};
use crate::resolution::world;
use crate::{Source, Stock};
use indicatif::HumanBytes;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A package.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture, as the index has it.
    pub arch: String,
    /// One line on what it is.
    pub description: String,
    /// The name of its source package.
    pub origin: String,
    /// Its licence, an SPDX expression most often.
    pub license: String,
    /// The project's page.
    pub url: String,
    /// Who packages it.
    pub maintainer: String,
    /// Seconds since 1970.
    pub build_date: Option<u64>,
    /// The commit of aports that it was built from.
    pub commit: String,
    /// `Q1…`
    pub identity: String,
    /// Bytes of the .apk.
    pub size: u64,
    /// Bytes on disk.
    pub installed_size: u64,
    /// The address of its repository, without credentials.
    pub repository: String,
    /// The repository's tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What to write into `packages` to get it; `None` when it cannot be had.
    pub word: Option<String>,
    /// The words of the manifest that bring it; `None` without a manifest that resolves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<Vec<String>>,
    /// What it depends on.
    pub depends: Vec<String>,
    /// What it provides.
    pub provides: Vec<String>,
    /// What must be there for it to come by itself.
    pub install_if: Vec<String>,
    /// The packages of the repositories that depend on it; `None` unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_by: Option<Vec<String>>,
}

/// What is known of the packages that a word describes (`php`, `php~8.3`), or else of those that
/// provide it (`cmd:git`, `so:libz.so.1`): the newest first.
pub fn info(
    stock: &Stock,
    manifest: Option<&Manifest>,
    word: &Dependency<'_>,
    required_by: bool,
) -> Vec<Info> {
    let own = |entry: &Entry<'_>| {
        entry.name == word.name && word.describes(Some(entry.version), &entry.identity)
    };
    let mut found: Vec<(&Source, Entry<'_>)> = Vec::new();
    for provided in [false, true] {
        let fits = |entry: &Entry<'_>| match provided {
            false => own(entry),
            true => offers(entry).any(|(name, version)| {
                name == word.name && word.describes(version, &entry.identity)
            }),
        };
        for (source, entry) in stock.packages().filter(|(_, entry)| fits(entry)) {
            let known = |(_, other): &(&Source, Entry<'_>)| other.identity == entry.identity;
            if !found.iter().any(known) {
                found.push((source, entry));
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found.sort_by(|(_, a), (_, b)| {
        let newest = version::compare(b.version, a.version);
        a.name.cmp(b.name).then(newest)
    });
    let bringing = manifest.and_then(|manifest| Bringing::new(stock, manifest));
    found
        .into_iter()
        .map(|(source, entry)| Info {
            word: word_for(stock, source, &entry),
            brought_by: bringing.as_ref().map(|bringing| bringing.words(&entry)),
            required_by: required_by.then(|| requiring(stock, &entry)),
            ..plain(source, &entry)
        })
        .collect()
}

fn plain(source: &Source, entry: &Entry<'_>) -> Info {
    let field = |letter| entry.field(letter).unwrap_or("").to_owned();
    let list = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect();
    Info {
        name: entry.name.to_owned(),
        version: entry.version.to_owned(),
        arch: entry.arch.to_owned(),
        description: field('T'),
        origin: entry.origin.to_owned(),
        license: field('L'),
        url: field('U'),
        maintainer: field('m'),
        build_date: entry.build_date(),
        commit: field('c'),
        identity: entry.identity.to_string(),
        size: entry.size,
        installed_size: entry.installed_size,
        repository: source.repository.location.to_string(),
        tag: source.tag.clone(),
        word: None,
        brought_by: None,
        depends: list(entry.depends),
        provides: list(entry.provides),
        install_if: list(entry.install_if),
        required_by: None,
    }
}

/// The names that a package bears, with the version that it gives each.
fn offers<'a>(entry: &Entry<'a>) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
    let provided = entry.provides.split_ascii_whitespace();
    let provided = provided.filter_map(Dependency::parse_provided).map(|d| {
        let version = match d.constraint {
            Constraint::Version(_, version) => Some(version),
            _ => None,
        };
        (d.name, version)
    });
    std::iter::once((entry.name, Some(entry.version))).chain(provided)
}

/// The shortest word that gets exactly this package, as far as one does.
fn word_for(stock: &Stock, source: &Source, entry: &Entry<'_>) -> Option<String> {
    let tag = source.tag.as_ref().map(|tag| format!("@{tag}"));
    let name = format!("{}{}", entry.name, tag.unwrap_or_default());
    let exact = format!("{name}={}", entry.version);
    [name, exact].into_iter().find(|word| {
        let Ok(parsed) = Word::parse(word) else {
            return false;
        };
        let manifest = Manifest {
            packages: vec![parsed],
            ..Manifest::default()
        };
        let packages = stock.resolve(&manifest).unwrap_or_default();
        let mut identities = packages.iter().map(|(_, found)| found.identity);
        identities.any(|identity| identity == entry.identity)
    })
}

/// The packages that depend on one, sorted.
fn requiring(stock: &Stock, entry: &Entry<'_>) -> Vec<String> {
    let offers: Vec<_> = offers(entry).collect();
    let meets = |atom: &str| {
        Dependency::parse(atom).is_ok_and(|atom| {
            let mut fitting = offers.iter().filter(|(name, _)| *name == atom.name);
            !atom.conflict && fitting.any(|(_, version)| atom.describes(*version, &entry.identity))
        })
    };
    let all = stock.packages().map(|(_, other)| other);
    let names: BTreeSet<String> = all
        .filter(|other| other.name != entry.name)
        .filter(|other| other.depends.split_ascii_whitespace().any(meets))
        .map(|other| other.name.to_owned())
        .collect();
    names.into_iter().collect()
}

/// Which words of a manifest bring which packages.
struct Bringing<'a> {
    packages: Vec<Entry<'a>>,
    graph: Graph,
}

impl<'a> Bringing<'a> {
    fn new(stock: &'a Stock, manifest: &Manifest) -> Option<Bringing<'a>> {
        let packages = stock.resolve(manifest).ok()?;
        let packages: Vec<Entry<'a>> = packages.into_iter().map(|(_, entry)| entry).collect();
        let graph = Graph::new(&world(manifest).0, &packages);
        Some(Bringing { packages, graph })
    }

    fn words(&self, entry: &Entry<'_>) -> Vec<String> {
        let Some(at) = self
            .packages
            .iter()
            .position(|p| p.identity == entry.identity)
        else {
            return Vec::new();
        };
        let roots = self.graph.roots.iter();
        roots
            .filter(|root| self.graph.reach(root.node)[at])
            .map(|root| root.word.clone())
            .collect()
    }
}

impl Info {
    /// For a reader at a terminal: a line for each thing that is known.
    pub fn text(&self) -> String {
        let mut out = format!("{}-{}\n", self.name, self.version);
        let sizes = format!(
            "{}, {} installed",
            HumanBytes(self.size),
            HumanBytes(self.installed_size)
        );
        let seconds = self.build_date.and_then(|s| i64::try_from(s).ok());
        let built = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let built = built.map(|time| time.strftime("%Y-%m-%d").to_string());
        let repository = match &self.tag {
            Some(tag) => format!("{} (@{tag})", self.repository),
            None => self.repository.clone(),
        };
        let word = match &self.word {
            Some(word) => format!("{word:?}"),
            None => "none gets it".to_owned(),
        };
        let list = |list: &[String]| list.join(" ");
        let named = |list: &Option<Vec<String>>| {
            list.as_ref().map(|list| match list.as_slice() {
                [] => "nothing".to_owned(),
                list => list.join(" "),
            })
        };
        let lines = [
            ("description", Some(self.description.clone())),
            ("url", Some(self.url.clone())),
            ("licence", Some(self.license.clone())),
            ("origin", Some(self.origin.clone())),
            ("size", Some(sizes)),
            ("built", built),
            ("repository", Some(repository)),
            ("word", Some(word)),
            ("brought by", named(&self.brought_by)),
            ("depends", Some(list(&self.depends))),
            ("provides", Some(list(&self.provides))),
            ("install if", Some(list(&self.install_if))),
            ("required by", named(&self.required_by)),
        ];
        for (name, value) in lines {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                // Writing to a string never fails.
                let _ = writeln!(out, "  {name:<12} {value}");
            }
        }
        out
    }
}
