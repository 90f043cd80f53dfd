//! Choosing the packages of a world, exactly as `apk` chooses them.

mod advice;
mod chains;
mod discover;
mod explain;
mod names;
mod order;
mod report;
mod select;
mod sparse;
mod state;

use crate::apk::catalogue::Catalogue;
use crate::apk::dependency::{Dependency, compare_names};
use crate::apk::index::Index;
use discover::Order;
use names::{Atom, PackageId, Universe};
pub use report::{Label, Problem, Unsolvable};
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
    /// For messages, where each word of the world stands, such as `php.toml:3:13`; it may be
    /// shorter than the world.
    pub origins: &'a [String],
    /// In the order of preference.
    pub repositories: &'a [Repository<'a>],
    /// The architecture of the root; its packages and those of `noarch` fit.
    pub arch: &'a str,
}

/// A package to install.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selected {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
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

/// Chooses the packages that a world needs.
///
/// # Errors
/// When there is no such choice, or none that the solver finds: it decides name by name and
/// never takes a decision back, and so does `apk`.
pub fn resolve(request: &Request<'_>) -> Result<Solution, Unsolvable> {
    let indexes: Vec<&Index> = request.repositories.iter().map(|r| r.index).collect();
    resolve_in(request, &Catalogue::new(&indexes))
}

/// [`resolve`] with the catalogue of the request's indexes, which must be in their order.
///
/// # Errors
/// Those of [`resolve`].
pub fn resolve_in(request: &Request<'_>, catalogue: &Catalogue) -> Result<Solution, Unsolvable> {
    let mut universe = Universe::new(request, catalogue);
    let world = words(request, &mut universe);
    let names: Vec<_> = world.iter().map(|w| w.atom.name).collect();
    let order = discover::discover(&universe, &names);
    let (state, install) = decided(&universe, &order, &world);
    if state.errors > 0 {
        return Err(Unsolvable {
            problems: explain::explain(&state, &world, &install),
        });
    }
    Ok(solution(&state, install))
}

/// [`resolve_in`] while the indexes are still to be read: those of the request are empty ones in
/// their stead. `None` when there is no solution, and when a record has to be looked at, which
/// takes an atom that names an identity.
pub(crate) fn resolve_ahead(request: &Request<'_>, catalogue: &Catalogue) -> Option<Solution> {
    let mut universe = Universe::new(request, catalogue);
    let world = words(request, &mut universe);
    let names: Vec<_> = world.iter().map(|w| w.atom.name).collect();
    let order = discover::discover(&universe, &names);
    let (state, install) = decided(&universe, &order, &world);
    let known = state.errors == 0 && !universe.missed.get();
    known.then(|| solution(&state, install))
}

/// The words of the world in apk's order.
fn words<'a>(request: &'a Request<'a>, universe: &mut Universe<'a>) -> Vec<Word<'a>> {
    let mut sorted: Vec<(usize, &Dependency<'_>)> = request.world.iter().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| compare_names(a.name, b.name));
    sorted
        .iter()
        .map(|(at, d)| Word {
            atom: Atom {
                name: universe.number(d.name),
                conflict: d.conflict,
                constraint: d.constraint,
            },
            tags: universe.tag(d.tag),
            tag: d.tag,
            origin: request.origins.get(*at).map(String::as_str),
        })
        .collect()
}

/// Decides all names, and lists the packages that are chosen.
fn decided<'u, 'a>(
    universe: &'u Universe<'a>,
    order: &'u Order<'u, 'a>,
    world: &[Word<'a>],
) -> (State<'u, 'a>, Vec<PackageId>) {
    let mut state = State::new(universe, order);
    select::decide(&mut state, world);
    let install = order::order(&state, world);
    (state, install)
}

fn solution(state: &State<'_, '_>, install: Vec<PackageId>) -> Solution {
    let universe = state.universe;
    let selected = |id: PackageId| {
        let (row, tags) = (universe.package(id), universe.tags(id));
        let mut tag = None;
        if tags & names::UNTAGGED == 0 {
            tag = universe.tag_names(tags & state.package(id).allowed).next();
        }
        Selected {
            name: universe.name(row.name()).to_owned(),
            version: universe.version(id).to_owned(),
            repository: row.index(),
            position: row.position(),
            tag: tag.map(str::to_owned),
        }
    };
    Solution {
        install: install.into_iter().map(selected).collect(),
    }
}
