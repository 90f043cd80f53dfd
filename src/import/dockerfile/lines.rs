//! The instructions of a Dockerfile: continued lines joined, comments dropped, heredocs read.
//! After the reference at <https://docs.docker.com/reference/dockerfile/>.

use crate::import::Fault;

/// An instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Upper-case.
    pub name: String,
    /// What follows the name.
    pub text: Text,
    /// The bodies of heredocs in their order.
    pub heredocs: Vec<Heredoc>,
}

/// Text that was written on one or more lines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text {
    pub text: String,
    /// Where each line begins in the text, and its number.
    starts: Vec<(usize, usize)>,
}

/// `<<NAME` and what it stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heredoc {
    pub name: String,
    pub body: Text,
    /// Its name is quoted: variables are left alone.
    pub literal: bool,
}

impl Text {
    /// Text of the first line.
    pub fn new(text: &str) -> Text {
        Text {
            text: text.to_owned(),
            starts: Vec::new(),
        }
    }

    /// The line of a place in the text.
    pub fn line(&self, at: usize) -> usize {
        let before = self.starts.iter().take_while(|(start, _)| *start <= at);
        before.last().map_or(1, |(_, line)| *line)
    }

    fn push(&mut self, line: usize, text: &str) {
        self.starts.push((self.text.len(), line));
        self.text.push_str(text);
    }
}

/// Splits a Dockerfile into its instructions.
pub fn instructions(text: &str) -> Result<Vec<Instruction>, Fault> {
    let lines: Vec<&str> = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .lines()
        .collect();
    let escape = escape(&lines);
    let mut all = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let first = lines[at].trim();
        if first.is_empty() || first.starts_with('#') {
            at += 1;
            continue;
        }
        let begin = at;
        let mut joined = Text::default();
        while at < lines.len() {
            let line = lines[at];
            // Comments and blank lines within an instruction are none of it.
            let skip = at > begin && (line.trim().is_empty() || line.trim_start().starts_with('#'));
            at += 1;
            if skip {
                continue;
            }
            let trimmed = line.trim_end();
            match trimmed.strip_suffix(escape) {
                Some(more) => joined.push(at, more),
                None => {
                    joined.push(at, trimmed);
                    break;
                }
            }
        }
        let Text { text, starts } = joined;
        let lead = text.len() - text.trim_start().len();
        let end = text[lead..]
            .find(char::is_whitespace)
            .map_or(text.len(), |n| lead + n);
        let name = text[lead..end].to_ascii_uppercase();
        if !name.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(Fault {
                line: begin + 1,
                problem: format!(
                    "expected an instruction such as FROM or RUN, found {:?}",
                    &text[lead..end]
                ),
            });
        }
        let rest = &text[end..];
        let skip = end + rest.len() - rest.trim_start().len();
        let starts = starts
            .iter()
            .map(|(start, line)| (start.saturating_sub(skip), *line));
        let argument = Text {
            text: text[skip..].to_owned(),
            starts: starts.collect(),
        };
        let mut heredocs = Vec::new();
        if matches!(name.as_str(), "RUN" | "COPY" | "ADD") {
            for (name, literal, tabs) in markers(&argument.text) {
                let mut body = Text::default();
                let start = at;
                loop {
                    let Some(line) = lines.get(at) else {
                        return Err(Fault {
                            line: start,
                            problem: format!("the heredoc {name} has no end"),
                        });
                    };
                    at += 1;
                    let line = if tabs {
                        line.trim_start_matches('\t')
                    } else {
                        line
                    };
                    if line == name {
                        break;
                    }
                    body.push(at, line);
                    body.text.push('\n');
                }
                heredocs.push(Heredoc {
                    name,
                    body,
                    literal,
                });
            }
        }
        all.push(Instruction {
            name,
            text: argument,
            heredocs,
        });
    }
    Ok(all)
}

/// The character that continues a line, as the directives at the top say.
fn escape(lines: &[&str]) -> char {
    for line in lines {
        let Some(directive) = line.trim().strip_prefix('#') else {
            break;
        };
        let Some((key, value)) = directive.split_once('=') else {
            break;
        };
        if key.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// The heredocs that a line begins: name, whether quoted, and whether leading tabs go.
fn markers(text: &str) -> Vec<(String, bool, bool)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        rest = &rest[at + 2..];
        let tabs = rest.starts_with('-');
        let word = rest.strip_prefix('-').unwrap_or(rest);
        let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''));
        let word = &word[quote.map_or(0, char::len_utf8)..];
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = word.find(|c| !name(c)).unwrap_or(word.len());
        if end > 0 && !rest.starts_with('<') {
            found.push((word[..end].to_owned(), quote.is_some(), tabs));
        }
    }
    found
}
