//! Images of several architectures in one output.

use crate::support::scene::{noise, write_repository_of};
use crate::support::{Image, Run, Scene, package};
use apkcompose::apk::package::Script;
use apkcompose::apk::write::{File, PackageSpec};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Packages for one architecture: a program, and data that are the same for all.
fn packages(arch: &str) -> Vec<PackageSpec> {
    let mut program = package(
        "program",
        vec![File::regular("usr/bin/program", arch).mode(0o755)],
    );
    program.depends = vec!["data".into()];
    let data = package("data", vec![File::regular("usr/share/data", noise(50_000))]);
    let of_arch = |mut spec: PackageSpec| {
        spec.arch = match spec.name.as_str() {
            "data" => "noarch".into(),
            _ => arch.into(),
        };
        spec
    };
    [program, data].map(of_arch).into()
}

fn scene(archs: &[&str]) -> Scene {
    let scene = Scene::new();
    for arch in archs {
        write_repository(&scene, arch, &packages(arch));
    }
    scene
}

/// Packages for all architectures lie in a folder of their own.
fn write_repository(scene: &Scene, arch: &str, packages: &[PackageSpec]) {
    write_repository_of(&scene.repository(), arch, packages);
    let noarch = scene.repository().join("noarch");
    fs::create_dir_all(&noarch).unwrap();
    let name = "data-1.0-r0.apk";
    let data = scene.repository().join(arch).join(name);
    if data.exists() {
        fs::rename(data, noarch.join(name)).unwrap();
    }
}

fn build(scene: &Scene, args: &[&str]) -> Run {
    let mut command = scene.bare();
    command.arg("build").args(args);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    Run::of(command)
}

const ALL: [(&str, &str, Option<&str>); 9] = [
    ("aarch64", "arm64", Some("v8")),
    ("armhf", "arm", Some("v6")),
    ("armv7", "arm", Some("v7")),
    ("loongarch64", "loong64", None),
    ("ppc64le", "ppc64le", None),
    ("riscv64", "riscv64", None),
    ("s390x", "s390x", None),
    ("x86", "386", None),
    ("x86_64", "amd64", None),
];

#[test]
fn all_architectures_are_in_one_index_with_their_platforms() {
    let scene = scene(&ALL.map(|(arch, ..)| arch));
    let run = build(&scene, &["--package", "program", "--arch", "all"]);
    let digest = run.digest();
    assert!(
        run.stderr.contains("18 packages for aarch64, armhf,"),
        "{}",
        run.stderr
    );
    let images = Image::read_all(&scene.output("program.tar"));
    let index = &images[0].index;
    assert_eq!(index["manifests"][0]["digest"], digest);
    let annotations = &index["manifests"][0]["annotations"];
    assert_eq!(annotations["org.opencontainers.image.ref.name"], "latest");
    assert_eq!(images.len(), ALL.len());
    for (image, (arch, oci, variant)) in images.iter().zip(ALL) {
        assert_eq!(image.config["architecture"], oci);
        assert_eq!(image.config.get("variant").and_then(Value::as_str), variant);
        assert_eq!(image.tree.bytes("usr/bin/program"), arch.as_bytes());
        // What is the same for all is the same layer, which the archive holds once: each path
        // of it is checked to be there once.
        assert!(image.layers.contains(&images[0].layers[0]));
    }
}

#[test]
fn docker_load_finds_the_usual_architecture_under_the_plain_name() {
    let scene = scene(&["aarch64", "armv7", "s390x", "x86", "x86_64"]);
    for (archs, tags) in [
        (
            "x86,armv7,x86_64,aarch64",
            ["latest-arm64", "latest-armv7", "latest-386", "latest"].as_slice(),
        ),
        ("s390x,aarch64", &["latest", "latest-s390x"]),
        ("x86,s390x", &["latest", "latest-386"]),
    ] {
        let run = build(
            &scene,
            &["--package", "program", "--arch", archs, "--output", "a.tar"],
        );
        run.digest();
        let images = Image::read_all(&scene.output("a.tar"));
        let found = images
            .iter()
            .map(|i| i.docker["RepoTags"][0].as_str().unwrap());
        let expected = tags.iter().map(|tag| format!("program:{tag}"));
        assert!(found.eq(expected), "{archs}");
        let first: Value = read_docker(&scene.output("a.tar"));
        assert_eq!(first[0]["RepoTags"][0], "program:latest");
    }
}

