//! An image to push, and where.

use crate::mock::Registry;
use crate::support::scene::noise;
use crate::support::{Image, Run, Scene, package};
use apkcompose::apk::write::File;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A scene with an image in the archive `image.tar`, whose largest layer has this many bytes.
pub fn scene_with(bytes: usize) -> (Scene, PathBuf) {
    let scene = Scene::with(&[
        package("big", vec![File::regular("usr/noise", noise(bytes))]),
        package("small", vec![File::regular("usr/note", "small")]),
    ]);
    let manifest = scene.write("image.toml", "packages = [\"big\", \"small\"]");
    scene.run(&["build", manifest.to_str().unwrap()]).digest();
    let archive = scene.output("image.tar");
    (scene, archive)
}

/// Runs the program in an environment in which no credentials are to be found but these.
pub fn push(scene: &Scene, config: Option<&str>, args: &[&str]) -> Run {
    let mut command = scene.bare();
    if let Some(config) = config {
        let file = scene.write("docker/config.json", config);
        command.env("DOCKER_CONFIG", file.parent().unwrap());
    }
    command.env("HOME", scene.path("nobody"));
    command.env("PATH", scene.path("bin"));
    command.env("XDG_RUNTIME_DIR", scene.path("run"));
    command.args(["push"]).args(args);
    Run::of(command)
}

/// Checks that a repository has all of an image, under this tag.
#[track_caller]
pub fn assert_has(registry: &Registry, repository: &str, tag: &str, image: &Image) {
    let state = registry.state();
    let key = |version: &str| (repository.to_owned(), version.to_owned());
    let (media_type, bytes) = &state.manifests[&key(tag)];
    assert_eq!(crate::mock::digest(bytes), image.digest);
    assert_eq!(image.manifest["mediaType"], *media_type);
    let layers = image.manifest["layers"].as_array().unwrap();
    let all = layers.iter().chain([&image.manifest["config"]]);
    let expected: BTreeSet<&str> = all.map(|d| d["digest"].as_str().unwrap()).collect();
    let found = state.blobs.iter().filter(|((r, _), _)| r == repository);
    let mut digests = BTreeSet::new();
    for ((_, digest), bytes) in found {
        assert_eq!(crate::mock::digest(bytes), *digest);
        digests.insert(digest.as_str());
    }
    assert_eq!(digests, expected);
}

/// Checks that a run failed, after lines on its progress, with a message of these parts.
#[track_caller]
pub fn fails(run: &Run, parts: &[&str]) {
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(1), ""),
        "{}",
        run.stderr
    );
    for part in parts {
        assert!(run.stderr.contains(part), "no {part:?} in: {}", run.stderr);
    }
}
