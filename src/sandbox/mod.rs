//! The box in which packages' scripts run.
//!
//! A [`Sandbox`] has a disk of its own with a root file system on it. What is on the disk is
//! [`put`](Sandbox::put) there; scripts [`run`](Sandbox::run) with that root as all they can see;
//! and [`changes`](Sandbox::changes) tells what they changed. It knows nothing of packages and
//! of the tree in memory.
//!
//! The box is kept by a small child of this process (see [`child`]), which does everything that
//! needs rights: this process has none of them. How the box is closed depends on who runs it:
//!
//! - **Anybody** gets namespaces for users, mounts, processes, the network, IPC and the host's
//!   name. The root is a file system in memory (up to a size: else a folder) that is mounted in
//!   that namespace alone, and whatever was the root before is gone from it. With subordinate ids
//!   (`/etc/subuid`, newuidmap) files there belong to whom they should; with a single id they
//!   all belong to the caller, and calls such as chown are answered by the child, which keeps the
//!   wishes and shows them to whoever asks. Root uses a range of numbers that nobody has.
//! - **Root where user namespaces are forbidden** does without that one.
//! - **Root where no namespaces are to be had**, in a container most often, gets a chroot with few
//!   rights left, no sockets, and signals only among the script's own processes.
//!
//! In all of them directories are listed in the order of their names, devices are only said to be
//! some, and what scripts leave behind has the time of the build; so all give the same result.

pub mod child;
mod encoding;
mod help;
mod ids;
mod message;
mod start;
mod wire;

pub use help::help;
pub use message::{Change, Ending, Identity, Metadata, Object, Put, Run};
pub use wire::{Decoder, Encoder};

use crate::unfinished::Note;
use message::{Answer, Order};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Child;
use tempfile::TempDir;

/// How many bytes of a file are sent at once.
const COPY: u64 = 64 << 10;

/// What scripts may use up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How long a script may take, in seconds.
    pub seconds: u64,
    /// How many bytes it may print.
    pub output: u64,
    /// How many bytes all scripts together may write to the disk.
    pub disk: u64,
    /// How many processes there may be at once.
    pub processes: u64,
    /// How large a root is kept in memory, in bytes; a larger one, or one that would take more
    /// than a quarter of what is free, is kept in a folder.
    pub memory: u64,
}

impl Default for Limits {
    /// Ten minutes: emulated architectures are slow. 8 MiB of output, 1 GiB of disk: more than
    /// any cache of icons or initramfs takes. 1024 processes: a shell needs a few.
    fn default() -> Self {
        Limits {
            seconds: 600,
            output: 8 << 20,
            disk: 1 << 30,
            processes: 1024,
            memory: 2 << 30,
        }
    }
}

/// What a box is to be like.
#[derive(Clone, Debug)]
pub struct Options {
    /// What scripts may use up.
    pub limits: Limits,
    /// The bytes that will be put on the disk, in the blocks that they will take.
    pub bytes: u64,
    /// The time that whatever scripts make gets, in seconds since 1970.
    pub time: u64,
    /// This program, to be started again; `None`: the running one.
    pub program: Option<PathBuf>,
}

/// Why there is no box, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Nothing that would close a box is allowed here.
    #[error("the packages' scripts cannot be run in a sandbox here: {what}: {source}")]
    Forbidden {
        /// What was tried last.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// The child could not be started.
    #[error("the sandbox cannot be started: {0}")]
    Start(io::Error),
    /// Something could not be done inside.
    #[error("the sandbox failed while {what}: {source}")]
    Failed {
        /// What was being done.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// A content that should go onto the disk cannot be read.
    #[error("cannot read what the packages' scripts need: {0}")]
    Content(io::Error),
    /// The child is gone, or talks nonsense.
    #[error("the sandbox ended unexpectedly: {0}")]
    Lost(io::Error),
}

impl SandboxError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            SandboxError::Forbidden { .. } => Some(help()),
            SandboxError::Failed { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some(
                    "make room in the folder for temporary files, or name another with TMPDIR"
                        .into(),
                )
            }
            _ => None,
        }
    }
}

/// What should be said of how a box is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    /// There are no namespaces, only a chroot.
    Plain,
}

