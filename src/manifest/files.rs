//! `[[file]]`: what the manifest itself puts into the image.

use super::accounts::{Owner, read_owner, read_path};
use super::error::{Place, Problem};
use super::image::distinct;
use super::path::absolute_path;
use super::reader::{Table, Value};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// One `[[file]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileEntry {
    /// Where in the image: absolute and normalised; `/` for a directory or a folder alone.
    pub target: String,
    /// What is there.
    pub kind: FileKind,
    /// Permission bits, at most 0o7777. Always there for [`FileKind::Source`] and
    /// [`FileKind::Content`]. `None` for a directory: 0o755 if it is made, unchanged if a
    /// package brings it; for a folder: each file's 0o644, or 0o755 if its owner may execute
    /// it here; for [`FileKind::Change`]: unchanged. A link has none.
    pub mode: Option<u32>,
    /// Permission bits of the directories that are made of a folder; `None`: 0o755.
    pub directory_mode: Option<u32>,
    /// The owner; `None`: root, or unchanged for what is there already.
    pub user: Option<Owner>,
    /// The group; `None` as for `user`.
    pub group: Option<Owner>,
    /// What of a folder is left out: valid globs over the paths in it, without a slash at the
    /// beginning.
    pub exclude: Vec<String>,
    /// Whether the files are templates, in which variables stand.
    pub template: bool,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// What a [`FileEntry`] puts at its target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// The content of a file of this machine, a regular one when the manifest was loaded.
    Source(PathBuf),
    /// All that is in a folder of this machine.
    Folder(PathBuf),
    /// This text.
    Content(String),
    /// A symlink to this, as it is written.
    Symlink(String),
    /// Another name of what has this path in the image: absolute and normalised.
    HardLink(String),
    /// A directory.
    Directory,
    /// What is there already, with another mode or owner.
    Change,
}

/// The keys of which an entry has at most one.
const KINDS: [&str; 5] = ["source", "content", "symlink", "hardlink", "directory"];

