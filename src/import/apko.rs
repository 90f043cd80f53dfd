//! The YAML of apko as a manifest.

use super::draft::{Content, Draft, Item, list_value};
use super::{Fault, Here};
use crate::apk::arch::Arch;
use crate::manifest::Word;
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// Where Alpine's own repositories are.
const OFFICIAL: &str = "dl-cdn.alpinelinux.org/alpine/";

/// Reads a configuration of apko.
pub fn read(text: &str, here: &Here) -> Result<Draft, Fault> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let problem = error.to_string();
        Fault {
            line: line_of(&problem).unwrap_or(1),
            problem: format!("not YAML: {problem}"),
        }
    })?;
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader {
        lines,
        here,
        draft: Draft::default(),
        keys: Vec::new(),
        repositories: Vec::new(),
    };
    if let Some(document) = documents.first() {
        let top = reader.entries(document).ok_or_else(|| Fault {
            line: line(document),
            problem: "expected keys such as \"contents:\"".to_owned(),
        })?;
        for (key, line, value) in top {
            reader.top(&key, line, value);
        }
    }
    reader.place_repositories();
    Ok(reader.draft)
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    here: &'a Here,
    draft: Draft,
    /// Keys that are files.
    keys: Vec<String>,
    repositories: Vec<(usize, String)>,
}

fn line(node: &MarkedYaml<'_>) -> usize {
    node.span.start.line()
}

/// The line that the parser's message names.
fn line_of(message: &str) -> Option<usize> {
    let (_, after) = message.split_once("line ")?;
    let digits = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    after[..digits].parse().ok()
}

type Entries<'n, 'y> = Vec<(String, usize, &'n MarkedYaml<'y>)>;

