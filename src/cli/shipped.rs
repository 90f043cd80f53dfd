//! What is made from the description of the command line: completions and man pages.

use clap::Command;
use clap::ValueEnum;
use clap_complete::Shell;
use clap_complete::aot::Generator;
use std::io;

/// What a package of this program ships beside it, as paths below `dist/` and their contents.
///
/// # Errors
/// Writing to memory does not fail.
pub fn shipped() -> io::Result<Vec<(String, String)>> {
    let shells = Shell::value_variants().iter();
    let mut files: Vec<(String, String)> = shells
        .map(|shell| {
            let name = shell.file_name(NAME);
            (format!("completions/{name}"), completions(*shell))
        })
        .collect();
    for (name, page) in pages()? {
        files.push((format!("man/{name}"), page));
    }
    Ok(files)
}

const NAME: &str = "apkcompose";

/// The script that completes commands in this shell.
pub(super) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The man pages: the program's first, then one for each verb, as their files' names and
/// contents.
pub(super) fn pages() -> io::Result<Vec<(String, String)>> {
    let mut command = super::command();
    // Gives each verb its full name.
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, &mut pages)?;
    Ok(pages)
}

fn add_pages(command: &Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let man = clap_mangen::Man::new(command.clone()).source(format!("{NAME} {version}"));
    let mut page = Vec::new();
    man.render(&mut page)?;
    let page = String::from_utf8_lossy(&page).into_owned();
    pages.push((man.get_filename(), page));
    for verb in command.get_subcommands() {
        if !verb.is_hide_set() && verb.get_name() != "help" {
            add_pages(verb, pages)?;
        }
    }
    Ok(())
}