/// A running box. Dropping it ends whatever is in it.
#[derive(Debug)]
pub struct Sandbox {
    input: BufReader<UnixStream>,
    output: BufWriter<UnixStream>,
    child: Child,
    limits: Limits,
    /// What should be said of it.
    pub notice: Option<Notice>,
    /// Where the root is if it is not in memory; removed last of all.
    _folder: Option<(TempDir, Note)>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The end of what it reads ends the child.
        let _ = self.output.get_ref().shutdown(std::net::Shutdown::Both);
        let _ = self.child.wait();
    }
}

impl Sandbox {
    /// Puts something on the disk. Of a file, as many bytes of `content` follow as it says; a
    /// failure shows with [`settle`](Self::settle).
    ///
    /// # Errors
    /// When the child is gone, or `content` is at fault.
    pub fn put(&mut self, put: Put, content: &mut dyn Read) -> Result<(), SandboxError> {
        let size = match &put {
            Put::Object {
                object: Object::File(size),
                ..
            } => *size,
            _ => 0,
        };
        let sent = Order::Put(put).encode().send(&mut self.output);
        sent.map_err(SandboxError::Lost)?;
        let mut buffer = vec![0; usize::try_from(size.min(COPY)).unwrap_or_default()];
        let mut left = size;
        while left > 0 {
            let room = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            let count = match content.read(&mut buffer[..room]) {
                Ok(0) => return Err(SandboxError::Content(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(SandboxError::Content(error)),
            };
            let sent = self.output.write_all(&buffer[..count]);
            sent.map_err(SandboxError::Lost)?;
            left -= count as u64;
        }
        Ok(())
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// When something could not be put there.
    pub fn settle(&mut self) -> Result<(), SandboxError> {
        self.say(&Order::Settle)?;
        match self.answer()? {
            Answer::Settled => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    /// Runs a script, and hands what it prints to `print` as it comes. Returns how it ended, and
    /// whether the disk is full.
    ///
    /// # Errors
    /// When the box is at fault; not when the script is.
    pub fn run(
        &mut self,
        mut run: Run,
        print: &mut dyn FnMut(&[u8]),
    ) -> Result<(Ending, bool), SandboxError> {
        (run.seconds, run.output) = (self.limits.seconds, self.limits.output);
        self.say(&Order::Run(run))?;
        loop {
            match self.answer()? {
                Answer::Printed(bytes) => print(&bytes),
                Answer::Ended { ending, full } => return Ok((ending, full)),
                other => return Err(unexpected(other)),
            }
        }
    }

    /// What changed since the last [`settle`](Self::settle) or [`changes`](Self::changes). Each
    /// is handed to `take` with the content that follows it; what is removed comes first, then
    /// objects, a directory before what is in it, then links and metadata.
    ///
    /// # Errors
    /// When the disk cannot be read, or `take` fails.
    pub fn changes<E: From<SandboxError>>(
        &mut self,
        mut take: impl FnMut(Change, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        self.say(&Order::Changes)?;
        loop {
            match self.answer()? {
                Answer::Change(change) => {
                    let size = match &change {
                        Change::Object {
                            object: Object::File(size),
                            ..
                        } => *size,
                        _ => 0,
                    };
                    let mut content = (&mut self.input).take(size);
                    take(change, &mut content)?;
                    io::copy(&mut content, &mut io::sink()).map_err(SandboxError::Lost)?;
                }
                Answer::Unchanged => return Ok(()),
                other => return Err(unexpected(other).into()),
            }
        }
    }

    fn say(&mut self, order: &Order) -> Result<(), SandboxError> {
        let sent = order.encode().send(&mut self.output);
        sent.and_then(|()| self.output.flush())
            .map_err(SandboxError::Lost)
    }

    fn answer(&mut self) -> Result<Answer, SandboxError> {
        let message = wire::receive(&mut self.input).map_err(SandboxError::Lost)?;
        let message =
            message.ok_or_else(|| SandboxError::Lost(io::ErrorKind::UnexpectedEof.into()))?;
        Answer::decode(&message).map_err(SandboxError::Lost)
    }
}

fn unexpected(answer: Answer) -> SandboxError {
    match answer {
        Answer::Failed(what, number) => SandboxError::Failed {
            what: what.to_string(),
            source: error(number),
        },
        other => SandboxError::Lost(io::Error::other(format!("unexpected answer: {other:?}"))),
    }
}

fn error(number: i32) -> io::Error {
    match number {
        0 => io::Error::other("unknown error"),
        number => io::Error::from_raw_os_error(number),
    }
}
