//! Running a script, and watching over it.

use super::handler::Handler;
use super::init::Start;
use super::meter::Meter;
use super::{Supervisor, disk, step};
use crate::sandbox::message::{Answer, Ending, Run};
use crate::sandbox::wire::{Decoder, receive};
use bstr::{BString, ByteSlice};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Where apk puts a script while it runs.
const FOLDERS: [&str; 3] = ["lib", "lib/apk", "lib/apk/exec"];

/// How long a killed process may take to be gone.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// How often to look at how much was written.
const METERED: Duration = Duration::from_millis(50);

/// How often to look after processes where no pid namespace holds them.
pub(super) const POLL: Duration = Duration::from_millis(20);

impl Supervisor {
    /// Runs a script to its end and tells the build how it went.
    pub(super) fn script(&mut self, run: &Run) -> io::Result<()> {
        let made = match self.write_script(run) {
            Ok(made) => made,
            Err(error) => return self.build.fail(&step("writing the script")(error)),
        };
        if let Some(handler) = &mut self.handler {
            handler.begin();
        }
        let path = format!("/{}/{}", FOLDERS[2], run.name.to_str_lossy());
        let start = Start {
            path: path.as_str().into(),
            arguments: run.arguments.clone(),
            environment: run.environment.clone(),
        };
        start.encode().send(&mut &self.first)?;
        let ending = self.watch(run)?;
        let full = self.disk.is_full();
        let _ = fs::remove_file(path.trim_start_matches('/'));
        for folder in made {
            let _ = fs::remove_dir(folder);
        }
        self.build.say(&Answer::Ended { ending, full })
    }

    /// Returns the folders that had to be made, the deepest first.
    fn write_script(&self, run: &Run) -> io::Result<Vec<&'static str>> {
        let mut made = Vec::new();
        for folder in FOLDERS {
            match fs::create_dir(folder) {
                Ok(()) => made.insert(0, folder),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            let mode = rustix::fs::Mode::from_raw_mode(0o755);
            if made.first() == Some(&folder) {
                rustix::fs::chmod(folder, mode)?;
            }
        }
        let name = disk::here(run.name.as_bstr())?;
        let path = Path::new(FOLDERS[2]).join(name);
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(path)?;
        file.write_all(&run.content)?;
        Ok(made)
    }

    /// Answers calls, passes on what is printed and keeps an eye on the clock until the script
    /// has ended.
    fn watch(&mut self, run: &Run) -> io::Result<Ending> {
        let mut end = Instant::now().checked_add(Duration::from_secs(run.seconds));
        let mut meter = Meter::start();
        let mut printed = 0;
        let mut verdict = None;
        let mut ending = None;
        // The script's own end, and then that of whatever it left.
        while ending.is_none() || !self.all_ended()? {
            if self.processes.is_some() && verdict.is_some() {
                // More may have come since.
                self.stop()?;
            }
            let now = Instant::now();
            if end.is_some_and(|end| now >= end) {
                if verdict.is_some() {
                    return Err(io::Error::other("a script could not be ended"));
                }
                verdict = Some(Ending::Time);
                self.stop()?;
                end = now.checked_add(GRACE);
            }
            if self.most_written.is_some_and(|most| meter.exceeds(most)) && verdict.is_none() {
                verdict = Some(Ending::Disk);
                self.stop()?;
                end = now.checked_add(GRACE);
            }
            let wait = end.map_or(Duration::MAX, |end| end - now);
            let wait = match self.most_written {
                Some(_) => wait.min(METERED),
                None => wait,
            };
            // Without a pid namespace there may be processes to look after.
            let wait = match self.processes {
                Some(_) => wait.min(POLL),
                None => wait.min(Duration::from_secs(3600)),
            };
            let [calls, ended, some_printed, gone] = self.wait(wait)?;
            if gone {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if calls && let Some(handler) = &mut self.handler {
                handler.serve(&mut self.disk.owners)?;
            }
            if some_printed {
                printed += self.pass_on(run.output.saturating_sub(printed))?;
                if printed > run.output && verdict.is_none() {
                    verdict = Some(Ending::Output);
                    self.stop()?;
                    end = now.checked_add(GRACE);
                }
            }
            if ended && ending.is_none() {
                let answer = receive(&mut &self.first)?;
                let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
                ending = Some(Ending::decode(&mut Decoder::new(&answer))?);
            }
        }
        // Everything that could print is gone; the rest is in the pipe.
        while self.wait(Duration::ZERO)?[2] {
            printed += self.pass_on(run.output.saturating_sub(printed))?;
        }
        if printed > run.output {
            verdict = verdict.or(Some(Ending::Output));
        }
        let refused = self.handler.as_ref().and_then(Handler::refused);
        let verdict = verdict.or(refused.map(Ending::Refused));
        Ok(verdict.or(ending).unwrap_or(Ending::Start(0)))
    }

    /// Ends the script and all that it started.
    fn stop(&mut self) -> io::Result<()> {
        match &self.processes {
            Some(processes) => processes.end().map(|_| ()),
            None => (&self.first).write_all(&[0]),
        }
    }

    /// Whether nothing is left of the script; what is left is ended.
    fn all_ended(&self) -> io::Result<bool> {
        match &self.processes {
            Some(processes) => processes.end(),
            None => Ok(true),
        }
    }

    /// Waits for: a call to answer; word from the first process; something printed; the build's
    /// end.
    fn wait(&self, time: Duration) -> io::Result<[bool; 4]> {
        let time = Timespec {
            tv_sec: time.as_secs() as i64,
            tv_nsec: i64::from(time.subsec_nanos()) as _,
        };
        let build = self.build.input.get_ref();
        let mut fds = vec![
            PollFd::new(&self.first, PollFlags::IN),
            PollFd::new(&self.printed, PollFlags::IN),
            PollFd::new(build, PollFlags::IN),
        ];
        if let Some(handler) = &self.handler {
            fds.push(PollFd::new(handler.listener(), PollFlags::IN));
        }
        match rustix::event::poll(&mut fds, Some(&time)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok([false; 4]),
            Err(error) => return Err(error.into()),
        }
        let is = |place: usize, flags| {
            fds.get(place)
                .is_some_and(|fd: &PollFd<'_>| fd.revents().intersects(flags))
        };
        let any = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        Ok([
            is(3, PollFlags::IN),
            is(0, any),
            is(1, PollFlags::IN),
            is(2, any),
        ])
    }

    /// Passes on what was printed, up to `room` bytes of it. Returns how much there was.
    fn pass_on(&mut self, room: u64) -> io::Result<u64> {
        let mut bytes = vec![0; 64 << 10];
        let count = (&self.printed as &File).read(&mut bytes)?;
        bytes.truncate(count.min(usize::try_from(room).unwrap_or(usize::MAX)));
        if !bytes.is_empty() {
            self.build.say(&Answer::Printed(BString::from(bytes)))?;
        }
        Ok(count as u64)
    }
}
