//! What the packages of a world need, as a tree.

use super::graph::Graph;
use indicatif::HumanBytes;
use serde::Serialize;
use std::fmt::Write as _;

/// The tree of a world.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Tree {
    /// How many packages there are.
    pub packages: usize,
    /// Bytes of all on disk.
    pub installed_size: u64,
    /// One branch a word of the world, in its order.
    pub branches: Vec<Branch>,
}

/// A package and what hangs on it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Branch {
    /// The word or the first dependency that leads here.
    pub wanted: String,
    /// The name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its bytes on disk.
    pub installed_size: u64,
    /// Its bytes on disk and those of all that hangs on it, each package counted once.
    pub total_size: u64,
    /// It is not needed but installed on its own, since the packages of its install_if are.
    pub brought: bool,
    /// It stands above, with all that hangs on it, which is left out here.
    pub repeated: bool,
    /// What it needs, in the order of its list, then what it brings.
    pub branches: Vec<Branch>,
}

/// A package that is begun: the stack of these stands for recursion.
struct Open {
    branch: Branch,
    /// The branches that are still to come, the next one last.
    rest: Vec<(String, usize, bool)>,
}

impl Tree {
    /// Spreads a graph out. A package that stands there already is shown without what hangs
    /// on it, so the tree is hardly larger than the graph.
    pub fn new(graph: &Graph) -> Tree {
        let mut seen = vec![false; graph.nodes.len()];
        let roots = graph.roots.iter();
        Tree {
            packages: graph.nodes.len(),
            installed_size: graph.nodes.iter().map(|n| n.installed_size).sum(),
            branches: roots
                .map(|root| branch(graph, &root.word, root.node, &mut seen))
                .collect(),
        }
    }

    /// The tree for a terminal; ends with a line that sums it up.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Each branch with what stands before its name and before those below it.
        let mut stack: Vec<(&Branch, String, String)> = Vec::new();
        for root in self.branches.iter().rev() {
            stack.push((root, String::new(), String::new()));
        }
        while let Some((branch, first, below)) = stack.pop() {
            let _ = writeln!(out, "{first}{}", branch.line());
            for (i, child) in branch.branches.iter().enumerate().rev() {
                let (corner, line) = match i + 1 == branch.branches.len() {
                    true => ("└── ", "    "),
                    false => ("├── ", "│   "),
                };
                stack.push((child, format!("{below}{corner}"), format!("{below}{line}")));
            }
        }
        let packages = match self.packages {
            1 => "1 package".to_owned(),
            n => format!("{n} packages"),
        };
        let _ = writeln!(out, "{packages}, {}", HumanBytes(self.installed_size));
        out
    }

    /// The tree as JSON, ended by a newline.
    pub fn json(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Branch {
    fn line(&self) -> String {
        let name = format!("{}-{}", self.name, self.version);
        let with = match self.brought {
            true => format!(" (with {})", self.wanted),
            false => String::new(),
        };
        if self.repeated {
            return format!("{name}{with} (see above)");
        }
        let size = HumanBytes(self.installed_size);
        match self.branches.is_empty() {
            true => format!("{name}{with}  {size}"),
            false => format!(
                "{name}{with}  {size}, {} with all below",
                HumanBytes(self.total_size)
            ),
        }
    }
}

fn open(graph: &Graph, wanted: &str, node: usize, brought: bool, seen: &mut [bool]) -> Open {
    let n = &graph.nodes[node];
    let repeated = std::mem::replace(&mut seen[node], true);
    let mut rest: Vec<(String, usize, bool)> = Vec::new();
    if !repeated {
        let needs = n.needs.iter().map(|(atom, to)| (atom, *to, false));
        let brings = n.brings.iter().map(|(terms, to)| (terms, *to, true));
        for (wanted, to, brought) in needs.chain(brings) {
            // A package may need another for several reasons, and even itself.
            if to != node && !rest.iter().any(|(_, other, _)| *other == to) {
                rest.push((wanted.clone(), to, brought));
            }
        }
        rest.reverse();
    }
    Open {
        branch: Branch {
            wanted: wanted.to_owned(),
            name: n.name.clone(),
            version: n.version.clone(),
            installed_size: n.installed_size,
            total_size: total(graph, node),
            brought,
            repeated,
            branches: Vec::new(),
        },
        rest,
    }
}

fn branch(graph: &Graph, word: &str, node: usize, seen: &mut [bool]) -> Branch {
    let mut stack: Vec<Open> = Vec::new();
    let mut top = open(graph, word, node, false, seen);
    loop {
        if let Some((wanted, to, brought)) = top.rest.pop() {
            let next = open(graph, &wanted, to, brought, seen);
            stack.push(std::mem::replace(&mut top, next));
        } else if let Some(mut parent) = stack.pop() {
            parent.branch.branches.push(top.branch);
            top = parent;
        } else {
            return top.branch;
        }
    }
}

/// The bytes of a package and of all that it needs or brings, each counted once.
fn total(graph: &Graph, node: usize) -> u64 {
    let mut seen = vec![false; graph.nodes.len()];
    let mut stack = vec![node];
    let mut sum = 0;
    while let Some(at) = stack.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            let n = &graph.nodes[at];
            sum += n.installed_size;
            stack.extend(n.needs.iter().chain(&n.brings).map(|(_, to)| *to));
        }
    }
    sum
}
