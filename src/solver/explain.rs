//! Finding out what stands in the way, after the solver has gone wrong.
//!
//! The solver decides every name even when one cannot be had, so that afterwards all that was
//! chosen can be searched for what does not fit together.

use super::names::{Atom, NameId, PackageId, Provider};
use super::report::{Label, Problem};
use super::select::Word;
use super::state::{Choice, State, fits_arch};
use crate::apk::dependency::{Constraint, Dependency};

/// One demand: who asks, and what for.
struct Demand<'a> {
    owner: Option<PackageId>,
    text: String,
    atom: Atom<'a>,
}

/// Lists what stands in the way.
pub(super) fn explain<'a>(
    state: &State<'_, 'a>,
    world: &[Word<'a>],
    chosen: &[PackageId],
) -> Vec<Problem> {
    let explainer = Explainer {
        state,
        demands: demands(state, world, chosen),
        chosen,
    };
    let mut problems = Vec::new();
    for subject in subjects(state, world) {
        let problem = match subject {
            Subject::Package(package) => explainer.package(package),
            Subject::Name(name) => explainer.name(name),
        };
        problems.extend(problem);
    }
    problems
}

enum Subject {
    Package(PackageId),
    Name(NameId),
}

/// All that the world leads to, dependencies first.
fn subjects(state: &State<'_, '_>, world: &[Word<'_>]) -> Vec<Subject> {
    enum Step<'a> {
        Atom(Atom<'a>),
        Emit(PackageId),
    }
    let mut seen_names = vec![false; state.names.len()];
    let mut seen_packages = vec![false; state.packages.len()];
    let mut out = Vec::new();
    for word in world {
        let mut stack = vec![Step::Atom(word.atom)];
        while let Some(step) = stack.pop() {
            let atom = match step {
                Step::Emit(package) => {
                    out.push(Subject::Package(package));
                    continue;
                }
                Step::Atom(atom) => atom,
            };
            match state.chosen(atom.name) {
                Some(p) => {
                    if !std::mem::replace(&mut seen_packages[p.package as usize], true) {
                        stack.push(Step::Emit(p.package));
                        let depends = state.universe.depends(p.package).rev();
                        stack.extend(depends.map(Step::Atom));
                    }
                }
                None if atom.conflict => {}
                None => {
                    if !std::mem::replace(&mut seen_names[atom.name as usize], true) {
                        out.push(Subject::Name(atom.name));
                    }
                }
            }
        }
    }
    out
}

/// The demands of the world, then of the chosen packages by name.
fn demands<'a>(state: &State<'_, 'a>, world: &[Word<'a>], chosen: &[PackageId]) -> Vec<Demand<'a>> {
    let universe = state.universe;
    let mut demands = Vec::new();
    for word in world {
        let tag = universe.tag_names(word.tags).next();
        demands.push(Demand {
            owner: None,
            text: format!("world[{}]", atom_text(state, &word.atom, tag)),
            atom: word.atom,
        });
    }
    let mut sorted = chosen.to_vec();
    sorted.sort_by_key(|p| universe.full_name(*p));
    for package in sorted {
        for atom in universe.depends(package) {
            let text = atom_text(state, &atom, None);
            demands.push(Demand {
                owner: Some(package),
                text: format!("{}[{text}]", universe.full_name(package)),
                atom,
            });
        }
    }
    demands
}

fn atom_text(state: &State<'_, '_>, atom: &Atom<'_>, tag: Option<&str>) -> String {
    Dependency {
        conflict: atom.conflict,
        name: state.universe.name(atom.name),
        tag,
        constraint: atom.constraint,
    }
    .to_string()
}

struct Explainer<'s, 'u, 'a> {
    state: &'s State<'u, 'a>,
    demands: Vec<Demand<'a>>,
    chosen: &'s [PackageId],
}

