//! `verify`: images that are what their manifest makes, and images that are not.

use crate::scene::{MANIFEST, build, find, run, scene};
use crate::support::scene::{noise, signer, write_repository};
use crate::support::tree::hex;
use crate::support::{Run, Scene, package};
use apkcompose::apk::write::{File, PackageSpec};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;

fn verify(scene: &Scene, args: &[&str]) -> Run {
    run(scene, &[&["verify"], args].concat())
}

fn report(run: &Run) -> Value {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    report["images"][0].clone()
}

#[test]
fn an_image_is_the_same_and_its_packages_are_vouched_for() {
    let scene = scene();
    build(&scene, &[]);
    build(&scene, &["--format", "oci"]);
    for image in ["image.tar", "image.oci"] {
        let run = verify(&scene, &[image, "../image.toml"]);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert!(
            lines[1].ends_with("passed app-1.0-r0, signed by test-only.rsa.pub"),
            "{}",
            run.stdout
        );
        assert!(
            lines.last().unwrap().starts_with("the same: sha256:"),
            "{}",
            run.stdout
        );
    }
    let run = verify(&scene, &["image.tar", "../image.toml", "--json"]);
    let image = report(&run);
    assert_eq!(image["digest"], image["rebuilt"]);
    let layers = image["layers"].as_array().unwrap();
    let origins: Vec<&Value> = layers.iter().map(|layer| &layer["origin"]).collect();
    assert_eq!(origins, ["passed", "passed", "written", "written"]);
    // The digest is that of the data member of the package, which its signature vouches for.
    let app = packages().remove(1);
    let data = hex(&Sha256::digest(app.data_member().unwrap()));
    assert_eq!(layers[1]["digest"], format!("sha256:{data}"));
    assert_eq!(layers[1]["package"], "app-1.0-r0");
    assert_eq!(layers[1]["index_key"], "test-only.rsa.pub");
}

fn packages() -> Vec<PackageSpec> {
    crate::scene::packages()
}

