//! Scripts for processors that this machine has not.

use super::support::scene::write_repository_of;
use super::support::skip::{find, has_clients, has_root, skipped};
use super::support::tree::Tree;
use super::support::{Image, Run, Scene, package};
use super::who::Who;
use apkcompose::apk::arch::Arch;
use apkcompose::apk::package::Script;
use apkcompose::apk::write::File;
use std::process::Command;

/// A program for aarch64 that makes a file and gives it to 12:34.
fn maker() -> Vec<u8> {
    const HEADERS: u64 = 64 + 56;
    const BASE: u64 = 0x40_0000;
    let constant = |register: u32, value: u32| 0xd280_0000 | value << 5 | register;
    let here = 0x9280_0000 | 99 << 5; // x0 = AT_FDCWD
    let call = |number| [constant(8, number), 0xd400_0001];
    // x1 = the path behind the code, from the instruction at `at` on.
    let path = |at: u32, end: u32| 0x1000_0001 | (end - at) << 5;
    let (open, chown, exit) = (call(56), call(54), call(93));
    let mut code = Vec::new();
    let end = 16;
    code.extend([here, path(1, end), constant(2, 0o101), constant(3, 0o644)]);
    code.extend(open);
    code.extend([
        here,
        path(7, end),
        constant(2, 12),
        constant(3, 34),
        constant(4, 0),
    ]);
    code.extend(chown);
    code.push(constant(0, 0));
    code.extend(exit);
    assert_eq!(code.len() as u32, end);
    let mut elf = Vec::new();
    elf.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    elf.extend([2u16, 183].map(u16::to_le_bytes).concat());
    elf.extend(1u32.to_le_bytes());
    elf.extend([BASE + HEADERS, 64, 0].map(u64::to_le_bytes).concat());
    elf.extend(0u32.to_le_bytes());
    elf.extend([64u16, 56, 1, 0, 0, 0].map(u16::to_le_bytes).concat());
    let name = b"/made-by-aarch64\0";
    let size = HEADERS + 4 * u64::from(end) + name.len() as u64;
    elf.extend([1u32, 5].map(u32::to_le_bytes).concat());
    elf.extend(
        [0, BASE, BASE, size, size, 4096]
            .map(u64::to_le_bytes)
            .concat(),
    );
    assert_eq!(elf.len() as u64, HEADERS);
    elf.extend(code.into_iter().flat_map(u32::to_le_bytes));
    elf.extend(name);
    elf
}

fn scene() -> Scene {
    let mut a = package("a", vec![File::regular("bin/maker", maker()).mode(0o755)]);
    a.arch = "aarch64".into();
    a.scripts
        .insert(Script::PostInstall, "#!/bin/maker\n".to_owned());
    let scene = Scene::new();
    write_repository_of(&scene.repository(), "aarch64", &[a]);
    scene
}

fn arguments(command: &mut Command, scene: &Scene) {
    command.args(["build", "--package", "a", "--output", "out.tar"]);
    command.args(["--arch", "aarch64"]);
    command.arg("--repository").arg(scene.repository());
    command.arg("--key").arg(scene.key());
}

fn check(tree: &Tree) {
    let made = tree.node("made-by-aarch64");
    assert_eq!((made.mode, made.uid, made.gid), (0o644, 12, 34));
}

/// Registers qemu as Debian's package does, but in a user namespace of its own (Linux 6.7), so
/// that the machine's settings stay.
const REGISTERED: &str = r#"
place=/proc/sys/fs/binfmt_misc
mount -t binfmt_misc binfmt_misc $place || exit 98
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
if [ -n "$1" ]; then
  printf '%s' ":qemu-aarch64:M::$magic:$mask:$1:F" > $place/register || exit 99
fi
shift
exec "$@"
"#;

/// Runs the program where aarch64 is known to this interpreter, or to none.
fn run(scene: &Scene, interpreter: &str) -> Option<Run> {
    let program = Who::Myself.program(scene);
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        REGISTERED,
    ]);
    command.args(["sh", interpreter]).arg(program.get_program());
    arguments(&mut command, scene);
    command.current_dir(scene.work());
    command.env("APKCOMPOSE_CACHE_DIR", scene.path("cache"));
    let run = Run::of(command);
    if run.code == Some(98) {
        skipped(
            "foreign architectures",
            "binfmt_misc has no namespaces here",
        );
        return None;
    }
    Some(run)
}

#[test]
fn a_foreign_architecture_runs_through_qemu() {
    let what = "scripts of a foreign architecture";
    if Arch::host() == Some(Arch::Aarch64) || !has_root(what) {
        return;
    }
    if !has_clients(what, &["qemu-aarch64-static"]) {
        return;
    }
    let qemu = find("qemu-aarch64-static").unwrap();
    let scene = scene();
    let Some(run) = run(&scene, qemu.to_str().unwrap()) else {
        return;
    };
    run.digest();
    check(&Image::read(&scene.output("out.tar")).tree);
}

#[test]
fn without_qemu_the_error_says_so() {
    let what = "scripts of an unknown architecture";
    if Arch::host() == Some(Arch::Aarch64) || !has_root(what) {
        return;
    }
    let scene = scene();
    let Some(run) = run(&scene, "") else {
        return;
    };
    run.fails_with(&[
        "the post-install script of a-1.0-r0 could not be started",
        "this machine cannot run programs for aarch64",
        "qemu-user-static",
        "binfmt_misc",
        "--scripts skip",
    ]);
}

#[test]
fn the_host_runs_its_own() {
    if Arch::host() != Some(Arch::Aarch64) {
        return;
    }
    let scene = scene();
    let mut command = scene.bare();
    arguments(&mut command, &scene);
    Run::of(command).digest();
    check(&Image::read(&scene.output("out.tar")).tree);
}
