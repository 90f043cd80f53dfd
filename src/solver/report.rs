//! What is wrong with a world, in the terms that `apk` uses.

use std::fmt;

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
    /// `name-version`, `name (virtual)` or `name (no such package)`.
    pub subject: String,
    /// Labels in a fixed order, each with its items; demands read `name-version[atom]` or
    /// `world[atom]`.
    pub findings: Vec<(Label, Vec<String>)>,
}

/// Below a colon, the problems and their findings, each on a line of its own.
pub(super) fn lines(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        text += if text.is_empty() { ":" } else { "" };
        text += &format!("\n  {}:", problem.subject);
        for (label, items) in &problem.findings {
            text += &format!("\n    {label}: {}", items.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_explains_each_problem() {
        let problem = Problem {
            subject: "nothing (no such package)".into(),
            findings: vec![(
                Label::RequiredBy,
                vec!["world[nothing]".into(), "a-1[nothing]".into()],
            )],
        };
        let error = super::super::Unsolvable {
            problems: vec![problem],
        };
        assert_eq!(
            error.to_string(),
            "unable to select packages:\n  nothing (no such package):\n    \
             required by: world[nothing] a-1[nothing]"
        );
    }
}
