//! Bills of materials: what they say, where they are written, and that they are the same
//! whenever the image is.

use crate::scene::{self, MANIFEST, build, find, json, read, run, scene};
use crate::support::image::sha256;
use crate::support::scene::write_repository_of;
use crate::support::tree::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;

const BOTH: [&str; 4] = ["--sbom", "spdx", "--sbom", "cyclonedx"];

#[test]
fn spdx_says_all_that_a_package_says() {
    let scene = scene();
    let digest = build(&scene, &["--sbom", "spdx"]);
    let document = json(&scene, "image.spdx.json");
    assert_eq!(document["spdxVersion"], "SPDX-2.3");
    assert_eq!(document["creationInfo"]["created"], "2023-11-14T22:13:20Z");
    let app = find(&document["packages"], "name", "app");
    let apk = fs::read(scene.repository().join("x86_64/app-1.0-r0.apk")).unwrap();
    assert_eq!(app["versionInfo"], "1.0-r0");
    assert_eq!(app["licenseDeclared"], "GPL-2.0-or-later OR MIT");
    assert_eq!(
        app["supplier"],
        "Person: A. Person [them] (person@example.org)"
    );
    assert_eq!(app["homepage"], "https://example.org/app");
    assert_eq!(app["summary"], "app of the tests");
    assert_eq!(app["downloadLocation"], "NOASSERTION");
    assert_eq!(app["builtDate"], "2023-11-14T22:13:20Z");
    let source = app["sourceInfo"].as_str().unwrap();
    assert!(
        source.contains("source package app, commit 0123456789"),
        "{source}"
    );
    assert_eq!(
        app["checksums"],
        json!([{"algorithm": "SHA256", "checksumValue": hex(&Sha256::digest(&apk))}])
    );
    let references: Vec<&str> = app["externalRefs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reference| reference["referenceLocator"].as_str().unwrap())
        .collect();
    assert_eq!(
        references[0],
        "pkg:apk/alpine/app@1.0-r0?arch=x86_64&distro=alpine-3.23"
    );
    assert!(references[1].starts_with("Q1"), "{references:?}");
    assert!(references[2].starts_with("sha256:"), "{references:?}");

    let lib = find(&document["packages"], "name", "lib++");
    assert_eq!(
        lib["externalRefs"][0]["referenceLocator"],
        "pkg:apk/alpine/lib%2B%2B@1.0-r0?arch=x86_64&distro=alpine-3.23&upstream=lib"
    );
    assert_eq!(lib["licenseDeclared"], "MIT AND LicenseRef-custom");
    let extracted = &document["hasExtractedLicensingInfos"];
    assert_eq!(
        find(extracted, "licenseId", "LicenseRef-custom")["name"],
        "custom"
    );
    // No expression, so it is one licence of its own.
    let docs = find(&document["packages"], "name", "docs");
    let license = docs["licenseDeclared"].as_str().unwrap();
    assert_eq!(
        find(extracted, "licenseId", license)["name"],
        "PHP-3.01 BSD-3-Clause"
    );
    assert_eq!(
        docs["comment"],
        "Its home is said to be gemini://example.org"
    );
    let nothing = find(&document["packages"], "name", "nothing");
    assert_eq!(nothing["licenseDeclared"], "NOASSERTION");

    let image = find(&document["packages"], "SPDXID", "SPDXRef-Image");
    assert_eq!(image["name"], "image");
    assert_eq!(image["versionInfo"], digest);
    let purl = format!("pkg:oci/image@{digest}?arch=amd64");
    assert_eq!(image["externalRefs"][0]["referenceLocator"], purl);
}

#[test]
fn spdx_relates_image_packages_and_files() {
    let scene = scene();
    build(&scene, &["--sbom", "spdx"]);
    let document = json(&scene, "image.spdx.json");
    let related = |from: &str, kind: &str| -> Vec<String> {
        let all = document["relationships"].as_array().unwrap().iter();
        let fitting = all.filter(|r| r["spdxElementId"] == from && r["relationshipType"] == kind);
        let to = fitting.map(|r| r["relatedSpdxElement"].as_str().unwrap().to_owned());
        to.collect()
    };
    let id = |name| {
        find(&document["packages"], "name", name)["SPDXID"]
            .as_str()
            .unwrap()
    };
    assert_eq!(related("SPDXRef-DOCUMENT", "DESCRIBES"), ["SPDXRef-Image"]);
    let mut contained = related("SPDXRef-Image", "CONTAINS");
    contained.retain(|id| id.starts_with("SPDXRef-Package-"));
    assert_eq!(contained.len(), 4);
    // Once, although two words of its list lead there.
    assert_eq!(related(id("app"), "DEPENDS_ON"), [id("lib++")]);
    // The world, and what came along without anybody needing it.
    let mut roots = related("SPDXRef-Image", "DEPENDS_ON");
    roots.sort();
    let mut expected = [id("app"), id("docs"), id("nothing")];
    expected.sort_unstable();
    assert_eq!(roots, expected);
    let motd = find(&document["files"], "fileName", "./etc/motd");
    assert_eq!(
        motd["checksums"],
        json!([
            {"algorithm": "SHA1", "checksumValue": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"},
            {"algorithm": "SHA256", "checksumValue": &sha256(b"hello")["sha256:".len()..]},
        ])
    );
    // The manifest put it in place of the package's.
    let conf = find(&document["files"], "fileName", "./etc/app.conf");
    let own = related("SPDXRef-Image", "CONTAINS");
    for file in [motd, conf] {
        assert!(own.contains(&file["SPDXID"].as_str().unwrap().to_owned()));
    }
    let named = |name: &str| {
        let files = document["files"].as_array().unwrap();
        files.iter().any(|file| file["fileName"] == name)
    };
    assert!(!named("./usr/bin/app"));
}

#[test]
fn cyclonedx_says_the_same() {
    let scene = scene();
    let digest = build(&scene, &["--sbom", "cyclonedx"]);
    let bom = json(&scene, "image.cdx.json");
    assert_eq!(
        (&bom["bomFormat"], &bom["specVersion"]),
        (&json!("CycloneDX"), &json!("1.6"))
    );
    assert_eq!(bom["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    let image = &bom["metadata"]["component"];
    assert_eq!(
        (&image["type"], &image["version"]),
        (&json!("container"), &json!(digest))
    );
    let app = find(&bom["components"], "name", "app");
    let purl = "pkg:apk/alpine/app@1.0-r0?arch=x86_64&distro=alpine-3.23";
    assert_eq!(app["purl"], purl);
    assert_eq!(app["description"], "app of the tests");
    assert_eq!(app["licenses"][0]["expression"], "GPL-2.0-or-later OR MIT");
    assert_eq!(app["supplier"]["contact"][0]["email"], "person@example.org");
    assert_eq!(
        app["externalReferences"],
        json!([{"type": "website", "url": "https://example.org/app"}])
    );
    assert_eq!(app["hashes"][0]["alg"], "SHA-256");
    let lib = find(&bom["components"], "name", "lib++");
    assert_eq!(lib["licenses"][0]["license"]["name"], "MIT AND custom");
    assert_eq!(
        find(&lib["properties"], "name", "apkcompose:origin")["value"],
        "lib"
    );
    let system = find(&bom["components"], "type", "operating-system");
    assert_eq!(
        (&system["name"], &system["version"]),
        (&json!("alpine"), &json!("3.23"))
    );
    let needs = find(&bom["dependencies"], "ref", purl);
    assert_eq!(needs["dependsOn"], json!([lib["bom-ref"]]));
    let roots = find(
        &bom["dependencies"],
        "ref",
        image["bom-ref"].as_str().unwrap(),
    );
    assert_eq!(roots["dependsOn"].as_array().unwrap().len(), 3);
    assert_eq!(
        find(&bom["components"], "name", "/etc/motd")["type"],
        "file"
    );
}

#[test]
fn every_file_is_listed_on_request() {
    let scene = scene();
    build(&scene, &[&BOTH[..], &["--sbom-files"]].concat());
    let spdx = json(&scene, "image.spdx.json");
    let file = find(&spdx["files"], "fileName", "./usr/bin/app");
    let app = find(&spdx["packages"], "name", "app");
    assert_eq!(app["filesAnalyzed"], true);
    let contains = json!({
        "spdxElementId": app["SPDXID"],
        "relationshipType": "CONTAINS",
        "relatedSpdxElement": file["SPDXID"],
    });
    assert!(
        spdx["relationships"]
            .as_array()
            .unwrap()
            .contains(&contains)
    );
    let bom = json(&scene, "image.cdx.json");
    let app = find(&bom["components"], "name", "app");
    let binary = find(&app["components"], "name", "/usr/bin/app");
    let tree = crate::support::Image::read(&scene.output("image.tar")).tree;
    let content = tree.bytes("usr/bin/app");
    assert_eq!(
        binary["hashes"][1]["content"],
        hex(&Sha256::digest(content))
    );
    // Directories and symlinks have no content.
    assert!(app["components"].as_array().unwrap().len() == 1, "{app:#}");
    // Asked for together or alone, before or after, it is the same list.
    let first = read(&scene, "image.spdx.json");
    build(&scene, &["--sbom", "spdx"]);
    assert_ne!(read(&scene, "image.spdx.json"), first);
    build(&scene, &["--sbom", "spdx", "--sbom-files"]);
    assert_eq!(read(&scene, "image.spdx.json"), first);
}

#[test]
fn the_same_image_has_the_same_documents() {
    let scene = scene();
    let documents = |args: &[&str]| {
        let digest = build(&scene, &[&BOTH[..], &["--provenance"], args].concat());
        let names = ["image.spdx.json", "image.cdx.json", "image.intoto.json"];
        (digest, names.map(|name| read(&scene, name)))
    };
    // The first build without documents leaves a record that does not have what they need.
    build(&scene, &[]);
    let first = documents(&[]);
    // From the record of the build before.
    assert_eq!(documents(&[]), first);
    assert_eq!(documents(&["--jobs", "1"]), first);
    let other = scene.path("other");
    let other = documents(&["--cache-dir", other.to_str().unwrap()]);
    assert_eq!(other, first);
    // A lock says where packages are from as well as the repositories do.
    let lock = run(&scene, &["lock", "../image.toml"]);
    assert_eq!(lock.code, Some(0), "{}", lock.stderr);
    let locked = documents(&["--locked"]);
    assert_eq!(locked.0, first.0);
    assert_eq!(locked.1[..2], first.1[..2]);
}

#[test]
fn another_image_has_another_identifier() {
    let scene = scene();
    build(&scene, &BOTH);
    let of = |scene| {
        let (spdx, bom) = (
            json(scene, "image.spdx.json"),
            json(scene, "image.cdx.json"),
        );
        (
            spdx["documentNamespace"].clone(),
            bom["serialNumber"].clone(),
        )
    };
    let (namespace, serial) = of(&scene);
    let uuid = serial.as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
    assert_eq!(uuid.len(), 36);
    let namespace_text = namespace.as_str().unwrap();
    assert!(
        namespace_text.starts_with("https://spdx.org/spdxdocs/image-"),
        "{namespace_text}"
    );
    scene.write("app.conf", "changed\n");
    build(&scene, &BOTH);
    let (other_namespace, other_serial) = of(&scene);
    assert_ne!(namespace, other_namespace);
    assert_ne!(serial, other_serial);
}

#[test]
fn the_manifest_can_ask_for_documents() {
    let scene = scene();
    let all = "sbom = [\"spdx\", \"cyclonedx\"]\nprovenance = true\n";
    scene.write("image.toml", format!("{all}{MANIFEST}"));
    let first = build(&scene, &["--output", "out.tar"]);
    assert_eq!(
        scene.left(),
        [
            "out.cdx.json",
            "out.intoto.json",
            "out.spdx.json",
            "out.tar"
        ]
    );
    // They are beside the image and not in it.
    scene.write("image.toml", MANIFEST);
    assert_eq!(build(&scene, &["--output", "out.tar"]), first);
    scene.write("image.toml", format!("sbom = [\"spdxx\"]\n{MANIFEST}"));
    let run = run(&scene, &["build", "../image.toml"]);
    run.fails_with(&["image.toml:1:9", "\"spdxx\"", "did you mean \"spdx\"?"]);
}

#[test]
fn several_architectures_have_a_document_each() {
    let scene = scene();
    for arch in ["aarch64", "x86_64"] {
        let of_arch = |mut package: apkcompose::apk::write::PackageSpec| {
            package.arch = arch.into();
            package
        };
        let packages: Vec<_> = scene::packages().into_iter().map(of_arch).collect();
        write_repository_of(&scene.repository(), arch, &packages);
        for name in ["main", "community"] {
            write_repository_of(&scene.path("mirror/v3.23").join(name), arch, &[]);
        }
    }
    let both = MANIFEST.replace("[\"x86_64\"]", "[\"x86_64\", \"aarch64\"]");
    scene.write("image.toml", both);
    let digest = build(&scene, &["--sbom", "spdx", "--provenance"]);
    assert_eq!(
        scene.left(),
        [
            "image.aarch64.spdx.json",
            "image.intoto.json",
            "image.tar",
            "image.x86_64.spdx.json"
        ]
    );
    let statement = json(&scene, "image.intoto.json");
    let subjects = &statement["subject"];
    let digest_of =
        |subject: &Value| format!("sha256:{}", subject["digest"]["sha256"].as_str().unwrap());
    assert_eq!(digest_of(find(subjects, "name", "image")), digest);
    for (arch, oci) in [("aarch64", "arm64"), ("x86_64", "amd64")] {
        let document = json(&scene, &format!("image.{arch}.spdx.json"));
        let image = find(&document["packages"], "SPDXID", "SPDXRef-Image");
        let own = digest_of(find(subjects, "name", &format!("image ({arch})")));
        assert_eq!(image["versionInfo"], own);
        let purl = image["externalRefs"][0]["referenceLocator"]
            .as_str()
            .unwrap();
        assert!(purl.ends_with(&format!("arch={oci}")), "{purl}");
    }
}

#[test]
fn bare_roots_have_documents_too() {
    let scene = scene();
    let digest = build(
        &scene,
        &["--format", "rootfs", "--sbom", "spdx", "--provenance"],
    );
    assert_eq!(
        scene.left(),
        ["image.intoto.json", "image.rootfs", "image.spdx.json"]
    );
    let document = json(&scene, "image.spdx.json");
    let root = find(&document["packages"], "SPDXID", "SPDXRef-Image");
    assert_eq!(
        (&root["versionInfo"], &root["primaryPackagePurpose"]),
        (&json!(digest), &json!("ARCHIVE"))
    );
    assert_eq!(root.get("externalRefs"), None);
    let statement = json(&scene, "image.intoto.json");
    assert_eq!(statement["subject"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_of_somebody_elses_is_replaced() {
    let scene = scene();
    fs::write(scene.output("image.spdx.json"), "my notes").unwrap();
    let run = run(&scene, &["build", "../image.toml", "--sbom", "spdx"]);
    run.fails_with(&["image.spdx.json", "exists"]);
    assert_eq!(scene.left(), ["image.spdx.json"]);
}

#[test]
fn mirrors_and_credentials_are_not_in_a_document() {
    let scene = scene();
    write_repository_of(
        &scene.path("mirror/v3.23/main"),
        "x86_64",
        &scene::packages(),
    );
    scene.write("image.toml", "packages = [\"app\"]\narch = [\"x86_64\"]\n");
    build(&scene, &["--sbom", "spdx"]);
    let document = json(&scene, "image.spdx.json");
    let app = find(&document["packages"], "name", "app");
    assert_eq!(
        app["downloadLocation"],
        "https://dl-cdn.alpinelinux.org/alpine/v3.23/main/x86_64/app-1.0-r0.apk"
    );
    let text = document.to_string();
    assert!(!text.contains(scene.path("").to_str().unwrap()), "{text}");
}

#[test]
fn an_image_that_exists_tells_its_packages() {
    let scene = scene();
    let digest = build(&scene, &["--sbom", "spdx"]);
    let built = json(&scene, "image.spdx.json");
    let run = scene.run_bare(&["sbom", "image.tar"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let image = find(&document["packages"], "SPDXID", "SPDXRef-Image");
    assert_eq!(image["versionInfo"], digest);
    for name in ["app", "lib++", "docs", "nothing"] {
        let [old, new] = [&built, &document].map(|d| find(&d["packages"], "name", name));
        for key in [
            "versionInfo",
            "licenseDeclared",
            "supplier",
            "sourceInfo",
            "homepage",
        ] {
            assert_eq!(old[key], new[key], "{key} of {name}");
        }
    }
    assert_eq!(document["files"], built["files"]);
    // As for a manifest.
    let of_manifest = crate::scene::run(&scene, &["sbom", "../image.toml", "--format", "spdx"]);
    assert_eq!(
        of_manifest.stdout.as_bytes(),
        read(&scene, "image.spdx.json")
    );
    let files = scene.run_bare(&["sbom", "image.tar", "--files", "--format", "cyclonedx"]);
    let bom: Value = serde_json::from_str(&files.stdout).unwrap();
    let app = find(&bom["components"], "name", "app");
    find(&app["components"], "name", "/usr/bin/app");
    scene.write("work/x.lock", "");
    scene
        .run_bare(&["sbom", "x.lock"])
        .fails_with(&["x.lock is a lock"]);
}
