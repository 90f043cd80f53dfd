//! What the manifest adds to the root and changes in it: files, folders, templates, links, users.

use crate::support::tree::{Kind, Node};
use crate::support::{Image, Run, Scene, package, rich};
use apkcompose::apk::write::File;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn build(scene: &Scene, text: &str, flags: &[&str]) -> Run {
    let manifest = scene.write("image.toml", text);
    let mut args = vec!["build", manifest.to_str().unwrap()];
    args.extend(flags);
    scene.run(&args)
}

fn image(scene: &Scene, text: &str, flags: &[&str]) -> Image {
    let digest = build(scene, text, flags).digest();
    let image = Image::read(&scene.output("image.tar"));
    assert_eq!(image.digest, digest);
    image
}

fn facts(node: &Node) -> (u32, u64, u64) {
    (node.mode, node.uid.into(), node.gid.into())
}

/// A folder with one of everything that is taken, and things that are not wanted.
fn folder(scene: &Scene) {
    scene.write("web/index.html", "<p>");
    scene.write("web/cgi/run", "#!/bin/sh\n");
    scene.write("web/.git/HEAD", "ref");
    scene.write("web/cgi/run.pyc", "compiled");
    fs::create_dir(scene.path("web/empty")).unwrap();
    symlink("../index.html", scene.path("web/cgi/link")).unwrap();
    symlink("/nowhere", scene.path("web/dangling")).unwrap();
    for (path, mode) in [
        ("web/cgi/run", 0o700),
        ("web/index.html", 0o666),
        ("web/empty", 0o700),
    ] {
        fs::set_permissions(scene.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }
}

const FOLDER: &str = "packages = [\"base\"]\n[[file]]\nsource = \"web\"\ntarget = \"/srv/www/\"\n\
                      user = \"daemon\"\ngroup = 33\nexclude = [\".git\", \"**/*.pyc\"]\n";

#[test]
fn a_folder_comes_with_all_that_is_in_it_and_not_excluded() {
    let (scene, _) = rich::scene();
    folder(&scene);
    let image = image(&scene, FOLDER, &[]);
    let tree = &image.tree;
    let below: Vec<&str> = tree
        .paths()
        .into_iter()
        .filter(|p| p.starts_with("srv"))
        .collect();
    let expected = [
        "srv",
        "srv/www",
        "srv/www/cgi",
        "srv/www/cgi/link",
        "srv/www/cgi/run",
        "srv/www/dangling",
        "srv/www/empty",
        "srv/www/index.html",
    ];
    assert_eq!(below, expected);
    assert_eq!(facts(tree.node("srv/www/cgi/run")), (0o755, 2, 33));
    assert_eq!(facts(tree.node("srv/www/index.html")), (0o644, 2, 33));
    assert_eq!(facts(tree.node("srv/www/empty")), (0o755, 2, 33));
    assert_eq!(facts(tree.node("srv")), (0o755, 0, 0));
    assert_eq!(
        tree.node("srv/www/cgi/link").kind,
        Kind::Symlink("../index.html".into())
    );
    assert_eq!(
        tree.node("srv/www/dangling").kind,
        Kind::Symlink("/nowhere".into())
    );
    let times: Vec<_> = below.iter().map(|path| tree.node(path).mtime).collect();
    assert!(
        times
            .iter()
            .all(|time| *time == tree.node("etc/apk/world").mtime)
    );
    let text = FOLDER.replace(
        "exclude",
        "mode = \"0600\"\ndirectory-mode = \"0750\"\nexclude",
    );
    let image = self::image(&scene, &text, &[]);
    assert_eq!(facts(image.tree.node("srv/www/cgi/run")), (0o600, 2, 33));
    assert_eq!(facts(image.tree.node("srv/www/cgi")), (0o750, 2, 33));
}

#[test]
fn what_changes_in_a_folder_changes_the_image_and_what_is_excluded_does_not() {
    let (scene, _) = rich::scene();
    folder(&scene);
    let digest = || build(&scene, FOLDER, &[]).digest();
    let first = digest();
    scene.write("web/.git/HEAD", "another");
    fs::set_permissions(
        scene.path("web/index.html"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    assert_eq!(digest(), first);
    scene.write("web/index.html", "<b>");
    let second = digest();
    assert_ne!(second, first);
    scene.write("web/new", "");
    let third = digest();
    assert_ne!(third, second);
    fs::remove_file(scene.path("web/dangling")).unwrap();
    assert_ne!(digest(), third);
}

#[test]
fn a_folder_leaves_directories_of_packages_as_they_are() {
    let (scene, _) = rich::scene();
    scene.write("over/tmp/x", "x");
    scene.write("over/etc/passwd", "root:x:0:0:mine:/:/bin/sh\n");
    let text = "packages = [\"base\"]\n[[file]]\nsource = \"over\"\ntarget = \"/\"\nuser = 7\n";
    let image = image(&scene, text, &[]);
    assert_eq!(facts(image.tree.node("tmp")), (0o1777, 0, 0));
    assert_eq!(facts(image.tree.node("tmp/x")), (0o644, 7, 0));
    assert!(image.tree.text("etc/passwd").starts_with("root:x:0:0:mine"));
    // A file cannot take the place of a directory.
    scene.write("bad/tmp", "x");
    let text = text.replace("over", "bad");
    build(&scene, &text, &[]).fails_with(&["image.toml:2:1", "/tmp is a directory already"]);
    let socket = std::os::unix::net::UnixListener::bind(scene.path("over/socket")).unwrap();
    let text = text.replace("bad", "over");
    let run = build(&scene, &text, &[]);
    run.fails_with(&["over/socket", "neither a file, a folder nor a symlink"]);
    drop(socket);
}

#[test]
fn templates_take_variables_of_the_manifest_and_of_the_command_line() {
    let (scene, _) = rich::scene();
    scene.write("site.conf", "listen {{ port }};\nname {{ host }};\n");
    let text = "packages = [\"base\"]\n[variables]\nport = \"80\"\nhost = \"a.example\"\n\
                [[file]]\nsource = \"site.conf\"\ntarget = \"/etc/site.conf\"\ntemplate = true\n\
                [[file]]\ncontent = \"{% if debug is defined %}on{% else %}off{% endif %} {{ host }}\"\n\
                target = \"/etc/debug\"\ntemplate = true\n\
                [[file]]\ncontent = \"{{ port }}\"\ntarget = \"/etc/plain\"\n";
    let first = image(&scene, text, &[]);
    assert_eq!(
        first.tree.text("etc/site.conf"),
        "listen 80;\nname a.example;\n"
    );
    assert_eq!(first.tree.text("etc/debug"), "off a.example");
    assert_eq!(first.tree.text("etc/plain"), "{{ port }}");
    let flags = [
        "--set",
        "port=8080",
        "--set",
        "debug=1",
        "--set",
        "host=a=\"b\"",
    ];
    let second = image(&scene, text, &flags);
    assert_eq!(
        second.tree.text("etc/site.conf"),
        "listen 8080;\nname a=\"b\";\n"
    );
    assert_eq!(second.tree.text("etc/debug"), "on a=\"b\"");
    let text = text.replace("port = \"80\"\n", "");
    let run = build(&scene, &text, &[]);
    run.fails_with(&["site.conf, line 1: port is not defined", "--set"]);
    scene.write("site.conf", "ok\n{% for %}\n");
    build(&scene, &text, &[]).fails_with(&["site.conf, line 2: syntax error"]);
    scene.write("site.conf", [0xff, 0xfe]);
    build(&scene, &text, &[]).fails_with(&["site.conf is no template: invalid utf-8"]);
    assert_eq!(scene.left(), ["image.tar"]);
}

#[test]
fn a_hard_link_is_a_further_name() {
    let (scene, _) = rich::scene();
    let text =
        "packages = [\"tools\"]\n[[file]]\nhardlink = \"/usr/bin/tool\"\ntarget = \"/opt/tool\"\n";
    let image = image(&scene, text, &[]);
    assert!(image.tree.linked("opt/tool", "usr/bin/tool"));
    assert!(image.tree.linked("opt/tool", "usr/bin/tool-again"));
    for (to, expected) in [
        (
            "/usr/bin/none",
            "/opt/tool shall be a further name of /usr/bin/none, which is not there",
        ),
        (
            "/usr/bin",
            "/opt/tool cannot be a further name of /usr/bin, a directory",
        ),
    ] {
        let text = text.replace("/usr/bin/tool", to);
        build(&scene, &text, &[]).fails_with(&["image.toml:2:1", expected]);
    }
}

#[test]
fn mode_and_owner_of_what_is_there_change_and_no_symlink_is_followed() {
    let (scene, _) = rich::scene();
    let text = "packages = [\"tools\"]\n\
                [[file]]\ntarget = \"/usr/bin/tool\"\nmode = \"4750\"\ngroup = \"daemon\"\n\
                [[file]]\ntarget = \"/usr/bin/t\"\nuser = 99\n\
                [[file]]\ntarget = \"/usr/lib/large\"\nmode = \"0600\"\n\
                [[file]]\ntarget = \"/usr/share\"\nuser = \"daemon\"\n";
    let image = image(&scene, text, &[]);
    let tree = &image.tree;
    assert_eq!(facts(tree.node("usr/bin/tool")), (0o4750, 0, 2));
    assert_eq!(facts(tree.node("usr/bin/tool-again")), (0o4750, 0, 2));
    assert_eq!(tree.bytes("usr/bin/tool"), b"tool\0\xff");
    assert_eq!(tree.node("usr/bin/t").uid, 99);
    assert_eq!(tree.node("usr/bin/t").kind, Kind::Symlink("tool".into()));
    assert_eq!(facts(tree.node("usr/lib/large")), (0o600, 0, 0));
    assert_eq!(facts(tree.node("usr/share")), (0o755, 2, 0));
    for (file, expected) in [
        (
            "target = \"/usr/bin/t\"\nmode = \"0700\"",
            "/usr/bin/t is a symlink, which has no mode",
        ),
        (
            "target = \"/usr/bin/gone\"\nmode = \"0700\"",
            "there is no /usr/bin/gone in the image",
        ),
        (
            "target = \"/etc\"\nuser = \"nobody\"",
            "the user \"nobody\", which the image does not have",
        ),
    ] {
        let text = format!("packages = [\"tools\"]\n[[file]]\n{file}\n");
        build(&scene, &text, &[]).fails_with(&["image.toml:2:1", expected]);
    }
}

#[test]
fn users_of_services_and_of_people() {
    let (scene, _) = rich::scene();
    let text = "packages = [\"base\"]\n\
                [[user]]\nname = \"svc\"\nsystem = true\ncomment = \"A service\"\n\
                [[user]]\nname = \"me\"\ncomment = \"\"\nshell = \"/bin/sh\"\ngroups = [\"more\", \"daemon\"]\n\
                [[user]]\nname = \"data\"\nsystem = true\nhome = \"/var/lib/data\"\ngroup = \"more\"\n\
                [[user]]\nname = \"spool\"\nhome = \"/var/spool\"\n\
                [[user]]\nname = \"daemon\"\nhome = \"/\"\nshell = \"/bin/false\"\n\
                [[group]]\nname = \"more\"\nsystem = true\nmembers = [\"svc\"]\n";
    let image = image(&scene, text, &[]);
    let tree = &image.tree;
    let passwd: Vec<&str> = tree.text("etc/passwd").lines().skip(2).collect();
    assert_eq!(
        passwd,
        [
            "svc:x:101:101:A service:/dev/null:/sbin/nologin",
            "me:x:1000:1000::/home/me:/bin/sh",
            "data:x:102:100:data:/var/lib/data:/sbin/nologin",
            "spool:x:1001:1001:spool:/var/spool:/sbin/nologin",
        ]
    );
    let group: Vec<&str> = tree.text("etc/group").lines().collect();
    assert!(group.contains(&"more:x:100:me,svc"), "{group:?}");
    assert!(group.contains(&"daemon:x:2:me"), "{group:?}");
    assert!(group.contains(&"svc:x:101:"), "{group:?}");
    let shadow = tree.text("etc/shadow");
    for user in ["svc", "me", "data", "spool"] {
        assert!(
            shadow
                .lines()
                .any(|l| l.starts_with(&format!("{user}:!:19675:"))),
            "{shadow}"
        );
    }
    assert_eq!(shadow.matches("daemon:").count(), 1);
    assert_eq!(facts(tree.node("home/me")), (0o755, 1000, 1000));
    assert_eq!(facts(tree.node("home")), (0o755, 0, 0));
    assert_eq!(facts(tree.node("var/lib/data")), (0o755, 102, 100));
    // One that is there stays as the package has it.
    assert_eq!(facts(tree.node("var/spool")), (0o755, 77, 77));
    assert!(!tree.has("home/svc") && !tree.has("home/spool") && !tree.has("dev/null"));
}

#[test]
fn accounts_that_contradict_those_of_packages_are_refused() {
    let scene = Scene::with(&[package(
        "base",
        vec![
            File::regular(
                "etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:Web:/srv:/bin/sh\n",
            ),
            File::regular("etc/group", "root:x:0:root\nweb:x:33:\nother:x:50:\n"),
            File::regular("etc/file", ""),
        ],
    )]);
    for (text, expected) in [
        (
            "user]]\nname = \"web\"\nuid = 34",
            "the user \"web\" is there already, as 33",
        ),
        (
            "user]]\nname = \"web\"\ngroup = \"other\"",
            "\"web\" is there already, in the group 33",
        ),
        (
            "user]]\nname = \"web\"\ngroup = \"none\"",
            "the group \"none\" of \"web\" is not there",
        ),
        (
            "user]]\nname = \"web\"\nhome = \"/web\"",
            "is there already, with the home \"/srv\"",
        ),
        (
            "user]]\nname = \"web\"\nshell = \"/x\"",
            "is there already, with the shell \"/bin/sh\"",
        ),
        (
            "user]]\nname = \"web\"\ncomment = \"x\"",
            "is there already, with the comment \"Web\"",
        ),
        (
            "user]]\nname = \"new\"\nuid = 33",
            "the user \"new\" cannot be 33: that is \"web\"",
        ),
        (
            "user]]\nname = \"new\"\ngroups = [\"no\"]",
            "in the group \"no\", which the image does not have",
        ),
        (
            "user]]\nname = \"new\"\nhome = \"/etc/file\"",
            "the home /etc/file of new cannot be made: it is there",
        ),
        (
            "user]]\nname = \"new\"\nhome = \"/etc/file/x\"",
            "the home /etc/file/x of new cannot be made",
        ),
        (
            "group]]\nname = \"other\"\ngid = 51",
            "the group \"other\" is there already, as 50",
        ),
        (
            "group]]\nname = \"new\"\ngid = 50",
            "the group \"new\" cannot be 50: that is \"other\"",
        ),
        (
            "group]]\nname = \"new\"\nmembers = [\"no\"]",
            "but the image has no such user",
        ),
    ] {
        let text = format!("packages = [\"base\"]\n[[{text}\n");
        build(&scene, &text, &[]).fails_with(&["image.toml:2:1", expected]);
        assert!(scene.left().is_empty());
    }
}
