//! What scripts change is in the image, whoever built it.

use super::fixture::{BUILD_DAY, after, build, build_at, scene, scripted, tree};
use super::support::rich::CAPABILITY;
use super::support::scene::BUILD_DATE;
use super::support::tree::{Kind, Node, Tree};
use super::support::user::is_root;
use super::who::{Who, everybody};
use apkcompose::apk::package::Script;
use apkcompose::apk::write::File;

/// The time of a build.
const NOW: u64 = 86400 * 500;

/// Everything that a script can do to files, and what it then sees of it.
const ALL_SORTS: &str = r#"
set -e
mkdir -p /made/deep
echo new > /made/file
echo appended >> /etc/kept
chown 100:101 /made/file /made/deep
chmod 4755 /made/file
chmod 2750 /made/deep
mkdir /made/sticky
chmod 1777 /made/sticky
mkfifo -m 0640 /made/fifo
mknod -m 0600 /made/console c 5 1
mknod -m 0660 /made/disk b 8 0
chown 0:6 /made/disk
ln -s /etc/kept /made/symlink
chown -h 7:8 /made/symlink
ln /etc/hard /made/hard
ln /made/file /made/again
mv /etc/moved /made/moved
rm /etc/removed
rm -r /srv/tree
ln -s ../elsewhere /srv/tree
chown 70000:70001 /etc/owned
ln -sf bbb /etc/link-a; ln -sf aaa /etc/link-b; ln -sf target /etc/link-c
chmod 0600 /etc/owned
chown 5:5 /usr/bin/setuid
chmod 04711 /usr/bin/other
chown root:root /etc/plain
touch /etc/touched
sed -i s/old/new/ /etc/edited
cat /etc/same > /tmp/same
cat /tmp/same > /etc/same
rm /tmp/same
cp -a /made /copied
for path in /made/file /made/deep /made/disk /made/console /etc/owned; do
  stat -c '%n %F %u:%g %a %t,%T' $path
done > /seen
"#;

fn all_sorts() -> Vec<File> {
    let mut ping = File::regular("usr/bin/ping", "ping").mode(0o755);
    ping.entry.xattrs = vec![("security.capability".into(), CAPABILITY.to_vec().into())];
    let mut cleared = ping.clone();
    cleared.entry.path = "usr/bin/cleared".into();
    let hard = File::special(
        "etc/hard2",
        apkcompose::apk::tar::Kind::HardLink("etc/hard".into()),
    );
    vec![
        File::regular("etc/kept", "kept\n"),
        File::regular("etc/hard", "hard\n"),
        hard,
        File::regular("etc/moved", "moved\n"),
        File::regular("etc/removed", "removed\n"),
        File::regular("etc/owned", "owned\n").owner("x", "x", 33, 34),
        File::regular("etc/plain", "plain\n"),
        File::regular("etc/touched", "touched\n"),
        File::regular("etc/edited", "old\n"),
        File::regular("etc/same", "same\n"),
        File::symlink("etc/link-a", "aaa"),
        File::symlink("etc/link-b", "bbb"),
        File::symlink("etc/link-c", "target"),
        File::regular("srv/tree/a/b", "b\n"),
        File::regular("usr/bin/setuid", "setuid").mode(0o4755),
        File::regular("usr/bin/other", "other").mode(0o000),
        ping,
        cleared,
        File::regular("var/closed/file", "closed").mode(0o000),
    ]
}

