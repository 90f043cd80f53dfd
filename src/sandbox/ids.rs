//! Which user and group numbers a box has: the maps of its user namespace (user_namespaces(7)).

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// The first of the numbers that stand for the box's own when root makes it: nobody's, so that
/// root of the box is not root of the machine. Beyond what accounts, subordinate ids and other
/// programs that do the same use.
const SHIFTED: u64 = 0x7000_0000;

/// How many there are of them.
const SHIFTED_COUNT: u64 = 1 << 24;

/// A piece of a map: numbers inside, numbers outside, how many.
type Extent = (u64, u64, u64);

fn text(extents: &[Extent]) -> String {
    let lines = extents
        .iter()
        .map(|(inside, outside, count)| format!("{inside} {outside} {count}\n"));
    lines.collect()
}

/// Writes the maps of the user namespace of a process that was just made.
///
/// # Errors
/// When not even a single number can be mapped.
pub fn write_maps(pid: u32, program: &Path) -> io::Result<()> {
    let uid = u64::from(rustix::process::geteuid().as_raw());
    let gid = u64::from(rustix::process::getegid().as_raw());
    if uid == 0 {
        // Numbers that are not mapped here either cannot be given on, and a program that only
        // root can execute cannot be started again by anybody else.
        let shifted = [(0, SHIFTED, SHIFTED_COUNT)];
        if is_executable_by_others(program) && both(pid, &text(&shifted), &text(&shifted)).is_ok() {
            return Ok(());
        }
        let own = |name| -> io::Result<String> {
            let map = fs::read_to_string(format!("/proc/self/{name}_map"))?;
            Ok(text(&inside(&map)))
        };
        if both(pid, &own("uid")?, &own("gid")?).is_ok() {
            return Ok(());
        }
    } else if let (Some(users), Some(groups)) = (
        subordinate("/etc/subuid", uid),
        subordinate("/etc/subgid", uid),
    ) {
        let maps = [
            ("newuidmap", map_with(uid, users)),
            ("newgidmap", map_with(gid, groups)),
        ];
        if maps.iter().all(|(helper, map)| run(helper, pid, map)) {
            return Ok(());
        }
    }
    // Who may map one number alone must give up changing groups first. If subordinate ids were
    // half set up, one of these is there already.
    let _ = fs::write(format!("/proc/{pid}/setgroups"), "deny");
    let user = fs::write(format!("/proc/{pid}/uid_map"), text(&[(0, uid, 1)]));
    let group = fs::write(format!("/proc/{pid}/gid_map"), text(&[(0, gid, 1)]));
    let is_mapped = |name| {
        fs::read_to_string(format!("/proc/{pid}/{name}_map")).is_ok_and(|map| !map.is_empty())
    };
    match (is_mapped("uid"), is_mapped("gid")) {
        (true, true) => Ok(()),
        _ => user.and(group),
    }
}

/// The numbers outside that root of a process's user namespace has.
///
/// # Errors
/// When they cannot be read.
pub fn root_of(pid: u32) -> io::Result<(Option<u32>, Option<u32>)> {
    let outside = |name| -> io::Result<Option<u32>> {
        let map = fs::read_to_string(format!("/proc/{pid}/{name}_map"))?;
        let mut lines = map.lines().filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            (fields.next()? == "0").then(|| fields.next()?.parse().ok())
        });
        Ok(lines.next().flatten())
    };
    Ok((outside("uid")?, outside("gid")?))
}

fn both(pid: u32, users: &str, groups: &str) -> io::Result<()> {
    fs::write(format!("/proc/{pid}/gid_map"), groups)?;
    fs::write(format!("/proc/{pid}/uid_map"), users)
}

/// A map that gives on all the numbers that exist here.
fn inside(map: &str) -> Vec<Extent> {
    let lines = map.lines().filter_map(|line| {
        let mut fields = line.split_ascii_whitespace().map(str::parse::<u64>);
        let (start, count) = (fields.next()?.ok()?, fields.nth(1)?.ok()?);
        Some((start, start, count))
    });
    lines.collect()
}

/// Whether users who are not root may start a program, wherever it lies.
fn is_executable_by_others(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(program).is_ok_and(|file| file.permissions().mode() & 0o005 == 0o005)
}

/// The caller as root, and behind it the subordinate numbers.
fn map_with(own: u64, (start, count): (u64, u64)) -> [Extent; 2] {
    [(0, own, 1), (1, start, count)]
}

fn run(helper: &str, pid: u32, map: &[Extent]) -> bool {
    let numbers = map.iter().flat_map(|(a, b, c)| [a, b, c]);
    Command::new(helper)
        .arg(pid.to_string())
        .args(numbers.map(u64::to_string))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The largest range that a file such as /etc/subuid gives a user (subuid(5)).
fn subordinate(file: &str, uid: u64) -> Option<(u64, u64)> {
    let ranges = fs::read_to_string(file).ok()?;
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    largest(&ranges, &accounts, uid)
}

fn largest(ranges: &str, accounts: &str, uid: u64) -> Option<(u64, u64)> {
    let number = uid.to_string();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then_some(name)
    });
    let ranges = ranges.lines().filter_map(|line| {
        let mut fields = line.trim().split(':');
        let user = fields.next()?;
        if user != number && Some(user) != name {
            return None;
        }
        let (start, count) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((start, count))
    });
    ranges.max_by_key(|(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subordinate_numbers_are_those_of_name_or_number() {
        let accounts = "root:x:0:0::/:\nme:x:1000:1000::/:\n";
        let ranges = "you:1:2\nme:100000:65536\n1000:300000:1000\nme:bad:1\n";
        assert_eq!(largest(ranges, accounts, 1000), Some((100000, 65536)));
        assert_eq!(largest("1001:5:6\n", accounts, 1001), Some((5, 6)));
        assert_eq!(largest("", accounts, 1000), None);
    }

    #[test]
    fn maps_are_written_as_the_kernel_reads_them() {
        assert_eq!(text(&map_with(7, (100, 9))), "0 7 1\n1 100 9\n");
        let map = "         0       1000          1\n         1     100000      65536\n";
        assert_eq!(inside(map), [(0, 0, 1), (1, 1, 65536)]);
    }
}
