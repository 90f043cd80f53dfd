//! Which system calls of scripts are looked at.
//!
//! Their numbers: syscalls(2). A program for another architecture that the processor knows as
//! well (32-bit x86, 32-bit ARM) has calls of its own.

/// A call that is answered by the handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    Chown,
    Lchown,
    Fchown,
    Fchownat,
    /// The same with 16-bit numbers.
    Chown16,
    Lchown16,
    Fchown16,
    Mknod,
    Mknodat,
    Stat,
    Lstat,
    Fstat,
    Fstatat,
    Statx,
    Getdents64,
    /// Taking other users' numbers, in so many arguments.
    BecomeUsers(u8),
    /// Taking other groups' numbers, in so many arguments.
    BecomeGroups(u8),
    /// Taking a list of further groups.
    Setgroups,
    /// Choosing what to do when a child has ended.
    Sigaction,
    /// Making a process; looked at only where nothing else bounds their number.
    Fork,
    /// Sending a signal; looked at only where no namespace bounds whom it reaches.
    Kill,
}

/// The calls of an architecture.
pub struct Abi {
    /// `AUDIT_ARCH_…`
    pub arch: u32,
    pub asked: &'static [(u32, Call)],
    /// Asked about where a box lacks the namespace that would do.
    pub open: &'static [(u32, Call)],
    /// Calls that scripts have no use for and that reach far into the kernel, or round the
    /// filter.
    pub refused: &'static [u32],
    pub clone: u32,
    pub clone3: u32,
    pub socket: u32,
    /// The one call of old for all that sockets do.
    pub socketcall: Option<u32>,
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$(libc::$name as u32),*] };
}

const REFUSED: &[u32] = numbers!(
    SYS_add_key SYS_bpf SYS_fsmount SYS_fsopen SYS_io_uring_enter SYS_io_uring_register
    SYS_io_uring_setup SYS_kcmp SYS_keyctl SYS_mount SYS_mount_setattr SYS_move_mount
    SYS_open_by_handle_at SYS_open_tree SYS_perf_event_open SYS_pidfd_getfd SYS_pivot_root
    SYS_process_vm_readv SYS_process_vm_writev SYS_ptrace SYS_request_key SYS_setns
    SYS_umount2 SYS_syslog SYS_unshare SYS_userfaultfd SYS_chroot
);

pub const NATIVE: Abi = Abi {
    arch: NATIVE_ARCH,
    asked: &[
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_chown as u32, Call::Chown),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_lchown as u32, Call::Lchown),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_mknod as u32, Call::Mknod),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_stat as u32, Call::Stat),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_lstat as u32, Call::Lstat),
        (libc::SYS_fchown as u32, Call::Fchown),
        (libc::SYS_fchownat as u32, Call::Fchownat),
        (libc::SYS_mknodat as u32, Call::Mknodat),
        (libc::SYS_fstat as u32, Call::Fstat),
        (libc::SYS_newfstatat as u32, Call::Fstatat),
        (libc::SYS_statx as u32, Call::Statx),
        (libc::SYS_getdents64 as u32, Call::Getdents64),
        (libc::SYS_rt_sigaction as u32, Call::Sigaction),
        (libc::SYS_setuid as u32, Call::BecomeUsers(1)),
        (libc::SYS_setreuid as u32, Call::BecomeUsers(2)),
        (libc::SYS_setresuid as u32, Call::BecomeUsers(3)),
        (libc::SYS_setfsuid as u32, Call::BecomeUsers(1)),
        (libc::SYS_setgid as u32, Call::BecomeGroups(1)),
        (libc::SYS_setregid as u32, Call::BecomeGroups(2)),
        (libc::SYS_setresgid as u32, Call::BecomeGroups(3)),
        (libc::SYS_setfsgid as u32, Call::BecomeGroups(1)),
        (libc::SYS_setgroups as u32, Call::Setgroups),
    ],
    open: &[
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_fork as u32, Call::Fork),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_vfork as u32, Call::Fork),
        (libc::SYS_clone as u32, Call::Fork),
        (libc::SYS_kill as u32, Call::Kill),
        (libc::SYS_tkill as u32, Call::Kill),
        (libc::SYS_tgkill as u32, Call::Kill),
    ],
    refused: REFUSED,
    clone: libc::SYS_clone as u32,
    clone3: libc::SYS_clone3 as u32,
    socket: libc::SYS_socket as u32,
    socketcall: None,
};

