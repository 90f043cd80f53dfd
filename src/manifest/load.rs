//! Reading a manifest and those it extends.

use super::error::{ManifestError, Place, Problem, Source};
use super::image::distinct;
use super::reader::{Context, Table, Value};
use super::{
    Manifest, Scripts, Word, accounts, documents, files, glob, image, layers, minimal, name,
    repositories, schema, variables,
};
use crate::apk::arch::Arch;
use crate::apk::dependency::{AtomError, Dependency};
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

/// Far beyond any manifest; keeps a device or a mistyped name from filling the memory.
const MAX_SIZE: u64 = 4 << 20;

/// Reads the manifest at `path` and those it extends, and merges them.
///
/// Files that it names (sources, keys, what it extends) are looked for, relative to the folder
/// of the manifest that names them, but not read.
///
/// # Errors
/// With every mistake that was found, in this manifest and in those it extends.
pub fn load(path: &Path) -> Result<Manifest, ManifestError> {
    let source = read(path).map_err(|message| {
        let mut problem = Problem::new(message);
        let with_ending = path.with_extension("toml");
        if path.extension().is_none() && with_ending.is_file() {
            problem = problem.help(format!("did you mean {with_ending:?}?"));
        }
        ManifestError::from(problem)
    })?;
    follow(source)
}

/// Reads a manifest from its text, as [`load`] does from a file; `path` is for messages and
/// tells the folder that relative paths start from.
///
/// # Errors
/// As for [`load`].
pub fn parse(path: &Path, text: &str) -> Result<Manifest, ManifestError> {
    follow(Source::new(path, text))
}

/// A manifest with what a further text in TOML says, as if that extended it: its own words first.
/// `origin` is what the text is called in messages.
///
/// # Errors
/// With every mistake in the text.
pub fn amend(manifest: Manifest, origin: &str, text: &str) -> Result<Manifest, ManifestError> {
    let own = follow(Source::new(Path::new(origin), text))?;
    let (path, name) = (manifest.path.clone(), manifest.name.clone());
    let merged = inherit(own, manifest);
    Ok(Manifest {
        path,
        name: name.or(merged.name.clone()),
        ..merged
    })
}

/// Walks from a manifest to its base, the base's base and so on, then merges from there back.
fn follow(source: Arc<Source>) -> Result<Manifest, ManifestError> {
    let mut problems = Vec::new();
    let mut chain = Vec::new();
    let mut seen: Vec<PathBuf> = identity(&source.path).into_iter().collect();
    let mut next = Some(source);
    while let Some(source) = next.take() {
        let (manifest, base, mut found) = read_manifest(&source);
        if let Some((path, place)) = base {
            let id = identity(&path);
            if id.as_ref().is_some_and(|id| seen.contains(id)) {
                let mut names: Vec<String> = chain
                    .iter()
                    .chain([&manifest])
                    .filter_map(|manifest: &Manifest| manifest.path.as_ref())
                    .map(|path| path.display().to_string())
                    .collect();
                names.push(path.display().to_string());
                let chain = names.join(" → ");
                found.push(Problem::new(format!("manifests extend each other: {chain}")).at(place));
            } else {
                seen.extend(id);
                match read(&path) {
                    Ok(source) => next = Some(source),
                    Err(message) => {
                        let problem = Problem::new(message).at(place);
                        found.push(problem.help(RELATIVE));
                    }
                }
            }
        }
        // All of one file, hence in the order of its text.
        found.sort_by_key(|problem| problem.place.as_ref().map(Place::start));
        problems.append(&mut found);
        chain.push(manifest);
    }
    match ManifestError::from_problems(problems) {
        Some(error) => Err(error),
        None => Ok(chain
            .into_iter()
            .rev()
            .reduce(|base, manifest| inherit(manifest, base))
            .unwrap_or_default()),
    }
}

/// What makes two names the same file; `None` where there is none.
fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

fn read(path: &Path) -> Result<Arc<Source>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(|error| cannot_read(path, &error))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(format!("{path:?} is longer than {MAX_SIZE} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|b| *b == b'\n').count();
        format!("{path:?} is not UTF-8: see its line {line}")
    })?;
    Ok(Source::new(path, &text))
}

/// Why a file that a manifest names is of no use.
pub(super) fn cannot_read(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {path:?}"),
        io::ErrorKind::IsADirectory => format!("{path:?} is a folder"),
        io::ErrorKind::PermissionDenied => format!("{path:?} may not be read"),
        _ => format!("cannot read {path:?}: {error}"),
    }
}

/// Where a file that a manifest names is looked for.
pub(super) const RELATIVE: &str = "paths start from the folder of the manifest";

type Base = (PathBuf, Place);

