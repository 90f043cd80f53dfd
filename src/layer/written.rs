//! The layers that are written here: those of groups, the one that the other packages share,
//! and the state, which holds what no package does and puts right what lies below it.

use super::pass::supplied;
use super::plan::{Group, PlannedEntry, package_of};
use super::survey::{DirectoryForm, Survey, ancestors};
use crate::apk::package::Package;
use crate::apk::tar::Kind;
use crate::repository::FetchedPackage;
use crate::rootfs::{Content, NodeId, NodeKind, Tree};
use bstr::{BStr, BString, ByteSlice};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The sort key of an entry: its place in the layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Directory,
    /// Links, devices, and files whose content is at hand.
    Small,
    /// A file of this package, at this place in it: packages are read once, front to back.
    Packaged(usize, usize),
}

/// The whole tree, as one layer holds it.
///
/// Directories come first, each before what is in it; then what has its content at hand, by
/// path; then the packages' files in the order in which packages are read.
pub fn whole(tree: &Tree) -> Vec<PlannedEntry> {
    let mut paths = vec![(BString::default(), Tree::ROOT)];
    let visited: Result<(), std::convert::Infallible> = tree.visit(|path, node| {
        paths.push((path.to_owned(), node));
        Ok(())
    });
    let Ok(()) = visited;
    arrange(tree, paths)
}

/// Puts the paths of a layer, which are sorted, in the order in which they are written.
fn arrange(tree: &Tree, paths: Vec<(BString, NodeId)>) -> Vec<PlannedEntry> {
    let mut first_paths: HashMap<NodeId, BString> = HashMap::new();
    let mut entries: Vec<(Order, PlannedEntry)> = Vec::with_capacity(paths.len());
    for (path, node) in paths {
        let order = match &tree.node(node).kind {
            NodeKind::Directory(_) => Order::Directory,
            NodeKind::File(Content::Package { package, entry, .. }) => {
                Order::Packaged(*package, *entry)
            }
            _ => Order::Small,
        };
        let link_to = match order {
            Order::Directory => None,
            _ => first_paths.get(&node).cloned(),
        };
        if link_to.is_none() {
            first_paths.insert(node, path.clone());
        }
        let entry = PlannedEntry {
            path,
            node,
            link_to,
        };
        entries.push((order, entry));
    }
    // Stable: paths stay sorted within a kind, and hard links behind what they link to.
    entries.sort_by_key(|(order, _)| *order);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The entries of the groups that do not pass, in their order; then those of the shared layer,
/// then those of the state.
pub(super) fn assemble<'p>(
    survey: &'p Survey<'_>,
    packages: &'p [Option<FetchedPackage>],
    chosen: &[Group],
) -> Vec<Vec<PlannedEntry>> {
    let passed: Vec<usize> = chosen.iter().filter_map(|group| group.passed).collect();
    let supplied: HashSet<&BStr> = passed
        .iter()
        .filter_map(|number| Some((*number, &packages[*number].as_ref()?.package)))
        .flat_map(|(number, package)| supplied(survey, number, package))
        .collect();
    let own: Vec<&Group> = chosen.iter().filter(|g| g.passed.is_none()).collect();
    let (shared, state) = (own.len(), own.len() + 1);
    let layer_of_package = |package: usize| {
        own.iter()
            .position(|group| group.members.contains(&package))
            .unwrap_or(shared)
    };
    let mut layers: Vec<BTreeSet<&'p BStr>> = vec![BTreeSet::new(); own.len() + 2];
    // Hard links go where their first name goes; what takes the place of a file of a package that
    // passes goes to the top, wherever that package's layer lies.
    let mut homes: HashMap<NodeId, usize> = passed
        .iter()
        .filter_map(|number| packages[*number].as_ref())
        .flat_map(|fetched| &fetched.package.entries)
        .filter(|entry| !supplied.contains(entry.path.as_bstr()))
        .filter_map(|entry| Some((survey.node(entry.path.as_bstr())?.0, state)))
        .collect();
    for (path, id) in &survey.paths {
        let node = survey.tree.node(*id);
        if node.is_directory() || supplied.contains(path.as_bstr()) {
            continue;
        }
        let layer = *homes.entry(*id).or_insert_with(|| match &node.kind {
            NodeKind::File(Content::Bytes(_) | Content::Part(_) | Content::Local { .. }) => state,
            _ => match package_of(survey.tree, *id).or_else(|| survey.owner(path.as_bstr())) {
                // What is left of a package that passes is what was changed of it.
                Some(package) if passed.contains(&package) => state,
                Some(package) => layer_of_package(package),
                None => state,
            },
        });
        layers[layer].insert(path.as_bstr());
    }
    for (number, fetched) in packages.iter().enumerate() {
        if passed.contains(&number) {
            continue;
        }
        let entries = fetched.iter().flat_map(|fetched| &fetched.package.entries);
        for entry in entries.filter(|entry| entry.kind == Kind::Directory) {
            if survey
                .node(entry.path.as_bstr())
                .is_some_and(|(_, node)| node.is_directory())
            {
                layers[layer_of_package(number)].insert(entry.path.as_bstr());
            }
        }
    }
    let below = forms_below(survey, packages, chosen, &mut layers[..state]);
    for (path, id) in survey.directories() {
        if below.get(path.as_bstr()) != Some(&survey.form(id)) {
            layers[state].insert(path.as_bstr());
        }
    }
    add_ancestors(&mut layers[state]);
    // The root has no entry in packages, and every client its own idea of it.
    let unsaid_root = layers.iter().all(BTreeSet::is_empty);
    layers
        .iter()
        .enumerate()
        .map(|(number, paths)| {
            if paths.is_empty() && !(unsaid_root && number == state) {
                return Vec::new();
            }
            let mut all = vec![(BString::default(), Tree::ROOT)];
            all.extend(
                survey
                    .paths
                    .iter()
                    .filter(|(p, _)| paths.contains(p.as_bstr()))
                    .cloned(),
            );
            arrange(survey.tree, all)
        })
        .collect()
}

