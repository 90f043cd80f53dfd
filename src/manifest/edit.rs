//! Changing the words of `packages` in a manifest's text. Whatever else stands there stays as it
//! is, byte for byte, comments and layout of the list included.

use crate::apk::dependency::Dependency;
use std::ops::Range;
use toml_edit::{Array, Document, RawString, TomlError, Value};

/// A manifest's text that is being changed.
#[derive(Clone, Debug)]
pub struct Edit {
    text: String,
    /// Where the list stands; `None`: there is none yet.
    list: Option<Range<usize>>,
    words: Array,
}

/// What became of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edited {
    /// It was not there, and is now the last.
    Added,
    /// It stands in place of this one, which was about the same package.
    Replaced(String),
    /// It stood there already.
    Unchanged,
}

impl Edit {
    /// Reads a manifest's text.
    ///
    /// # Errors
    /// When it is no TOML.
    pub fn new(text: &str) -> Result<Edit, TomlError> {
        let document = Document::parse(text)?;
        let found = document.get("packages").and_then(|item| item.as_value());
        let list = found.and_then(Value::span);
        // Read on its own, the list holds the blanks and comments in it as texts.
        let own = list.clone().and_then(|place| text.get(place));
        let words = own.map(str::parse::<Value>).transpose()?;
        Ok(Edit {
            text: text.to_owned(),
            list,
            words: match words {
                Some(Value::Array(words)) => words,
                _ => Array::new(),
            },
        })
    }

    /// The words as they stand there.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(Value::as_str)
    }

    /// Writes a word into the list, in place of one about the same package.
    pub fn add(&mut self, word: &str) -> Edited {
        let Some(at) = self.position(name(word)) else {
            self.push(word);
            return Edited::Added;
        };
        let Some(old) = self.words.get(at).and_then(Value::as_str) else {
            return Edited::Unchanged;
        };
        if old == word {
            return Edited::Unchanged;
        }
        let old = old.to_owned();
        // Keeps what stands around the value.
        self.words.replace(at, word);
        Edited::Replaced(old)
    }

    /// Takes the word about a package out of the list, with the comment behind it on its line,
    /// and returns it; `None` when there is none.
    pub fn remove(&mut self, package: &str) -> Option<String> {
        let at = self.position(package)?;
        let word = self.words.get(at)?.as_str()?.to_owned();
        let (before, _) = self.around(at);
        let last = at + 1 == self.words.len();
        let after = match last {
            true => self.tail(),
            false => self.around(at + 1).0,
        };
        // Up to the end of its line, what stands before an element belongs to the one before.
        let joined = match (before.split_once('\n'), after.split_once('\n')) {
            (Some((comment, own)), Some((_, rest))) => {
                let lines = own.rsplit_once('\n').map_or("", |(lines, _)| lines);
                let lines = match lines {
                    "" => String::new(),
                    lines => format!("{lines}\n"),
                };
                format!("{comment}\n{lines}{rest}")
            }
            // All on one line: what follows takes the place.
            (None, None) if at == 0 && !last => before,
            (None, None) => after,
            (Some(_), None) | (None, Some(_)) if last => after,
            _ => before,
        };
        self.words.remove(at);
        match last {
            false => set_prefix(&mut self.words, at, &joined),
            true => self.set_tail(&joined),
        }
        Some(word)
    }

    /// The text as it is now.
    pub fn finish(self) -> String {
        let list = self.words.to_string();
        let mut list = list.trim().to_owned();
        let mut text = self.text;
        if text.contains("\r\n") {
            list = list.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        match self.list {
            Some(place) => text.replace_range(place, &list),
            None => {
                let at = top(&text);
                text.insert_str(at, &format!("packages = {list}\n"));
                let next = text[at..].split_inclusive('\n').nth(1);
                if next.is_some_and(|line| line.starts_with('[')) {
                    let end = at + text[at..].find('\n').unwrap_or(0);
                    text.insert(end, '\n');
                }
            }
        }
        text
    }

    fn position(&self, package: &str) -> Option<usize> {
        self.words().position(|word| name(word) == package)
    }

    /// What stands before and behind an element, commas aside.
    fn around(&self, at: usize) -> (String, String) {
        let decor = self.words.get(at).map(Value::decor);
        let text = |raw: Option<&RawString>| raw.and_then(RawString::as_str).map(str::to_owned);
        let prefix = decor.and_then(|decor| text(decor.prefix()));
        let suffix = decor.and_then(|decor| text(decor.suffix()));
        (prefix.unwrap_or_default(), suffix.unwrap_or_default())
    }

    /// What stands between the last element, or the comma behind it, and the bracket.
    fn tail(&self) -> String {
        let behind = match self.words.len().checked_sub(1) {
            Some(last) => self.around(last).1,
            None => String::new(),
        };
        behind + self.words.trailing().as_str().unwrap_or_default()
    }

    fn set_tail(&mut self, tail: &str) {
        if let Some(last) = self.words.len().checked_sub(1) {
            let (prefix, _) = self.around(last);
            decorate(&mut self.words, last, &prefix);
        }
        let several_lines = tail.contains('\n') && !self.words.is_empty();
        let comma = several_lines || (self.words.trailing_comma() && !self.words.is_empty());
        self.words.set_trailing_comma(comma);
        self.words.set_trailing(tail);
    }

    fn push(&mut self, word: &str) {
        let tail = self.tail();
        let first = self.words.is_empty();
        let (prefix, tail) = match tail.rsplit_once('\n') {
            // A line of its own, indented as the others are.
            Some((lines, closing)) => {
                let indent = match first {
                    true => format!("{closing}    "),
                    false => {
                        let (before, _) = self.around(self.words.len() - 1);
                        let indent = before.rsplit('\n').next().unwrap_or("    ");
                        indent.to_owned()
                    }
                };
                (format!("{lines}\n{indent}"), format!("\n{closing}"))
            }
            None if first => (tail.clone(), tail),
            None => (" ".to_owned(), tail),
        };
        if !first {
            let last = self.words.len() - 1;
            let (own, _) = self.around(last);
            decorate(&mut self.words, last, &own);
        }
        let comma = self.words.trailing_comma() || tail.contains('\n');
        self.words.push(word);
        let last = self.words.len() - 1;
        decorate(&mut self.words, last, &prefix);
        self.words.set_trailing_comma(comma);
        self.words.set_trailing(tail);
    }
}

