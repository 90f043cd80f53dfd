//! What becomes of packages that bring the same paths.

use crate::support::scene::package;
use crate::support::tree::{Kind, Tree};
use crate::support::{Image, Run, Scene};
use apkcompose::apk::write::{File, PackageSpec};

/// Builds an image of all these packages, installed in this order.
fn build(packages: &[PackageSpec]) -> (Scene, Run) {
    let scene = Scene::with(packages);
    let mut command = scene.command(&["build", "--output", "out.tar"]);
    for package in packages {
        command.args(["--package", &package.name]);
    }
    (scene, Run::of(command))
}

fn tree(packages: &[PackageSpec]) -> Tree {
    let (scene, run) = build(packages);
    run.digest();
    Image::read(&scene.output("out.tar")).tree
}

/// Two packages that share the file `etc/shared`; `b` is installed after `a`.
fn rivals() -> [PackageSpec; 2] {
    let mut rivals = ["a", "b"].map(|name| {
        let own = format!("etc/{name}");
        let files = vec![File::regular("etc/shared", name), File::regular(own, name)];
        package(name, files)
    });
    rivals[1].depends = vec!["a".into()];
    rivals
}

/// The files that the database says a package has.
fn files_of(tree: &Tree, package: &str) -> Vec<String> {
    let database = tree.text("lib/apk/db/installed");
    let is_it = |record: &&str| record.lines().any(|line| line == format!("P:{package}"));
    let record = database.split("\n\n").find(is_it).unwrap();
    let (mut directory, mut files) = ("", Vec::new());
    for line in record.lines() {
        match line.split_once(':') {
            Some(("F", path)) => directory = path,
            Some(("R", name)) => files.push(format!("{directory}/{name}")),
            _ => {}
        }
    }
    files
}

