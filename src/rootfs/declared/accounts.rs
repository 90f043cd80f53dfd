//! `[[group]]` and `[[user]]`: lines of etc/group, etc/passwd and etc/shadow.

use super::{inner, load, problem};
use crate::manifest::{Group, Manifest, ManifestError, Owner, User};
use crate::rootfs::content::Content;
use crate::rootfs::package::Candidate;
use crate::rootfs::tree::{Node, NodeKind, Tree};
use bstr::ByteSlice;
use std::sync::Arc;

/// Where the numbers of ordinary users and groups begin.
const FIRST_ID: u32 = 1000;
/// Where they end, as `adduser` has it.
const LAST_ID: u32 = 60000;
const SECONDS_A_DAY: u64 = 86400;

/// The three files, as lines.
struct Files {
    passwd: Vec<String>,
    group: Vec<String>,
    shadow: Vec<String>,
}

pub(super) fn apply(
    tree: &mut Tree,
    manifest: &Manifest,
    candidates: &[Candidate<'_>],
    time: u64,
) -> Result<(), ManifestError> {
    if manifest.users.is_empty() && manifest.groups.is_empty() {
        return Ok(());
    }
    let lines = |path| lines_of(tree, candidates, path);
    let mut files = Files {
        passwd: lines("etc/passwd"),
        group: lines("etc/group"),
        shadow: lines("etc/shadow"),
    };
    for group in &manifest.groups {
        files.add_group(group)?;
    }
    let mut homes = Vec::new();
    for user in &manifest.users {
        homes.push((user, files.add_user(user, time / SECONDS_A_DAY)?));
    }
    // Members may be users that were only just made.
    for group in &manifest.groups {
        for member in &group.members {
            files.join(&group.name, member);
        }
    }
    for (path, lines, mode) in [
        ("etc/passwd", &files.passwd, 0o644),
        ("etc/group", &files.group, 0o644),
        ("etc/shadow", &files.shadow, 0o640),
    ] {
        write_lines(tree, path, lines, mode).map_err(|error| problem(error.to_string(), &None))?;
    }
    for (user, (uid, gid)) in homes {
        make_home(tree, user, uid, gid)?;
    }
    Ok(())
}

fn lines_of(tree: &Tree, candidates: &[Candidate<'_>], path: &str) -> Vec<String> {
    let bytes: Option<Arc<[u8]>> =
        tree.resolve(path.as_bytes())
            .ok()
            .flatten()
            .and_then(|id| match &tree.node(id).kind {
                NodeKind::File(content) => load(candidates, content),
                _ => None,
            });
    let bytes = bytes.unwrap_or_else(|| Arc::from([]));
    bytes
        .lines()
        .map(|line| line.to_str_lossy().into_owned())
        .collect()
}

/// Gives a file new content, and lets its owner and mode be if it is there.
fn write_lines(
    tree: &mut Tree,
    path: &str,
    lines: &[String],
    mode: u32,
) -> Result<(), crate::rootfs::PathError> {
    let bytes = lines
        .iter()
        .flat_map(|line| [line, "\n"])
        .collect::<String>();
    let content = NodeKind::File(Content::Bytes(bytes.into_bytes().into()));
    match tree.resolve(path.as_bytes())? {
        Some(id) => {
            let node = tree.node_mut(id);
            (node.kind, node.mtime) = (content, None);
        }
        None => {
            tree.make_directories(b"etc")?;
            tree.put(path.as_bytes(), Node::new(content, mode))?;
        }
    }
    Ok(())
}

fn make_home(tree: &mut Tree, user: &User, uid: u32, gid: u32) -> Result<(), ManifestError> {
    let home = home_of(user);
    let path = inner(&home);
    if path.is_empty() || tree.find(path).is_some() {
        return Ok(());
    }
    let id = tree.make_directories(path).map_err(|error| {
        let message = format!("the home {home} of {} cannot be made: {error}", user.name);
        problem(message, &user.place)
    })?;
    let node = tree.node_mut(id);
    (node.uid, node.gid) = (uid, gid);
    Ok(())
}

fn home_of(user: &User) -> String {
    user.home
        .clone()
        .unwrap_or_else(|| format!("/home/{}", user.name))
}

/// A field of a line such as `name:x:number`.
fn field(line: &str, number: usize) -> &str {
    line.split(':').nth(number).unwrap_or("")
}

fn find<'l>(lines: &'l [String], name: &str) -> Option<&'l str> {
    lines
        .iter()
        .map(String::as_str)
        .find(|line| field(line, 0) == name)
}

