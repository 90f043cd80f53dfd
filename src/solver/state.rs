//! What is known of names and packages while the solver decides.

use super::discover::Order;
use super::names::{Atom, NameId, PackageId, Provider, UNTAGGED, Universe};
use super::sparse::Sparse;
use std::collections::VecDeque;

/// What a name was decided to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice<'a> {
    /// Still open.
    Open,
    /// No package.
    Nothing,
    /// This one.
    Provider(Provider<'a>),
}

/// Which of the queues a name waits in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Queue {
    /// Nothing can change it any more: first in, first out.
    Settled,
    /// Can be chosen on its own: the highest order first.
    Automatic,
    /// Waits for something else to choose it: the highest order first.
    Manual,
}

#[derive(Clone, Debug)]
pub(super) struct NameState<'a> {
    pub choice: Choice<'a>,
    pub requirers: u32,
    /// The tags that the world asks for under this name.
    pub preferred: u64,
    pub waits: bool,
    pub dirty: bool,
    /// More than one provider can be chosen.
    pub has_options: bool,
    pub automatic: bool,
    /// All names that depend on it are decided, or nothing can be chosen for them.
    pub settled: bool,
    /// It is required, or a name in an install_if of one of its providers was required or
    /// decided. Names that nothing needs yet are not looked at.
    pub in_play: bool,
    /// The names in play whose providers depend on it.
    pub rdepends: Vec<NameId>,
    pub queue: Option<Queue>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PackageState {
    pub selectable: bool,
    pub conflicts: u32,
    /// The tags that it may be taken from.
    pub allowed: u64,
    /// Its install_if holds.
    pub triggered: bool,
}

/// Everything that the solver decides on.
pub(super) struct State<'u, 'a> {
    pub universe: &'u Universe<'a>,
    pub order: &'u Order<'u, 'a>,
    pub names: Sparse<NameState<'a>>,
    packages: Sparse<PackageState>,
    pub dirty: VecDeque<NameId>,
    /// The names that wait, in the order in which they came to their queue.
    pub settled: VecDeque<NameId>,
    pub automatic: std::collections::BinaryHeap<(u32, NameId)>,
    pub manual: std::collections::BinaryHeap<(u32, NameId)>,
    pub errors: u32,
}

impl<'u, 'a> State<'u, 'a> {
    pub fn new(universe: &'u Universe<'a>, order: &'u Order<'u, 'a>) -> Self {
        let name = NameState {
            choice: Choice::Open,
            requirers: 0,
            preferred: UNTAGGED,
            waits: false,
            dirty: false,
            has_options: false,
            automatic: false,
            settled: false,
            in_play: false,
            rdepends: Vec::new(),
            queue: None,
        };
        let package = PackageState {
            selectable: true,
            conflicts: 0,
            allowed: UNTAGGED,
            triggered: false,
        };
        State {
            universe,
            order,
            names: Sparse::new(universe.name_count(), name),
            packages: Sparse::new(universe.package_count(), package),
            dirty: VecDeque::new(),
            settled: VecDeque::new(),
            automatic: Default::default(),
            manual: Default::default(),
            errors: 0,
        }
    }

