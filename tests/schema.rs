//! The JSON Schema of manifests takes what the program takes, and refuses what it refuses as far
//! as a schema can tell.

use apkcompose::manifest::{JSON_SCHEMA, parse};
use jsonschema::Validator;
use std::fs;
use std::path::{Path, PathBuf};

fn validator() -> Validator {
    let schema = serde_json::from_str(JSON_SCHEMA).unwrap();
    jsonschema::draft7::meta::validate(&schema).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

/// What the schema has against a manifest.
fn complaint(validator: &Validator, text: &str) -> Option<String> {
    let value: toml::Value = toml::from_str(text).unwrap();
    let value = json(value);
    let error = validator.iter_errors(&value).next()?;
    Some(format!("{}: {error}", error.instance_path()))
}

/// The value as editors see it, for whom a time is a string.
fn json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| (key, json(value)))
            .collect(),
        plain => serde_json::to_value(plain).unwrap(),
    }
}

/// A folder with what the manifests of these tests name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["base.toml", "web/index.php", "keys/me.rsa.pub", "file"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

#[test]
fn ready_made_manifests_and_the_examples_of_the_documentation_fit() {
    let validator = validator();
    let mut texts: Vec<(PathBuf, String)> = Vec::new();
    for entry in fs::read_dir("manifests").unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            texts.push((path.clone(), fs::read_to_string(path).unwrap()));
        }
    }
    let pages = fs::read_dir("docs")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for path in pages.chain([PathBuf::from("README.md")]) {
        if path.extension().is_some_and(|extension| extension == "md") {
            let page = fs::read_to_string(&path).unwrap();
            let blocks = page.split("```toml\n").skip(1);
            let blocks = blocks.filter_map(|rest| rest.split("```").next());
            texts.extend(blocks.map(|block| (path.clone(), block.to_owned())));
        }
    }
    assert!(texts.len() > 15);
    for (path, text) in texts {
        if let Some(complaint) = complaint(&validator, &text) {
            panic!("{}: {complaint}\n{text}", path.display());
        }
    }
}

/// Values for every key that is more than a plain string, which the program takes.
const GOOD: &[&str] = &[
    "name = \"a\"",
    "name = \"localhost:5000/me/a__b-c.d:V1.0_x\"",
    "name = \"ghcr.io/me/demo\"",
    "packages = [\"a\", \"b=1.2-r0\", \"c~8.3\", \"d>8\", \"e<=1\", \"f@edge\", \"!g\", \"so:libc.musl-x86_64.so.1\", \"h@t>=2\"]",
    "packages = []",
    "arch = [\"x86_64\", \"aarch64\"]",
    "exclude = [\"/usr/share/man/**\", \"/**/*.{a,la}\"]",
    "scripts = \"skip\"",
    "scripts-may-fail = [\"busybox\"]",
    "extends = \"base.toml\"",
    "repositories.alpine = \"3.23\"",
    "repositories.alpine = \"v3.20\"",
    "repositories.alpine = \"edge\"",
    "[[repository]]\nurl = \"../packages\"\ntag = \"local\"\nkeys = [\"keys/me.rsa.pub\"]\nallow-unsigned = true",
    "[[repository]]\nurl = \"builtin:hello\"",
    "image.entrypoint = \"php -S 0.0.0.0:80\"",
    "image.entrypoint = [\"php\", \"\"]",
    "image.cmd = []",
    "image.env = { A = \"\", \"B C\" = \"x=y\" }",
    "image.env = [\"A=\", \"B=x=y\"]",
    "image.user = 0",
    "image.user = \"web:1000\"",
    "image.user = \"1000\"",
    "image.workdir = \"/srv//x/..y\"",
    "image.expose = [80, \"80\", \"80/tcp\", \"53/udp\", \"9/sctp\"]",
    "image.volumes = [\"/data\"]",
    "image.labels = { \"org.example.name\" = \"x\" }",
    "image.annotations = {}",
    "image.stop-signal = \"SIGRTMIN+3\"",
    "image.stop-signal = \"quit\"",
    "image.stop-signal = \"9\"",
    "image.stop-signal = 64",
    "minimal = [\"docs\", \"apk-db\"]",
    "repositories.mirrors = [\"https://mirror.example.org/alpine\", \"mirror\"]",
    "[[repository]]\nurl = \"x\"\nmirrors = [\"y\"]",
    "image.healthcheck = false",
    "image.healthcheck = { test = [\"CMD\", \"x\"], interval = \"1m30s\", timeout = \"500ms\", start-period = \"1s\", start-interval = \"1s\", retries = 0 }",
    "image.healthcheck.test = \"true\"",
    "image.created = 2024-05-01T12:00:00Z",
    "image.created = \"2024-05-01T12:00:00+02:00\"",
    "image.created = 0",
    "image = { author = \"me\", git = true, standard-annotations = false }",
    "layers = { strategy = \"origin\", budget = 127 }",
    "layers = { compression = \"zstd\", level = 22 }",
    "layers = { level = 0 }",
    "[[file]]\ntarget = \"/a\"\nsource = \"file\"\nmode = \"0755\"",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nmode = 0o4755\nuser = \"web\"\ngroup = 5",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nmode = \"0o644\"\nuser = \"0\"",
    "[[file]]\ntarget = \"/a\"\nsymlink = \"b\"\nuser = 4294967294",
    "[[file]]\ntarget = \"/\"\ndirectory = true\nmode = \"1777\"",
    "[[file]]\ntarget = \"/a\"\nhardlink = \"/b\"",
    "[[file]]\ntarget = \"/a\"\nmode = \"0600\"",
    "[[file]]\ntarget = \"/a\"\nsource = \"web\"\ndirectory-mode = \"0700\"\nexclude = [\".git\"]\ntemplate = true",
    "[[file]]\ntarget = \"/a\"\ncontent = \"{{ port }}\"\ntemplate = true",
    "variables = { port = \"80\" }",
    "sbom = [\"spdx\", \"cyclonedx\"]\nsbom-files = true\nprovenance = true",
    "[[user]]\nname = \"a\"\nsystem = true\ncomment = \"A\"",
    "[[user]]\nname = \"_web.1-x\"\nuid = 0\ngroup = \"www\"\ngroups = [\"a\"]\nhome = \"/\"\nshell = \"/bin/sh\"",
    "[[group]]\nname = \"web\"\ngid = 1\nmembers = [\"a\"]",
];

