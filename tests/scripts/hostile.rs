//! Scripts that mean harm. None reaches the machine: each ends the build with a clear error, or
//! changes nothing but the image.

use super::fixture::{build, scene, scripted, tree};
use super::support::scene::names;
use super::support::{Run, Scene, package};
use super::who::{Who, everybody};
use apkcompose::apk::package::Script;
use apkcompose::apk::write::File;
use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

fn with(what: &str, script: &str) -> Option<Scene> {
    scene(
        what,
        &[scripted("a", vec![], &[(Script::PostInstall, script)])],
    )
}

/// Runs a script as everybody, and checks what is left of it each time.
fn everywhere(what: &str, script: &str, args: &[&str], check: impl Fn(&Scene, Who, Run)) {
    let Some(scene) = with(what, script) else {
        return;
    };
    for who in everybody(what) {
        check(&scene, who, build(&scene, who, args));
    }
}

/// Checks that a build failed with all these parts in its message, which may follow a warning.
#[track_caller]
fn fails_with(run: &Run, parts: &[&str]) {
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "");
    for part in ["error: "].iter().chain(parts) {
        assert!(run.stderr.contains(part), "no {part:?} in: {}", run.stderr);
    }
}

/// A file of this machine that no script may read or change.
fn secret(scene: &Scene) -> std::path::PathBuf {
    scene.write("secret", "a secret of this machine\n")
}

#[test]
fn a_script_cannot_leave_its_root() {
    let what = "leaving the root";
    let script = r#"
        secret=@SECRET@
        cd ../../../../..
        cat .$secret ..$secret $secret ../../../../../../..$secret
        for process in 1 2 self $PPID $$; do
          for way in root cwd; do
            cat /proc/$process/$way$secret /proc/$process/$way/..$secret
            echo changed > /proc/$process/$way$secret
          done
        done
        mkdir -p /jail /mnt
        chroot /jail /bin/true && echo chroot
        mount -t tmpfs none /mnt && echo mount
        mount -o remount,rw /proc && echo remount
        mount --bind / /mnt && echo bind
        echo 1 > /proc/sys/kernel/sysrq && echo sysrq
        echo c > /proc/sysrq-trigger && echo crash
        mknod /mnt/disk b 8 0 && cat /mnt/disk
        busybox unshare -r true && echo unshare
        busybox nsenter -t 1 -m true && echo nsenter
        kill -9 -1
        true"#;
    let shell = super::fixture::busybox(what).map(super::fixture::shell);
    let Some(shell) = shell else {
        return;
    };
    let scene = Scene::new();
    let secret = secret(&scene);
    let script = script.replace("@SECRET@", secret.to_str().unwrap());
    // What it prints goes into the image.
    let script = format!("( {script} ) > /printed 2>&1; true");
    let a = scripted("a", vec![], &[(Script::PostInstall, &script)]);
    super::support::scene::write_repository(&scene.repository(), &[shell, a]);
    for who in everybody(what) {
        let run = build(&scene, who, &[]);
        if run.code == Some(0) {
            let tree = tree(&scene, who, &run);
            let printed = tree.text("printed");
            for word in [
                "a secret of",
                "\nchroot\n",
                "\nmount\n",
                "\nremount\n",
                "\nbind\n",
            ] {
                assert!(!printed.contains(word), "{who:?}, {word}: {printed}");
            }
            for word in ["\nunshare\n", "\nnsenter\n"] {
                assert!(!printed.contains(word), "{who:?}, {word}: {printed}");
            }
            // In a chroot without /proc these are files of its own.
            assert!(
                who == Who::Plain || !printed.contains("\ncrash\n"),
                "{who:?}"
            );
        } else {
            // It ended itself.
            fails_with(&run, &["was ended by signal 9"]);
        }
        let content = fs::read_to_string(&secret).unwrap();
        assert_eq!(content, "a secret of this machine\n");
    }
}

