//! Places that an output cannot be written to.

use crate::support::scene::{file_formats, formats, names, noise, package};
use crate::support::server::Server;
use crate::support::skip::{has_root, skipped};
use crate::support::{Run, Scene, rich, user};
use apkcompose::apk::write::File;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn scene() -> Scene {
    Scene::with(&rich::packages())
}

/// Writes in this format to `path`.
fn build(scene: &Scene, format: &str, path: &str) -> Run {
    scene.run(&[
        "build",
        "--package",
        "tools",
        "--format",
        format,
        "-o",
        path,
    ])
}

#[test]
fn a_file_that_is_no_archive_is_never_replaced() {
    let scene = scene();
    for format in formats() {
        fs::write(scene.output("thesis.txt"), "years of work").unwrap();
        let run = build(&scene, format, "thesis.txt");
        run.fails_with(&["thesis.txt exists and is no ", "--output"]);
        let kept = fs::read_to_string(scene.output("thesis.txt"));
        assert_eq!(kept.unwrap(), "years of work");
        assert_eq!(scene.left(), ["thesis.txt"]);
    }
}

#[test]
fn a_folder_is_never_replaced_by_a_file() {
    let scene = scene();
    fs::create_dir(scene.output("out")).unwrap();
    for format in file_formats() {
        let run = build(&scene, format, "out");
        run.fails_with(&["out exists and is a folder"]);
    }
    assert_eq!(names(&scene.output("out")), [] as [&str; 0]);
}

#[test]
fn a_folder_with_something_in_it_is_never_written_to() {
    let scene = scene();
    fs::create_dir(scene.output("out")).unwrap();
    fs::write(scene.output("out/mine"), "mine").unwrap();
    for format in ["oci", "rootfs"] {
        let run = build(&scene, format, "out");
        run.fails_with(&["out exists and is a folder that is not empty"]);
    }
    assert_eq!(names(&scene.output("out")), ["mine"]);
    assert_eq!(scene.left(), ["out"]);
}

#[test]
fn an_empty_folder_is_as_good_as_none() {
    let scene = scene();
    for format in ["oci", "rootfs"] {
        fs::create_dir(scene.output(format)).unwrap();
        build(&scene, format, format).digest();
        assert_ne!(names(&scene.output(format)), [] as [&str; 0]);
    }
}

