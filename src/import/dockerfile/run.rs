//! RUN: what of a script a manifest can say. All else is listed.

use super::lines::{Instruction, Text};
use super::shell::{self, Command};
use super::{Stage, json_list};
use crate::import::draft::{Content, Item};
use crate::manifest::Word;

impl Stage {
    /// A RUN.
    pub(super) fn run(&mut self, instruction: &Instruction) {
        let mut text = instruction.text.clone();
        let line = text.line(0);
        while let Some(flag) = text.text.strip_prefix("--") {
            let end = flag
                .find(char::is_whitespace)
                .map_or(text.text.len(), |end| end + 2);
            // Caches and secrets that are mounted for the build are no part of the image.
            text.text.replace_range(..end, &" ".repeat(end));
            let lead = text.text.len() - text.text.trim_start().len();
            if !text.text[lead..].starts_with("--") {
                break;
            }
            text.text = text.text.split_off(lead);
        }
        if let Some(words) = json_list(&text.text) {
            let command = Command {
                line,
                text: words.join(" "),
                words,
                redirect: None,
                conditional: false,
            };
            return self.execute(&command);
        }
        if let Some(heredoc) = instruction.heredocs.first() {
            let alone = text.text.trim().starts_with("<<") && instruction.heredocs.len() == 1;
            if !alone {
                let what = format!("RUN {}", text.text.trim());
                return self
                    .draft
                    .leave_out(line, &what, "no command is run for a manifest");
            }
            return self.script(&heredoc.body, line);
        }
        self.script(&text, line);
    }

    fn script(&mut self, script: &Text, line: usize) {
        match shell::commands(script) {
            Some(commands) => {
                for command in &commands {
                    self.execute(command);
                }
            }
            None => {
                let what = format!("RUN {}", script.text.trim());
                let why = "more than simple commands, so none of it is carried over";
                self.draft.leave_out(line, &what, why);
            }
        }
    }

    fn execute(&mut self, command: &Command) {
        let words: Vec<String> = command.words.iter().map(|word| self.expand(word)).collect();
        let redirected = command.redirect.is_some();
        let done = !command.conditional
            && match words.first().map(String::as_str) {
                None => true,
                Some("echo" | "printf") if redirected => self.echo(command, &words),
                _ if redirected => false,
                Some("set" | ":" | "true" | "sync") => true,
                Some("apk") => self.apk(command, &words[1..]),
                Some("adduser") => self.adduser(command.line, &words[1..]),
                Some("addgroup") => self.addgroup(command.line, &words[1..]),
                Some("mkdir") => self.mkdir(command.line, &words[1..]),
                Some("ln") => self.link(command.line, &words[1..]),
                Some("rm") => is_cleaning(&words[1..]),
                Some("chown") => self.own(&words[1..]),
                Some("chmod") => self.allow(&words[1..]),
                _ => false,
            };
        if !done {
            let why = "no command is run for a manifest";
            self.draft
                .leave_out(command.line, &format!("RUN {}", command.text), why);
        }
    }

