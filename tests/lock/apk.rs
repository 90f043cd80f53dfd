//! A vendored folder is a repository for apk itself: the one of Alpine, in a root of its own.
//!
//! Needs the data that `APKCOMPOSE_TEST_DATA` names and root, and says so where it has not both.

use crate::support::skip::{has_root, test_data};
use crate::support::{Run, Scene, output};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The packages of a lock as `name-version`, sorted.
fn locked(lock: &str) -> Vec<String> {
    let value = |package: &str, key: &str| {
        let start = format!("{key} = \"");
        let mut lines = package.lines();
        let value = lines.find_map(|line| line.strip_prefix(start.as_str()));
        value.unwrap().trim_end_matches('"').to_owned()
    };
    let packages = lock.split("[[package.").skip(1);
    let name = |package| format!("{}-{}", value(package, "name"), value(package, "version"));
    let mut names: Vec<String> = packages.map(name).collect();
    names.sort();
    names
}

/// What apk says that it has installed, sorted.
fn installed(database: &Path) -> Vec<String> {
    let text = fs::read_to_string(database).unwrap();
    let value = |record: &str, key: &str| {
        let value = record.lines().find_map(|line| line.strip_prefix(key));
        value.unwrap().to_owned()
    };
    let records = text.trim_end().split("\n\n");
    let name = |record| format!("{}-{}", value(record, "P:"), value(record, "V:"));
    let mut names: Vec<String> = records.map(name).collect();
    names.sort();
    names
}

#[test]
fn apk_installs_from_a_vendored_folder() {
    let what = "that apk itself installs from a vendored folder";
    let Some(data) = test_data(what) else { return };
    if !has_root(what) {
        return;
    }
    let scene = Scene::new();
    let iso = data.join("alpine/iso-3.19.1");
    let manifest = format!(
        "packages = [\"busybox\", \"apk-tools\"]\narch = [\"x86_64\"]\nscripts = \"skip\"\n\
         [[repository]]\nurl = {:?}\n",
        iso.to_str().unwrap()
    );
    scene.write("work/image.toml", manifest);
    let done = |args: &[&str]| {
        let run = scene.run_bare(args);
        assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    };
    done(&["lock", "image.toml"]);
    let lock = fs::read_to_string(scene.output("image.lock")).unwrap();
    // A root with apk in it, made of the same packages.
    let mut build = scene.bare();
    build.args(["build", "image.toml", "--format", "rootfs", "-o", "root"]);
    Run::of(build).digest();
    let root = scene.output("root");
    let key = scene.write("private/me.rsa", include_str!("../keys/test-only.rsa"));
    done(&[
        "vendor",
        "image.toml",
        "root/signed",
        "--sign-key",
        key.to_str().unwrap(),
    ]);
    done(&["vendor", "image.toml", "root/unsigned"]);
    for (folder, trust) in [
        ("signed", &["--keys-dir", "/signed/keys"][..]),
        ("unsigned", &["--allow-untrusted"]),
    ] {
        let new = format!("new-{folder}");
        let mut apk = Command::new("chroot");
        apk.arg(&root).arg("/sbin/apk");
        apk.args(["--root", &format!("/{new}"), "--initdb", "--arch", "x86_64"]);
        apk.args(["--no-network", "--repository", &format!("/{folder}")]);
        apk.args(trust).args(["add", "busybox", "apk-tools"]);
        apk.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        output(&mut apk);
        let database = root.join(&new).join("lib/apk/db/installed");
        assert_eq!(installed(&database), locked(&lock), "{folder}");
    }
    // Without that key apk does not believe it, so the signature did count.
    let mut apk = Command::new("chroot");
    apk.arg(&root).args([
        "/sbin/apk",
        "--root",
        "/new",
        "--initdb",
        "--arch",
        "x86_64",
    ]);
    apk.args([
        "--no-network",
        "--repository",
        "/signed",
        "--keys-dir",
        "/etc/apk/keys",
    ]);
    apk.args(["add", "busybox"]).env_clear();
    apk.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let refused = apk.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("UNTRUSTED"),
        "{said}"
    );
}
