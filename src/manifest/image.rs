//! `[image]`: how containers of the image start.

use super::accounts::{MAX_ID, is_account, read_path};
use super::error::Problem;
use super::health::{Healthcheck, read_healthcheck, read_time};
use super::reader::{Table, Value};
use std::collections::BTreeMap;

/// `[image]`. What is not given is empty or `None`, and then not in the image's configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImageConfig {
    /// The command that runs, and its first arguments.
    pub entrypoint: Option<Vec<String>>,
    /// Arguments that `docker run IMAGE …` replaces, or the command where there is no entrypoint.
    pub cmd: Option<Vec<String>>,
    /// Environment variables in the manifest's order, each name once.
    pub env: Vec<(String, String)>,
    /// Who runs the command: `name`, `uid`, `name:group` or `uid:gid`.
    pub user: Option<String>,
    /// Where the command starts: absolute and normalised.
    pub workdir: Option<String>,
    /// Ports, each as `80/tcp`, `53/udp` or `9/sctp`.
    pub expose: Vec<String>,
    /// Directories that hold data: absolute and normalised.
    pub volumes: Vec<String>,
    /// Labels of the image's configuration.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the image's manifest.
    pub annotations: BTreeMap<String, String>,
    /// The signal that stops the container: `SIGTERM`, `SIGRTMIN+3` or a number.
    pub stop_signal: Option<String>,
    /// How docker finds out whether it works.
    pub healthcheck: Option<Healthcheck>,
    /// The time that the image says it was made at, in seconds since 1970; `None`: the time of
    /// the build.
    pub created: Option<u64>,
    /// Who is responsible for it.
    pub author: Option<String>,
    /// Whether the commit and the remote of the manifest's git repository are added to labels
    /// and annotations.
    pub git: Option<bool>,
    /// Whether the standard annotations that are known are added likewise.
    pub standard_annotations: Option<bool>,
}

pub(super) fn read_image(table: &Table<'_>) -> ImageConfig {
    let list = |key| table.get(key).map(|value| value.strings());
    ImageConfig {
        entrypoint: table.get("entrypoint").and_then(read_command),
        cmd: table.get("cmd").and_then(read_command),
        env: table.get("env").map(read_env).unwrap_or_default(),
        user: table.get("user").and_then(read_user),
        workdir: table.get("workdir").and_then(|value| read_path(&value)),
        expose: table.get("expose").map(read_ports).unwrap_or_default(),
        volumes: distinct(
            list("volumes")
                .unwrap_or_default()
                .iter()
                .filter_map(|(_, value)| read_path(value)),
        ),
        labels: table.get("labels").map(read_labels).unwrap_or_default(),
        annotations: table
            .get("annotations")
            .map(read_labels)
            .unwrap_or_default(),
        stop_signal: table.get("stop-signal").and_then(read_signal),
        healthcheck: table.get("healthcheck").and_then(read_healthcheck),
        created: table.get("created").and_then(|value| read_time(&value)),
        author: table
            .get("author")
            .and_then(|value| value.string().map(str::to_owned)),
        git: table.get("git").and_then(|value| value.boolean()),
        standard_annotations: table
            .get("standard-annotations")
            .and_then(|value| value.boolean()),
    }
}

impl ImageConfig {
    /// This, where it says nothing what `base` says: lists are joined, tables merged by key.
    /// A new entrypoint drops the base's cmd, which was the arguments of another program.
    pub(super) fn inherit(self, base: ImageConfig) -> ImageConfig {
        let mut env = base.env;
        for (name, value) in self.env {
            set(&mut env, name, value);
        }
        let merge = |mut base: BTreeMap<String, String>, own| {
            base.extend(own);
            base
        };
        ImageConfig {
            cmd: self.cmd.or(match self.entrypoint {
                Some(_) => None,
                None => base.cmd,
            }),
            entrypoint: self.entrypoint.or(base.entrypoint),
            env,
            user: self.user.or(base.user),
            workdir: self.workdir.or(base.workdir),
            expose: distinct(base.expose.into_iter().chain(self.expose)),
            volumes: distinct(base.volumes.into_iter().chain(self.volumes)),
            labels: merge(base.labels, self.labels),
            annotations: merge(base.annotations, self.annotations),
            stop_signal: self.stop_signal.or(base.stop_signal),
            healthcheck: self.healthcheck.or(base.healthcheck),
            created: self.created.or(base.created),
            author: self.author.or(base.author),
            git: self.git.or(base.git),
            standard_annotations: self.standard_annotations.or(base.standard_annotations),
        }
    }
}

/// The items in their order, each once.
pub(super) fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in items {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}

fn set(env: &mut Vec<(String, String)>, name: String, value: String) {
    match env.iter_mut().find(|(known, _)| *known == name) {
        Some(entry) => entry.1 = value,
        None => env.push((name, value)),
    }
}

fn no_nul(text: &str, value: &Value<'_>) -> bool {
    let fits = !text.contains('\0');
    if !fits {
        value.report(value.problem("a NUL byte cannot be passed to a program"));
    }
    fits
}