fn is_taken(lines: &[String], id: u32) -> bool {
    lines.iter().any(|line| field(line, 2).parse() == Ok(id))
}

/// The number in a line.
fn id_of(line: &str) -> Option<u32> {
    field(line, 2).parse().ok()
}

impl Files {
    /// The lowest number from [`FIRST_ID`] that neither a user nor a group has, so that a user
    /// and the group of its name can share it.
    fn free_id(&self) -> Option<u32> {
        (FIRST_ID..=LAST_ID).find(|id| !is_taken(&self.passwd, *id) && !is_taken(&self.group, *id))
    }

    /// The group of this name; it is made if there is none.
    fn group_named(&mut self, name: &str, wanted: Option<u32>) -> Result<u32, String> {
        if let Some(line) = find(&self.group, name) {
            let found = id_of(line).ok_or(format!("etc/group has a bad line for {name:?}"))?;
            return match wanted {
                Some(wanted) if wanted != found => {
                    Err(format!("the group {name:?} is there already, as {found}"))
                }
                _ => Ok(found),
            };
        }
        let gid = wanted
            .or_else(|| self.free_id())
            .ok_or("no number is left for a group")?;
        self.group.push(format!("{name}:x:{gid}:"));
        Ok(gid)
    }

    fn add_group(&mut self, group: &Group) -> Result<(), ManifestError> {
        self.group_named(&group.name, group.gid)
            .map(|_| ())
            .map_err(|message| problem(message, &group.place))
    }

    /// Adds a user, unless it is there as it shall be; returns its numbers.
    fn add_user(&mut self, user: &User, day: u64) -> Result<(u32, u32), ManifestError> {
        let failed = |message| problem(message, &user.place);
        let name = &user.name;
        let ids = if let Some(line) = find(&self.passwd, name) {
            let gid = field(line, 3).parse().ok();
            let (Some(uid), Some(gid)) = (id_of(line), gid) else {
                return Err(failed(format!("etc/passwd has a bad line for {name:?}")));
            };
            if user.uid.is_some_and(|wanted| wanted != uid) {
                return Err(failed(format!(
                    "the user {name:?} is there already, as {uid}"
                )));
            }
            (uid, gid)
        } else {
            let uid = user.uid.or_else(|| self.free_id());
            let uid = uid.ok_or_else(|| failed("no number is left for a user".into()))?;
            let gid = self.primary_group(user, uid).map_err(failed)?;
            let (home, shell) = (home_of(user), user.shell.as_deref());
            let shell = shell.unwrap_or("/sbin/nologin");
            self.passwd
                .push(format!("{name}:x:{uid}:{gid}:{name}:{home}:{shell}"));
            // `!`: no password fits.
            self.shadow.push(format!("{name}:!:{day}:0:99999:7:::"));
            (uid, gid)
        };
        for group in &user.groups {
            if find(&self.group, group).is_none() {
                return Err(failed(format!(
                    "{name:?} shall be in the group {group:?}, which the image does not have"
                )));
            }
            self.join(group, name);
        }
        Ok(ids)
    }

    fn primary_group(&mut self, user: &User, uid: u32) -> Result<u32, String> {
        match &user.group {
            Some(Owner::Id(gid)) => Ok(*gid),
            Some(Owner::Name(group)) => find(&self.group, group).and_then(id_of).ok_or(format!(
                "the group {group:?} of {:?} is not there; a [[group]] would make it",
                user.name
            )),
            None if find(&self.group, &user.name).is_some() => self.group_named(&user.name, None),
            None => {
                let same = Some(uid).filter(|id| !is_taken(&self.group, *id));
                self.group_named(&user.name, same)
            }
        }
    }

    /// Makes a user a member of a group that is there.
    fn join(&mut self, group: &str, member: &str) {
        let line = self.group.iter_mut().find(|line| field(line, 0) == group);
        if let Some(line) = line
            && !field(line, 3).split(',').any(|known| known == member)
        {
            if !line.ends_with(':') {
                line.push(',');
            }
            line.push_str(member);
        }
    }
}