    pub fn name(&self, name: NameId) -> &NameState<'a> {
        &self.names[name]
    }

    pub fn package(&self, package: PackageId) -> PackageState {
        match self.packages.get(package) {
            Some(state) => *state,
            None => self.initial(package),
        }
    }

    pub fn package_mut(&mut self, package: PackageId) -> &mut PackageState {
        if self.packages.get(package).is_none() {
            self.packages[package] = self.initial(package);
        }
        &mut self.packages[package]
    }

    /// What is known of a package before anything was decided.
    fn initial(&self, package: PackageId) -> PackageState {
        let row = self.universe.package(package);
        let fits = fits_arch(row.arch(), self.universe.request.arch);
        PackageState {
            selectable: fits && !row.is_uninstallable(),
            conflicts: 0,
            allowed: UNTAGGED,
            triggered: false,
        }
    }

    /// The package that a name was decided to be.
    pub fn chosen(&self, name: NameId) -> Option<Provider<'a>> {
        match self.name(name).choice {
            Choice::Provider(p) => Some(p),
            _ => None,
        }
    }

    pub fn is_open(&self, name: NameId) -> bool {
        self.name(name).choice == Choice::Open
    }

    /// Whether the package may come from one of the repositories that have it.
    pub fn tag_allowed(&self, package: PackageId) -> bool {
        self.universe.tags(package) & self.package(package).allowed != 0
    }

    /// Whether a provider may be chosen under a name without being asked for by its own.
    pub fn is_automatic(&self, provider: &Provider<'a>) -> bool {
        let package = self.universe.package(provider.package);
        provider.version.is_some()
            || package.priority() > 0
            || self.name(package.name()).requirers > 0
    }

    /// Whether `owner` (`None`: the world) can live with this provider of the atom's name.
    /// What a package forbids others it may provide itself.
    pub fn fits(&self, owner: Option<PackageId>, atom: &Atom<'a>, provider: &Provider<'a>) -> bool {
        if atom.conflict {
            owner == Some(provider.package) || !self.universe.describes(atom, provider)
        } else {
            self.universe.describes(atom, provider)
        }
    }

    pub fn mark_dirty(&mut self, name: NameId) {
        let n = self.name(name);
        if !n.dirty && n.choice == Choice::Open && self.order.is_reached(name) {
            self.names[name].dirty = true;
            self.dirty.push_back(name);
        }
    }

    /// Looks again at all names in play that depend on a name, in hash order.
    pub fn mark_rdepends(&mut self, name: NameId) {
        if self.name(name).rdepends.is_empty() {
            return;
        }
        let mut names = std::mem::take(&mut self.names[name].rdepends);
        names.sort_unstable();
        names.iter().for_each(|n| self.mark_dirty(*n));
        self.names[name].rdepends = names;
    }

    /// Looks again at all whose install_if mentions a name.
    pub fn mark_triggered(&mut self, name: NameId) {
        for &n in self.universe.triggered(name) {
            self.bring_into_play(n);
            self.mark_dirty(n);
        }
    }

    /// From now on changes of what the name's providers depend on are of interest.
    pub fn bring_into_play(&mut self, name: NameId) {
        if std::mem::replace(&mut self.names[name].in_play, true) {
            return;
        }
        for package in self.universe.provider_packages(name) {
            for needed in self.universe.package(package).depends_names() {
                let list = &mut self.names[needed].rdepends;
                if list.last() != Some(&name) {
                    list.push(name);
                }
            }
        }
    }

    /// Adds a name to those that are to be decided.
    pub fn enqueue(&mut self, name: NameId) {
        let n = &mut self.names[name];
        if n.choice == Choice::Open && !n.waits {
            n.waits = true;
            self.requeue(name);
        }
    }

    /// Puts a waiting name into the queue that fits what is known of it now.
    pub fn requeue(&mut self, name: NameId) {
        let n = self.name(name);
        if !n.waits || n.choice != Choice::Open {
            return;
        }
        let queue = if n.settled && n.requirers > 0 && n.automatic && !n.has_options {
            Queue::Settled
        } else if n.automatic {
            Queue::Automatic
        } else {
            Queue::Manual
        };
        if n.queue == Some(queue) {
            return;
        }
        self.names[name].queue = Some(queue);
        let order = self.order.of(name);
        match queue {
            Queue::Settled => self.settled.push_back(name),
            Queue::Automatic => self.automatic.push((order, name)),
            Queue::Manual => self.manual.push((order, name)),
        }
    }

    /// The next name to decide.
    pub fn pick(&mut self) -> Option<NameId> {
        let is = |state: &Self, name: NameId, queue| {
            state.is_open(name) && state.name(name).queue == Some(queue)
        };
        while let Some(name) = self.settled.pop_front() {
            if is(self, name, Queue::Settled) {
                return Some(name);
            }
        }
        while let Some((_, name)) = self.automatic.pop() {
            if is(self, name, Queue::Automatic) {
                return Some(name);
            }
        }
        while let Some((_, name)) = self.manual.pop() {
            if is(self, name, Queue::Manual) {
                return Some(name);
            }
        }
        None
    }
}

/// Whether a package of one architecture can be installed into a root of another.
pub(super) fn fits_arch(package: &str, root: &str) -> bool {
    package == root || package == "noarch" || package.is_empty()
}
