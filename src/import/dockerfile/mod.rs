//! A Dockerfile as a manifest: its last stage, and the stages that that begins from.

mod copy;
mod lines;
mod run;
mod shell;
mod variables;

use super::draft::{Content, Draft, Item, Pairs, list_value};
use super::{Fault, Here};
use crate::apk::arch::Arch;
use crate::manifest::{DEFAULT_RELEASE, absolute_path, release};
use lines::{Heredoc, Instruction, Text};
use std::collections::BTreeMap;

/// What an Alpine base image holds: its minirootfs.
const BASE: [&str; 6] = [
    "alpine-baselayout",
    "alpine-keys",
    "alpine-release",
    "apk-tools",
    "busybox",
    "libc-utils",
];
/// What images have in PATH unless they say otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A stage as far as it was read.
#[derive(Clone, Debug)]
struct Stage {
    draft: Draft,
    /// `ARG`s of this stage that have a value.
    arguments: Pairs,
    workdir: String,
    shell: Vec<String>,
    /// Packages that `apk add --virtual` bound to a name.
    virtuals: BTreeMap<String, Vec<String>>,
}

/// Reads a Dockerfile; `given` are values for its `ARG`s.
pub fn read(text: &str, here: &Here, given: &Pairs) -> Result<Draft, Fault> {
    let mut global = Pairs::new();
    let mut stages: Vec<(usize, String, Stage)> = Vec::new();
    // Which stages each one goes on from.
    let mut parents: Vec<Option<usize>> = Vec::new();
    for instruction in lines::instructions(text)? {
        let line = instruction.text.line(0);
        if instruction.name == "FROM" {
            let (name, stage, parent) = from(&instruction, line, &global, &stages)?;
            stages.push((line, name, stage));
            parents.push(parent);
            continue;
        }
        match stages.last_mut() {
            None if instruction.name == "ARG" => {
                let get = |name: &str| global.get(name).cloned();
                for (name, value) in arguments(&instruction.text.text, given, &get) {
                    if let Some(value) = value {
                        global.insert(name, value);
                    }
                }
            }
            None => {
                return Err(Fault {
                    line,
                    problem: format!("{} stands before any FROM", instruction.name),
                });
            }
            Some((_, _, stage)) => stage.take(&instruction, line, here, given, &global),
        }
    }
    let Some((_, _, last)) = stages.last() else {
        return Err(Fault {
            line: 1,
            problem: "there is no FROM".to_owned(),
        });
    };
    let mut draft = last.draft.clone();
    let mut used = vec![false; stages.len()];
    let mut next = stages.len().checked_sub(1);
    while let Some(at) = next {
        used[at] = true;
        next = parents[at];
    }
    for ((line, name, _), _) in stages.iter().zip(used).filter(|(_, used)| !used) {
        let why = "another stage: only the last is imported";
        draft.leave_out(*line, &format!("FROM {name}"), why);
    }
    Ok(draft)
}

/// The stage that a FROM begins, its name, and the stage that it goes on from.
fn from(
    instruction: &Instruction,
    line: usize,
    global: &Pairs,
    stages: &[(usize, String, Stage)],
) -> Result<(String, Stage, Option<usize>), Fault> {
    let (text, _) = variables::expand(&instruction.text.text, &|name| global.get(name).cloned());
    let mut words = text.split_whitespace();
    let mut platform = None;
    let mut image = None;
    for word in words.by_ref() {
        match word.strip_prefix("--platform=") {
            Some(of) => platform = Some(of.to_owned()),
            None => {
                image = Some(word.to_owned());
                break;
            }
        }
    }
    let image = image.ok_or_else(|| Fault {
        line,
        problem: "FROM names no image".to_owned(),
    })?;
    let name = match (words.next(), words.next()) {
        (Some(word), Some(name)) if word.eq_ignore_ascii_case("as") => name.to_owned(),
        _ => image.clone(),
    };
    let parent = stages
        .iter()
        .rposition(|(_, name, _)| name.eq_ignore_ascii_case(&image));
    let mut stage = match parent {
        Some(parent) => stages[parent].2.clone(),
        None => Stage {
            draft: Draft::default(),
            arguments: Pairs::new(),
            workdir: "/".to_owned(),
            shell: vec!["/bin/sh".to_owned(), "-c".to_owned()],
            virtuals: BTreeMap::new(),
        },
    };
    stage.arguments.clear();
    if parent.is_none() {
        stage.base(line, &image);
    }
    // What docker fills in itself names no architecture.
    if let Some(platform) = platform.filter(|platform| !platform.is_empty()) {
        match Arch::from_alias(&platform) {
            Some(arch) => stage.draft.set(line, Item::Arch(arch.name().to_owned())),
            None => stage.draft.leave_out(
                line,
                &format!("--platform={platform}"),
                "no architecture of Alpine",
            ),
        }
    }
    Ok((name, stage, parent))
}

