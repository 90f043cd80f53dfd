//! Offline no socket is opened, by any verb: the system's own record says so.

use crate::scene::{Locked, MANIFEST, packages};
use crate::support::Run;
use crate::support::server::Server;
use crate::support::skip::{has_clients, without_clients};
use crate::support::user::is_root;
use apkcompose::apk::write::PackageSpec;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The program's command, run by another program.
fn below(wrapper: &[&str], program: &Command) -> Command {
    let mut command = Command::new(wrapper[0]);
    command
        .args(&wrapper[1..])
        .arg(program.get_program())
        .args(program.get_args());
    command.current_dir(program.get_current_dir().unwrap());
    command.env_clear();
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap());
    }
    command
}

/// Locked over a server, with all packages in the cache.
fn over_network() -> (Locked, Server) {
    let locked = Locked::new();
    let server = Server::start();
    server.serve_folder(&locked.scene.repository());
    let url = format!("url = \"{}\"", server.url(""));
    locked
        .scene
        .write("image.toml", MANIFEST.replace("url = \"repo\"", &url));
    locked.lock(&[]);
    (locked, server)
}

/// What is done offline, in an order in which each can be done.
const VERBS: [(&str, &[&str]); 7] = [
    ("build", &["--locked"]),
    ("resolve", &["--json"]),
    ("tree", &[]),
    ("lock", &["--check"]),
    ("lock", &["--update"]),
    ("outdated", &[]),
    ("vendor", &["packages"]),
];

#[test]
fn offline_opens_no_socket() {
    let what = "that --offline opens no socket";
    if !has_clients(what, &["strace"]) {
        return;
    }
    let trial = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if !trial.is_ok_and(|output| output.status.success()) {
        without_clients(what, "this machine does not let strace trace");
        return;
    }
    let (locked, _server) = over_network();
    let record = locked.scene.path("record");
    let wrapper = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=%network",
        "-o",
        record.to_str().unwrap(),
    ];
    let calls = |verb: &str, args: &[&str]| {
        Run::of(below(&wrapper, &locked.command(verb, args)));
        let text = fs::read_to_string(&record).unwrap();
        let sockets = text.lines().filter(|line| line.contains("socket("));
        sockets.map(str::to_owned).collect::<Vec<_>>()
    };
    // The record is one of sockets.
    assert!(!calls("lock", &["--update"]).is_empty());
    for (verb, args) in VERBS {
        let args = [args, &["--offline"]].concat();
        assert_eq!(calls(verb, &args), [] as [&str; 0], "{verb} {args:?}");
    }
    // Nor when all is missing.
    fs::remove_dir_all(locked.scene.path("cache")).unwrap();
    for (verb, args) in VERBS {
        let args = [args, &["--offline"]].concat();
        assert_eq!(calls(verb, &args), [] as [&str; 0], "{verb} {args:?}");
    }
}

#[test]
fn offline_works_where_there_is_no_network() {
    let what = "that --offline works without a network";
    if !has_clients(what, &["unshare"]) {
        return;
    }
    let wrapper: &[&str] = if is_root() {
        &["unshare", "-n"]
    } else {
        &["unshare", "-rn"]
    };
    let trial = Command::new(wrapper[0])
        .args(&wrapper[1..])
        .arg("true")
        .output();
    if !trial.is_ok_and(|output| output.status.success()) {
        without_clients(what, "this machine does not give network namespaces");
        return;
    }
    let (locked, _server) = over_network();
    let digest = locked.run("build", &[]).digest();
    let isolated = |verb: &str, args: &[&str]| Run::of(below(wrapper, &locked.command(verb, args)));
    // There really is none.
    let updated = isolated("lock", &["--update"]);
    assert_eq!(updated.code, Some(1), "{}", updated.stderr);
    for (verb, args) in VERBS {
        let args = [args, &["--offline"]].concat();
        let run = isolated(verb, &args);
        assert_eq!(run.code, Some(0), "{verb}: {}", run.stderr);
    }
    assert_eq!(isolated("build", &["--offline"]).digest(), digest);
}

#[test]
fn what_is_missing_offline_is_named_file_by_file() {
    let (locked, server) = over_network();
    let url = server.url("");
    let cache = locked.scene.path("cache/v1");
    fs::remove_dir_all(cache.join("indexes")).unwrap();
    let index = format!("{url}/x86_64/APKINDEX.tar.gz");
    let run = locked.run("lock", &["--update", "--offline"]);
    run.fails_with(&[&index, "--offline"]);
    // Of packages, those alone that are not there.
    let lib = packages_identity(&locked.text(), "lib");
    assert!(fs::remove_file(cache.join("packages").join(format!("{lib}.apk"))).is_ok());
    let run = locked.run("build", &["--offline"]);
    run.fails_with(&[&format!("\n  {url}/x86_64/lib-1.0-r0.apk\n")]);
    assert!(!run.stderr.contains("app-1.0-r0.apk"), "{}", run.stderr);
    assert!(!Path::new(&locked.scene.output("image.tar")).exists());
}

#[test]
fn what_is_missing_offline_is_named_for_every_architecture() {
    let locked = Locked::new();
    let foreign = packages().into_iter().map(|package| PackageSpec {
        arch: "aarch64".into(),
        ..package
    });
    locked.publish("aarch64", &foreign.collect::<Vec<_>>());
    let server = Server::start();
    server.serve_folder(&locked.scene.repository());
    let url = server.url("");
    let manifest = MANIFEST
        .replace("url = \"repo\"", &format!("url = \"{url}\""))
        .replace("[\"x86_64\"]", "[\"x86_64\", \"aarch64\"]");
    locked.scene.write("image.toml", manifest);
    locked.lock(&[]);
    fs::remove_dir_all(locked.scene.path("cache/v1/packages")).unwrap();
    for (verb, args) in [("vendor", &["packages"][..]), ("lock", &["--update"])] {
        let run = locked.run(verb, &[args, &["--offline"]].concat());
        let text = run.failure();
        for arch in ["x86_64", "aarch64"] {
            for name in ["app", "lib"] {
                let file = format!("\n  {url}/{arch}/{name}-1.0-r0.apk\n");
                assert!(text.contains(&file), "no {file} in {text}");
            }
        }
    }
    assert_eq!(locked.scene.left(), [] as [&str; 0]);
}

/// The identity of a locked package in hexadecimal.
fn packages_identity(lock: &str, name: &str) -> String {
    let table = lock.split(&format!("name = \"{name}\"")).nth(1).unwrap();
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("identity = \""))
        .unwrap();
    apkcompose::apk::identity::Identity::parse(line.trim_end_matches('"'))
        .unwrap()
        .hex()
}
