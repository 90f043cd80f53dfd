//! The root file system as a squashfs image, which `mksquashfs` (squashfs-tools 4.5.1 or later)
//! writes from a tar.
//!
//! No crate writes extended attributes and hard links into squashfs. The program is told every
//! time, owner and mode, so that its bytes depend on the root, on its version, and on the
//! version of its compressor alone.
//!
//! Version 4.5.1 takes the clock for the time of the root directory, whatever `-root-time` says.
//! It keeps to `SOURCE_DATE_EPOCH` all the same, as the latest time that there is; so that is the
//! latest of all times of the root, and the time of the root directory with that version. Nor
//! does it take an owner of the root directory but whoever starts it; so an ordinary user starts
//! it as root of a user namespace, with `unshare`.

use super::place::{FilePlace, Magic};
use super::root::RootOptions;
use super::{Losses, OutputError, digest};
use crate::apk::tar::{Entry, Kind, Writer};
use crate::layer::{Blob, Compression, EmitError, EntrySink, PlannedEntry, Sources, emit};
use crate::rootfs::Tree;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = "mksquashfs";
const PACKAGE: &str = "squashfs-tools";

/// What makes an ordinary user root for it.
const UNSHARE: &str = "unshare";

/// How `unshare` ends when there is no program to start.
const NOT_FOUND: i32 = 127;

const MAGIC: Magic = Magic {
    what: "squashfs image",
    at: 0,
    bytes: b"hsqs",
};

/// The attributes that the format has a place for.
const PREFIXES: [&[u8]; 3] = [b"user.", b"trusted.", b"security."];

/// As much as is shown of what the program said.
const SAID: usize = 2000;

