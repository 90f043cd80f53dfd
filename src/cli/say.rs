//! Talking: failures, warnings and results in one form.

use super::terminal::colored;
use crate::Error;
use crate::manifest::{self, FileError, ManifestError};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The library says so.
    #[error(transparent)]
    Library(#[from] Error),
    /// The environment has a value that cannot be used.
    #[error("the environment variable {name} should be {expected}, found {found:?}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
    /// A file that a verb writes beside its answer.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or its folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file that the environment names for credentials cannot be read.
    #[error("cannot read {}, which NETRC names: {source}", path.display())]
    Netrc {
        /// The file.
        path: std::path::PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// `why` was asked about something that is not there.
    #[error("{0} is not among the packages, and none of them provides it")]
    NotThere(String),
    /// No repository has a package that fits.
    #[error("no package fits {word:?} in {}", among.join(", "))]
    NotFound {
        /// What was looked for.
        word: String,
        /// Names that may have been meant.
        near: Vec<String>,
        /// The addresses of the repositories.
        among: Vec<String>,
    },
    /// A word that looks like a glob and is none.
    #[error("{text:?} is no glob: {problem}")]
    Glob {
        /// The word.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two words about one package.
    #[error("{0:?} and {1:?} are about one package: a manifest holds each once")]
    TwoWays(String, String),
    /// A word to be removed that the manifest does not have.
    #[error("{word:?} is not among the packages of {}", path.display())]
    NotAWord {
        /// The word.
        word: String,
        /// Words that may have been meant.
        near: Vec<String>,
        /// Where the manifest that is extended has it.
        base: Option<String>,
        /// The manifest.
        path: PathBuf,
    },
    /// Something that makes sense for one manifest alone.
    #[error("{0} cannot be used with several manifests")]
    Several(&'static str),
    /// Two manifests would be built into one file.
    #[error("{} is the output of {} already", .1.display(), .0.display())]
    SameOutput(PathBuf, PathBuf),
    /// Of several manifests some were not built.
    #[error("{} of {all} manifests failed: {}", failed.len(), failed.join(", "))]
    SomeFailed {
        /// Those that failed.
        failed: Vec<String>,
        /// How many there were.
        all: usize,
    },
    /// A file is not written.
    #[error(transparent)]
    File(#[from] FileError),
    /// No place for the cache is known.
    #[error(transparent)]
    Cache(#[from] crate::repository::cache::CacheError),
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
    /// An image is not what its manifest makes.
    #[error("{} is not what the manifest makes", .0.display())]
    NotSame(PathBuf),
    /// Something is a lock that should be an image or a manifest.
    #[error("{} is a lock; expected an image or a manifest", .0.display())]
    NoImage(PathBuf),
    /// Standard output is gone or full.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        Failure::Library(error.into())
    }
}

impl Failure {
    /// 2 when the arguments make no sense, else 1.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Failure::Library(error) => error.help(),
            Failure::Cache(error) => error.help(),
            Failure::File(error) => error.help(),
            Failure::SameOutput(..) => {
                Some("give the manifests different names with name = \"…\"".to_owned())
            }
            Failure::NotAWord {
                word,
                base: Some(base),
                ..
            } => Some(format!(
                "it is inherited from {base}; to keep it out, add \"!{word}\""
            )),
            Failure::NotFound { near, .. } | Failure::NotAWord { near, .. } if !near.is_empty() => {
                Some(format!("did you mean {}?", near.join(" or ")))
            }
            Failure::NotAWord { path, word, .. } => Some(format!(
                "what brings it is told by: apkcompose why {} {word}",
                path.display()
            )),
            Failure::NotFound { .. } => {
                Some("apkcompose search finds packages by a part of their name".to_owned())
            }
            Failure::Glob { .. } => {
                Some("put a backslash before what is meant as it is".to_owned())
            }
            Failure::TwoWays(..) => Some("keep one of them".to_owned()),
            Failure::Environment { name, .. } => Some(format!("correct it, or: unset {name}")),
            Failure::NotThere(_) => {
                Some("apkcompose resolve shows the packages that there are".to_owned())
            }
            Failure::Output(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("make room on the disk that it goes to".to_owned())
                }
                _ => None,
            },
            Failure::NotSame(_) => {
                Some("apkcompose diff shows in what two images differ".to_owned())
            }
            Failure::NoImage(_) => Some("name what was built, or the manifest itself".to_owned()),
            Failure::Netrc { .. } => Some("correct it, or: unset NETRC".to_owned()),
            Failure::Write { .. } => Some("name a place that can be written to".to_owned()),
            Failure::Usage(_) => Some("--help explains the options".to_owned()),
            Failure::Several(_) | Failure::SomeFailed { .. } => None,
        }
    }
}

/// Reports why the program failed; `verbose` tells all there is to know where there is much.
pub fn failure(failure: &Failure, verbose: bool) {
    if let Failure::Library(Error::Manifest(error)) = failure {
        talk(&error.render(colored()));
        return;
    }
    let (red, bold, plain) = match colored() {
        true => ("\x1b[1;31m", "\x1b[1m", "\x1b[0m"),
        false => ("", "", ""),
    };
    let (cause, places) = match failure {
        Failure::Library(Error::At { error, places }) => (Some(error.as_ref()), places.as_slice()),
        Failure::Library(error) => (Some(error), &[] as &[_]),
        _ => (None, &[] as &[_]),
    };
    let text = match cause {
        Some(Error::Unsolvable(error)) => error.report(verbose).trim_end().to_owned(),
        _ => failure.to_string(),
    };
    talk(&format!("{red}error{plain}{bold}:{plain} {text}"));
    let help = failure.help();
    if !places.is_empty() {
        talk(&manifest::excerpt(places, help.as_deref(), colored()));
    } else if let Some(help) = help {
        talk(&format!("  {bold}help:{plain} {help}"));
    }
}

/// Prints a line on standard error. If nobody listens there, there is nobody to tell.
pub fn talk(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Tells which documents were written, if some were.
pub fn talk_of(documents: &[PathBuf]) {
    if !documents.is_empty() {
        let names: Vec<String> = documents.iter().map(|p| p.display().to_string()).collect();
        talk(&format!("  documents: {}", names.join(", ")));
    }
}

/// Prints data on standard output. A reader that has seen enough (`| head`) is no failure.
///
/// # Errors
/// When it cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Output(error)),
        Ok(()) => Ok(()),
    }
}

/// So many things: `1 package`, `2 packages`.
pub fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// Rows of cells in columns, two blanks between them.
pub fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str(&format!("{cell:<width$}  ", width = width(column)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
