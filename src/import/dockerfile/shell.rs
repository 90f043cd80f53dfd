//! As much of a shell's language as it takes to know simple commands from all else.

use super::lines::Text;

/// A simple command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Its line.
    pub line: usize,
    /// Its words, unquoted; variables are as they were found.
    pub words: Vec<String>,
    /// Where its output goes, `>` or `>>`, if nowhere else.
    pub redirect: Option<(bool, String)>,
    /// As it is written.
    pub text: String,
    /// It does not simply run: it is part of a pipe, runs in the background or only if something
    /// failed, or is more than words.
    pub conditional: bool,
}

/// Words that begin something else than a simple command.
const RESERVED: [&str; 17] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{",
    "}", "!", "function", "select",
];

/// Words that begin a question, of whose answer what follows depends.
const TESTS: [&str; 3] = ["[", "[[", "test"];

/// Splits a script into commands; `None` when it is more than a list of simple ones.
pub fn commands(script: &Text) -> Option<Vec<Command>> {
    let mut lexer = Lexer::new(script);
    let mut all: Vec<Command> = Vec::new();
    let mut unsure = false;
    loop {
        let (command, operator) = lexer.command()?;
        if let Some(mut command) = command {
            if command
                .words
                .iter()
                .take(1)
                .any(|w| RESERVED.contains(&w.as_str()))
            {
                return None;
            }
            let test = command
                .words
                .first()
                .is_some_and(|w| TESTS.contains(&w.as_str()));
            command.conditional |=
                test || unsure || matches!(operator, Operator::Pipe | Operator::Background);
            all.push(command);
        }
        let asks = all.last().is_some_and(|command| {
            let word = command.words.first().map_or("", String::as_str);
            command.conditional && operator == Operator::And && TESTS.contains(&word)
        });
        // What follows `a || b &&` runs in any case.
        unsure = asks || matches!(operator, Operator::Or | Operator::Pipe);
        if operator == Operator::End {
            return Some(all);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    And,
    Or,
    Pipe,
    Background,
    Next,
    End,
}

struct Lexer<'a> {
    script: &'a Text,
    chars: std::iter::Peekable<std::str::CharIndices<'a>>,
}

impl<'a> Lexer<'a> {
    fn new(script: &'a Text) -> Self {
        Lexer {
            script,
            chars: script.text.char_indices().peekable(),
        }
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn at(&mut self) -> usize {
        self.chars
            .peek()
            .map_or(self.script.text.len(), |(at, _)| *at)
    }

    /// A command and what follows it; `None` when it is beyond this lexer.
    fn command(&mut self) -> Option<(Option<Command>, Operator)> {
        let mut words = Vec::new();
        let mut redirect = None;
        let mut conditional = false;
        let mut start = None;
        loop {
            while self
                .chars
                .next_if(|(_, c)| matches!(c, ' ' | '\t'))
                .is_some()
            {}
            let end = self.at();
            let operator = match self.chars.peek().map(|(_, c)| *c) {
                None => Some(Operator::End),
                Some('#') => {
                    while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
                    continue;
                }
                Some('\n' | ';') => {
                    self.chars.next();
                    // `;;` is part of a case.
                    if self.script.text[end..].starts_with(";;") {
                        return None;
                    }
                    Some(Operator::Next)
                }
                Some('&') => {
                    self.chars.next();
                    Some(if self.next_is('&') {
                        Operator::And
                    } else {
                        Operator::Background
                    })
                }
                Some('|') => {
                    self.chars.next();
                    Some(if self.next_is('|') {
                        Operator::Or
                    } else {
                        Operator::Pipe
                    })
                }
                Some('(' | ')') => return None,
                _ => None,
            };
            if let Some(operator) = operator {
                let command = start.map(|start: usize| Command {
                    line: self.script.line(start),
                    words,
                    redirect,
                    text: self.script.text[start..end].trim().to_owned(),
                    conditional,
                });
                return Some((command, operator));
            }
            start.get_or_insert(end);
            let here = &self.script.text[end..];
            let digits = here.len() - here.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if here[digits..].starts_with(['<', '>']) {
                for _ in 0..digits {
                    self.chars.next();
                }
                let (_, way) = self.chars.next()?;
                let append = self.next_is('>');
                if self.next_is('&') {
                    self.word();
                    continue;
                }
                if way == '<' && self.next_is('<') {
                    return None;
                }
                while self
                    .chars
                    .next_if(|(_, c)| matches!(c, ' ' | '\t'))
                    .is_some()
                {}
                let (target, _) = self.word();
                // Errors may go where they want.
                if way == '>' && (digits == 0 || here.starts_with('1')) {
                    if target != "/dev/null" {
                        redirect = Some((append, target));
                    }
                } else if way == '<' {
                    conditional = true;
                }
                continue;
            }
            let (word, substitutes) = self.word();
            conditional |= substitutes;
            words.push(word);
        }
    }

    /// A word without its quotes, and whether a command's output is part of it. A `$` that
    /// stands for itself is kept with a backslash, for [`super::variables`].
    fn word(&mut self) -> (String, bool) {
        let mut word = String::new();
        let mut substitutes = false;
        while let Some((_, c)) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | ')' => break,
                '(' => {
                    substitutes = true;
                    word.push(c);
                    self.chars.next();
                }
                '\'' => {
                    self.chars.next();
                    for (_, c) in self.chars.by_ref() {
                        match c {
                            '\'' => break,
                            '$' | '\\' => word.extend(['\\', c]),
                            c => word.push(c),
                        }
                    }
                }
                '"' => {
                    self.chars.next();
                    while let Some((_, c)) = self.chars.next() {
                        match c {
                            '"' => break,
                            '\\' => match self.chars.next() {
                                Some((_, c @ ('$' | '\\'))) => word.extend(['\\', c]),
                                Some((_, c @ ('"' | '`'))) => word.push(c),
                                Some((_, '\n')) | None => {}
                                Some((_, c)) => word.extend(['\\', '\\', c]),
                            },
                            '`' => {
                                substitutes = true;
                                word.push(c);
                            }
                            '$' => {
                                substitutes |= matches!(self.chars.peek(), Some((_, '(')));
                                word.push(c);
                            }
                            c => word.push(c),
                        }
                    }
                }
                '\\' => {
                    self.chars.next();
                    match self.chars.next() {
                        Some((_, c @ ('$' | '\\'))) => word.extend(['\\', c]),
                        Some((_, '\n')) | None => {}
                        Some((_, c)) => word.push(c),
                    }
                }
                '`' => {
                    substitutes = true;
                    word.push(c);
                    self.chars.next();
                }
                c => {
                    word.push(c);
                    self.chars.next();
                }
            }
        }
        (word, substitutes)
    }
}
