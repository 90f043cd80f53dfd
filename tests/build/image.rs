//! The whole of an image's configuration, and what is said of it in annotations.

use crate::support::{Image, Scene, package};
use apkcompose::apk::write::File;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn scene() -> Scene {
    let spec = package("app", vec![File::regular("usr/bin/app", "app").mode(0o755)]);
    Scene::with(&[spec])
}

/// The image of a manifest, with flags.
fn build(scene: &Scene, text: &str, flags: &[&str]) -> Image {
    let manifest = scene.write("app.toml", text);
    let mut args = vec!["build", manifest.to_str().unwrap()];
    args.extend(flags);
    let digest = scene.run(&args).digest();
    let image = Image::read(&scene.output("app.tar"));
    assert_eq!(image.digest, digest);
    image
}

#[test]
fn a_healthcheck_is_as_docker_writes_it() {
    let scene = scene();
    let image = build(
        &scene,
        "packages = [\"app\"]\n[image]\nauthor = \"Me <me@example.org>\"\n\
         created = 2024-05-01T14:00:00+02:00\n\
         [image.healthcheck]\ntest = [\"app\", \"--check\"]\ninterval = \"1m30s\"\n\
         timeout = \"500ms\"\nstart-period = \"5s\"\nstart-interval = \"1s\"\nretries = 3\n",
        &[],
    );
    assert_eq!(
        image.config["config"]["Healthcheck"],
        json!({
            "Test": ["CMD", "app", "--check"],
            "Interval": 90_000_000_000_u64,
            "Timeout": 500_000_000,
            "StartPeriod": 5_000_000_000_u64,
            "StartInterval": 1_000_000_000,
            "Retries": 3,
        })
    );
    assert_eq!(image.config["author"], "Me <me@example.org>");
    assert_eq!(image.config["created"], "2024-05-01T12:00:00Z");
    for (test, expected) in [
        ("\"app || exit 1\"", json!(["CMD-SHELL", "app || exit 1"])),
        ("[\"CMD-SHELL\", \"app\"]", json!(["CMD-SHELL", "app"])),
        ("[\"NONE\"]", json!(["NONE"])),
    ] {
        let text = format!("packages = [\"app\"]\n[image.healthcheck]\ntest = {test}\n");
        let image = build(&scene, &text, &[]);
        assert_eq!(
            image.config["config"]["Healthcheck"],
            json!({ "Test": expected })
        );
    }
    let image = build(
        &scene,
        "packages = [\"app\"]\nimage.healthcheck = false\n",
        &[],
    );
    assert_eq!(
        image.config["config"]["Healthcheck"],
        json!({ "Test": ["NONE"] })
    );
}

#[test]
fn flags_say_for_one_run_what_the_manifest_says_for_good() {
    let scene = scene();
    let text = "packages = [\"app\"]\n[image]\nentrypoint = \"app --old\"\ncmd = \"x\"\n\
                env = { A = \"1\", B = \"2\" }\nlabels = { a = \"1\" }\n";
    let flags = [
        "--entrypoint",
        "app 'a b'",
        "--env",
        "B=3",
        "--env",
        "C=\"\\=\u{7f}",
        "--user",
        "1000:1000",
        "--workdir",
        "/srv",
        "--expose",
        "80",
        "--expose",
        "53/udp",
        "--label",
        "a.b/c=d=e",
        "--annotation",
        "x=y",
        "--author",
        "me",
    ];
    let image = build(&scene, text, &flags);
    let config = &image.config["config"];
    assert_eq!(config["Entrypoint"], json!(["app", "a b"]));
    // It was meant for the other program.
    assert_eq!(config.get("Cmd"), None);
    let env = config["Env"].as_array().unwrap();
    assert_eq!(
        env[1..],
        [json!("A=1"), json!("B=3"), json!("C=\"\\=\u{7f}")]
    );
    assert_eq!(
        (&config["User"], &config["WorkingDir"]),
        (&json!("1000:1000"), &json!("/srv"))
    );
    assert_eq!(
        config["ExposedPorts"],
        json!({ "80/tcp": {}, "53/udp": {} })
    );
    assert_eq!(config["Labels"], json!({ "a": "1", "a.b/c": "d=e" }));
    assert_eq!(image.manifest["annotations"], json!({ "x": "y" }));
    assert_eq!(image.config["author"], "me");
    let manifest = scene.path("app.toml");
    let run = scene.run(&["build", manifest.to_str().unwrap(), "--workdir", "srv"]);
    run.fails_with(&["\"srv\" must be an absolute path", "the command line:2:11"]);
}

#[test]
fn standard_annotations_say_what_is_known_and_what_is_said_stays() {
    let scene = scene();
    let text = "name = \"me/app:2.1\"\npackages = [\"app\"]\n[image]\nauthor = \"me\"\n\
                annotations = { \"org.opencontainers.image.title\" = \"App\" }\n";
    let image = build(&scene, text, &["--standard-annotations"]);
    let expected = |title: &str, version: &str| {
        json!({
            "org.opencontainers.image.authors": "me",
            "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
            "org.opencontainers.image.title": title,
            "org.opencontainers.image.version": version,
        })
    };
    assert_eq!(image.manifest["annotations"], expected("App", "2.1"));
    assert_eq!(image.config["config"]["Labels"], expected("app", "2.1"));
    let text = text.replace(":2.1", "");
    let image = build(&scene, &text, &["--standard-annotations"]);
    assert_eq!(image.manifest["annotations"], expected("App", "1.0-r0"));
    let image = build(&scene, &text, &[]);
    assert_eq!(image.config["config"].get("Labels"), None);
}