/// What neither the program nor the schema takes.
const BAD: &[&str] = &[
    "nmae = \"a\"",
    "name = \"A\"",
    "name = \"a b\"",
    "name = \"a@sha256:00\"",
    "name = 1",
    "packages = \"a\"",
    "packages = [1]",
    "packages = [\"a b\"]",
    "packages = [\"a=\"]",
    "packages = [\"\"]",
    "arch = [\"amd64\"]",
    "arch = \"x86_64\"",
    "exclude = [\"*.a\"]",
    "scripts = \"never\"",
    "scripts = true",
    "scripts-may-fail = [\"a=1\"]",
    "repositories.alpine = 3.23",
    "repositories.alpine = \"3.23.1\"",
    "repositories.alpine = \"latest\"",
    "repositories.debian = \"12\"",
    "[[repository]]\ntag = \"x\"",
    "[[repository]]\nurl = \"https://x.org/v1/main/x86_64/APKINDEX.tar.gz\"",
    "[[repository]]\nurl = \"\"",
    "[[repository]]\nurl = \"x\"\ntag = \"@x\"",
    "[[repository]]\nurl = \"x\"\nallow-unsigned = \"yes\"",
    "image.entrypoint = 1",
    "image.entrypoint = [1]",
    "image.cmd = \"\"",
    "image.env = [\"A\"]",
    "image.env = { A = 1 }",
    "image.env = { \"\" = \"1\" }",
    "image.user = -1",
    "image.user = \"a b\"",
    "image.user = \":1\"",
    "image.workdir = \"srv\"",
    "image.workdir = \"/srv/../x\"",
    "image.expose = [0]",
    "image.expose = [65536]",
    "image.expose = [\"8080:80\"]",
    "image.expose = 80",
    "image.volumes = [\"data\"]",
    "image.labels = { a = 1 }",
    "image.labels.org.example = \"x\"",
    "image.stop-signal = 65",
    "image.stop-signal = \"\"",
    "image.ports = [80]",
    "minimal = [\"manuals\"]",
    "repositories.mirrors = \"x\"",
    "[[repository]]\nurl = \"x\"\nmirrors = [\"\"]",
    "image.healthcheck = true",
    "image.healthcheck = {}",
    "image.healthcheck.test = \"\"",
    "image.healthcheck.test = []",
    "image.healthcheck = { test = \"true\", interval = 30 }",
    "image.healthcheck = { test = \"true\", interval = \"30\" }",
    "image.healthcheck = { test = \"true\", retries = -1 }",
    "image.healthcheck = { test = \"true\", period = \"1s\" }",
    "image.created = \"yesterday\"",
    "image.created = -1",
    "image.git = \"yes\"",
    "layers.strategy = \"none\"",
    "layers.budget = 0",
    "layers.budget = 128",
    "layers = { level = 10 }",
    "layers = { compression = \"gzip\", level = 10 }",
    "layers = { compression = \"zstd\", level = 0 }",
    "layers = { compression = \"zstd\", level = 23 }",
    "layers.compression = \"xz\"",
    "[[file]]\ntarget = \"/a\"",
    "[[file]]\ncontent = \"\"",
    "[[file]]\ntarget = \"a\"\ncontent = \"\"",
    "[[file]]\ntarget = \"/a/..\"\ncontent = \"\"",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nsymlink = \"b\"",
    "[[file]]\ntarget = \"/a\"\nsymlink = \"b\"\nmode = \"0777\"",
    "[[file]]\ntarget = \"/a\"\nsymlink = \"\"",
    "[[file]]\ntarget = \"/a\"\ndirectory = false",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nmode = \"0799\"",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nmode = 0o17777",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nmode = \"17777\"",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nuser = \"a:b\"",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nuser = true",
    "[[file]]\ntarget = \"/a\"\nhardlink = \"b\"",
    "[[file]]\ntarget = \"/a\"\nhardlink = \"/b\"\nmode = \"0600\"",
    "[[file]]\ntarget = \"/a\"\nhardlink = \"/b\"\nuser = 1",
    "[[file]]\ntarget = \"/a\"\ncontent = \"\"\nexclude = [\"a\"]",
    "[[file]]\ntarget = \"/a\"\nsymlink = \"b\"\ntemplate = true",
    "variables = { \"1\" = \"80\" }",
    "variables = { port = 80 }",
    "sbom = [\"csv\"]",
    "provenance = \"yes\"",
    "[[group]]\nname = \"a\"\nsystem = 1",
    "[[user]]\nuid = 1",
    "[[user]]\nname = \"1a\"",
    "[[user]]\nname = \"a\"\nuid = \"1\"",
    "[[user]]\nname = \"a\"\nuid = 4294967295",
    "[[user]]\nname = \"a\"\nhome = \"a\"",
    "[[user]]\nname = \"a\"\npassword = \"x\"",
    "[[group]]\nname = \"a:b\"",
    "[[group]]\nname = \"a\"\nmembers = [1]",
    "[user]\nname = \"a\"",
    "[[image]]",
];

