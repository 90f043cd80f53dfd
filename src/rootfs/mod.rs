//! The root file system: what `apk add` would leave, decided in memory.

mod accounts;
mod content;
mod database;
pub mod declared;
mod install;
mod package;
mod protect;
pub mod scripts;
mod tree;

pub use accounts::Accounts;
pub use content::{Content, Part};
pub use database::{DatabaseError, Declared, write_database};
pub use install::{InstallError, Problem, Root, RootError, install};
pub use package::{Acl, Candidate, Flags, Installed, OwnedDirectory, OwnedFile};
pub use tree::{Node, NodeId, NodeKind, PathError, Tree};

use crate::apk::tar::Entry;

/// Whether the content of this entry decides how others are installed, so that it must be in
/// memory: the accounts, and the lists of protected paths.
pub fn is_needed_in_memory(entry: &Entry) -> bool {
    matches!(
        entry.path.as_slice(),
        b"etc/passwd" | b"etc/group" | b"etc/shadow"
    )
}
