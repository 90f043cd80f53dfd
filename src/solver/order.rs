//! The order of installation.

use super::names::{NameId, PackageId};
use super::select::Word;
use super::state::State;

/// A step of the walk; a stack of them stands for recursion, which input could make too deep.
enum Step {
    /// The package and, before it, all that it depends on.
    Package(PackageId),
    /// The package itself.
    Emit(PackageId),
    /// The packages that are installed because of it.
    Triggered(NameId),
    /// A package, if all of its install_if has been emitted.
    IfTriggered(NameId),
}

/// Lists the chosen packages in the order in which they are to be installed.
pub(super) fn order(state: &State<'_, '_>, world: &[Word<'_>]) -> Vec<PackageId> {
    let mut visited = vec![false; state.universe.package_count()];
    let mut emitted = vec![false; state.universe.package_count()];
    let mut out = Vec::new();
    let mut stack: Vec<Step> = Vec::new();
    let chosen = |name: NameId| state.chosen(name).map(|p| p.package);
    for word in world {
        stack.extend(chosen(word.atom.name).map(Step::Package));
        while let Some(step) = stack.pop() {
            match step {
                Step::Package(package) => {
                    if std::mem::replace(&mut visited[package as usize], true) {
                        continue;
                    }
                    let names = state.universe.names_of(package).rev();
                    stack.extend(names.map(|(name, _)| Step::Triggered(name)));
                    stack.push(Step::Emit(package));
                    let depends = state.universe.depends(package).rev();
                    stack.extend(depends.filter_map(|a| chosen(a.name)).map(Step::Package));
                }
                Step::Emit(package) => {
                    emitted[package as usize] = true;
                    out.push(package);
                }
                Step::Triggered(name) => {
                    let names = state.universe.triggered(name).iter().rev();
                    stack.extend(names.map(|n| Step::IfTriggered(*n)));
                }
                Step::IfTriggered(name) => {
                    let Some(package) = chosen(name) else {
                        continue;
                    };
                    let mut terms = state.universe.install_if(package);
                    // A package may stand here without an install_if of its own: another provider
                    // of the name has one. `apk` takes it along all the same.
                    let ready = terms.all(|t| match state.chosen(t.name) {
                        Some(p) => {
                            state.fits(None, &t, &p) && (t.conflict || visited[p.package as usize])
                        }
                        None => t.conflict,
                    });
                    if ready {
                        stack.push(Step::Package(package));
                    }
                }
            }
        }
    }
    out
}