impl<'a> Explainer<'_, '_, 'a> {
    /// A name that is required and that nothing was chosen for.
    fn name(&self, name: NameId) -> Option<Problem> {
        let universe = self.state.universe;
        let text = universe.name(name);
        let required: Vec<String> = self
            .demands
            .iter()
            .filter(|d| d.atom.name == name && !d.atom.conflict)
            .map(|d| d.text.clone())
            .collect();
        let providers: Vec<_> = universe.providers(name).collect();
        let mut findings = Vec::new();
        let kind = if providers.is_empty() {
            "no such package"
        } else {
            findings.push((
                Label::Note,
                vec!["please select one of the 'provided by' packages explicitly".to_owned()],
            ));
            let mut names: Vec<String> = Vec::new();
            for p in providers {
                let text = universe.name(universe.package(p.package).name).to_owned();
                if !names.contains(&text) {
                    names.push(text);
                }
            }
            findings.push((Label::ProvidedBy, names));
            "virtual"
        };
        findings.push((Label::RequiredBy, required));
        Some(Problem {
            subject: format!("{text} ({kind})"),
            findings,
        })
    }

    /// A chosen package, if there is something wrong with it.
    fn package(&self, package: PackageId) -> Option<Problem> {
        let state = self.state;
        let mut findings = self.uninstallable(package);
        if findings.is_empty() && !state.tag_allowed(package) {
            let tags = state.universe.tag_names(state.universe.tags(package));
            findings.push((Label::MaskedIn, tags.map(|tag| format!("@{tag}")).collect()));
        }
        let conflicts = self.conflicts(package);
        if !conflicts.is_empty() {
            findings.push((Label::Conflicts, conflicts));
        }
        let (mut breaks, mut satisfies) = (Vec::new(), Vec::new());
        for demand in &self.demands {
            let Some(provider) = self.provider(package, demand.atom.name) else {
                continue;
            };
            let taken = matches!(state.name(demand.atom.name).choice,
                Choice::Provider(p) if p.package == package);
            let fits = state.fits(demand.owner, &demand.atom, &provider);
            if !fits && (taken || demand.atom.conflict) {
                breaks.push(demand.text.clone());
            } else if fits && taken && !demand.atom.conflict {
                satisfies.push(demand.text.clone());
            }
        }
        if !breaks.is_empty() {
            findings.push((Label::Breaks, breaks));
        }
        if findings.is_empty() {
            return None;
        }
        if !satisfies.is_empty() {
            findings.push((Label::Satisfies, satisfies));
        }
        Some(Problem {
            subject: state.universe.full_name(package),
            findings,
        })
    }

    /// The package under one of its names.
    fn provider(&self, package: PackageId, name: NameId) -> Option<Provider<'a>> {
        let mut names = self.state.universe.names_of(package);
        let (_, version) = names.find(|(n, _)| *n == name)?;
        Some(Provider { package, version })
    }

    fn uninstallable(&self, package: PackageId) -> Vec<(Label, Vec<String>)> {
        let universe = self.state.universe;
        let (p, arch) = (universe.package(package), universe.arch(package));
        let wrong_arch = !fits_arch(arch, universe.request.arch);
        let mut findings = Vec::new();
        if !p.uninstallable && !wrong_arch {
            return findings;
        }
        findings.push((Label::Error, vec!["uninstallable".to_owned()]));
        if wrong_arch {
            findings.push((Label::Arch, vec![arch.to_owned()]));
        }
        let index = universe.request.repositories[p.index as usize].index;
        let entry = index.entry(p.position as usize);
        for (label, list) in [
            (Label::Depends, entry.depends),
            (Label::Provides, entry.provides),
        ] {
            let bad: Vec<String> = list
                .split(' ')
                .filter(|a| !a.is_empty() && Dependency::parse(a).is_err())
                .map(str::to_owned)
                .collect();
            if !bad.is_empty() {
                findings.push((label, bad));
            }
        }
        findings
    }

    /// The other chosen packages that bear or provide a name of this one.
    fn conflicts(&self, package: PackageId) -> Vec<String> {
        let state = self.state;
        let mut out = Vec::new();
        for (i, (name, version)) in state.universe.names_of(package).enumerate() {
            for other in self.chosen {
                if *other == package {
                    continue;
                }
                let Some(p) = self.provider(*other, name) else {
                    continue;
                };
                if p.version.is_none() && version.is_none() {
                    continue;
                }
                let text = state.universe.full_name(*other);
                if i == 0 {
                    out.push(text);
                    continue;
                }
                let constraint = match version {
                    Some(v) => Constraint::Version(crate::apk::dependency::Op::EQUAL, v),
                    None => Constraint::Any,
                };
                let atom = Atom {
                    name,
                    conflict: false,
                    constraint,
                };
                out.push(format!("{text}[{}]", atom_text(state, &atom, None)));
            }
        }
        out
    }
}