#[test]
fn files_that_differ_are_named_with_what_differs() {
    let scene = scene();
    let file = |target: &str, rest: &str| format!("[[file]]\ntarget = \"/etc/{target}\"\n{rest}\n");
    let all = [
        file("content", "content = \"a\""),
        file("mode", "content = \"b\"\nmode = \"0644\""),
        file("owner", "content = \"c\"\nuser = 0"),
        file("target", "symlink = \"/a\""),
        file("kind", "content = \"d\""),
        file("gone", "content = \"e\""),
    ];
    scene.write("image.toml", format!("{MANIFEST}{}", all.concat()));
    build(&scene, &[]);
    let all = [
        file("content", "content = \"x\""),
        file("mode", "content = \"b\"\nmode = \"0600\""),
        file("owner", "content = \"c\"\nuser = 7"),
        file("target", "symlink = \"/b\""),
        file("kind", "directory = true"),
        file("new", "content = \"f\""),
    ];
    scene.write("image.toml", format!("{MANIFEST}{}", all.concat()));
    let run = verify(&scene, &["image.tar", "../image.toml"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr
            .contains("image.tar is not what the manifest makes"),
        "{}",
        run.stderr
    );
    for line in [
        "~ layer 4 differs: database, configuration and files of the manifest",
        "    /etc/content: content",
        "    /etc/mode: mode",
        "    /etc/owner: owner",
        "    /etc/target: target",
        "    /etc/kind: kind, mode",
        "    /etc/gone: is in the image alone",
        "    /etc/new: is missing from the image",
    ] {
        assert!(
            run.stdout.lines().any(|l| l == line),
            "no {line:?} in {}",
            run.stdout
        );
    }
    assert!(!run.stdout.contains("/etc/motd"), "{}", run.stdout);
    assert!(
        run.stdout.contains("\nnot the same: sha256:"),
        "{}",
        run.stdout
    );
}

#[test]
fn another_configuration_is_named_by_its_fields() {
    let scene = scene();
    build(&scene, &[]);
    let image = "image = { entrypoint = [\"app\"], annotations = { a = \"b\" } }\n";
    scene.write("image.toml", format!("{image}{MANIFEST}"));
    let run = verify(&scene, &["image.tar", "../image.toml", "--json"]);
    assert_eq!(run.code, Some(1));
    let report = report(&run);
    assert_eq!(
        report["fields"],
        json!(["config.Entrypoint", "manifest.annotations"])
    );
    assert_eq!(report["differences"], json!([]));
}

#[test]
fn an_image_with_a_time_of_its_own_is_rebuilt_with_that() {
    let scene = scene();
    let mut command = scene.bare();
    command
        .args(["build", "../image.toml", "--mirror"])
        .arg(scene.path("mirror"));
    command
        .env("SOURCE_DATE_EPOCH", "1600000000")
        .arg("--key")
        .arg(scene.key());
    Run::of(command).digest();
    let run = verify(&scene, &["image.tar", "../image.toml"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert!(
        run.stdout.contains("SOURCE_DATE_EPOCH=1600000000"),
        "{}",
        run.stdout
    );
    // Another time than the one that is asked for is a difference.
    let mut command = scene.bare();
    command.args(["verify", "image.tar", "../image.toml", "--mirror"]);
    command.arg(scene.path("mirror"));
    command
        .env("SOURCE_DATE_EPOCH", "5")
        .arg("--key")
        .arg(scene.key());
    let run = Run::of(command);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("/etc/motd: time"), "{}", run.stdout);
}

#[test]
fn a_layer_that_no_package_vouches_for_is_not_passed() {
    let scene = scene();
    build(&scene, &[]);
    // The same version, and other content: signed, but not what the image has.
    let mut others = packages();
    others[1] = {
        let mut app = others[1].clone();
        app.files = package("app", vec![File::regular("usr/bin/app", noise(70_000))]).files;
        app
    };
    write_repository(&scene.repository(), &others);
    let run = verify(&scene, &["image.tar", "../image.toml", "--json"]);
    assert_eq!(run.code, Some(1));
    let report = report(&run);
    let origins: Vec<&Value> = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["origin"])
        .collect();
    assert_eq!(origins, ["passed", "written", "written", "written"]);
    let app = find(&report["differences"], "title", "app-1.0-r0");
    let binary = find(&app["paths"], "path", "/usr/bin/app");
    assert_eq!(binary["differs"], json!(["content", "mode"]));
}

#[test]
fn damage_is_found_even_where_nothing_else_differs() {
    let scene = scene();
    build(&scene, &["--format", "oci"]);
    let blobs = scene.output("image.oci/blobs/sha256");
    let app = packages().remove(1).data_member().unwrap();
    let layer = blobs.join(hex(&Sha256::digest(&app)));
    // A byte of the header of gzip that no reader minds.
    let mut bytes = fs::read(&layer).unwrap();
    bytes[9] ^= 1;
    fs::write(&layer, bytes).unwrap();
    let run = verify(&scene, &["image.oci", "../image.toml"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("does not have the digest that it is stored under"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_lock_vouches_and_what_is_unsigned_is_said_to_be() {
    let scene = scene();
    let lock = run(&scene, &["lock", "../image.toml"]);
    assert_eq!(lock.code, Some(0), "{}", lock.stderr);
    build(&scene, &[]);
    let run = verify(&scene, &["image.tar", "../image.toml", "--locked"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout.contains("signed by test-only.rsa.pub, locked"),
        "{}",
        run.stdout
    );

    let scene = Scene::new();
    let folder = scene.repository().join("x86_64");
    fs::create_dir_all(&folder).unwrap();
    let spec = package("bare", vec![File::regular("usr/bin/bare", noise(50_000))]);
    let written = spec.write(&signer()).unwrap();
    fs::write(folder.join(&written.file_name), &written.bytes).unwrap();
    let index = apkcompose::apk::write::write_index(&[written.index_record], "x", None).unwrap();
    fs::write(folder.join("APKINDEX.tar.gz"), index).unwrap();
    scene.write(
        "image.toml",
        "packages = [\"bare\"]\narch = [\"x86_64\"]\n\
         [[repository]]\nurl = \"repo\"\nallow-unsigned = true\n",
    );
    scene.run_bare(&["build", "../image.toml"]).digest();
    let run = scene.run_bare(&["verify", "image.tar", "../image.toml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout
            .contains("passed bare-1.0-r0, which nobody signed"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_is_no_image_is_an_error() {
    let scene = scene();
    fs::write(scene.output("x.tar"), "nothing").unwrap();
    verify(&scene, &["x.tar", "../image.toml"]).fails_with(&["x.tar"]);
    verify(&scene, &["missing.tar", "../image.toml"]).fails_with(&["missing.tar"]);
}
