//! Further tags in OCI layouts.

use super::fixture::{scene, text};
use super::support::scene::names;
use super::support::skip::has_root_clients;
use super::support::{self, Run, Scene, Tree, image};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

const TAG: &str = "org.opencontainers.image.ref.name";

/// Builds these packages under a name into the layout `out`.
fn run(scene: &Scene, name: &str, packages: &[&str]) -> Run {
    let list = json!(packages);
    let manifest = scene.write("layout.toml", format!("packages = {list}\n"));
    let args = ["build", text(&manifest), "--format", "oci", "-o", "out"];
    let mut command = scene.command(&args);
    command.args(["--name", name]);
    Run::of(command)
}

fn document(scene: &Scene, name: &str) -> Value {
    serde_json::from_slice(&fs::read(scene.output("out").join(name)).unwrap()).unwrap()
}

/// The tags and digests in a layout, in its order; each manifest and its layers are there.
fn tags(scene: &Scene) -> Vec<(String, String)> {
    let blob = |digest: &Value| {
        let digest = digest.as_str().unwrap();
        let path = format!("out/blobs/{}", digest.replace(':', "/"));
        let bytes = fs::read(scene.output(&path)).unwrap();
        assert_eq!(image::sha256(&bytes), digest);
        bytes
    };
    let index = document(scene, "index.json");
    let images = index["manifests"].as_array().unwrap().iter();
    let read = |image: &Value| {
        let manifest: Value = serde_json::from_slice(&blob(&image["digest"])).unwrap();
        blob(&manifest["config"]["digest"]);
        for layer in manifest["layers"].as_array().unwrap() {
            blob(&layer["digest"]);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&image["annotations"][TAG]), text(&image["digest"]))
    };
    images.map(read).collect()
}

