//! `[variables]`: what stands in templates.

use super::error::Problem;
use super::reader::Value;
use std::collections::BTreeMap;

/// Whether a template can name it so.
fn is_variable(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}

pub(super) fn read_variables(value: Value<'_>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for entry in value.entries().unwrap_or_default() {
        if !is_variable(entry.key) {
            let place = value.context.place(entry.key_span);
            let problem = Problem::new(format!("{:?} cannot be the name of a variable", entry.key));
            let help = "expected letters, digits and \"_\", beginning with no digit";
            value.report(problem.at(place).help(help));
        } else if let Some(text) = entry.value.string() {
            variables.insert(entry.key.to_owned(), text.to_owned());
        }
    }
    variables
}
