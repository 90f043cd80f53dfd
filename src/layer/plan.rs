//! Which part of the tree goes into which layer, in which order.

use super::pass::{Passes, passing};
use super::survey::Survey;
use super::written::{assemble, whole};
use crate::repository::FetchedPackage;
use crate::rootfs::{Content, Installed, NodeId, NodeKind, Tree};
use bstr::{BString, ByteSlice};
use std::collections::BTreeMap;

/// How packages are spread over layers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Strategy {
    /// The largest packages get a layer each, which is their signed data member untouched where
    /// that can be; the others share one.
    #[default]
    Package,
    /// The same for source packages: what was built from one source shares a layer.
    Origin,
    /// One layer for all.
    Single,
}

/// The layers of an image that its author wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How packages are spread over layers.
    pub strategy: Strategy,
    /// How many layers there may be, at least 1.
    pub budget: usize,
}

/// What the image's author usually wants. Overlay file systems take 127 layers, but each costs
/// time when an image is loaded and when it starts: docker loads 60 packages in 0.85 s as one
/// layer, in 0.98 s as 10, in 1.39 s as 20 and in 2.9 s as 60, and 10 layers already let two
/// thirds of the bytes through untouched.
pub const DEFAULT_BUDGET: usize = 10;

/// The most layers that overlay file systems stack.
pub const MAX_BUDGET: usize = 127;

/// Packages whose data member is smaller share a layer: each layer is a request to a registry,
/// and sharing a few KiB with another image is not worth one.
const WORTHWHILE: u64 = 16 << 10;

impl Default for Options {
    fn default() -> Self {
        Options {
            strategy: Strategy::default(),
            budget: DEFAULT_BUDGET,
        }
    }
}

/// A layer that is to be written.
#[derive(Clone, Debug)]
pub struct PlannedLayer {
    /// What is in it, for the image's history.
    pub title: String,
    /// The packages whose files it holds, by their places in the installation. What lies above
    /// them to put something right is not counted.
    pub packages: Vec<usize>,
    /// Where its bytes come from.
    pub body: Body,
}

/// Where a layer's bytes come from.
#[derive(Clone, Debug)]
pub enum Body {
    /// The data member of this package, in the order of the installation, as it is.
    Passed(usize),
    /// A tar of these entries in this order, each path once.
    Written(Vec<PlannedEntry>),
}

/// A path of a layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedEntry {
    /// The path; empty for the root.
    pub path: BString,
    /// What is there.
    pub node: NodeId,
    /// The earlier path of this layer that it is a hard link to.
    pub link_to: Option<BString>,
}

impl PlannedEntry {
    /// The path as an archive shows it: the root is `.`.
    pub(super) fn archive_path(&self) -> BString {
        match self.path.as_bytes() {
            b"" => ".".into(),
            path => path.into(),
        }
    }
}

