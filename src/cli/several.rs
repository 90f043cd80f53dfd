//! Answers about several architectures.

use crate::apk::arch::Arch;

/// The answer about the only architecture as it is; of several each below its name, or as JSON
/// an object of them.
pub fn join(answers: &[(Arch, String)], json: bool) -> String {
    if let [(_, only)] = answers {
        return only.clone();
    }
    let parts = answers.iter().map(|(arch, text)| match json {
        // No string of JSON holds a line break.
        true => format!("  \"{arch}\": {}", text.trim_end().replace('\n', "\n  ")),
        false => format!("{arch}:\n{text}"),
    });
    let parts: Vec<String> = parts.collect();
    match json {
        true => format!("{{\n{}\n}}\n", parts.join(",\n")),
        false => parts.join("\n"),
    }
}
