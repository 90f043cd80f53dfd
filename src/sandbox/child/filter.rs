//! The filter that all system calls of scripts go through (seccomp(2)): most pass, some are
//! refused, and some are asked about.

use super::calls::{Abi, Call, NATIVE, NATIVE_ARCH, OTHERS};
use crate::sandbox::message::Kind;
use libc::sock_filter;

/// What the filter does with a call.
#[derive(Clone, Copy)]
enum Rule {
    Ask,
    Refuse(i32),
    /// Ask if the file type in this argument is a device.
    AskForDevice(u8),
    /// Ask if the signal in the first argument is SIGCHLD.
    AskForChild,
    /// Refuse if the flags in this argument make namespaces.
    RefuseNamespaces(u8),
    /// Refuse sockets of families that reach beyond the box.
    RefuseFamilies,
}

// Instructions of classic BPF (linux/bpf_common.h).
const LOAD: u16 = 0x20;
const JUMP: u16 = 0x05;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
const AND: u16 = 0x54;
const RETURN: u16 = 0x06;

/// Where in `struct seccomp_data` things lie.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;

/// The lower half of an argument, in which everything looked at here fits.
fn argument(place: u8) -> u32 {
    let half = if cfg!(target_endian = "big") { 4 } else { 0 };
    16 + 8 * u32::from(place) + half
}

fn op(code: u16, k: u32, yes: u8, no: u8) -> sock_filter {
    sock_filter {
        code,
        jt: yes,
        jf: no,
        k,
    }
}

fn ret(k: u32) -> sock_filter {
    op(RETURN, k, 0, 0)
}

fn refuse(error: i32) -> sock_filter {
    ret(libc::SECCOMP_RET_ERRNO | error as u32)
}

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const ASK: u32 = libc::SECCOMP_RET_USER_NOTIF;

/// The filter for a kind of box. `ask`: whether there is somebody to ask.
pub fn filter(ask: bool, kind: Kind) -> Vec<sock_filter> {
    let mut program = vec![op(LOAD, ARCH, 0, 0)];
    for abi in std::iter::once(&NATIVE).chain(OTHERS) {
        let body = block(abi, ask, kind);
        program.push(op(EQUAL, abi.arch, 1, 0));
        program.push(op(JUMP, body.len() as u32, 0, 0));
        program.extend(body);
    }
    program.push(refuse(libc::ENOSYS));
    program
}

fn block(abi: &Abi, ask: bool, kind: Kind) -> Vec<sock_filter> {
    let mut body = vec![op(LOAD, NUMBER, 0, 0)];
    if cfg!(target_arch = "x86_64") && abi.arch == NATIVE_ARCH {
        // The x32 ABI, which would go past all that follows.
        body.push(op(AT_LEAST, 0x4000_0000, 0, 1));
        body.push(refuse(libc::ENOSYS));
    }
    let mut rules: Vec<(u32, Rule)> = Vec::new();
    if ask {
        rules.extend(abi.asked.iter().map(|(number, call)| {
            let rule = match call {
                Call::Mknod => Rule::AskForDevice(1),
                Call::Mknodat => Rule::AskForDevice(2),
                Call::Sigaction => Rule::AskForChild,
                _ => Rule::Ask,
            };
            (*number, rule)
        }));
        let asked = abi.open.iter().filter(|(number, call)| match call {
            Call::Kill => kind == Kind::Plain,
            _ => *number != abi.clone && asks_to_fork(kind),
        });
        rules.extend(asked.map(|(number, _)| (*number, Rule::Ask)));
    }
    rules.push((abi.clone, Rule::RefuseNamespaces(0)));
    // Its flags lie in memory, where a filter cannot look; C libraries go on with clone.
    rules.push((abi.clone3, Rule::Refuse(libc::ENOSYS)));
    rules.push((abi.socket, Rule::RefuseFamilies));
    // What it is asked for lies in memory too. The C library takes this for no networking.
    let none = Rule::Refuse(libc::EAFNOSUPPORT);
    rules.extend(abi.socketcall.map(|number| (number, none)));
    let refused = abi.refused.iter();
    rules.extend(refused.map(|number| (*number, Rule::Refuse(libc::EPERM))));
    for (number, rule) in rules {
        let then = instructions(rule, ask && asks_to_fork(kind), kind);
        body.push(op(EQUAL, number, 0, then.len() as u8));
        body.extend(then);
    }
    body.push(ret(ALLOW));
    body
}

/// The system's own limit of processes does not hold for root of the machine.
fn asks_to_fork(kind: Kind) -> bool {
    kind != Kind::User
}