#[test]
fn a_device_is_never_replaced() {
    let scene = scene();
    for format in formats() {
        build(&scene, format, "/dev/null").fails_with(&["/dev/null exists"]);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let scene = scene();
    for format in formats() {
        let run = build(&scene, format, "no/such/out");
        run.fails_with(&["cannot write no/such/out", "is there a folder no/such?"]);
        assert_eq!(scene.left(), [] as [&str; 0]);
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let scene = scene();
    let closed = scene.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    for format in formats() {
        let mut command = match user::is_root() {
            true => user::somebody(&scene, "022"),
            false => scene.bare(),
        };
        command.args(["build", "--package", "tools", "--arch", "x86_64"]);
        command.arg("--repository").arg(scene.repository());
        command.arg("--key").arg(scene.key());
        command
            .args(["--format", format, "-o"])
            .arg(closed.join("out"));
        let run = Run::of(command);
        run.fails_with(&["closed/out", "Permission denied", "--output"]);
        assert_eq!(names(&closed), [] as [&str; 0]);
    }
}

/// Runs the program in a mount namespace of its own, in which `place` is a tiny disk. What is
/// left there comes last on standard output. `None` where there are no such namespaces.
fn with_full_disk(place: &Path, program: &Command) -> Option<Run> {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !user::is_root() {
        command.arg("--map-root-user");
    }
    let mut probe = Command::new("unshare");
    probe.args(command.get_args()).arg("true");
    if !probe.output().is_ok_and(|probe| probe.status.success()) {
        skipped("a full disk", "no mount namespace can be made");
        return None;
    }
    let script =
        "mount -t tmpfs -o size=128k none \"$0\" && \"$@\"; code=$?; ls -A \"$0\"; exit $code";
    command.args(["sh", "-c", script]).arg(place);
    command.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(program.get_current_dir().unwrap());
    Some(Run::of(command))
}

fn large() -> Scene {
    let noise = File::regular("usr/noise", noise(500_000));
    Scene::with(&[package("large", vec![noise])])
}

#[test]
fn a_full_disk_is_named_and_what_was_written_is_taken_away() {
    let scene = large();
    let disk = scene.path("disk");
    fs::create_dir(&disk).unwrap();
    for format in formats() {
        let place = disk.join("out");
        let mut program = scene.command(&["build", "--package", "large"]);
        program.args(["--format", format, "-o"]).arg(&place);
        let Some(run) = with_full_disk(&disk, &program) else {
            return;
        };
        // Nothing on standard output: `ls` found nothing on the disk.
        run.fails_with(&["disk/out", "No space left", "make room"]);
    }
}

#[test]
fn a_full_disk_below_the_cache_is_named() {
    let scene = large();
    let server = Server::start();
    server.serve_folder(&scene.repository());
    let disk = scene.path("disk");
    fs::create_dir(&disk).unwrap();
    let mut program = scene.bare();
    program.args(["build", "--package", "large", "--arch", "x86_64"]);
    program.args(["--repository", &server.url("")]);
    program.arg("--key").arg(scene.key());
    program.arg("--cache-dir").arg(&disk);
    let Some(mut run) = with_full_disk(&disk, &program) else {
        return;
    };
    // The cache itself may stay.
    run.stdout.clear();
    run.fails_with(&["disk", "No space left", "--cache-dir"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn a_full_standard_output_is_a_failure() {
    let scene = scene();
    let mut command = scene.command(&["build", "--package", "tools", "--quiet"]);
    command.stdout(Stdio::from(
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap(),
    ));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: cannot write to standard output"),
        "{said}"
    );
}

#[test]
fn an_archive_that_is_there_stays_when_the_next_build_fails() {
    let scene = scene();
    build(&scene, "archive", "out.tar").digest();
    let before = fs::read(scene.output("out.tar")).unwrap();
    fs::remove_file(scene.repository().join("x86_64/tools-1.0-r0.apk")).unwrap();
    // Which remembers the layers, so the package would not be missed.
    fs::remove_dir_all(scene.path("cache")).unwrap();
    build(&scene, "archive", "out.tar").failure();
    assert_eq!(fs::read(scene.output("out.tar")).unwrap(), before);
    assert_eq!(scene.left(), ["out.tar"]);
}

#[test]
fn a_file_of_the_manifest_that_cannot_be_read_is_named() {
    if !has_root("a file that another user cannot read") {
        return;
    }
    let scene = scene();
    let secret = scene.write("secret", "secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let text = "[[file]]\ntarget = \"/secret\"\nsource = \"secret\"\n";
    let manifest = scene.write("image.toml", text);
    let mut command = user::somebody(&scene, "022");
    command
        .arg("build")
        .arg(manifest)
        .args(["--arch", "x86_64"]);
    Run::of(command).fails_with(&["secret", "Permission denied"]);
    let left = names(&user::home(&scene));
    assert!(!left.iter().any(|name| name != "cache"), "{left:?}");
}

#[test]
fn a_build_that_is_killed_leaves_no_part_of_a_file() {
    let scene = Scene::new();
    // Nothing but holes, yet it takes its time.
    let big = fs::File::create(scene.path("big")).unwrap();
    big.set_len(512 << 20).unwrap();
    let text = "[[file]]\ntarget = \"/big\"\nsource = \"big\"\n";
    let manifest = scene.write("image.toml", text);
    for format in ["archive", "tar"] {
        let mut command = scene.bare();
        command
            .arg("build")
            .arg(&manifest)
            .args(["--arch", "x86_64"]);
        command.args(["--format", format, "--output", "out.tar"]);
        let mut child = command.spawn().unwrap();
        let begin = Instant::now();
        while !writes_below(child.id(), &scene.work()) {
            assert!(begin.elapsed() < Duration::from_secs(60));
            assert_eq!(child.try_wait().unwrap(), None, "it was too fast");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(scene.left(), [] as [&str; 0], "{format}");
    }
}

/// Whether a process has a file open below a folder.
fn writes_below(process: u32, folder: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{process}/fd"));
    let mut files = files.into_iter().flatten().flatten();
    files.any(|file| fs::read_link(file.path()).is_ok_and(|to| to.starts_with(folder)))
}