#[track_caller]
fn check_all_sorts(tree: &Tree) {
    let form = |path: &str| {
        let Node { mode, uid, gid, .. } = *tree.node(path);
        (format!("{mode:o}"), uid, gid)
    };
    let is = |path, mode: &str, uid, gid| {
        assert_eq!(form(path), (mode.to_owned(), uid, gid), "{path}");
    };
    assert_eq!(tree.text("made/file"), "new\n");
    is("made/file", "4755", 100, 101);
    is("made/deep", "2750", 100, 101);
    is("made/sticky", "1777", 0, 0);
    is("made/fifo", "640", 0, 0);
    is("made/console", "600", 0, 0);
    is("made/disk", "660", 0, 6);
    assert_eq!(tree.node("made/fifo").kind, Kind::Fifo);
    assert_eq!(tree.node("made/console").kind, Kind::CharDevice(5, 1));
    assert_eq!(tree.node("made/disk").kind, Kind::BlockDevice(8, 0));
    assert_eq!(tree.node("made/symlink").uid, 7);
    assert_eq!(tree.text("etc/kept"), "kept\nappended\n");
    assert!(tree.linked("made/hard", "etc/hard") && tree.linked("etc/hard", "etc/hard2"));
    assert!(tree.linked("made/file", "made/again"));
    assert_eq!(tree.text("made/moved"), "moved\n");
    for gone in ["etc/moved", "etc/removed", "srv/tree/a", "seen/x"] {
        assert!(!tree.has(gone), "{gone}");
    }
    let link = Kind::Symlink("../elsewhere".into());
    assert_eq!(tree.node("srv/tree").kind, link);
    for (path, target) in [("a", "bbb"), ("b", "aaa"), ("c", "target")] {
        let path = format!("etc/link-{path}");
        assert_eq!(tree.node(&path).kind, Kind::Symlink(target.into()));
    }
    is("etc/owned", "600", 70000, 70001);
    // chown takes the set-user-id bit away.
    is("usr/bin/setuid", "755", 5, 5);
    is("usr/bin/other", "4711", 0, 0);
    is("var/closed/file", "0", 0, 0);
    assert_eq!(tree.text("etc/edited"), "new\n");
    assert_eq!(tree.text("etc/same"), "same\n");
    let ping = tree.node("usr/bin/ping");
    assert_eq!(ping.xattrs["security.capability"], CAPABILITY);
    for made in ["made/file", "etc/touched", "etc/edited", "copied"] {
        assert_eq!(tree.node(made).mtime, NOW, "{made}");
    }
    for kept in ["etc/plain", "made/moved", "made/hard", "etc/owned"] {
        assert_eq!(tree.node(kept).mtime, BUILD_DATE, "{kept}");
    }
    is("copied/file", "4755", 100, 101);
    is("copied/disk", "660", 0, 6);
    assert_eq!(tree.node("copied/disk").kind, Kind::BlockDevice(8, 0));
    let seen = "/made/file regular file 100:101 4755 0,0\n\
                /made/deep directory 100:101 2750 0,0\n\
                /made/disk block special file 0:6 660 8,0\n\
                /made/console character special file 0:0 600 5,1\n\
                /etc/owned regular file 70000:70001 600 0,0\n";
    assert_eq!(tree.text("seen"), seen);
    for own in ["dev", "proc"] {
        let below = format!("{own}/");
        assert!(tree.has(own));
        assert!(!tree.paths().iter().any(|path| path.starts_with(&below)));
    }
}

#[test]
fn whatever_a_script_does_is_in_the_image_whoever_built_it() {
    let what = "all that scripts do";
    let script = [(Script::PostInstall, ALL_SORTS)];
    let Some(scene) = scene(what, &[scripted("a", all_sorts(), &script)]) else {
        return;
    };
    let mut digests = Vec::new();
    for who in everybody(what) {
        let run = build_at(&scene, who, NOW, &[]);
        let plain = run.stderr.contains("plain chroot");
        assert_eq!(plain, who == Who::Plain, "{who:?}: {}", run.stderr);
        check_all_sorts(&tree(&scene, who, &run));
        digests.push((who, run.digest()));
    }
    let first = &digests[0].1;
    assert!(
        digests.iter().all(|(_, digest)| digest == first),
        "{digests:?}"
    );
}

#[test]
fn a_file_that_is_given_away_loses_its_capabilities() {
    let mut ping = File::regular("usr/bin/ping", "ping").mode(0o755);
    ping.entry.xattrs = vec![("security.capability".into(), CAPABILITY.to_vec().into())];
    let script = [(Script::PostInstall, "chown 5:5 /usr/bin/ping")];
    let what = "capabilities and chown";
    let Some(scene) = scene(what, &[scripted("a", vec![ping], &script)]) else {
        return;
    };
    for who in everybody(what) {
        let tree = tree(&scene, who, &build(&scene, who, &[]));
        let ping = tree.node("usr/bin/ping");
        assert_eq!((ping.uid, ping.xattrs.len()), (5, 0), "{who:?}");
    }
}

