//! The command-line program: its exit code and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    apkcompose::cli::main()
}