#[test]
fn the_schema_takes_what_the_program_takes() {
    let (validator, folder) = (validator(), folder());
    for text in GOOD {
        check(folder.path(), text, true);
        assert_eq!(complaint(&validator, text), None, "{text}");
    }
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    let (validator, folder) = (validator(), folder());
    for text in BAD {
        check(folder.path(), text, false);
        assert!(
            complaint(&validator, text).is_some(),
            "the schema takes {text}"
        );
    }
}

/// What the program makes of a manifest.
#[track_caller]
fn check(folder: &Path, text: &str, good: bool) {
    let result = parse(&folder.join("example.toml"), text);
    assert_eq!(result.is_ok(), good, "{text}: {result:?}");
}

#[test]
fn everything_is_explained() {
    fn walk(path: &str, value: &serde_json::Value) {
        let Some(properties) = value.get("properties").and_then(|p| p.as_object()) else {
            if let Some(items) = value.get("items") {
                walk(path, items);
            }
            return;
        };
        for (key, value) in properties {
            let path = format!("{path}.{key}");
            let text = value.get("description").and_then(|text| text.as_str());
            assert!(
                text.is_some_and(|text| text.len() > 8),
                "{path} is not explained"
            );
            walk(&path, value);
        }
        let others = value.get("additionalProperties");
        assert_eq!(others, Some(&serde_json::Value::Bool(false)), "{path}");
    }
    walk("", &serde_json::from_str(JSON_SCHEMA).unwrap());
}
