//! COPY and ADD: files of the build's folder as `[[file]]`.

use super::lines::Instruction;
use super::{Stage, json_list, words};
use crate::import::Here;
use crate::import::draft::{Content, Item};
use globset::GlobBuilder;
use std::fs;

/// What ADD unpacks.
const ARCHIVES: [&str; 8] = [
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst",
];

/// Folders that are there in every image, into which a file is copied under its own name.
const FOLDERS: [&str; 20] = [
    "/",
    "/bin",
    "/etc",
    "/etc/conf.d",
    "/etc/init.d",
    "/home",
    "/lib",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local/bin",
    "/usr/sbin",
    "/var",
];

#[derive(Default)]
struct Flags {
    user: Option<String>,
    group: Option<String>,
    mode: Option<String>,
}

impl Stage {
    /// A COPY or ADD.
    pub(super) fn copy(&mut self, instruction: &Instruction, line: usize, here: &Here) {
        let name = instruction.name.as_str();
        let mut rest = instruction.text.text.trim();
        let whole = format!("{name} {rest}");
        let mut flags = Flags::default();
        while let Some(flag) = rest.strip_prefix("--") {
            let end = flag.find(char::is_whitespace).unwrap_or(flag.len());
            let (key, value) = flag[..end].split_once('=').unwrap_or((&flag[..end], ""));
            let value = self.expand(value);
            match key {
                "chown" => {
                    let (user, group) = match value.split_once(':') {
                        Some((user, group)) => (user.to_owned(), group.to_owned()),
                        None => (value.clone(), value.clone()),
                    };
                    flags.user = Some(user).filter(|user| !user.is_empty());
                    flags.group = Some(group).filter(|group| !group.is_empty());
                }
                "chmod" if value.bytes().all(|b| (b'0'..=b'7').contains(&b)) => {
                    flags.mode = Some(format!("{value:0>4}"));
                }
                "link" => {}
                "from" => {
                    let why = format!("it comes from {value}, which is not imported");
                    return self.draft.leave_out(line, &whole, why);
                }
                _ => {
                    let why = format!("--{key} does not carry over");
                    return self.draft.leave_out(line, &whole, why);
                }
            }
            rest = flag[end..].trim_start();
        }
        let mut paths = match json_list(rest) {
            Some(paths) => paths,
            // Heredocs are read apart.
            None => words(&without_markers(rest)),
        };
        let Some(target) = paths.pop().map(|target| self.expand(&target)) else {
            return self.draft.leave_out(line, &whole, "it names no target");
        };
        for heredoc in &instruction.heredocs {
            let body = Content::Text(self.body(heredoc));
            self.place(line, &heredoc.name, &target, false, body, &flags);
        }
        let several = paths.len() + instruction.heredocs.len() > 1;
        for path in paths {
            let path = self.expand(&path);
            if path.contains("://") || path.starts_with("git@") {
                let why = "nothing is fetched but packages: keep a copy beside the manifest";
                self.draft.leave_out(line, &format!("{name} {path}"), why);
                continue;
            }
            let found = sources(here, &path);
            let several = several || found.len() > 1;
            if found.is_empty() {
                let why = format!("there is no file {path} beside it");
                self.draft.leave_out(line, &format!("{name} {path}"), why);
            }
            for source in found {
                if here.folder.join(&source).is_dir() {
                    self.folder(line, &source, &target, here, &flags);
                    continue;
                }
                if name == "ADD" && ARCHIVES.iter().any(|end| source.ends_with(end)) {
                    let why = "archives are not unpacked";
                    self.draft.leave_out(line, &format!("{name} {source}"), why);
                    continue;
                }
                let content = Content::Source(here.named(&source));
                self.place(line, &source, &target, several, content, &flags);
            }
        }
    }

    /// Puts what is in a folder into a directory.
    fn folder(&mut self, line: usize, source: &str, target: &str, here: &Here, flags: &Flags) {
        if here.folder.join(".dockerignore").exists() {
            let why = "name what is left out of the folder with exclude";
            self.draft.leave_out(line, ".dockerignore", why);
        }
        let file = Item::File {
            target: self.absolute(target),
            content: Content::Source(here.named(source)),
            mode: flags.mode.clone(),
            user: flags.user.clone(),
            group: flags.group.clone(),
        };
        self.draft.set(line, file);
    }

    /// Puts a file at a target, which may be the directory that it goes to.
    fn place(
        &mut self,
        line: usize,
        source: &str,
        target: &str,
        several: bool,
        content: Content,
        flags: &Flags,
    ) {
        let whole = self.absolute(target);
        let known = self.draft.get_mut("file", &whole);
        let is_directory = several
            || target.ends_with(['/', '.'])
            || FOLDERS.contains(&whole.as_str())
            || known.is_some_and(|item| {
                matches!(
                    item,
                    Item::File {
                        content: Content::Directory,
                        ..
                    }
                )
            });
        let name = source.rsplit('/').next().unwrap_or(source);
        let path = match is_directory {
            true => format!("{}/{name}", whole.trim_end_matches('/')),
            false => whole,
        };
        let file = Item::File {
            target: path,
            content,
            mode: flags.mode.clone(),
            user: flags.user.clone(),
            group: flags.group.clone(),
        };
        self.draft.set(line, file);
    }
}

/// The line without its `<<NAME`s.
fn without_markers(text: &str) -> String {
    let words = text.split_whitespace();
    let words: Vec<&str> = words.filter(|word| !word.starts_with("<<")).collect();
    words.join(" ")
}

/// The files and folders that a source names, relative to the folder, sorted.
fn sources(here: &Here, path: &str) -> Vec<String> {
    // Beyond the folder there is nothing.
    let parts = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    let path = parts.collect::<Vec<_>>().join("/");
    if path.is_empty() {
        return vec![".".to_owned()];
    }
    if !path.contains(['*', '?', '[']) {
        return match here.folder.join(&path).exists() {
            true => vec![path],
            false => Vec::new(),
        };
    }
    let (folder, _) = path.rsplit_once('/').unwrap_or(("", &path));
    let Ok(glob) = GlobBuilder::new(&path).literal_separator(true).build() else {
        return Vec::new();
    };
    let glob = glob.compile_matcher();
    let entries = fs::read_dir(here.folder.join(folder)).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let paths = names.map(|name| match folder {
        "" => name,
        folder => format!("{folder}/{name}"),
    });
    let mut found: Vec<String> = paths.filter(|path| glob.is_match(path)).collect();
    found.sort();
    found
}
