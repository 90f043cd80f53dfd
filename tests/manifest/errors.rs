//! What is said of texts that are no TOML, of unknown keys and of wrong types.

use crate::{expect, plain, read, shown};

#[test]
fn a_text_that_is_no_toml() {
    expect(
        "name = \"php\"\npackages = [\"php\"\n\n[image]\n",
        "
        error: not TOML: missing comma between array elements, expected `,`
         --> php.toml:4:1
          |
        4 | [image]
          | ^",
    );
    assert_eq!(
        plain("a = 1\nb = 2\na = 3"),
        "php.toml:3:1: not TOML: the key \"a\" is given twice"
    );
    assert!(plain("packages = [\"php").starts_with("php.toml:1:"));
    assert!(plain("<html>").starts_with("php.toml:1:7: not TOML: key with no value"));
    assert!(plain(&"a=[".repeat(1000)).contains("not TOML"));
    assert_eq!(
        plain("[[file]]\nmode = 0755"),
        "php.toml:2:8: not TOML: unexpected leading zero"
    );
}

#[test]
fn an_unknown_key_and_the_nearest_one() {
    expect(
        "name = \"php\"\n\n  packges = [\"php\"]\n",
        "
        error: unknown key \"packges\"; did you mean \"packages\"?
         --> php.toml:3:3
          |
        3 |   packges = [\"php\"]
          |   ^^^^^^^",
    );
    assert_eq!(
        plain("[image]\nstop_signal = \"SIGINT\""),
        "php.toml:2:1: unknown key \"stop_signal\"; did you mean \"stop-signal\"?"
    );
    assert_eq!(
        plain("[[file]]\ndest = \"/x\"\ncontent = \"\""),
        "php.toml:1:1: [[file]] needs \"target\"\n\
         php.toml:2:1: unknown key \"dest\"; did you mean \"target\"?"
    );
}

#[test]
fn an_unknown_key_with_none_near() {
    expect(
        "[[group]]\nname = \"x\"\n\"a b\" = 1",
        "
        error: unknown key \"a b\"
         --> php.toml:3:1
          |
        3 | \"a b\" = 1
          | ^^^^^
          |
          = help: known keys of [[group]]: name, gid, members, system",
    );
    // What does not do anything yet is not taken.
    assert!(
        plain("[healthcheck]\nbudget = 3").starts_with("php.toml:1:2: unknown key \"healthcheck\"")
    );
}

#[test]
fn a_key_in_the_wrong_table() {
    expect(
        "[image]\npackages = [\"php\"]",
        "
        error: unknown key \"packages\" in [image]
         --> php.toml:2:1
          |
        2 | packages = [\"php\"]
          | ^^^^^^^^
          |
          = help: \"packages\" belongs at the top of the file, before the first [table]",
    );
    expect(
        "entrypoint = [\"php\"]",
        "
        error: unknown key \"entrypoint\"
         --> php.toml:1:1
          |
        1 | entrypoint = [\"php\"]
          | ^^^^^^^^^^
          |
          = help: \"entrypoint\" belongs in [image]",
    );
    assert!(shown("[image]\n[image.file]").contains("it is a table of its own: [[file]]"));
}

#[test]
fn a_value_of_the_wrong_type() {
    expect(
        "packages = \"php\"",
        "
        error: expected a list of strings for \"packages\", found a string
         --> php.toml:1:12
          |
        1 | packages = \"php\"
          |            ^^^^^
          |
          = help: write it as a list: packages = [\"php\"]",
    );
    // The zero at the end would be lost if a float were taken.
    expect(
        "[repositories]\nalpine = 3.20",
        "
        error: expected a string for \"alpine\", found a float
         --> php.toml:2:10
          |
        2 | alpine = 3.20
          |          ^^^^
          |
          = help: put it in quotes: \"3.20\"",
    );
    expect(
        "[file]\ntarget = \"/x\"",
        "
        error: expected a list of tables for \"file\", found a table
         --> php.toml:1:1
          |
        1 | [file]
          | ^^^^^^
          |
          = help: each takes two brackets: [[file]]",
    );
    for (text, expected) in [
        (
            "name = 1",
            "1:8: expected a string for \"name\", found an integer",
        ),
        (
            "packages = [\"a\", 1.0]",
            "1:18: expected a string for \"packages\", found a float",
        ),
        (
            "image = 1",
            "1:9: expected a table for \"image\", found an integer",
        ),
        (
            "[[image]]",
            "1:1: expected a table for \"image\", found a list",
        ),
        (
            "file = [1]",
            "1:9: expected a table for \"file\", found an integer",
        ),
        (
            "extends = []",
            "1:11: expected a string for \"extends\", found a list",
        ),
        (
            "scripts = true",
            "1:11: expected a string for \"scripts\", found a boolean",
        ),
        (
            "arch = 2020-01-01",
            "1:8: expected a list of strings for \"arch\", found a date",
        ),
        (
            "image.env = 1",
            "1:13: expected a table for \"env\", found an integer",
        ),
        (
            "image.env = { A = 1 }",
            "1:19: expected a string for \"A\", found an integer",
        ),
        (
            "image.expose = [true]",
            "1:17: expected a port for \"expose\", found a boolean",
        ),
        (
            "image.user = []",
            "1:14: expected a name or a number for \"user\", found a list",
        ),
        (
            "image.cmd = 1",
            "1:13: expected a list of strings for \"cmd\", found an integer",
        ),
    ] {
        assert_eq!(plain(text), format!("php.toml:{expected}"));
    }
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_the_text() {
    assert_eq!(
        plain(
            "nme = \"x\"\npackages = [\"a=\", 1]\n[[file]]\nexclude = 1\n[[user]]\nuid = -1\n[image]\ncmd = 1"
        ),
        "php.toml:1:1: unknown key \"nme\"; did you mean \"name\"?\n\
         php.toml:2:15: a version is missing after \"=\"\n\
         php.toml:2:19: expected a string for \"packages\", found an integer\n\
         php.toml:3:1: [[file]] does not say what to put there\n\
         php.toml:3:1: [[file]] needs \"target\"\n\
         php.toml:4:11: expected a list of strings for \"exclude\", found an integer\n\
         php.toml:5:1: [[user]] needs \"name\"\n\
         php.toml:6:7: -1 is out of range for \"uid\": 0 to 4294967294\n\
         php.toml:8:7: expected a list of strings for \"cmd\", found an integer"
    );
}

#[test]
fn columns_count_characters_and_a_byte_order_mark_is_none() {
    assert_eq!(
        plain("\u{feff}name = 1\r\nimage = { user = \"ä\", cmd = 1 }"),
        "php.toml:1:8: expected a string for \"name\", found an integer\n\
         php.toml:2:18: \"ä\" is no user\n\
         php.toml:2:29: expected a list of strings for \"cmd\", found an integer"
    );
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = "[[file]]\ntarget = \"/x\"\nsource = \"\\u001b[31m\"\n\"\\u001b]0;x\" = 1";
    assert!(!plain(text).contains('\u{1b}'));
    assert!(!shown(text).contains('\u{1b}'));
    let color = read(text).unwrap_err().render(true);
    assert!(color.contains("\u{1b}[") && !color.contains("\u{1b}]"));
}