#[cfg(target_arch = "x86_64")]
pub const NATIVE_ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub const NATIVE_ARCH: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
pub const NATIVE_ARCH: u32 = 0xc000_00f3;
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64"
)))]
compile_error!("the sandbox does not know this architecture's system calls yet");

/// What else the processor may run.
#[cfg(target_arch = "x86_64")]
pub const OTHERS: &[Abi] = &[Abi {
    // i386
    arch: 0x4000_0003,
    asked: &[
        (182, Call::Chown16),
        (16, Call::Lchown16),
        (95, Call::Fchown16),
        (212, Call::Chown),
        (198, Call::Lchown),
        (207, Call::Fchown),
        (298, Call::Fchownat),
        (14, Call::Mknod),
        (297, Call::Mknodat),
        (383, Call::Statx),
        (220, Call::Getdents64),
        (174, Call::Sigaction),
        (213, Call::BecomeUsers(1)),
        (203, Call::BecomeUsers(2)),
        (208, Call::BecomeUsers(3)),
        (215, Call::BecomeUsers(1)),
        (214, Call::BecomeGroups(1)),
        (204, Call::BecomeGroups(2)),
        (210, Call::BecomeGroups(3)),
        (216, Call::BecomeGroups(1)),
        (206, Call::Setgroups),
    ],
    open: &[
        (2, Call::Fork),
        (190, Call::Fork),
        (120, Call::Fork),
        (37, Call::Kill),
        (238, Call::Kill),
        (270, Call::Kill),
    ],
    // In the order of those above.
    refused: &[
        286, 357, 432, 430, 426, 427, 425, 349, 288, 21, 442, 429, 342, 428, 336, 438, 217, 347,
        348, 26, 287, 346, 52, 103, 310, 374, 61, 22,
    ],
    clone: 120,
    clone3: 435,
    socket: 359,
    socketcall: Some(102),
}];
#[cfg(target_arch = "aarch64")]
pub const OTHERS: &[Abi] = &[Abi {
    // ARM, EABI
    arch: 0x4000_0028,
    asked: &[
        (212, Call::Chown),
        (198, Call::Lchown),
        (207, Call::Fchown),
        (325, Call::Fchownat),
        (14, Call::Mknod),
        (324, Call::Mknodat),
        (397, Call::Statx),
        (217, Call::Getdents64),
        (174, Call::Sigaction),
        (213, Call::BecomeUsers(1)),
        (203, Call::BecomeUsers(2)),
        (208, Call::BecomeUsers(3)),
        (215, Call::BecomeUsers(1)),
        (214, Call::BecomeGroups(1)),
        (204, Call::BecomeGroups(2)),
        (210, Call::BecomeGroups(3)),
        (216, Call::BecomeGroups(1)),
        (206, Call::Setgroups),
    ],
    open: &[
        (2, Call::Fork),
        (190, Call::Fork),
        (120, Call::Fork),
        (37, Call::Kill),
        (238, Call::Kill),
        (268, Call::Kill),
    ],
    refused: &[
        309, 386, 432, 430, 426, 427, 425, 378, 311, 21, 442, 429, 371, 428, 364, 438, 218, 376,
        377, 26, 310, 375, 52, 103, 337, 388, 61,
    ],
    clone: 120,
    clone3: 435,
    socket: 281,
    socketcall: None,
}];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub const OTHERS: &[Abi] = &[];

/// Which call this is; `None` for one that the filter never asks about.
pub fn call(arch: u32, number: u32) -> Option<Call> {
    let abi = std::iter::once(&NATIVE)
        .chain(OTHERS)
        .find(|abi| abi.arch == arch)?;
    let mut known = abi.asked.iter().chain(abi.open);
    known
        .find(|(known, _)| *known == number)
        .map(|(_, call)| *call)
}

/// Whether a call's structures are those of this program.
pub fn is_native(arch: u32) -> bool {
    arch == NATIVE_ARCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asked_call_is_known() {
        for abi in std::iter::once(&NATIVE).chain(OTHERS) {
            for (number, known) in abi.asked.iter().chain(abi.open) {
                assert_eq!(call(abi.arch, *number), Some(*known));
            }
        }
        assert_eq!(call(NATIVE_ARCH, libc::SYS_openat as u32), None);
    }
}
