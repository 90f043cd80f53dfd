//! Dockerfiles and apko's YAML as manifests.
//!
//! Both are read into a draft, which holds what a manifest can say, each thing with the line
//! it is from, and all that does not carry over. What the draft is written as is read again as a
//! manifest: what that refuses is taken out and listed too, so that the result always loads.

mod apko;
mod dockerfile;
mod draft;

pub use draft::LeftOut;

use crate::manifest;
use draft::Draft;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// Far beyond what people write; keeps a device or a mistyped name from filling the memory.
const MAX_SIZE: u64 = 4 << 20;

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A Dockerfile, or Containerfile.
    Dockerfile,
    /// The YAML of apko.
    Apko,
}

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the file is; `None`: what its name and content look like.
    pub kind: Option<Kind>,
    /// Values for the `ARG`s of a Dockerfile.
    pub arguments: BTreeMap<String, String>,
    /// The manifest that will be written, relative to whose folder files are named; `None`: one
    /// in the working directory.
    pub output: Option<PathBuf>,
}

/// A manifest made of something else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// Its text, with what does not carry over as comments.
    pub text: String,
    /// What does not carry over, by line.
    pub left_out: Vec<LeftOut>,
}

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{}:{line}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// It looks like nothing that can be imported.
    #[error("{} looks neither like a Dockerfile nor like the YAML of apko", .0.display())]
    Unknown(PathBuf),
}

impl ImportError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            ImportError::Unknown(_) => Some("say what it is with --from".to_owned()),
            _ => None,
        }
    }
}

/// What is wrong with a line of the file.
#[derive(Debug)]
struct Fault {
    line: usize,
    problem: String,
}

/// Reads a file as a manifest. Files that it copies are looked for beside it, and are named as
/// seen from the manifest.
///
/// # Errors
/// When it cannot be read, or makes no sense as what it should be.
pub fn import(path: &Path, options: &Options) -> Result<Imported, ImportError> {
    let text = read(path).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        source,
    })?;
    let kind = options.kind.or_else(|| guess(path, &text));
    let kind = kind.ok_or_else(|| ImportError::Unknown(path.to_owned()))?;
    let folder = parent(path);
    let output = match &options.output {
        Some(output) => output.clone(),
        None => PathBuf::from("imported.toml"),
    };
    let here = Here {
        folder: folder.to_owned(),
        prefix: between(parent(&output), folder),
    };
    let draft = match kind {
        Kind::Dockerfile => dockerfile::read(&text, &here, &options.arguments),
        Kind::Apko => apko::read(&text, &here),
    };
    let draft = draft.map_err(|fault| ImportError::Syntax {
        path: path.to_owned(),
        line: fault.line,
        problem: fault.problem,
    })?;
    Ok(settle(draft, path, &output))
}

/// Writes the draft, taking out whatever a manifest cannot say.
fn settle(mut draft: Draft, path: &Path, output: &Path) -> Imported {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    loop {
        let (text, owners) = draft.write(&name);
        let problems = manifest::parse(output, &text).err();
        let mut faulty = BTreeMap::new();
        for problem in problems.iter().flat_map(|error| error.problems()) {
            let line = problem.place.as_ref().map(|place| place.line());
            let owner = line.and_then(|line| owners.get(line - 1).copied().flatten());
            if let Some(owner) = owner {
                faulty.insert(owner, problem.message.clone());
            }
        }
        if faulty.is_empty() {
            let left_out = draft.left_out();
            return Imported { text, left_out };
        }
        for (owner, why) in faulty.into_iter().rev() {
            draft.reject(owner, &why);
        }
    }
}

/// Where the file is, and how its neighbours are named.
#[derive(Clone, Debug)]
struct Here {
    /// Its folder.
    folder: PathBuf,
    /// That folder as seen from the manifest's.
    prefix: PathBuf,
}

impl Here {
    /// How the manifest names a file beside the one that is read.
    fn named(&self, name: &str) -> String {
        let name = name.trim_start_matches("./");
        self.prefix.join(name).to_string_lossy().into_owned()
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The folder `to` as seen from `from`.
fn between(from: &Path, to: &Path) -> PathBuf {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    let (Some(from), Some(to)) = (whole(from), whole(to)) else {
        return to.to_owned();
    };
    let same = from.components().zip(to.components());
    let same = same.take_while(|(a, b)| a == b).count();
    // With nothing in common but the root, the whole path is easier to read.
    if same <= 1 && from != to {
        return to;
    }
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    up.chain(to.components().skip(same)).collect()
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MAX_SIZE + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > MAX_SIZE {
        true => Err(io::Error::other(format!(
            "it is longer than {MAX_SIZE} bytes"
        ))),
        false => Ok(text),
    }
}

fn guess(path: &Path, text: &str) -> Option<Kind> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        return Some(Kind::Apko);
    }
    if name.contains("dockerfile") || name.contains("containerfile") {
        return Some(Kind::Dockerfile);
    }
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let word = first.split_whitespace().next()?.to_ascii_uppercase();
    match word.as_str() {
        "FROM" | "ARG" => Some(Kind::Dockerfile),
        _ if text.lines().any(|line| line.starts_with("contents:")) => Some(Kind::Apko),
        _ => None,
    }
}
