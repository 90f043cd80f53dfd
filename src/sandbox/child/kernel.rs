//! The few system calls that nothing safe exists for.

#![allow(unsafe_code)]

use rustix::thread::UnshareFlags;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A system call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Notification {
    /// Names it in the answer.
    pub id: u64,
    /// The thread that called, as a number of this process's pid namespace.
    pub pid: u32,
    /// The architecture of the call (`AUDIT_ARCH_…`).
    pub arch: u32,
    /// The number of the call.
    pub number: u32,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// What becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// The kernel carries it out as if nobody had asked.
    Continue,
    /// It returns this number.
    Value(i64),
    /// It fails.
    Error(rustix::io::Errno),
}

/// Moves this process into new namespaces.
pub fn unshare(flags: UnshareFlags) -> io::Result<()> {
    // SAFETY: only sharing file descriptors with other threads could end badly, and `FILES` is
    // never among the flags; besides, this process has one thread.
    Ok(unsafe { rustix::thread::unshare_unsafe(flags) }?)
}

fn seccomp(operation: libc::c_uint, flags: libc::c_ulong, argument: *mut libc::c_void) -> i64 {
    // SAFETY: both callers give a pointer to what the operation documents, which outlives the
    // call.
    unsafe { libc::syscall(libc::SYS_seccomp, operation, flags, argument) }
}

/// Puts a filter before all system calls of this process and its later children, for good.
/// Returns where calls that wait for an answer are to be had, if that was asked for.
pub fn install_filter(
    program: &mut [libc::sock_filter],
    listen: bool,
) -> io::Result<Option<OwnedFd>> {
    let program = &mut libc::sock_fprog {
        len: program.len() as libc::c_ushort,
        filter: program.as_mut_ptr(),
    };
    // A caller that is being answered should only be disturbed by what kills it (Linux 5.19).
    let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    let killable = listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    let tries: &[libc::c_ulong] = match listen {
        true => &[killable, listener],
        false => &[0],
    };
    let mut result = -1;
    for flags in tries {
        result = seccomp(
            libc::SECCOMP_SET_MODE_FILTER,
            *flags,
            std::ptr::from_mut(program).cast(),
        );
        if result >= 0 {
            break;
        }
    }
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened this descriptor for us, and nobody else has it.
    Ok(listen.then(|| unsafe { OwnedFd::from_raw_fd(result as i32) }))
}

/// Whether the kernel has the same idea of notifications as this program.
pub fn knows_notifications() -> bool {
    let mut sizes = libc::seccomp_notif_sizes {
        seccomp_notif: 0,
        seccomp_notif_resp: 0,
        seccomp_data: 0,
    };
    seccomp(
        libc::SECCOMP_GET_NOTIF_SIZES,
        0,
        std::ptr::from_mut(&mut sizes).cast(),
    ) == 0
        && usize::from(sizes.seccomp_notif) <= size_of::<libc::seccomp_notif>()
        && usize::from(sizes.seccomp_notif_resp) <= size_of::<libc::seccomp_notif_resp>()
}

/// Takes the next call that waits for an answer.
pub fn receive(listener: BorrowedFd<'_>) -> io::Result<Notification> {
    // SAFETY: numbers of which all zeros are a value; the kernel insists on zeros.
    let mut notification: libc::seccomp_notif = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: the request takes a pointer to this structure, whose size `knows_notifications`
    // compared with the kernel's.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_RECV as _,
            &raw mut notification,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Notification {
        id: notification.id,
        pid: notification.pid,
        arch: notification.data.arch,
        number: notification.data.nr as u32,
        arguments: notification.data.args,
    })
}

/// Answers a call. That the caller is gone meanwhile is no error.
pub fn reply(listener: BorrowedFd<'_>, id: u64, reply: Reply) -> io::Result<()> {
    let mut response = libc::seccomp_notif_resp {
        id,
        val: 0,
        error: 0,
        flags: 0,
    };
    match reply {
        Reply::Continue => response.flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
        Reply::Value(value) => response.val = value,
        Reply::Error(error) => response.error = -error.raw_os_error(),
    }
    // SAFETY: the request takes a pointer to this structure and only reads it.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_SEND as _,
            &raw mut response,
        )
    };
    let error = io::Error::last_os_error();
    match result {
        0 => Ok(()),
        _ if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        _ => Err(error),
    }
}

/// Whether the call still waits, so that its caller's number has not passed to somebody else.
pub fn is_waiting(listener: BorrowedFd<'_>, id: u64) -> bool {
    // SAFETY: the request takes a pointer to a number and only reads it.
    unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _,
            &raw const id,
        ) == 0
    }
}

/// Standard input as a socket or file of its own.
pub fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}
