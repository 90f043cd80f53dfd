//! Statements of provenance.

use crate::scene::{build, find, json, read, run, scene};
use crate::support::image::sha256;
use crate::support::tree::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;

fn hash(path: &Path) -> Value {
    json!({"sha256": hex(&Sha256::digest(fs::read(path).unwrap()))})
}

#[test]
fn it_names_what_was_built_and_from_what() {
    let scene = scene();
    let digest = build(&scene, &["--provenance", "--scripts", "skip"]);
    let statement = json(&scene, "image.intoto.json");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    let subjects = &statement["subject"];
    let archive = sha256(&read(&scene, "image.tar"));
    let of = |name| {
        format!(
            "sha256:{}",
            find(subjects, "name", name)["digest"]["sha256"]
                .as_str()
                .unwrap()
        )
    };
    assert_eq!((of("image.tar"), of("image")), (archive, digest));

    let definition = &statement["predicate"]["buildDefinition"];
    assert_eq!(
        definition["externalParameters"],
        json!({
            "manifest": "image.toml",
            "name": "image",
            "architectures": ["x86_64"],
            "format": "archive",
            "packages": ["app", "nothing"],
            "repositories": [
                "https://dl-cdn.alpinelinux.org/alpine/v3.23/main",
                "https://dl-cdn.alpinelinux.org/alpine/v3.23/community",
                "repo",
            ],
            "locked": false,
            "scripts": false,
        })
    );
    let all = &definition["resolvedDependencies"];
    let digest_of = |name| find(all, "name", name)["digest"].clone();
    assert_eq!(digest_of("image.toml"), hash(&scene.path("image.toml")));
    assert_eq!(digest_of("app.conf"), hash(&scene.path("app.conf")));
    assert_eq!(digest_of("test-only.rsa.pub"), hash(&scene.key()));
    let index = find(all, "name", "repo/x86_64/APKINDEX.tar.gz");
    assert_eq!(
        index["digest"],
        hash(&scene.repository().join("x86_64/APKINDEX.tar.gz"))
    );
    assert_eq!(index["annotations"]["signedBy"], "test-only.rsa.pub");
    let app = find(all, "name", "app-1.0-r0");
    assert_eq!(
        app["digest"],
        hash(&scene.repository().join("x86_64/app-1.0-r0.apk"))
    );
    assert_eq!(
        app["uri"],
        "pkg:apk/alpine/app@1.0-r0?arch=x86_64&distro=alpine-3.23"
    );
    let packages = all.as_array().unwrap().iter();
    let packages = packages.filter(|m| m["annotations"]["kind"] == "package");
    assert_eq!(packages.count(), 4);

    let details = &statement["predicate"]["runDetails"];
    assert_eq!(
        details["builder"]["version"]["apkcompose"],
        env!("CARGO_PKG_VERSION")
    );
    // Neither where nor when.
    assert_eq!(details.get("metadata"), None);
    let text = statement.to_string();
    assert!(!text.contains(scene.path("").to_str().unwrap()), "{text}");
}

#[test]
fn it_names_the_lock_and_what_that_was_made_from() {
    let scene = scene();
    let lock = run(&scene, &["lock", "../image.toml"]);
    assert_eq!(lock.code, Some(0), "{}", lock.stderr);
    build(&scene, &["--provenance", "--format", "oci"]);
    let statement = json(&scene, "image.intoto.json");
    let definition = &statement["predicate"]["buildDefinition"];
    assert_eq!(definition["externalParameters"]["locked"], true);
    let all = &definition["resolvedDependencies"];
    assert_eq!(
        find(all, "name", "image.lock")["digest"],
        hash(&scene.path("image.lock"))
    );
    let key = find(all, "name", "test-only.rsa.pub");
    assert_eq!(key["digest"], hash(&scene.key()));
    let index = find(all, "name", "repo/x86_64/APKINDEX.tar.gz");
    assert_eq!(index["annotations"]["signedBy"], "test-only.rsa.pub");
    // A folder has no digest of its own.
    assert_eq!(statement["subject"].as_array().unwrap().len(), 1);
}

#[test]
fn it_names_every_manifest_and_every_choice() {
    let scene = scene();
    let folder = "[[file]]\nsource = \"web\"\ntarget = \"/web\"\n";
    scene.write("more.toml", format!("extends = \"image.toml\"\n{folder}"));
    scene.write("web/index.html", "<p>");
    scene.write("web/below/style.css", "p {}");
    let mut command = scene.bare();
    command.args([
        "build",
        "../more.toml",
        "--package",
        "lib++",
        "--provenance",
    ]);
    command.env("SOURCE_DATE_EPOCH", "1");
    command.arg("--mirror").arg(scene.path("mirror"));
    command.arg("--key").arg(scene.key());
    crate::support::Run::of(command).digest();
    let statement = json(&scene, "more.intoto.json");
    let definition = &statement["predicate"]["buildDefinition"];
    let parameters = &definition["externalParameters"];
    assert_eq!(parameters["packages"], json!(["app", "nothing", "lib++"]));
    assert_eq!(parameters["sourceDateEpoch"], 1);
    for name in ["more.toml", "image.toml"] {
        let material = find(&definition["resolvedDependencies"], "name", name);
        assert_eq!(material["annotations"]["kind"], "manifest");
    }
    let all = &definition["resolvedDependencies"];
    for name in ["web/index.html", "web/below/style.css"] {
        let file = find(all, "name", name);
        assert_eq!(file["digest"], hash(&scene.path(name)));
    }
}
