//! Why a package is there: the shortest chains from the world to it.

use super::graph::Graph;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// The most chains that are listed. Their number can grow with every layer of the graph; whoever
/// wants to know why a package is there has seen enough by then.
pub const MOST_CHAINS: usize = 1000;

/// Why a package is there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Why {
    /// The name that was asked for.
    pub name: String,
    /// The package that bears or provides it.
    pub package: String,
    /// Every shortest chain, in the order of the world and of the dependency lists.
    pub chains: Vec<Chain>,
    /// There are more than [`MOST_CHAINS`].
    pub truncated: bool,
}

/// One way from the world to a package.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Chain {
    /// The word of the world that it begins with.
    pub word: String,
    /// The packages on the way, the last being the one in question.
    pub links: Vec<Link>,
}

/// A package on the way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Link {
    /// What the one before asks for: the word of the world, a dependency, or the install_if
    /// that brings the package.
    pub wanted: String,
    /// It is there because its install_if holds, not because it is needed.
    pub brought: bool,
    /// `name-version`
    pub package: String,
}

impl Why {
    /// The reasons for each package that bears or provides the name; empty when there is none.
    pub fn find(graph: &Graph, name: &str) -> Vec<Why> {
        let bears = |n: &super::Node| n.name == name || n.provides.iter().any(|p| p == name);
        let nodes = graph.nodes.iter().enumerate();
        nodes
            .filter(|(_, node)| bears(node))
            .map(|(at, node)| {
                let (chains, truncated) = chains(graph, at);
                Why {
                    name: name.to_owned(),
                    package: node.full_name(),
                    chains,
                    truncated,
                }
            })
            .collect()
    }

    /// One line a chain: `php → php82-8.2.20-r0 → so:libxml2.so.2 → libxml2-2.11.8-r0`.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for chain in &self.chains {
            let _ = writeln!(out, "{}", chain.text());
        }
        if self.truncated {
            let _ = writeln!(out, "(and more: these are the first {MOST_CHAINS})");
        }
        out
    }

    /// The reasons as JSON, ended by a newline.
    pub fn json(whys: &[Why]) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string_pretty(whys).unwrap_or_default() + "\n"
    }
}

impl Chain {
    fn text(&self) -> String {
        let mut parts = Vec::new();
        for link in &self.links {
            match link.brought {
                true => parts.push(format!("installed with {}", link.wanted)),
                // The name of the package says it all.
                false if link.package.starts_with(&format!("{}-", link.wanted)) => {}
                false => parts.push(link.wanted.clone()),
            }
            parts.push(link.package.clone());
        }
        parts.join(" → ")
    }
}

/// The way that leads to a package: from where, by which text, and whether it is brought.
type Step<'g> = (usize, &'g str, bool);

fn chains(graph: &Graph, target: usize) -> (Vec<Chain>, bool) {
    let distances = distances(graph);
    let Some(length) = distances[target] else {
        return (Vec::new(), false);
    };
    // All steps between neighbouring distances, by where they lead; one a pair of packages.
    let mut back: Vec<Vec<Step<'_>>> = vec![Vec::new(); graph.nodes.len()];
    for (from, node) in graph.nodes.iter().enumerate() {
        let needs = node.needs.iter().map(|(text, to)| (text, *to, false));
        let brings = node.brings.iter().map(|(text, to)| (text, *to, true));
        for (text, to, brought) in needs.chain(brings) {
            let next = distances[from].is_some_and(|d| distances[to] == Some(d + 1));
            if next && back[to].last().is_none_or(|(f, ..)| *f != from) {
                back[to].push((from, text, brought));
            }
        }
    }
    let mut found = Vec::new();
    // Ways back from the target: the package that is reached, and the steps so far.
    let mut stack: Vec<(usize, Vec<Step<'_>>)> = vec![(target, Vec::new())];
    while let Some((at, steps)) = stack.pop() {
        if steps.len() == length {
            for root in graph.roots.iter().filter(|root| root.node == at) {
                if found.len() == MOST_CHAINS {
                    return (found, true);
                }
                found.push(chain(graph, &root.word, at, &steps, target));
            }
            continue;
        }
        for step in back[at].iter().rev() {
            let mut longer = steps.clone();
            longer.push(*step);
            stack.push((step.0, longer));
        }
    }
    (found, false)
}

fn chain(graph: &Graph, word: &str, first: usize, back: &[Step<'_>], target: usize) -> Chain {
    let mut links = vec![Link {
        wanted: word.to_owned(),
        brought: false,
        package: graph.nodes[first].full_name(),
    }];
    for (i, (_, wanted, brought)) in back.iter().enumerate().rev() {
        let to = if i == 0 { target } else { back[i - 1].0 };
        links.push(Link {
            wanted: (*wanted).to_owned(),
            brought: *brought,
            package: graph.nodes[to].full_name(),
        });
    }
    Chain {
        word: word.to_owned(),
        links,
    }
}

/// How many steps each package is away from the world.
fn distances(graph: &Graph) -> Vec<Option<usize>> {
    let mut distances = vec![None; graph.nodes.len()];
    let mut queue = VecDeque::new();
    for root in &graph.roots {
        distances[root.node] = Some(0);
        queue.push_back((root.node, 0));
    }
    while let Some((at, distance)) = queue.pop_front() {
        let node = &graph.nodes[at];
        for (_, to) in node.needs.iter().chain(&node.brings) {
            if distances[*to].is_none() {
                distances[*to] = Some(distance + 1);
                queue.push_back((*to, distance + 1));
            }
        }
    }
    distances
}
