//! What git knows of a folder, read from its files: the commit, and where the code comes from.
//!
//! The layout of a repository is that of gitrepository-layout(5); git itself is not needed.
//! Whether files were changed since the commit is not looked at.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The state of a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkout {
    /// The commit that is checked out, in hexadecimal.
    pub revision: String,
    /// The address of the remote that the branch follows, or of `origin`, or of the only one,
    /// without credentials; `None` where there is none, or it is a path of a machine.
    pub source: Option<String>,
}

/// Why that is not known.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Neither the folder nor one above it is a repository.
    #[error("{} is in no git repository", .0.display())]
    None(PathBuf),
    /// A file of the repository cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is nothing committed yet.
    #[error("{} has no commit yet", .0.display())]
    NoCommit(PathBuf),
    /// A file holds what it never does, or is kept in a way that is not known here.
    #[error("{} is not as git writes it: {problem}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// References point to each other at most so often; git has the same limit.
const MAX_SYMREFS: usize = 5;

/// Looks into the repository that a folder is in.
///
/// # Errors
/// When there is none, or it has no commit, or cannot be read.
pub fn checkout(folder: &Path) -> Result<Checkout, GitError> {
    let repository = Repository::find(folder)?;
    let (branch, revision) = repository.head()?;
    let path = repository.common.join("config");
    let config = Config::parse(&read(&path)?.unwrap_or_default());
    let source = config.remote(branch.as_deref());
    Ok(Checkout {
        revision,
        source: source.and_then(public),
    })
}

struct Repository {
    /// What belongs to this working tree alone.
    own: PathBuf,
    /// What all working trees share.
    common: PathBuf,
}

impl Repository {
    fn find(folder: &Path) -> Result<Repository, GitError> {
        let none = || GitError::None(folder.to_owned());
        let absolute = match folder.as_os_str().is_empty() {
            true => fs::canonicalize("."),
            false => fs::canonicalize(folder),
        };
        let absolute = absolute.map_err(|_| none())?;
        let mut dots = absolute.ancestors().map(|above| above.join(".git"));
        let dot = dots.find(|dot| dot.exists()).ok_or_else(none)?;
        // A further working tree, or a submodule, has a file that says where.
        let own = match dot.is_dir() {
            true => dot,
            false => {
                let text = read(&dot)?.unwrap_or_default();
                let Some(path) = text.trim_end().strip_prefix("gitdir: ") else {
                    let problem = "expected \"gitdir: \" and a path".to_owned();
                    return Err(GitError::Broken { path: dot, problem });
                };
                dot.parent().unwrap_or(Path::new("")).join(path)
            }
        };
        let common = match read(&own.join("commondir"))? {
            Some(path) => own.join(path.trim_end()),
            None => own.clone(),
        };
        Ok(Repository { own, common })
    }

    /// The branch, if there is one, and the commit.
    fn head(&self) -> Result<(Option<String>, String), GitError> {
        let mut name = "HEAD".to_owned();
        let mut branch = None;
        for _ in 0..MAX_SYMREFS {
            let path = match name.as_str() {
                "HEAD" => self.own.join("HEAD"),
                name => self.common.join(name),
            };
            let text = match read(&path)? {
                Some(text) => text,
                None => self.packed(&name)?.ok_or_else(|| self.no_commit())?,
            };
            let text = text.trim_end();
            if let Some(target) = text.strip_prefix("ref: ") {
                if let Some(short) = target.strip_prefix("refs/heads/") {
                    branch = Some(short.to_owned());
                }
                if target
                    .split('/')
                    .any(|part| part == ".." || part.is_empty())
                {
                    return Err(broken(path, text));
                }
                target.clone_into(&mut name);
                continue;
            }
            // SHA-1 or SHA-256.
            let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
            return match hex && matches!(text.len(), 40 | 64) {
                true => Ok((branch, text.to_owned())),
                false => Err(broken(path, text)),
            };
        }
        Err(broken(self.own.join("HEAD"), "too many references"))
    }

    fn no_commit(&self) -> GitError {
        GitError::NoCommit(self.common.clone())
    }

    /// A reference of the list that `git gc` makes.
    fn packed(&self, name: &str) -> Result<Option<String>, GitError> {
        let reftable = self.common.join("reftable");
        if reftable.is_dir() {
            let problem = "references in a reftable are not read here".to_owned();
            return Err(GitError::Broken {
                path: reftable,
                problem,
            });
        }
        let list = read(&self.common.join("packed-refs"))?.unwrap_or_default();
        let mut lines = list.lines().filter_map(|line| line.split_once(' '));
        let found = lines.find(|(_, known)| *known == name);
        Ok(found.map(|(hash, _)| hash.to_owned()))
    }
}

