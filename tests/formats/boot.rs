//! Roots that boot.

use super::support::scene::package;
use super::support::{Run, Scene, skip, vm};
use apkcompose::apk::write::File;
use std::fs;

/// Says what it finds, and ends the machine.
const INIT: &str = "#!/bin/sh
busybox mkdir -p /proc && busybox mount -t proc proc /proc
echo \"booted as process $$ on $(busybox sed 's/ .*//' /proc/version)\"
busybox cat /greeting /hard-link
busybox stat -c '%n %F %a %u:%g %h' /greeting /hard-link /dev/made /symlink
echo the end
busybox poweroff -f
";

#[test]
fn a_kernel_boots_cpio_archives() {
    let what = "an initramfs";
    let Some(kernel) = vm::kernel(what) else {
        return;
    };
    if !skip::has_clients(what, &["busybox"]) {
        return;
    }
    let busybox = fs::read(skip::find("busybox").unwrap()).unwrap();
    use apkcompose::apk::tar::Kind;
    let scene = Scene::with(&[package(
        "a",
        vec![
            File::regular("bin/busybox", busybox).mode(0o755),
            File::symlink("bin/sh", "busybox"),
            File::regular("init", INIT).mode(0o755),
            File::regular("greeting", "hello\n").mode(0o640),
            File::special("hard-link", Kind::HardLink("greeting".into())),
            File::special("dev/made", Kind::CharDevice(1, 3)).mode(0o666),
            File::symlink("symlink", "greeting"),
        ],
    )]);
    for format in ["cpio", "cpio.gz", "cpio.zst"] {
        let args = ["build", "--package", "a", "--format", format, "-o", "out"];
        Run::of(scene.command(&args)).digest();
        let said = vm::boot(&kernel, &scene.output("out"), "2026-11-20T12:00:00");
        let expected = "booted as process 1 on Linux\nhello\nhello\n\
                        /greeting regular file 640 0:0 2\n\
                        /hard-link regular file 640 0:0 2\n\
                        /dev/made character special file 666 0:0 1\n\
                        /symlink symbolic link 777 0:0 1\nthe end\n";
        assert!(said.contains(expected), "{format}: {said}");
        fs::remove_file(scene.output("out")).unwrap();
    }
}