/// What follows once a call was recognised; ends in a return.
fn instructions(rule: Rule, ask_to_fork: bool, kind: Kind) -> Vec<sock_filter> {
    match rule {
        Rule::Ask => vec![ret(ASK)],
        Rule::Refuse(error) => vec![refuse(error)],
        Rule::AskForDevice(place) => vec![
            op(LOAD, argument(place), 0, 0),
            op(AND, libc::S_IFMT, 0, 0),
            op(EQUAL, libc::S_IFCHR, 2, 0),
            op(EQUAL, libc::S_IFBLK, 1, 0),
            ret(ALLOW),
            ret(ASK),
        ],
        Rule::AskForChild => vec![
            op(LOAD, argument(0), 0, 0),
            op(EQUAL, libc::SIGCHLD as u32, 0, 1),
            ret(ASK),
            ret(ALLOW),
        ],
        Rule::RefuseNamespaces(place) => {
            let namespaces = libc::CLONE_NEWNS
                | libc::CLONE_NEWCGROUP
                | libc::CLONE_NEWUTS
                | libc::CLONE_NEWIPC
                | libc::CLONE_NEWUSER
                | libc::CLONE_NEWPID
                | libc::CLONE_NEWNET;
            vec![
                op(LOAD, argument(place), 0, 0),
                op(ANY_BIT, namespaces as u32, 0, 1),
                refuse(libc::EPERM),
                ret(if ask_to_fork { ASK } else { ALLOW }),
            ]
        }
        // The answer of a kernel without networking, which the C library expects.
        Rule::RefuseFamilies if kind == Kind::Plain => vec![refuse(libc::EAFNOSUPPORT)],
        Rule::RefuseFamilies => vec![
            op(LOAD, argument(0), 0, 0),
            op(EQUAL, libc::AF_UNIX as u32, 4, 0),
            op(EQUAL, libc::AF_INET as u32, 3, 0),
            op(EQUAL, libc::AF_INET6 as u32, 2, 0),
            op(EQUAL, libc::AF_NETLINK as u32, 1, 0),
            // Some reach out of every namespace: AF_VSOCK talks to the host of a machine.
            refuse(libc::EAFNOSUPPORT),
            ret(ALLOW),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a filter on a call.
    fn verdict(program: &[sock_filter], arch: u32, number: u32, arguments: [u32; 3]) -> u32 {
        let load = |offset| match offset {
            NUMBER => number,
            ARCH => arch,
            _ => (0..3)
                .find(|place| argument(*place) == offset)
                .map_or(0, |place| arguments[usize::from(place)]),
        };
        let (mut at, mut a) = (0, 0);
        loop {
            let op = program[at];
            at += 1;
            let jump = |yes| usize::from(if yes { op.jt } else { op.jf });
            match op.code {
                LOAD => a = load(op.k),
                AND => a &= op.k,
                JUMP => at += op.k as usize,
                EQUAL => at += jump(a == op.k),
                AT_LEAST => at += jump(a >= op.k),
                ANY_BIT => at += jump(a & op.k != 0),
                RETURN => return op.k,
                code => panic!("unknown instruction {code:#x}"),
            }
        }
    }

    #[test]
    fn the_filter_asks_allows_and_refuses() {
        let error = |number: i32| libc::SECCOMP_RET_ERRNO | number as u32;
        for (ask, kind) in [
            (true, Kind::User),
            (true, Kind::Root),
            (true, Kind::Plain),
            (false, Kind::User),
        ] {
            let program = filter(ask, kind);
            assert!(program.len() < 4096);
            let native = |number: libc::c_long, arguments| {
                verdict(&program, NATIVE_ARCH, number as u32, arguments)
            };
            let asked = if ask { ASK } else { ALLOW };
            assert_eq!(native(libc::SYS_fchownat, [0; 3]), asked);
            assert_eq!(native(libc::SYS_mknodat, [0, 0, libc::S_IFBLK]), asked);
            assert_eq!(native(libc::SYS_mknodat, [0, 0, libc::S_IFIFO]), ALLOW);
            assert_eq!(native(libc::SYS_rt_sigaction, [17, 0, 0]), asked);
            assert_eq!(native(libc::SYS_rt_sigaction, [15, 0, 0]), ALLOW);
            assert_eq!(native(libc::SYS_openat, [0; 3]), ALLOW);
            assert_eq!(native(libc::SYS_mount, [0; 3]), error(libc::EPERM));
            assert_eq!(native(libc::SYS_clone3, [0; 3]), error(libc::ENOSYS));
            let user = libc::CLONE_NEWUSER as u32;
            assert_eq!(native(libc::SYS_clone, [user, 0, 0]), error(libc::EPERM));
            let fork = if ask && kind != Kind::User {
                ASK
            } else {
                ALLOW
            };
            assert_eq!(native(libc::SYS_clone, [17, 0, 0]), fork);
            let vsock = native(libc::SYS_socket, [40, 1, 0]);
            assert_eq!(vsock, error(libc::EAFNOSUPPORT));
            let inet = native(libc::SYS_socket, [2, 1, 0]);
            assert_eq!(inet == ALLOW, kind != Kind::Plain);
            let kill = native(libc::SYS_kill, [1, 9, 0]);
            assert_eq!(kill == ASK, kind == Kind::Plain);
            assert_eq!(verdict(&program, 0x1234, 1, [0; 3]), error(libc::ENOSYS));
            for other in OTHERS {
                for (number, _) in other.asked {
                    let verdict = verdict(&program, other.arch, *number, [0, 0, 0]);
                    assert!(verdict == asked || verdict == ALLOW);
                }
            }
        }
    }
}