/// A command: a list of words, or a string that is split into words as a shell would.
fn read_command(value: Value<'_>) -> Option<Vec<String>> {
    if value.is_list() {
        let words = value.strings().into_iter();
        return Some(
            words
                .filter(|(word, value)| no_nul(word, value))
                .map(|(word, _)| word.to_owned())
                .collect(),
        );
    }
    if !value.is_string() {
        return value.mismatch("a list of strings", None);
    }
    let text = value.string()?;
    let Some(words) = shlex::split(text) else {
        value.report(value.problem(format!("{text:?} has a quote that is not closed")));
        return None;
    };
    // No shell will run: what only a shell understands would reach the program as an argument.
    let operators = ["&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"];
    if let Some(operator) = words.iter().find(|word| operators.contains(&word.as_str())) {
        let problem = value.problem(format!("{operator:?} needs a shell, and none would run it"));
        value.report(problem.help(format!("write {} = [\"/bin/sh\", \"-c\", …]", value.key)));
        return None;
    }
    if words.is_empty() {
        value.report(value.problem("the command is empty"));
        return None;
    }
    no_nul(text, &value).then_some(words)
}

/// A table, or a list of `NAME=VALUE`.
fn read_env(value: Value<'_>) -> Vec<(String, String)> {
    let mut env = Vec::new();
    let mut add = |name: &str, text: &str, value: &Value<'_>| {
        if name.is_empty() || name.contains(['=', '\0']) {
            value.report(value.problem(format!("{name:?} cannot be the name of a variable")));
        } else if no_nul(text, value) {
            set(&mut env, name.to_owned(), text.to_owned());
        }
    };
    if value.is_list() {
        for (text, value) in value.strings() {
            match text.split_once('=') {
                Some((name, text)) => add(name, text, &value),
                None => {
                    let problem = value.problem(format!("{text:?} has no value"));
                    value.report(problem.help(format!("write \"{text}=VALUE\"")));
                }
            }
        }
    } else if value.is_table() {
        for entry in value.entries().unwrap_or_default() {
            if let Some(text) = entry.value.string() {
                add(entry.key, text, &entry.value);
            }
        }
    } else {
        let help = "write env = { NAME = \"value\" }".to_owned();
        value.mismatch::<()>("a table", Some(help));
    }
    env
}

fn read_labels(value: Value<'_>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for entry in value.entries().unwrap_or_default() {
        let place = value.context.place(entry.key_span);
        if entry.key.is_empty() {
            value.report(Problem::new("the name is empty").at(place));
        } else if entry.value.is_table() {
            // TOML takes a dot in a bare key for a table within a table.
            let problem = Problem::new(format!("a dot behind {:?} is not quoted", entry.key));
            let help = "put names with dots in quotes: \"org.example.name\" = \"…\"";
            value.report(problem.at(place).help(help));
        } else if let Some(text) = entry.value.string() {
            labels.insert(entry.key.to_owned(), text.to_owned());
        }
    }
    labels
}

/// `name`, `uid`, `name:group`, `uid:gid` and mixtures.
fn read_user(value: Value<'_>) -> Option<String> {
    if value.is_integer() {
        return value.integer(MAX_ID).map(|(uid, _)| uid.to_string());
    }
    if !value.is_string() {
        return value.mismatch("a name or a number", None);
    }
    let text = value.string()?;
    let fits = |part: &str| {
        let number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match number {
            true => part.parse::<u32>().is_ok_and(|id| id <= MAX_ID),
            false => is_account(part),
        }
    };
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    if fits(user) && group.is_none_or(fits) {
        return Some(text.to_owned());
    }
    let problem = value.problem(format!("{text:?} is no user"));
    value.report(problem.help("expected \"name\", \"uid\", \"name:group\" or \"uid:gid\""));
    None
}

fn read_ports(value: Value<'_>) -> Vec<String> {
    let list = value.list("ports").unwrap_or_default();
    distinct(list.iter().filter_map(|value| {
        if value.is_integer() {
            let (port, _) = value.integer(65535)?;
            if port == 0 {
                value.report(value.problem("0 is no port"));
                return None;
            }
            return Some(format!("{port}/tcp"));
        }
        if !value.is_string() {
            return value.mismatch("a port", None);
        }
        let text = value.string()?;
        let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        match port.parse::<u16>() {
            Ok(port) if digits && port > 0 && ["tcp", "udp", "sctp"].contains(&protocol) => {
                Some(format!("{port}/{protocol}"))
            }
            _ => {
                let problem = value.problem(format!("{text:?} is no port"));
                let problem = if text.contains(':') {
                    problem.help("which port of the host leads here is said when it runs: -p")
                } else {
                    problem.help("expected 1 to 65535, alone or with /tcp, /udp or /sctp")
                };
                value.report(problem);
                None
            }
        }
    }))
}

/// Linux's signals that have the same name everywhere.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];
const MAX_SIGNAL: u32 = 64;

fn read_signal(value: Value<'_>) -> Option<String> {
    if value.is_integer() {
        return match value.integer(MAX_SIGNAL)? {
            (0, _) => {
                value.report(value.problem("0 is no signal"));
                None
            }
            (number, _) => Some(number.to_string()),
        };
    }
    let text = value.string()?;
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let number = |text: &str, max| text.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n));
    let real_time = |prefix| name.strip_prefix(prefix);
    let known = SIGNALS.contains(&name)
        || matches!(name, "RTMIN" | "RTMAX")
        || real_time("RTMIN+").is_some_and(|n| number(n, 15))
        || real_time("RTMAX-").is_some_and(|n| number(n, 14));
    if known {
        return Some(format!("SIG{name}"));
    }
    if number(text, MAX_SIGNAL) {
        return Some(text.to_owned());
    }
    let message = format!("{text:?} is no signal");
    value.report(match super::schema::nearest(name, &SIGNALS) {
        Some(near) => value.problem(format!("{message}; did you mean \"SIG{near}\"?")),
        None => value
            .problem(message)
            .help("expected a name such as \"SIGTERM\", or a number from 1 to 64"),
    });
    None
}
