//! The scripts that a package can bring.

use std::fmt;

/// A script of a package, in the order in which the database stores them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Script {
    /// Before the files of a fresh installation are unpacked.
    PreInstall,
    /// After they were.
    PostInstall,
    /// Before the package is removed.
    PreDeinstall,
    /// After it was.
    PostDeinstall,
    /// Before another version's files are unpacked over it.
    PreUpgrade,
    /// After they were.
    PostUpgrade,
    /// After everything, when a watched directory changed.
    Trigger,
}

impl Script {
    /// All of them, in order.
    pub const ALL: [Script; 7] = [
        Script::PreInstall,
        Script::PostInstall,
        Script::PreDeinstall,
        Script::PostDeinstall,
        Script::PreUpgrade,
        Script::PostUpgrade,
        Script::Trigger,
    ];

    /// The name of the script's file in the control member, without the dot before it.
    pub fn name(self) -> &'static str {
        match self {
            Script::PreInstall => "pre-install",
            Script::PostInstall => "post-install",
            Script::PreDeinstall => "pre-deinstall",
            Script::PostDeinstall => "post-deinstall",
            Script::PreUpgrade => "pre-upgrade",
            Script::PostUpgrade => "post-upgrade",
            Script::Trigger => "trigger",
        }
    }

    /// The script of this name.
    pub fn from_name(name: &str) -> Option<Script> {
        Script::ALL.into_iter().find(|script| script.name() == name)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
