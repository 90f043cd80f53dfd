//! Finding out what stands in the way, after the solver has gone wrong.
//!
//! The solver decides every name even when one cannot be had, so that afterwards all that was
//! chosen can be searched for what does not fit together.

use super::advice::Advice;
use super::chains::{Chains, Demand, atom_text, demands};
use super::names::{Atom, NameId, PackageId, Provider};
use super::report::{Label, Problem};
use super::select::Word;
use super::state::{Choice, State, fits_arch};
use crate::apk::dependency::{Constraint, Dependency, Op};

/// Lists what stands in the way.
pub(super) fn explain<'a>(
    state: &State<'_, 'a>,
    world: &[Word<'a>],
    chosen: &[PackageId],
) -> Vec<Problem> {
    let mut problems = search(state, world, chosen);
    if problems.is_empty() {
        // What was decided on the way but is not to be installed may be what is in the way.
        let decided = |package: &PackageId| {
            let own = state.universe.package(*package).name();
            let taken = state.chosen(own).is_some_and(|p| p.package == *package);
            taken || chosen.contains(package)
        };
        let all = 0..state.universe.package_count() as PackageId;
        problems = search(state, world, &all.filter(decided).collect::<Vec<_>>());
    }
    problems
}

fn search<'a>(state: &State<'_, 'a>, world: &[Word<'a>], chosen: &[PackageId]) -> Vec<Problem> {
    let demands = demands(state, world, chosen);
    let chains = Chains::new(state, &demands);
    let explainer = Explainer {
        state,
        world,
        demands,
        chains,
        chosen,
    };
    let subjects = subjects(state, world);
    let problems = subjects.iter().filter_map(|subject| match subject {
        Subject::Package(package) => explainer.package(*package),
        Subject::Name(name) => Some(explainer.name(*name)),
    });
    problems.collect()
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
    let mut seen_names = vec![false; state.universe.name_count()];
    let mut seen_packages = vec![false; state.universe.package_count()];
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

/// Two chosen packages that cannot be together.
pub(super) struct Conflict {
    pub other: PackageId,
    /// The name that both bear or provide.
    pub name: NameId,
    /// The other package and the name, as `apk` writes it.
    apk: String,
}

pub(super) struct Explainer<'s, 'u, 'a> {
    pub state: &'s State<'u, 'a>,
    pub world: &'s [Word<'a>],
    demands: Vec<Demand<'a>>,
    chains: Chains,
    chosen: &'s [PackageId],
}

impl<'a> Explainer<'_, '_, 'a> {
    /// A name that is required and that nothing was chosen for.
    fn name(&self, name: NameId) -> Problem {
        let universe = self.state.universe;
        let required: Vec<&Demand<'_>> = self
            .demands
            .iter()
            .filter(|d| d.atom.name == name && !d.atom.conflict)
            .collect();
        let mut providers: Vec<&str> = Vec::new();
        for p in universe.providers(name) {
            let own = universe.name(universe.package(p.package).name());
            if !providers.contains(&own) {
                providers.push(own);
            }
        }
        let text = universe.name(name);
        let mut findings = Vec::new();
        let (kind, advice) = if providers.is_empty() {
            ("no such package", Advice::missing(self, text))
        } else {
            let note = "please select one of the 'provided by' packages explicitly";
            findings.push((Label::Note, vec![note.to_owned()]));
            let owned = providers.iter().map(|p| (*p).to_owned());
            findings.push((Label::ProvidedBy, owned.collect()));
            ("virtual", Advice::ambiguous(text, &providers))
        };
        findings.push((Label::RequiredBy, self.apk(&required)));
        self.problem(format!("{text} ({kind})"), findings, advice, &required)
    }

