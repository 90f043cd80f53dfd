//! From the world to a package: who asked for what, by the shortest way.

use super::names::{Atom, PackageId};
use super::select::Word;
use super::state::State;
use crate::apk::dependency::Dependency;
use std::collections::VecDeque;

/// One demand: who asks, and what for.
pub(super) struct Demand<'a> {
    /// `None`: the world.
    pub owner: Option<PackageId>,
    pub atom: Atom<'a>,
    /// The atom as it is written.
    pub text: String,
    /// Where the world's word stands, if that is known.
    pub origin: Option<&'a str>,
}

impl Demand<'_> {
    /// The demand as `apk` writes it: `name-version[atom]` or `world[atom]`.
    pub fn apk(&self, state: &State<'_, '_>) -> String {
        match self.owner {
            None => format!("world[{}]", self.text),
            Some(package) => format!("{}[{}]", state.universe.full_name(package), self.text),
        }
    }

    /// The demand for people: `php~8 (php.toml:3:13)` or `php82-8.2.20-r0 (so:libxml2.so.2)`.
    pub fn short(&self, state: &State<'_, '_>) -> String {
        match (self.owner, self.origin) {
            (Some(package), _) => format!("{} ({})", state.universe.full_name(package), self.text),
            (None, Some(origin)) => format!("{} ({origin})", self.text),
            (None, None) => format!("{} (asked for directly)", self.text),
        }
    }
}

/// The demands of the world, then of the chosen packages by name.
pub(super) fn demands<'a>(
    state: &State<'_, 'a>,
    world: &[Word<'a>],
    chosen: &[PackageId],
) -> Vec<Demand<'a>> {
    let universe = state.universe;
    let of_world = world.iter().map(|word| Demand {
        owner: None,
        text: atom_text(state, &word.atom, universe.tag_names(word.tags).next()),
        atom: word.atom,
        origin: word.origin,
    });
    let mut sorted = chosen.to_vec();
    sorted.sort_by_key(|p| universe.full_name(*p));
    let of_packages = sorted.into_iter().flat_map(|package| {
        universe.depends(package).map(move |atom| Demand {
            owner: Some(package),
            text: atom_text(state, &atom, None),
            atom,
            origin: None,
        })
    });
    of_world.chain(of_packages).collect()
}

/// An atom as it is written.
pub(super) fn atom_text(state: &State<'_, '_>, atom: &Atom<'_>, tag: Option<&str>) -> String {
    Dependency {
        conflict: atom.conflict,
        name: state.universe.name(atom.name),
        tag,
        constraint: atom.constraint,
    }
    .to_string()
}

/// The shortest way from the world to every chosen package.
pub(super) struct Chains {
    /// By package: the demand that leads to it, as a place in the list of demands.
    led_by: Vec<Option<u32>>,
}

impl Chains {
    pub fn new(state: &State<'_, '_>, demands: &[Demand<'_>]) -> Chains {
        let mut led_by = vec![None; state.universe.package_count()];
        let mut of_package = vec![Vec::new(); state.universe.package_count()];
        let mut queue = VecDeque::new();
        let mut reach = |place: u32, queue: &mut VecDeque<PackageId>| {
            let atom = &demands[place as usize].atom;
            let Some(p) = state.chosen(atom.name).filter(|_| !atom.conflict) else {
                return;
            };
            let slot = &mut led_by[p.package as usize];
            if slot.is_none() {
                *slot = Some(place);
                queue.push_back(p.package);
            }
        };
        for (place, demand) in demands.iter().enumerate() {
            match demand.owner {
                None => reach(place as u32, &mut queue),
                Some(owner) => of_package[owner as usize].push(place as u32),
            }
        }
        while let Some(package) = queue.pop_front() {
            for place in std::mem::take(&mut of_package[package as usize]) {
                reach(place, &mut queue);
            }
        }
        Chains { led_by }
    }

    /// `php (php.toml:3:13) → php82-8.2.20-r0 → so:libxml2.so.2`, and whether it begins with the
    /// world: a package that is installed because others are has nobody who asks for it.
    pub fn text(
        &self,
        state: &State<'_, '_>,
        demands: &[Demand<'_>],
        last: &Demand<'_>,
    ) -> (bool, String) {
        let mut parts = Vec::new();
        let mut owner = last.owner;
        let mut first = last;
        if owner.is_some() {
            parts.push(last.text.clone());
        }
        while let Some(package) = owner {
            parts.push(state.universe.full_name(package));
            let Some(place) = self.led_by[package as usize] else {
                parts.reverse();
                return (false, parts.join(" → "));
            };
            first = &demands[place as usize];
            owner = first.owner;
        }
        parts.push(first.short(state));
        parts.reverse();
        (true, parts.join(" → "))
    }
}