/// Writes the entries of a whole root as a squashfs image; returns digest and size of the file,
/// and what it could not hold.
///
/// # Errors
/// When the place cannot be taken, a content cannot be read, a time is beyond the format's 32
/// bits, or `mksquashfs` is not there or fails.
pub fn write_squashfs(
    path: &Path,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    options: &RootOptions<'_>,
) -> Result<(Blob, Losses), OutputError> {
    let mut place = FilePlace::take(path, MAGIC)?;
    let failed = |source| OutputError::Write {
        path: path.to_owned(),
        source,
    };
    // What it says may be more than a pipe holds.
    let mut said = tempfile::tempfile().map_err(failed)?;
    // Inherited, since a process of another user namespace cannot look into this one.
    let out = place.file().try_clone().map_err(failed)?;
    rustix::io::fcntl_setfd(&out, rustix::io::FdFlags::empty()).map_err(|e| failed(e.into()))?;
    let mut command = command(&out, latest(entries, sources), sources, options);
    let both = |file: &File| io::Result::Ok([file.try_clone()?, file.try_clone()?]);
    let [stdout, stderr] = both(&said).map_err(failed)?;
    command.stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
    let mut child = command.spawn().map_err(|source| match is_root() {
        true => missing(source),
        false => OutputError::NoProgram {
            program: UNSHARE,
            package: "util-linux",
            source,
        },
    })?;
    drop(out);
    let mut losses = Losses::default();
    // The root is described by options: an entry of its own is not understood.
    let below: Vec<PlannedEntry> = entries
        .iter()
        .filter(|e| !e.path.is_empty())
        .cloned()
        .collect();
    let root = sources.tree.node(Tree::ROOT);
    losses.xattrs = root.xattrs.len();
    losses.owners = usize::from((root.uid, root.gid) != (0, 0));
    let written = match child.stdin.take() {
        Some(stdin) => write_tar(stdin, &below, sources, &mut losses),
        None => Ok(()),
    };
    if written.is_err() && !is_broken_pipe(&written) {
        // It must not take the half of a tar for a whole one.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    if !is_broken_pipe(&written) {
        written.map_err(|error| OutputError::from_emit(path, error))?;
    }
    if status.code() == Some(NOT_FOUND) && !is_root() {
        return Err(missing(io::ErrorKind::NotFound.into()));
    }
    if !status.success() {
        let said = end_of(&mut said);
        if said.contains("No space left") {
            return Err(failed(rustix::io::Errno::NOSPC.into()));
        }
        return Err(OutputError::Program {
            program: PROGRAM,
            status,
            said,
            help: "mksquashfs 4.5.1 or later is needed, and user namespaces for who is not root; \
                   or choose another --format",
        });
    }
    let blob = digest(place.file()).map_err(failed)?;
    place.finish()?;
    Ok((blob, losses))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn missing(source: io::Error) -> OutputError {
    OutputError::NoProgram {
        program: PROGRAM,
        package: PACKAGE,
        source,
    }
}

/// Whether the program was gone before it had read all: it says itself why.
fn is_broken_pipe(written: &Result<(), EmitError>) -> bool {
    matches!(written, Err(EmitError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe)
}

/// The latest time of a root.
fn latest(entries: &[PlannedEntry], sources: &Sources<'_>) -> u64 {
    let times = entries
        .iter()
        .map(|entry| sources.tree.node(entry.node).mtime);
    let latest = times.map(|time| time.unwrap_or(sources.time)).max();
    latest.unwrap_or(sources.time)
}

fn command(file: &File, latest: u64, sources: &Sources<'_>, options: &RootOptions<'_>) -> Command {
    let root = sources.tree.node(Tree::ROOT);
    let mut command = match is_root() {
        true => Command::new(PROGRAM),
        false => {
            let mut command = Command::new(UNSHARE);
            command.args(["-U", "-r", PROGRAM]);
            command
        }
    };
    // The file may have no name yet.
    let out = format!("/proc/self/fd/{}", file.as_raw_fd());
    command.args(["-", &out, "-tar", "-noappend", "-no-recovery"]);
    command.args(["-quiet", "-no-progress", "-exit-on-error"]);
    for (option, value) in [
        ("-root-mode", format!("{:o}", root.mode)),
        ("-root-uid", root.uid.to_string()),
        ("-root-gid", root.gid.to_string()),
        ("-root-time", root.mtime.unwrap_or(sources.time).to_string()),
        (
            "-processors",
            options.pool.current_num_threads().to_string(),
        ),
    ] {
        command.args([option, &value]);
    }
    match options.compression {
        None => {}
        Some(Compression::Gzip(level)) => {
            // It has no level 0.
            let level = level.max(1).to_string();
            command.args(["-comp", "gzip", "-Xcompression-level", &level]);
        }
        Some(Compression::Zstd(level)) => {
            let level = level.to_string();
            command.args(["-comp", "zstd", "-Xcompression-level", &level]);
        }
    }
    command.env("SOURCE_DATE_EPOCH", latest.to_string());
    command.env("LC_ALL", "C");
    command
}

fn write_tar(
    stdin: impl Write,
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    losses: &mut Losses,
) -> Result<(), EmitError> {
    let mut tar = Tar {
        writer: Writer::new(BufWriter::with_capacity(128 << 10, stdin)),
        losses,
    };
    emit(entries, sources, &mut tar)?;
    tar.writer.finish()?.flush()?;
    Ok(())
}

/// A tar of what the program understands.
struct Tar<'a, W: Write> {
    writer: Writer<W>,
    losses: &'a mut Losses,
}

impl<W: Write> EntrySink for Tar<'_, W> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        if u32::try_from(entry.mtime).is_err() {
            let message = format!(
                "{:?} has the time {}, and in squashfs none is above {}",
                entry.path,
                entry.mtime,
                u32::MAX
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let mut entry = entry.clone();
        let all = entry.xattrs.len();
        let known = |name: &[u8]| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        entry.xattrs.retain(|(name, _)| known(name));
        if !matches!(entry.kind, Kind::HardLink(_)) {
            self.losses.xattrs += all - entry.xattrs.len();
        }
        self.writer.append(&entry, content)
    }
}

/// The end of what the program said, in one line.
fn end_of(said: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = said.rewind().and_then(|()| said.read_to_end(&mut bytes));
    if read.is_err() {
        return String::new();
    }
    let end = &bytes[bytes.len().saturating_sub(SAID)..];
    let text = String::from_utf8_lossy(end);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
