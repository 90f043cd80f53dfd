//! Documents are read by others: by what their formats' authors validate with, and by a scanner.

use crate::scene::{build, scene};
use crate::support::skip::{find, has_clients, skipped, test_data};
use crate::support::{Run, Scene, data, output};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The documents of one image.
struct Documents {
    scene: Scene,
    name: &'static str,
}

impl Documents {
    fn path(&self, ending: &str) -> PathBuf {
        self.scene.output(&format!("{}{ending}", self.name))
    }
}

const ALL: [&str; 5] = ["--sbom", "spdx", "--sbom", "cyclonedx", "--provenance"];

/// Of fixtures, with and without all files, and of real packages if there are some.
fn documents(what: &str) -> Vec<Documents> {
    let mut all = Vec::new();
    for files in [&[][..], &["--sbom-files"]] {
        let scene = scene();
        build(&scene, &[&ALL, files].concat());
        let name = "image";
        all.push(Documents { scene, name });
    }
    if let Some(folder) = test_data(what) {
        all.push(real(&folder));
    }
    all
}

/// An image of git with busybox.
fn real(folder: &Path) -> Documents {
    let scene = Scene::new();
    let mut command = data::command(&scene, folder, &["iso-3.19.1", "extra"]);
    command.args([
        "--package",
        "alpine-base",
        "--package",
        "git",
        "--name",
        "git",
    ]);
    command.args(ALL);
    Run::of(command).digest();
    Documents { scene, name: "git" }
}

/// Python with the modules that CI installs beside `pyspdxtools`.
fn python(script: &str, document: &Path) {
    let tools = find("pyspdxtools").unwrap();
    let python = tools.with_file_name("python");
    output(Command::new(python).arg("-c").arg(script).arg(document));
}

#[test]
fn spdx_documents_are_valid() {
    if !has_clients("SPDX's own validator", &["pyspdxtools"]) {
        return;
    }
    for documents in documents("an SBOM of real packages") {
        let mut command = Command::new("pyspdxtools");
        // It says nothing when all is well.
        assert_eq!(
            output(command.arg("-i").arg(documents.path(".spdx.json"))),
            ""
        );
    }
}

#[test]
fn cyclonedx_documents_fit_the_schema() {
    if !has_clients("CycloneDX's own validator", &["pyspdxtools"]) {
        return;
    }
    let script = "\
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(problem)[:2000] if problem else 0)";
    for documents in documents("an SBOM of real packages") {
        python(script, &documents.path(".cdx.json"));
    }
}

#[test]
fn statements_are_what_in_toto_defines() {
    if !has_clients("in-toto's own definitions", &["pyspdxtools"]) {
        return;
    }
    let script = "\
import json, sys
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
text = open(sys.argv[1]).read()
Statement.copy_from_pb(json_format.Parse(text, statement_pb2.Statement())).validate()
predicate = json.dumps(json.loads(text)['predicate'])
provenance = json_format.Parse(predicate, provenance_pb2.Provenance())
dependencies = provenance.build_definition.resolved_dependencies
assert len(dependencies) > 4
for dependency in dependencies:
    ResourceDescriptor.copy_from_pb(dependency).validate()";
    for documents in documents("provenance of real packages") {
        python(script, &documents.path(".intoto.json"));
    }
}

#[test]
fn a_scanner_finds_the_packages_of_an_advisory() {
    // Required nowhere: it is to be had as Go source alone.
    if find("osv-scanner").is_none() {
        skipped("a vulnerability scanner", "not installed: osv-scanner");
        return;
    }
    let Some(folder) = test_data("scanning real packages") else {
        return;
    };
    let documents = real(&folder);
    // One package below the fixed version, and one at it.
    let affected = |name: &str, fixed: &str| {
        json!({
            "package": {"name": name, "ecosystem": "Alpine:v3.19"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        })
    };
    let advisory = json!({
        "id": "TEST-1", "schema_version": "1.6.0",
        "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "summary": "made for a test",
        "affected": [affected("git", "2.43.5-r0"), affected("musl", "1.2.4_git20230717-r4")],
    });
    let database = documents.scene.path("db/osv-scanner/Alpine");
    fs::create_dir_all(&database).unwrap();
    let text = documents
        .scene
        .write("db/TEST-1.json", advisory.to_string());
    let zip =
        "import sys, zipfile\nzipfile.ZipFile(sys.argv[1], 'w').write(sys.argv[2], 'TEST-1.json')";
    let mut command = Command::new("python3");
    output(
        command
            .args(["-c", zip])
            .arg(database.join("all.zip"))
            .arg(text),
    );
    for ending in [".spdx.json", ".cdx.json"] {
        let mut command = Command::new("osv-scanner");
        command.args([
            "--format",
            "json",
            "--experimental-offline",
            "--experimental-local-db-path",
        ]);
        command.arg(documents.scene.path("db"));
        let found = command
            .arg("--sbom")
            .arg(documents.path(ending))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&found.stderr);
        let report: Value = serde_json::from_slice(&found.stdout).expect(&errors);
        let packages = report["results"][0]["packages"].as_array().expect(&errors);
        let names: Vec<&Value> = packages.iter().map(|p| &p["package"]["name"]).collect();
        assert_eq!(names, ["git"], "{ending}");
        assert_eq!(packages[0]["package"]["version"], "2.43.4-r0");
    }
}