/// The names of an ARG and their values.
fn arguments(
    text: &str,
    given: &Pairs,
    get: &dyn Fn(&str) -> Option<String>,
) -> Vec<(String, Option<String>)> {
    words(text)
        .into_iter()
        .map(|word| {
            let (name, default) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let default = default.map(|value| variables::expand(&value, get).0);
            let value = given.get(&name).cloned().or(default);
            (name, value)
        })
        .collect()
}

/// The words of a line without their quotes.
fn words(text: &str) -> Vec<String> {
    let plain = || text.split_whitespace().map(str::to_owned).collect();
    let commands = shell::commands(&Text::new(text));
    let only = commands.and_then(|mut c| (c.len() == 1).then(|| c.remove(0).words));
    only.unwrap_or_else(plain)
}

impl Stage {
    /// What the base image brings.
    fn base(&mut self, line: usize, image: &str) {
        let (path, digest) = match image.split_once('@') {
            Some((path, digest)) => (path, Some(digest)),
            None => (image, None),
        };
        let slash = path.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match path[slash..].find(':') {
            Some(colon) => (&path[..slash + colon], Some(&path[slash + colon + 1..])),
            None => (path, None),
        };
        if image == "scratch" {
            return;
        }
        let name = repository.rsplit('/').next().unwrap_or(repository);
        if name != "alpine" {
            let why = match image.contains("alpine") {
                true => "what this image adds to Alpine's is not carried over: name its packages",
                false => "no image of Alpine: what it holds is not carried over",
            };
            self.draft.leave_out(line, &format!("FROM {image}"), why);
            if !image.contains("alpine") {
                return;
            }
        }
        self.draft.base = BASE.to_vec();
        let branch = tag.map(|tag| tag.split('.').take(2).collect::<Vec<_>>().join("."));
        let release = match branch.as_deref().map(release) {
            Some(Some(release)) if name == "alpine" => release,
            _ => {
                // Which release stands behind "latest" changes from day to day.
                if name == "alpine" {
                    let why = format!("release {DEFAULT_RELEASE} is taken: a manifest names one");
                    self.draft.leave_out(line, &format!("FROM {image}"), why);
                }
                DEFAULT_RELEASE.to_owned()
            }
        };
        if let Some(digest) = digest {
            let why = "packages are pinned by a lock: apkcompose lock";
            self.draft.leave_out(line, digest, why);
        }
        self.draft.set(line, Item::Alpine(release));
    }

    fn value(&self, name: &str) -> Option<String> {
        let own = self
            .draft
            .env(name)
            .or_else(|| self.arguments.get(name).map(String::as_str));
        own.or((name == "PATH").then_some(PATH)).map(str::to_owned)
    }

    fn expand(&self, text: &str) -> String {
        variables::expand(text, &|name| self.value(name)).0
    }

