//! `apkcompose resolve`.

use crate::support::scene::BUILD_DATE;
use crate::support::{Scene, package, rich};
use serde_json::{Value, json};

#[test]
fn packages_are_listed_in_the_order_of_installation() {
    let (scene, manifest) = rich::scene();
    let run = scene.run(&["resolve", manifest.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "base-1.0-r0\nlarge-1.0-r0\ntools-1.0-r0\n");
    assert_eq!(run.stderr, "");
    let same = scene.run(&["resolve", "--package", "tools"]);
    assert_eq!(same.stdout, run.stdout);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn json_has_all_that_the_index_says() {
    let scene = Scene::with(&rich::packages());
    let run = scene.run(&["resolve", "--package", "tools", "--json"]);
    let packages: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(packages.as_array().unwrap().len(), 3);
    let base = packages[0].as_object().unwrap();
    for (key, value) in [
        ("name", json!("base")),
        ("version", json!("1.0-r0")),
        ("arch", json!("x86_64")),
        ("origin", json!("base")),
        ("description", json!("base of the tests")),
        ("license", json!("MIT")),
        ("build_date", json!(BUILD_DATE)),
        ("repository", json!(scene.repository().to_str().unwrap())),
        ("provides", json!(["/bin/sh"])),
    ] {
        assert_eq!(base[key], value, "{key}");
    }
    assert!(base["identity"].as_str().unwrap().starts_with("Q1"));
    let file = scene.repository().join("x86_64/base-1.0-r0.apk");
    assert_eq!(base["size"], file.metadata().unwrap().len());
    assert_eq!(packages[2]["depends"], json!(["base", "large"]));
}

#[test]
fn what_cannot_be_had_is_explained() {
    let mut a = package("a", vec![]);
    a.depends = vec!["missing".into()];
    let scene = Scene::with(&[a]);
    let run = scene.run(&["resolve", "--package", "a"]);
    run.fails_with(&["there is no package missing", "a-1.0-r0", "--package"]);
    let run = scene.run(&["build", "--package", "nothing"]);
    run.fails_with(&["there is no package nothing", "nothing (--package)"]);
    let manifest = scene.write("bad.toml", "packages = [\"nothing\"]\n");
    let run = scene.run(&["build", manifest.to_str().unwrap()]);
    run.fails_with(&["there is no package nothing", "bad.toml:1:13"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn an_empty_world_needs_no_package() {
    let scene = Scene::new();
    let manifest = scene.write("empty.toml", "");
    let run = scene.run_bare(&["resolve", manifest.to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
}