#[test]
fn the_shadow_file_of_the_machine_is_not_to_be_seen() {
    let script = "cat /etc/shadow > /seen; ls / > /seen-root; ps > /seen-ps; true";
    everywhere("/etc/shadow", script, &[], |scene, who, run| {
        let tree = tree(scene, who, &run);
        assert_eq!(tree.text("seen"), "root:*:10000:0:::::\n", "{who:?}");
        let root: Vec<&str> = tree.text("seen-root").split_whitespace().collect();
        let expected = "bin dev etc lib proc seen seen-root tmp var";
        assert_eq!(root.join(" "), expected, "{who:?}");
        // Where /proc is: the first process, the script and ps.
        assert!(
            tree.text("seen-ps").lines().count() <= 4,
            "{}",
            tree.text("seen-ps")
        );
    });
}

#[test]
fn no_connection_leaves_the_box() {
    let what = "connections";
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let port = tcp.local_addr().unwrap().port();
    let abstract_name = format!("apkcompose-test-{}", std::process::id());
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&abstract_name).unwrap();
    let unix = UnixListener::bind_addr(&address).unwrap();
    unix.set_nonblocking(true).unwrap();
    let script = format!(
        "echo hello | nc -w 2 127.0.0.1 {port} && echo connected > /connected
         echo hello | nc local:@{abstract_name} && echo connected > /connected
         true"
    );
    everywhere(what, &script, &[], |scene, who, run| {
        assert!(!tree(scene, who, &run).has("connected"), "{who:?}");
        assert!(tcp.accept().is_err() && unix.accept().is_err(), "{who:?}");
    });
}

