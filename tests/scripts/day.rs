//! The same scripts on two days give the same image.
//!
//! Scripts read the kernel's clock, past anything that a library could put before it. So the
//! clock is that of a virtual machine, which boots on one day and then on the next.

use super::fixture::{busybox, scripted, shell};
use super::support::{self, Run, Scene, skip, vm};
use apkcompose::apk::package::Script;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounts what a build needs, builds, and ends the machine.
const INIT: &str = "#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mount -t tmpfs none /tmp
echo \"the day is $(($(date +%s) / 86400))\"
cd /tmp
HOME=/tmp /apkcompose build --package a --arch x86_64 --repository /repo \\
  --key /test-only.rsa.pub --output out.tar --verbose > digest 2> said
echo \"ended with $?\"
cat said
echo \"the digest is $(cat digest)\"
poweroff -f
";

/// Makes a user as `adduser` does, and says what there is then.
const SCRIPT: &str = "echo \"new:!:$(($(date +%s) / 86400)):0:99999:7:::\" >> /etc/shadow
    echo \"raw: $(sed -n 's/^new:[^:]*:\\([0-9]*\\):.*/\\1/p' /etc/shadow)\"";

/// The program without what only debuggers read, to boot faster.
fn program(scene: &Scene) -> PathBuf {
    let original = Path::new(env!("CARGO_BIN_EXE_apkcompose"));
    let stripped = scene.path("stripped");
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&stripped).arg(original);
    match strip.status() {
        Ok(status) if status.success() => stripped,
        _ => original.to_owned(),
    }
}

/// The libraries of a program, and what loads them.
fn libraries(program: &Path) -> Vec<String> {
    let listed = support::output(Command::new("ldd").arg(program));
    let paths = listed
        .split_ascii_whitespace()
        .filter(|word| word.starts_with('/'));
    paths.map(str::to_owned).collect()
}

/// An initramfs with the program, a shell and the repository.
fn initramfs(scene: &Scene, busybox: &Path) -> PathBuf {
    let program = program(scene);
    let init = scene.write("init", INIT);
    let mut text = String::from("packages = []\n");
    let mut file = |source: &Path, target: &str, mode: &str| {
        text += &format!("[[file]]\nsource = {source:?}\ntarget = {target:?}\nmode = \"{mode}\"\n");
    };
    file(&program, "/apkcompose", "0755");
    file(&init, "/init", "0755");
    file(busybox, "/bin/busybox", "0755");
    file(&scene.key(), "/test-only.rsa.pub", "0644");
    for library in libraries(&program) {
        file(Path::new(&library), &library, "0755");
    }
    let folder = scene.repository().join("x86_64");
    for name in support::scene::names(&folder) {
        file(&folder.join(&name), &format!("/repo/x86_64/{name}"), "0644");
    }
    for directory in ["proc", "dev", "tmp"] {
        text += &format!("[[file]]\ndirectory = true\ntarget = \"/{directory}\"\n");
    }
    let manifest = scene.write("initramfs.toml", text);
    let args = [
        "build",
        manifest.to_str().unwrap(),
        "--format",
        "cpio",
        "-o",
        "initramfs",
    ];
    Run::of(scene.command(&args)).digest();
    scene.output("initramfs")
}

/// What follows this in a line of its own.
#[track_caller]
fn said<'t>(text: &'t str, before: &str) -> &'t str {
    let found = text
        .lines()
        .find_map(|line| Some(line.split_once(before)?.1));
    found
        .unwrap_or_else(|| panic!("no {before:?} in {text}"))
        .trim()
}

#[test]
fn two_days_give_one_digest() {
    let what = "builds on two days";
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    let (Some(kernel), Some(shell_elf)) = (vm::kernel(what), busybox(what)) else {
        return;
    };
    let scripts = [(Script::PostInstall, SCRIPT)];
    let scene = Scene::with(&[shell(shell_elf), scripted("a", vec![], &scripts)]);
    let path = skip::find("busybox").unwrap();
    let initramfs = initramfs(&scene, &path);
    let boots = ["2026-11-20T12:00:00", "2026-11-21T12:00:00"].map(|time| {
        let text = vm::boot(&kernel, &initramfs, time);
        assert!(text.contains("ended with 0"), "{text}");
        text
    });
    let [one, two] = &boots;
    let day = |text: &str| said(text, "the day is ").parse::<u64>().unwrap();
    assert_eq!((day(one), day(two)), (20777, 20778));
    // The script itself saw the clock and wrote it down: without its being rewritten, the
    // images would differ.
    let raw = |text: &str| said(text, "raw: ").parse::<u64>().unwrap();
    assert_eq!((raw(one), raw(two)), (20777, 20778));
    let digest = said(one, "the digest is ");
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
    assert_eq!(said(two, "the digest is "), digest);
    // And this machine, whatever its clock says, agrees.
    let here = scene.run(&["build", "--package", "a", "--output", "here.tar"]);
    assert_eq!(here.digest(), digest);
}
