//! The registry that most others are made of, and clients that pull what was pushed.

use crate::support::docker::Docker;
use crate::support::scene::noise;
use crate::support::skip::{find, has_root_clients};
use crate::support::{Run, Scene, output, package};
use apkcompose::apk::write::File;
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `me` with the password `pass:word`, by bcrypt.
const HTPASSWD: &str = "me:$2y$05$6h2S8JTu0YCMDGEbt2qw9eofkO8VHtRts6dpLgCfY9xIJvXwzdGIm\n";
/// The same as clients keep it.
const AUTH: &str = "bWU6cGFzczp3b3Jk";

/// Debian's docker-registry with a folder of its own, stopped when it is dropped.
struct Distribution {
    process: Child,
    host: String,
}

impl Distribution {
    fn start(scene: &Scene, login: bool) -> Distribution {
        // Free just now, and in all likelihood a moment later.
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = port.local_addr().unwrap().to_string();
        drop(port);
        let mut config = format!(
            "version: 0.1\nlog: {{level: error}}\nhttp: {{addr: \"{host}\"}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\n",
            scene.path("registry").display()
        );
        if login {
            let users = scene.write("htpasswd", HTPASSWD);
            let users = users.display();
            config += &format!("auth: {{htpasswd: {{realm: r, path: {users}}}}}\n");
        }
        let config = scene.write("registry.yml", config);
        let process = Command::new(find("docker-registry").unwrap())
            .arg("serve")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while TcpStream::connect(&host).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(30), "no registry");
            std::thread::sleep(Duration::from_millis(50));
        }
        Distribution { process, host }
    }
}

impl Drop for Distribution {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pulled_back(login: bool) {
    let clients = [
        "docker-registry",
        "skopeo",
        "podman",
        "unshare",
        "dockerd",
        "docker",
    ];
    if !has_root_clients("pulling what was pushed", &clients) {
        return;
    }
    let scene = Scene::with(&[
        package("big", vec![File::regular("usr/noise", noise(3 << 20))]),
        package("small", vec![File::regular("usr/note", "small")]),
    ]);
    let registry = Distribution::start(&scene, login);
    let host = &registry.host;
    let auths = format!(r#"{{"auths": {{"{host}": {{"auth": "{AUTH}"}}}}}}"#);
    let auths = scene.write("docker/config.json", auths);
    let config = auths.parent().unwrap();
    let manifest = scene.write("image.toml", "packages = [\"big\", \"small\"]");
    let manifest = manifest.to_str().unwrap();
    let push = |references: &[&str], config: Option<&std::path::Path>| {
        let mut command = scene.command(&["push", manifest]);
        if let Some(config) = config {
            command.env("DOCKER_CONFIG", config);
        }
        command.args(references);
        Run::of(command)
    };
    let (first, second) = (format!("{host}/me/image:1"), format!("{host}/you/image:2"));
    if login {
        let run = push(&[&first], None);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains("401"), "{}", run.stderr);
    }
    let digest = push(&[&first], Some(config)).digest();
    let run = push(&[&second, &first], Some(config));
    assert_eq!(run.digest(), digest);
    assert!(run.stderr.contains("4 there, 4 mounted"), "{}", run.stderr);

    for reference in [&first, &second] {
        let mut command = Command::new("skopeo");
        command.args(["inspect", "--tls-verify=false", "--authfile"]);
        command.arg(&auths).arg(format!("docker://{reference}"));
        let found: Value = serde_json::from_str(&output(&mut command)).unwrap();
        assert_eq!(found["Digest"], digest);
    }

    let mut podman = Command::new("unshare");
    podman.args(["--mount", "podman", "--storage-driver", "overlay", "--root"]);
    podman.arg(scene.path("podman")).arg("--runroot");
    podman
        .arg(scene.path("podman-run"))
        .args(["pull", "--quiet"]);
    podman
        .args(["--tls-verify=false", "--authfile"])
        .arg(&auths);
    output(podman.arg(format!("{host}/me/image@{digest}")));

    let docker = Docker::start();
    let config = config.to_str().unwrap();
    docker.run(&["--config", config, "pull", &first]);
    let digests = docker.run(&["images", "--digests", "--format", "{{.Digest}}"]);
    assert_eq!(digests.trim(), digest);
    let container = docker.run(&["create", "--network", "none", &first, "none"]);
    let copy = scene.path("noise");
    let from = format!("{}:/usr/noise", container.trim());
    docker.run(&["cp", &from, copy.to_str().unwrap()]);
    assert_eq!(fs::read(copy).unwrap(), noise(3 << 20));
}

#[test]
fn clients_pull_what_was_pushed() {
    pulled_back(false);
}

#[test]
fn clients_pull_what_was_pushed_with_a_login() {
    pulled_back(true);
}