/// How many processes of this machine have these words among their arguments.
fn processes(words: &str) -> usize {
    let words = words.replace(' ', "\0");
    names(std::path::Path::new("/proc"))
        .iter()
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|pid| fs::read(format!("/proc/{pid}/cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(&words))
        .count()
}

/// Waits until killed processes are gone.
#[track_caller]
fn none_is_left(words: &str) {
    let begin = Instant::now();
    while processes(words) > 0 {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{words} still runs"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn forking_without_end_is_ended() {
    let script = "bomb() { sleep 86461 & bomb & bomb; }; bomb; sleep 86461";
    let args = ["--script-timeout", "3"];
    everywhere("a fork bomb", script, &args, |_, who, run| {
        assert_eq!(run.code, Some(1), "{who:?}: {}", run.stderr);
        fails_with(&run, &["the post-install script of a-1.0-r0"]);
        none_is_left("sleep 86461");
    });
}

#[test]
fn a_full_disk_is_named() {
    // One file, and many.
    let script = "yes | dd of=/big bs=1M count=4000 iflag=fullblock
        for n in $(seq 1 4000); do
          yes | dd of=/big-$n bs=1M count=100 iflag=fullblock || exit 1
        done";
    everywhere("a full disk", script, &[], |_, who, run| {
        let expected = match who {
            Who::Plain => "wrote more than 1024 MiB and was ended",
            _ => "with the disk full: scripts may write 1024 MiB",
        };
        fails_with(&run, &["the post-install script of a-1.0-r0", expected]);
    });
}

#[test]
fn running_for_ever_is_ended() {
    let script = "sleep 86462 & sleep 86462";
    let begin = Instant::now();
    let args = ["--script-timeout", "1"];
    everywhere("time", script, &args, |_, _, run| {
        fails_with(
            &run,
            &[
                "took longer than 1 seconds and was ended",
                "--script-timeout",
            ],
        );
        none_is_left("sleep 86462");
    });
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn printing_a_gigabyte_is_ended() {
    let script = "yes 'more and more' | dd bs=1M count=1024 iflag=fullblock";
    let args = ["--script-output", "2"];
    everywhere("output", script, &args, |_, _, run| {
        fails_with(
            &run,
            &["printed more than 2 MiB and was ended", "--script-output"],
        );
        assert!(run.stderr.len() < 100_000);
    });
}

#[test]
fn what_a_script_leaves_running_is_ended() {
    let script =
        "sleep 86463 & setsid sleep 86463 & (sleep 86463 &) ; (trap '' TERM HUP; sleep 86463) &
        echo done > /done";
    let begin = Instant::now();
    everywhere("a process that stays", script, &[], |scene, who, run| {
        assert!(tree(scene, who, &run).has("done"));
        none_is_left("sleep 86463");
    });
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_symlink_of_its_own_leads_a_script_nowhere() {
    let what = "symlinks to the outside";
    let Some(shell) = super::fixture::busybox(what).map(super::fixture::shell) else {
        return;
    };
    let scene = Scene::new();
    let outside = scene.path("outside");
    fs::create_dir(&outside).unwrap();
    let script = format!(
        "ln -s {0} /link; ln -s /../../../../..{0} /up; ln -s /proc/1/root{0} /process
         for link in link up process; do echo x > /$link/file; mkdir /$link/folder; done
         rm -r /lib/apk/exec /lib/apk/db; ln -s {0} /lib/apk/exec; ln -s {0} /lib/apk/db
         rm -r /srv; ln -s {0} /srv
         true",
        outside.display()
    );
    let scripts = [(Script::PostInstall, script.as_str())];
    let a = scripted("a", vec![File::regular("srv/mine", "")], &scripts);
    let mut b = scripted("b", vec![File::regular("srv/theirs", "")], &scripts);
    b.depends.push("a".into());
    let repository = scene.repository();
    super::support::scene::write_repository(&repository, &[shell, a, b]);
    for who in everybody(what) {
        // The second package has no folder to put its file into, and the database has none.
        let run = build(&scene, who, &["--package", "b"]);
        fails_with(&run, &["srv/theirs"]);
        assert!(names(&outside).is_empty(), "{who:?}");
    }
}

#[test]
fn a_script_cannot_trick_the_reader_of_its_files() {
    // What is no file is not read as one, and a pipe does not block who looks at it.
    let script = "mkfifo /pipe; ln -s /pipe /etc/passwd+; mv /etc/passwd+ /etc/passwd
        rm /etc/group; mkdir /etc/group; ln -s loop /loop; nc -l -p 1 & nc -lU /socket &
        touch \"$(printf '/new\\nline')\"; mkdir -p /deep; cd /deep
        for n in $(seq 1 200); do mkdir d && cd d; done; true";
    everywhere("odd files", script, &[], |_, who, run| {
        // Whatever comes of it, it comes soon and is said.
        assert!(matches!(run.code, Some(0 | 1)), "{who:?}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    });
}

#[test]
fn killing_the_build_ends_its_scripts() {
    let what = "a killed build";
    let Some(scene) = with(what, "sleep 86464 & sleep 86464") else {
        return;
    };
    for who in everybody(what) {
        let mut command = super::fixture::command(&scene, who, &[]);
        command.stderr(std::process::Stdio::null());
        command.stdout(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let begin = Instant::now();
        while processes("sleep 86464") == 0 {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "{who:?} does not start"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        // The build itself may be a child of what was started.
        for pid in builds(&scene) {
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        let _ = child.wait();
        none_is_left("sleep 86464");
    }
}

/// The processes that build in this scene.
fn builds(scene: &Scene) -> Vec<i32> {
    let repository = scene.repository();
    let pids = names(std::path::Path::new("/proc"));
    let pids = pids.iter().filter_map(|name| name.parse().ok());
    pids.filter(|pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|byte| *byte == 0).collect();
        words.get(1) == Some(&&b"build"[..])
            && words.contains(&repository.to_str().unwrap().as_bytes())
    })
    .collect()
}

#[test]
fn nothing_of_a_plain_package_needs_a_box() {
    // A package that only has scripts for its removal runs none.
    let mut a = package("a", vec![]);
    let script = "#!/bin/sh\nexit 1\n".to_owned();
    a.scripts.insert(Script::PostDeinstall, script.clone());
    a.scripts.insert(Script::PreUpgrade, script);
    let scene = Scene::with(&[a]);
    scene.run(&["build", "--package", "a"]).digest();
}
