//! `build` with several manifests.

use super::scene;
use crate::support::Image;
use crate::support::scene::names;

#[test]
fn all_manifests_are_built_into_the_folder() {
    let scene = scene();
    scene.write("work/m/one.toml", "packages = ['php']\n");
    scene.write(
        "work/m/two.toml",
        "name = 'me/second:1'\npackages = ['libz']\n",
    );
    let run = scene.run(&[
        "build",
        "m/one.toml",
        "m/two.toml",
        "--output",
        "out/images",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        names(&scene.output("out/images")),
        ["one.tar", "second.tar"]
    );
    let lines: Vec<&str> = run.stdout.lines().collect();
    for (line, path) in lines
        .iter()
        .zip(["out/images/one.tar", "out/images/second.tar"])
    {
        let digest = line
            .strip_suffix(path)
            .and_then(|l| l.strip_suffix("  "))
            .unwrap();
        assert_eq!(Image::read(&scene.output(path)).digest, digest);
        assert!(run.stderr.contains(&digest[..19]), "{}", run.stderr);
    }
    assert_eq!(lines.len(), 2);
    assert!(
        run.stderr.contains("image        packages  layers"),
        "{}",
        run.stderr
    );
    let one = scene.run(&["build", "m/one.toml", "-o", "alone.tar"]);
    assert!(lines[0].starts_with(&one.digest()));
    let quiet = scene.run(&[
        "build",
        "m/one.toml",
        "m/two.toml",
        "-o",
        "out/images",
        "-q",
    ]);
    assert_eq!((quiet.stdout, quiet.stderr), (run.stdout, String::new()));
}

#[test]
fn one_that_fails_does_not_hide_the_others() {
    let scene = scene();
    scene.write("work/a.toml", "packages = ['nothing']\n");
    scene.write("work/b.toml", "packges = []\n");
    scene.write("work/c.toml", "packages = ['libc']\n");
    let run = scene.run(&["build", "a.toml", "b.toml", "c.toml", "none.toml"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.ends_with("  c.tar\n") && run.stdout.lines().count() == 1);
    for part in [
        "there is no package nothing",
        "unknown key \"packges\"",
        "there is no file \"none.toml\"",
        "3 of 4 manifests failed: a.toml, b.toml, none.toml",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(scene.output("c.tar").exists() && !scene.output("a.tar").exists());
}

#[test]
fn outputs_must_be_apart_and_a_folder() {
    let scene = scene();
    scene.write("work/a.toml", "packages = ['libc']\n");
    scene.write("work/x/a.toml", "packages = ['libz']\n");
    let run = scene.run(&["build", "a.toml", "x/a.toml"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("a.tar is the output of a.toml already"),
        "{}",
        run.stderr
    );
    let world = Image::read(&scene.output("a.tar"))
        .tree
        .text("etc/apk/world")
        .to_owned();
    assert_eq!(world, "libc\n");
    let two = ["build", "a.toml", "x/a.toml"];
    let run = |more: &[&str]| scene.run(&[&two, more].concat());
    run(&["--output", "-"]).fails_with(&["--output - cannot be used with several manifests"]);
    run(&["--name", "x"]).fails_with(&["--name cannot be used with several manifests"]);
    run(&["--output", "a.toml"]).fails_with(&["cannot write a.toml"]);
}