/// One file alone: what it says, what it extends and what is wrong with it.
fn read_manifest(source: &Arc<Source>) -> (Manifest, Option<Base>, Vec<Problem>) {
    let context = Context::new(Arc::clone(source));
    let mut manifest = Manifest::default();
    let mut base = None;
    match DeTable::parse(&source.text) {
        Ok(table) => {
            let top = Table::new(&context, &schema::TOP, table.span(), table.get_ref());
            manifest = read_top(&top);
            base = top.get("extends").and_then(|value| {
                let path = context.folder.join(value.string()?);
                Some((path, value.place()))
            });
        }
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let there = source.text.get(span.clone()).unwrap_or("");
            let message = match error.message() {
                "duplicate key" => format!("the key {there:?} is given twice"),
                message => message.trim_end_matches(", expected nothing").to_owned(),
            };
            let mut problem = Problem::new(format!("not TOML: {message}"));
            let place = context.place(span);
            let line = source.text.lines().nth(place.line() - 1).unwrap_or("");
            if line.contains(": ") && !line.contains('=') {
                problem = problem.help("TOML puts \"=\" between a key and its value");
            }
            context.report(problem.at(place));
        }
    }
    manifest.path = Some(source.path.clone());
    manifest.sources = vec![source.path.clone()];
    (manifest, base, context.finish())
}

fn read_top(top: &Table<'_>) -> Manifest {
    let tables = |key, shape| top.get(key).map(|value| value.tables(shape));
    let table = |key, shape| top.get(key).and_then(|value: Value<'_>| value.table(shape));
    let repositories = table("repositories", &schema::REPOSITORIES);
    let repositories = repositories.as_ref();
    let alpine = repositories.and_then(|table| table.get("alpine"));
    let mirrors = repositories.and_then(|table| table.get("mirrors"));
    let image = table("image", &schema::IMAGE);
    let layers = table("layers", &schema::LAYERS);
    Manifest {
        path: None,
        sources: Vec::new(),
        name: top.get("name").and_then(read_name),
        packages: top.get("packages").map(read_packages).unwrap_or_default(),
        alpine: alpine.and_then(|value| repositories::read_release(&value)),
        mirrors: mirrors.map(repositories::read_mirrors).unwrap_or_default(),
        repositories: tables("repository", &schema::REPOSITORY)
            .map(|tables| repositories::read_repositories(&tables))
            .unwrap_or_default(),
        arch: top.get("arch").map(read_arch).unwrap_or_default(),
        image: image.as_ref().map(image::read_image).unwrap_or_default(),
        layers: layers.as_ref().map(layers::read_layers).unwrap_or_default(),
        documents: documents::read_documents(top),
        files: tables("file", &schema::FILE)
            .map(|tables| files::read_files(&tables))
            .unwrap_or_default(),
        variables: top
            .get("variables")
            .map(variables::read_variables)
            .unwrap_or_default(),
        users: tables("user", &schema::USER)
            .map(|tables| accounts::read_users(&tables))
            .unwrap_or_default(),
        groups: tables("group", &schema::GROUP)
            .map(|tables| accounts::read_groups(&tables))
            .unwrap_or_default(),
        exclude: top.get("exclude").map(read_exclude).unwrap_or_default(),
        minimal: top
            .get("minimal")
            .map(minimal::read_minimal)
            .unwrap_or_default(),
        scripts: top.get("scripts").and_then(read_scripts),
        scripts_may_fail: top
            .get("scripts-may-fail")
            .map(read_names)
            .unwrap_or_default(),
    }
}

/// The manifest with what its base says where it says nothing itself. Lists are joined, the
/// base's first; entries that are about one thing (a package, a target, a user) replace the
/// base's. The name stays behind: it is the base's own image that bears it.
fn inherit(own: Manifest, base: Manifest) -> Manifest {
    let mut merged = Manifest {
        path: own.path,
        sources: own.sources.into_iter().chain(base.sources).collect(),
        name: own.name,
        packages: base.packages,
        alpine: own.alpine.or(base.alpine),
        // Where to go first is one choice, too.
        mirrors: match own.mirrors.is_empty() {
            true => base.mirrors,
            false => own.mirrors,
        },
        repositories: replace(base.repositories, own.repositories, |a, b| a.same(b)),
        // Which images to make is one choice, not a sum.
        arch: if own.arch.is_empty() {
            base.arch
        } else {
            own.arch
        },
        image: own.image.inherit(base.image),
        layers: own.layers.inherit(base.layers),
        documents: own.documents.inherit(base.documents),
        files: replace(base.files, own.files, |a, b| a.target == b.target),
        variables: base.variables.into_iter().chain(own.variables).collect(),
        users: replace(base.users, own.users, |a, b| a.name == b.name),
        groups: replace(base.groups, own.groups, |a, b| a.name == b.name),
        exclude: distinct(base.exclude.into_iter().chain(own.exclude)),
        minimal: replace(base.minimal, own.minimal, |a, b| a == b),
        scripts: own.scripts.or(base.scripts),
        scripts_may_fail: distinct(
            base.scripts_may_fail
                .into_iter()
                .chain(own.scripts_may_fail),
        ),
    };
    for word in own.packages {
        merged.add_package(word);
    }
    merged
}

fn replace<T>(mut all: Vec<T>, own: Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    for item in own {
        match all.iter_mut().find(|known| same(known, &item)) {
            Some(known) => *known = item,
            None => all.push(item),
        }
    }
    all
}

fn read_name(value: Value<'_>) -> Option<String> {
    let text = value.string()?;
    match name::ImageName::parse(text) {
        Ok(name) => Some(name.to_string()),
        Err(error) => {
            let mut problem = value.problem(format!("{text:?} is no image name: {error}"));
            if error == name::NameError::UpperCase {
                problem = problem.help(format!("write {:?}", text.to_lowercase()));
            } else if matches!(error, name::NameError::BadPart(_)) {
                let name = name::ImageName::from_path(Path::new(&text.to_lowercase()));
                problem = problem.help(format!("{:?} would be one", name.to_string()));
            }
            value.report(problem);
            None
        }
    }
}

fn read_packages(value: Value<'_>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (text, value) in value.strings() {
        let dependency = match Dependency::parse_world(text) {
            Ok(dependency) => dependency,
            Err(error) => {
                value.report(atom_problem(text, &error, &value));
                continue;
            }
        };
        let atom = dependency.to_string();
        let place = Some(value.place());
        match words.iter().find(|word| word.name() == dependency.name) {
            None => words.push(Word { atom, place }),
            Some(known) if known.atom == atom => {}
            Some(known) => {
                let mut problem = value
                    .problem(format!("{:?} is asked for in two ways", dependency.name))
                    .help("the world holds each package once: keep one of them");
                if let Some(first) = &known.place {
                    problem = problem.related(first.clone(), "and here");
                }
                value.report(problem);
            }
        }
    }
    words
}

