//! Choosing the packages of a world, exactly as `apk` chooses them (SPEC.md section 4).

mod discover;
mod explain;
mod names;
mod order;
mod report;
mod select;
mod state;

use crate::apk::dependency::Dependency;
use crate::apk::index::Index;
use names::{Atom, Universe};
pub use report::{Label, Problem};
use select::Word;
use state::State;

/// A repository that packages can come from.
#[derive(Clone, Copy, Debug)]
pub struct Repository<'a> {
    /// Its packages.
    pub index: &'a Index,
    /// The tag, without `@`, that the world must name to have packages from it.
    pub tag: Option<&'a str>,
    /// What messages call it: its address without credentials.
    pub name: &'a str,
}

/// What is to be resolved.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is wanted; the order does not matter.
    pub world: &'a [Dependency<'a>],
    /// In the order of preference.
    pub repositories: &'a [Repository<'a>],
    /// The architecture of the root; its packages and those of `noarch` fit.
    pub arch: &'a str,
}

/// A package to install.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selected {
    /// The first repository of the request that has it.
    pub repository: usize,
    /// Its place in that repository's index.
    pub position: usize,
    /// The tag that the database records for it (`s:`).
    pub tag: Option<String>,
}

/// The packages of a world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Solution {
    /// In the order of installation.
    pub install: Vec<Selected>,
}

/// Why a world cannot be had.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("unable to select packages{}", report::lines(.problems))]
pub struct Unsolvable {
    /// The packages and names that stand in the way, dependencies before what needs them.
    pub problems: Vec<Problem>,
}

/// Chooses the packages that a world needs.
///
/// # Errors
/// When there is no such choice, or none that the solver finds: it decides name by name and
/// never takes a decision back, and so does `apk`.
pub fn resolve(request: &Request<'_>) -> Result<Solution, Unsolvable> {
    let Some(mut universe) = Universe::new(request) else {
        return Err(Unsolvable {
            problems: Vec::new(),
        });
    };
    let mut sorted: Vec<&Dependency<'_>> = request.world.iter().collect();
    sorted.sort_by(|a, b| compare_names(a.name, b.name));
    let world: Vec<Word<'_>> = sorted
        .iter()
        .map(|d| Word {
            atom: Atom {
                name: universe.name(d.name),
                conflict: d.conflict,
                constraint: d.constraint,
            },
            tags: universe.tag(d.tag),
        })
        .collect();
    let names: Vec<_> = world.iter().map(|w| w.atom.name).collect();
    let found = discover::discover(&mut universe, &names);
    let mut state = State::new(&universe, &found, request.arch);
    select::decide(&mut state, &world);
    let install = order::order(&state, &world);
    if state.errors > 0 {
        return Err(Unsolvable {
            problems: explain::explain(&state, request, &world, &install),
        });
    }
    let install = install
        .into_iter()
        .map(|id| {
            let p = &universe.packages[id as usize];
            let tagged = p.tags & names::UNTAGGED == 0;
            let tag = tagged.then(|| universe.tag_name(p.tags & state.package(id).allowed));
            Selected {
                repository: p.repository as usize,
                position: p.position as usize,
                tag: tag.flatten().map(str::to_owned),
            }
        })
        .collect();
    Ok(Solution { install })
}

/// The order of names in the world: by letters alone, then by bytes.
fn compare_names(a: &str, b: &str) -> std::cmp::Ordering {
    let lower = |s: &'_ str| {
        s.bytes()
            .map(|b| b.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    lower(a).cmp(&lower(b)).then_with(|| a.cmp(b))
}