fn repo_tags(scene: &Scene) -> Vec<String> {
    let images = document(scene, "manifest.json");
    let tags = images.as_array().unwrap().iter();
    tags.map(|image| image["RepoTags"][0].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn further_tags_share_blobs_and_a_known_one_is_replaced() {
    let (scene, _) = scene();
    fs::remove_file(scene.output("out.tar")).unwrap();
    let one = run(&scene, "me/x:one", &["large"]).digest();
    let blobs = scene.output("out/blobs/sha256");
    let few = names(&blobs).len();
    let two = run(&scene, "me/x:two", &["tools"]).digest();
    let entry = |tag: &str, digest: &String| (tag.to_owned(), digest.clone());
    assert_eq!(tags(&scene), [entry("one", &one), entry("two", &two)]);
    assert_eq!(repo_tags(&scene), ["me/x:one", "me/x:two"]);
    // The layer of the package that both have is there once.
    let alone = Scene::with(&support::rich::packages());
    run(&alone, "me/x:two", &["tools"]).digest();
    let more = names(&alone.output("out/blobs/sha256")).len();
    assert!(names(&blobs).len() < few + more);

    let again = run(&scene, "me/x:one", &["base"]).digest();
    assert_ne!(again, one);
    assert_eq!(tags(&scene), [entry("one", &again), entry("two", &two)]);
    assert_eq!(repo_tags(&scene), ["me/x:two", "me/x:one"]);
    // The same build changes nothing.
    let index = document(&scene, "index.json");
    assert_eq!(run(&scene, "me/x:one", &["base"]).digest(), again);
    assert_eq!(document(&scene, "index.json"), index);
    assert_eq!(scene.left(), ["out"]);
    assert_eq!(
        names(&scene.output("out")),
        ["blobs", "index.json", "manifest.json", "oci-layout"]
    );
}

#[test]
fn builds_side_by_side_all_get_their_tags() {
    let (scene, _) = scene();
    run(&scene, "x:first", &["base"]).digest();
    let children: Vec<_> = (0..6)
        .map(|number| {
            let manifest = scene.write(&format!("{number}.toml"), "packages = [\"tools\"]\n");
            let args = ["build", text(&manifest), "--format", "oci", "-o", "out"];
            let mut command = scene.command(&args);
            command.args(["--name", &format!("x:{number}")]);
            command.stdout(std::process::Stdio::null());
            command.stderr(std::process::Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let mut found: Vec<String> = tags(&scene).into_iter().map(|(tag, _)| tag).collect();
    found.sort();
    assert_eq!(found, ["0", "1", "2", "3", "4", "5", "first"]);
    assert_eq!(repo_tags(&scene).len(), 7);
}

#[test]
fn layouts_of_other_programs_are_added_to_and_what_they_say_is_kept() {
    let (scene, _) = scene();
    let blobs = scene.output("out/blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let theirs = json!({"schemaVersion": 2, "mediaType": "theirs", "manifests": [
        {"mediaType": "other", "digest": "sha256:00", "size": 1, "annotations": {"a": "b"}}
    ], "annotations": {"theirs": "kept"}});
    fs::write(scene.output("out/index.json"), theirs.to_string()).unwrap();
    let mark = "{\"imageLayoutVersion\":\"1.0.0\"}\n";
    fs::write(scene.output("out/oci-layout"), mark).unwrap();
    fs::write(scene.output("out/notes.txt"), "mine").unwrap();
    let digest = run(&scene, "x:new", &["base"]).digest();
    let index = document(&scene, "index.json");
    assert_eq!(index["annotations"], theirs["annotations"]);
    assert_eq!(index["manifests"][0], theirs["manifests"][0]);
    assert_eq!(index["manifests"][1]["digest"], digest);
    let left = names(&scene.output("out"));
    assert_eq!(left, ["blobs", "index.json", "notes.txt", "oci-layout"]);
    assert_eq!(
        fs::read_to_string(scene.output("out/oci-layout")).unwrap(),
        mark
    );
}

#[test]
fn damaged_layouts_and_those_of_other_versions_are_left_alone() {
    let (scene, _) = scene();
    fs::create_dir(scene.output("out")).unwrap();
    for (mark, index, problem) in [
        (
            "{\"imageLayoutVersion\":\"2.0.0\"}",
            "{}",
            "found \"2.0.0\"",
        ),
        (
            "what",
            "{}",
            "expected imageLayoutVersion 1.0.0 in oci-layout",
        ),
        (
            "{\"imageLayoutVersion\":\"1.0.0\"}",
            "{",
            "index.json is no JSON",
        ),
        (
            "{\"imageLayoutVersion\":\"1.0.0\"}",
            "{}",
            "no image index of schema version 2",
        ),
    ] {
        fs::write(scene.output("out/oci-layout"), mark).unwrap();
        fs::write(scene.output("out/index.json"), index).unwrap();
        run(&scene, "x:new", &["base"]).fails_with(&["out is an OCI layout", problem]);
        assert_eq!(names(&scene.output("out")), ["index.json", "oci-layout"]);
        let kept = fs::read_to_string(scene.output("out/index.json"));
        assert_eq!(kept.unwrap(), index);
    }
}

#[test]
fn a_build_that_fails_leaves_a_layout_as_it_was() {
    let (scene, _) = scene();
    run(&scene, "x:first", &["base"]).digest();
    let before = Tree::of_folder(&scene.output("out")).listing();
    fs::remove_file(scene.repository().join("x86_64/tools-1.0-r0.apk")).unwrap();
    run(&scene, "x:second", &["tools"]).failure();
    assert_eq!(Tree::of_folder(&scene.output("out")).listing(), before);
}

#[test]
fn umoci_and_skopeo_know_every_tag_and_theirs_stay() {
    if !has_root_clients("tags of a layout", &["umoci", "skopeo"]) {
        return;
    }
    let (scene, _) = scene();
    let layout = scene.output("out");
    support::output(
        Command::new("umoci")
            .args(["init", "--layout"])
            .arg(&layout),
    );
    let theirs = format!("{}:theirs", layout.display());
    support::output(Command::new("umoci").args(["new", "--image", &theirs]));
    let one = run(&scene, "x:one", &["large"]).digest();
    run(&scene, "x:two", &["tools"]).digest();
    let listed = support::output(Command::new("umoci").args(["ls", "--layout"]).arg(&layout));
    assert_eq!(listed, "theirs\none\ntwo\n");
    let reference = format!("oci:{}:one", layout.display());
    let inspected = support::output(Command::new("skopeo").args(["inspect", &reference]));
    let inspected: Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["Digest"], one);
    // What no tag needs is theirs to collect.
    support::output(Command::new("umoci").args(["gc", "--layout"]).arg(&layout));
    assert_eq!(tags(&scene).len(), 3);
}

#[test]
fn runc_runs_what_umoci_unpacks() {
    if !has_root_clients("a layout in runc", &["umoci", "runc"]) {
        return;
    }
    let scene = Scene::new();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/hello.toml");
    let args = ["build", manifest, "--format", "oci", "-o", "out", "--name"];
    for name in ["hello:one", "hello:two"] {
        scene.run_bare(&[&args[..], &[name]].concat()).digest();
    }
    let bundle = scene.path("bundle");
    let reference = format!("{}:two", scene.output("out").display());
    let mut unpack = Command::new("umoci");
    unpack.args(["unpack", "--image", &reference]).arg(&bundle);
    support::output(&mut unpack);
    // There is no terminal here, and some machines allow nobody to raise limits.
    let path = bundle.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let process = config["process"].as_object_mut().unwrap();
    process.insert("terminal".into(), false.into());
    process.remove("rlimits");
    fs::write(&path, config.to_string()).unwrap();
    let name = format!("apkcompose-layout-{}", std::process::id());
    let said = support::output(
        Command::new("runc")
            .arg("--root")
            .arg(scene.path("runc"))
            .args(["run", "--bundle"])
            .arg(&bundle)
            .arg(name),
    );
    assert!(said.to_lowercase().contains("hello"), "{said}");
}

#[test]
fn a_layout_can_be_reached_through_a_symlink() {
    let (scene, _) = scene();
    run(&scene, "x:one", &["base"]).digest();
    fs::rename(scene.output("out"), scene.output("real")).unwrap();
    std::os::unix::fs::symlink(Path::new("real"), scene.output("out")).unwrap();
    run(&scene, "x:two", &["base"]).digest();
    assert_eq!(tags(&scene).len(), 2);
}
