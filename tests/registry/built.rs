//! Images that are built to be pushed.

use crate::mock::Registry;
use crate::scene::assert_has;
use crate::support::scene::{noise, write_repository_of};
use crate::support::{Image, Run, Scene, package};
use apkcompose::apk::write::File;
use serde_json::Value;
use std::fs;

fn packages() -> [apkcompose::apk::write::PackageSpec; 2] {
    [
        package("big", vec![File::regular("usr/noise", noise(200_000))]),
        package("small", vec![File::regular("usr/note", "small")]),
    ]
}

#[test]
fn a_manifest_is_built_and_pushed_without_a_copy_of_the_image() {
    let scene = Scene::with(&packages());
    let manifest = scene.write("image.toml", "packages = [\"big\", \"small\"]");
    let manifest = manifest.to_str().unwrap();
    let registry = Registry::start();
    let name = registry.reference("me/image:1");
    // With an empty cache, with what that left, and with a cache that cannot be written to.
    let first = scene.run(&["push", manifest, &name]).digest();
    assert!(scene.left().is_empty());
    let second = scene.run(&["push", manifest, &registry.reference("second")]);
    assert_eq!(second.digest(), first);
    let mut command = scene.command(&["push", manifest, &registry.reference("third")]);
    command.env("APKCOMPOSE_CACHE_DIR", "/dev/null/cache");
    assert_eq!(Run::of(command).digest(), first);
    assert_eq!(scene.run(&["build", manifest]).digest(), first);
    let image = Image::read(&scene.output("image.tar"));
    assert_has(&registry, "me/image", "1", &image);
    assert_has(&registry, "second", "latest", &image);
    assert_has(&registry, "third", "latest", &image);
}

#[test]
fn packages_need_no_manifest() {
    let scene = Scene::with(&packages());
    let registry = Registry::start();
    let names = ["a", "b"].map(|name| registry.reference(name));
    let run = scene.run(&["push", "--package", "small", &names[0], &names[1]]);
    let digest = run.digest();
    for repository in ["a", "b"] {
        let key = (repository.to_owned(), "latest".to_owned());
        let found = registry.state().manifests[&key].1.clone();
        assert_eq!(crate::mock::digest(&found), digest);
    }
    let run = scene.run(&["push", "--package", "small"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let run = scene.run(&["push", "--package", "small", "No Reference"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("neither a manifest nor a reference"));
}

#[test]
fn several_architectures_are_one_index() {
    let scene = Scene::new();
    for arch in ["x86_64", "aarch64"] {
        let mut spec = package("program", vec![File::regular("usr/bin/program", arch)]);
        spec.arch = arch.into();
        write_repository_of(&scene.repository(), arch, &[spec]);
    }
    let manifest = scene.write("image.toml", "packages = [\"program\"]");
    let registry = Registry::start();
    let run = |verb: &str, rest: &[&str]| {
        let mut command = scene.bare();
        command.arg(verb).arg(&manifest).args(rest);
        command.args(["--arch", "x86_64,aarch64", "--repository"]);
        command
            .arg(scene.repository())
            .arg("--key")
            .arg(scene.key());
        Run::of(command).digest()
    };
    let digest = run("push", &[&registry.reference("multi:1")]);
    assert_eq!(run("build", &[]), digest);
    // From the archive it is the same.
    let archive = scene.output("image.tar");
    let archive = archive.to_str().unwrap();
    let again = scene.run_bare(&["push", archive, &registry.reference("other:1")]);
    assert_eq!(again.digest(), digest);
    for repository in ["multi", "other"] {
        let state = registry.state();
        let get = |version: &str| {
            let key = (repository.to_owned(), version.to_owned());
            state.manifests[&key].clone()
        };
        let (media_type, bytes) = get("1");
        assert_eq!(media_type, "application/vnd.oci.image.index.v1+json");
        assert_eq!(crate::mock::digest(&bytes), digest);
        let index: Value = serde_json::from_slice(&bytes).unwrap();
        let manifests = index["manifests"].as_array().unwrap();
        assert_eq!(manifests.len(), 2);
        for descriptor in manifests {
            let (media_type, _) = get(descriptor["digest"].as_str().unwrap());
            assert_eq!(descriptor["mediaType"], media_type.as_str());
        }
    }
}

#[test]
fn offline_nothing_is_pushed() {
    let scene = Scene::with(&packages());
    let registry = Registry::start();
    let name = registry.reference("image");
    let manifest = scene.write("image.toml", "packages = [\"small\"]");
    let manifest = manifest.to_str().unwrap();
    let run = scene.run(&["push", manifest, &name, "--offline"]);
    run.fails_with(&["needs the network"]);
    scene.run(&["build", manifest]).digest();
    let run = scene.run(&["push", "image.tar", &name, "--offline"]);
    run.fails_with(&["needs the network"]);
    assert_eq!(registry.state().requests.len(), 0);
    fs::metadata(scene.output("image.tar")).unwrap();
}