#[test]
fn scripts_get_apks_arguments_and_environment_and_nothing_else() {
    let script = "env > /seen-env; echo \"$0 $*\" > /seen-args; pwd > /seen-pwd
        umask > /seen-umask; id > /seen-id; hostname > /seen-host; cat > /seen-stdin
        ls /dev > /seen-dev; echo $PPID > /seen-parent; touch /mode; mkdir /folder";
    let Some(tree) = after("arguments and environment", vec![], script) else {
        return;
    };
    let mut environment: Vec<&str> = tree.text("seen-env").lines().collect();
    // The shell's own.
    environment.retain(|line| !["PWD=/", "SHLVL=1", "_=/bin/env"].contains(line));
    environment.sort_unstable();
    let expected = [
        "APK_PACKAGE=a",
        "APK_SCRIPT=post-install",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    ];
    assert_eq!(environment, expected);
    let arguments = "/lib/apk/exec/a-1.0-r0.post-install 1.0-r0\n";
    assert_eq!(tree.text("seen-args"), arguments);
    assert_eq!(tree.text("seen-pwd"), "/\n");
    assert_eq!(tree.text("seen-umask"), "0022\n");
    assert!(tree.text("seen-id").starts_with("uid=0(root) gid=0(root)"));
    assert_eq!(tree.text("seen-host"), "localhost\n");
    assert_eq!(tree.text("seen-stdin"), "");
    assert_eq!(tree.text("seen-parent"), "1\n");
    let devices = "fd full null random shm stderr stdin stdout tty urandom zero";
    let seen: Vec<&str> = tree.text("seen-dev").split_whitespace().collect();
    assert_eq!(seen.join(" "), devices);
    assert_eq!(tree.node("mode").mode, 0o644);
    assert_eq!(tree.node("folder").mode, 0o755);
    assert!(tree.has("lib/apk/db") && !tree.has("lib/apk/exec"));
}

/// As adduser does: the new file takes the place of the old one, which is kept.
const ADD_USER: &str = "set -e
    cp /etc/passwd /etc/passwd-
    echo web:x:66:77::/:/bin/sh | cat /etc/passwd - > /etc/passwd+
    mv /etc/passwd+ /etc/passwd
    echo web:x:77: >> /etc/group
    echo web:!:$(($(date +%s) / 86400)):0:99999:7::: >> /etc/shadow";

