//! Watching over processes where no pid namespace does.

use rustix::fs::{Dir, Mode, OFlags};
use rustix::process::{Pid, Signal};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

/// All processes below the first one of the box. Those whose parent ends become its children, as
/// it asks for that (PR_SET_CHILD_SUBREAPER).
#[derive(Debug)]
pub struct Processes {
    /// /proc
    proc: OwnedFd,
    first: u32,
}

/// Reads a file of /proc.
pub fn read(proc: &OwnedFd, path: &str) -> io::Result<String> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(proc, path, flags, Mode::empty())?;
    io::read_to_string(File::from(file).take(64 << 10))
}

/// The first word of a line of /proc/…/status.
pub fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()
}

/// How many processes and threads this machine has in all: what a script can make of them shows
/// here, without looking at each.
pub fn count(proc: &OwnedFd) -> u64 {
    // "0.00 0.01 0.05 1/123 456"
    let text = read(proc, "loadavg").unwrap_or_default();
    let count = text.split(['/', ' ']).nth(4);
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

impl Processes {
    pub fn new(proc: OwnedFd, first: u32) -> Processes {
        Processes { proc, first }
    }

    /// The processes of the box but for the first, without those that are only waiting for their
    /// parent to take note of their end.
    fn all(&self) -> io::Result<Vec<u32>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(&self.proc, ".", flags, Mode::empty())?;
        let mut parents = HashMap::new();
        let mut living = Vec::new();
        for entry in Dir::new(folder)? {
            let entry = entry?;
            let Some(pid) = entry.file_name().to_str().ok().and_then(|n| n.parse().ok()) else {
                continue;
            };
            // One that has ended meanwhile has no parent any more.
            let text = read(&self.proc, &format!("{pid}/status")).unwrap_or_default();
            let parent = field(&text, "PPid:").and_then(|parent| parent.parse::<u32>().ok());
            if let Some(parent) = parent {
                parents.insert(pid, parent);
                if !matches!(field(&text, "State:"), Some("Z" | "X")) {
                    living.push(pid);
                }
            }
        }
        living.retain(|pid| self.is_below(&parents, *pid));
        Ok(living)
    }

    fn is_below(&self, parents: &HashMap<u32, u32>, mut pid: u32) -> bool {
        // A chain that was read while it changed might be a circle.
        for _ in 0..parents.len() {
            match parents.get(&pid) {
                Some(parent) if *parent == self.first => return true,
                Some(parent) => pid = *parent,
                None => return false,
            }
        }
        false
    }

    /// Whether this is a process of the box.
    pub fn contains(&self, pid: u32) -> bool {
        self.all().is_ok_and(|all| all.contains(&pid))
    }

    /// Ends all of them. Returns whether there were none.
    ///
    /// # Errors
    /// When /proc cannot be read.
    pub fn end(&self) -> io::Result<bool> {
        let all = self.all()?;
        for pid in &all {
            if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
                // One that is gone already is what is wanted.
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
        Ok(all.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn processes() -> Processes {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let proc = rustix::fs::open("/proc", flags, Mode::empty()).unwrap();
        // As if this were the first process of a box.
        Processes::new(proc, std::process::id())
    }

    #[test]
    fn fields_are_found() {
        let text = "Name:\tsh\nPPid:\t17\nState:\tZ (zombie)\n";
        assert_eq!(field(text, "PPid:"), Some("17"));
        assert_eq!(field(text, "State:"), Some("Z"));
        assert_eq!(field(text, "Umask:"), None);
        assert!(count(&processes().proc) > 1);
    }

    #[test]
    fn children_and_their_children_are_known() {
        let script = "sleep 100 & echo $!; wait";
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut out = io::BufReader::new(child.stdout.take().unwrap());
        io::BufRead::read_line(&mut out, &mut line).unwrap();
        let grandchild = line.trim().parse().unwrap();
        let processes = processes();
        assert!(processes.contains(child.id()) && processes.contains(grandchild));
        assert!(!processes.contains(1) && !processes.contains(std::process::id()));
        // Not `end`: other tests have children as well.
        let kill = |pid: u32| {
            let pid = Pid::from_raw(pid as i32).unwrap();
            rustix::process::kill_process(pid, Signal::KILL).unwrap();
        };
        kill(grandchild);
        kill(child.id());
        child.wait().unwrap();
        assert!(!processes.contains(child.id()));
    }
}
