//! Resolving anew with as little change as possible.
//!
//! Packages that were locked are taken again where an index still has them: their other versions
//! are hidden from the solver. Where that leaves no solution, the names that stand in its way
//! become free, until there is one.

use super::{LockedPackage, Update};
use crate::apk::catalogue::Catalogue;
use crate::apk::dependency::Dependency;
use crate::apk::identity::Identity;
use crate::apk::index::Index;
use crate::solver::{Solution, Unsolvable};
use std::collections::{HashMap, HashSet};

/// What to hold on to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preference<'a> {
    /// What was locked for the architecture.
    pub locked: &'a [LockedPackage],
    /// What shall move all the same.
    pub update: &'a Update,
}

/// Packages by name, other versions of which are not to be seen.
type Pins = HashMap<String, Identity>;

impl Preference<'_> {
    /// Solves with these indexes and their catalogue, in `solve`, and returns the indexes that
    /// the solution is of.
    pub(crate) fn solve(
        &self,
        indexes: Vec<Index>,
        catalogue: &Catalogue,
        solve: impl Fn(&[Index], &Catalogue) -> Result<Solution, Unsolvable>,
    ) -> Result<(Vec<Index>, Solution), Unsolvable> {
        if *self.update == Update::All {
            return solve(&indexes, catalogue).map(|solution| (indexes, solution));
        }
        let mut pins = self.pins(&indexes);
        if let Update::Names(names) = self.update {
            // They move to where they would be if nothing had been locked.
            let free = solve(&indexes, catalogue)?;
            pins.retain(|name, _| !names.contains(name));
            for selected in &free.install {
                let entry = indexes[selected.repository].entry(selected.position);
                if names.iter().any(|name| name == entry.name) {
                    pins.insert(entry.name.to_owned(), entry.identity);
                }
            }
        }
        while !pins.is_empty() {
            let mut seen = indexes.clone();
            for index in &mut seen {
                index.retain(|entry| {
                    pins.get(entry.name)
                        .is_none_or(|pin| entry.identity == *pin)
                });
            }
            let catalogue = Catalogue::new(&seen.iter().collect::<Vec<_>>());
            match solve(&seen, &catalogue) {
                Ok(solution) => return Ok((seen, solution)),
                Err(error) => self.release(&mut pins, &indexes, &error),
            }
        }
        solve(&indexes, catalogue).map(|solution| (indexes, solution))
    }

    /// The locked packages that an index still has.
    fn pins(&self, indexes: &[Index]) -> Pins {
        let there: HashSet<Identity> = indexes
            .iter()
            .flat_map(Index::entries)
            .map(|entry| entry.identity)
            .collect();
        let locked = self.locked.iter().filter(|p| there.contains(&p.identity));
        locked.map(|p| (p.name.clone(), p.identity)).collect()
    }

    /// Drops the pins that the problems have to do with: of the packages they name, and of those
    /// of which a hidden version provides a name that they name. All of them if there is none
    /// such. What is to be updated stays where it goes to as long as possible.
    fn release(&self, pins: &mut Pins, indexes: &[Index], error: &Unsolvable) {
        let texts = error.problems.iter().flat_map(|problem| {
            let items = problem.findings.iter().flat_map(|(_, items)| items);
            items.chain([&problem.subject])
        });
        let words: Vec<&str> = texts
            .flat_map(|text| text.split(|c: char| c.is_whitespace() || "[]".contains(c)))
            .collect();
        let names: HashSet<&str> = words
            .iter()
            .map(|word| word.trim_start_matches('!'))
            .filter_map(|word| word.split(['=', '<', '>', '~', '@']).next())
            .collect();
        let mentioned = |name: &str| {
            let version = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
            let full = |word: &&str| {
                let rest = word.strip_prefix(name).and_then(|r| r.strip_prefix('-'));
                rest.is_some_and(version)
            };
            names.contains(name) || words.iter().any(full)
        };
        let mut free: HashSet<String> = pins.keys().filter(|n| mentioned(n)).cloned().collect();
        for entry in indexes.iter().flat_map(Index::entries) {
            let hidden = pins
                .get(entry.name)
                .is_some_and(|pin| entry.identity != *pin);
            let provides = || {
                let mut words = entry.provides.split_ascii_whitespace();
                words.any(|word| {
                    Dependency::parse_provided(word).is_some_and(|p| names.contains(p.name))
                })
            };
            if hidden && !free.contains(entry.name) && provides() {
                free.insert(entry.name.to_owned());
            }
        }
        if let Update::Names(names) = self.update
            && free.iter().any(|name| !names.contains(name))
        {
            free.retain(|name| !names.contains(name));
        }
        match free.is_empty() {
            true => pins.clear(),
            false => pins.retain(|name, _| !free.contains(name)),
        }
    }
}
