//! A manifest that is being made, and how it is written.

use crate::apk::dependency::Dependency;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml_edit::Value;

/// Something that does not carry over.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LeftOut {
    /// Its line, from 1.
    pub line: usize,
    /// It, shortened if it is long.
    pub what: String,
    /// Why, or what to do instead.
    pub why: String,
}

/// What a file of the image is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    Source(String),
    Text(String),
    Symlink(String),
    Hardlink(String),
    Directory,
    /// What is there already: its mode and owner alone change.
    Keep,
}

/// One thing that a manifest says.
#[derive(Clone, Debug)]
pub enum Item {
    Package(String),
    Arch(String),
    Alpine(String),
    Repository {
        url: String,
        tag: Option<String>,
        keys: Vec<String>,
    },
    /// A key of `[image]` with its value.
    Image(&'static str, Value),
    /// A key of `[image.healthcheck]` with its value.
    Health(&'static str, Value),
    Env(String, String),
    Label(String, String),
    Annotation(String, String),
    Expose(String),
    Volume(String),
    Layers(&'static str, Value),
    File {
        target: String,
        content: Content,
        mode: Option<String>,
        user: Option<String>,
        group: Option<String>,
    },
    User {
        name: String,
        uid: Option<u32>,
        /// It is for a service.
        system: bool,
        group: Option<String>,
        groups: Vec<String>,
        home: Option<String>,
        shell: Option<String>,
    },
    Group {
        name: String,
        gid: Option<u32>,
        system: bool,
        members: Vec<String>,
    },
}

impl Item {
    /// What there is one of: another item of the same takes its place.
    fn key(&self) -> (&'static str, String) {
        match self {
            Item::Package(word) => {
                let name = Dependency::parse_world(word).map_or(word.as_str(), |d| d.name);
                ("package", name.to_owned())
            }
            Item::Arch(arch) => ("arch", arch.clone()),
            Item::Alpine(_) => ("alpine", String::new()),
            Item::Repository { url, .. } => ("repository", url.clone()),
            Item::Image(key, _) => (key, String::new()),
            Item::Health(key, _) => ("healthcheck", (*key).to_owned()),
            Item::Env(name, _) => ("env", name.clone()),
            Item::Label(name, _) => ("label", name.clone()),
            Item::Annotation(name, _) => ("annotation", name.clone()),
            Item::Expose(port) => ("expose", port.clone()),
            Item::Volume(path) => ("volume", path.clone()),
            Item::Layers(key, _) => ("layers", (*key).to_owned()),
            Item::File { target, .. } => ("file", target.clone()),
            Item::User { name, .. } => ("user", name.clone()),
            Item::Group { name, .. } => ("group", name.clone()),
        }
    }

    fn describe(&self) -> String {
        match self {
            Item::Image(key, value) => format!("{key} = {}", value.to_string().trim()),
            Item::Layers(key, value) => format!("{key} = {}", value.to_string().trim()),
            Item::Env(name, value) => format!("{name}={value}"),
            other => {
                let (kind, key) = other.key();
                format!("{kind} {key}")
            }
        }
    }
}

/// A manifest that is being made.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// With the line that each is from.
    items: Vec<(usize, Item)>,
    left_out: Vec<LeftOut>,
    /// The packages that stand for the base image.
    pub base: Vec<&'static str>,
}

impl Draft {
    /// Says something, in place of what was said of the same.
    pub fn set(&mut self, line: usize, item: Item) {
        let key = item.key();
        match self.items.iter_mut().find(|(_, known)| known.key() == key) {
            Some(known) => *known = (line, item),
            None => self.items.push((line, item)),
        }
    }

    /// Takes back what was said of this.
    pub fn unset(&mut self, kind: &str, key: &str) -> bool {
        let before = self.items.len();
        self.items
            .retain(|(_, item)| item.key() != (kind_of(kind), key.to_owned()));
        self.items.len() < before
    }

    /// Takes back all that was said of a kind.
    pub fn unset_all(&mut self, kind: &str) {
        self.items.retain(|(_, item)| item.key().0 != kind);
    }

    /// Something that was said of this.
    pub fn get_mut(&mut self, kind: &str, key: &str) -> Option<&mut Item> {
        let wanted = (kind_of(kind), key.to_owned());
        let mut items = self.items.iter_mut().map(|(_, item)| item);
        items.find(|item| item.key() == wanted)
    }

    /// All that was said.
    pub fn items_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        self.items.iter_mut().map(|(_, item)| item)
    }

    /// The value of an environment variable.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.items.iter().find_map(|(_, item)| match item {
            Item::Env(known, value) if known == name => Some(value.as_str()),
            _ => None,
        })
    }

    /// Lists something that does not carry over.
    pub fn leave_out(&mut self, line: usize, what: &str, why: impl Into<String>) {
        const LONGEST: usize = 100;
        let mut words = what.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() > LONGEST {
            words = words.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        self.left_out.push(LeftOut {
            line,
            what: words,
            why: why.into(),
        });
    }

    /// Takes an item out because a manifest cannot say it.
    pub fn reject(&mut self, at: usize, why: &str) {
        let (line, item) = self.items.remove(at);
        self.leave_out(line, &item.describe(), why);
    }

    /// By line.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut all = self.left_out.clone();
        all.sort();
        all.dedup();
        all
    }

    /// The text of the manifest, and for each of its lines the item that it is of.
    pub fn write(&self, origin: &str) -> (String, Vec<Option<usize>>) {
        let mut out = Writer::default();
        out.line(&format!(
            "# Made by `apkcompose import {}`.",
            comment(origin)
        ));
        let left_out = self.left_out();
        if !left_out.is_empty() {
            out.line("#");
            out.line("# What does not carry over, by line:");
            for left in &left_out {
                let LeftOut { line, what, why } = left;
                out.line(&format!("#   {line}: {} ({})", comment(what), comment(why)));
            }
        }
        out.line("");
        self.write_top(&mut out);
        self.write_repositories(&mut out);
        self.write_image(&mut out);
        self.write_rest(&mut out);
        (out.text, out.owners)
    }

    fn each<'a, T: 'a>(&'a self, pick: impl Fn(&'a Item) -> Option<T> + 'a) -> Vec<(usize, T)> {
        let items = self.items.iter().enumerate();
        items
            .filter_map(|(at, (_, item))| Some((at, pick(item)?)))
            .collect()
    }

    fn write_top(&self, out: &mut Writer) {
        let words = self.each(|item| match item {
            Item::Package(word) => Some(word),
            _ => None,
        });
        let own = |name: &str| {
            words
                .iter()
                .any(|(_, word)| Dependency::parse_world(word).is_ok_and(|d| d.name == name))
        };
        out.line("packages = [");
        let base: Vec<&&str> = self.base.iter().filter(|name| !own(name)).collect();
        if !base.is_empty() {
            out.line("    # what the base image holds; leave out what is not needed");
            for name in base {
                out.line(&format!("    {name:?},"));
            }
            if !words.is_empty() {
                out.line("    # what is added to it");
            }
        }
        for (at, word) in &words {
            out.item(*at, &format!("    {},", string(word)));
        }
        out.line("]");
        out.list(
            "arch",
            &self.each(|item| match item {
                Item::Arch(arch) => Some(arch),
                _ => None,
            }),
        );
    }

    fn write_repositories(&self, out: &mut Writer) {
        for (at, release) in self.each(|item| match item {
            Item::Alpine(release) => Some(release),
            _ => None,
        }) {
            out.line("\n[repositories]");
            out.item(at, &format!("alpine = {}", string(release)));
        }
        for (at, item) in self.each(Some) {
            let Item::Repository { url, tag, keys } = item else {
                continue;
            };
            let mut text = format!("\n[[repository]]\nurl = {}", string(url));
            optional(&mut text, "tag", tag.as_deref());
            if !keys.is_empty() {
                let _ = write!(text, "\nkeys = {}", strings(keys));
            }
            out.item(at, &text);
        }
    }

    fn write_image(&self, out: &mut Writer) {
        let keys = self.each(|item| match item {
            Item::Image(key, value) => Some((key, value)),
            _ => None,
        });
        let ports = self.each(|item| match item {
            Item::Expose(port) => Some(port),
            _ => None,
        });
        let volumes = self.each(|item| match item {
            Item::Volume(path) => Some(path),
            _ => None,
        });
        if !(keys.is_empty() && ports.is_empty() && volumes.is_empty()) {
            out.line("\n[image]");
        }
        for (at, (key, value)) in keys {
            out.item(at, &format!("{key} = {}", value.to_string().trim()));
        }
        out.list("expose", &ports);
        out.list("volumes", &volumes);
        let health = self.each(|item| match item {
            Item::Health(key, value) => Some((key, value)),
            _ => None,
        });
        if !health.is_empty() {
            out.line("\n[image.healthcheck]");
        }
        for (at, (key, value)) in health {
            out.item(at, &format!("{key} = {}", value.to_string().trim()));
        }
        for table in ["env", "labels", "annotations"] {
            let pairs = self.each(|item| match (table, item) {
                ("env", Item::Env(name, value))
                | ("labels", Item::Label(name, value))
                | ("annotations", Item::Annotation(name, value)) => Some((name, value)),
                _ => None,
            });
            if !pairs.is_empty() {
                out.line(&format!("\n[image.{table}]"));
            }
            for (at, (name, value)) in pairs {
                out.item(
                    at,
                    &format!("{} = {}", toml_edit::Key::new(name), string(value)),
                );
            }
        }
    }

    fn write_rest(&self, out: &mut Writer) {
        let layers = self.each(|item| match item {
            Item::Layers(key, value) => Some((key, value)),
            _ => None,
        });
        if !layers.is_empty() {
            out.line("\n[layers]");
        }
        for (at, (key, value)) in layers {
            out.item(at, &format!("{key} = {}", value.to_string().trim()));
        }
        for (at, item) in self.each(Some) {
            let mut text = String::new();
            match item {
                Item::File {
                    target,
                    content,
                    mode,
                    user,
                    group,
                } => {
                    text.push_str("\n[[file]]\n");
                    text.push_str(&match content {
                        Content::Source(path) => format!("source = {}", string(path)),
                        Content::Text(content) => format!("content = {}", string(content)),
                        Content::Symlink(to) => format!("symlink = {}", string(to)),
                        Content::Hardlink(to) => format!("hardlink = {}", string(to)),
                        Content::Directory => "directory = true".to_owned(),
                        Content::Keep => String::new(),
                    });
                    if !text.ends_with('\n') {
                        text.push('\n');
                    }
                    let _ = write!(text, "target = {}", string(target));
                    optional(&mut text, "mode", mode.as_deref());
                    owner(&mut text, "user", user.as_deref());
                    owner(&mut text, "group", group.as_deref());
                }
                Item::User {
                    name,
                    uid,
                    system,
                    group,
                    groups,
                    home,
                    shell,
                } => {
                    let _ = write!(text, "\n[[user]]\nname = {}", string(name));
                    number(&mut text, "uid", *uid);
                    if *system {
                        text.push_str("\nsystem = true");
                    }
                    owner(&mut text, "group", group.as_deref());
                    if !groups.is_empty() {
                        let _ = write!(text, "\ngroups = {}", strings(groups));
                    }
                    optional(&mut text, "home", home.as_deref());
                    optional(&mut text, "shell", shell.as_deref());
                }
                Item::Group {
                    name,
                    gid,
                    system,
                    members,
                } => {
                    let _ = write!(text, "\n[[group]]\nname = {}", string(name));
                    number(&mut text, "gid", *gid);
                    if *system {
                        text.push_str("\nsystem = true");
                    }
                    if !members.is_empty() {
                        let _ = write!(text, "\nmembers = {}", strings(members));
                    }
                }
                _ => continue,
            }
            out.item(at, &text);
        }
    }
}