    /// A chosen package, if there is something wrong with it.
    fn package(&self, package: PackageId) -> Option<Problem> {
        let state = self.state;
        let mut findings = self.uninstallable(package);
        let mut advice = None;
        if !findings.is_empty() {
            advice = Some(Advice::uninstallable(self, package, &findings));
        } else if !state.tag_allowed(package) {
            let tags = state.universe.tag_names(state.universe.tags(package));
            let tags: Vec<String> = tags.map(|tag| format!("@{tag}")).collect();
            advice = Some(Advice::masked(self, package, &tags));
            findings.push((Label::MaskedIn, tags));
        }
        let (breaks, satisfies) = self.demands_on(package);
        let conflicts = self.conflicts(package);
        if !conflicts.is_empty() {
            advice.get_or_insert_with(|| Advice::conflict(self, package, &conflicts));
            let apk = conflicts.into_iter().map(|c| c.apk);
            findings.push((Label::Conflicts, apk.collect()));
        }
        if !breaks.is_empty() {
            advice.get_or_insert_with(|| Advice::broken(self, package, &breaks, &satisfies));
            findings.push((Label::Breaks, self.apk(&breaks)));
        }
        let advice = advice?;
        if !satisfies.is_empty() {
            findings.push((Label::Satisfies, self.apk(&satisfies)));
        }
        let wanted = if satisfies.is_empty() {
            breaks
        } else {
            satisfies
        };
        let subject = state.universe.full_name(package);
        Some(self.problem(subject, findings, advice, &wanted))
    }

    fn problem(
        &self,
        subject: String,
        findings: Vec<(Label, Vec<String>)>,
        advice: Advice,
        wanted: &[&Demand<'_>],
    ) -> Problem {
        let chain = |demand: &&Demand<'_>| self.chains.text(self.state, &self.demands, demand);
        let mut wanted: Vec<(bool, String)> = wanted.iter().map(chain).collect();
        // The ways from the world first, the shortest of them foremost.
        wanted.sort_by_key(|(from_world, chain)| (!from_world, chain.matches('→').count()));
        let wanted = wanted.into_iter().map(|(_, chain)| chain).collect();
        Problem {
            subject,
            findings,
            summary: advice.summary,
            wanted_by: wanted,
            help: advice.help,
        }
    }

    fn apk(&self, demands: &[&Demand<'_>]) -> Vec<String> {
        demands.iter().map(|d| d.apk(self.state)).collect()
    }

    /// The demands that a package does not meet, and those that it does.
    fn demands_on(&self, package: PackageId) -> (Vec<&Demand<'a>>, Vec<&Demand<'a>>) {
        let (mut breaks, mut satisfies) = (Vec::new(), Vec::new());
        for demand in &self.demands {
            let Some(provider) = self.provider(package, demand.atom.name) else {
                continue;
            };
            let taken = matches!(self.state.name(demand.atom.name).choice,
                Choice::Provider(p) if p.package == package);
            let fits = self.state.fits(demand.owner, &demand.atom, &provider);
            if !fits && (taken || demand.atom.conflict) {
                breaks.push(demand);
            } else if fits && taken && !demand.atom.conflict {
                satisfies.push(demand);
            }
        }
        (breaks, satisfies)
    }

    /// The package under one of its names.
    fn provider(&self, package: PackageId, name: NameId) -> Option<Provider<'a>> {
        let mut names = self.state.universe.names_of(package);
        let (_, version) = names.find(|(n, _)| *n == name)?;
        Some(Provider { package, version })
    }

    fn uninstallable(&self, package: PackageId) -> Vec<(Label, Vec<String>)> {
        let universe = self.state.universe;
        let (row, arch) = (universe.package(package), universe.arch(package));
        let wrong_arch = !fits_arch(arch, universe.request.arch);
        let mut findings = Vec::new();
        if !row.is_uninstallable() && !wrong_arch {
            return findings;
        }
        findings.push((Label::Error, vec!["uninstallable".to_owned()]));
        if wrong_arch {
            findings.push((Label::Arch, vec![arch.to_owned()]));
        }
        let record = universe.record(package);
        for (label, list) in [
            (Label::Depends, record.map_or("", |record| record.depends)),
            (Label::Provides, record.map_or("", |record| record.provides)),
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
    fn conflicts(&self, package: PackageId) -> Vec<Conflict> {
        let universe = self.state.universe;
        let mut out = Vec::new();
        for (i, (name, version)) in universe.names_of(package).enumerate() {
            for &other in self.chosen.iter().filter(|other| **other != package) {
                let Some(p) = self.provider(other, name) else {
                    continue;
                };
                if p.version.is_none() && version.is_none() {
                    continue;
                }
                let mut apk = universe.full_name(other);
                if i > 0 {
                    let constraint =
                        version.map_or(Constraint::Any, |v| Constraint::Version(Op::EQUAL, v));
                    let atom = Atom {
                        name,
                        conflict: false,
                        constraint,
                    };
                    apk += &format!("[{}]", atom_text(self.state, &atom, None));
                }
                out.push(Conflict { other, name, apk });
            }
        }
        out
    }
}
