//! What is wrong with a world: in `apk`'s terms for comparing, in ours for people.

use std::fmt;

/// How many items of a list a short message shows.
pub(super) const SHOWN: usize = 3;

/// What a finding says of the package or name that it stands under.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Label {
    /// The package can never be installed.
    Error,
    /// The architecture of a package that does not fit the root.
    Arch,
    /// Dependencies that are no atoms.
    Depends,
    /// Provided names that are no atoms.
    Provides,
    /// The package is only in repositories with these tags, which nothing asks for.
    MaskedIn,
    /// Chosen packages that bear or provide the same name.
    Conflicts,
    /// Demands that the package does not meet.
    Breaks,
    /// What can be done.
    Note,
    /// Packages that provide a name.
    ProvidedBy,
    /// Demands for a name that nothing was chosen for.
    RequiredBy,
    /// Demands that the package meets.
    Satisfies,
}

impl Label {
    /// The label as `apk` prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Label::Error => "error",
            Label::Arch => "arch",
            Label::Depends => "depends",
            Label::Provides => "provides",
            Label::MaskedIn => "masked in",
            Label::Conflicts => "conflicts",
            Label::Breaks => "breaks",
            Label::Note => "note",
            Label::ProvidedBy => "provided by",
            Label::RequiredBy => "required by",
            Label::Satisfies => "satisfies",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A package or name that stands in the way, with what there is to say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// `name-version`, `name (virtual)` or `name (no such package)`, as `apk` heads it.
    pub subject: String,
    /// Labels in a fixed order, each with its items; demands read `name-version[atom]` or
    /// `world[atom]`.
    pub findings: Vec<(Label, Vec<String>)>,
    /// What is wrong, in a sentence without a full stop.
    pub summary: String,
    /// The ways from the world to the demands, the shortest first:
    /// `php (php.toml:3:13) → php82-8.2.20-r0 → so:libxml2.so.2`.
    pub wanted_by: Vec<String>,
    /// What can be done, or what there is to know.
    pub help: Vec<String>,
}

/// Why a world cannot be had.
///
/// Shown plainly it is one line a problem; [`report`](Self::report) says more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsolvable {
    /// The packages and names that stand in the way, dependencies before what needs them.
    pub problems: Vec<Problem>,
}

impl std::error::Error for Unsolvable {}

impl fmt::Display for Unsolvable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.report(false).trim_end())
    }
}

impl Unsolvable {
    /// The explanation: what is wrong, which word of the world leads there and what can be
    /// done; with `verbose` every way that leads there, and all that `apk` would say. Ends
    /// with a newline.
    pub fn report(&self, verbose: bool) -> String {
        let mut out = match self.problems.as_slice() {
            [] => "no choice of packages fits: what is installed along with others is in the way\n"
                .to_owned(),
            [_] => "no choice of packages fits:\n".to_owned(),
            problems => format!(
                "no choice of packages fits, for {} reasons:\n",
                problems.len()
            ),
        };
        for problem in &self.problems {
            problem.write(&mut out, verbose);
        }
        out
    }
}

impl Unsolvable {
    /// Whether what is shown without `verbose` names this origin of a word.
    pub fn mentions(&self, origin: &str) -> bool {
        let origin = format!("({origin})");
        self.problems.iter().any(|problem| {
            let chains = problem.wanted_by.first();
            problem.summary.contains(&origin) || chains.is_some_and(|c| c.contains(&origin))
        })
    }
}

impl Problem {
    fn write(&self, out: &mut String, verbose: bool) {
        let mut line = |text: String| {
            out.push_str("  ");
            out.push_str(&text);
            out.push('\n');
        };
        line(self.summary.clone());
        let shown = if verbose { usize::MAX } else { 1 };
        for chain in self.wanted_by.iter().take(shown) {
            line(format!("  wanted by {chain}"));
        }
        let more = self.wanted_by.len().saturating_sub(shown);
        if more > 0 {
            line(format!("  and by {more} more (--verbose shows all)"));
        }
        for help in &self.help {
            line(format!("  help: {help}"));
        }
        if verbose {
            for (label, items) in &self.findings {
                for item in items {
                    line(format!("    {label}: {item}"));
                }
            }
        }
    }
}

/// The first items of a list, and how many more there are.
pub(super) fn listed(items: &[impl AsRef<str>], between: &str) -> String {
    let shown: Vec<&str> = items.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let more = items.len() - shown.len();
    match more {
        0 => shown.join(between),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}
