//! A manifest whose packages say all that packages can say.

use crate::support::scene::{noise, write_repository};
use crate::support::{Run, Scene, package};
use apkcompose::apk::write::{File, PackageSpec};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// `app` needs `lib++`, whose source package is `lib`; `docs` comes along with `app`.
pub fn packages() -> Vec<PackageSpec> {
    let mut lib = package(
        "lib++",
        vec![File::regular("usr/lib/lib.so", noise(40_000))],
    );
    lib.provides = vec!["so:lib.so.1=1.0".into()];
    lib.origin = "lib".into();
    lib.license = "MIT AND custom".into();
    let mut app = package(
        "app",
        vec![
            File::regular("usr/bin/app", noise(60_000)).mode(0o755),
            File::regular("etc/app.conf", "on\n"),
            File::symlink("usr/bin/other", "app"),
        ],
    );
    app.depends = vec!["so:lib.so.1".into(), "lib++>=1".into()];
    app.url = "https://example.org/app".into();
    app.maintainer = "A. Person (them) <person@example.org>".into();
    app.commit = "0123456789abcdef0123456789abcdef01234567".into();
    app.license = "GPL-2.0-or-later OR MIT".into();
    let mut docs = package("docs", vec![File::regular("usr/share/doc/app", "read me")]);
    docs.install_if = vec!["app".into()];
    docs.license = "PHP-3.01 BSD-3-Clause".into();
    docs.url = "gemini://example.org".into();
    let mut virtual_one = package("nothing", Vec::new());
    virtual_one.license = String::new();
    vec![lib, app, docs, virtual_one]
}

pub const MANIFEST: &str = "packages = [\"app\", \"nothing\"]\narch = [\"x86_64\"]\n\
                            [repositories]\nalpine = \"3.23\"\n\
                            [[repository]]\nurl = \"repo\"\nkeys = [\"test-only.rsa.pub\"]\n\
                            [[file]]\ntarget = \"/etc/motd\"\ncontent = \"hello\"\n\
                            [[file]]\ntarget = \"/etc/app.conf\"\nsource = \"app.conf\"\n";

/// The scene with the manifest `image.toml`; its packages are in `repo` beside it. Alpine's own
/// repositories are there as well, and empty.
pub fn scene() -> Scene {
    let scene = Scene::with(&packages());
    scene.write("image.toml", MANIFEST);
    scene.write("app.conf", "off\n");
    for name in ["main", "community"] {
        write_repository(&scene.path("mirror/v3.23").join(name), &[]);
    }
    scene
}

/// A verb with these arguments; the manifest is among them.
pub fn run(scene: &Scene, args: &[&str]) -> Run {
    let mut command = scene.bare();
    command.args(args);
    command.arg("--mirror").arg(scene.path("mirror"));
    command.arg("--key").arg(scene.key());
    Run::of(command)
}

/// Builds the manifest with these arguments.
#[track_caller]
pub fn build(scene: &Scene, args: &[&str]) -> String {
    run(scene, &[&["build", "../image.toml"], args].concat()).digest()
}

pub fn read(scene: &Scene, name: &str) -> Vec<u8> {
    let path: PathBuf = scene.output(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json(scene: &Scene, name: &str) -> Value {
    serde_json::from_slice(&read(scene, name)).unwrap()
}

/// The only member of a list that has this value under the key.
#[track_caller]
pub fn find<'v>(list: &'v Value, key: &str, value: &str) -> &'v Value {
    let found: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member[key] == value)
        .collect();
    assert_eq!(found.len(), 1, "{key} = {value} in {list:#}");
    found[0]
}
