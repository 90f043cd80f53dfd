//! The first process of the box's pid namespace: it starts scripts and cleans up behind them.
//!
//! It enters the root while it still can, puts up the filter, which holds for it as well, and
//! then only starts what it is told to start. When it ends, the kernel ends everything else in
//! the namespace.

use super::filter;
use super::kernel;
use super::namespaces::{self, Failed, step};
use crate::sandbox::message::{Ending, Kind};
use crate::sandbox::wire::{Decoder, Encoder, receive};
use bstr::{BString, ByteSlice};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, Signal, WaitOptions, WaitStatus};
use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// What the first process must know.
pub struct First {
    pub kind: Kind,
    pub disk: u64,
    pub processes: u64,
}

/// What it is told to start.
pub struct Start {
    pub path: BString,
    pub arguments: Vec<BString>,
    pub environment: Vec<(BString, BString)>,
}

impl First {
    pub fn encode(&self) -> Encoder {
        let mut e = Encoder::default();
        e.number(match self.kind {
            Kind::User => 0u8,
            Kind::Root => 1,
            Kind::Plain => 2,
        });
        e.number(self.disk).number(self.processes);
        e
    }

    fn decode(bytes: &[u8]) -> io::Result<First> {
        let d = &mut Decoder::new(bytes);
        Ok(First {
            kind: match d.number::<u64>()? {
                0 => Kind::User,
                1 => Kind::Root,
                _ => Kind::Plain,
            },
            disk: d.number()?,
            processes: d.number()?,
        })
    }
}

impl Start {
    pub fn encode(&self) -> Encoder {
        let mut e = Encoder::default();
        e.bytes(&self.path);
        e.list(&self.arguments, |e, argument| {
            e.bytes(argument);
        });
        e.list(&self.environment, |e, (name, value)| {
            e.bytes(name).bytes(value);
        });
        e
    }

    fn decode(bytes: &[u8]) -> io::Result<Start> {
        let d = &mut Decoder::new(bytes);
        Ok(Start {
            path: d.bytes()?,
            arguments: d.list(Decoder::bytes)?,
            environment: d.list(|d| Ok((d.bytes()?, d.bytes()?)))?,
        })
    }
}

/// What this process answers first.
pub enum Readiness {
    /// Whether /proc is there. With the listener, if calls can be answered.
    Ready {
        proc: bool,
        listener: Option<OwnedFd>,
    },
    Failed(BString, i32),
}

/// Runs until the other end of standard input is gone.
pub fn run() -> io::Result<()> {
    let mut socket = UnixStream::from(OwnedFd::from(kernel::standard_input()?));
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let Some(first) = receive(&mut socket)? else {
        return Ok(());
    };
    let first = First::decode(&first)?;
    let null = File::open("/dev/null")?;
    match enter(&first) {
        Ok((proc, listener)) => {
            let mut e = Encoder::default();
            e.number(1u8).number(proc);
            send(&socket, &e.finish(), listener.as_ref())?;
        }
        Err(Failed { what, error }) => {
            let mut e = Encoder::default();
            let number = error.raw_os_error().unwrap_or_default();
            e.number(0u8).bytes(what.as_bytes()).number(number as u64);
            send(&socket, &e.finish(), None)?;
            return Ok(());
        }
    }
    while let Some(start) = receive(&mut socket)? {
        let start = Start::decode(&start)?;
        let Some(ending) = script(&start, &null, &socket, first.kind)? else {
            return Ok(());
        };
        let mut e = Encoder::default();
        ending.encode(&mut e);
        e.send(&mut socket)?;
    }
    Ok(())
}

