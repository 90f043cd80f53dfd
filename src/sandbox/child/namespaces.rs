//! The walls of the box: namespaces, its root, /dev and /proc, capabilities and limits.

use super::disk::OWN;
use crate::sandbox::message::{Kind, Setup};
use rustix::fs::{CWD, FileType, Mode};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::process::{Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags};
use std::ffi::{CString, OsStr};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// A step that failed, for the message.
#[derive(Debug)]
pub struct Failed {
    pub what: &'static str,
    pub error: io::Error,
}

/// Names the step that an error belongs to.
pub fn step<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Failed {
    move |error| Failed {
        what,
        error: error.into(),
    }
}

/// What /dev has: what programs count on and what reaches nobody.
const DEVICES: [(&str, u32, u32); 6] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
    ("tty", 5, 0),
];

const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// The bytes that scripts may leave in /dev, /dev/shm above all.
const DEV_SIZE: u64 = 16 << 20;

/// What a script can do as root of its own root, and nothing that reaches beyond: mounting,
/// devices, another root, the network, the clock, other people's processes.
const CAPABILITIES: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP);

/// Moves this process, and the processes that it starts, into namespaces of their own.
pub fn unshare(kind: Kind) -> Result<(), Failed> {
    let all = UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    let (flags, what) = match kind {
        Kind::User => (all | UnshareFlags::NEWUSER, "user namespaces"),
        Kind::Root => (all, "namespaces"),
        Kind::Plain => return Ok(()),
    };
    super::kernel::unshare(flags).map_err(step(what))
}

/// Makes this process root of the user namespace, which needs the maps to be written.
pub fn become_root() -> Result<(), Failed> {
    let root = rustix::process::Uid::ROOT;
    let group = rustix::process::Gid::ROOT;
    // With a single group number, setgroups(2) is forbidden; the groups are then nobody's here.
    let _ = rustix::thread::set_thread_groups(&[]);
    rustix::thread::set_thread_res_gid(group, group, group).map_err(step("setresgid"))?;
    rustix::thread::set_thread_res_uid(root, root, root).map_err(step("setresuid"))
}

/// Makes the folder the working directory and, with namespaces, the root of a mount.
pub fn enter(setup: &Setup) -> Result<(), Failed> {
    let folder = Path::new(OsStr::from_bytes(&setup.folder));
    if setup.kind != Kind::Plain {
        rustix::mount::mount_change(
            "/",
            MountPropagationFlags::REC | MountPropagationFlags::PRIVATE,
        )
        .map_err(step("making mounts private"))?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        match setup.memory {
            Some(bytes) => {
                let options = format!("mode=755,uid=0,gid=0,size={bytes}");
                let options = CString::new(options).unwrap_or_default();
                rustix::mount::mount("apkcompose", folder, "tmpfs", flags, options.as_c_str())
            }
            None => rustix::mount::mount_bind(folder, folder),
        }
        .map_err(step("mounting the root"))?;
    }
    std::env::set_current_dir(folder).map_err(step("entering the folder"))
}

/// Makes /dev, and the place for /proc, in the working directory.
pub fn furnish(kind: Kind) -> Result<(), Failed> {
    for own in OWN {
        fs::create_dir(own).map_err(step("making /dev and /proc"))?;
    }
    if kind != Kind::Plain {
        let options = CString::new(format!("mode=755,size={DEV_SIZE}")).unwrap_or_default();
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        rustix::mount::mount("dev", "dev", "tmpfs", flags, options.as_c_str())
            .map_err(step("mounting /dev"))?;
    }
    for (name, major, minor) in DEVICES {
        let path = Path::new("dev").join(name);
        if kind == Kind::Plain {
            let device = rustix::fs::makedev(major, minor);
            let mode = Mode::from_raw_mode(0o666);
            let made = rustix::fs::mknodat(CWD, &path, FileType::CharacterDevice, mode, device);
            if made.is_err() && name == "null" {
                // Where not even that is allowed, what is thrown away may lie here as well.
                File::create(&path).map_err(step("making a device"))?;
            }
            let _ = fs::set_permissions(&path, Permissions::from_mode(0o666));
            continue;
        }
        File::create(&path).map_err(step("making a device"))?;
        // A machine without one of them can do without.
        let _ = rustix::mount::mount_bind(Path::new("/dev").join(name), &path);
    }
    for (name, target) in LINKS {
        symlink(target, Path::new("dev").join(name)).map_err(step("making /dev"))?;
    }
    fs::create_dir("dev/shm").map_err(step("making /dev"))?;
    fs::set_permissions("dev/shm", Permissions::from_mode(0o1777)).map_err(step("making /dev"))
}

/// A name that says nothing of this machine.
pub fn name_host(kind: Kind) {
    if kind != Kind::Plain {
        let _ = rustix::system::sethostname(b"localhost");
        let _ = rustix::system::setdomainname(b"(none)");
    }
}

/// Mounts /proc of this process's pid namespace. Returns whether that was possible: inside a
/// container it may not be.
pub fn mount_proc() -> bool {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
    rustix::mount::mount("proc", "proc", "proc", flags, None).is_ok()
}

/// Makes the working directory the root of this process; with namespaces, of all processes in
/// them, and what was the root before is nowhere any more.
pub fn change_root(kind: Kind) -> Result<(), Failed> {
    if kind == Kind::Plain {
        rustix::process::chroot(".").map_err(step("chroot"))?;
    } else {
        rustix::process::pivot_root(".", ".").map_err(step("pivot_root"))?;
        rustix::mount::unmount(".", UnmountFlags::DETACH).map_err(step("leaving the old root"))?;
    }
    std::env::set_current_dir("/").map_err(step("entering the root"))
}

/// Gives up every right that scripts have no use for, for good.
pub fn drop_rights() -> Result<(), Failed> {
    for bit in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        if !CAPABILITIES.contains(capability) {
            // Those that this kernel does not know fail.
            let _ = rustix::thread::remove_capability_from_bounding_set(capability);
        }
    }
    let have = rustix::thread::capabilities(None).map_err(step("capget"))?;
    let keep = have.permitted & CAPABILITIES;
    let sets = CapabilitySets {
        effective: keep,
        permitted: keep,
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(None, sets).map_err(step("capset"))?;
    rustix::thread::set_no_new_privs(true).map_err(step("no_new_privs"))
}

/// Whether this kernel counts a user's processes in each user namespace by itself (Linux 5.14).
/// Older ones count all that the user has anywhere, so that a limit would hit the innocent; there
/// only the time ends who forks without end.
fn counts_by_namespace() -> bool {
    let name = rustix::system::uname();
    let release = name.release().to_string_lossy();
    let mut numbers = release
        .split(['.', '-'])
        .map(|n| n.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(5), Some(14))
}

/// Bounds what scripts can use up.
pub fn limit(disk: u64, processes: u64) {
    let set = |resource, limit: u64| {
        let both = rustix::process::getrlimit(resource);
        let limit = both.maximum.map_or(limit, |maximum| maximum.min(limit));
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        let _ = rustix::process::setrlimit(resource, limit);
    };
    set(Resource::Core, 0);
    set(Resource::Fsize, disk);
    if counts_by_namespace() {
        set(Resource::Nproc, processes);
    }
}
