//! Scripts that fail, and places where none can run.

use super::fixture::{build, scene, scripted, tree};
use super::support::{Image, Run, Scene, package};
use super::who::{Who, restricted};
use apkcompose::apk::package::Script;
use apkcompose::apk::write::File;

#[test]
fn a_failed_script_ends_the_build_with_its_last_lines() {
    let script = "for n in $(seq 1 50); do echo line $n; done; echo to standard error >&2; exit 7";
    let scripts = [(Script::PostInstall, script)];
    let Some(scene) = scene("a failed script", &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    let run = build(&scene, Who::Myself, &[]);
    run.fails_with(&[
        "the post-install script of a-1.0-r0 failed with exit status 7; it printed:\n",
        "\n  line 32\n",
        "\n  to standard error\n",
        "scripts-may-fail = [\"a\"]",
    ]);
    assert!(!run.stderr.contains("line 31\n"), "{}", run.stderr);
    assert!(!scene.output("out.tar").exists());
    // All of it, with the package's name, for who asks.
    let run = build(&scene, Who::Myself, &["--verbose"]);
    assert!(
        run.stderr.contains("a: line 1\na: line 2\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_scripts_print_is_kept_to_those_who_ask() {
    let scripts = [(Script::PostInstall, "echo hello")];
    let Some(scene) = scene("printing", &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    let run = build(&scene, Who::Myself, &[]);
    run.digest();
    assert!(!run.stderr.contains("hello"), "{}", run.stderr);
}

#[test]
fn a_script_may_fail_where_the_manifest_says_so() {
    let scripts = [
        (Script::PreInstall, "touch /before; echo sorry; exit 1"),
        (Script::PostInstall, "touch /after"),
    ];
    let packages = [
        scripted("a", vec![File::regular("srv/a", "a")], &scripts),
        scripted("b", vec![], &[(Script::PostInstall, "kill -9 $$")]),
    ];
    let Some(scene) = scene("scripts-may-fail", &packages) else {
        return;
    };
    let manifest = "packages = [\"a\", \"b\"]\nscripts-may-fail = [\"a\", \"b\"]\n";
    let manifest = scene.write("m.toml", manifest);
    let args = ["build", manifest.to_str().unwrap(), "--output", "out.tar"];
    for _ in 0..2 {
        let run = scene.run(&args);
        let tree = tree(&scene, Who::Myself, &run);
        for part in [
            "warning: the pre-install script of a-1.0-r0 failed with exit status 1",
            "\n  sorry\n",
            "warning: the post-install script of b-1.0-r0 was ended by signal 9",
        ] {
            assert!(run.stderr.contains(part), "{}", run.stderr);
        }
        assert!(tree.has("before") && tree.has("after") && tree.has("srv/a"));
        let database = tree.text("lib/apk/db/installed");
        let record = |name: &str| {
            let start = database.find(&format!("P:{name}\n")).unwrap();
            database[start..].split("\n\n").next().unwrap().to_owned()
        };
        assert!(record("a").contains("\nf:s"), "{database}");
        assert!(!record("b").contains("\nf:"), "{database}");
    }
    // Of one that is not named, the failure counts.
    let manifest = "packages = [\"a\", \"b\"]\nscripts-may-fail = [\"a\"]\n";
    let manifest = scene.write("m.toml", manifest);
    let args = ["build", manifest.to_str().unwrap(), "--output", "out.tar"];
    scene
        .run(&args)
        .fails_with(&["b-1.0-r0 was ended by signal 9"]);
}

#[test]
fn a_missing_interpreter_is_named() {
    let mut a = package("a", vec![File::regular("srv/a", "a")]);
    let script = "#!/usr/bin/perl -w\n".to_owned();
    a.scripts.insert(Script::PostInstall, script);
    let scene = Scene::with(&[a]);
    let run = scene.run(&["build", "--package", "a"]);
    run.fails_with(&[
        "the post-install script of a-1.0-r0",
        "there is no /usr/bin/perl",
    ]);
    scene
        .run(&["build", "--package", "a", "--scripts", "skip"])
        .digest();
}

/// Where neither namespaces nor root are to be had, the message says what would help.
#[test]
fn without_namespaces_and_root_the_build_says_what_is_missing() {
    let what = "no namespaces for an ordinary user";
    let scripts = [(Script::PostInstall, "true")];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    if !super::support::skip::has_root(what) {
        return;
    }
    use super::support::user::{SOMEBODY, home};
    let id = SOMEBODY.to_string();
    let mut command = restricted(&scene, "user", "setpriv");
    command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]);
    let program = Who::Single.program(&scene);
    command.arg(program.get_program());
    command.args(["build", "--package", "a", "--arch", "x86_64"]);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    command
        .env("APKCOMPOSE_CACHE_DIR", home(&scene).join("cache"))
        .current_dir(home(&scene));
    let run = Run::of(command);
    run.fails_with(&[
        "scripts cannot be run in a sandbox here: user namespaces",
        "user.max_user_namespaces",
        "uidmap",
        "--scripts skip",
    ]);
}

#[test]
fn skipping_is_still_to_be_had() {
    let scripts = [(Script::PostInstall, "touch /made")];
    let Some(scene) = scene("skipping", &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    let run = build(&scene, Who::Myself, &["--scripts", "skip"]);
    run.digest();
    assert!(run.stderr.contains("scripts of a were skipped"));
    assert!(!Image::read(&scene.output("out.tar")).tree.has("made"));
}