    /// A path that counts from the working directory.
    fn absolute(&self, path: &str) -> String {
        let whole = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("{}/{path}", self.workdir),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    fn image(&mut self, line: usize, key: &'static str, value: impl Into<toml_edit::Value>) {
        self.draft.set(line, Item::Image(key, value.into()));
    }

    /// A directory, unless something has its path already.
    fn directory(&mut self, line: usize, path: &str) {
        let clean = absolute_path(path).unwrap_or_else(|_| path.to_owned());
        if clean != "/" && self.draft.get_mut("file", &clean).is_none() {
            self.draft.set(
                line,
                Item::File {
                    target: clean,
                    content: Content::Directory,
                    mode: None,
                    user: None,
                    group: None,
                },
            );
        }
    }

    fn take(
        &mut self,
        instruction: &Instruction,
        line: usize,
        here: &Here,
        given: &Pairs,
        global: &Pairs,
    ) {
        let raw = instruction.text.text.as_str();
        let name = instruction.name.as_str();
        match name {
            "RUN" => self.run(instruction),
            "COPY" | "ADD" => self.copy(instruction, line, here),
            "ENV" => {
                for (name, value) in pairs(raw) {
                    let value = self.expand(&value);
                    self.draft.set(line, Item::Env(name, value));
                }
            }
            "LABEL" => {
                for (name, value) in pairs(raw) {
                    let (name, value) = (self.expand(&name), self.expand(&value));
                    self.draft.set(line, Item::Label(name, value));
                }
            }
            "MAINTAINER" => self.image(line, "author", raw),
            "ARG" => {
                let arguments = arguments(raw, given, &|name| self.value(name));
                for (name, value) in arguments {
                    // One without a value has that of before the first FROM.
                    if let Some(value) = value.or_else(|| global.get(&name).cloned()) {
                        self.arguments.insert(name, value);
                    }
                }
            }
            "ENTRYPOINT" | "CMD" => {
                let key = if name == "CMD" { "cmd" } else { "entrypoint" };
                let command = self.command(raw);
                self.image(line, key, list_value(&command));
            }
            "WORKDIR" => {
                let path = self.expand(&words(raw).join(" "));
                self.workdir = self.absolute(&path);
                let workdir = self.workdir.clone();
                self.directory(line, &workdir);
                self.image(line, "workdir", workdir);
            }
            "USER" => {
                let user = self.expand(raw.trim());
                self.image(line, "user", user);
            }
            "EXPOSE" => {
                for word in words(&self.expand(raw)) {
                    self.expose(line, &word);
                }
            }
            "VOLUME" => {
                let paths = json_list(raw).unwrap_or_else(|| words(raw));
                for path in paths {
                    let path = self.absolute(&self.expand(&path));
                    self.draft.set(line, Item::Volume(path));
                }
            }
            "STOPSIGNAL" => {
                let signal = self.expand(raw.trim());
                match signal.parse::<i64>() {
                    Ok(number) => self.image(line, "stop-signal", number),
                    Err(_) => self.image(line, "stop-signal", signal),
                }
            }
            "SHELL" => match json_list(raw) {
                Some(shell) => self.shell = shell,
                None => self
                    .draft
                    .leave_out(line, &format!("SHELL {raw}"), "not a JSON list"),
            },
            "HEALTHCHECK" => self.healthcheck(line, raw.trim()),
            "ONBUILD" => {
                let why = "it is for images that are built upon this one";
                self.draft.leave_out(line, &format!("ONBUILD {raw}"), why);
            }
            _ => self
                .draft
                .leave_out(line, &format!("{name} {raw}"), "unknown instruction"),
        }
    }

    fn healthcheck(&mut self, line: usize, raw: &str) {
        // One takes the place of all of another.
        self.draft.unset_all("healthcheck");
        let mut rest = raw;
        while let Some(flag) = rest.strip_prefix("--") {
            let end = flag.find(char::is_whitespace).unwrap_or(flag.len());
            let (key, value) = flag[..end].split_once('=').unwrap_or((&flag[..end], ""));
            let known = ["interval", "timeout", "start-period", "start-interval"];
            let value = self.expand(value);
            match (
                known.into_iter().find(|known| *known == key),
                value.parse::<i64>(),
            ) {
                (Some(key), _) => self.draft.set(line, Item::Health(key, value.into())),
                (None, Ok(count)) if key == "retries" => {
                    self.draft.set(line, Item::Health("retries", count.into()));
                }
                _ => self
                    .draft
                    .leave_out(line, &format!("HEALTHCHECK --{key}"), "unknown flag"),
            }
            rest = flag[end..].trim_start();
        }
        let (word, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !word.eq_ignore_ascii_case("cmd") {
            return self.draft.unset_all("healthcheck");
        }
        let test = match json_list(command) {
            Some(words) => {
                let words: Vec<String> = std::iter::once("CMD".to_owned()).chain(words).collect();
                list_value(&words)
            }
            None => command.trim().into(),
        };
        self.draft.set(line, Item::Health("test", test));
    }

    /// The words of ENTRYPOINT or CMD: a JSON list, or else a script for the shell.
    fn command(&self, raw: &str) -> Vec<String> {
        json_list(raw).unwrap_or_else(|| {
            let script = std::iter::once(raw.trim().to_owned());
            self.shell.iter().cloned().chain(script).collect()
        })
    }

    fn expose(&mut self, line: usize, word: &str) {
        /// More than anybody lists; a range of all ports is a slip.
        const MOST: u32 = 256;
        let (ports, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
        let range = ports.split_once('-').and_then(|(first, last)| {
            let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
            (first <= last && last - first < MOST).then_some(first..=last)
        });
        match range {
            Some(range) => {
                for port in range {
                    let port = format!("{port}/{}", protocol.to_lowercase());
                    self.draft.set(line, Item::Expose(port));
                }
            }
            None => {
                let port = format!("{ports}/{}", protocol.to_lowercase());
                self.draft.set(line, Item::Expose(port));
            }
        }
    }

    /// The body of a heredoc with its variables replaced.
    fn body(&self, heredoc: &Heredoc) -> String {
        match heredoc.literal {
            true => heredoc.body.text.clone(),
            false => self.expand(&heredoc.body.text),
        }
    }
}

/// `NAME=value …`, or the old `NAME value`.
fn pairs(text: &str) -> Vec<(String, String)> {
    let all = words(text);
    let old = all.first().is_some_and(|first| !first.contains('='));
    if old {
        let (name, value) = text
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((text.trim(), ""));
        return vec![(name.to_owned(), words(value).join(" "))];
    }
    let split = |word: &String| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    all.iter().filter_map(split).collect()
}

/// A JSON list of strings.
fn json_list(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text.trim()).ok()
}
