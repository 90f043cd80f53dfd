//! What holds of every resolution, on worlds and repositories made up at random.

#[path = "resolve/world.rs"]
mod world;

use apkcompose::apk::dependency::{Constraint, Dependency};
use apkcompose::apk::index::Entry;
use apkcompose::apk::version::compare;
use apkcompose::solver::{Request, Solution, resolve};
use proptest::prelude::*;
use std::cmp::Ordering;
use world::World;

/// A version of few parts, so that equal and nearly equal ones come up.
fn version() -> impl Strategy<Value = String> {
    "[01]{1,2}(\\.[01]{1,2}){0,2}[ab]?(_(alpha|rc|git|p)[01]?)?(-r[01])?"
}

const ATOM: &str = "!?[a-f]([<>=~][123])?";
const TERM: &str = "[a-f]([<>=~][123])?";

/// A package by its fields, in the words of [`World::package`]; `terms` make its install_if.
fn package(terms: &'static str) -> impl Strategy<Value = String> {
    let list = |letter: char, pattern: &'static str, most: usize| {
        proptest::collection::vec(pattern, 0..=most).prop_map(move |atoms| match atoms.is_empty() {
            true => String::new(),
            false => format!(" {letter}:{}", atoms.join(",")),
        })
    };
    let provides = prop_oneof![
        3 => Just(String::new()),
        1 => "[x-z](=[12])?".prop_map(|p| format!(" p:{p} k:1")),
    ];
    (
        "[a-f]",
        "[123]",
        list('D', ATOM, 2),
        list('i', terms, 2),
        provides,
    )
        .prop_map(|(name, version, d, i, p)| format!("{name} {version}{d}{i}{p}"))
}

fn world(terms: &'static str) -> impl Strategy<Value = World> {
    let words = proptest::collection::vec("[a-fx-z]([<>=~][12])?|![a-f]", 1..4);
    (words, proptest::collection::vec(package(terms), 1..14)).prop_map(|(words, packages)| {
        packages
            .iter()
            .fold(World::new(&words.join(" ")), |world, p| world.package(p))
    })
}

/// A world in which every name stands for one package, and none keeps another away.
fn world_without_choice() -> impl Strategy<Value = World> {
    let words = proptest::collection::vec("[a-f]", 1..4);
    (words, proptest::collection::vec(package(TERM), 1..14)).prop_map(|(words, packages)| {
        let mut seen = Vec::new();
        let packages = packages
            .iter()
            .filter(|p| !p.contains(" p:") && !p.contains('!'));
        packages.fold(World::new(&words.join(" ")), |world, p| {
            let first = !seen.contains(&p[..1].to_owned());
            seen.push(p[..1].to_owned());
            if first { world.package(p) } else { world }
        })
    })
}

fn entries<'a>(request: &Request<'a>, solution: &Solution) -> Vec<Entry<'a>> {
    let selected = solution.install.iter();
    selected
        .map(|s| request.repositories[s.repository].index.entry(s.position))
        .collect()
}

/// Whether a package, under one of its names, is what the atom describes.
fn describes(atom: &Dependency<'_>, entry: &Entry<'_>) -> bool {
    let own = (entry.name, Some(entry.version));
    let provided = entry.provides.split(' ').filter(|word| !word.is_empty());
    let provided = provided.filter_map(|word| {
        let d = Dependency::parse_provided(word)?;
        let version = match d.constraint {
            Constraint::Version(_, version) => Some(version),
            _ => None,
        };
        Some((d.name, version))
    });
    std::iter::once(own)
        .chain(provided)
        .any(|(name, version)| name == atom.name && atom.describes(version, &entry.identity))
}

fn holds(atom: &Dependency<'_>, owner: Option<&Entry<'_>>, installed: &[Entry<'_>]) -> bool {
    let mut others = installed.iter();
    match atom.conflict {
        true => !others
            .any(|e| owner.is_none_or(|owner| owner.identity != e.identity) && describes(atom, e)),
        false => others.any(|e| describes(atom, e)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn versions_are_totally_ordered(a in version(), b in version(), c in version()) {
        prop_assert_eq!(compare(&a, &a), Ordering::Equal);
        prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        let mut row = [&a, &b, &c];
        row.sort_by(|x, y| compare(x, y));
        prop_assert!(compare(row[0], row[2]) != Ordering::Greater, "{:?}", row);
    }

    #[test]
    fn a_solution_meets_every_demand(world in world(ATOM)) {
        world.with_request(|request| {
            let Ok(solution) = resolve(request) else { return Ok(()) };
            let installed = entries(request, &solution);
            for atom in request.world {
                prop_assert!(holds(atom, None, &installed), "{atom}");
            }
            for entry in &installed {
                for word in entry.depends.split(' ').filter(|word| !word.is_empty()) {
                    let atom = Dependency::parse(word).unwrap();
                    prop_assert!(holds(&atom, Some(entry), &installed), "{} {atom}", entry.full_name());
                }
            }
            Ok(())
        })?;
    }

    /// The same request gives the same answer wherever and beside whatever it runs.
    #[test]
    fn threads_change_nothing(world in world(ATOM)) {
        world.with_request(|request| {
            let alone = resolve(request);
            let beside: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| resolve(request))).collect();
                threads.into_iter().map(|t| t.join().unwrap()).collect()
            });
            for result in beside {
                prop_assert_eq!(&result, &alone);
            }
            Ok(())
        })?;
    }

    /// Errors are as deterministic as solutions, and explaining them never panics.
    #[test]
    fn failures_are_explained(world in world(ATOM)) {
        world.with_request(|request| {
            if let Err(error) = resolve(request) {
                prop_assert!(!error.report(true).is_empty());
            }
            Ok(())
        })?;
    }

    /// Holds where every name stands for one package and none keeps another away. Where there is
    /// a choice it does not, for us as for `apk`: a package that a conflict kept away may be
    /// decided before the one that it is in conflict with; a name of the world is decided later than others, its package may be
    /// chosen under what it provides without being preferred, and a negated install_if may
    /// find it required.
    #[test]
    fn adding_what_was_chosen_changes_nothing_else(world in world_without_choice()) {
        let (names, first) = world.with_request(|request| {
            let Ok(solution) = resolve(request) else { return (Vec::new(), None) };
            let names: Vec<String> = solution.install.iter().map(|s| format!("{}={}", s.name, s.version)).collect();
            (names, Some(solution))
        });
        let Some(first) = first else { return Ok(()) };
        let mut expected: Vec<_> = first.install.iter().map(|s| s.position).collect();
        expected.sort_unstable();
        for name in names {
            world.clone().word(&name).with_request(|request| {
                let solution = resolve(request);
                prop_assert!(solution.is_ok(), "{name}: {solution:?}");
                let mut found: Vec<_> = solution.unwrap().install.iter().map(|s| s.position).collect();
                found.sort_unstable();
                prop_assert_eq!(&found, &expected, "{}", name);
                Ok(())
            })?;
        }
    }
}
