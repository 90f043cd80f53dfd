//! `search` and `info`.

use super::scene;
use crate::support::Scene;
use crate::support::scene::write_repository;
use serde_json::Value;

fn json(scene: &Scene, args: &[&str]) -> Value {
    let run = scene.run(args);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

fn names(found: &Value) -> Vec<&str> {
    let found = found.as_array().unwrap().iter();
    found.map(|p| p["name"].as_str().unwrap()).collect()
}

#[test]
fn search_finds_names_before_descriptions() {
    let scene = scene();
    let run = scene.run(&["search", "PHP"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", run.stdout);
    assert!(lines[0].starts_with("php      8.2-r0  "), "{}", run.stdout);
    assert!(lines[1].starts_with("php      8.3-r1  "));
    assert!(lines[0].ends_with("repo  php of the tests"));
    let found = json(&scene, &["search", "compression", "--json"]);
    assert_eq!(names(&found), ["libz"]);
    assert_eq!(found[0]["description"], "Compression library");
    assert!(found[0]["size"].as_u64().unwrap() > 0);
}

#[test]
fn search_takes_globs_and_exact_names() {
    let scene = scene();
    assert_eq!(
        names(&json(&scene, &["search", "php-*", "--json"])),
        ["php-doc", "php-pdo"]
    );
    assert_eq!(
        names(&json(&scene, &["search", "--exact", "libc", "--json"])),
        ["libc"]
    );
    scene
        .run(&["search", "--exact", "lib"])
        .fails_with(&["no package fits \"lib\"", "did you mean libc or libz?"]);
    scene
        .run(&["search", "phq"])
        .fails_with(&["did you mean php?"]);
    scene
        .run(&["search", "[a"])
        .fails_with(&["\"[a\" is no glob"]);
}

#[test]
fn info_tells_versions_words_and_who_needs_it() {
    let scene = scene();
    let found = json(&scene, &["info", "php", "--required-by", "--json"]);
    assert_eq!(names(&found), ["php", "php"]);
    assert_eq!(
        (&found[0]["version"], &found[0]["word"]),
        (&"8.3-r1".into(), &"php".into())
    );
    assert_eq!(found[1]["word"], "php=8.2-r0");
    assert_eq!(found[0]["required_by"], serde_json::json!(["php-pdo"]));
    assert_eq!(
        found[0]["depends"],
        serde_json::json!(["libz", "so:libc.so.1"])
    );
    assert_eq!(found[0].get("brought_by"), None);
    let provided = json(&scene, &["info", "so:libc.so.1", "--json"]);
    assert_eq!(names(&provided), ["libc"]);
    let text = scene.run(&["info", "php~8.2"]).stdout;
    assert!(
        text.starts_with("php-8.2-r0\n  description  php of the tests\n"),
        "{text}"
    );
    assert!(text.contains("  licence      MIT\n") && text.contains("  built        2023-11-14\n"));
    scene
        .run(&["info", "phh"])
        .fails_with(&["did you mean php?"]);
}

#[test]
fn with_a_manifest_info_tells_which_word_brings_it() {
    let scene = scene();
    scene.write("work/x.toml", "packages = ['php-pdo', 'libz']");
    let found = json(&scene, &["info", "libz", "-m", "x.toml", "--json"]);
    assert_eq!(
        found[0]["brought_by"],
        serde_json::json!(["libz", "php-pdo"])
    );
    let found = json(&scene, &["info", "php-doc", "-m", "x.toml", "--json"]);
    assert_eq!(
        found[0]["brought_by"],
        serde_json::json!(["libz", "php-pdo"])
    );
    scene.write("work/y.toml", "packages = ['libz']");
    let run = scene.run(&["info", "php", "-m", "y.toml"]);
    assert!(
        run.stdout.contains("  brought by   nothing\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn packages_of_tagged_repositories_are_had_by_their_tag() {
    let scene = scene();
    let other = scene.path("other");
    write_repository(&other, &[crate::support::package("extra", Vec::new())]);
    let manifest = format!(
        "[[repository]]\nurl = {:?}\n[[repository]]\nurl = {other:?}\ntag = 'edge'\n",
        scene.repository()
    );
    scene.write("work/x.toml", manifest);
    let key = scene.key();
    let key = key.to_str().unwrap();
    let run = scene.run_bare(&[
        "info", "extra", "-m", "x.toml", "--key", key, "--arch", "x86_64",
    ]);
    assert!(
        run.stdout.contains("  word         \"extra@edge\"\n"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let run = scene.run_bare(&[
        "search", "extra", "-m", "x.toml", "--key", key, "--arch", "x86_64",
    ]);
    assert!(
        run.stdout.starts_with("extra@edge  1.0-r0"),
        "{}",
        run.stdout
    );
}