#[test]
fn owners_are_those_that_the_pre_install_script_makes() {
    let files = vec![
        File::directory("srv").owner("web", "web", 11, 12),
        File::regular("srv/file", "").owner("web", "web", 11, 12),
    ];
    let scripts = [
        (Script::PreInstall, ADD_USER),
        (
            Script::PostInstall,
            "ls -ln /srv/file > /seen; id web >> /seen",
        ),
    ];
    let what = "owners after pre-install";
    let Some(scene) = scene(what, &[scripted("a", files, &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        let tree = tree(&scene, who, &build(&scene, who, &[]));
        let owner = |path| (tree.node(path).uid, tree.node(path).gid);
        assert_eq!(owner("srv/file"), (66, 77), "{who:?}");
        // The first entry's owner was looked up before.
        assert_eq!(owner("srv"), (11, 12), "{who:?}");
        let seen = tree.text("seen");
        assert!(
            seen.contains(" 66 ") && seen.contains("uid=66(web) gid=77(web)"),
            "{seen}"
        );
        let line = format!("web:!:{BUILD_DAY}:0:99999:7:::\n");
        assert!(
            tree.text("etc/shadow").ends_with(&line),
            "{}",
            tree.text("etc/shadow")
        );
        assert!(tree.has("etc/passwd-"));
    }
}

#[test]
fn the_day_is_that_of_the_build() {
    // What was there before keeps its day, also when a script writes the file anew.
    let script = "set -e
        today=$(($(date +%s) / 86400))
        echo \"new:!:$today:0:99999:7:::\" >> /etc/shadow
        cp /etc/shadow /etc/shadow-
        echo \"other:!:$today:::::\" >> /etc/shadow
        echo \"dated:!:12345:::::\" >> /etc/shadow";
    let packages = [
        scripted(
            "b",
            vec![],
            &[(Script::PostInstall, "cp /etc/shadow /seen")],
        ),
        scripted("a", vec![], &[(Script::PostInstall, script)]),
    ];
    let Some(scene) = scene("the day in etc/shadow", &packages) else {
        return;
    };
    let run = build(&scene, Who::Myself, &["--package", "b"]);
    let built = tree(&scene, Who::Myself, &run);
    let expected = |day: u64| {
        format!(
            "root:*:10000:0:::::\nnew:!:{day}:0:99999:7:::\nother:!:{day}:::::\ndated:!:12345:::::\n"
        )
    };
    assert_eq!(built.text("etc/shadow"), expected(BUILD_DAY));
    // The next script sees the same.
    assert_eq!(built.text("seen"), expected(BUILD_DAY));
    let backup = format!("root:*:10000:0:::::\nnew:!:{BUILD_DAY}:0:99999:7:::\n");
    assert_eq!(built.text("etc/shadow-"), backup);

    let run = build_at(&scene, Who::Myself, NOW, &["--package", "b"]);
    let built = tree(&scene, Who::Myself, &run);
    assert_eq!(built.text("etc/shadow"), expected(500));
    assert_eq!(built.node("seen").mtime, NOW);
}

#[test]
fn triggers_run_last_with_the_directories_that_match() {
    let mut watcher = scripted(
        "a",
        vec![File::regular("usr/share/icons/a/icon", "")],
        &[(
            Script::Trigger,
            "echo \"$@\" | tr ' ' '\\n' > /seen; ls /late >> /seen",
        )],
    );
    watcher.triggers = vec!["/usr/share/icons/*".into(), "+/late".into(), "/none".into()];
    let late = scripted(
        "b",
        vec![
            File::regular("usr/share/icons/b/deep/icon", ""),
            File::regular("late/file", ""),
        ],
        &[(Script::PostInstall, "mkdir /usr/share/icons/unowned")],
    );
    let mut never = scripted("c", vec![], &[(Script::Trigger, "touch /never")]);
    never.triggers = vec!["/usr/share/icons".into(), "/usr/share/icon?/*/none".into()];
    never.triggers.remove(0);
    let Some(scene) = scene("triggers", &[watcher, late, never]) else {
        return;
    };
    let run = build(&scene, Who::Myself, &["--package", "b", "--package", "c"]);
    let tree = tree(&scene, Who::Myself, &run);
    let mut seen: Vec<&str> = tree.text("seen").lines().collect();
    assert_eq!(seen.pop(), Some("file"));
    seen.sort_unstable();
    assert_eq!(seen, ["/late", "/usr/share/icons/a", "/usr/share/icons/b"]);
    assert!(!tree.has("never"));
}

#[test]
fn directories_are_listed_by_name() {
    // More than fits into one answer of the kernel, made in an order that is none.
    let script = "mkdir /many; cd /many
        for n in $(seq 1 3000); do : > file-with-a-longer-name-$((n * 7919 % 3001)); done
        find /many -type f > /seen
        cd /; rm -r /many; find /etc -type f > /seen-etc";
    let what = "the order of directories";
    let scripts = [(Script::PostInstall, script)];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        let tree = tree(&scene, who, &build(&scene, who, &[]));
        for (seen, count) in [("seen", 3000), ("seen-etc", 3)] {
            let lines: Vec<&str> = tree.text(seen).lines().collect();
            let mut sorted = lines.clone();
            sorted.sort_unstable();
            assert_eq!(lines, sorted, "{who:?}");
            assert_eq!(lines.len(), count, "{who:?}");
        }
    }
}

#[test]
fn nothing_is_started_where_no_package_has_a_script() {
    use super::support::{Image, Scene, package};
    let scene = Scene::with(&[package("a", vec![File::regular("file", "content")])]);
    let mut command = scene.command(&["build", "--package", "a", "--output", "out.tar"]);
    command.env("TMPDIR", "/nowhere");
    super::support::Run::of(command).digest();
    let tree = Image::read(&scene.output("out.tar")).tree;
    assert!(!tree.has("dev") && !tree.has("proc"));
}

/// A child's end may interrupt its parent, which is looking for the next program just then.
#[test]
fn pipelines_are_not_disturbed() {
    let script = "set -e; mknod /made c 1 1; chown 3:3 /etc/group
        for n in $(seq 1 300); do
          echo a | cat | grep -q a
          true & stat -c %u /etc/group | grep -q 3
          for file in /etc/g*; do test -f $file; done
          wait
        done";
    let what = "pipelines";
    let scripts = [(Script::PostInstall, script)];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        let tree = tree(&scene, who, &build(&scene, who, &[]));
        assert_eq!(tree.node("etc/group").uid, 3, "{who:?}");
    }
}

