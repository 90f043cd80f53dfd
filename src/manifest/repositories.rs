//! `[repositories]` and `[[repository]]`: where packages come from and whose signature counts.

use super::error::{Place, Problem};
use super::reader::{Table, Value};
use crate::demo;
use std::path::PathBuf;

/// What stands before the name of a repository that the program carries.
const BUILTIN: &str = "builtin:";

/// One `[[repository]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RepositoryConfig {
    /// What stands before `/ARCH/APKINDEX.tar.gz`: an http, https or file URL without a final
    /// slash, the path of a folder (resolved against the manifest's own), or `builtin:` and the
    /// name of a repository that the program carries.
    pub url: String,
    /// Where else it is, in the order in which these are tried after `url`.
    pub mirrors: Vec<String>,
    /// Packages of it are used only for words such as `php@tag`.
    pub tag: Option<String>,
    /// Public keys (or folders of them) whose signatures alone count for this repository;
    /// empty: Alpine's.
    pub keys: Vec<PathBuf>,
    /// Whether its index and packages may go without a signature.
    pub allow_unsigned: bool,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// A release of Alpine as its addresses have it: `3.23` or `edge`, from `3.23`, `v3.23` or
/// `edge`. `None` for anything else.
///
/// ```
/// use apkcompose::manifest::release;
/// assert_eq!(release("v3.23").as_deref(), Some("3.23"));
/// assert_eq!(release("3.23.1"), None);
/// ```
pub fn release(text: &str) -> Option<String> {
    let number = text.strip_prefix('v').unwrap_or(text);
    let digits =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let (major, minor) = number.split_once('.').unwrap_or(("", ""));
    (text == "edge" || (digits(major) && digits(minor))).then(|| number.to_owned())
}

/// The value of `alpine`.
pub(super) fn read_release(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    let release = release(text);
    if release.is_none() {
        let mut problem = value.problem(format!("{text:?} is no release of Alpine"));
        let number = text.strip_prefix('v').unwrap_or(text);
        let branch: Vec<&str> = number.split('.').take(2).collect();
        problem = problem.help(match self::release(&branch.join(".")) {
            Some(branch) => format!("packages come from its branch: write {branch:?}"),
            None => "expected a branch such as \"3.23\", or \"edge\"".to_owned(),
        });
        value.report(problem);
    }
    release
}

pub(super) fn read_repositories(tables: &[Table<'_>]) -> Vec<RepositoryConfig> {
    let mut all: Vec<RepositoryConfig> = Vec::new();
    for table in tables {
        let url = table.require("url");
        let place = url.as_ref().map(Value::place);
        let url = url.and_then(|value| read_url(&value));
        let mirrors = table.get("mirrors").map(read_mirrors).unwrap_or_default();
        let tag = table.get("tag").and_then(|value| read_tag(&value));
        let builtin = url.as_ref().is_some_and(|url| url.starts_with(BUILTIN));
        let keys = match table.get("keys") {
            Some(keys) if builtin => {
                let message = "what the program carries is signed by its own key alone";
                keys.report(keys.problem(message).help("leave \"keys\" out"));
                Vec::new()
            }
            keys => keys.map(read_keys).unwrap_or_default(),
        };
        let unsigned = table.get("allow-unsigned");
        let unsigned = unsigned.and_then(|value| value.boolean());
        let Some(url) = url else { continue };
        let repository = RepositoryConfig {
            url,
            mirrors,
            tag,
            keys,
            allow_unsigned: unsigned.unwrap_or(false),
            place,
        };
        let twin = all.iter().find(|other| other.same(&repository));
        if let Some(Some(first)) = twin.map(|other| &other.place) {
            let problem = Problem::new(format!("{:?} is listed twice", repository.url));
            let problem = problem
                .at(table.place())
                .related(first.clone(), "first here");
            table.context.report(problem);
        }
        all.push(repository);
    }
    all
}

impl RepositoryConfig {
    /// Whether both are the same place under the same tag.
    pub(super) fn same(&self, other: &RepositoryConfig) -> bool {
        (&self.url, &self.tag) == (&other.url, &other.tag)
    }
}

fn read_url(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    if let Some(name) = text.strip_prefix(BUILTIN) {
        if name == demo::REPOSITORY {
            return Some(text.to_owned());
        }
        let problem = value.problem(format!("the program carries no repository {name:?}"));
        let known = format!(
            "the one that it carries is \"{BUILTIN}{}\"",
            demo::REPOSITORY
        );
        value.report(problem.help(known));
        return None;
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let bad = |c: char| c.is_control() || (scheme.is_some() && c.is_whitespace());
    let problem = if rest.is_empty() || (scheme.is_some() && rest.trim_matches('/').is_empty()) {
        value.problem("the repository's address is empty")
    } else if text.contains(bad) {
        value.problem(format!("{text:?} has characters that no address has"))
    } else if text.ends_with("APKINDEX.tar.gz") {
        value
            .problem("this is the address of an index")
            .help("write the repository's: what stands before /ARCH/APKINDEX.tar.gz")
    } else {
        match scheme {
            Some("http" | "https" | "file") => {
                return Some(text.trim_end_matches('/').to_owned());
            }
            Some(scheme) => value
                .problem(format!("{scheme:?} is no kind of address that can be read"))
                .help("expected https://, http://, file:// or the path of a folder"),
            None => match value.context.folder.join(text).to_str() {
                Some(path) => return Some(path.to_owned()),
                None => value.problem("the path of the manifest is not UTF-8"),
            },
        }
    };
    value.report(problem);
    None
}

/// Addresses at which the same is to be had.
pub(super) fn read_mirrors(value: Value<'_>) -> Vec<String> {
    let mut mirrors = Vec::new();
    for (_, value) in value.strings() {
        match read_url(&value) {
            Some(url) if url.starts_with(BUILTIN) => {
                value.report(value.problem("what the program carries is no mirror of anything"));
            }
            Some(url) if !mirrors.contains(&url) => mirrors.push(url),
            _ => {}
        }
    }
    mirrors
}

fn read_tag(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    let bad = |c: char| c.is_whitespace() || c.is_control() || "@!=<>~".contains(c);
    if text.is_empty() || text.contains(bad) {
        let mut problem = value.problem(format!("{text:?} cannot be a tag"));
        if let Some(tag) = text.strip_prefix('@')
            && !tag.is_empty()
            && !tag.contains(bad)
        {
            problem = problem.help(format!("write {tag:?}; packages ask for it as name@{tag}"));
        }
        value.report(problem);
        return None;
    }
    Some(text.to_owned())
}

fn read_keys(value: Value<'_>) -> Vec<PathBuf> {
    let mut keys = Vec::new();
    for (text, value) in value.strings() {
        let path = value.context.folder.join(text);
        match std::fs::metadata(&path) {
            Ok(_) if keys.contains(&path) => {}
            Ok(_) => keys.push(path),
            Err(error) => {
                let problem = value.problem(super::load::cannot_read(&path, &error));
                value.report(problem.help(super::load::RELATIVE));
            }
        }
    }
    keys
}
