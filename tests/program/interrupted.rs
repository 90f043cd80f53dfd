//! Ended by a signal, nothing unfinished stays.

use crate::support::scene::{BUILD_DATE, names, noise, package};
use crate::support::server::{Pace, Reply, Server};
use crate::support::{Run, Scene};
use apkcompose::apk::write::File;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Sends a signal to a program that is there.
fn signal(program: &Child, signal: Signal) {
    kill_process(Pid::from_child(program), signal).unwrap();
}

/// Waits until something is so, or the program has ended.
fn wait_until(program: &mut Child, so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() && program.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60));
        sleep(Duration::from_micros(200));
    }
}

fn end(program: Child) -> (ExitStatus, String) {
    let output = program.wait_with_output().unwrap();
    (output.status, String::from_utf8(output.stderr).unwrap())
}

fn is_part(name: &str) -> bool {
    name.starts_with(".apkcompose-") && name.ends_with(".part")
}

/// With a package that takes a while to write.
fn large() -> Scene {
    let files = (0..24).map(|n| File::regular(format!("usr/noise{n}"), noise(1 << 20)));
    Scene::with(&[package("large", files.collect())])
}

#[test]
fn a_folder_that_is_being_written_is_removed() {
    let scene = large();
    // Once, so that all there is to do is writing.
    scene.run(&["build", "--package", "large"]).digest();
    fs::remove_file(scene.output("large.tar")).unwrap();
    for format in ["oci", "rootfs"] {
        for number in [Signal::INT, Signal::TERM, Signal::HUP] {
            let mut caught = false;
            // It may be done before the signal comes, but not each time.
            for _ in 0..20 {
                let args = [
                    "build",
                    "--package",
                    "large",
                    "--format",
                    format,
                    "-o",
                    "out",
                ];
                let mut program = start(scene.command(&args));
                wait_until(&mut program, || {
                    scene.left().iter().any(|name| is_part(name))
                });
                signal(&program, number);
                let (status, said) = end(program);
                assert!(
                    !scene.left().iter().any(|name| is_part(name)),
                    "{format}: {said}"
                );
                caught = status.signal() == Some(number.as_raw());
                if caught {
                    assert!(!said.contains("error"), "{said}");
                    break;
                }
                assert!(status.success(), "{status}: {said}");
                fs::remove_dir_all(scene.output("out")).unwrap();
            }
            assert!(caught, "{format}");
            assert_eq!(scene.left(), [] as [&str; 0]);
        }
    }
}

#[test]
fn an_archive_leaves_nothing() {
    let scene = large();
    let args = ["build", "--package", "large"];
    // It may be done before the signal comes, but not each time.
    for _ in 0..20 {
        let mut program = start(scene.command(&args));
        wait_until(&mut program, || scene.path("cache/v1/tmp").is_dir());
        signal(&program, Signal::INT);
        let (status, said) = end(program);
        if status.success() {
            fs::remove_file(scene.output("large.tar")).unwrap();
            fs::remove_dir_all(scene.path("cache")).unwrap();
            continue;
        }
        assert_eq!(
            status.signal(),
            Some(Signal::INT.as_raw()),
            "{status}: {said}"
        );
        assert_eq!(scene.left(), [] as [&str; 0]);
        scene.run(&args).digest();
        return;
    }
    panic!("it was always done before the signal");
}

#[test]
fn a_download_that_has_begun_is_removed() {
    let scene = Scene::with(&[package("a", vec![File::regular("usr/a", noise(100_000))])]);
    let server = Server::start();
    server.serve_folder(&scene.repository());
    let bytes = fs::read(scene.repository().join("x86_64/a-1.0-r0.apk")).unwrap();
    let stalling = Reply::ok(bytes).pace(Pace::StallAfter(50_000));
    server.answer("/x86_64/a-1.0-r0.apk", vec![stalling]);
    let mut command = scene.bare();
    command.args(["build", "--package", "a", "--arch", "x86_64"]);
    command.arg("--repository").arg(server.url(""));
    command.arg("--key").arg(scene.key());
    let mut program = start(command);
    let tmp = scene.path("cache/v1/tmp");
    wait_until(&mut program, || {
        let asked = server.count("/x86_64/a-1.0-r0.apk") > 0;
        asked && tmp.is_dir() && !names(&tmp).is_empty()
    });
    signal(&program, Signal::TERM);
    let (status, said) = end(program);
    assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{said}");
    assert_eq!(names(&tmp), [] as [&str; 0]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn a_signal_that_is_to_be_ignored_is() {
    let scene = large();
    let command = scene.command(&["build", "--package", "large"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(scene.work()).env_clear();
    shell.env("PATH", "/usr/bin:/bin");
    shell.env("APKCOMPOSE_CACHE_DIR", scene.path("cache"));
    let program = start(shell);
    sleep(Duration::from_millis(30));
    signal(&program, Signal::HUP);
    let (status, said) = end(program);
    assert!(status.success(), "{status}: {said}");
}

#[test]
fn what_a_killed_program_left_is_removed_by_the_next_and_what_is_in_use_is_not() {
    let scene = large();
    let part = |name: &str| {
        let path = scene.output(&format!(".apkcompose-{name}.part"));
        fs::create_dir_all(path.join("usr")).unwrap();
        fs::write(path.join("usr/file"), "").unwrap();
        path
    };
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(BUILD_DATE);
    let (abandoned, fresh, used) = (part("abandoned"), part("fresh"), part("used"));
    for path in [&abandoned, &used] {
        fs::File::open(path).unwrap().set_modified(old).unwrap();
    }
    let lock = fs::File::open(&used).unwrap();
    lock.try_lock().unwrap();
    // Something of the user's own that is called alike stays as well.
    let file = scene.output(".apkcompose-file.part");
    fs::write(&file, "").unwrap();
    let mut command = scene.command(&["build", "--package", "large"]);
    command.args(["--format", "rootfs", "-o", "out"]);
    Run::of(command).digest();
    assert!(!abandoned.exists());
    assert!(fresh.exists() && used.exists() && file.exists());
}
