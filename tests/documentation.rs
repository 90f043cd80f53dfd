//! Every command of the documentation and of the help is one that the program understands, and
//! every link leads somewhere.

use apkcompose::cli;
use clap::error::ErrorKind;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages, with their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = Vec::new();
    for folder in [root.to_owned(), root.join("docs")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    pages
}

/// The commands of a line: what stands between `&&`, `|`, `;` and `>`, without a prompt, comment
/// or the explanation after many blanks.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.trim().trim_start_matches("$ ");
    let line = line.split("   ").next().unwrap_or("");
    let words = shlex::split(&line.replace("|", " | ").replace(';', " ; ")).unwrap_or_default();
    let ends = |word: &String| ["&&", "||", "|", ";", ">", "2>", "<", "&"].contains(&word.as_str());
    words
        .split(ends)
        .filter_map(|words| {
            let mut words = words.iter().skip_while(|word| word.contains('='));
            match words.next()?.as_str() {
                "apkcompose" => {}
                // `cargo run --release -- VERB …`
                "cargo" if words.next()? == "run" => {
                    words.find(|word| *word == "--")?;
                }
                _ => return None,
            }
            let arguments: Vec<String> = words.cloned().collect();
            (!arguments.is_empty()).then_some(arguments)
        })
        .collect()
}

/// Why the program would not understand these arguments.
fn complaint(arguments: &[String], whole: bool) -> Option<String> {
    let all = std::iter::once("apkcompose".to_owned()).chain(arguments.iter().cloned());
    let error = cli::command().try_get_matches_from(all).err()?;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            if !whole =>
        {
            None
        }
        // `--format FORMAT`
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::InvalidSubcommand
            if !whole && stands_in(arguments) =>
        {
            None
        }
        _ => Some(error.to_string()),
    }
}

/// Whether a word in capitals stands for what somebody would type.
fn stands_in(arguments: &[String]) -> bool {
    let capitals = |word: &String| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
    arguments.iter().any(capitals)
}

#[test]
fn commands_in_blocks_are_understood() {
    let mut count = 0;
    for (path, text) in pages() {
        for block in text.split("```").skip(1).step_by(2) {
            let Some((kind, block)) = block.split_once('\n') else {
                continue;
            };
            if !["sh", "console"].contains(&kind) {
                continue;
            }
            for arguments in block.replace("\\\n", " ").lines().flat_map(commands) {
                count += 1;
                if let Some(complaint) = complaint(&arguments, true) {
                    panic!("{}: {}: {complaint}", path.display(), arguments.join(" "));
                }
            }
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn commands_in_sentences_are_understood() {
    let mut count = 0;
    for (path, text) in pages() {
        let prose: String = text.split("```").step_by(2).collect();
        for code in prose.split('`').skip(1).step_by(2) {
            for arguments in commands(code) {
                count += 1;
                // In a sentence a command need not be whole.
                if let Some(complaint) = complaint(&arguments, false) {
                    panic!("{}: {code}: {complaint}", path.display());
                }
            }
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn the_examples_of_the_help_are_understood() {
    for verb in cli::command().get_subcommands() {
        let help = verb
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        for arguments in help.lines().flat_map(commands) {
            if let Some(complaint) = complaint(&arguments, true) {
                panic!("{}: {}: {complaint}", verb.get_name(), arguments.join(" "));
            }
        }
    }
}

#[test]
fn links_lead_to_files() {
    for (path, text) in pages() {
        let folder = path.parent().unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap_or("");
            let file = target.split('#').next().unwrap_or("");
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(folder)
                .join(file);
            assert!(file.exists(), "{}: {target}", path.display());
        }
    }
}