fn read_docker(archive: &Path) -> Value {
    let mut tree = crate::support::Tree::default();
    tree.apply(&fs::read(archive).unwrap());
    serde_json::from_slice(tree.bytes("manifest.json")).unwrap()
}

#[test]
fn the_order_they_are_named_in_and_the_number_of_jobs_change_nothing() {
    let scene = scene(&["aarch64", "riscv64", "x86_64"]);
    let manifest = |archs: &str| {
        let text = format!("name = \"p\"\narch = {archs}\npackages = [\"program\"]\n");
        scene.write("p.toml", text)
    };
    let path = manifest("[\"aarch64\", \"riscv64\", \"x86_64\"]");
    let path = path.to_str().unwrap();
    let first = build(&scene, &[path]).digest();
    let bytes = fs::read(scene.output("p.tar")).unwrap();
    for (archs, options) in [
        ("[\"x86_64\", \"riscv64\", \"aarch64\"]", ["--jobs", "1"]),
        ("[\"riscv64\", \"x86_64\", \"aarch64\"]", ["--jobs", "7"]),
        ("[]", ["--arch", "x86_64,aarch64,riscv64,x86_64"]),
        ("[\"x86_64\", \"riscv64\", \"aarch64\"]", ["--arch", "all"]),
    ] {
        manifest(archs);
        for cache in ["fresh", "cache"] {
            let mut args = vec![path];
            args.extend(options);
            let folder = scene.path(cache);
            if cache == "fresh" {
                let _ = fs::remove_dir_all(&folder);
            }
            args.extend(["--cache-dir", folder.to_str().unwrap()]);
            assert_eq!(build(&scene, &args).digest(), first, "{archs} {options:?}");
            assert!(fs::read(scene.output("p.tar")).unwrap() == bytes);
        }
    }
    // The image of one is the same as if it had been built alone.
    let alone = build(&scene, &[path, "--arch", "riscv64"]).digest();
    let images = Image::read_all(&scene.output("p.tar"));
    assert_eq!(images[0].digest, alone);
    build(&scene, &[path]).digest();
    assert_eq!(Image::read_all(&scene.output("p.tar"))[1].digest, alone);
}

#[test]
fn the_folder_holds_the_same_images() {
    let scene = scene(&["aarch64", "x86_64"]);
    let args = ["--package", "program", "--arch", "x86_64,aarch64"];
    let digest = build(&scene, &args).digest();
    let run = build(&scene, &[&args[..], &["--format", "oci"]].concat());
    assert_eq!(run.digest(), digest);
    let images = Image::read_all(&scene.output("program.oci"));
    assert_eq!(images[0].index["manifests"][0]["digest"], digest);
    assert_eq!(images[1].config["architecture"], "amd64");
}

#[test]
fn a_damaged_layer_of_the_cache_is_made_again() {
    let scene = scene(&["aarch64", "x86_64"]);
    let args = ["--package", "program", "--arch", "x86_64,aarch64"];
    let digest = build(&scene, &args).digest();
    let bytes = fs::read(scene.output("program.tar")).unwrap();
    let damaged = damage_blobs(&scene.path("cache"));
    assert!(damaged > 1, "{damaged}");
    assert_eq!(build(&scene, &args).digest(), digest);
    assert!(fs::read(scene.output("program.tar")).unwrap() == bytes);
}

