//! `[[user]]`, `[[group]]` and the owners of files.

use super::error::{Place, Problem};
use super::path::absolute_path;
use super::reader::{Table, Value};
use std::collections::BTreeMap;

/// The largest id: the one above it means "unchanged" to chown(2).
pub const MAX_ID: u32 = u32::MAX - 1;

/// A user or group by name or by number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Owner {
    /// A name, to be looked up in the image's /etc/passwd or /etc/group.
    Name(String),
    /// A number, 0 to [`MAX_ID`].
    Id(u32),
}

/// `[[user]]`: a line of /etc/passwd to be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The login name, valid in /etc/passwd.
    pub name: String,
    /// The number; `None`: the lowest free one from 1000, of a system user from 100.
    pub uid: Option<u32>,
    /// The primary group; `None`: the group of the user's name, to be made if there is none.
    pub group: Option<Owner>,
    /// Further groups that the user is a member of.
    pub groups: Vec<String>,
    /// The home directory, absolute and normalised; `None`: `/home/NAME`, or `/dev/null`, which
    /// is no directory, for a system user.
    pub home: Option<String>,
    /// The login shell, absolute and normalised; `None`: `/sbin/nologin`.
    pub shell: Option<String>,
    /// Who that is, for people; `None`: the name.
    pub comment: Option<String>,
    /// Whether it is for a service rather than a person.
    pub system: bool,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// `[[group]]`: a line of /etc/group to be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The name, valid in /etc/group.
    pub name: String,
    /// The number; `None`: the lowest free one from 1000, of a system group from 100.
    pub gid: Option<u32>,
    /// Users that are members of it.
    pub members: Vec<String>,
    /// Whether it is for services rather than people.
    pub system: bool,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// Linux's limit, and that of busybox's adduser.
const MAX_ACCOUNT: usize = 32;

/// Whether the text may be the name of a user or group: no colon, comma or line break, which
/// would break /etc/passwd, and not to be mistaken for a number or an option.
pub(super) fn is_account(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.len() <= MAX_ACCOUNT
        && name.starts_with(first)
        && name
            .chars()
            .all(|c| first(c) || c.is_ascii_digit() || matches!(c, '.' | '-'))
}

fn account(text: &str, value: &Value<'_>) -> Option<String> {
    if is_account(text) {
        return Some(text.to_owned());
    }
    let problem = value.problem(format!("{text:?} cannot be the name of a user or group"));
    value.report(problem.help(
        "expected up to 32 letters, digits, \"_\", \".\" and \"-\", beginning with a letter or \"_\"",
    ));
    None
}

fn accounts(value: Option<Value<'_>>) -> Vec<String> {
    let strings = value.map(|value| value.strings()).unwrap_or_default();
    let mut names = Vec::new();
    for (text, value) in strings {
        if let Some(name) = account(text, &value)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// A name or a number, the latter as integer or string.
pub(super) fn read_owner(value: &Value<'_>) -> Option<Owner> {
    if value.is_integer() {
        return value.integer(MAX_ID).map(|(id, _)| Owner::Id(id));
    }
    if !value.is_string() {
        return value.mismatch("a name or a number", None);
    }
    let text = value.string()?;
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return match text.parse() {
            Ok(id) if id <= MAX_ID => Some(Owner::Id(id)),
            _ => {
                let message = format!("{text} is out of range for {:?}: 0 to {MAX_ID}", value.key);
                value.report(value.problem(message));
                None
            }
        };
    }
    account(text, value).map(Owner::Name)
}

/// An absolute path as the value of a key.
pub(super) fn read_path(value: &Value<'_>) -> Option<String> {
    let text = value.string()?;
    match absolute_path(text) {
        Ok(path) => Some(path),
        Err(error) => {
            value.report(value.problem(format!("{text:?} {error}")));
            None
        }
    }
}

pub(super) fn read_users(tables: &[Table<'_>]) -> Vec<User> {
    let read = |table: &Table<'_>| {
        let name = read_name(table);
        // The other keys are read even where the name is wrong, for their own mistakes.
        let user = User {
            name: String::new(),
            uid: table.get("uid").and_then(read_id),
            group: table.get("group").and_then(|value| read_owner(&value)),
            groups: accounts(table.get("groups")),
            home: table.get("home").and_then(|value| read_field_path(&value)),
            shell: table.get("shell").and_then(|value| read_field_path(&value)),
            comment: table.get("comment").and_then(read_comment),
            system: read_system(table),
            place: Some(table.place()),
        };
        name.map(|name| User { name, ..user })
    };
    let users: Vec<User> = tables.iter().filter_map(read).collect();
    report_repeats(tables, "user", users.iter().map(|u| (&u.name, &u.place)));
    users
}

pub(super) fn read_groups(tables: &[Table<'_>]) -> Vec<Group> {
    let read = |table: &Table<'_>| {
        let name = read_name(table);
        let group = Group {
            name: String::new(),
            gid: table.get("gid").and_then(read_id),
            members: accounts(table.get("members")),
            system: read_system(table),
            place: Some(table.place()),
        };
        name.map(|name| Group { name, ..group })
    };
    let groups: Vec<Group> = tables.iter().filter_map(read).collect();
    report_repeats(tables, "group", groups.iter().map(|g| (&g.name, &g.place)));
    groups
}

/// A path that can stand in /etc/passwd.
fn read_field_path(value: &Value<'_>) -> Option<String> {
    let path = read_path(value)?;
    if path.contains(':') {
        value.report(value.problem(format!(
            "{path:?} has a colon, which /etc/passwd cannot hold"
        )));
        return None;
    }
    Some(path)
}

fn read_comment(value: Value<'_>) -> Option<String> {
    let text = value.string()?;
    if text.contains(':') || text.chars().any(char::is_control) {
        let message = format!("{text:?} has what /etc/passwd cannot hold: a colon or a line break");
        value.report(value.problem(message));
        return None;
    }
    Some(text.to_owned())
}

fn read_system(table: &Table<'_>) -> bool {
    let value = table.get("system");
    value.and_then(|value| value.boolean()).unwrap_or(false)
}

fn read_name(table: &Table<'_>) -> Option<String> {
    let value = table.require("name")?;
    account(value.string()?, &value)
}

fn read_id(value: Value<'_>) -> Option<u32> {
    value.integer(MAX_ID).map(|(id, _)| id)
}

fn report_repeats<'u>(
    tables: &[Table<'_>],
    what: &str,
    all: impl Iterator<Item = (&'u String, &'u Option<Place>)>,
) {
    let mut seen = BTreeMap::new();
    for (name, place) in all {
        if let (Some(Some(first)), Some(table)) = (seen.insert(name, place), tables.first()) {
            let problem = Problem::new(format!("the {what} {name:?} is described twice"));
            let problem = problem
                .at(place.clone())
                .related(first.clone(), "first here")
                .help("keep one of them");
            table.context.report(problem);
        }
    }
}
