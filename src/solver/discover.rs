//! What the world leads to, and in which order the names will be decided.

use super::names::{NameId, PackageId, Universe};

/// Set in the order of names that the world does not list.
const NOT_IN_WORLD: u32 = 1 << 31;
/// Set in the order of names that some package bears as its own.
const OWN_NAME: u32 = 1 << 30;

/// Steps of the walk; a stack of them stands for recursion, which input could make too deep.
enum Step {
    Name(NameId),
    /// The dependencies of a package.
    Depends(PackageId),
    /// The names around a package.
    Around(PackageId),
    /// All before is done: the name gets its place.
    Assign(NameId),
    /// The names in its providers' install_if.
    InstallIf(NameId),
}

/// Walks from the world's names depth first.
///
/// Returns by name its place in the order of decision (the highest first), 0 if it was not
/// reached. "The provided names" of the specification are those that a package provides: what
/// their installation triggers is reached, they themselves are not.
pub(super) fn discover(universe: &Universe<'_>, world: &[NameId]) -> Vec<u32> {
    let mut walk = Walk {
        universe,
        order: vec![0; universe.name_count()],
        counter: 0,
        seen_names: vec![false; universe.name_count()],
        seen_packages: vec![false; universe.package_count()],
        stack: Vec::new(),
    };
    for &name in world {
        walk.stack.push(Step::Name(name));
        while let Some(step) = walk.stack.pop() {
            walk.step(step);
        }
    }
    let mut order = walk.order;
    for (name, order) in order.iter_mut().enumerate().filter(|(_, o)| **o != 0) {
        let name = name as NameId;
        let mut packages = universe.provider_packages(name);
        if packages.any(|package| universe.package(package).name == name) {
            *order |= OWN_NAME;
        }
        *order |= NOT_IN_WORLD;
    }
    for &name in world {
        order[name as usize] &= !NOT_IN_WORLD;
    }
    order
}

struct Walk<'u, 'a> {
    universe: &'u Universe<'a>,
    order: Vec<u32>,
    counter: u32,
    seen_names: Vec<bool>,
    seen_packages: Vec<bool>,
    stack: Vec<Step>,
}

/// Whether this is the first time.
fn first_time(seen: &mut [bool], at: u32) -> bool {
    !std::mem::replace(&mut seen[at as usize], true)
}

impl Walk<'_, '_> {
    fn step(&mut self, step: Step) {
        let universe = self.universe;
        match step {
            Step::Name(name) => {
                if !first_time(&mut self.seen_names, name) {
                    return;
                }
                self.stack.push(Step::InstallIf(name));
                self.stack.push(Step::Assign(name));
                let packages = || universe.provider_packages(name).rev();
                self.stack.extend(packages().map(Step::Around));
                self.stack.extend(packages().map(Step::Depends));
                self.push_triggered(name);
            }
            Step::Depends(package) => {
                if first_time(&mut self.seen_packages, package) {
                    let [depends, ..] = universe.names_around(package);
                    self.push_names(depends.rev());
                }
            }
            Step::Around(package) => {
                let [_, provides, _] = universe.names_around(package);
                for name in provides.rev() {
                    self.push_triggered(name);
                }
                self.push_triggered(universe.package(package).name);
            }
            Step::Assign(name) => {
                self.counter += 1;
                self.order[name as usize] = self.counter;
            }
            Step::InstallIf(name) => {
                for package in universe.provider_packages(name).rev() {
                    let [.., terms] = universe.names_around(package);
                    self.push_names(terms.rev());
                }
            }
        }
    }

    fn push_triggered(&mut self, name: NameId) {
        self.push_names(self.universe.triggered(name).iter().rev().copied());
    }

    /// Pushes names in reverse order, leaving out those that were seen already.
    fn push_names(&mut self, names: impl Iterator<Item = NameId>) {
        let seen = &self.seen_names;
        let unseen = names.filter(|name| !seen[*name as usize]);
        self.stack.extend(unseen.map(Step::Name));
    }
}
