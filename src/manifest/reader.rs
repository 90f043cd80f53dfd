//! A small typed reader over parsed TOML that knows the place of every key and value.
//!
//! serde would stop at the first mistake and forgets where values stood. Here each accessor
//! reports what it does not like to the [`Context`] and gives `None`, so that one pass finds all
//! the mistakes of a file.

use super::error::{Place, Problem, Source};
use super::schema::{self, Shape};
use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A file that is being read, and what was found wrong with it.
pub(super) struct Context {
    pub source: Arc<Source>,
    /// What relative paths in it are relative to.
    pub folder: PathBuf,
    problems: RefCell<Vec<Problem>>,
}

impl Context {
    pub fn new(source: Arc<Source>) -> Context {
        let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
        Context {
            source,
            folder,
            problems: RefCell::default(),
        }
    }

    pub fn place(&self, span: Range<usize>) -> Place {
        Place::new(&self.source, span)
    }

    pub fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// What was reported, in the order it was found.
    pub fn finish(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A value and the key it stands under.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub context: &'a Context,
    /// The key, for messages.
    pub key: &'a str,
    pub span: Range<usize>,
    inner: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    pub fn place(&self) -> Place {
        self.context.place(self.span.clone())
    }

    /// The place of some bytes of a string: inside the quotes where the string is written as it
    /// reads, else the whole of it, quotes included; so too where there are no bytes.
    pub fn place_in(&self, bytes: Range<usize>) -> Place {
        let text = self.inner.as_str().unwrap_or("");
        let start = self.span.start + 1;
        let raw = self.context.source.text.get(start..start + text.len());
        if raw == Some(text) && !bytes.is_empty() && self.span.len() == text.len() + 2 {
            self.context.place(start + bytes.start..start + bytes.end)
        } else {
            self.place()
        }
    }

    /// A problem at this value, yet to be reported.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(message).at(self.place())
    }

    pub fn report(&self, problem: Problem) {
        self.context.report(problem);
    }

