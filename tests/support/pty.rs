//! A pseudo terminal to run the program in, and what its screen shows at every moment.

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::process::Command;

/// What was shown.
pub struct Shown {
    pub code: Option<i32>,
    /// The screen after each piece of output.
    pub frames: Vec<Frame>,
    /// Everything that was sent, escape codes included.
    pub raw: String,
}

/// The rows of a screen as they were shown for a moment, without blanks at their ends.
#[derive(Debug)]
pub struct Frame {
    /// How much had been sent by then.
    pub sent: usize,
    pub rows: Vec<String>,
}

impl Shown {
    /// All lines that stand on the screen at the end or have left it at its top.
    pub fn left(&self, columns: u16) -> Vec<String> {
        let mut tall = parser(1000, columns);
        tall.process(self.raw.as_bytes());
        let text = tall.screen().contents();
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }
}

/// Runs a program in a terminal of this size. Its environment is the command's.
pub fn run(mut command: Command, columns: u16, rows: u16) -> Shown {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = rustix::fs::open(&*name, flags, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&theirs, size).unwrap();
    let end = || theirs.try_clone().unwrap();
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().unwrap();
    // The terminal is at its end when nobody has the other side open any more.
    drop((command, theirs));
    let mut screen = parser(rows, columns);
    let mut shown = Shown {
        code: None,
        frames: Vec::new(),
        raw: String::new(),
    };
    let (mut ours, mut raw, mut buffer) = (File::from(ours), Vec::new(), [0; 4096]);
    // Linux says EIO at the end.
    while let Ok(count @ 1..) = ours.read(&mut buffer) {
        screen.process(&buffer[..count]);
        raw.extend_from_slice(&buffer[..count]);
        let now = screen.screen();
        shown.frames.push(Frame {
            sent: raw.len(),
            rows: now
                .rows(0, columns)
                .map(|row| row.trim_end().to_owned())
                .collect(),
        });
    }
    shown.code = child.wait().unwrap().code();
    shown.raw = String::from_utf8(raw).unwrap();
    shown
}

pub fn parser(rows: u16, columns: u16) -> vt100::Parser {
    let size = |number| NonZero::new(number).unwrap();
    vt100::Parser::new(size(rows), size(columns), 0)
}
