//! Which keys there are and where, and what to say of those that there are not.

use super::error::Problem;

/// A table whose keys are known.
pub(super) struct Shape {
    /// Its header without brackets; empty for the top of the file.
    pub name: &'static str,
    /// Whether there may be several: `[[name]]`.
    pub repeats: bool,
    pub keys: &'static [&'static str],
}

impl Shape {
    /// The header as it is written in a manifest.
    pub fn header(&self) -> String {
        match (self.name, self.repeats) {
            ("", _) => "the manifest".to_owned(),
            (name, false) => format!("[{name}]"),
            (name, true) => format!("[[{name}]]"),
        }
    }
}

pub(super) const TOP: Shape = Shape {
    name: "",
    repeats: false,
    keys: &[
        "name",
        "extends",
        "packages",
        "arch",
        "exclude",
        "minimal",
        "scripts",
        "scripts-may-fail",
        "sbom",
        "sbom-files",
        "provenance",
        "repositories",
        "repository",
        "image",
        "layers",
        "file",
        "variables",
        "user",
        "group",
    ],
};

pub(super) const REPOSITORIES: Shape = Shape {
    name: "repositories",
    repeats: false,
    keys: &["alpine", "mirrors"],
};

pub(super) const REPOSITORY: Shape = Shape {
    name: "repository",
    repeats: true,
    keys: &["url", "mirrors", "tag", "keys", "allow-unsigned"],
};

pub(super) const IMAGE: Shape = Shape {
    name: "image",
    repeats: false,
    keys: &[
        "entrypoint",
        "cmd",
        "env",
        "user",
        "workdir",
        "expose",
        "volumes",
        "labels",
        "annotations",
        "stop-signal",
        "healthcheck",
        "created",
        "author",
        "git",
        "standard-annotations",
    ],
};

pub(super) const HEALTHCHECK: Shape = Shape {
    name: "image.healthcheck",
    repeats: false,
    keys: &[
        "test",
        "interval",
        "timeout",
        "start-period",
        "start-interval",
        "retries",
    ],
};

pub(super) const LAYERS: Shape = Shape {
    name: "layers",
    repeats: false,
    keys: &["strategy", "budget", "compression", "level"],
};

pub(super) const FILE: Shape = Shape {
    name: "file",
    repeats: true,
    keys: &[
        "target",
        "source",
        "content",
        "symlink",
        "hardlink",
        "directory",
        "mode",
        "directory-mode",
        "user",
        "group",
        "exclude",
        "template",
    ],
};

pub(super) const USER: Shape = Shape {
    name: "user",
    repeats: true,
    keys: &[
        "name", "uid", "group", "groups", "home", "shell", "comment", "system",
    ],
};

pub(super) const GROUP: Shape = Shape {
    name: "group",
    repeats: true,
    keys: &["name", "gid", "members", "system"],
};

const SHAPES: [&Shape; 9] = [
    &TOP,
    &REPOSITORIES,
    &REPOSITORY,
    &IMAGE,
    &HEALTHCHECK,
    &LAYERS,
    &FILE,
    &USER,
    &GROUP,
];

/// What people who come from Dockerfiles, Compose, apko or /etc/passwd call our keys.
const SYNONYMS: &[(&str, &str)] = &[
    ("architecture", "arch"),
    ("archs", "arch"),
    ("architectures", "arch"),
    ("base", "extends"),
    ("include", "extends"),
    ("command", "cmd"),
    ("contents", "content"),
    ("data", "content"),
    ("dest", "target"),
    ("destination", "target"),
    ("path", "target"),
    ("dir", "directory"),
    ("entry", "entrypoint"),
    ("environment", "env"),
    ("vars", "variables"),
    ("gecos", "comment"),
    ("hard-link", "hardlink"),
    ("dir-mode", "directory-mode"),
    ("files", "file"),
    ("copy", "file"),
    ("gid", "group"),
    ("groups", "group"),
    ("home-dir", "home"),
    ("health", "healthcheck"),
    ("maintainer", "author"),
    ("authors", "author"),
    ("id", "uid"),
    ("id", "gid"),
    ("ignore", "exclude"),
    ("key", "keys"),
    ("keyring", "keys"),
    ("link", "symlink"),
    ("mirror", "mirrors"),
    ("owner", "user"),
    ("permissions", "mode"),
    ("perms", "mode"),
    ("ports", "expose"),
    ("port", "expose"),
    ("release", "alpine"),
    ("version", "alpine"),
    ("repos", "repositories"),
    ("src", "source"),
    ("signal", "stop-signal"),
    ("uri", "url"),
    ("users", "user"),
    ("working-dir", "workdir"),
    ("work-dir", "workdir"),
    ("cwd", "workdir"),
    ("world", "packages"),
    ("apk", "packages"),
    ("deps", "packages"),
    ("dependencies", "packages"),
];

