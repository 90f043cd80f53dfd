//! What the manifest says beside packages, as the image shows it.

use crate::support::scene::{BUILD_DATE, package};
use crate::support::tree::Kind;
use crate::support::{Image, Run, Scene, rich};
use apkcompose::apk::write::File;
use serde_json::json;

/// The image of a manifest with this text and the packages of one of everything.
fn image(text: &str) -> Image {
    let (scene, _) = rich::scene();
    image_in(&scene, text).0
}

fn image_in(scene: &Scene, text: &str) -> (Image, Run) {
    let manifest = scene.write("image.toml", text);
    let run = scene.run(&["build", manifest.to_str().unwrap()]);
    run.digest();
    (Image::read(&scene.output("image.tar")), run)
}

#[test]
fn the_world_holds_the_manifests_words_and_not_all_that_was_installed() {
    let image = image("packages = [\"tools>0\"]\n");
    assert_eq!(image.tree.text("etc/apk/world"), "tools>0\n");
    assert_eq!(image.tree.text("etc/apk/arch"), "x86_64\n");
    let database = image.tree.text("lib/apk/db/installed");
    assert!(database.contains("P:base\n") && database.contains("P:tools\n"));
}

#[test]
fn a_word_against_a_package_is_part_of_the_world() {
    let image = image("packages = [\"!tools\", \"base\"]\n");
    assert_eq!(image.tree.text("etc/apk/world"), "base\n!tools\n");
    assert!(!image.tree.has("usr/bin/tool"));
}

#[test]
fn the_release_is_listed_when_the_manifest_names_one() {
    let image = image("packages = [\"base\"]\n[repositories]\nalpine = \"3.19\"\n");
    let expected = "https://dl-cdn.alpinelinux.org/alpine/v3.19/main\n\
                    https://dl-cdn.alpinelinux.org/alpine/v3.19/community\n";
    assert_eq!(image.tree.text("etc/apk/repositories"), expected);
}

#[test]
fn how_containers_start_is_in_the_configuration() {
    let image = image(
        r#"
packages = ["base"]
[image]
entrypoint = "tool --now 'two words'"
cmd = ["x"]
env = { B = "2", A = "1" }
user = "daemon"
workdir = "/srv"
expose = [80, "53/udp"]
volumes = ["/data"]
stop-signal = "SIGINT"
[image.labels]
"org.example" = "label"
[image.annotations]
"org.example" = "annotation"
"#,
    );
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert_eq!(
        image.config["config"],
        json!({
            "Entrypoint": ["tool", "--now", "two words"],
            "Cmd": ["x"],
            "Env": [path, "B=2", "A=1"],
            "User": "daemon",
            "WorkingDir": "/srv",
            "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
            "Volumes": {"/data": {}},
            "StopSignal": "SIGINT",
            "Labels": {"org.example": "label"},
        })
    );
    assert_eq!(
        image.manifest["annotations"],
        json!({"org.example": "annotation"})
    );
}

#[test]
fn a_path_of_the_manifest_is_the_only_one() {
    let image = image("packages = [\"base\"]\n[image]\nenv = { PATH = \"/bin\" }\n");
    assert_eq!(image.config["config"]["Env"], json!(["PATH=/bin"]));
}

#[test]
fn files_of_the_manifest_come_after_the_packages() {
    let (scene, _) = rich::scene();
    scene.write("src/local", "from here\n");
    let (image, _) = image_in(
        &scene,
        r#"
packages = ["tools"]
[[file]]
target = "/srv/local"
source = "src/local"
mode = "0640"
user = "daemon"
group = 7
[[file]]
target = "/usr/share/empty"
content = "no longer"
[[file]]
target = "/srv/cache"
directory = true
mode = 0o1777
[[file]]
target = "/srv/log"
symlink = "/dev/stderr"
"#,
    );
    let tree = &image.tree;
    assert_eq!(tree.text("srv/local"), "from here\n");
    let node = tree.node("srv/local");
    assert_eq!((node.mode, node.uid, node.gid), (0o640, 2, 7));
    assert_eq!(node.mtime, BUILD_DATE);
    assert_eq!(tree.text("usr/share/empty"), "no longer");
    assert_eq!(tree.node("srv/cache").mode, 0o1777);
    assert_eq!(tree.node("srv/cache").kind, Kind::Directory);
    assert_eq!(
        tree.node("srv/log").kind,
        Kind::Symlink("/dev/stderr".into())
    );
    assert_eq!(tree.node("srv").mode, 0o755);
}

#[test]
fn a_file_replaces_one_name_of_a_hard_link_and_leaves_the_others() {
    let image = image(
        "packages = [\"tools\"]\n[[file]]\ntarget = \"/usr/bin/tool\"\ncontent = \"other\"\n",
    );
    assert_eq!(image.tree.text("usr/bin/tool"), "other");
    assert_eq!(image.tree.bytes("usr/bin/a-tool"), b"tool\0\xff");
    assert!(image.tree.linked("usr/bin/a-tool", "usr/bin/tool-again"));
}