fn broken(path: PathBuf, found: &str) -> GitError {
    let found: String = found.chars().take(80).collect();
    GitError::Broken {
        path,
        problem: format!("found {found:?}"),
    }
}

/// The text of a file; `None` when there is none.
fn read(path: &Path) -> Result<Option<String>, GitError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            // `refs/heads` where HEAD says `refs/heads/x/y` and there is a branch `x/y/z`.
            io::ErrorKind::IsADirectory => Ok(None),
            _ => Err(GitError::Read {
                path: path.to_owned(),
                source: error,
            }),
        },
    }
}

/// The sections of a configuration file: `remote "origin"` and their keys.
struct Config(BTreeMap<(String, String), BTreeMap<String, String>>);

impl Config {
    fn parse(text: &str) -> Config {
        let mut sections = BTreeMap::new();
        let mut section = (String::new(), String::new());
        for line in text.lines() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                let header = header.split(']').next().unwrap_or(header);
                let (kind, name) = header.split_once(' ').unwrap_or((header, ""));
                let name = name.trim().trim_matches('"').replace("\\\"", "\"");
                section = (kind.to_ascii_lowercase(), name);
            } else if let Some((key, value)) = line.split_once('=') {
                let keys: &mut BTreeMap<_, _> = sections.entry(section.clone()).or_default();
                keys.insert(key.trim().to_ascii_lowercase(), unquoted(value.trim()));
            }
        }
        Config(sections)
    }

    fn get(&self, kind: &str, name: &str, key: &str) -> Option<&str> {
        let section = self.0.get(&(kind.to_owned(), name.to_owned()))?;
        section.get(key).map(String::as_str)
    }

    fn remote(&self, branch: Option<&str>) -> Option<&str> {
        let followed = branch.and_then(|branch| self.get("branch", branch, "remote"));
        let mut remotes = self.0.keys().filter(|(kind, _)| kind == "remote");
        let only = match (remotes.next(), remotes.next()) {
            (Some((_, only)), None) => Some(only.as_str()),
            _ => None,
        };
        let mut names = [followed, Some("origin"), only].into_iter().flatten();
        names.find_map(|name| self.get("remote", name, "url"))
    }
}

/// A value without its quotes and without a comment behind it.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

/// The address of a remote as others may see it; `None` for a path.
fn public(address: &str) -> Option<String> {
    let Some((scheme, rest)) = address.split_once("://") else {
        // `git@example.org:me/project.git`; the user is a name that everybody knows.
        let (host, path) = address.split_once(':')?;
        let plain = !host.contains('/') && host.len() > 1 && !path.is_empty();
        return plain.then(|| address.to_owned());
    };
    if scheme == "file" {
        return None;
    }
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user.split(':').next(), host),
        None => (None, authority),
    };
    // A token may stand where the name does, but for ssh.
    let user = user.filter(|user| scheme.ends_with("ssh") && !user.is_empty());
    let user = user.map_or_else(String::new, |user| format!("{user}@"));
    Some(format!("{scheme}://{user}{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_here() {
        for (address, expected) in [
            (
                "https://me:secret@example.org/x.git",
                Some("https://example.org/x.git"),
            ),
            ("https://token@example.org/x", Some("https://example.org/x")),
            ("https://example.org/a@b", Some("https://example.org/a@b")),
            (
                "ssh://git:pw@example.org:22/x",
                Some("ssh://git@example.org:22/x"),
            ),
            ("git@example.org:me/x.git", Some("git@example.org:me/x.git")),
            ("/srv/git/x.git", None),
            ("../x", None),
            ("file:///srv/x", None),
            ("c:\\x", None),
        ] {
            assert_eq!(public(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn the_followed_remote_comes_first() {
        let text = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://a/o ; here\n\
                    [remote \"fork\"]\n\turl = \"https://a/#f\"\n[branch \"main\"]\n\tremote = fork\n";
        let config = Config::parse(text);
        assert_eq!(config.remote(Some("main")), Some("https://a/#f"));
        assert_eq!(config.remote(Some("other")), Some("https://a/o"));
        assert_eq!(config.remote(None), Some("https://a/o"));
        let one = Config::parse("[remote \"up\"]\nurl=https://a/u\n");
        assert_eq!(one.remote(None), Some("https://a/u"));
    }
}
