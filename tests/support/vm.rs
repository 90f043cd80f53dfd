//! A virtual machine with nothing but a kernel, an initramfs and a clock.

use super::output;
use super::skip::{has_clients, without_clients};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The kernel that `APKCOMPOSE_TEST_KERNEL` names, if there is one and qemu to start it; without
/// them the test `what` is skipped.
pub fn kernel(what: &str) -> Option<PathBuf> {
    if !has_clients(what, &["qemu-system-x86_64", "timeout"]) {
        return None;
    }
    let kernel = std::env::var_os("APKCOMPOSE_TEST_KERNEL").map(PathBuf::from);
    if kernel.is_none() {
        without_clients(what, "APKCOMPOSE_TEST_KERNEL names no kernel");
    }
    kernel
}

/// Boots the kernel with an initramfs whose `/init` powers off at its end, at this time, and
/// returns what was printed on the serial console.
#[track_caller]
pub fn boot(kernel: &Path, initramfs: &Path, time: &str) -> String {
    let mut command = Command::new("timeout");
    command.args(["120", "qemu-system-x86_64"]);
    // Machines with /dev/kvm that cannot use it hang; this is fast enough.
    command.args(["-accel", "tcg", "-m", "1024", "-nodefaults"]);
    command.args(["-display", "none", "-serial", "stdio", "-no-reboot"]);
    command.args(["-rtc", &format!("base={time}")]);
    // A panic ends the machine.
    command.args(["-append", "console=ttyS0 quiet panic=-1"]);
    command.arg("-kernel").arg(kernel);
    command.arg("-initrd").arg(initramfs);
    output(command.stdin(Stdio::null())).replace('\r', "")
}
