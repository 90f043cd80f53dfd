//! `[[group]]` and `[[user]]`: lines of etc/group, etc/passwd and etc/shadow.

use super::{inner, load, problem};
use crate::manifest::{Group, Manifest, ManifestError, Owner, User};
use crate::rootfs::content::Content;
use crate::rootfs::package::Candidate;
use crate::rootfs::tree::{Node, NodeKind, Tree};
use bstr::ByteSlice;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The numbers of ordinary users and groups, as busybox's `adduser` has them.
const IDS: RangeInclusive<u32> = 1000..=60000;
/// Those of system users and groups.
const SYSTEM_IDS: RangeInclusive<u32> = 100..=999;
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
            if find(&files.passwd, member).is_none() {
                let message = format!(
                    "{member:?} shall be a member of {:?}, but the image has no such user",
                    group.name
                );
                return Err(problem(message, &group.place));
            }
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

/// Makes the home of a user. One that is there stays as it is.
fn make_home(tree: &mut Tree, user: &User, uid: u32, gid: u32) -> Result<(), ManifestError> {
    // A system user has none unless one is named.
    if user.system && user.home.is_none() {
        return Ok(());
    }
    let home = home_of(user);
    let path = inner(&home);
    let failed = |error: String| {
        let message = format!("the home {home} of {} cannot be made: {error}", user.name);
        problem(message, &user.place)
    };
    if path.is_empty() || home == NO_HOME {
        return Ok(());
    }
    match tree.resolve(path) {
        Ok(Some(id)) if tree.node(id).is_directory() => return Ok(()),
        Ok(Some(_)) => return Err(failed("it is there already and no directory".into())),
        _ => {}
    }
    let id = tree
        .make_directories(path)
        .map_err(|error| failed(error.to_string()))?;
    let node = tree.node_mut(id);
    (node.uid, node.gid) = (uid, gid);
    Ok(())
}

/// What Alpine's packages write for users without a home.
const NO_HOME: &str = "/dev/null";

fn home_of(user: &User) -> String {
    match (&user.home, user.system) {
        (Some(home), _) => home.clone(),
        (None, true) => NO_HOME.to_owned(),
        (None, false) => format!("/home/{}", user.name),
    }
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

/// Who has this number.
fn holder(lines: &[String], id: u32) -> Option<&str> {
    let line = lines.iter().find(|line| field(line, 2).parse() == Ok(id));
    line.map(|line| field(line, 0))
}

/// The number in a line.
fn id_of(line: &str) -> Option<u32> {
    field(line, 2).parse().ok()
}

impl Files {
    /// The lowest number that neither a user nor a group has, so that a user and the group of
    /// its name can share it.
    fn free_id(&self, system: bool) -> Option<u32> {
        let free =
            |id: &u32| holder(&self.passwd, *id).is_none() && holder(&self.group, *id).is_none();
        let mut ids = if system { SYSTEM_IDS } else { IDS };
        ids.find(free)
    }

    /// The group of this name; it is made if there is none.
    fn group_named(
        &mut self,
        name: &str,
        wanted: Option<u32>,
        system: bool,
    ) -> Result<u32, String> {
        if let Some(line) = find(&self.group, name) {
            let found = id_of(line).ok_or(format!("etc/group has a bad line for {name:?}"))?;
            return match wanted {
                Some(wanted) if wanted != found => {
                    Err(format!("the group {name:?} is there already, as {found}"))
                }
                _ => Ok(found),
            };
        }
        if let Some(gid) = wanted
            && let Some(other) = holder(&self.group, gid)
        {
            return Err(format!(
                "the group {name:?} cannot be {gid}: that is {other:?}"
            ));
        }
        let gid = wanted
            .or_else(|| self.free_id(system))
            .ok_or("no number is left for a group")?;
        self.group.push(format!("{name}:x:{gid}:"));
        Ok(gid)
    }

    fn add_group(&mut self, group: &Group) -> Result<(), ManifestError> {
        self.group_named(&group.name, group.gid, group.system)
            .map(|_| ())
            .map_err(|message| problem(message, &group.place))
    }

    /// Adds a user, unless it is there as it shall be; returns its numbers.
    fn add_user(&mut self, user: &User, day: u64) -> Result<(u32, u32), ManifestError> {
        let failed = |message| problem(message, &user.place);
        let name = &user.name;
        let ids = match find(&self.passwd, name) {
            Some(line) => self.known_user(user, line).map_err(failed)?,
            None => self.new_user(user, day).map_err(failed)?,
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

    /// The numbers of a user that a package brings, if it is as the manifest has it.
    fn known_user(&self, user: &User, line: &str) -> Result<(u32, u32), String> {
        let name = &user.name;
        let bad = || format!("etc/passwd has a bad line for {name:?}");
        let uid = id_of(line).ok_or_else(bad)?;
        let gid: u32 = field(line, 3).parse().map_err(|_| bad())?;
        let group = match &user.group {
            Some(Owner::Name(group)) => Some(find(&self.group, group).and_then(id_of).ok_or(
                format!("the group {group:?} of {name:?} is not there; a [[group]] would make it"),
            )?),
            Some(Owner::Id(gid)) => Some(*gid),
            None => None,
        };
        if user.uid.is_some_and(|wanted| wanted != uid) {
            return Err(format!("the user {name:?} is there already, as {uid}"));
        }
        if group.is_some_and(|wanted| wanted != gid) {
            return Err(format!(
                "the user {name:?} is there already, in the group {gid}"
            ));
        }
        for (what, wanted, number) in [
            ("comment", &user.comment, 4),
            ("home", &user.home, 5),
            ("shell", &user.shell, 6),
        ] {
            let found = field(line, number);
            if wanted.as_ref().is_some_and(|wanted| wanted != found) {
                return Err(format!(
                    "the user {name:?} is there already, with the {what} {found:?}"
                ));
            }
        }
        Ok((uid, gid))
    }

    fn new_user(&mut self, user: &User, day: u64) -> Result<(u32, u32), String> {
        let name = &user.name;
        if let Some(uid) = user.uid
            && let Some(other) = holder(&self.passwd, uid)
        {
            return Err(format!(
                "the user {name:?} cannot be {uid}: that is {other:?}"
            ));
        }
        let uid = user.uid.or_else(|| self.free_id(user.system));
        let uid = uid.ok_or("no number is left for a user")?;
        let gid = self.primary_group(user, uid)?;
        let home = home_of(user);
        let shell = user.shell.as_deref().unwrap_or("/sbin/nologin");
        let comment = user.comment.as_ref().unwrap_or(name);
        self.passwd
            .push(format!("{name}:x:{uid}:{gid}:{comment}:{home}:{shell}"));
        // `!`: no password fits.
        self.shadow.push(format!("{name}:!:{day}:0:99999:7:::"));
        Ok((uid, gid))
    }

    fn primary_group(&mut self, user: &User, uid: u32) -> Result<u32, String> {
        match &user.group {
            Some(Owner::Id(gid)) => Ok(*gid),
            Some(Owner::Name(group)) => find(&self.group, group).and_then(id_of).ok_or(format!(
                "the group {group:?} of {:?} is not there; a [[group]] would make it",
                user.name
            )),
            None if find(&self.group, &user.name).is_some() => {
                self.group_named(&user.name, None, user.system)
            }
            None => {
                let same = Some(uid).filter(|id| holder(&self.group, *id).is_none());
                self.group_named(&user.name, same, user.system)
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