impl Reader<'_> {
    /// A scalar as it is written: 3.20 is no number here.
    fn text(&self, node: &MarkedYaml<'_>) -> Option<String> {
        match &node.data {
            YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
            YamlData::Value(Scalar::Null) => None,
            YamlData::Value(_) => {
                let (start, end) = (node.span.start, node.span.end);
                let line = self.lines.get(start.line().checked_sub(1)?)?;
                let length = end.col().saturating_sub(start.col());
                let text: String = line.chars().skip(start.col()).take(length).collect();
                Some(text.trim().to_owned())
            }
            _ => None,
        }
    }

    fn entries<'n, 'y>(&self, node: &'n MarkedYaml<'y>) -> Option<Entries<'n, 'y>> {
        let YamlData::Mapping(mapping) = &node.data else {
            return None;
        };
        let pairs = mapping.iter();
        Some(
            pairs
                .filter_map(|(key, value)| Some((self.text(key)?, line(key), value)))
                .collect(),
        )
    }

    fn list<'n, 'y>(&self, node: &'n MarkedYaml<'y>) -> Vec<&'n MarkedYaml<'y>> {
        match &node.data {
            YamlData::Sequence(items) => items.iter().collect(),
            _ => Vec::new(),
        }
    }

    fn texts(&self, node: &MarkedYaml<'_>) -> Vec<(usize, String)> {
        let items = self.list(node).into_iter();
        items
            .filter_map(|item| Some((line(item), self.text(item)?)))
            .collect()
    }

    fn get(&self, node: &MarkedYaml<'_>, wanted: &str) -> Option<String> {
        let entries = self.entries(node)?;
        let (_, _, value) = entries.iter().find(|(key, _, _)| key == wanted)?;
        self.text(value)
    }

    fn number(&self, node: &MarkedYaml<'_>, wanted: &str) -> Option<u32> {
        self.get(node, wanted)?.parse().ok()
    }

    fn image(&mut self, line: usize, key: &'static str, value: impl Into<toml_edit::Value>) {
        self.draft.set(line, Item::Image(key, value.into()));
    }

    /// Lists a key with all that is under it.
    fn unknown(&mut self, line: usize, key: &str, why: &str) {
        self.draft.leave_out(line, key, why);
    }

    fn top(&mut self, key: &str, line: usize, value: &MarkedYaml<'_>) {
        match key {
            "contents" => self.contents(value),
            "entrypoint" => self.entrypoint(line, value),
            "cmd" => {
                let words = self.text(value).and_then(|text| shlex::split(&text));
                match words {
                    Some(words) => self.image(line, "cmd", list_value(&words)),
                    None => self.unknown(line, "cmd", "not words that a shell would split"),
                }
            }
            "work-dir" => self.scalar(line, "workdir", value),
            "stop-signal" => self.scalar(line, "stop-signal", value),
            "environment" => {
                for (name, line, value) in self.entries(value).unwrap_or_default() {
                    let value = self.text(value).unwrap_or_default();
                    self.draft.set(line, Item::Env(name, value));
                }
            }
            "annotations" => {
                for (name, line, value) in self.entries(value).unwrap_or_default() {
                    let value = self.text(value).unwrap_or_default();
                    self.draft.set(line, Item::Annotation(name, value));
                }
            }
            "volumes" => {
                for (line, path) in self.texts(value) {
                    self.draft.set(line, Item::Volume(path));
                }
            }
            "archs" => {
                for (line, name) in self.texts(value) {
                    match Arch::from_alias(&name) {
                        Some(arch) => self.draft.set(line, Item::Arch(arch.name().to_owned())),
                        None if name == "all" => {
                            let why = "name them, or build with --arch all";
                            self.unknown(line, "archs: all", why);
                        }
                        None => self.unknown(line, &name, "no architecture of Alpine"),
                    }
                }
            }
            "accounts" => self.accounts(value),
            "paths" => {
                for item in self.list(value) {
                    self.path(item);
                }
            }
            "layering" => {
                for (key, line, value) in self.entries(value).unwrap_or_default() {
                    let text = self.text(value).unwrap_or_default();
                    match (key.as_str(), text.parse::<i64>()) {
                        ("strategy", _) => {
                            self.draft.set(line, Item::Layers("strategy", text.into()));
                        }
                        ("budget", Ok(budget)) => {
                            self.draft.set(line, Item::Layers("budget", budget.into()));
                        }
                        _ => self.unknown(line, &format!("layering.{key}"), "unknown key"),
                    }
                }
            }
            "vcs-url" => {
                let name = "org.opencontainers.image.source".to_owned();
                let url = self.text(value).unwrap_or_default();
                self.draft.set(line, Item::Annotation(name, url));
            }
            "include" => {
                let why = "import that file too, and name it with extends";
                let what = format!("include: {}", self.text(value).unwrap_or_default());
                self.unknown(line, &what, why);
            }
            "os-release" => self.unknown(line, key, "it is what the packages bring"),
            "certificates" => self.unknown(line, key, "put them there with [[file]]"),
            _ => self.unknown(line, key, "manifests have no such key"),
        }
    }

    fn scalar(&mut self, line: usize, key: &'static str, value: &MarkedYaml<'_>) {
        if let Some(text) = self.text(value) {
            self.image(line, key, text);
        }
    }

    fn contents(&mut self, node: &MarkedYaml<'_>) {
        for (key, line, value) in self.entries(node).unwrap_or_default() {
            match key.as_str() {
                "packages" => {
                    for (line, word) in self.texts(value) {
                        match Word::parse(&word) {
                            Ok(word) => self.draft.set(line, Item::Package(word.atom)),
                            Err(error) => self.unknown(line, &word, &error.to_string()),
                        }
                    }
                }
                "repositories" | "runtime_repositories" => {
                    let found = self.texts(value);
                    self.repositories.extend(found);
                }
                "build_repositories" => {
                    let why = "one list is used for building and in the image";
                    self.unknown(line, "build_repositories", why);
                    let found = self.texts(value);
                    self.repositories.extend(found);
                }
                "keyring" => {
                    for (line, key) in self.texts(value) {
                        self.key(line, &key);
                    }
                }
                _ => self.unknown(
                    line,
                    &format!("contents.{key}"),
                    "manifests have no such key",
                ),
            }
        }
    }

    fn key(&mut self, line: usize, key: &str) {
        if key.contains("alpinelinux.org/") || key.starts_with("/etc/apk/keys/alpine-devel@") {
            return;
        }
        if key.contains("://") {
            let why = "no key is ever fetched: keep it beside the manifest and name it in keys";
            self.unknown(line, key, why);
        } else if self.here.folder.join(key).exists() {
            self.keys.push(self.here.named(key));
        } else {
            self.unknown(line, key, "there is no such file beside it");
        }
    }

    /// Alpine's main and community of one release are a release; all else are repositories.
    fn place_repositories(&mut self) {
        let mut release = None;
        for (line, text) in std::mem::take(&mut self.repositories) {
            let (tag, address) = match text.strip_prefix('@').and_then(|t| t.split_once(' ')) {
                Some((tag, address)) => (Some(tag.to_owned()), address.trim()),
                None => (None, text.as_str()),
            };
            let official = address.split_once(OFFICIAL).map(|(_, rest)| rest);
            if let (Some((branch, name)), None) = (
                official.and_then(|rest| rest.trim_end_matches('/').split_once('/')),
                &tag,
            ) && matches!(name, "main" | "community")
                && let Some(branch) = crate::manifest::release(branch)
                && release.as_ref().is_none_or(|known| *known == branch)
            {
                self.draft.set(line, Item::Alpine(branch.clone()));
                release = Some(branch);
                continue;
            }
            let url = match address.contains("://") {
                true => address.to_owned(),
                false => self.here.named(address),
            };
            let keys = match official {
                Some(_) => Vec::new(),
                None => self.keys.clone(),
            };
            self.draft.set(line, Item::Repository { url, tag, keys });
        }
    }

    fn entrypoint(&mut self, line: usize, node: &MarkedYaml<'_>) {
        for (key, line, value) in self.entries(node).unwrap_or_default() {
            let text = self.text(value).unwrap_or_default();
            match key.as_str() {
                "command" => match shlex::split(&text) {
                    Some(words) => self.image(line, "entrypoint", list_value(&words)),
                    None => self.unknown(line, &text, "a quote is not closed"),
                },
                "shell-fragment" => {
                    let words = ["/bin/sh".to_owned(), "-c".to_owned(), text];
                    self.image(line, "entrypoint", list_value(&words));
                }
                "type" if text != "service-bundle" => {}
                _ => self.unknown(
                    line,
                    &format!("entrypoint.{key}"),
                    "services are not supervised",
                ),
            }
        }
        if let Some(text) = self.text(node) {
            self.unknown(line, &text, "expected command or shell-fragment");
        }
    }

    fn accounts(&mut self, node: &MarkedYaml<'_>) {
        for (key, at, value) in self.entries(node).unwrap_or_default() {
            match key.as_str() {
                "run-as" => {
                    if let Some(text) = self.text(value) {
                        self.image(at, "user", text);
                    }
                }
                "users" => {
                    for item in self.list(value) {
                        let Some(name) = self.get(item, "username") else {
                            self.unknown(line(item), "a user", "it has no username");
                            continue;
                        };
                        let user = Item::User {
                            name,
                            uid: self.number(item, "uid"),
                            system: false,
                            group: self.get(item, "gid").or_else(|| self.get(item, "uid")),
                            groups: Vec::new(),
                            home: self.get(item, "homedir"),
                            shell: Some(
                                self.get(item, "shell")
                                    .unwrap_or_else(|| "/bin/sh".to_owned()),
                            ),
                        };
                        self.draft.set(line(item), user);
                    }
                }
                "groups" => {
                    for item in self.list(value) {
                        let Some(name) = self.get(item, "groupname") else {
                            self.unknown(line(item), "a group", "it has no groupname");
                            continue;
                        };
                        let members = self.entries(item).unwrap_or_default();
                        let members = members.iter().find(|(key, _, _)| key == "members");
                        let members = members
                            .map(|(_, _, list)| self.texts(list))
                            .unwrap_or_default();
                        let group = Item::Group {
                            name,
                            gid: self.number(item, "gid"),
                            system: false,
                            members: members.into_iter().map(|(_, name)| name).collect(),
                        };
                        self.draft.set(line(item), group);
                    }
                }
                _ => self.unknown(at, &format!("accounts.{key}"), "manifests have no such key"),
            }
        }
    }

    fn path(&mut self, item: &MarkedYaml<'_>) {
        let at = line(item);
        let target = self.get(item, "path").unwrap_or_default();
        let kind = self.get(item, "type").unwrap_or_default();
        let mut mode = self.get(item, "permissions").map(|mode| {
            let digits = mode.trim_start_matches("0o").trim_start_matches('0');
            format!("{digits:0>4}")
        });
        let what = format!("{kind} {target}");
        let content = match kind.as_str() {
            "directory" => Content::Directory,
            "empty-file" => Content::Text(String::new()),
            "symlink" => {
                mode = None;
                Content::Symlink(self.get(item, "source").unwrap_or_default())
            }
            "hardlink" => {
                mode = None;
                Content::Hardlink(self.get(item, "source").unwrap_or_default())
            }
            "permissions" => Content::Keep,
            _ => return self.unknown(at, &what, "manifests make files, directories and links"),
        };
        if self
            .get(item, "recursive")
            .is_some_and(|recursive| recursive == "true")
        {
            self.unknown(
                at,
                &format!("{what}: recursive"),
                "what is in it stays as it is",
            );
        }
        let file = Item::File {
            target,
            content,
            mode,
            user: self.get(item, "uid"),
            group: self.get(item, "gid"),
        };
        self.draft.set(at, file);
    }
}
