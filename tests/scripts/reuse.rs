//! What scripts did is kept: the same packages run none the next time.

use super::fixture::{build, scene, scripted, tree};
use super::support::scene::names;
use super::support::{Run, Scene};
use super::who::Who::Myself;
use apkcompose::apk::package::Script;
use apkcompose::apk::write::File;
use std::fs;
use std::path::PathBuf;

/// Large enough not to be kept in memory.
const SCRIPT: &str = "echo it runs; chown 5:6 /srv/a; rm /srv/gone; mkdir -m 700 /made
    yes a line | dd of=/made/large bs=1000 count=1000 iflag=fullblock 2> /dev/null
    echo small > /made/small; ln /made/small /made/link; mknod /made/null c 1 3";

fn repository() -> Option<Scene> {
    let files = vec![
        File::regular("srv/a", "a"),
        File::regular("srv/gone", "gone"),
    ];
    let scripts = [
        (Script::PreInstall, "echo web:x:77: >> /etc/group"),
        (Script::PostInstall, SCRIPT),
    ];
    scene("reuse", &[scripted("a", files, &scripts)])
}

/// Where what the scripts of a scene did is kept.
fn kept(scene: &Scene) -> Vec<PathBuf> {
    let folder = scene.work().join("cache-Myself/v1/scripts");
    let names = names(&folder).into_iter();
    names.map(|name| folder.join(name)).collect()
}

/// Builds as a format that is not copied from the cache, and tells whether scripts ran.
#[track_caller]
fn ran(scene: &Scene) -> (String, bool) {
    let run = build(scene, Myself, &["--format", "tar", "--verbose"]);
    (run.digest(), run.stderr.contains("a: it runs\n"))
}

#[test]
fn a_second_build_runs_no_script() {
    let Some(scene) = repository() else {
        return;
    };
    let (first, did_run) = ran(&scene);
    assert!(did_run);
    assert_eq!(kept(&scene).len(), 1);
    assert_eq!(ran(&scene), (first, false));
    // Nor does one whose manifest adds what scripts cannot see.
    let manifest = "packages = [\"a\"]\n[[file]]\ntarget = \"/etc/motd\"\ncontent = \"x\"\n";
    let manifest = scene.write("m.toml", manifest);
    let mut command = Myself.program(&scene);
    command.args([
        "build",
        "--verbose",
        "--output",
        "out.tar",
        "--arch",
        "x86_64",
    ]);
    command.arg(manifest);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
    let run = Run::of(command);
    let tree = tree(&scene, Myself, &run);
    assert!(!run.stderr.contains("it runs"), "{}", run.stderr);
    let owner = (tree.node("srv/a").uid, tree.node("srv/a").gid);
    assert_eq!(owner, (5, 6));
    assert_eq!(tree.bytes("made/large").len(), 1_000_000);
    assert!(tree.linked("made/small", "made/link") && !tree.has("srv/gone"));
    assert!(tree.has("etc/motd") && tree.text("etc/group").contains("web"));
}

#[test]
fn what_was_kept_and_is_damaged_is_made_again() {
    let Some(scene) = repository() else {
        return;
    };
    let (first, _) = ran(&scene);
    let path = kept(&scene).pop().unwrap();
    let good = fs::read(&path).unwrap();
    for place in [0, 9, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[place] ^= 0x40;
        fs::write(&path, bad).unwrap();
        assert_eq!(ran(&scene), (first.clone(), true), "byte {place}");
        assert_eq!(fs::read(&path).unwrap(), good);
    }
    fs::write(&path, &good[..good.len() - 1]).unwrap();
    assert_eq!(ran(&scene), (first, true));
}

#[test]
fn another_time_runs_them_again() {
    let Some(scene) = repository() else {
        return;
    };
    ran(&scene);
    let args = ["--format", "tar", "--verbose"];
    let run = super::fixture::build_at(&scene, Myself, 86400, &args);
    assert!(run.stderr.contains("it runs"), "{}", run.stderr);
    assert_eq!(kept(&scene).len(), 2);
}

/// A root that is too large for the memory lies in a folder, which is gone afterwards.
#[test]
fn a_root_in_a_folder_is_the_same() {
    use apkcompose::manifest::{Manifest, Word};
    use apkcompose::output::{Codec, Format, RootFormat};
    use apkcompose::progress::Silent;
    use apkcompose::repository::FetchOptions;
    use apkcompose::{Limits, Overrides, Request, Target};
    let Some(scene) = repository() else {
        return;
    };
    let (expected, _) = ran(&scene);
    let folder = scene.path("temporary");
    fs::create_dir(&folder).unwrap();
    let mut manifest = Manifest::default();
    manifest.add_package(Word::parse("a").unwrap());
    let request = |limits| Request {
        lock: apkcompose::lock::LockUse::Ignored,
        manifest: manifest.clone(),
        archs: vec!["x86_64".parse().unwrap()],
        keep_roots: false,
        overrides: Overrides {
            repositories: vec![scene.repository().to_str().unwrap().to_owned()],
            keys: vec![scene.key()],
            mirrors: Vec::new(),
        },
        fetch: FetchOptions::new(scene.path("another-cache")),
        cache_limit: u64::MAX,
        source_date_epoch: None,
        limits,
        program: Some(env!("CARGO_BIN_EXE_apkcompose").into()),
    };
    let limits = Limits {
        memory: 0,
        ..Limits::default()
    };
    let target = Target {
        documents: None,
        path: scene.output("out.tar"),
        format: Format::Root(RootFormat::Tar(Codec::Plain)),
    };
    let built = apkcompose::build(&request(limits), &target, &Silent).unwrap();
    assert_eq!(built.digest, expected);
}
