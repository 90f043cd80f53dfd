//! `outdated`: what is locked against what there is.

use crate::scene::{Locked, MANIFEST, packages, version};
use apkcompose::apk::write::PackageSpec;
use serde_json::{Value, json};

/// Locked with one package for each kind of change, which the repository has made since.
fn changed() -> Locked {
    let locked = Locked::new();
    let names = [
        "major", "minor", "patch", "revision", "rebuilt", "same", "old",
    ];
    let old: Vec<PackageSpec> = names
        .iter()
        .map(|name| version(name, "1.2.3-r0", &[]))
        .collect();
    locked.publish("x86_64", &old);
    let words: Vec<String> = names[..6]
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    let all = format!("{}, \"old\"", words.join(", "));
    locked
        .scene
        .write("image.toml", MANIFEST.replace("\"app\"", &all));
    locked.lock(&[]);
    let mut rebuilt = version("rebuilt", "1.2.3-r0", &["extra"]);
    rebuilt.build_date += 1;
    let new = [
        version("major", "2.0.0-r0", &[]),
        version("minor", "1.3.0-r0", &[]),
        version("patch", "1.2.4-r0", &[]),
        version("revision", "1.2.3-r1", &[]),
        rebuilt,
        old[5].clone(),
        version("extra", "1.0-r0", &[]),
    ];
    locked.publish("x86_64", &new);
    locked
        .scene
        .write("image.toml", MANIFEST.replace("\"app\"", &words.join(", ")));
    locked
}

#[test]
fn each_kind_of_change_is_told() {
    let locked = changed();
    let run = locked.run("outdated", &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let expected = "\
extra     -         1.0-r0    new
major     1.2.3-r0  2.0.0-r0  major
minor     1.2.3-r0  1.3.0-r0  minor
old       1.2.3-r0  -         gone
patch     1.2.3-r0  1.2.4-r0  patch
rebuilt   1.2.3-r0  1.2.3-r0  rebuilt
revision  1.2.3-r0  1.2.3-r1  revision
";
    assert_eq!(run.stdout, expected);
    let run = locked.run("outdated", &["--json"]);
    let changes: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(changes.as_array().unwrap().len(), 7);
    let major = json!({"arch": "x86_64", "name": "major", "locked": "1.2.3-r0",
        "available": "2.0.0-r0", "kind": "major"});
    assert_eq!(changes[1], major);
    assert_eq!(changes[0]["locked"], Value::Null);
}

#[test]
fn what_is_held_back_is_told() {
    let locked = Locked::new();
    locked.scene.write(
        "image.toml",
        MANIFEST.replace("\"app\"", "\"app\", \"lib<2\""),
    );
    locked.lock(&[]);
    let mut all = packages();
    all.push(version("lib", "2.1-r0", &[]));
    locked.publish("x86_64", &all);
    let run = locked.run("outdated", &[]);
    assert_eq!(run.stdout, "lib  1.0-r0  1.0-r0 (there is 2.1-r0)  held\n");
}

#[test]
fn nothing_is_printed_when_nothing_is_newer() {
    let locked = Locked::already();
    let run = locked.run("outdated", &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert!(run.stderr.contains("as new as it can be"), "{}", run.stderr);
    let run = locked.run("outdated", &["--json", "--quiet"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("[]\n", ""));
    // The lock is only read.
    let text = locked.text();
    locked.run("outdated", &[]);
    assert_eq!(locked.text(), text);
}

#[test]
fn there_must_be_a_lock() {
    Locked::new()
        .run("outdated", &[])
        .fails_with(&["there is no lock ../image.lock"]);
}