/// The problem with a key that a table of this shape does not have.
pub(super) fn unknown_key(shape: &Shape, key: &str) -> Problem {
    let message = format!("unknown key {key:?}");
    // The right key in the wrong table: most often one that was written below a header although
    // it belongs to the top, since TOML has no way back there.
    let elsewhere = SHAPES.iter().find(|other| other.keys.contains(&key));
    if let (Some(other), None) = (elsewhere, synonym(key, shape.keys)) {
        let problem = match shape.name {
            "" => Problem::new(message),
            _ => Problem::new(format!("{message} in {}", shape.header())),
        };
        let own = SHAPES.iter().find(|table| table.name == key);
        return problem.help(match (own, other.name) {
            (Some(own), _) => format!("it is a table of its own: {}", own.header()),
            (None, "") => {
                format!("{key:?} belongs at the top of the file, before the first [table]")
            }
            (None, _) => format!("{key:?} belongs in {}", other.header()),
        });
    }
    if let Some(near) = nearest(key, shape.keys) {
        return Problem::new(format!("{message}; did you mean {near:?}?"));
    }
    let known = shape.keys.join(", ");
    let known = match shape.name {
        "" => format!("known keys: {known}"),
        _ => format!("known keys of {}: {known}", shape.header()),
    };
    Problem::new(message).help(known)
}

/// The one of `known` that was probably meant: a usual other word for it, or one that differs
/// by a slip of the finger.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    synonym(word, known).or_else(|| slip(word, known))
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

fn synonym<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = plain(word);
    let targets = SYNONYMS
        .iter()
        .filter(|(other, _)| *other == word)
        .map(|(_, target)| *target);
    targets
        .filter_map(|target| known.iter().copied().find(|k| *k == target))
        .next()
}

fn slip<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = plain(word);
    known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(&word, &plain(k)), *k))
        // A third of the letters may be wrong; beyond that a suggestion is noise.
        .filter(|(distance, k)| *distance <= (k.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_the_reference() {
        let page = include_str!("../../docs/manifest.md");
        for shape in SHAPES {
            for key in shape.keys {
                // Tables have a section, the others a row.
                let own = SHAPES.iter().find(|table| table.name == *key);
                let entry = match own {
                    Some(table) => format!("`{}`", table.header()),
                    None => format!("| `{key}` |"),
                };
                // A table whose keys are the user's own has a section too.
                let section = format!("## `[{key}]`");
                let there = page.contains(&entry) || page.contains(&section);
                assert!(there, "{key} of {}", shape.header());
            }
        }
    }

    #[test]
    fn the_json_schema_has_the_same_keys() {
        let schema: serde_json::Value = serde_json::from_str(crate::manifest::JSON_SCHEMA).unwrap();
        for shape in SHAPES {
            let names = shape.name.split('.').filter(|name| !name.is_empty());
            let table = names.fold(&schema, |table, name| &table["properties"][name]);
            let table = match shape.repeats {
                true => &table["items"],
                false => table,
            };
            let keys: Vec<&str> = table["properties"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut expected = shape.keys.to_vec();
            expected.sort_unstable();
            let mut keys = keys;
            keys.sort_unstable();
            assert_eq!(
                keys,
                expected,
                "dist/manifest.schema.json, {}",
                shape.header()
            );
        }
    }

    #[test]
    fn the_json_schema_has_the_same_values() {
        use crate::apk::arch::Arch;
        use crate::layer::{Compression, MAX_BUDGET, Options};
        let schema: serde_json::Value = serde_json::from_str(crate::manifest::JSON_SCHEMA).unwrap();
        let archs = &schema["definitions"]["arch"]["enum"];
        assert_eq!(*archs, serde_json::json!(Arch::ALL.map(Arch::name)));
        let layers = &schema["properties"]["layers"]["properties"];
        assert_eq!(layers["budget"]["maximum"], MAX_BUDGET);
        assert_eq!(layers["budget"]["default"], Options::default().budget);
        let level = layers["level"]["description"].as_str().unwrap();
        assert!(level.contains(&format!("({} without it)", Compression::GZIP_LEVEL)));
        assert!(level.contains(&format!("({} without it)", Compression::ZSTD_LEVEL)));
        let release = &schema["properties"]["repositories"]["properties"]["alpine"];
        let release = release["description"].as_str().unwrap();
        assert!(release.contains(crate::manifest::DEFAULT_RELEASE));
        let minimal = &schema["properties"]["minimal"]["items"]["enum"];
        let presets = super::super::minimal::Preset::ALL.map(|preset| preset.name());
        assert_eq!(*minimal, serde_json::json!(presets));
        let id = &schema["definitions"]["id"]["maximum"];
        assert_eq!(*id, crate::manifest::MAX_ID);
    }

    #[test]
    fn synonyms_lead_to_keys() {
        for (other, target) in SYNONYMS {
            let mut shapes = SHAPES.iter();
            assert!(shapes.any(|shape| shape.keys.contains(target)), "{target}");
            assert_eq!(plain(other), *other);
        }
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(nearest("packges", TOP.keys), Some("packages"));
        assert_eq!(nearest("Package", TOP.keys), Some("packages"));
        assert_eq!(nearest("stop_signal", IMAGE.keys), Some("stop-signal"));
        assert_eq!(nearest("environment", IMAGE.keys), Some("env"));
        assert_eq!(nearest("gid", USER.keys), Some("group"));
        assert_eq!(nearest("healthcheck", TOP.keys), None);
        assert_eq!(
            nearest("start_period", HEALTHCHECK.keys),
            Some("start-period")
        );
        assert_eq!(nearest("", TOP.keys), None);
    }
}