    fn apk(&mut self, command: &Command, words: &[String]) -> bool {
        let mut virtual_name = None;
        let mut tag = None;
        let mut verb = None;
        let mut names = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut argument = || {
                value
                    .clone()
                    .or_else(|| words.next().cloned())
                    .unwrap_or_default()
            };
            match flag {
                "--virtual" | "-t" => virtual_name = Some(argument()),
                "--repository" | "-X" => tag = self.repository(command.line, &argument()),
                "--root" | "-p" => return false,
                "--keys-dir"
                | "--repositories-file"
                | "--arch"
                | "--wait"
                | "--cache-dir"
                | "--cache-max-age"
                | "--progress-fd"
                | "--timeout" => drop(argument()),
                "--allow-untrusted" => {
                    let why = "say allow-unsigned = true for the repository, if it must be";
                    self.draft
                        .leave_out(command.line, "apk --allow-untrusted", why);
                }
                "--no-scripts" => {
                    let why = "scripts = \"skip\" is for all packages";
                    self.draft.leave_out(command.line, "apk --no-scripts", why);
                }
                flag if flag.starts_with('-') => {}
                _ if verb.is_none() => verb = Some(word.clone()),
                name => names.push(name.to_owned()),
            }
        }
        match verb.as_deref() {
            Some("add") => self.add(command.line, &names, virtual_name, tag),
            Some("del") => self.delete(command.line, &names),
            Some("update" | "upgrade" | "fix" | "cache" | "info" | "version" | "list") | None => {
                true
            }
            Some(_) => false,
        }
    }

    fn add(
        &mut self,
        line: usize,
        names: &[String],
        virtual_name: Option<String>,
        tag: Option<String>,
    ) -> bool {
        let mut bound = Vec::new();
        for name in names {
            if name.ends_with(".apk") {
                let why = "a package in a file: put it into a [[repository]]";
                self.draft.leave_out(line, &format!("apk add {name}"), why);
                continue;
            }
            let tagged = match (&tag, Word::parse(name)) {
                (Some(tag), Ok(word)) if !name.contains('@') => {
                    let own = word.name().to_owned();
                    name.replacen(&own, &format!("{own}@{tag}"), 1)
                }
                _ => name.clone(),
            };
            match Word::parse(&tagged) {
                Ok(word) => {
                    bound.push(word.name().to_owned());
                    self.draft.set(line, Item::Package(word.atom));
                }
                Err(error) => {
                    self.draft
                        .leave_out(line, &format!("apk add {name}"), error.to_string());
                }
            }
        }
        if let Some(name) = virtual_name {
            self.virtuals.entry(name).or_default().extend(bound);
        }
        true
    }

    fn delete(&mut self, line: usize, names: &[String]) -> bool {
        let mut gone = Vec::new();
        for name in names {
            match self.virtuals.remove(name) {
                Some(bound) => {
                    for package in bound {
                        self.draft.unset("package", &package);
                        gone.push(package);
                    }
                }
                None if self.draft.unset("package", name) => {}
                None if self.draft.base.contains(&name.as_str()) => {
                    self.draft.base.retain(|known| known != name);
                }
                None => {
                    let word = format!("!{name}");
                    if Word::parse(&word).is_ok() {
                        self.draft.set(line, Item::Package(word));
                    }
                }
            }
        }
        if !gone.is_empty() {
            let why = "there while building alone, and what they built is not carried over";
            self.draft.leave_out(line, &gone.join(" "), why);
        }
        true
    }

    /// Notes a repository; returns the tag that words about its packages need.
    fn repository(&mut self, line: usize, address: &str) -> Option<String> {
        let (tag, address) = match address.strip_prefix('@').and_then(|t| t.split_once(' ')) {
            Some((tag, address)) => (Some(tag.to_owned()), address),
            None => (None, address),
        };
        let address = address.trim().trim_end_matches('/');
        let mut parts = address.rsplit('/');
        let (name, branch) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let own = self.draft.items_mut().find_map(|item| match item {
            Item::Alpine(release) => Some(release.clone()),
            _ => None,
        });
        let branch = branch.strip_prefix('v').unwrap_or(branch);
        if address.contains("/alpine/")
            && own.as_deref() == Some(branch)
            && matches!(name, "main" | "community")
        {
            return None;
        }
        // Without a tag, packages of another release would take the place of this one's.
        let plain =
            |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
        let tag = tag.unwrap_or_else(|| format!("{}-{}", plain(branch), plain(name)));
        let item = Item::Repository {
            url: address.to_owned(),
            tag: Some(tag.clone()),
            keys: Vec::new(),
        };
        self.draft.set(line, item);
        Some(tag)
    }

    /// `echo text > path`.
    fn echo(&mut self, command: &Command, words: &[String]) -> bool {
        let Some((append, path)) = &command.redirect else {
            return false;
        };
        let path = self.absolute(&self.expand(path));
        let mut text: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let mut newline = true;
        if words[0] == "printf" {
            // What it makes of a format is left to printf.
            if text.len() != 1 || text[0].contains(['%', '\\']) {
                return false;
            }
            newline = false;
        }
        while let Some(flag) = text.first().filter(|t| matches!(**t, "-n" | "-e" | "-E")) {
            newline &= *flag != "-n";
            text.remove(0);
        }
        let text = text.join(" ");
        if words[0] == "echo" && text.contains('\\') {
            return false;
        }
        if path == "/etc/apk/repositories" {
            self.repository(command.line, &text);
            return true;
        }
        let mut content = text + if newline { "\n" } else { "" };
        let known = self.draft.get_mut("file", &path);
        if *append {
            match known {
                Some(Item::File {
                    content: Content::Text(old),
                    ..
                }) => {
                    content = format!("{old}{content}");
                }
                // What it is added to comes from a package.
                _ => return false,
            }
        }
        let file = Item::File {
            target: path,
            content: Content::Text(content),
            mode: None,
            user: None,
            group: None,
        };
        self.draft.set(command.line, file);
        true
    }

    fn mkdir(&mut self, line: usize, words: &[String]) -> bool {
        let mut mode = None;
        let mut paths = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-m" => mode = words.next().cloned(),
                flag if flag.starts_with("-m") => mode = Some(flag[2..].to_owned()),
                flag if flag.starts_with('-') => {}
                path => paths.push(path.to_owned()),
            }
        }
        if mode.iter().any(|mode| !is_octal(mode))
            || paths.iter().any(|path| path.contains(['{', '*']))
        {
            return false;
        }
        for path in paths {
            let path = self.absolute(&path);
            self.directory(line, &path);
            if let (Some(wanted), Some(Item::File { mode, .. })) =
                (&mode, self.draft.get_mut("file", &path))
            {
                *mode = Some(format!("{wanted:0>4}"));
            }
        }
        true
    }

    /// `ln -s to path`.
    fn link(&mut self, line: usize, words: &[String]) -> bool {
        let (flags, paths): (Vec<&String>, Vec<&String>) =
            words.iter().partition(|w| w.starts_with('-'));
        let symbolic = flags.iter().any(|flag| flag.contains('s'));
        let [to, path] = paths.as_slice() else {
            return false;
        };
        if !symbolic || path.ends_with('/') {
            return false;
        }
        let file = Item::File {
            target: self.absolute(path),
            content: Content::Symlink((*to).clone()),
            mode: None,
            user: None,
            group: None,
        };
        self.draft.set(line, file);
        true
    }

    /// Applies a change to what the manifest itself puts at these paths; `false` when one of
    /// them is a package's.
    fn change(&mut self, recursive: bool, paths: &[String], change: &dyn Fn(&mut Item)) -> bool {
        let paths: Vec<String> = paths.iter().map(|path| self.absolute(path)).collect();
        let mut all = true;
        for path in &paths {
            let below = format!("{}/", path.trim_end_matches('/'));
            let mut found = false;
            for item in self.draft.items_mut() {
                let Item::File { target, .. } = item else {
                    continue;
                };
                let is_it = target == path;
                if is_it || (recursive && target.starts_with(&below)) {
                    found |= is_it;
                    change(item);
                }
            }
            all &= found;
        }
        all
    }

    fn own(&mut self, words: &[String]) -> bool {
        let (flags, rest): (Vec<&String>, Vec<String>) = split_flags(words);
        let Some((owner, paths)) = rest.split_first() else {
            return false;
        };
        let (owner, its_group) = match owner.split_once(':') {
            Some((owner, group)) => (owner.to_owned(), Some(group.to_owned())),
            None => (owner.clone(), None),
        };
        let its_group = its_group.filter(|group| !group.is_empty());
        self.change(
            flags.iter().any(|flag| flag.contains('R')),
            paths,
            &|item| {
                if let Item::File { user, group, .. } = item {
                    if !owner.is_empty() {
                        *user = Some(owner.clone());
                    }
                    if its_group.is_some() {
                        group.clone_from(&its_group);
                    }
                }
            },
        )
    }

    fn allow(&mut self, words: &[String]) -> bool {
        let (flags, rest) = split_flags(words);
        let Some((wanted, paths)) = rest.split_first() else {
            return false;
        };
        let wanted = match wanted.as_str() {
            // Files have 0644 unless they say otherwise.
            "+x" | "a+x" => "755",
            mode if is_octal(mode) => mode,
            _ => return false,
        };
        self.change(
            flags.iter().any(|flag| flag.contains('R')),
            paths,
            &|item| {
                if let Item::File { mode, content, .. } = item
                    && !matches!(content, Content::Symlink(_))
                {
                    *mode = Some(format!("{wanted:0>4}"));
                }
            },
        )
    }

    fn adduser(&mut self, line: usize, words: &[String]) -> bool {
        let takes = ["h", "g", "s", "G", "u", "k"];
        let long = [
            ("home", "h"),
            ("gecos", "g"),
            ("shell", "s"),
            ("ingroup", "G"),
            ("uid", "u"),
            ("skel", "k"),
            ("system", "S"),
            ("disabled-password", "D"),
            ("no-create-home", "H"),
        ];
        let Some((flags, names)) = options(words, &takes, &long) else {
            return false;
        };
        let value = |flag: &str| {
            flags
                .iter()
                .rev()
                .find(|(f, _)| f == flag)
                .map(|(_, v)| v.clone())
        };
        let system = value("S").is_some();
        let uid = match value("u").map(|uid| uid.parse()) {
            Some(Err(_)) => return false,
            Some(Ok(uid)) => Some(uid),
            None => None,
        };
        match names.as_slice() {
            [name] => {
                let user = Item::User {
                    name: name.clone(),
                    uid,
                    system,
                    group: value("G").or_else(|| system.then(|| "nogroup".to_owned())),
                    groups: Vec::new(),
                    home: value("h").or_else(|| {
                        // Without -H it gets the home that users have.
                        (system && value("H").is_none()).then(|| format!("/home/{name}"))
                    }),
                    shell: Some(value("s").unwrap_or_else(|| match system {
                        true => "/bin/false".to_owned(),
                        false => "/bin/sh".to_owned(),
                    })),
                };
                self.draft.set(line, user);
                true
            }
            [name, group] if flags.is_empty() => {
                self.join(line, name, group);
                true
            }
            _ => false,
        }
    }

    fn addgroup(&mut self, line: usize, words: &[String]) -> bool {
        let long = [("gid", "g"), ("system", "S")];
        let Some((flags, names)) = options(words, &["g"], &long) else {
            return false;
        };
        let gid = flags
            .iter()
            .find(|(flag, _)| flag == "g")
            .map(|(_, gid)| gid.parse());
        let gid = match gid {
            Some(Err(_)) => return false,
            Some(Ok(gid)) => Some(gid),
            None => None,
        };
        match names.as_slice() {
            [name] => {
                let group = Item::Group {
                    name: name.clone(),
                    gid,
                    system: flags.iter().any(|(flag, _)| flag == "S"),
                    members: Vec::new(),
                };
                self.draft.set(line, group);
                true
            }
            [user, group] if flags.is_empty() => {
                self.join(line, user, group);
                true
            }
            _ => false,
        }
    }

    /// Makes a user a member of a group.
    fn join(&mut self, line: usize, user: &str, group: &str) {
        if let Some(Item::User { groups, .. }) = self.draft.get_mut("user", user) {
            groups.push(group.to_owned());
        } else if let Some(Item::Group { members, .. }) = self.draft.get_mut("group", group) {
            members.push(user.to_owned());
        } else {
            let item = Item::Group {
                name: group.to_owned(),
                gid: None,
                system: false,
                members: vec![user.to_owned()],
            };
            self.draft.set(line, item);
        }
    }
}

