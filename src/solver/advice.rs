//! Saying what is wrong so that somebody can act on it.

use super::chains::Demand;
use super::explain::{Conflict, Explainer};
use super::names::{NameId, PackageId};
use super::report::{Label, SHOWN, listed};
use crate::apk::dependency::Constraint;
use crate::apk::version;

/// What is said of a problem.
pub(super) struct Advice {
    /// One sentence without a full stop.
    pub summary: String,
    /// What can be done, or what there is to know.
    pub help: Vec<String>,
}

impl Advice {
    /// A name that no repository has.
    pub fn missing(explainer: &Explainer<'_, '_, '_>, name: &str) -> Advice {
        let universe = explainer.state.universe;
        let mut help = Vec::new();
        let command = format!("cmd:{name}");
        if let Some((text, number)) = universe.find(&command) {
            let owners = owners(explainer, number);
            help.push(format!(
                "the command {} is in {}",
                &text["cmd:".len()..],
                listed(&owners, " or ")
            ));
        }
        let near = nearest(name, universe.names());
        if !near.is_empty() {
            help.push(format!("did you mean {}?", listed(&near, " or ")));
        }
        for word in explainer.world {
            let asks = word.tags == 0 && universe.name(word.atom.name) == name;
            if let Some(tag) = word.tag.filter(|_| asks) {
                help.push(format!("no repository has the tag @{tag}"));
            }
        }
        let summary = match name.contains(':') || name.starts_with('/') {
            true => format!("nothing provides {name}"),
            false => format!("there is no package {name}"),
        };
        let request = universe.request;
        let names: Vec<String> = request
            .repositories
            .iter()
            .map(|r| match r.tag {
                Some(tag) => format!("{} (@{tag})", r.name),
                None => r.name.to_owned(),
            })
            .collect();
        if !names.is_empty() {
            help.push(format!(
                "the repositories of {} are: {}",
                request.arch,
                listed(&names, ", ")
            ));
        }
        Advice { summary, help }
    }

    /// A name that packages provide, none of which may be chosen unasked.
    pub fn ambiguous(name: &str, providers: &[&str]) -> Advice {
        let choice = listed(providers, " or ");
        let summary = match providers {
            [only] => format!("{name} is provided by {only} alone, which is not chosen unasked"),
            _ => format!("{name} is provided by several packages, none of them preferred"),
        };
        Advice {
            summary,
            help: vec![format!("ask for {choice} as well")],
        }
    }

    /// A package that can never be installed.
    pub fn uninstallable(
        explainer: &Explainer<'_, '_, '_>,
        package: PackageId,
        findings: &[(Label, Vec<String>)],
    ) -> Advice {
        let universe = explainer.state.universe;
        let name = universe.full_name(package);
        let mut reasons = Vec::new();
        for (label, items) in findings {
            match label {
                Label::Arch => reasons.push(format!(
                    "it is for {}, not for {}",
                    listed(items, ", "),
                    universe.request.arch
                )),
                Label::Depends => reasons.push(format!(
                    "its dependency {} has no valid version",
                    listed(items, ", ")
                )),
                _ => {}
            }
        }
        if reasons.is_empty() {
            reasons.push("its index entry has a field that this program does not know".to_owned());
        }
        Advice {
            summary: format!("{name} cannot be installed: {}", reasons.join(", and ")),
            help: versions_help(explainer, universe.package(package).name()),
        }
    }

    /// A package that only repositories with tags have.
    pub fn masked(
        explainer: &Explainer<'_, '_, '_>,
        package: PackageId,
        tags: &[String],
    ) -> Advice {
        let universe = explainer.state.universe;
        let name = universe.name(universe.package(package).name());
        let choices: Vec<String> = tags.iter().map(|tag| format!("{name}{tag}")).collect();
        Advice {
            summary: format!(
                "{} is only in repositories tagged {}",
                universe.full_name(package),
                listed(tags, " and ")
            ),
            help: vec![format!(
                "to have it from there, ask for {}",
                listed(&choices, " or ")
            )],
        }
    }

