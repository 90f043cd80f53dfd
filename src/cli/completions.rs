//! `apkcompose completions`

use super::say::{self, Failure};
use super::shipped;
use clap::Args;
use clap_complete::Shell;

/// Print a script that completes commands in a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose completions bash > ~/.local/share/bash-completion/completions/apkcompose
  apkcompose completions fish > ~/.config/fish/completions/apkcompose.fish
  apkcompose completions zsh > ~/.zfunc/_apkcompose

For zsh, the folder must be in fpath before compinit is called.")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<(), Failure> {
        say::print(&shipped::completions(self.shell))
    }
}
