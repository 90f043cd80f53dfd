//! Who needs whom among the packages of a resolution.

use crate::apk::dependency::{Constraint, Dependency};
use crate::apk::index::Entry;
use std::collections::HashMap;

/// A package and what it needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Bytes of the .apk.
    pub size: u64,
    /// Bytes on disk.
    pub installed_size: u64,
    /// The names that it provides, beside its own.
    pub provides: Vec<String>,
    /// What it depends on: the atom, and the place of the package that meets it. In the order
    /// of its list.
    pub needs: Vec<(String, usize)>,
    /// The packages that are installed because this one is, together with what else their
    /// install_if (the text) names.
    pub brings: Vec<(String, usize)>,
}

impl Node {
    /// `name-version`
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// A word of the world and the package that meets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Root {
    /// The word.
    pub word: String,
    /// The place of the package.
    pub node: usize,
}

/// Packages in the order of installation, and how the world leads to them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Graph {
    /// In the order of installation.
    pub nodes: Vec<Node>,
    /// In the order of the world.
    pub roots: Vec<Root>,
}

impl Graph {
    /// Connects the packages of a resolution, given in the order of installation.
    pub fn new(world: &[Dependency<'_>], packages: &[Entry<'_>]) -> Graph {
        let names = Names::new(packages);
        let mut nodes: Vec<Node> = packages
            .iter()
            .map(|entry| Node {
                name: entry.name.to_owned(),
                version: entry.version.to_owned(),
                size: entry.size,
                installed_size: entry.installed_size,
                provides: provided(entry).map(|d| d.name.to_owned()).collect(),
                needs: Vec::new(),
                brings: Vec::new(),
            })
            .collect();
        for (at, entry) in packages.iter().enumerate() {
            for atom in atoms(entry.depends) {
                if let Some(found) = names.find(&atom).filter(|_| !atom.conflict) {
                    nodes[at].needs.push((atom.to_string(), found));
                }
            }
            for term in atoms(entry.install_if).filter(|term| !term.conflict) {
                if let Some(found) = names.find(&term) {
                    nodes[found].brings.push((entry.install_if.to_owned(), at));
                }
            }
        }
        let roots = world.iter().filter(|word| !word.conflict);
        let roots = roots.filter_map(|word| {
            let node = names.find(word)?;
            let word = word.to_string();
            Some(Root { word, node })
        });
        Graph {
            roots: roots.collect(),
            nodes,
        }
    }

    /// For each package whether it is there because of the one at this place, or is that one.
    pub fn reach(&self, from: usize) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut next = vec![from];
        while let Some(at) = next.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                let node = &self.nodes[at];
                next.extend(node.needs.iter().chain(&node.brings).map(|(_, to)| *to));
            }
        }
        reached
    }
}

fn atoms(list: &str) -> impl Iterator<Item = Dependency<'_>> {
    let words = list.split(' ').filter(|word| !word.is_empty());
    words.filter_map(|word| Dependency::parse(word).ok())
}

fn provided<'a>(entry: &Entry<'a>) -> impl Iterator<Item = Dependency<'a>> + use<'a> {
    let words = entry.provides.split(' ').filter(|word| !word.is_empty());
    words.filter_map(Dependency::parse_provided)
}

/// The packages under all of their names.
struct Names<'a, 'p> {
    packages: &'p [Entry<'a>],
    by_name: HashMap<&'a str, Vec<(usize, Option<&'a str>)>>,
}

impl<'a, 'p> Names<'a, 'p> {
    fn new(packages: &'p [Entry<'a>]) -> Self {
        let mut by_name: HashMap<&str, Vec<_>> = HashMap::new();
        for (at, entry) in packages.iter().enumerate() {
            let own = (at, Some(entry.version));
            by_name.entry(entry.name).or_default().push(own);
            for d in provided(entry) {
                let version = match d.constraint {
                    Constraint::Version(_, version) => Some(version),
                    _ => None,
                };
                by_name.entry(d.name).or_default().push((at, version));
            }
        }
        Names { packages, by_name }
    }

    /// The first package that is what the atom describes.
    fn find(&self, atom: &Dependency<'_>) -> Option<usize> {
        let found = self.by_name.get(atom.name)?.iter();
        let mut fitting =
            found.filter(|(at, version)| atom.describes(*version, &self.packages[*at].identity));
        fitting.next().map(|(at, _)| *at)
    }
}