/// What the layers below the state say of directories in the end: of each the topmost layer that
/// lists it. Directories above what a written layer holds are added to it.
fn forms_below<'p>(
    survey: &'p Survey<'_>,
    packages: &'p [Option<FetchedPackage>],
    chosen: &[Group],
    written: &mut [BTreeSet<&'p BStr>],
) -> HashMap<&'p BStr, DirectoryForm> {
    let mut forms = HashMap::new();
    let mut written = written.iter_mut();
    for group in chosen {
        let passed = group.passed.and_then(|number| packages[number].as_ref());
        match (passed, group.passed) {
            (Some(fetched), _) => add_passed_forms(&mut forms, &fetched.package),
            (None, Some(_)) => {}
            (None, None) => add_written_forms(&mut forms, survey, written.next()),
        }
    }
    // The shared one.
    add_written_forms(&mut forms, survey, written.next());
    forms
}

fn add_passed_forms<'p>(forms: &mut HashMap<&'p BStr, DirectoryForm>, package: &'p Package) {
    for entry in &package.entries {
        if entry.kind == Kind::Directory {
            let form = DirectoryForm {
                mode: entry.mode,
                uid: entry.uid,
                gid: entry.gid,
                mtime: entry.mtime,
                xattrs: Vec::new(),
            };
            forms.insert(entry.path.as_bstr(), form);
        }
    }
}

fn add_written_forms<'p>(
    forms: &mut HashMap<&'p BStr, DirectoryForm>,
    survey: &'p Survey<'_>,
    layer: Option<&mut BTreeSet<&'p BStr>>,
) {
    let Some(layer) = layer else { return };
    add_ancestors(layer);
    for path in layer.iter() {
        if let Some((id, node)) = survey.node(path)
            && node.is_directory()
        {
            forms.insert(*path, survey.form(id));
        }
    }
}

fn add_ancestors<'p>(layer: &mut BTreeSet<&'p BStr>) {
    let above: Vec<&'p BStr> = layer
        .iter()
        .flat_map(|path| ancestors(path.as_bytes()))
        .collect();
    layer.extend(above);
}
