//! The child: a small process that keeps the box.
//!
//! The build starts this same program again as `__sandbox`. That process (the supervisor) moves
//! into namespaces of its own, owns the disk there, starts the first process of the pid namespace
//! (`__sandbox init`, see [`init`]), and does what it is told through standard input. It does
//! not run scripts and is under no filter; the first process and all scripts are, and their calls
//! that need an answer come here. When the build is gone, so is the supervisor; when that is
//! gone, so is the first process; and with that everything in the namespace.

mod caller;
mod calls;
mod disk;
mod filter;
mod handler;
mod init;
mod kernel;
mod listing;
mod meter;
mod namespaces;
mod owners;
mod processes;
mod scan;
mod script;
mod stat;

use super::message::{Answer, Kind, Order, Put, Setup};
use super::wire::{is_gone, receive};
use disk::Disk;
use handler::Handler;
use init::{First, Readiness};
use namespaces::{Failed, step};
use processes::Processes;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, Rlimit};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

/// The word that makes this program the child.
pub const WORD: &str = "__sandbox";
/// The word behind it that makes it the first process of the namespace.
const INIT: &str = "init";

/// If these arguments (without the program's name) ask for the child: runs it, and returns its
/// exit code when it ended.
pub fn main(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    if arguments.next()? != WORD {
        return None;
    }
    let result = match arguments.next() {
        Some(word) if word == INIT => init::run(),
        _ => supervise(),
    };
    Some(match result {
        Err(error) if !is_gone(&error) => {
            let _ = writeln!(io::stderr(), "apkcompose {WORD}: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    })
}

/// Both directions to the build.
struct Build {
    input: BufReader<UnixStream>,
    output: BufWriter<UnixStream>,
}

impl Build {
    fn order(&mut self) -> io::Result<Option<Order>> {
        match receive(&mut self.input)? {
            Some(bytes) => Order::decode(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// Says something, and sends it off.
    fn say(&mut self, answer: &Answer) -> io::Result<()> {
        answer.encode().send(&mut self.output)?;
        self.output.flush()
    }

    fn fail(&mut self, failed: &Failed) -> io::Result<()> {
        let number = failed.error.raw_os_error().unwrap_or_default();
        self.say(&Answer::Failed(failed.what.into(), number))
    }
}

/// The supervisor with everything it has.
struct Supervisor {
    build: Build,
    disk: Disk,
    handler: Option<Handler>,
    /// Those of the box, if no pid namespace holds them.
    processes: Option<Processes>,
    /// To the first process.
    first: UnixStream,
    /// What scripts print.
    printed: File,
    /// The first process.
    child: Child,
    /// How many bytes a script may write, where the size of the disk does not say so.
    most_written: Option<u64>,
    /// When the disk was last known, by the coarse clock.
    known: (i64, u32),
    /// Why something could not be put there, until the build asks.
    failed: Option<io::Error>,
}

fn supervise() -> io::Result<()> {
    let socket = UnixStream::from(OwnedFd::from(kernel::standard_input()?));
    let mut build = Build {
        input: BufReader::with_capacity(128 << 10, socket.try_clone()?),
        output: BufWriter::with_capacity(64 << 10, socket),
    };
    let Some(Order::Setup(setup)) = build.order()? else {
        return Ok(());
    };
    if let Err(failed) = namespaces::unshare(setup.kind) {
        return build.fail(&failed);
    }
    if setup.kind == Kind::User {
        build.say(&Answer::Unshared)?;
        if build.order()? != Some(Order::Mapped) {
            return Ok(());
        }
    }
    let closed = match close(&setup) {
        Ok(closed) => closed,
        Err(failed) => return build.fail(&failed),
    };
    build.say(&Answer::Ready {
        proc: closed.proc,
        notify: closed.handler.is_some(),
    })?;
    let mut supervisor = Supervisor {
        build,
        disk: closed.disk,
        processes: closed.processes,
        handler: closed.handler,
        first: closed.first,
        printed: closed.printed,
        child: closed.child,
        most_written: setup.memory.is_none().then_some(setup.disk),
        known: (0, 0),
        failed: None,
    };
    let result = supervisor.work();
    supervisor.end_processes();
    if setup.memory.is_none() {
        supervisor.clear();
    }
    result
}

/// A closed box.
struct Closed {
    disk: Disk,
    processes: Option<Processes>,
    handler: Option<Handler>,
    first: UnixStream,
    printed: File,
    child: Child,
    proc: bool,
}

fn close(setup: &Setup) -> Result<Closed, Failed> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let proc = rustix::fs::open("/proc", flags, Mode::empty()).map_err(step("opening /proc"))?;
    namespaces::enter(setup)?;
    if setup.kind == Kind::User {
        namespaces::become_root()?;
    }
    rustix::process::umask(Mode::empty());
    namespaces::furnish(setup.kind)?;
    namespaces::name_host(setup.kind);
    raise_open_files();
    let disk = Disk::new(setup.time).map_err(step("looking at the root"))?;
    let (ours, theirs) = UnixStream::pair().map_err(step("socketpair"))?;
    let (printed, print) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(step("a pipe"))?;
    let print_too = print.try_clone().map_err(step("a pipe"))?;
    let child = Command::new("/proc/self/exe")
        .args([WORD, INIT])
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::from(print))
        .stderr(Stdio::from(print_too))
        .spawn()
        .map_err(step("starting this program again"))?;
    let first = First {
        kind: setup.kind,
        disk: setup.disk,
        processes: setup.processes,
    };
    let start = step("talking to the first process");
    let readiness = first
        .encode()
        .send(&mut &ours)
        .and_then(|()| init::receive_readiness(&ours))
        .map_err(start)?;
    let (has_proc, listener) = match readiness {
        Readiness::Ready { proc, listener } => (proc, listener),
        Readiness::Failed(what, number) => {
            // The step's name went through a message, so it is told as part of the error.
            let error = io::Error::from_raw_os_error(number);
            let error = match number {
                0 => io::Error::other(what.to_string()),
                _ => error,
            };
            return Err(step("entering the root")(error));
        }
    };
    if setup.kind == Kind::Plain {
        namespaces::change_root(Kind::Plain)?;
    } else {
        // The first process moved the root of all in this mount namespace.
        std::env::set_current_dir("/").map_err(step("entering the root"))?;
    }
    let processes = |proc| (setup.kind == Kind::Plain).then(|| Processes::new(proc, child.id()));
    let own = proc.try_clone().map_err(step("opening /proc"))?;
    let most = processes::count(&proc).saturating_add(setup.processes);
    let handler = match listener {
        Some(listener) => {
            let theirs = proc.try_clone().map_err(step("opening /proc"))?;
            let handler = Handler::new(listener, own, processes(theirs), most);
            Some(handler.map_err(step("looking at the root"))?)
        }
        None => None,
    };
    Ok(Closed {
        disk,
        processes: processes(proc),
        handler,
        first: ours,
        printed: printed.into(),
        child,
        proc: has_proc,
    })
}

/// A file whose owner is only said to be one is kept open.
fn raise_open_files() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = rustix::process::setrlimit(Resource::Nofile, raised);
}

impl Supervisor {
    fn work(&mut self) -> io::Result<()> {
        while let Some(order) = self.build.order()? {
            match order {
                Order::Put(put) => self.put(&put)?,
                Order::Settle => {
                    let settled = match self.failed.take() {
                        None => self.disk.settle(),
                        Some(error) => Err(error),
                    };
                    self.known = scan::coarse_time();
                    match settled {
                        Ok(()) => self.build.say(&Answer::Settled)?,
                        Err(error) => self.build.fail(&step("writing the root")(error))?,
                    }
                }
                Order::Run(run) => self.script(&run)?,
                Order::Changes => self.changes()?,
                Order::Setup(_) | Order::Mapped => {}
            }
        }
        Ok(())
    }

    /// Puts something on the disk. The build does not wait for an answer, so a failure is kept
    /// until it asks; what it sends meanwhile is passed over.
    fn put(&mut self, put: &Put) -> io::Result<()> {
        let size = match put {
            Put::Object {
                object: super::message::Object::File(size),
                ..
            } => *size,
            _ => 0,
        };
        let mut content = (&mut self.build.input).take(size);
        if self.failed.is_none() {
            self.failed = self.disk.put(put, &mut content).err();
        }
        if io::copy(&mut content, &mut io::sink())? > 0 || content.limit() == 0 {
            return Ok(());
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn changes(&mut self) -> io::Result<()> {
        let told = match self.disk.changes(self.known) {
            Ok(told) => told,
            Err(error) => return self.build.fail(&step("reading the root")(error)),
        };
        for (change, content) in told {
            let file = match &content {
                None => None,
                Some(path) => {
                    let place = disk::here(path.as_ref())?;
                    match File::open(place) {
                        Ok(file) => Some(file),
                        Err(error) => return self.build.fail(&step("reading the root")(error)),
                    }
                }
            };
            Answer::Change(change.clone())
                .encode()
                .send(&mut self.build.output)?;
            if let (
                super::message::Change::Object {
                    object: super::message::Object::File(size),
                    ..
                },
                Some(file),
            ) = (change, file)
            {
                let copied = io::copy(&mut file.take(size), &mut self.build.output)?;
                if copied != size {
                    return Err(io::Error::other("a file changed although no script runs"));
                }
            }
        }
        self.known = scan::coarse_time();
        self.build.say(&Answer::Unchanged)
    }

    /// Before this process ends: with a pid namespace, the first process takes all others with it.
    fn end_processes(&mut self) {
        if let Some(processes) = &self.processes {
            // While the first one is there: it is by that that the others are found.
            let begin = Instant::now();
            while !processes.end().unwrap_or(true) && begin.elapsed() < script::GRACE {
                std::thread::sleep(script::POLL);
            }
        }
        let _ = self.child.kill();
    }

    /// Empties a folder that the build could not empty, as it holds other users' files.
    fn clear(&mut self) {
        for own in disk::OWN {
            let _ = rustix::mount::unmount(own, rustix::mount::UnmountFlags::DETACH);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(root) = rustix::fs::open(".", flags, Mode::empty()) {
            scan::clear(&root);
        }
    }
}