fn atom_problem(text: &str, error: &AtomError, value: &Value<'_>) -> Problem {
    let find = |part: &str| text.rfind(part).map(|at| at..at + part.len());
    let spot: Option<Range<usize>> = match error {
        AtomError::NoName => None,
        AtomError::BadName(_, bad) => text.find(*bad).map(|at| at..at + bad.len_utf8()),
        AtomError::NoVersion(operators) => find(operators),
        AtomError::BadVersion(version) => find(version),
        AtomError::BadTag => find("@").map(|at| at.start..text.len()),
    };
    let place = value.place_in(spot.unwrap_or(0..text.len()));
    let problem = Problem::new(error.to_string()).at(place);
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > 1 && words.iter().all(|w| Dependency::parse_world(w).is_ok()) {
        let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        return problem.help(format!("write a string for each: {}", quoted.join(", ")));
    }
    if let [word] = words.as_slice()
        && text != *word
    {
        return problem.help(format!("write it without blanks: {word:?}"));
    }
    problem
}

fn read_arch(value: Value<'_>) -> Vec<Arch> {
    let mut all = Vec::new();
    for (text, value) in value.strings() {
        match text.parse::<Arch>() {
            Ok(arch) if all.contains(&arch) => {}
            Ok(arch) => all.push(arch),
            Err(error) => {
                let names = Arch::ALL.map(Arch::name);
                let near = Arch::from_alias(text).map(Arch::name);
                value.report(match near.or(schema::nearest(text, &names)) {
                    Some(near) => value.problem(format!("{error}; did you mean {near:?}?")),
                    None => {
                        let known = format!("there are {}", names.join(", "));
                        value.problem(error.to_string()).help(known)
                    }
                });
            }
        }
    }
    all
}

fn read_exclude(value: Value<'_>) -> Vec<String> {
    distinct(value.strings().into_iter().filter_map(|(text, value)| {
        let problem = match glob(text) {
            Err(error) => value.problem(format!("{text:?} is no glob: {}", error.kind())),
            Ok(_) if !text.starts_with('/') => value
                .problem(format!("{text:?} matches no path of the image"))
                .help(format!(
                    "they all begin with a slash: \"/{text}\" or \"/**/{text}\""
                )),
            Ok(_) => return Some(text.to_owned()),
        };
        value.report(problem);
        None
    }))
}

/// Names of packages, without versions.
fn read_names(value: Value<'_>) -> Vec<String> {
    distinct(value.strings().into_iter().filter_map(|(text, value)| {
        match Dependency::parse(text) {
            Ok(dependency) if dependency.name == text => return Some(text.to_owned()),
            Ok(dependency) => value.report(value.problem(format!(
                "{text:?} is more than a package's name: {:?} is enough",
                dependency.name
            ))),
            Err(error) => value.report(value.problem(error.to_string())),
        }
        None
    }))
}

fn read_scripts(value: Value<'_>) -> Option<Scripts> {
    match value.string()? {
        "run" => Some(Scripts::Run),
        "skip" => Some(Scripts::Skip),
        text => {
            let problem = value.problem(format!("{text:?} is not what can be done with scripts"));
            value.report(problem.help("expected \"run\" or \"skip\""));
            None
        }
    }
}