fn is_octal(mode: &str) -> bool {
    (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b))
}

fn split_flags(words: &[String]) -> (Vec<&String>, Vec<String>) {
    let (flags, rest): (Vec<&String>, Vec<&String>) = words
        .iter()
        .partition(|w| w.starts_with('-') && w.len() > 1);
    (flags, rest.into_iter().cloned().collect())
}

/// Whether all that goes are caches, of which the image has none anyway.
fn is_cleaning(words: &[String]) -> bool {
    let mut paths = words.iter().filter(|word| !word.starts_with('-'));
    paths.all(|path| {
        let caches = [
            "/var/cache/apk",
            "/tmp/",
            "/var/tmp/",
            "/root/.cache",
            "/etc/apk/cache",
        ];
        caches.iter().any(|cache| path.starts_with(cache))
    })
}

/// Options as busybox reads them: `-SDH`, `-u 1000`, `-u1000`, `--uid 1000`, `--uid=1000`.
/// `None` when one is not known.
#[allow(clippy::type_complexity)]
fn options(
    words: &[String],
    takes: &[&str],
    long: &[(&str, &'static str)],
) -> Option<(Vec<(String, String)>, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_prefix("--") {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            let (_, short) = long.iter().find(|(known, _)| *known == name)?;
            let value = match takes.contains(short) {
                true => value.or_else(|| words.next().cloned())?,
                false => String::new(),
            };
            found.push(((*short).to_owned(), value));
        } else if let Some(letters) = word.strip_prefix('-').filter(|l| !l.is_empty()) {
            for (at, letter) in letters.char_indices() {
                let letter = letter.to_string();
                if takes.contains(&letter.as_str()) {
                    let own = &word[1 + at + letter.len()..];
                    let value = match own.is_empty() {
                        true => words.next().cloned()?,
                        false => own.to_owned(),
                    };
                    found.push((letter, value));
                    break;
                }
                long.iter().find(|(_, short)| *short == letter)?;
                found.push((letter, String::new()));
            }
        } else {
            rest.push(word.clone());
        }
    }
    Some((found, rest))
}
