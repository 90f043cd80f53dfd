//! An output that goes to standard output.

use super::say::Failure;
use crate::output::Format;
use crate::unfinished::{self, Note};
use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::PathBuf;
use tempfile::TempDir;

/// A file that is written somewhere else first: its parts are not finished in their order, and
/// who reads standard output is to get nothing where the build fails.
#[derive(Debug)]
pub struct Stream {
    folder: TempDir,
    _note: Note,
}

impl Stream {
    /// Prepares an output of this format.
    ///
    /// # Errors
    /// When it would be a folder, standard output is a terminal, or there is no place for the
    /// file.
    pub fn new(format: Format) -> Result<Stream, Failure> {
        if format.is_folder() {
            return Err(Failure::Usage(
                "a folder cannot be written to standard output; choose another --format".to_owned(),
            ));
        }
        if io::stdout().is_terminal() {
            return Err(Failure::Usage(
                "standard output is a terminal; name a file with --output, or a program with |"
                    .to_owned(),
            ));
        }
        let (folder, note) =
            unfinished::make(tempfile::tempdir, |folder| folder.path()).map_err(Failure::Output)?;
        Ok(Stream {
            folder,
            _note: note,
        })
    }

    /// Where the file is to be written.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    /// Sends the finished file. A reader that has seen enough is no failure.
    ///
    /// # Errors
    /// When standard output cannot be written to for another reason.
    pub fn send(self) -> Result<(), Failure> {
        let send = || {
            let mut file = File::open(self.path())?;
            let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
            io::copy(&mut file, &mut out)
        };
        match send() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
            _ => Ok(()),
        }
    }
}