/// Spreads a root over layers, the lowest first. Put on top of each other they give exactly the
/// tree, whatever the options say.
///
/// `installed` and `packages` are in the order of the installation; of a package that installs
/// nothing the latter is `None`. `time` stands for the time of what is generated.
pub fn plan(
    tree: &Tree,
    installed: &[Installed],
    packages: &[Option<FetchedPackage>],
    options: Options,
    time: u64,
) -> Vec<PlannedLayer> {
    let title = |members: &[usize]| {
        let names: Vec<String> = members.iter().map(|n| installed[*n].full_name()).collect();
        names.join(" ")
    };
    let all: Vec<usize> = (0..installed.len()).collect();
    // Two layers are needed for what is not packages' own: one that they share, and the state.
    let own_layers = options.budget.saturating_sub(2);
    if options.strategy == Strategy::Single || options.budget < 2 || all.is_empty() {
        return vec![PlannedLayer {
            title: match title(&all).as_str() {
                "" => "files of the manifest".to_owned(),
                names => names.to_owned(),
            },
            packages: all,
            body: Body::Written(whole(tree)),
        }];
    }
    let survey = Survey::new(tree, installed, time);
    let passes = passing(&survey, installed, packages);
    let groups = match options.strategy {
        Strategy::Origin => by_origin(installed),
        _ => all.iter().map(|n| vec![*n]).collect(),
    };
    let chosen = largest(groups, packages, &passes, options.strategy, own_layers);
    let mut written = assemble(&survey, packages, &chosen);
    let state = written.pop();
    let shared = written.pop();
    let mut layers = Vec::new();
    let mut of_groups = written.into_iter();
    for group in &chosen {
        let body = match group.passed {
            Some(package) => Body::Passed(package),
            None => Body::Written(of_groups.next().unwrap_or_default()),
        };
        layers.push(PlannedLayer {
            title: title(&group.members),
            packages: group.members.clone(),
            body,
        });
    }
    let rest: Vec<usize> = all
        .into_iter()
        .filter(|n| !chosen.iter().any(|group| group.members.contains(n)))
        .collect();
    for (title, packages, entries) in [
        (title(&rest), rest, shared),
        (
            "database, configuration and files of the manifest".to_owned(),
            Vec::new(),
            state,
        ),
    ] {
        if let Some(entries) = entries.filter(|entries| !entries.is_empty()) {
            let body = Body::Written(entries);
            layers.push(PlannedLayer {
                title,
                packages,
                body,
            });
        }
    }
    layers
}

/// Packages that have a layer of their own.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// In the order of the installation.
    pub members: Vec<usize>,
    /// The one member whose data member is the layer.
    pub passed: Option<usize>,
}

fn by_origin(installed: &[Installed]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, package) in installed.iter().enumerate() {
        let origin = match package.origin.as_str() {
            "" => &package.name,
            origin => origin,
        };
        let group = *known.entry(origin).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(number);
    }
    groups
}

/// The groups that get a layer, in the order of their first package.
fn largest(
    groups: Vec<Vec<usize>>,
    packages: &[Option<FetchedPackage>],
    passes: &Passes,
    strategy: Strategy,
    count: usize,
) -> Vec<Group> {
    let weight = |group: &Group| -> u64 {
        let packages = group.members.iter().filter_map(|n| packages[*n].as_ref());
        packages
            .map(|p| p.package.size - p.package.data_start)
            .sum()
    };
    let mut groups: Vec<Group> = groups
        .into_iter()
        .map(|members| Group {
            passed: match members.as_slice() {
                [only] if passes.contains(only) => Some(*only),
                _ => None,
            },
            members,
        })
        // A package that cannot pass gains nothing from a layer that no other image has.
        .filter(|group| strategy == Strategy::Origin || group.passed.is_some())
        .filter(|group| weight(group) >= WORTHWHILE)
        .collect();
    // Stable, so that of equal ones the first installed wins.
    groups.sort_by_key(|group| std::cmp::Reverse(weight(group)));
    groups.truncate(count);
    groups.sort_by_key(|group| group.members[0]);
    groups
}

/// The bytes of content that layers hold, before compression of those that are written.
pub fn bytes(layers: &[PlannedLayer], tree: &Tree, packages: &[Option<FetchedPackage>]) -> u64 {
    layers
        .iter()
        .map(|layer| match &layer.body {
            Body::Passed(number) => match &packages[*number] {
                Some(p) => p.package.size - p.package.data_start,
                None => 0,
            },
            Body::Written(entries) => content_bytes(entries, tree),
        })
        .sum()
}

/// The bytes of content that entries hold.
pub fn content_bytes(entries: &[PlannedEntry], tree: &Tree) -> u64 {
    let size = |entry: &PlannedEntry| match &tree.node(entry.node).kind {
        NodeKind::File(content) if entry.link_to.is_none() => content.size(),
        _ => 0,
    };
    entries.iter().map(size).sum()
}

/// Which package a node's content is in.
pub(super) fn package_of(tree: &Tree, node: NodeId) -> Option<usize> {
    match &tree.node(node).kind {
        NodeKind::File(Content::Package { package, .. }) => Some(*package),
        _ => None,
    }
}
