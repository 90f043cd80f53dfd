//! Credentials go to the one host that they are for, and into nothing that anybody keeps or sees.

use crate::support::scene::{names, package};
use crate::support::server::{Reply, Server};
use crate::support::{Run, Scene};
use apkcompose::apk::write::File;
use std::fs;
use std::path::Path;
use std::process::Command;

const USER: &str = "hidden-user";
const PASSWORD: &str = "hidden-word";

fn basic() -> String {
    let text = format!("{USER}:{PASSWORD}");
    format!("Basic {}", data_encoding::BASE64.encode(text.as_bytes()))
}

/// Nothing of the secrets, plain or as they are sent.
#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    let encoded = data_encoding::BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes());
    for secret in [USER, PASSWORD, "hidden-query", &encoded] {
        let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(
            !found,
            "{secret} in {what}: {}",
            String::from_utf8_lossy(bytes)
        );
    }
}

/// The same of every file below a folder, and of their names.
fn assert_clean_below(folder: &Path) {
    for name in names(folder) {
        assert_clean("a name", name.as_bytes());
        let path = folder.join(&name);
        if path.is_symlink() {
            continue;
        }
        match path.is_dir() {
            true => assert_clean_below(&path),
            false => assert_clean(&path.display().to_string(), &fs::read(&path).unwrap()),
        }
    }
}

struct Private {
    scene: Scene,
    server: Server,
}

impl Private {
    /// A manifest over a server; what stands before the host in the address, and behind it.
    fn new(user: &str, query: &str) -> Private {
        let scene = Scene::with(&[package("a", vec![File::regular("usr/a", "a")])]);
        let server = Server::start();
        let private = Private { scene, server };
        private.serve(query);
        let url = private
            .server
            .url("")
            .replace("http://", &format!("http://{user}"));
        let manifest = format!(
            "packages = [\"a\"]\narch = [\"x86_64\"]\n[[repository]]\nurl = \"{url}/{query}\"\n\
             keys = [\"../test-only.rsa.pub\"]\n"
        );
        private.scene.write("secret/image.toml", manifest);
        private
    }

    /// The repository, by addresses with this query.
    fn serve(&self, query: &str) {
        let folder = self.scene.repository().join("x86_64");
        for name in names(&folder) {
            let bytes = fs::read(folder.join(&name)).unwrap();
            let path = format!("/x86_64/{name}{query}");
            self.server
                .answer(&path, vec![Reply::tagged(bytes, "\"tag\"")]);
        }
    }

    fn command(&self, args: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = self.scene.bare();
        let (verb, rest) = args.split_first().unwrap();
        command.args([verb, "../secret/image.toml"]).args(rest);
        command.envs(environment.iter().copied());
        command
    }

    /// All that a user does with a manifest, whether it works or not; nothing of it tells.
    fn everything(&self, environment: &[(&str, &str)], works: bool) {
        let verbs: &[&[&str]] = &[
            &["resolve", "--json"],
            &["tree"],
            &["why", "a"],
            &["build"],
            &["build", "--verbose"],
            &["build", "--format", "oci"],
            &["build", "--format", "rootfs"],
            &["lock"],
            &["lock", "--check"],
            &["lock", "--update"],
            &["build", "--locked", "-o", "locked.tar"],
            &["outdated", "--json"],
            &["vendor", "vendored"],
        ];
        for args in verbs {
            let args = [args, &["--retries", "0"][..]].concat();
            let run = Run::of(self.command(&args, environment));
            let said = format!("{}{}", run.stdout, run.stderr);
            assert_clean(&format!("{args:?}"), said.as_bytes());
            assert_eq!(run.code == Some(0), works, "{args:?}: {said}");
        }
        for folder in ["work", "cache"] {
            assert_clean_below(&self.scene.path(folder));
        }
        let lock = self.scene.path("secret/image.lock");
        assert_eq!(lock.exists(), works);
        if works {
            assert_clean("the lock", &fs::read(lock).unwrap());
        }
    }

    fn all_were_told(&self) -> bool {
        let requests = self.server.requests();
        let told = |value: Option<&str>| value == Some(basic().as_str());
        !requests.is_empty() && requests.iter().all(|r| told(r.header("authorization")))
    }
}

fn in_address() -> String {
    format!("{USER}:{PASSWORD}@")
}

#[test]
fn of_an_address() {
    let private = Private::new(&in_address(), "?token=hidden-query");
    private.everything(&[], true);
    assert!(private.all_were_told());
}

#[test]
fn of_http_auth() {
    let private = Private::new("", "");
    let value = format!("basic:127.0.0.1:{USER}:{PASSWORD}");
    private.everything(&[("HTTP_AUTH", &value)], true);
    assert!(private.all_were_told());
}

#[test]
fn of_a_netrc_file() {
    for home in [true, false] {
        let private = Private::new("", "");
        let text = format!("machine 127.0.0.1 login {USER} password {PASSWORD}\n");
        let path = private.scene.write("home/.netrc", text);
        let environment = match home {
            true => ("HOME", path.parent().unwrap()),
            false => ("NETRC", path.as_path()),
        };
        private.everything(&[(environment.0, environment.1.to_str().unwrap())], true);
        assert!(private.all_were_told());
    }
}

