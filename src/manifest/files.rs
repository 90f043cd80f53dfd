//! `[[file]]`: what the manifest itself puts into the image.

use super::accounts::{Owner, read_owner};
use super::error::{Place, Problem};
use super::path::absolute_path;
use super::reader::{Table, Value};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// One `[[file]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileEntry {
    /// Where in the image: absolute and normalised; `/` for a directory alone.
    pub target: String,
    /// What is there.
    pub kind: FileKind,
    /// Permission bits, at most 0o7777. Always there for [`FileKind::Source`] and
    /// [`FileKind::Content`]; `None` for a directory: 0o755 if it is made, unchanged if a
    /// package brings it. A symlink has none.
    pub mode: Option<u32>,
    /// The owner; `None`: root, or unchanged for a directory that a package brings.
    pub user: Option<Owner>,
    /// The group; `None` as for `user`.
    pub group: Option<Owner>,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// What a [`FileEntry`] puts at its target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// The content of a file of this machine, a regular one when the manifest was loaded.
    Source(PathBuf),
    /// This text.
    Content(String),
    /// A symlink to this, as it is written.
    Symlink(String),
    /// A directory.
    Directory,
}

/// The keys of which an entry has exactly one.
const KINDS: [&str; 4] = ["source", "content", "symlink", "directory"];

pub(super) fn read_files(tables: &[Table<'_>]) -> Vec<FileEntry> {
    let files: Vec<FileEntry> = tables.iter().filter_map(read_file).collect();
    let mut seen = BTreeMap::new();
    for file in &files {
        if let (Some(Some(first)), Some(table)) =
            (seen.insert(&file.target, &file.place), tables.first())
        {
            let problem = Problem::new(format!("two files have the target {:?}", file.target));
            let problem = problem.at(file.place.clone());
            table
                .context
                .report(problem.related(first.clone(), "first here"));
        }
    }
    files
}

fn read_file(table: &Table<'_>) -> Option<FileEntry> {
    // Everything is read before anything is missed, so that all mistakes come out at once.
    let kind = read_kind(table);
    let mode = table.get("mode").map(|value| (read_mode(&value), value));
    let user = table.get("user").and_then(|value| read_owner(&value));
    let group = table.get("group").and_then(|value| read_owner(&value));
    let target = table.require("target");
    let target = target.and_then(|value| read_target(&value, kind.as_ref()));
    let (kind, executable) = kind?;
    let mode = match (&kind, mode) {
        (FileKind::Symlink(_), Some((_, value))) => {
            let problem = value.problem("a symlink has no mode of its own");
            table.context.report(problem);
            None
        }
        (_, Some((mode, _))) => mode,
        (FileKind::Source(_) | FileKind::Content(_), None) => {
            Some(if executable { 0o755 } else { 0o644 })
        }
        (_, None) => None,
    };
    Some(FileEntry {
        target: target?,
        kind,
        mode,
        user,
        group,
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
    let [value] = given.as_slice() else {
        let one_of = "exactly one of source, content, symlink and directory";
        let problem = match given.as_slice() {
            [first, second, ..] => {
                let (one, two) = (first.key, second.key);
                let problem = second.problem(format!("{two:?} cannot stand beside {one:?}"));
                problem.related(first.place(), "given here")
            }
            _ => Problem::new("[[file]] does not say what to put there").at(table.place()),
        };
        table.context.report(problem.help(format!("give {one_of}")));
        return None;
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

fn read_source(value: &Value<'_>) -> Option<(FileKind, bool)> {
    let path = value.context.folder.join(value.string()?);
    let problem = match fs::metadata(&path) {
        Ok(meta) if meta.is_file() => {
            let executable = meta.permissions().mode() & 0o100 != 0;
            return Some((FileKind::Source(path), executable));
        }
        Ok(meta) if meta.is_dir() => value
            .problem(format!("{path:?} is a folder"))
            .help("a source is one file; write a [[file]] for each"),
        Ok(_) => value.problem(format!("{path:?} is no regular file")),
        Err(error) => value.problem(super::load::cannot_read(&path, &error)),
    };
    value.report(problem);
    None
}

fn read_target(value: &Value<'_>, kind: Option<&(FileKind, bool)>) -> Option<String> {
    let text = value.string()?;
    let directory = matches!(kind, Some((FileKind::Directory, _)));
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