    /// Reports that something else was expected. `None`, so that it can end an accessor.
    pub fn mismatch<T>(&self, expected: &str, help: Option<String>) -> Option<T> {
        let found = match self.inner {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let key = self.key;
        let mut problem = self.problem(format!("expected {expected} for {key:?}, found {found}"));
        if let Some(line) = help {
            problem = problem.help(line);
        }
        self.report(problem);
        None
    }

    pub fn is_string(&self) -> bool {
        self.inner.is_str()
    }

    pub fn is_list(&self) -> bool {
        self.inner.is_array()
    }

    pub fn is_table(&self) -> bool {
        self.inner.is_table()
    }

    pub fn is_integer(&self) -> bool {
        self.inner.is_integer()
    }

    /// A string. A number or a boolean is answered with how to write it as one.
    pub fn string(&self) -> Option<&'a str> {
        match self.inner {
            DeValue::String(text) => Some(text),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                let raw = self.context.source.text.get(self.span.clone());
                let help = raw.map(|raw| format!("put it in quotes: \"{raw}\""));
                self.mismatch("a string", help)
            }
            _ => self.mismatch("a string", None),
        }
    }

    /// A string, or a date of TOML as it is written.
    pub fn time_text(&self) -> Option<String> {
        match self.inner {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Datetime(time) => Some(time.to_string()),
            _ => None,
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.inner {
            DeValue::Boolean(value) => Some(*value),
            _ => self.mismatch("true or false", None),
        }
    }

    /// An integer between 0 and `max`, and the base it was written in.
    pub fn integer(&self, max: u32) -> Option<(u32, u32)> {
        let DeValue::Integer(number) = self.inner else {
            return self.mismatch("an integer", None);
        };
        let value = u32::from_str_radix(number.as_str(), number.radix()).ok();
        match value.filter(|value| *value <= max) {
            Some(value) => Some((value, number.radix())),
            None => {
                let key = self.key;
                let message = format!("{number} is out of range for {key:?}: 0 to {max}");
                self.report(self.problem(message));
                None
            }
        }
    }

    /// The elements of a list; `of` says what of, for the message.
    pub fn list(&self, of: &str) -> Option<Vec<Value<'a>>> {
        let DeValue::Array(elements) = self.inner else {
            let raw = self.context.source.text.get(self.span.clone());
            let help = match raw {
                Some(raw) if !self.is_table() && !raw.contains('\n') => {
                    Some(format!("write it as a list: {} = [{raw}]", self.key))
                }
                _ => None,
            };
            return self.mismatch(&format!("a list of {of}"), help);
        };
        let elements = elements.iter().map(|element| Value {
            context: self.context,
            key: self.key,
            span: element.span(),
            inner: element.get_ref(),
        });
        Some(elements.collect())
    }

    /// The strings of a list, each with its value; those that are no strings are reported.
    pub fn strings(&self) -> Vec<(&'a str, Value<'a>)> {
        let list = self.list("strings").unwrap_or_default();
        list.into_iter()
            .filter_map(|value| Some((value.string()?, value)))
            .collect()
    }

    /// A table whose keys the manifest's author chooses, in the order they are written.
    pub fn entries(&self) -> Option<Vec<Entry<'a>>> {
        let DeValue::Table(table) = self.inner else {
            return self.mismatch("a table", None);
        };
        let mut entries: Vec<Entry<'a>> = table
            .iter()
            .map(|(key, value)| Entry {
                key: key.get_ref(),
                key_span: key.span(),
                value: Value {
                    context: self.context,
                    key: key.get_ref(),
                    span: value.span(),
                    inner: value.get_ref(),
                },
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Some(entries)
    }

    /// A table of this shape.
    pub fn table(&self, shape: &'static Shape) -> Option<Table<'a>> {
        match self.inner {
            DeValue::Table(entries) => {
                Some(Table::new(self.context, shape, self.span.clone(), entries))
            }
            _ => {
                let help = format!("write {} and its keys below", shape.header());
                self.mismatch("a table", Some(help))
            }
        }
    }

    /// The tables of a `[[list]]` of this shape.
    pub fn tables(&self, shape: &'static Shape) -> Vec<Table<'a>> {
        let header = shape.header();
        if !self.is_list() {
            let help = if self.is_table() {
                format!("each takes two brackets: {header}")
            } else {
                format!("write {header} and its keys below, once for each")
            };
            self.mismatch::<()>("a list of tables", Some(help));
            return Vec::new();
        }
        let list = self.list("tables").unwrap_or_default();
        list.iter().filter_map(|value| value.table(shape)).collect()
    }
}

/// A key that the manifest's author chose, and its value.
pub(super) struct Entry<'a> {
    pub key: &'a str,
    pub key_span: Range<usize>,
    pub value: Value<'a>,
}

/// A table whose keys are known.
pub(super) struct Table<'a> {
    pub context: &'a Context,
    shape: &'static Shape,
    span: Range<usize>,
    entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// Reports the keys that the shape does not have.
    pub fn new(
        context: &'a Context,
        shape: &'static Shape,
        span: Range<usize>,
        entries: &'a DeTable<'a>,
    ) -> Table<'a> {
        for key in entries.keys() {
            let name: &str = key.get_ref();
            if !shape.keys.contains(&name) {
                let problem = schema::unknown_key(shape, name);
                context.report(problem.at(context.place(key.span())));
            }
        }
        Table {
            context,
            shape,
            span,
            entries,
        }
    }

    /// The place of the table: its header or its braces.
    pub fn place(&self) -> Place {
        self.context.place(self.span.clone())
    }

    /// The value of a key of the shape, if it is there.
    pub fn get(&self, key: &'static str) -> Option<Value<'a>> {
        debug_assert!(self.shape.keys.contains(&key), "{key} is not in the shape");
        let (_, value) = self.entries.get_key_value(key)?;
        Some(Value {
            context: self.context,
            key,
            span: value.span(),
            inner: value.get_ref(),
        })
    }

    /// The value of a key that the table cannot do without; reports that it is missing.
    pub fn require(&self, key: &'static str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            let header = self.shape.header();
            let problem = Problem::new(format!("{header} needs {key:?}"));
            self.context.report(problem.at(self.place()));
        }
        value
    }
}
