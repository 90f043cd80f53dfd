//! The manifest: what an image shall hold and be, as its author writes it in TOML.
//!
//! [`load`] reads a file and those it extends, fills in nothing that later stages can decide
//! better, and answers mistakes with a [`ManifestError`] that holds all of them, each with its
//! line and column. Every key does something: one that is not known is an error.
//!
//! The schema is described for users in `docs/manifest.md`.

mod accounts;
mod documents;
pub mod edit;
mod error;
mod file;
mod files;
mod health;
mod image;
mod layers;
mod load;
mod minimal;
pub(crate) mod name;
mod path;
mod reader;
mod repositories;
mod schema;
mod template;
mod variables;

pub use accounts::{Group, MAX_ID, Owner, User};
pub use documents::DocumentsConfig;
pub use error::{ManifestError, Place, Problem, Source, excerpt};
pub use file::{FileError, create, replace};
pub use files::{FileEntry, FileKind};
pub use health::Healthcheck;
pub use image::ImageConfig;
pub use layers::LayersConfig;
pub use load::{amend, load, parse};
pub use minimal::Preset;
pub use name::{ImageName, NameError};
pub use path::{PathError, absolute_path};
pub use repositories::{RepositoryConfig, release};
pub use template::template;

use crate::apk::arch::Arch;
use crate::apk::dependency::{AtomError, Dependency};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The release of Alpine that packages come from when the manifest names no repository at all.
/// It is part of what an image is made of, so it changes with this program's version only.
pub const DEFAULT_RELEASE: &str = "3.23";

/// The JSON Schema (draft 7, <https://json-schema.org/draft-07>) of manifests, for editors. It
/// knows every key, and nothing of what depends on other files.
pub const JSON_SCHEMA: &str = include_str!("../../dist/manifest.schema.json");

/// A manifest, with what it extends already merged in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Manifest {
    /// The file, as it was named; `None` when there is none (packages named by flags alone).
    pub path: Option<PathBuf>,
    /// The files that were read for it: itself, and those it extends.
    pub sources: Vec<PathBuf>,
    /// `name`: the image's, valid as [`ImageName`].
    pub name: Option<String>,
    /// `packages`: the world, in the manifest's order, each package once.
    pub packages: Vec<Word>,
    /// `[repositories] alpine`: `3.23` or `edge`; see [`Manifest::release`].
    pub alpine: Option<String>,
    /// `[repositories] mirrors`: what stands in for Alpine's official server, as
    /// [`RepositoryConfig::url`] has addresses, in the order in which they are tried; empty: that
    /// itself.
    pub mirrors: Vec<String>,
    /// `[[repository]]`.
    pub repositories: Vec<RepositoryConfig>,
    /// `arch`; empty: the host's.
    pub arch: Vec<Arch>,
    /// `[image]`.
    pub image: ImageConfig,
    /// `[layers]`.
    pub layers: LayersConfig,
    /// `sbom`, `sbom-files` and `provenance`.
    pub documents: DocumentsConfig,
    /// `[[file]]`, each target once.
    pub files: Vec<FileEntry>,
    /// `[variables]`: what stands in those files that are templates.
    pub variables: BTreeMap<String, String>,
    /// `[[user]]`, each name once.
    pub users: Vec<User>,
    /// `[[group]]`, each name once.
    pub groups: Vec<Group>,
    /// `exclude`: valid globs for [`exclusion`].
    pub exclude: Vec<String>,
    /// `minimal`: what else is left out.
    pub minimal: Vec<Preset>,
    /// `scripts`; `None`: the program's default.
    pub scripts: Option<Scripts>,
    /// `scripts-may-fail`: names of packages whose scripts may fail.
    pub scripts_may_fail: Vec<String>,
}

impl Manifest {
    /// The image's name: the manifest's, else (or if [`name`](Self::name) was set to what is
    /// none) one made from its file name.
    pub fn image_name(&self) -> ImageName {
        let given = self.name.as_deref();
        given
            .and_then(|name| ImageName::parse(name).ok())
            .unwrap_or_else(|| ImageName::from_path(self.path.as_deref().unwrap_or("".as_ref())))
    }

    /// The release of Alpine whose main and community are used: the one named, or
    /// [`DEFAULT_RELEASE`] when no repository is named either; `None` when only the manifest's
    /// own repositories are.
    pub fn release(&self) -> Option<&str> {
        match (&self.alpine, self.repositories.is_empty()) {
            (Some(release), _) => Some(release),
            (None, true) => Some(DEFAULT_RELEASE),
            (None, false) => None,
        }
    }

    /// Adds a word to the world. One about the same package is replaced, as `apk add` does.
    pub fn add_package(&mut self, word: Word) {
        match self.packages.iter_mut().find(|w| w.name() == word.name()) {
            Some(known) => *known = word,
            None => self.packages.push(word),
        }
    }
}

/// One word of the world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// A valid atom of the world, in its one spelling: `php`, `php~8.3`, `!php`, `php@edge`.
    pub atom: String,
    /// Where the manifest says so; `None` for one from the command line.
    pub place: Option<Place>,
}

impl Word {
    /// A word that stands in no manifest.
    ///
    /// # Errors
    /// When the text is no atom.
    pub fn parse(text: &str) -> Result<Word, AtomError> {
        Ok(Word {
            atom: Dependency::parse_world(text)?.to_string(),
            place: None,
        })
    }

    /// The package's name, or that of what packages provide.
    pub fn name(&self) -> &str {
        match Dependency::parse_world(&self.atom) {
            Ok(dependency) => dependency.name,
            Err(_) => &self.atom,
        }
    }
}

/// Whether the packages' install scripts run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scripts {
    /// They run, as `apk add` runs them.
    Run,
    /// They don't; no users, links or certificates that they would make.
    Skip,
}

/// A matcher for paths of the image that `exclude` leaves out, from globs over absolute paths:
/// `*` and `?` stop at slashes, `**` does not, `[abc]` and `{a,b}` choose.
///
/// # Errors
/// When a pattern is no glob; those of a loaded [`Manifest`] are.
pub fn exclusion<'p>(
    patterns: impl IntoIterator<Item = &'p str>,
) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(glob(pattern)?);
    }
    set.build()
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}