/// Each of those who run the tests has the numbers that they stand for.
#[test]
fn the_box_has_as_many_ids_as_can_be_had() {
    let what = "ids of the box";
    let script = "cat /proc/self/uid_map > /seen; true";
    let scripts = [(Script::PostInstall, script)];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        let tree = tree(&scene, who, &build(&scene, who, &[]));
        let counts = tree.text("seen").lines().map(|line| {
            let count = line.split_whitespace().nth(2).unwrap();
            count.parse::<u64>().unwrap()
        });
        let counts: Vec<u64> = counts.collect();
        match who {
            Who::Single => assert_eq!(counts, [1]),
            Who::Subordinate => assert_eq!(counts, [1, 65536]),
            Who::NoUserNamespaces => assert_eq!(counts, [65536]),
            // Without /proc, or as whoever it is that runs the tests.
            Who::Plain | Who::Myself => {}
        }
    }
}

#[test]
fn a_script_can_become_another_user_where_there_is_one() {
    let what = "su in a script";
    let script = "su web -c 'echo mine > /tmp/mine'";
    let scripts = [
        (Script::PreInstall, ADD_USER),
        (Script::PostInstall, script),
    ];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        let run = build(&scene, who, &[]);
        if who == Who::Single || run.code != Some(0) && who == Who::Myself && !is_root() {
            run.fails_with(&[
                "the post-install script of a-1.0-r0 wanted to become a member of the group 77",
                "as su does",
                "su: ",
                "uidmap",
                "usermod --add-subuids",
            ]);
            continue;
        }
        let tree = tree(&scene, who, &run);
        let node = tree.node("tmp/mine");
        assert_eq!((node.uid, node.gid), (66, 77), "{who:?}");
    }
}

/// What root would have made is not made, even where the script does not mind.
#[test]
fn a_script_that_could_not_become_another_user_fails_even_if_it_goes_on() {
    let what = "su in a script that goes on";
    let script = "su web -c 'echo mine > /tmp/mine' || true";
    let scripts = [
        (Script::PreInstall, ADD_USER),
        (Script::PostInstall, script),
    ];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        if who == Who::Single {
            let run = build(&scene, who, &[]);
            run.fails_with(&["wanted to become a member of the group 77"]);
        }
    }
}

#[test]
fn a_script_can_become_what_it_is() {
    let what = "su to root in a script";
    let script = "su root -c 'echo mine > /tmp/mine'";
    let scripts = [(Script::PostInstall, script)];
    let Some(scene) = scene(what, &[scripted("a", vec![], &scripts)]) else {
        return;
    };
    for who in everybody(what) {
        let tree = tree(&scene, who, &build(&scene, who, &[]));
        let node = tree.node("tmp/mine");
        assert_eq!((node.uid, node.gid), (0, 0), "{who:?}");
    }
}