const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

/// Writes a repository's files as git leaves them.
fn write_git(folder: &Path, head: &str, files: &[(&str, &str)]) {
    let git = folder.join(".git");
    fs::create_dir_all(&git).unwrap();
    fs::write(git.join("HEAD"), head).unwrap();
    for (name, content) in files {
        let path = git.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn git_labels(image: &Image) -> (Value, Value) {
    let labels = &image.config["config"]["Labels"];
    let annotations = &image.manifest["annotations"];
    assert_eq!(labels, annotations);
    let get = |key: &str| annotations[&format!("org.opencontainers.image.{key}")].clone();
    (get("revision"), get("source"))
}

#[test]
fn git_tells_the_commit_and_where_the_code_is_from() {
    let scene = scene();
    let text = "packages = [\"app\"]\nimage.git = true\n";
    let folder = scene.path("");
    let config = "[remote \"origin\"]\n\turl = https://me:secret@example.org/me/app.git\n";
    write_git(
        &folder,
        "ref: refs/heads/main\n",
        &[
            ("config", config),
            ("refs/heads/main", &format!("{HASH}\n")),
        ],
    );
    let found = git_labels(&build(&scene, text, &[]));
    assert_eq!(
        found,
        (json!(HASH), json!("https://example.org/me/app.git"))
    );
    // Packed, as git gc leaves it.
    fs::remove_file(folder.join(".git/refs/heads/main")).unwrap();
    let other = HASH.replace('0', "f");
    let packed = format!("# pack-refs with: peeled\n{other} refs/heads/main\n^{HASH}\n");
    write_git(
        &folder,
        "ref: refs/heads/main\n",
        &[("packed-refs", &packed)],
    );
    assert_eq!(git_labels(&build(&scene, text, &[])).0, json!(other));
    // A commit without a branch, from the flag, and a remote that is a path of this machine.
    write_git(
        &folder,
        HASH,
        &[("config", "[remote \"origin\"]\nurl = /srv/app\n")],
    );
    let found = git_labels(&build(&scene, "packages = [\"app\"]\n", &["--git"]));
    assert_eq!(found, (json!(HASH), Value::Null));
    // A further working tree.
    write_git(
        &folder,
        "ref: refs/heads/gone\n",
        &[
            ("worktrees/w/HEAD", "ref: refs/heads/side\n"),
            ("worktrees/w/commondir", "../..\n"),
            ("refs/heads/side", HASH),
        ],
    );
    let pointer = format!("gitdir: {}\n", folder.join(".git/worktrees/w").display());
    scene.write("tree/.git", pointer);
    let manifest = scene.write("tree/below/app.toml", text);
    scene.run(&["build", manifest.to_str().unwrap()]).digest();
    let image = Image::read(&scene.output("app.tar"));
    assert_eq!(git_labels(&image).0, json!(HASH));
}

#[test]
fn where_git_knows_nothing_the_build_ends() {
    let scene = scene();
    let manifest = scene.write("app.toml", "packages = [\"app\"]\nimage.git = true\n");
    let build = || scene.run(&["build", manifest.to_str().unwrap()]);
    build().fails_with(&["is in no git repository", "--git"]);
    write_git(&scene.path(""), "ref: refs/heads/main\n", &[]);
    build().fails_with(&["has no commit yet"]);
    write_git(&scene.path(""), "nonsense\n", &[]);
    build().fails_with(&["HEAD is not as git writes it", "found \"nonsense\""]);
    assert!(scene.left().is_empty());
}

#[test]
fn what_is_left_out_is_told_with_what_it_saved() {
    let mut app = package(
        "app",
        vec![
            File::regular("usr/bin/app", "app").mode(0o755),
            File::regular("usr/share/man/man1/app.1", vec![b'm'; 3000]),
            File::regular("usr/share/doc/app/README", vec![b'd'; 1000]),
            File::regular("usr/share/locale/de/app.mo", vec![b'l'; 2048]),
            File::regular("usr/share/app/extra", "extra"),
        ],
    );
    app.depends = Vec::new();
    let scene = Scene::with(&[app]);
    let text = "packages = [\"app\"]\nminimal = [\"docs\", \"locales\", \"apk-db\", \"development\"]\n\
                exclude = [\"/usr/share/app/**\"]\n";
    let manifest = scene.write("app.toml", text);
    // Once built, and once from what that left in the cache.
    for _ in 0..2 {
        let run = scene.run(&["build", manifest.to_str().unwrap()]);
        run.digest();
        let expected = "left out: docs 3.91 KiB (2 files), locales 2.00 KiB (1 file), apk-db ";
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        let expected = "development 0 B (0 files), /usr/share/app/** 5 B (1 file)\n";
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        let image = Image::read(&scene.output("app.tar"));
        let paths = image.tree.paths();
        assert!(paths.contains(&"usr/bin/app"));
        for gone in ["usr/share/man", "usr/share/locale", "etc/apk", "lib/apk"] {
            assert!(!paths.contains(&gone), "{gone}");
        }
    }
}
