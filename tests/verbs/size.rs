//! `size`: where the bytes are.

use crate::support::scene::noise;
use crate::support::skip::test_data;
use crate::support::{Run, Scene, data, package};
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{File, PackageSpec};
use serde_json::Value;
use std::fs;

fn scene() -> Scene {
    let file = |path: &str, size| File::regular(path, noise(size));
    let needing = |name: &str, needs: &str, files| PackageSpec {
        depends: vec![needs.into()],
        ..package(name, files)
    };
    let link = File::special("usr/bin/again", Kind::HardLink("usr/bin/tool".into()));
    let scene = Scene::with(&[
        package("libc", vec![file("lib/libc.so", 50_000)]),
        package("libz", vec![file("usr/lib/libz.so", 9_000)]),
        needing("tool", "libc", vec![file("usr/bin/tool", 30_000), link]),
        needing("zip", "libz", vec![file("usr/a<b&c/data", 7_000)]),
        needing("own", "libc", vec![file("usr/own", 100)]),
    ]);
    scene.write(
        "work/a.toml",
        "packages = ['tool', 'zip', 'own']\n[[file]]\ncontent = '12345'\ntarget = '/srv/x'\n",
    );
    scene.write("work/b.toml", "packages = ['tool']\n");
    scene
}

fn json(scene: &Scene, args: &[&str]) -> Value {
    let run = scene.run(&[&["size", "--json"], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap()
}

fn named<'v>(list: &'v Value, key: &str, name: &str) -> &'v Value {
    let mut all = list.as_array().unwrap().iter();
    all.find(|part| part[key] == name)
        .unwrap_or_else(|| panic!("{name} in {list}"))
}

/// All ways of counting come to the same sums.
#[track_caller]
fn adds_up(image: &Value) {
    for key in ["unpacked", "compressed"] {
        let sum = |parts: &Value| -> u64 {
            parts
                .as_array()
                .unwrap()
                .iter()
                .map(|part| number(part, key))
                .sum()
        };
        assert_eq!(sum(&image["packages"]), number(image, key), "{key}");
        if key == "compressed" {
            assert_eq!(sum(&image["layers"]), number(image, key));
        }
    }
    let root = named(&image["folders"], "name", "/");
    assert_eq!(number(root, "unpacked"), number(image, "unpacked"));
}

#[test]
fn sizes_are_told_by_package_folder_and_word() {
    let scene = scene();
    let images = json(&scene, &["a.toml"]);
    let image = &images[0];
    adds_up(image);
    let packages = &image["packages"];
    assert_eq!(
        number(named(packages, "name", "libc-1.0-r0"), "unpacked"),
        50_000
    );
    // A hard link takes nothing.
    assert_eq!(
        number(named(packages, "name", "tool-1.0-r0"), "unpacked"),
        30_000
    );
    assert_eq!(
        number(named(&image["folders"], "name", "/usr/bin"), "unpacked"),
        30_000
    );
    assert_eq!(
        number(named(&image["folders"], "name", "/usr"), "unpacked"),
        46_100
    );
    assert_eq!(
        number(named(&image["folders"], "name", "/srv"), "unpacked"),
        5
    );
    let gone = |word| named(&image["reasons"], "word", word);
    // libc stays for the other.
    assert_eq!(gone("tool")["packages"], serde_json::json!(["tool-1.0-r0"]));
    assert_eq!(gone("own")["packages"], serde_json::json!(["own-1.0-r0"]));
    let zip = gone("zip");
    assert_eq!(
        zip["packages"],
        serde_json::json!(["libz-1.0-r0", "zip-1.0-r0"])
    );
    assert_eq!(number(zip, "unpacked"), 16_000);
    let text = scene.run(&["size", "a.toml", "--top", "2"]).stdout;
    assert!(text.starts_with("a.toml: "), "{text}");
    for part in [
        "\npackage ",
        "\nfolder ",
        "\nwithout the word ",
        "libz-1.0-r0 zip-1.0-r0\n",
        "… and ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn archives_and_folders_are_what_their_manifest_is() {
    let scene = scene();
    scene.run(&["build", "a.toml"]).digest();
    scene.run(&["build", "a.toml", "--format", "oci"]).digest();
    let images = json(&scene, &["a.toml", "a.tar", "a.oci"]);
    let mut all = images.as_array().unwrap().clone();
    for image in &mut all {
        image["name"] = Value::Null;
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

#[test]
fn images_stand_side_by_side_with_the_layers_that_they_share() {
    let scene = scene();
    let run = scene.run(&["size", "a.toml", "b.toml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let images = json(&scene, &["a.toml", "b.toml"]);
    let digests = |image: &Value| -> Vec<String> {
        let layers = image["layers"].as_array().unwrap().iter();
        layers
            .map(|layer| layer["digest"].as_str().unwrap().to_owned())
            .collect()
    };
    let (a, b) = (digests(&images[0]), digests(&images[1]));
    let shared: Vec<&String> = a.iter().filter(|digest| b.contains(digest)).collect();
    assert!(!shared.is_empty());
    for digest in shared {
        let line = run
            .stdout
            .lines()
            .find(|line| line.starts_with(&digest[..22]));
        assert!(line.unwrap().ends_with("a.toml b.toml"), "{}", run.stdout);
    }
    assert!(
        run.stdout.starts_with("image   packages  layers"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("\ntogether "));
}

#[test]
fn a_treemap_is_drawn() {
    let scene = scene();
    let run = scene.run(&["size", "a.toml", "--plot", "a.svg"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let svg = fs::read_to_string(scene.output("a.svg")).unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(svg.ends_with("</svg>\n"));
    assert!(
        svg.contains("<title>zip-1.0-r0 /usr/a&lt;b&amp;c: "),
        "{svg}"
    );
    assert!(svg.contains("<title>tool-1.0-r0 /usr/bin: "), "{svg}");
    assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    let again = scene.run(&["size", "a.toml", "--plot", "b.svg"]);
    assert_eq!(again.code, Some(0));
    assert_eq!(fs::read_to_string(scene.output("b.svg")).unwrap(), svg);
    let run = scene.run(&["size", "a.toml", "--plot", "no/such/a.svg"]);
    run.fails_with(&["cannot write no/such/a.svg"]);
}

#[test]
fn what_is_no_image_is_refused() {
    let scene = scene();
    scene
        .run(&["size", "none.tar"])
        .fails_with(&["cannot read none.tar"]);
    fs::create_dir(scene.output("empty")).unwrap();
    scene
        .run(&["size", "empty"])
        .fails_with(&["empty is no image"]);
}

#[test]
fn a_real_image_adds_up() {
    let Some(data) = test_data("a_real_image_adds_up") else {
        return;
    };
    let scene = Scene::new();
    data::git(&scene, &data);
    let run: Run = scene.run_bare(&["size", "git.tar", "--json"]);
    let images: Value = serde_json::from_str(&run.stdout).unwrap();
    adds_up(&images[0]);
    let git = named(&images[0]["reasons"], "word", "git");
    let names = git["packages"].as_array().unwrap();
    assert!(
        names
            .iter()
            .any(|name| name.as_str().unwrap().starts_with("git-2"))
    );
    assert!(number(git, "unpacked") > 1 << 20);
}