    /// Packages that bear or provide the same name.
    pub fn conflict(
        explainer: &Explainer<'_, '_, '_>,
        package: PackageId,
        conflicts: &[Conflict],
    ) -> Advice {
        let universe = explainer.state.universe;
        let mut others: Vec<String> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for conflict in conflicts {
            let other = universe.full_name(conflict.other);
            if !others.contains(&other) {
                others.push(other);
            }
            let name = universe.name(conflict.name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Advice {
            summary: format!(
                "{} cannot be together with {}: only one package can be {}",
                universe.full_name(package),
                listed(&others, " or "),
                listed(&names, ", ")
            ),
            help: vec!["leave out what needs one of them".to_owned()],
        }
    }

    /// A package that does not meet every demand.
    pub fn broken(
        explainer: &Explainer<'_, '_, '_>,
        package: PackageId,
        breaks: &[&Demand<'_>],
        satisfies: &[&Demand<'_>],
    ) -> Advice {
        let state = explainer.state;
        let short = |demands: &[&Demand<'_>]| {
            let texts: Vec<String> = demands.iter().map(|d| d.short(state)).collect();
            listed(&texts, " and ")
        };
        let name = state.universe.full_name(package);
        let forbidden = breaks.iter().all(|d| d.atom.conflict);
        let summary = match (forbidden, satisfies.is_empty()) {
            (true, true) => format!("{name} is forbidden by {}", short(breaks)),
            (true, false) => format!(
                "{name} is needed by {} and forbidden by {}",
                short(satisfies),
                short(breaks)
            ),
            (false, true) => format!("{name} does not fit {}", short(breaks)),
            (false, false) => format!("{name} fits {} but not {}", short(satisfies), short(breaks)),
        };
        let mut help = Vec::new();
        if forbidden {
            help.push(match satisfies.is_empty() {
                true => "take back what forbids it".to_owned(),
                false => "take back what forbids it, or leave out what needs it".to_owned(),
            });
        }
        for demand in breaks {
            if !demand.atom.conflict && demand.atom.constraint != Constraint::Any {
                for line in versions_help(explainer, demand.atom.name) {
                    if !help.contains(&line) {
                        help.push(line);
                    }
                }
            }
        }
        Advice { summary, help }
    }
}

/// The packages that provide a name.
fn owners(explainer: &Explainer<'_, '_, '_>, name: NameId) -> Vec<String> {
    let universe = explainer.state.universe;
    let mut owners: Vec<String> = Vec::new();
    for p in universe.providers(name) {
        let own = universe.name(universe.package(p.package).name());
        if !owners.iter().any(|o| o == own) {
            owners.push(own.to_owned());
        }
    }
    owners
}

/// Which versions of a name there are, and where; the newest first.
fn versions_help(explainer: &Explainer<'_, '_, '_>, name: NameId) -> Vec<String> {
    let universe = explainer.state.universe;
    let mut found: Vec<(&str, String)> = Vec::new();
    for p in universe.providers(name) {
        let row = universe.package(p.package);
        let repository = &universe.request.repositories[row.index()];
        let mut place = match repository.tag {
            Some(tag) => format!("{} (@{tag})", repository.name),
            None => repository.name.to_owned(),
        };
        if row.name() != name {
            place = format!("{}, {place}", universe.full_name(p.package));
        }
        found.extend(p.version.map(|version| (version, place)));
    }
    found.sort_by(|a, b| version::compare(b.0, a.0));
    if found.is_empty() {
        return Vec::new();
    }
    let texts: Vec<String> = found
        .iter()
        .map(|(version, place)| format!("{version} ({place})"))
        .collect();
    vec![format!(
        "of {} there is {}",
        universe.name(name),
        listed(&texts, ", ")
    )]
}

/// The names that are likely to be meant, the likeliest first.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    /// A longer name than any package has; measuring the distance to it would take long.
    const LONGEST: usize = 100;
    let kind = |name: &str| name.split_once(':').map(|(kind, _)| kind.len());
    let allowed = name.len().div_ceil(4).min(3);
    let mut near: Vec<(usize, &str)> = names
        .filter(|n| n.len() <= LONGEST && n.len().abs_diff(name.len()) <= allowed)
        .filter(|n| *n != name && kind(n) == kind(name))
        .map(|n| (strsim::osa_distance(n, name), n))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.iter()
        .take(SHOWN)
        .map(|(_, n)| (*n).to_owned())
        .collect()
}
