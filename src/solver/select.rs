//! Applying constraints, weighing candidates and deciding names.

use super::names::{Atom, NameId, PackageId, Provider, UNTAGGED};
use super::state::{Choice, State};
use crate::apk::version;
use std::cmp::Ordering;

/// A word of the world with its name's number.
pub(super) struct Word<'a> {
    pub atom: Atom<'a>,
    /// The set of its tag; [`UNTAGGED`] without one.
    pub tags: u64,
    /// The tag itself.
    pub tag: Option<&'a str>,
    /// Where it stands, for messages.
    pub origin: Option<&'a str>,
}

/// Decides every name that the world leads to.
pub(super) fn decide<'a>(state: &mut State<'_, 'a>, world: &[Word<'a>]) {
    for word in world {
        if word.tags != UNTAGGED {
            state.names[word.atom.name].preferred = word.tags;
        }
        state.apply(None, word.tags, &word.atom);
    }
    loop {
        while let Some(name) = state.dirty.pop_front() {
            state.names[name].dirty = false;
            state.reconsider(name);
        }
        match state.pick() {
            Some(name) => state.decide(name),
            None => break,
        }
    }
}

impl<'a> State<'_, 'a> {
    /// Applies what `owner` (`None`: the world) asks, allowing what it is allowed.
    fn apply(&mut self, owner: Option<PackageId>, tags: u64, atom: &Atom<'a>) {
        let universe = self.universe;
        for provider in universe.providers(atom.name) {
            if !self.fits(owner, atom, &provider) {
                self.package_mut(provider.package).conflicts += 1;
                self.disqualify(provider.package);
            } else if !atom.conflict {
                self.package_mut(provider.package).allowed |= tags;
            }
        }
        let met = match self.name(atom.name).choice {
            Choice::Open => true,
            Choice::Nothing => atom.conflict,
            Choice::Provider(p) => self.fits(owner, atom, &p),
        };
        if !met {
            self.errors += 1;
        }
        if !atom.conflict {
            self.require(atom.name);
        }
    }

    /// Counts one more that needs the name.
    fn require(&mut self, name: NameId) {
        let n = &mut self.names[name];
        n.requirers += 1;
        if n.requirers == 1 {
            self.bring_into_play(name);
            self.enqueue(name);
            self.mark_dirty(name);
            self.mark_triggered(name);
        }
    }

    fn disqualify(&mut self, package: PackageId) {
        if !std::mem::replace(&mut self.package_mut(package).selectable, false) {
            return;
        }
        let universe = self.universe;
        for (name, _) in universe.names_of(package) {
            self.mark_dirty(name);
            self.mark_rdepends(name);
        }
    }

    /// Whether something that the atom accepts can still be had.
    fn is_satisfiable(&self, owner: PackageId, atom: &Atom<'a>) -> bool {
        match self.name(atom.name).choice {
            Choice::Provider(p) => return self.fits(Some(owner), atom, &p),
            Choice::Nothing => return atom.conflict,
            Choice::Open => {}
        }
        if self.name(atom.name).requirers == 0 && atom.conflict {
            return true;
        }
        self.universe
            .providers(atom.name)
            .any(|p| self.package(p.package).selectable && self.fits(Some(owner), atom, &p))
    }

    /// Looks at a name again after something that it hangs on has changed.
    fn reconsider(&mut self, name: NameId) {
        if !self.is_open(name) {
            return;
        }
        let universe = self.universe;
        for p in universe.providers(name) {
            if self.package(p.package).selectable {
                let mut depends = universe.depends(p.package);
                if depends.any(|a| !self.is_satisfiable(p.package, &a)) {
                    self.disqualify(p.package);
                }
            }
            if self.package(p.package).selectable && !self.package(p.package).triggered {
                self.evaluate_install_if(p.package);
            }
        }
        self.merge_candidates(name);

        let (mut options, mut automatic) = (0, false);
        for p in universe.providers(name) {
            automatic |= self.is_automatic(&p);
            if self.package(p.package).selectable {
                options += 1;
            }
        }
        let settled = self
            .name(name)
            .rdepends
            .iter()
            .all(|n| !self.is_open(*n) || !self.has_candidates(*n));
        let n = &mut self.names[name];
        n.has_options = options > 1;
        n.automatic = automatic;
        n.settled = settled;
        self.requeue(name);
    }

    /// A package whose install_if holds is installed unasked.
    fn evaluate_install_if(&mut self, package: PackageId) {
        let universe = self.universe;
        let (mut tags, mut has_terms) = (0, false);
        for term in universe.install_if(package) {
            has_terms = true;
            let n = self.name(term.name);
            match n.choice {
                Choice::Open if term.conflict && n.requirers == 0 => {}
                Choice::Open => return,
                Choice::Nothing if term.conflict => {}
                Choice::Nothing => return,
                Choice::Provider(p) => {
                    if !self.fits(None, &term, &p) {
                        return;
                    }
                    tags |= self.package(p.package).allowed;
                }
            }
        }
        if !has_terms {
            return;
        }
        let p = self.package_mut(package);
        p.triggered = true;
        p.allowed |= tags;
        let name = universe.package(package).name();
        self.mark_dirty(name);
        self.enqueue(name);
    }

    /// Whether a provider of the name comes into question: with nothing that requires the name,
    /// only those whose install_if holds do.
    fn comes_into_question(&self, name: NameId, provider: &Provider<'a>) -> bool {
        self.name(name).requirers > 0
            || (self.package(provider.package).triggered
                && self.universe.package(provider.package).name() == name)
    }

    /// Whether a provider of the name can still be chosen.
    fn has_candidates(&self, name: NameId) -> bool {
        let mut providers = self.universe.providers(name);
        providers.any(|p| self.package(p.package).selectable && self.comes_into_question(name, &p))
    }

    /// Acts on what all candidates of a name have in common.
    fn merge_candidates(&mut self, name: NameId) {
        let universe = self.universe;
        let candidates: Vec<Provider<'a>> = universe
            .providers(name)
            .filter(|p| self.package(p.package).selectable && self.comes_into_question(name, p))
            .collect();
        let Some((first, others)) = candidates.split_first() else {
            return;
        };
        if others.is_empty() {
            let tags = self.package(first.package).allowed;
            for atom in universe.depends(first.package) {
                self.apply(Some(first.package), tags, &atom);
            }
        } else {
            for atom in universe.depends(first.package) {
                let asks = |p: &Provider<'a>| {
                    universe
                        .depends(p.package)
                        .any(|a| a.name == atom.name && !a.conflict)
                };
                if !atom.conflict && others.iter().all(asks) {
                    self.require(atom.name);
                }
            }
        }
        self.merge_provides(name, &candidates);
    }

    /// A name that every candidate provides is as good as taken by them.
    fn merge_provides(&mut self, name: NameId, candidates: &[Provider<'a>]) {
        let universe = self.universe;
        let Some((first, others)) = candidates.split_first() else {
            return;
        };
        for (shared, version) in universe.names_of(first.package) {
            if shared == name {
                continue;
            }
            let version_of = |p: &Provider<'a>| {
                universe
                    .names_of(p.package)
                    .find_map(|(n, v)| (n == shared).then_some(v))
            };
            let mut is_virtual = version.is_none();
            let mut by_all = true;
            for other in others {
                match version_of(other) {
                    Some(v) => is_virtual |= v.is_none(),
                    None => by_all = false,
                }
            }
            if !by_all {
                continue;
            }
            for p in universe.providers(shared) {
                let spared = is_virtual && p.version.is_none();
                let provides = universe.names_of(p.package).any(|(n, _)| n == name);
                if !spared && !provides {
                    self.disqualify(p.package);
                }
            }
        }
    }

    /// The order of two providers of one name: the better is the greater.
    fn compare(&self, a: &Provider<'a>, b: &Provider<'a>) -> Ordering {
        let state = |p: &Provider<'a>| self.package(p.package);
        let universe = self.universe;
        let package = |p: &Provider<'a>| universe.package(p.package);
        let preferred = |p: &Provider<'a>| {
            let wanted = self.name(package(p).name()).preferred;
            universe.tags(p.package) & wanted != 0
        };
        let versions = match (a.version, b.version) {
            (Some(a), Some(b)) => version::compare(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let own = || {
            if package(a).name() == package(b).name() {
                version::compare(universe.version(a.package), universe.version(b.package))
            } else {
                Ordering::Equal
            }
        };
        state(a)
            .selectable
            .cmp(&state(b).selectable)
            .then_with(|| state(b).conflicts.cmp(&state(a).conflicts))
            .then_with(|| {
                self.tag_allowed(a.package)
                    .cmp(&self.tag_allowed(b.package))
            })
            .then_with(|| preferred(a).cmp(&preferred(b)))
            .then(versions)
            .then_with(own)
            .then_with(|| package(a).priority().cmp(&package(b).priority()))
            .then_with(|| package(b).index().cmp(&package(a).index()))
    }

    /// Decides a name for good.
    fn decide(&mut self, name: NameId) {
        let universe = self.universe;
        let mut best: Option<Provider<'a>> = None;
        for p in universe.providers(name) {
            if !self.comes_into_question(name, &p) || !self.is_automatic(&p) {
                continue;
            }
            if best.is_none_or(|b| self.compare(&p, &b) == Ordering::Greater) {
                best = Some(p);
            }
        }
        let possible =
            |p: &Provider<'a>| self.package(p.package).selectable && self.tag_allowed(p.package);
        let required = self.name(name).requirers > 0;
        // What nothing requires need not be had.
        let best = best.filter(|p| required || possible(p));
        let Some(best) = best else {
            self.errors += u32::from(required);
            self.names[name].choice = Choice::Nothing;
            self.mark_rdepends(name);
            self.mark_triggered(name);
            return;
        };
        if !possible(&best) {
            self.errors += 1;
        }
        self.assign(name, best);
        for (n, version) in universe.names_of(best.package) {
            if n != name {
                self.assign(
                    n,
                    Provider {
                        package: best.package,
                        version,
                    },
                );
            }
        }
        let tags = self.package(best.package).allowed;
        for atom in universe.depends(best.package) {
            self.apply(Some(best.package), tags, &atom);
        }
    }

    fn assign(&mut self, name: NameId, provider: Provider<'a>) {
        let universe = self.universe;
        match self.name(name).choice {
            Choice::Provider(p) if p.package == provider.package => return,
            Choice::Provider(p) => {
                if p.version.is_some() || provider.version.is_some() {
                    self.errors += 1;
                }
                return;
            }
            Choice::Nothing => {
                self.errors += 1;
                return;
            }
            Choice::Open => {}
        }
        self.names[name].choice = Choice::Provider(provider);
        for p in universe.providers(name) {
            let both_unversioned = p.version.is_none() && provider.version.is_none();
            if p.package != provider.package && !both_unversioned {
                self.disqualify(p.package);
            }
        }
        self.mark_rdepends(name);
        self.mark_triggered(name);
    }
}
