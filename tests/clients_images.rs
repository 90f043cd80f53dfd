//! What clients make of images of several architectures, and of an image's whole configuration.

mod support;

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::docker::Docker;
use support::skip::{find, has_clients, has_root_clients};
use support::{Image, Scene, output};

/// The greeting of the program's own repository for both of its architectures, as an archive.
fn both() -> (Scene, PathBuf, String) {
    let scene = Scene::new();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/hello.toml");
    let digest = scene
        .run_bare(&["build", manifest, "--arch", "x86_64,aarch64"])
        .digest();
    let archive = scene.output("hello.tar");
    (scene, archive, digest)
}

/// The digest of the image for an architecture.
fn digest_of(archive: &Path, arch: &str) -> String {
    let images = Image::read_all(archive);
    let image = images
        .iter()
        .find(|image| image.config["architecture"] == arch);
    image.unwrap().digest.clone()
}

#[test]
fn docker_loads_this_machine_s_under_the_plain_name_and_the_others_beside_it() {
    if !has_root_clients("docker", &["dockerd", "docker"]) {
        return;
    }
    let (_scene, archive, _) = both();
    let docker = Docker::start();
    let loaded = docker.load(&archive);
    assert_eq!(
        loaded,
        "Loaded image: hello:latest\nLoaded image: hello:latest-arm64\n"
    );
    let arch =
        |name: &str| docker.run(&["inspect", "--format", "{{.Architecture}}{{.Variant}}", name]);
    assert_eq!(arch("hello:latest-arm64"), "arm64v8\n");
    assert_eq!(arch("hello"), "amd64\n");
    if cfg!(target_arch = "x86_64") {
        let said = docker.run(&["run", "--rm", "--network", "none", "hello"]);
        assert!(said.to_lowercase().contains("hello"), "{said}");
    }
}

