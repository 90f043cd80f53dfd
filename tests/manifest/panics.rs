//! No text makes the reader, or what shows its errors, panic.

use crate::read;
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "name",
    "extends",
    "packages",
    "arch",
    "exclude",
    "scripts",
    "scripts-may-fail",
    "repositories",
    "repository",
    "image",
    "file",
    "user",
    "group",
    "alpine",
    "url",
    "tag",
    "keys",
    "entrypoint",
    "cmd",
    "env",
    "expose",
    "labels",
    "target",
    "source",
    "content",
    "symlink",
    "directory",
    "mode",
    "uid",
    " = ",
    "=",
    "\"",
    "'",
    "\"\"\"",
    "\n",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    ".",
    "#",
    "\\",
    "\u{e9}",
    "\u{1f427}",
    "\0",
    "\r\n",
    "\t",
    "1",
    "0o755",
    "-1",
    "1e9",
    "true",
    "1979-05-27",
    "php",
    "a=1",
    "/x",
    "@",
    "..",
];

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,80}") {
        if let Err(error) = read(&text) {
            error.render(false);
        }
    }

    #[test]
    fn no_heap_of_words_makes_it_panic(words in proptest::collection::vec(0..WORDS.len(), 0..24)) {
        let text: String = words.into_iter().map(|n| WORDS[n]).collect();
        if let Err(error) = read(&text) {
            prop_assert!(!error.problems().is_empty());
            error.render(true);
        }
    }

    #[test]
    fn no_value_makes_it_panic(key in 0..28usize, table in 0..7usize, value in "\\PC{0,12}") {
        let header = ["", "[repositories]", "[[repository]]", "[image]", "[[file]]", "[[user]]", "[[group]]"][table];
        for value in [format!("{value:?}"), format!("'{value}'"), format!("[{value:?}]"), value] {
            let text = format!("{header}\n{} = {value}\n", WORDS[key]);
            if let Err(error) = read(&text) {
                error.render(false);
            }
        }
    }
}