pub(super) fn read_files(tables: &[Table<'_>]) -> Vec<FileEntry> {
    let files: Vec<FileEntry> = tables.iter().filter_map(read_file).collect();
    let mut seen = BTreeMap::new();
    for file in &files {
        if let (Some(Some(first)), Some(table)) =
            (seen.insert(&file.target, &file.place), tables.first())
        {
            let problem = Problem::new(format!("two files have the target {:?}", file.target));
            let problem = problem.at(file.place.clone());
            let problem = problem.related(first.clone(), "first here");
            table.context.report(problem.help("keep one of them"));
        }
    }
    files
}

fn read_file(table: &Table<'_>) -> Option<FileEntry> {
    // Everything is read before anything is missed, so that all mistakes come out at once.
    let kind = read_kind(table);
    let mode_of = |key| table.get(key).map(|value| (read_mode(&value), value));
    let (mode, directory_mode) = (mode_of("mode"), mode_of("directory-mode"));
    let user = table.get("user").and_then(|value| read_owner(&value));
    let group = table.get("group").and_then(|value| read_owner(&value));
    let exclude = table.get("exclude").map(read_exclude).unwrap_or_default();
    let template = table.get("template").and_then(|value| value.boolean());
    let target = table.require("target");
    let target = target.and_then(|value| read_target(&value, kind.as_ref()));
    let (kind, executable) = kind?;
    let folder = matches!(kind, FileKind::Folder(_));
    let texts = matches!(kind, FileKind::Source(_) | FileKind::Content(_));
    for (key, fits, of) in [
        ("directory-mode", folder, "a folder"),
        ("exclude", folder, "a folder"),
        ("template", folder || texts, "source or content"),
    ] {
        if let (Some(value), false) = (table.get(key), fits) {
            value.report(value.problem(format!("{key:?} is for {of} alone")));
        }
    }
    let mode = match (&kind, mode) {
        (FileKind::Symlink(_) | FileKind::HardLink(_), Some((_, value))) => {
            let what = match kind {
                FileKind::Symlink(_) => "a symlink",
                _ => "a further name",
            };
            value.report(value.problem(format!("{what} has no mode of its own")));
            None
        }
        (_, Some((mode, _))) => mode,
        (FileKind::Source(_) | FileKind::Content(_), None) => {
            Some(if executable { 0o755 } else { 0o644 })
        }
        (_, None) => None,
    };
    if let (FileKind::HardLink(_), Some(value)) = (&kind, table.get("user").or(table.get("group")))
    {
        value.report(value.problem("a further name has no owner of its own"));
    }
    Some(FileEntry {
        target: target?,
        kind,
        mode,
        directory_mode: directory_mode.and_then(|(mode, _)| mode),
        user,
        group,
        exclude,
        template: template.unwrap_or(false),
        place: Some(table.place()),
    })
}

/// What the entry puts there, and whether it is executable on this machine.
fn read_kind(table: &Table<'_>) -> Option<(FileKind, bool)> {
    let mut given = KINDS
        .iter()
        .filter_map(|kind| table.get(kind))
        .collect::<Vec<_>>();
    given.sort_by_key(|value| value.span.start);
    let changes = ["mode", "user", "group"];
    let value = match given.as_slice() {
        [value] => value,
        [] if changes.iter().any(|key| table.get(key).is_some()) => {
            return Some((FileKind::Change, false));
        }
        [] => {
            let problem = Problem::new("[[file]] does not say what to put there");
            table.context.report(problem.at(table.place()).help(
                "give one of source, content, symlink, hardlink and directory; or mode, user or \
                 group, to change what a package has there",
            ));
            return None;
        }
        [first, second, ..] => {
            let (one, two) = (first.key, second.key);
            let problem = second.problem(format!("{two:?} cannot stand beside {one:?}"));
            let help = "give exactly one of source, content, symlink, hardlink and directory";
            let problem = problem.related(first.place(), "given here").help(help);
            table.context.report(problem);
            return None;
        }
    };
    match value.key {
        "source" => read_source(value),
        "content" => Some((FileKind::Content(value.string()?.to_owned()), false)),
        "symlink" => {
            let text = value.string()?;
            if text.is_empty() || text.chars().any(char::is_control) || text.len() > 4095 {
                let message = format!("{text:?} cannot be what a symlink points to");
                value.report(value.problem(message));
                return None;
            }
            Some((FileKind::Symlink(text.to_owned()), false))
        }
        "hardlink" => Some((FileKind::HardLink(read_path(value)?), false)),
        _ => {
            if !value.boolean()? {
                let problem = value.problem("\"directory\" can only be true");
                value.report(problem.help("leave it out and give source, content or symlink"));
                return None;
            }
            Some((FileKind::Directory, false))
        }
    }
}

/// Globs over the paths in a folder.
fn read_exclude(value: Value<'_>) -> Vec<String> {
    let strings = value.strings().into_iter();
    let valid = strings.filter_map(|(text, value)| {
        let problem = match super::glob(text) {
            Err(error) => value.problem(format!("{text:?} is no glob: {}", error.kind())),
            Ok(_) if text.starts_with('/') => value
                .problem(format!("{text:?} matches no path in the folder"))
                .help("they are told from the folder on, without a slash before them"),
            Ok(_) => return Some(text.to_owned()),
        };
        value.report(problem);
        None
    });
    distinct(valid)
}

fn read_source(value: &Value<'_>) -> Option<(FileKind, bool)> {
    let path = value.context.folder.join(value.string()?);
    let problem = match fs::metadata(&path) {
        Ok(meta) if meta.is_file() => {
            let executable = meta.permissions().mode() & 0o100 != 0;
            return Some((FileKind::Source(path), executable));
        }
        Ok(meta) if meta.is_dir() => return Some((FileKind::Folder(path), false)),
        Ok(_) => value.problem(format!("{path:?} is neither a file nor a folder")),
        Err(error) => value
            .problem(super::load::cannot_read(&path, &error))
            .help(super::load::RELATIVE),
    };
    value.report(problem);
    None
}

fn read_target(value: &Value<'_>, kind: Option<&(FileKind, bool)>) -> Option<String> {
    let text = value.string()?;
    let directory = matches!(
        kind,
        Some((
            FileKind::Directory | FileKind::Folder(_) | FileKind::Change,
            _
        ))
    );
    let problem = match absolute_path(text) {
        Err(error) => value.problem(format!("target {text:?} {error}")),
        Ok(path) if !directory && (path == "/" || text.ends_with('/')) => value
            .problem(format!("target {text:?} names a directory"))
            .help("give the name of the file as well"),
        Ok(path) => return Some(path),
    };
    value.report(problem);
    None
}

fn read_mode(value: &Value<'_>) -> Option<u32> {
    const MAX: u32 = 0o7777;
    let help = "write it in octal: \"0755\" or 0o755";
    if value.is_integer() {
        let (mode, base) = value.integer(u32::MAX)?;
        if base == 8 && mode <= MAX {
            return Some(mode);
        }
        // A decimal 755 would be 0o1363: nobody means that.
        let message = match base {
            8 => format!("mode 0o{mode:o} is out of range: 0 to 0o7777"),
            _ => "a mode must be written in octal".to_owned(),
        };
        let help = match base {
            10 => format!("write \"0{mode}\" or 0o{mode}"),
            _ => help.to_owned(),
        };
        value.report(value.problem(message).help(help));
        return None;
    }
    if !value.is_string() {
        return value.mismatch("an octal mode", Some(help.to_owned()));
    }
    let text = value.string()?;
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = !digits.is_empty() && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    match u32::from_str_radix(digits, 8) {
        Ok(mode) if octal && mode <= MAX => Some(mode),
        _ => {
            let problem = value.problem(format!("{text:?} is no octal mode from 0 to 7777"));
            value.report(problem.help(help));
            None
        }
    }
}
