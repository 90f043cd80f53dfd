//! Looking for packages by their names and descriptions.

use crate::apk::index::Entry;
use crate::{Source, Stock};
use globset::{GlobBuilder, GlobMatcher};
use serde::Serialize;
use std::collections::HashSet;

/// A package that was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One line on what it is.
    pub description: String,
    /// Bytes of the .apk.
    pub size: u64,
    /// Bytes on disk.
    pub installed_size: u64,
    /// The address of its repository, without credentials.
    pub repository: String,
    /// The tag that a manifest's word must have to get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Query {
    /// A part of the name or the description, in whatever case.
    Part(String),
    /// A glob for the whole name or description, in whatever case.
    Glob(GlobMatcher),
    /// The whole name.
    Name(String),
}

impl Query {
    /// A word as it is typed: a glob if it has `*`, `?`, `[` or `{`, else a part.
    ///
    /// # Errors
    /// When it looks like a glob and is none.
    pub fn parse(word: &str) -> Result<Query, globset::Error> {
        if !word.contains(['*', '?', '[', '{']) {
            return Ok(Query::Part(word.to_lowercase()));
        }
        let glob = GlobBuilder::new(word).case_insensitive(true).build()?;
        Ok(Query::Glob(glob.compile_matcher()))
    }

    /// How well a package fits, 0 being the best; `None`: it does not.
    fn rank(&self, entry: &Entry<'_>) -> Option<u8> {
        let description = || entry.field('T').unwrap_or("");
        match self {
            Query::Name(name) => (entry.name == name).then_some(0),
            Query::Part(part) => {
                let name = entry.name.to_lowercase();
                if name == *part {
                    Some(0)
                } else if name.contains(part) {
                    Some(1)
                } else {
                    description().to_lowercase().contains(part).then_some(2)
                }
            }
            Query::Glob(glob) if glob.is_match(entry.name) => Some(1),
            Query::Glob(glob) => glob.is_match(description()).then_some(2),
        }
    }
}

/// The packages that fit: those of the name first, then those whose name fits, then those
/// whose description does, each by name; of several with a name the preferred repository's
/// first. One that several repositories have is the first's.
pub fn search(stock: &Stock, query: &Query) -> Vec<Found> {
    let mut seen = HashSet::new();
    let mut ranked: Vec<(u8, &Source, Entry<'_>)> = stock
        .packages()
        .filter_map(|(source, entry)| Some((query.rank(&entry)?, source, entry)))
        .filter(|(_, _, entry)| seen.insert((entry.name, entry.identity)))
        .collect();
    ranked.sort_by(|(a, _, x), (b, _, y)| (a, x.name).cmp(&(b, y.name)));
    let found = |(_, source, entry): (u8, &Source, Entry<'_>)| Found {
        name: entry.name.to_owned(),
        version: entry.version.to_owned(),
        description: entry.field('T').unwrap_or("").to_owned(),
        size: entry.size,
        installed_size: entry.installed_size,
        repository: source.repository.location.to_string(),
        tag: source.tag.clone(),
    };
    ranked.into_iter().map(found).collect()
}

/// The names of packages that are likely to be meant, the likeliest first, at most five.
pub fn nearest(stock: &Stock, word: &str) -> Vec<String> {
    let names: HashSet<&str> = stock.packages().map(|(_, entry)| entry.name).collect();
    nearest_of(names.into_iter(), word)
}

/// The same of these names.
pub fn nearest_of<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let allowed = word.len().div_ceil(4).min(3);
    let mut near: Vec<(usize, &str)> = names
        .filter(|name| name.len().abs_diff(word.len()) <= allowed)
        .map(|name| (strsim::osa_distance(name, &word), name))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.truncate(5);
    near.into_iter().map(|(_, name)| name.to_owned()).collect()
}