#[test]
fn users_and_groups_join_those_of_the_packages() {
    let image = image(
        r#"
packages = ["base"]
[[user]]
name = "web"
uid = 1234
home = "/srv/web"
groups = ["daemon"]
[[user]]
name = "next"
[[group]]
name = "staff"
gid = 50
members = ["web"]
"#,
    );
    let passwd = image.tree.text("etc/passwd");
    assert!(passwd.starts_with("root:x:0:0:root:/root:/bin/sh\n"));
    assert!(passwd.contains("\nweb:x:1234:"), "{passwd}");
    assert!(passwd.contains(":/srv/web:/sbin/nologin\n"), "{passwd}");
    assert!(passwd.contains("\nnext:x:1000:"), "{passwd}");
    let group = image.tree.text("etc/group");
    assert!(group.contains("\ndaemon:x:2:web\n"), "{group}");
    assert!(group.contains("\nstaff:x:50:web\n"), "{group}");
    let shadow = image.tree.text("etc/shadow");
    // A locked password, and no day on which it was set.
    let line = shadow.lines().find(|l| l.starts_with("web:")).unwrap();
    assert!(
        line.starts_with("web:!:") || line.starts_with("web:*:"),
        "{line}"
    );
    assert_eq!(image.tree.node("etc/shadow").mode, 0o640);
}

#[test]
fn excluded_paths_are_left_out_and_the_database_stays_as_apk_wrote_it() {
    let text = "packages = [\"tools\"]\nexclude = [\"/usr/share/**\", \"/usr/bin/*tool*\"]\n";
    let image = image(text);
    let paths = image.tree.paths();
    assert!(
        !paths.iter().any(|p| p.starts_with("usr/share/")),
        "{paths:?}"
    );
    assert!(!image.tree.has("usr/bin/tool") && !image.tree.has("usr/bin/a-tool"));
    assert!(image.tree.has("usr/bin/su"));
    assert!(image.tree.text("lib/apk/db/installed").contains("R:tool\n"));
}

#[test]
fn the_first_name_of_a_hard_link_can_be_excluded() {
    let image = image("packages = [\"tools\"]\nexclude = [\"/usr/bin/a-tool\"]\n");
    assert!(!image.tree.has("usr/bin/a-tool"));
    assert_eq!(image.tree.bytes("usr/bin/tool"), b"tool\0\xff");
    assert!(image.tree.linked("usr/bin/tool", "usr/bin/tool-again"));
}

#[test]
fn a_manifest_continues_another() {
    let (scene, _) = rich::scene();
    let base = "packages = [\"base\"]\n[image]\nenv = { A = \"1\" }\ncmd = [\"old\"]\n\
                [[file]]\ntarget = \"/etc/motd\"\ncontent = \"base\"\n";
    scene.write("below/base.toml", base);
    let (image, _) = image_in(
        &scene,
        "extends = \"below/base.toml\"\npackages = [\"tools\"]\n\
         [image]\nenv = { B = \"2\" }\ncmd = [\"new\"]\n",
    );
    assert_eq!(image.tree.text("etc/apk/world"), "base\ntools\n");
    assert_eq!(image.tree.text("etc/motd"), "base");
    assert_eq!(image.config["config"]["Cmd"], json!(["new"]));
    let env = image.config["config"]["Env"].as_array().unwrap();
    assert!(env.contains(&json!("A=1")) && env.contains(&json!("B=2")));
    assert_eq!(image.docker["RepoTags"][0], "image:latest");
}

#[test]
fn an_image_can_do_without_packages() {
    let scene = Scene::new();
    let text = "[[file]]\ntarget = \"/usr/share/motd\"\ncontent = \"nothing else\\n\"\n";
    let manifest = scene.write("scratch.toml", text);
    let args = ["build", manifest.to_str().unwrap(), "--arch", "x86_64"];
    scene.run_bare(&args).digest();
    let image = Image::read(&scene.output("scratch.tar"));
    assert_eq!(
        image.tree.paths(),
        ["", "usr", "usr/share", "usr/share/motd"]
    );
    assert_eq!(image.tree.node("").mode, 0o755);
}

#[test]
fn an_architecture_that_the_manifest_is_not_for_is_refused() {
    let scene = Scene::with(&[package("a", vec![File::regular("etc/a", "")])]);
    for (arch, parts) in [
        ("[\"aarch64\"]", ["for aarch64", "not for x86_64"]),
        ("[\"aarch64\", \"x86\"]", ["aarch64, x86", "not for x86_64"]),
    ] {
        let text = format!("arch = {arch}\npackages = [\"a\"]\n");
        let manifest = scene.write("image.toml", text);
        let run = scene.run(&["build", manifest.to_str().unwrap()]);
        run.fails_with(&parts);
        run.fails_with(&["--arch"]);
    }
    let text = "arch = [\"x86_64\", \"x86\"]\npackages = [\"a\"]\n";
    let manifest = scene.write("image.toml", text);
    let root = ["build", manifest.to_str().unwrap(), "--format", "rootfs"];
    let run = scene.run_bare(&root);
    run.fails_with(&["a root file system is of one", "(x86, x86_64)", "--arch"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}