#[test]
fn of_a_proxy() {
    let private = Private::new("", "");
    let proxy = Server::start();
    let folder = private.scene.repository().join("x86_64");
    for name in names(&folder) {
        let bytes = fs::read(folder.join(&name)).unwrap();
        let address = private.server.url(&format!("/x86_64/{name}"));
        proxy.answer(&address, vec![Reply::ok(bytes)]);
    }
    let address = format!("http://{}{}", in_address(), proxy.host());
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        let environment = [(name, address.as_str())];
        let run = Run::of(private.command(&["resolve"], &environment));
        assert_eq!(run.stdout, "a-1.0-r0\n", "{name}: {}", run.stderr);
    }
    private.everything(&[("HTTP_PROXY", &address)], true);
    assert_eq!(private.server.requests().len(), 0);
    let told = |r: &crate::support::server::Request| {
        r.header("proxy-authorization") == Some(basic().as_str())
    };
    assert!(proxy.requests().iter().all(told));
    // What NO_PROXY names is reached directly, and is not told.
    let environment = [("HTTP_PROXY", address.as_str()), ("NO_PROXY", "127.0.0.1")];
    let run = Run::of(private.command(&["resolve", "--no-such"], &environment));
    assert_eq!(run.code, Some(2));
    let _ = fs::remove_file(private.scene.path("secret/image.lock"));
    let run = Run::of(private.command(&["resolve"], &environment));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let requests = private.server.requests();
    assert!(!requests.is_empty());
    assert!(
        requests
            .iter()
            .all(|r| r.header("proxy-authorization").is_none())
    );
}

#[test]
fn of_failures() {
    for reply in [
        Reply::status("401 Unauthorized"),
        Reply::status("403 Forbidden"),
        Reply::status("404 Not Found"),
        Reply::status("500 Oops"),
        Reply::ok("<html>"),
        Reply::ok("nonsense"),
        Reply::redirect(format!("http://{}127.0.0.1:1/?hidden-query", in_address())),
    ] {
        let private = Private::new(&in_address(), "?token=hidden-query");
        let index = "/x86_64/APKINDEX.tar.gz?token=hidden-query";
        private.server.answer(index, vec![reply]);
        let run = Run::of(private.command(&["build", "--retries", "0"], &[]));
        assert!(run.failure().contains("127.0.0.1"), "{}", run.stderr);
        assert_clean("an error", run.stderr.as_bytes());
        assert_clean_below(&private.scene.work());
    }
}

#[test]
fn of_mistakes_in_the_manifest() {
    let scene = Scene::new();
    let url = format!("https://{USER}:{PASSWORD}@host/repo?hidden-query");
    let twice = format!("[[repository]]\nurl = \"{url}\"\n[[repository]]\nurl = \"{url}\"\n");
    for text in [
        format!("[[repository]]\nurl = \"{url}\"\nkey = 1\n"),
        format!("[[repository]]\nurl = \"{url}/APKINDEX.tar.gz\"\n"),
        format!("[[repository]]\nurl = \"ftps{}\"\n", &url[5..]),
        format!("[[repository]]\nurl = \"{url} \"\n"),
        format!("[[repository]]\nurll = \"{url}\"\n"),
        format!("[repositories]\nmirrors = \"{url}\"\n"),
        format!("[repositories]\nalpine = \"{url}\"\n"),
        twice,
    ] {
        scene.write("work/bad.toml", &text);
        let run = scene.run_bare(&["build", "bad.toml"]);
        assert_eq!(run.code, Some(1), "{text}: {}", run.stderr);
        assert!(run.stderr.contains("bad.toml:"), "{}", run.stderr);
        assert_clean(&text, run.stderr.as_bytes());
    }
}

#[test]
fn of_redirects_stay_with_their_host() {
    let elsewhere = Private::new("", "");
    let private = Private::new(&in_address(), "");
    for name in names(&private.scene.repository().join("x86_64")) {
        let path = format!("/x86_64/{name}");
        let to = Reply::redirect(elsewhere.server.url(&path));
        private.server.answer(&path, vec![to]);
    }
    let run = Run::of(private.command(&["build"], &[]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(private.all_were_told());
    let requests = elsewhere.server.requests();
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|r| r.header("authorization").is_none()));
}

#[test]
fn for_every_server_are_not_used() {
    let private = Private::new("", "");
    let netrc = format!("default login {USER} password {PASSWORD}\n");
    let path = private.scene.write("home/.netrc", netrc);
    let auth = format!("basic:*:{USER}:{PASSWORD}");
    let environment = [("NETRC", path.to_str().unwrap()), ("HTTP_AUTH", &auth)];
    let run = Run::of(private.command(&["resolve"], &environment));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("note: HTTP_AUTH is not used: it names no host"),
        "{}",
        run.stderr
    );
    assert_clean("a note", run.stderr.as_bytes());
    let requests = private.server.requests();
    assert!(requests.iter().all(|r| r.header("authorization").is_none()));
    // A file that is named and not there is an error.
    let run = Run::of(private.command(&["resolve"], &[("NETRC", "/there/is/none")]));
    run.fails_with(&["cannot read /there/is/none, which NETRC names"]);
}
