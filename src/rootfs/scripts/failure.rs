//! A script that failed: what is said of it.

use super::Settings;
use crate::apk::arch::Arch;
use crate::apk::package::{DataError, Script};
use crate::rootfs::package::Installed;
use crate::rootfs::tree::PathError;
use crate::sandbox::{Ending, Identity, SandboxError};
use bstr::ByteSlice;
use std::collections::VecDeque;
use std::io;

/// How many of its last lines are shown.
const LINES: usize = 20;
/// Longer lines are cut, as text without line ends would otherwise fill the memory.
const LINE_LIMIT: usize = 1000;

/// What gives who builds further numbers of users and groups.
const NUMBERS: &str = "install the package uidmap, and give yourself further numbers: as root, \
    usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME; or build as root";

/// Why the scripts did not all run.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A script failed.
    #[error("the {script} script of {package} {how}{}", shown(.output))]
    Failed {
        /// `name-version`
        package: String,
        /// Which of its scripts.
        script: Script,
        /// How it ended.
        how: String,
        /// The last lines that it printed.
        output: Vec<String>,
        /// What to do about it, if that is known.
        help: Option<String>,
    },
    /// There is nothing to run scripts in, or no longer.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A package is no longer what was verified.
    #[error("{package} changed while it was used: {source}")]
    Package {
        /// The package's name.
        package: String,
        /// What is wrong.
        source: DataError,
    },
    /// A content cannot be kept or read again.
    #[error("cannot keep what the scripts made: {0}")]
    Content(io::Error),
    /// What the scripts did does not fit the tree.
    #[error("what the scripts did cannot be read back: {0}")]
    Tree(PathError),
}

impl ScriptError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            ScriptError::Failed { help: Some(h), .. } => Some(h.clone()),
            ScriptError::Failed { package, .. } => {
                let name = package.rsplitn(3, '-').last().unwrap_or(package);
                Some(format!(
                    "if the image is good without it: scripts-may-fail = [{name:?}] in the \
                     manifest; --verbose shows all that scripts print"
                ))
            }
            ScriptError::Sandbox(error) => error.help(),
            ScriptError::Content(_) => {
                Some("name a folder for temporary files that has room with TMPDIR".to_owned())
            }
            _ => None,
        }
    }
}

fn shown(lines: &[String]) -> String {
    match lines {
        [] => ", and printed nothing".to_owned(),
        lines => {
            let lines: String = lines.iter().map(|line| format!("\n  {line}")).collect();
            format!("; it printed:{lines}")
        }
    }
}

/// The error for a script that ended like this.
pub(super) fn failed(
    settings: &Settings<'_>,
    package: &Installed,
    script: Script,
    ending: Ending,
    full: bool,
    tail: Tail,
) -> ScriptError {
    let limits = &settings.limits;
    let mut help = None;
    let how = match ending {
        Ending::Exit(status) => format!("failed with exit status {status}"),
        Ending::Signal(signal) => format!("was ended by signal {signal}"),
        Ending::Time => {
            help = Some("--script-timeout sets how many seconds a script may take".to_owned());
            format!("took longer than {} seconds and was ended", limits.seconds)
        }
        Ending::Output => {
            help = Some("--script-output sets how many MiB a script may print".to_owned());
            format!("printed more than {} and was ended", bytes(limits.output))
        }
        Ending::Disk => format!("wrote more than {} and was ended", bytes(limits.disk)),
        Ending::Refused(identity) => {
            help = Some(NUMBERS.to_owned());
            let whom = match identity {
                Identity::User(number) => format!("the user {number}"),
                Identity::Group(number) => format!("a member of the group {number}"),
            };
            format!(
                "wanted to become {whom}, as su does, and whoever builds has no other numbers \
                 than their own"
            )
        }
        Ending::Start(error) => {
            let content = package.scripts.get(&script);
            let (how, advice) = not_started(settings.arch, error, content.map_or(b"", |c| c));
            help = advice;
            how
        }
    };
    let how = match full && ending != Ending::Disk {
        true => format!(
            "{how}, with the disk full: scripts may write {}",
            bytes(limits.disk)
        ),
        false => how,
    };
    ScriptError::Failed {
        package: package.full_name(),
        script,
        how,
        output: tail.lines.into(),
        help,
    }
}

fn bytes(count: u64) -> String {
    match count >> 20 {
        0 => format!("{count} bytes"),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

fn not_started(arch: Arch, error: i32, script: &[u8]) -> (String, Option<String>) {
    let line = script.lines().next().unwrap_or_default();
    let interpreter = line.strip_prefix(b"#!").map(|rest| {
        let rest = rest.trim_start();
        let end = rest.find_byteset(b" \t").unwrap_or(rest.len());
        rest[..end].to_str_lossy().into_owned()
    });
    let why = io::Error::from_raw_os_error(error);
    match (why.kind(), interpreter) {
        // ENOEXEC
        _ if error == 8 && !runs_here(arch) => (
            format!("could not be started: this machine cannot run programs for {arch}"),
            Some(format!(
                "install qemu-user-static and register it with binfmt_misc (docker run \
                 --privileged --rm tonistiigi/binfmt --install {arch} does), or build without \
                 scripts: --scripts skip"
            )),
        ),
        (io::ErrorKind::NotFound, Some(interpreter)) => (
            format!("could not be started: there is no {interpreter} to run it"),
            None,
        ),
        _ => (format!("could not be started: {why}"), None),
    }
}

/// Whether this machine's processor knows an architecture.
fn runs_here(arch: Arch) -> bool {
    Arch::host() == Some(arch)
}

/// Keeps the last lines of what a script prints.
#[derive(Default, Debug)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    line: Vec<u8>,
}

impl Tail {
    /// Takes in what was printed, and tells each whole line.
    pub fn take(&mut self, printed: &[u8], tell: &mut dyn FnMut(&str)) {
        for part in printed.lines_with_terminator() {
            let room = LINE_LIMIT.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                self.end(tell);
            }
        }
    }

    /// There is no more.
    pub fn end(&mut self, tell: &mut dyn FnMut(&str)) {
        let line = std::mem::take(&mut self.line);
        let line = line.to_str_lossy();
        // A script shall not move the cursor of whoever reads this.
        let line: String = line.trim_end().chars().map(plain).collect();
        if line.is_empty() {
            return;
        }
        tell(&line);
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

fn plain(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let mut tail = Tail::default();
        let mut told = Vec::new();
        let mut tell = |line: &str| told.push(line.to_owned());
        for n in 0..30 {
            tail.take(format!("line {n}\npart").as_bytes(), &mut tell);
            tail.take(b" of a line\n\n", &mut tell);
        }
        tail.take(&[b'x'; 5000], &mut tell);
        tail.take(b"\x1b[2J", &mut tell);
        tail.end(&mut tell);
        assert_eq!(told.len(), 61);
        assert_eq!(told[1], "part of a line");
        assert_eq!(tail.lines.len(), LINES);
        assert_eq!(tail.lines[LINES - 1].len(), LINE_LIMIT);
        let mut escape = Tail::default();
        escape.take(b"\x1b[2Jhi\n", &mut |line| {
            assert_eq!(line, "\u{fffd}[2Jhi")
        });
    }

    #[test]
    fn what_could_not_be_started_is_explained() {
        let start = |error, script: &str| not_started(Arch::X86_64, error, script.as_bytes()).0;
        let missing = start(2, "#!/bin/sh -e\n:\n");
        assert!(
            missing.ends_with("there is no /bin/sh to run it"),
            "{missing}"
        );
        assert!(start(13, "#!/bin/sh").contains("could not be started: "));
    }
}