#[test]
fn skopeo_chooses_and_copies_all() {
    if !has_clients("skopeo", &["skopeo"]) {
        return;
    }
    let (scene, archive, digest) = both();
    let source = format!("oci-archive:{}", archive.display());
    let copy = |name: &str, options: &[&str]| {
        let to = scene.path(name);
        let mut command = Command::new("skopeo");
        command.arg("--insecure-policy").arg("copy").args(options);
        output(
            command
                .arg(&source)
                .arg(format!("oci:{}:copy", to.display())),
        );
        let index = fs::read(to.join("index.json")).unwrap();
        let index: Value = serde_json::from_slice(&index).unwrap();
        index["manifests"][0]["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(copy("all", &["--all"]), digest);
    let arm = copy(
        "arm",
        &["--override-arch", "arm64", "--override-variant", "v8"],
    );
    assert_eq!(arm, digest_of(&archive, "arm64"));
    let usual = copy("usual", &["--override-arch", "amd64"]);
    assert_eq!(usual, digest_of(&archive, "amd64"));
    let mut command = Command::new("skopeo");
    let tagged = format!("docker-archive:{}:hello:latest-arm64", archive.display());
    let config = output(command.args(["inspect", "--config", &tagged]));
    assert_eq!(
        serde_json::from_str::<Value>(&config).unwrap()["architecture"],
        "arm64"
    );
}

#[test]
fn podman_loads_what_fits_the_machine() {
    if !has_root_clients("podman", &["podman", "unshare"]) {
        return;
    }
    let (scene, archive, _) = both();
    let podman = |args: &[&str]| {
        // It leaves a mount behind, which goes with a mount namespace of its own.
        let mut command = Command::new("unshare");
        command.args(["--mount", "podman", "--storage-driver", "overlay", "--root"]);
        command.arg(scene.path("podman")).arg("--runroot");
        output(command.arg(scene.path("podman-run")).args(args))
    };
    let loaded = podman(&["load", "--input", archive.to_str().unwrap()]);
    assert_eq!(loaded, "Loaded image: docker.io/library/hello:latest\n");
    let found = podman(&["image", "inspect", "--format", "{{.Architecture}}", "hello"]);
    let expected = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    };
    assert_eq!(found.trim(), expected);
}

/// A containerd of its own, stopped when it is dropped.
struct Containerd {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Containerd {
    fn start() -> Containerd {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let daemon = Command::new(find("containerd").unwrap())
            .arg("--root")
            .arg(path("root"))
            .arg("--state")
            .arg(path("state"))
            .arg("--address")
            .arg(path("socket"))
            .stdout(Stdio::null())
            .stderr(fs::File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        let containerd = Containerd { folder, daemon };
        let begin = Instant::now();
        while !containerd
            .ctr(&["version"])
            .output()
            .unwrap()
            .status
            .success()
        {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "containerd does not start"
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        containerd
    }

    fn ctr(&self, args: &[&str]) -> Command {
        let mut command = Command::new("ctr");
        command
            .arg("--address")
            .arg(self.folder.path().join("socket"));
        command.args(args);
        command
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        let daemon = rustix::process::Pid::from_child(&self.daemon);
        let _ = rustix::process::kill_process(daemon, rustix::process::Signal::TERM);
        let _ = self.daemon.wait();
    }
}

#[test]
fn containerd_imports_the_index() {
    if !has_root_clients("containerd", &["containerd", "ctr"]) {
        return;
    }
    let (_scene, archive, digest) = both();
    let containerd = Containerd::start();
    let archive = archive.to_str().unwrap();
    output(&mut containerd.ctr(&[
        "images",
        "import",
        "--all-platforms",
        "--no-unpack",
        archive,
    ]));
    let listed = output(&mut containerd.ctr(&["images", "ls"]));
    let line = listed
        .lines()
        .find(|line| line.starts_with("docker.io/library/hello:latest "));
    let line = line.unwrap_or_else(|| panic!("{listed}"));
    assert!(line.contains(&digest), "{line}");
    assert!(
        line.contains("linux/amd64") && line.contains("linux/arm64"),
        "{line}"
    );
}

#[test]
fn docker_knows_all_of_the_configuration() {
    if !has_root_clients("docker", &["dockerd", "docker"]) {
        return;
    }
    let scene = Scene::new();
    let text = "packages = [\"hello\"]\n[[repository]]\nurl = \"builtin:hello\"\n\
                [[user]]\nname = \"web\"\nuid = 1234\n\
                [[file]]\ncontent = \"x\"\ntarget = \"/srv/x\"\nuser = \"web\"\n\
                [image]\nentrypoint = \"hello 'a b'\"\ncmd = [\"c\"]\nenv = { A = \"1\" }\n\
                user = \"web\"\nworkdir = \"/srv\"\nexpose = [80]\nvolumes = [\"/data\"]\n\
                labels = { a = \"b\" }\nstop-signal = \"QUIT\"\nauthor = \"me\"\n\
                created = 2024-05-01T12:00:00Z\n\
                [image.healthcheck]\ntest = [\"hello\"]\ninterval = \"30s\"\ntimeout = \"3s\"\n\
                start-period = \"1s\"\nretries = 2\n";
    let manifest = scene.write("app.toml", text);
    scene
        .run_bare(&["build", manifest.to_str().unwrap(), "--arch", "x86_64"])
        .digest();
    let docker = Docker::start();
    docker.load(&scene.output("app.tar"));
    let inspected: Value = serde_json::from_str(&docker.run(&["inspect", "app"])).unwrap();
    let image = &inspected[0];
    assert_eq!(
        (&image["Author"], &image["Created"]),
        (&json!("me"), &json!("2024-05-01T12:00:00Z"))
    );
    let config = &image["Config"];
    for (key, expected) in [
        ("Entrypoint", json!(["hello", "a b"])),
        ("Cmd", json!(["c"])),
        ("User", json!("web")),
        ("WorkingDir", json!("/srv")),
        ("ExposedPorts", json!({ "80/tcp": {} })),
        ("Volumes", json!({ "/data": {} })),
        ("Labels", json!({ "a": "b" })),
        ("StopSignal", json!("SIGQUIT")),
        (
            "Healthcheck",
            json!({
                "Test": ["CMD", "hello"],
                "Interval": 30_000_000_000_u64,
                "Timeout": 3_000_000_000_u64,
                "StartPeriod": 1_000_000_000,
                "Retries": 2,
            }),
        ),
    ] {
        assert_eq!(config[key], expected, "{key}");
    }
    // Docker finds the user in the image, and takes the healthcheck.
    let made = docker.run(&["create", "--network", "none", "app"]);
    let user = docker.run(&["inspect", "--format", "{{.Config.User}}", made.trim()]);
    assert_eq!(user, "web\n");
}
