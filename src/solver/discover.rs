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
    /// What a package triggers under any of its names.
    Around(PackageId),
    /// All before is done: the name gets its place.
    Assign(NameId),
    /// The names in its providers' install_if.
    InstallIf(NameId),
}

/// The order in which names will be decided.
pub(super) struct Order<'u, 'a> {
    universe: &'u Universe<'a>,
    world: &'u [NameId],
    /// By name: when the walk was done with it, 0 if it did not reach it.
    places: Vec<u32>,
}

impl Order<'_, '_> {
    /// Whether the world leads to a name.
    pub fn is_reached(&self, name: NameId) -> bool {
        self.places[name as usize] != 0
    }

    /// The place of a name: the highest is decided first.
    pub fn of(&self, name: NameId) -> u32 {
        let mut place = self.places[name as usize];
        if place == 0 {
            return 0;
        }
        let mut packages = self.universe.provider_packages(name);
        if packages.any(|package| self.universe.package(package).name() == name) {
            place |= OWN_NAME;
        }
        if !self.world.contains(&name) {
            place |= NOT_IN_WORLD;
        }
        place
    }
}

/// Walks from the world's names depth first.
///
/// "The provided names" of the specification are those that a package provides: what their
/// installation triggers is reached, they themselves are not.
pub(super) fn discover<'u, 'a>(universe: &'u Universe<'a>, world: &'u [NameId]) -> Order<'u, 'a> {
    let mut walk = Walk {
        universe,
        places: vec![0; universe.name_count()],
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
    Order {
        universe,
        world,
        places: walk.places,
    }
}

struct Walk<'u, 'a> {
    universe: &'u Universe<'a>,
    places: Vec<u32>,
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
                if first_time(&mut self.seen_names, name) {
                    self.name(name);
                }
            }
            Step::Depends(package) => {
                if first_time(&mut self.seen_packages, package) {
                    self.push_names(universe.package(package).depends_names());
                }
            }
            Step::Around(package) => self.push_names(universe.package(package).around()),
            Step::Assign(name) => {
                self.counter += 1;
                self.places[name as usize] = self.counter;
            }
            Step::InstallIf(name) => {
                for package in universe.provider_packages(name).rev() {
                    self.push_names(universe.package(package).install_if_names());
                }
            }
        }
    }

    /// Pushes what is to be done for a name, the last first. Most packages have neither an
    /// install_if nor are in one.
    fn name(&mut self, name: NameId) {
        let universe = self.universe;
        let packages = || universe.provider_packages(name).rev();
        if packages().any(|package| universe.package(package).has_install_if()) {
            self.stack.push(Step::InstallIf(name));
        }
        self.stack.push(Step::Assign(name));
        let triggering = packages().filter(|package| universe.package(*package).has_around());
        self.stack.extend(triggering.map(Step::Around));
        let unseen = packages().filter(|package| !self.seen_packages[*package as usize]);
        self.stack.extend(unseen.map(Step::Depends));
        self.push_names(universe.triggered(name).iter().copied());
    }

    /// Pushes names, the last first, leaving out those that were seen already.
    fn push_names(&mut self, names: impl DoubleEndedIterator<Item = NameId>) {
        let seen = &self.seen_names;
        let unseen = names.rev().filter(|name| !seen[*name as usize]);
        self.stack.extend(unseen.map(Step::Name));
    }
}
