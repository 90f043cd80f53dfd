//! What the world leads to, and in which order the names will be decided.

use super::names::{NameId, PackageId, Universe};
use std::collections::HashMap;

/// Set in the order of names that the world does not list.
pub(super) const NOT_IN_WORLD: u32 = 1 << 31;
/// Set in the order of names that some package bears as its own.
pub(super) const OWN_NAME: u32 = 1 << 30;

/// What there is to decide.
#[derive(Default)]
pub(super) struct Discovered {
    /// By name: its place in the order of decision (the highest first), 0 if it was not reached.
    pub order: Vec<u32>,
    /// By name: the names whose providers depend on it, in hash order.
    pub rdepends: Vec<Vec<NameId>>,
    /// The names whose providers have an install_if that mentions the name, in hash order.
    triggered: HashMap<NameId, Vec<NameId>>,
}

impl Discovered {
    /// The names whose providers have an install_if that mentions the name, in hash order.
    pub fn triggered(&self, name: NameId) -> &[NameId] {
        self.triggered.get(&name).map_or(&[], Vec::as_slice)
    }
}

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

/// Walks from the world's names depth first (SPEC.md section 4, "Discover").
pub(super) fn discover(universe: &mut Universe<'_>, world: &[NameId]) -> Discovered {
    let mut walk = Walk {
        universe,
        found: Discovered::default(),
        seen_names: Vec::new(),
        seen_packages: Vec::new(),
        reached: Vec::new(),
        stack: Vec::new(),
    };
    let mut counter = 0;
    for &name in world {
        walk.stack.push(Step::Name(name));
        while let Some(step) = walk.stack.pop() {
            walk.step(step, &mut counter);
        }
    }
    let Walk {
        universe,
        mut found,
        mut reached,
        ..
    } = walk;
    found.order.resize(universe.names.len(), 0);
    for &name in &reached {
        let own = universe
            .providers(name)
            .iter()
            .any(|p| universe.packages[p.package as usize].name == name);
        let order = &mut found.order[name as usize];
        if own {
            *order |= OWN_NAME;
        }
        if !world.contains(&name) {
            *order |= NOT_IN_WORLD;
        }
    }
    found.rdepends = vec![Vec::new(); universe.names.len()];
    universe.sort_by_hash(&mut reached);
    for &name in &reached {
        for provider in universe.providers(name) {
            for atom in universe.depends(provider.package) {
                let list = &mut found.rdepends[atom.name as usize];
                if list.last() != Some(&name) {
                    list.push(name);
                }
            }
        }
    }
    found
}

struct Walk<'w, 'a> {
    universe: &'w mut Universe<'a>,
    found: Discovered,
    seen_names: Vec<bool>,
    seen_packages: Vec<bool>,
    reached: Vec<NameId>,
    stack: Vec<Step>,
}

/// Whether this is the first time.
fn first_time(seen: &mut Vec<bool>, at: u32) -> bool {
    let at = at as usize;
    if seen.len() <= at {
        seen.resize(at + 1, false);
    }
    !std::mem::replace(&mut seen[at], true)
}

impl Walk<'_, '_> {
    fn step(&mut self, step: Step, counter: &mut u32) {
        match step {
            Step::Name(name) => {
                if !first_time(&mut self.seen_names, name) {
                    return;
                }
                self.reached.push(name);
                self.universe.load_providers(name);
                self.stack.push(Step::InstallIf(name));
                self.stack.push(Step::Assign(name));
                let providers = self.universe.providers(name);
                for p in providers.iter().rev() {
                    self.stack.push(Step::Around(p.package));
                }
                for p in providers.iter().rev() {
                    self.stack.push(Step::Depends(p.package));
                }
                self.push_triggered(name);
            }
            Step::Depends(package) => {
                if first_time(&mut self.seen_packages, package) {
                    let depends = self.universe.depends(package).iter().rev();
                    self.stack.extend(depends.map(|a| Step::Name(a.name)));
                }
            }
            Step::Around(package) => {
                let provides: Vec<NameId> = self.universe.names_of(package).map(|n| n.0).collect();
                for &name in provides[1..].iter().rev() {
                    self.push_triggered(name);
                }
                self.push_triggered(provides[0]);
            }
            Step::Assign(name) => {
                *counter += 1;
                let at = name as usize;
                if self.found.order.len() <= at {
                    self.found.order.resize(at + 1, 0);
                }
                self.found.order[at] = *counter;
            }
            Step::InstallIf(name) => {
                for p in self.universe.providers(name).iter().rev() {
                    let terms = self.universe.install_if(p.package).iter().rev();
                    self.stack.extend(terms.map(|a| Step::Name(a.name)));
                }
            }
        }
    }

    fn push_triggered(&mut self, name: NameId) {
        let names = match self.found.triggered.entry(name) {
            std::collections::hash_map::Entry::Occupied(e) => e.into_mut(),
            std::collections::hash_map::Entry::Vacant(e) => {
                e.insert(self.universe.triggered_by(name))
            }
        };
        self.stack
            .extend(names.iter().rev().map(|n| Step::Name(*n)));
    }
}