fn enter(first: &First) -> Result<(bool, Option<OwnedFd>), Failed> {
    // Scripts run as the same user; they shall not look into this process or change it.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(step("prctl"))?;
    rustix::process::setsid().map_err(step("setsid"))?;
    let plain = first.kind == Kind::Plain;
    if plain {
        rustix::process::set_child_subreaper(Some(Pid::INIT)).map_err(step("subreaper"))?;
    }
    let proc = !plain && namespaces::mount_proc();
    namespaces::change_root(first.kind)?;
    namespaces::limit(first.disk, first.processes);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    namespaces::drop_rights()?;
    let ask = kernel::knows_notifications();
    let listener = match kernel::install_filter(&mut filter::filter(ask, first.kind), ask) {
        Ok(listener) => listener,
        // Somebody further up already answers calls, and there can be only one.
        Err(_) => {
            let mut program = filter::filter(false, first.kind);
            kernel::install_filter(&mut program, false).map_err(step("the seccomp filter"))?
        }
    };
    Ok((proc, listener))
}

fn send(socket: &UnixStream, bytes: &[u8], fd: Option<&OwnedFd>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds: Vec<BorrowedFd<'_>> = fd.iter().map(|fd| fd.as_fd()).collect();
    if !fds.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&fds));
    }
    // One small message: it fits.
    rustix::net::sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &mut control,
        SendFlags::empty(),
    )?;
    Ok(())
}

/// Receives what [`send`] sent.
pub fn receive_readiness(socket: &UnixStream) -> io::Result<Readiness> {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
    let mut bytes = [0; 512];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::net::recvmsg(
        socket,
        &mut [io::IoSliceMut::new(&mut bytes)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    let mut listener = None;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            listener = fds.into_iter().next();
        }
    }
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let d = &mut Decoder::new(&bytes[..received.bytes]);
    Ok(match d.flag()? {
        true => Readiness::Ready {
            proc: d.flag()?,
            listener,
        },
        false => Readiness::Failed(d.bytes()?, d.number()?),
    })
}

/// Runs a script to its end, and ends whatever it left. `None`: the other end is gone.
fn script(
    start: &Start,
    null: &File,
    socket: &UnixStream,
    kind: Kind,
) -> io::Result<Option<Ending>> {
    let os = |bytes: &BString| bytes.to_os_str_lossy().into_owned();
    let mut command = Command::new(os(&start.path));
    command
        .args(start.arguments.iter().map(os))
        .env_clear()
        .envs(start.environment.iter().map(|(k, v)| (os(k), os(v))))
        .stdin(Stdio::from(null.try_clone()?))
        .current_dir("/")
        // One that is stopped with the terminal's keys is not ours to handle.
        .process_group(0);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return Ok(Some(Ending::Start(
                error.raw_os_error().unwrap_or_default(),
            )));
        }
    };
    let pid = Pid::from_child(&child);
    let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    let second = Timespec {
        tv_sec: 1,
        tv_nsec: 0,
    };
    let status = loop {
        let mut fds = [
            PollFd::new(&pidfd, PollFlags::IN),
            PollFd::new(socket, PollFlags::IN),
        ];
        match rustix::event::poll(&mut fds, Some(&second)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !fds[1].revents().is_empty() {
            // The only thing that is said meanwhile, without words, is: end it.
            let mut byte = [0];
            if io::Read::read(&mut &*socket, &mut byte)? == 0 {
                return Ok(None);
            }
            end_all(kind);
        }
        if let Some(status) = reap(Some(pid)) {
            break status;
        }
    };
    end_all(kind);
    if kind != Kind::Plain {
        while !matches!(
            rustix::process::wait(WaitOptions::empty()),
            Err(rustix::io::Errno::CHILD)
        ) {}
    }
    Ok(Some(
        match (status.exit_status(), status.terminating_signal()) {
            (Some(status), _) => Ending::Exit(status),
            (None, signal) => Ending::Signal(signal.unwrap_or_default()),
        },
    ))
}

/// Takes leave of all that ended; returns how `awaited` did.
fn reap(awaited: Option<Pid>) -> Option<WaitStatus> {
    while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
        if Some(pid) == awaited {
            return Some(status);
        }
    }
    None
}

/// Ends every process but this one in the pid namespace of which this one is the first.
/// Elsewhere this would end everything on the machine; there the supervisor does it, one by one.
fn end_all(kind: Kind) {
    if kind != Kind::Plain && rustix::process::getpid() == Pid::INIT {
        let _ = rustix::process::kill_process_group(Pid::INIT, Signal::KILL);
    }
}