/// Changes a byte of every layer in the cache; returns how many there were.
fn damage_blobs(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += damage_blobs(&path);
        } else if path.components().any(|c| c.as_os_str() == "blobs") {
            let mut bytes = fs::read(&path).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            fs::write(&path, bytes).unwrap();
            count += 1;
        }
    }
    count
}

#[test]
fn every_architecture_that_fails_is_named() {
    let scene = scene(&["aarch64", "x86", "x86_64"]);
    for arch in ["aarch64", "x86"] {
        fs::remove_dir_all(scene.repository().join(arch)).unwrap();
        write_repository(&scene, arch, &[]);
    }
    let run = build(
        &scene,
        &["--package", "program", "--arch", "x86,x86_64,aarch64"],
    );
    run.fails_with(&["for aarch64: ", "for x86: ", "program"]);
    assert!(!run.stderr.contains("for x86_64"), "{}", run.stderr);
    assert!(scene.left().is_empty());
}

#[test]
fn warnings_say_which_architecture_they_are_about() {
    let scene = scene(&["aarch64", "x86_64"]);
    for arch in ["aarch64", "x86_64"] {
        let mut all = packages(arch);
        if arch == "aarch64" {
            all[0].scripts = [(Script::PostInstall, "#!/bin/sh\n".into())].into();
        }
        write_repository(&scene, arch, &all);
    }
    let args = [
        "--package",
        "program",
        "--arch",
        "x86_64,aarch64",
        "--scripts",
        "skip",
    ];
    let run = build(&scene, &args);
    run.digest();
    let expected = "warning: aarch64: the install scripts of program were skipped";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    assert!(!run.stderr.contains("warning: x86_64"), "{}", run.stderr);
}

#[test]
fn questions_are_answered_for_each() {
    let scene = scene(&["aarch64", "x86_64"]);
    let ask = |args: &[&str]| {
        let mut command = scene.bare();
        command
            .args(args)
            .args(["--package", "program", "--arch", "x86_64,aarch64"]);
        command.arg("--repository").arg(scene.repository());
        command.arg("--key").arg(scene.key());
        let run = Run::of(command);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let packages = "data-1.0-r0\nprogram-1.0-r0\n";
    assert_eq!(
        ask(&["resolve"]),
        format!("aarch64:\n{packages}\nx86_64:\n{packages}")
    );
    let json: Value = serde_json::from_str(&ask(&["resolve", "--json"])).unwrap();
    assert_eq!(json["x86_64"][1]["name"], "program");
    assert_eq!(json["aarch64"][1]["arch"], "aarch64");
    let tree = ask(&["tree"]);
    assert!(
        tree.starts_with("aarch64:\nprogram") && tree.contains("\nx86_64:\nprogram"),
        "{tree}"
    );
    let json: Value = serde_json::from_str(&ask(&["tree", "--json"])).unwrap();
    assert!(
        json["aarch64"].is_array() || json["aarch64"].is_object(),
        "{json}"
    );
    // A name stands for the manifest's.
    let mut command = scene.bare();
    let manifest = scene.write(
        "p.toml",
        "packages = [\"program\"]\narch = [\"x86_64\", \"aarch64\"]\n",
    );
    command.arg("why").arg(manifest).arg("data");
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    let why = Run::of(command).stdout;
    assert!(
        why.starts_with("aarch64:\n") && why.contains("\nx86_64:\n"),
        "{why}"
    );
}

#[test]
fn what_is_no_architecture_is_refused() {
    let scene = scene(&["x86_64"]);
    for (arch, expected) in [
        ("amd64", "did you mean x86_64?"),
        (
            "x86_64,sparc",
            "\"sparc\" is no architecture of Alpine: there are aarch64",
        ),
        ("x86_64,,x86", "\"\" is no architecture"),
    ] {
        let run = build(&scene, &["--package", "program", "--arch", arch]);
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}