/// The kinds of [`Item::key`] by their names.
fn kind_of(kind: &str) -> &'static str {
    const KINDS: [&str; 9] = [
        "package",
        "healthcheck",
        "user",
        "group",
        "file",
        "entrypoint",
        "cmd",
        "repository",
        "arch",
    ];
    KINDS.into_iter().find(|known| *known == kind).unwrap_or("")
}

/// Text with the item that each line is of.
#[derive(Default)]
struct Writer {
    text: String,
    owners: Vec<Option<usize>>,
}

impl Writer {
    fn push(&mut self, owner: Option<usize>, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.owners.extend(text.split('\n').map(|_| owner));
    }

    fn line(&mut self, text: &str) {
        self.push(None, text);
    }

    fn item(&mut self, at: usize, text: &str) {
        self.push(Some(at), text);
    }

    fn list(&mut self, key: &str, items: &[(usize, &String)]) {
        if items.is_empty() {
            return;
        }
        self.line(&format!("{key} = ["));
        for (at, item) in items {
            self.item(*at, &format!("    {},", string(item)));
        }
        self.line("]");
    }
}

/// A TOML string.
pub fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn strings(list: &[String]) -> String {
    list_value(list).to_string()
}

/// A TOML list of strings.
pub fn list_value(list: &[String]) -> Value {
    list.iter().map(String::as_str).collect()
}

fn optional(text: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(text, "\n{key} = {}", string(value));
    }
}

fn number(text: &mut String, key: &str, value: Option<u32>) {
    if let Some(value) = value {
        let _ = write!(text, "\n{key} = {value}");
    }
}

/// An owner: a number stays one.
fn owner(text: &mut String, key: &str, value: Option<&str>) {
    match value.map(|value| (value, value.parse::<u32>())) {
        Some((_, Ok(id))) => number(text, key, Some(id)),
        Some((name, Err(_))) => optional(text, key, Some(name)),
        None => {}
    }
}

/// Text that can stand in a comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Pairs in the order of their names.
pub type Pairs = BTreeMap<String, String>;