#[test]
fn two_packages_with_one_file_are_refused_by_name() {
    let (scene, run) = build(&rivals());
    run.fails_with(&["a-1.0-r0", "b-1.0-r0", "\"etc/shared\"", "replaces"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn a_package_takes_over_files_of_one_that_it_replaces() {
    let [a, mut b] = rivals();
    b.replaces = vec!["a".into()];
    let tree = tree(&[a, b]);
    assert_eq!(tree.text("etc/shared"), "b");
    assert_eq!(files_of(&tree, "a"), ["etc/a"]);
    assert_eq!(files_of(&tree, "b"), ["etc/b", "etc/shared"]);
}

#[test]
fn a_file_stays_with_the_package_that_replaces_later_ones_with_priority() {
    let [mut a, mut b] = rivals();
    (a.replaces, a.replaces_priority) = (vec!["b".into()], Some(10));
    (b.replaces, b.replaces_priority) = (vec!["a".into()], Some(5));
    let tree = tree(&[a, b]);
    assert_eq!(tree.text("etc/shared"), "a");
    assert_eq!(files_of(&tree, "a"), ["etc/a", "etc/shared"]);
    assert_eq!(files_of(&tree, "b"), ["etc/b"]);
}

#[test]
fn the_version_that_is_replaced_counts() {
    for (atom, fits) in [("a<2", true), ("a=1.0-r0", true), ("a>2", false)] {
        let [a, mut b] = rivals();
        b.replaces = vec![atom.into()];
        let (_scene, run) = build(&[a, b]);
        assert_eq!(run.code == Some(0), fits, "{atom}: {}", run.stderr);
    }
}

#[test]
fn packages_of_one_origin_may_overwrite_each_other() {
    let [mut a, mut b] = rivals();
    (a.origin, b.origin) = ("source".into(), "source".into());
    let tree = tree(&[a, b]);
    assert_eq!(tree.text("etc/shared"), "b");
    assert_eq!(files_of(&tree, "a"), ["etc/a"]);
}

#[test]
fn nothing_becomes_an_apk_new_file_where_no_script_changed_anything() {
    let [a, mut b] = rivals();
    b.replaces = vec!["a".into()];
    let paths = tree(&[a, b]);
    assert!(!paths.paths().iter().any(|path| path.contains(".apk-new")));
}

#[test]
fn a_directory_belongs_to_all_and_has_the_mode_of_the_one_that_counts_most() {
    let with_mode = |name, mode| package(name, vec![File::directory("srv").mode(mode)]);
    // The alphabetically first, even when it comes later …
    let (mut a, b) = (with_mode("a", 0o700), with_mode("b", 0o711));
    a.depends = vec!["b".into()];
    assert_eq!(tree(&[a.clone(), b.clone()]).node("srv").mode, 0o700);
    // … unless another has a higher priority.
    let mut b = b;
    b.replaces_priority = Some(1);
    let tree = tree(&[a, b]);
    assert_eq!(tree.node("srv").mode, 0o711);
    let database = tree.text("lib/apk/db/installed");
    assert!(database.contains("M:0:0:700\n") && database.contains("M:0:0:711\n"));
}

#[test]
fn a_directory_loses_the_bit_that_mkdir_does_not_give() {
    let tree = tree(&[package("a", vec![File::directory("srv").mode(0o2750)])]);
    assert_eq!(tree.node("srv").mode, 0o750);
    assert!(tree.text("lib/apk/db/installed").contains("M:0:0:2750\n"));
}

#[test]
fn a_file_where_a_directory_is_is_refused() {
    let a = package("a", vec![File::regular("srv/x/file", "")]);
    for (file, what) in [
        (File::regular("srv/x", ""), "the file \"srv/x\""),
        (File::symlink("srv/x", "y"), "the symlink \"srv/x\""),
    ] {
        let mut b = package("b", vec![file]);
        b.depends = vec!["a".into()];
        let (scene, run) = build(&[a.clone(), b]);
        run.fails_with(&["b-1.0-r0", what, "a directory"]);
        assert_eq!(scene.left(), [] as [&str; 0]);
    }
}

#[test]
fn a_directory_where_a_file_is_is_refused() {
    for (file, what) in [
        (File::regular("srv/x", ""), "a file"),
        (File::symlink("srv/x", "nowhere"), "leads to no directory"),
    ] {
        let a = package("a", vec![file]);
        let mut b = package("b", vec![File::directory("srv/x")]);
        b.depends = vec!["a".into()];
        let (_scene, run) = build(&[a, b]);
        run.fails_with(&["b-1.0-r0", "the directory \"srv/x\"", what]);
    }
}

#[test]
fn files_go_through_a_symlink_to_a_directory() {
    let a = package(
        "a",
        vec![File::directory("usr/lib"), File::symlink("lib", "usr/lib")],
    );
    let mut b = package("b", vec![File::regular("lib/b.so", "b")]);
    b.depends = vec!["a".into()];
    let tree = tree(&[a, b]);
    assert_eq!(tree.node("lib").kind, Kind::Symlink("usr/lib".into()));
    assert_eq!(tree.text("usr/lib/b.so"), "b");
    // apk's database, too, is where the link leads.
    assert!(tree.has("usr/lib/apk/db/installed"));
}

#[test]
fn nothing_goes_through_a_symlink_that_leads_out_of_the_root() {
    let a = package("a", vec![File::symlink("srv/out", "../../etc")]);
    let mut b = package("b", vec![File::regular("srv/out/passwd", "")]);
    b.depends = vec!["a".into()];
    let (scene, run) = build(&[a, b]);
    run.fails_with(&["b-1.0-r0", "\"srv/out\"", "out of the root", "../../etc"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn a_file_whose_directory_the_package_does_not_list_is_left_out_and_said_so() {
    let mut a = package("a", vec![File::regular("etc/a", "a")]);
    a.files.push(File::regular("srv/lost", "lost"));
    let (scene, run) = build(&[a]);
    run.digest();
    assert!(run.stderr.contains("a-1.0-r0") && run.stderr.contains("srv/lost"));
    let tree = Image::read(&scene.output("out.tar")).tree;
    assert!(!tree.has("srv"));
    assert!(tree.text("lib/apk/db/installed").contains("\nf:f\n"));
}

#[test]
fn names_of_owners_count_before_their_numbers() {
    let accounts = package(
        "accounts",
        vec![
            File::regular("etc/passwd", "web:x:33:44::/:/bin/false\n"),
            File::regular("etc/group", "web:x:55:\n"),
        ],
    );
    let mut files = package(
        "files",
        vec![
            File::regular("srv/named", "").owner("web", "web", 1, 2),
            File::regular("srv/unknown", "").owner("nobody", "nobody", 3, 4),
        ],
    );
    files.depends = vec!["accounts".into()];
    let tree = tree(&[accounts, files]);
    let owner = |path| (tree.node(path).uid, tree.node(path).gid);
    assert_eq!(owner("srv/named"), (33, 55));
    assert_eq!(owner("srv/unknown"), (3, 4));
}

#[test]
fn scripts_are_kept_for_apk_and_their_absence_is_said() {
    use apkcompose::apk::package::Script;
    let mut a = package("a", vec![File::regular("etc/a", "")]);
    a.scripts = [(Script::PostInstall, "#!/bin/sh\n".to_owned())].into();
    a.triggers = vec!["/etc/*".into()];
    let scene = Scene::with(&[a]);
    let args = ["build", "--package", "a", "--output", "out.tar"];
    let run = scene.run(&[&args[..], &["--scripts", "skip"]].concat());
    run.digest();
    let warning = "warning: the install scripts of a were skipped";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
    let tree = Image::read(&scene.output("out.tar")).tree;
    assert!(tree.text("lib/apk/db/triggers").ends_with(" /etc/*\n"));
    assert!(tree.has("lib/apk/db/scripts.tar.gz"));
}