fn set_prefix(words: &mut Array, at: usize, prefix: &str) {
    if let Some(value) = words.get_mut(at) {
        value.decor_mut().set_prefix(prefix);
    }
}

/// Sets what stands before an element; nothing stands behind it.
fn decorate(words: &mut Array, at: usize, prefix: &str) {
    if let Some(value) = words.get_mut(at) {
        value.decor_mut().set_prefix(prefix);
        value.decor_mut().set_suffix("");
    }
}

fn name(word: &str) -> &str {
    Dependency::parse_world(word).map_or(word, |dependency| dependency.name)
}

/// Where a key of the top can be put: behind the comment that the file begins with, if a blank
/// line ends that, else at the very beginning.
fn top(text: &str) -> usize {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        at += line.len();
        match line.trim() {
            "" => return at,
            line if line.starts_with('#') => {}
            _ => return start,
        }
    }
    match text.ends_with('\n') || at == start {
        true => at,
        false => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, word: &str) -> String {
        let mut edit = Edit::new(text).unwrap();
        assert_eq!(edit.add(word), Edited::Added);
        edit.finish()
    }

    fn removed(text: &str, word: &str) -> String {
        let mut edit = Edit::new(text).unwrap();
        assert!(edit.remove(word).is_some());
        edit.finish()
    }

    #[test]
    fn lists_on_a_line_stay_there() {
        for (before, after) in [
            ("packages = []\n", "packages = [\"b\"]\n"),
            ("packages = [ ]", "packages = [ \"b\" ]"),
            ("packages = ['a']", "packages = ['a', \"b\"]"),
            ("packages = ['a' ] # x", "packages = ['a', \"b\" ] # x"),
            ("packages = [ 'a', ]", "packages = [ 'a', \"b\", ]"),
        ] {
            assert_eq!(added(before, "b"), after);
            let mut edit = Edit::new(after).unwrap();
            assert_eq!(edit.remove("b").as_deref(), Some("b"));
            let count = edit.words().count();
            let back = Edit::new(&edit.finish()).unwrap();
            assert_eq!(back.words().count(), count);
        }
        assert_eq!(
            removed("packages = ['a', 'b', 'c']", "a"),
            "packages = ['b', 'c']"
        );
        assert_eq!(
            removed("packages = ['a', 'b', 'c']", "b"),
            "packages = ['a', 'c']"
        );
        assert_eq!(
            removed("packages = ['a', 'b', 'c']", "c"),
            "packages = ['a', 'b']"
        );
        assert_eq!(removed("packages = ['a']", "a"), "packages = []");
    }

    const LONG: &str = "\
# head
name = 'x'
packages = [ # list
  # languages
  \"php~8.3\", # the language
  'git', # for sources

  # certificates
  \"ca-certificates\" # the last
] # end

[image] # kept
env = {  A='1' }
";

    #[test]
    fn comments_stay_with_their_words() {
        let long = added(LONG, "curl");
        assert_eq!(
            long,
            LONG.replace(
                "\"ca-certificates\" # the last\n",
                "\"ca-certificates\", # the last\n  \"curl\",\n"
            )
        );
        assert_eq!(
            removed(LONG, "git"),
            LONG.replace("  'git', # for sources\n", "")
        );
        assert_eq!(
            removed(LONG, "php"),
            LONG.replace("  \"php~8.3\", # the language\n", "")
        );
        assert_eq!(
            removed(LONG, "ca-certificates"),
            LONG.replace("  \"ca-certificates\" # the last\n", "")
        );
        assert_eq!(removed(&long, "curl"), long.replace("  \"curl\",\n", ""));
    }

    #[test]
    fn another_word_about_the_package_takes_the_place() {
        let mut edit = Edit::new(LONG).unwrap();
        assert_eq!(edit.add("git"), Edited::Unchanged);
        assert_eq!(edit.add("php=8.4-r0"), Edited::Replaced("php~8.3".into()));
        assert_eq!(edit.finish(), LONG.replace("php~8.3", "php=8.4-r0"));
    }

    #[test]
    fn a_missing_list_is_made_above_the_tables() {
        for (before, after) in [
            ("", "packages = [\"b\"]\n"),
            ("[image]\n", "packages = [\"b\"]\n\n[image]\n"),
            (
                "# c\n\nname = 'x'\n",
                "# c\n\npackages = [\"b\"]\nname = 'x'\n",
            ),
            ("\u{feff}name='x'", "\u{feff}packages = [\"b\"]\nname='x'"),
        ] {
            assert_eq!(added(before, "b"), after);
        }
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        let text = "packages = [\r\n  \"a\",\r\n]\r\n";
        let more = "packages = [\r\n  \"a\",\r\n  \"b\",\r\n]\r\n";
        assert_eq!(added(text, "b"), more);
        assert_eq!(removed(more, "b"), text);
    }
}
