//! What standard error is connected to, and what may be shown there.

use anstream::{AutoStream, ColorChoice};
use std::io::{self, IsTerminal};

/// The size that terminals are taken to have when they do not say.
const USUAL: (u16, u16) = (80, 24);

/// Whether a person watches a terminal that can move its cursor.
pub fn attended() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    io::stderr().is_terminal() && !term.is_empty() && term != "dumb"
}

/// Whether standard error should be coloured: a terminal is, unless `NO_COLOR`
/// (<https://no-color.org>), `CLICOLOR=0` or `TERM=dumb` objects, and anything is where
/// `CLICOLOR_FORCE` says so (<https://bixense.com/clicolors/>).
pub fn colored() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// The columns and rows of the terminal.
pub fn size() -> (usize, usize) {
    let (columns, rows) = match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => USUAL,
    };
    (columns.into(), rows.into())
}
