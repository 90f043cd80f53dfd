//! Starting a box: the tightest one that is to be had here.

use super::message::{Answer, Kind, Order, Setup};
use super::{Notice, Options, Sandbox, SandboxError, child, error, ids};
use crate::unfinished;
use std::fs;
use std::io::{self, BufReader, BufWriter};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

impl Sandbox {
    /// Starts a box with an empty disk.
    ///
    /// # Errors
    /// When this user cannot have one on this machine.
    pub fn start(options: &Options) -> Result<Sandbox, SandboxError> {
        let kinds: &[Kind] = match rustix::process::geteuid().is_root() {
            true => &[Kind::User, Kind::Root, Kind::Plain],
            false => &[Kind::User],
        };
        let mut last = None;
        for kind in kinds {
            match Sandbox::of_kind(*kind, options) {
                Ok(sandbox) => return Ok(sandbox),
                Err(SandboxError::Failed { what, source }) => {
                    // What was refused first is what should be allowed.
                    last.get_or_insert(SandboxError::Forbidden { what, source });
                }
                Err(error) => return Err(error),
            }
        }
        let nothing = || SandboxError::Start(io::ErrorKind::Unsupported.into());
        Err(last.unwrap_or_else(nothing))
    }

    fn of_kind(kind: Kind, options: &Options) -> Result<Sandbox, SandboxError> {
        let size = options.bytes.saturating_add(options.limits.disk);
        let memory = (kind != Kind::Plain && fits_memory(options.bytes, options.limits.memory))
            .then_some(size);
        let mut root = mount_point();
        let mut folder = None;
        if memory.is_none() {
            let make = || tempfile::Builder::new().prefix("apkcompose-").tempdir();
            let made = unfinished::make(make, |folder| folder.path());
            let made = made.map_err(SandboxError::Start)?;
            root = made.0.path().join("root");
            fs::create_dir(&root).map_err(SandboxError::Start)?;
            folder = Some(made);
        }
        let (ours, theirs) = UnixStream::pair().map_err(SandboxError::Start)?;
        // The link itself, so that the program may have been replaced meanwhile.
        let running = || PathBuf::from("/proc/self/exe");
        let program = options.program.clone().unwrap_or_else(running);
        let mut process = Command::new(&program)
            .arg(child::WORD)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .map_err(SandboxError::Start)?;
        let reading = match ours.try_clone() {
            Ok(reading) => reading,
            Err(error) => {
                let _ = process.kill();
                return Err(SandboxError::Start(error));
            }
        };
        let mut sandbox = Sandbox {
            input: BufReader::with_capacity(64 << 10, reading),
            output: BufWriter::with_capacity(128 << 10, ours),
            child: process,
            limits: options.limits,
            notice: (kind == Kind::Plain).then_some(Notice::Plain),
            _folder: folder,
        };
        let setup = Setup {
            folder: root.as_os_str().as_bytes().into(),
            kind,
            memory,
            disk: options.limits.disk,
            processes: options.limits.processes,
            time: options.time,
        };
        sandbox.set_up(setup, &program, &root)?;
        Ok(sandbox)
    }

    fn set_up(&mut self, setup: Setup, program: &Path, root: &Path) -> Result<(), SandboxError> {
        let in_folder = setup.memory.is_none();
        self.say(&Order::Setup(setup))?;
        loop {
            match self.answer()? {
                Answer::Unshared => {
                    let pid = self.child.id();
                    ids::write_maps(pid, program).map_err(|source| SandboxError::Failed {
                        what: "mapping users and groups".to_owned(),
                        source,
                    })?;
                    if in_folder {
                        let (uid, gid) = ids::root_of(pid).map_err(SandboxError::Start)?;
                        if rustix::process::geteuid().is_root() {
                            std::os::unix::fs::chown(root, uid, gid)
                                .map_err(SandboxError::Start)?;
                        }
                    }
                    self.say(&Order::Mapped)?;
                }
                Answer::Ready { .. } => return Ok(()),
                Answer::Failed(what, number) => {
                    return Err(SandboxError::Failed {
                        what: what.to_string(),
                        source: error(number),
                    });
                }
                other => return Err(super::unexpected(other)),
            }
        }
    }
}

/// A folder to mount a root in memory on. What is mounted in a namespace alone disturbs nobody,
/// but nothing may lie there that this program still needs.
fn mount_point() -> PathBuf {
    let usual = ["/tmp", "/var/tmp", "/mnt"].map(PathBuf::from);
    let mut folders = std::iter::once(std::env::temp_dir()).chain(usual);
    folders
        .find(|folder| folder.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}

/// Whether a root of so many bytes should be kept in memory: that is quicker, leaves nothing
/// behind whatever happens, and bounds what scripts write. It should not take what others need.
fn fits_memory(bytes: u64, most: u64) -> bool {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes << 10);
    bytes <= most && bytes <= available / 4
}
