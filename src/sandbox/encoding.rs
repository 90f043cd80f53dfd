//! The messages as bytes.

use super::message::{
    Answer, Change, Ending, Identity, Kind, Metadata, Object, Order, Put, Run, Setup,
};
use super::wire::{Decoder, Encoder};
use bstr::BString;
use std::io;

fn metadata(e: &mut Encoder, metadata: &Metadata) {
    e.number(metadata.mode)
        .number(metadata.uid)
        .number(metadata.gid)
        .number(metadata.xattrs.is_some());
    e.list(metadata.xattrs.as_deref().unwrap_or_default(), pair);
}

fn pair(e: &mut Encoder, (name, value): &(BString, BString)) {
    e.bytes(name).bytes(value);
}

fn read_pair(d: &mut Decoder<'_>) -> io::Result<(BString, BString)> {
    Ok((d.bytes()?, d.bytes()?))
}

fn read_metadata(d: &mut Decoder<'_>) -> io::Result<Metadata> {
    let (mode, uid, gid, some) = (d.number()?, d.number()?, d.number()?, d.flag()?);
    let xattrs = d.list(read_pair)?;
    Ok(Metadata {
        mode,
        uid,
        gid,
        xattrs: some.then_some(xattrs),
    })
}

fn object(e: &mut Encoder, object: &Object) {
    match object {
        Object::Directory => e.number(0u8),
        Object::File(size) => e.number(1u8).number(*size),
        Object::Symlink(target) => e.number(2u8).bytes(target),
        Object::CharDevice(major, minor) => e.number(3u8).number(*major).number(*minor),
        Object::BlockDevice(major, minor) => e.number(4u8).number(*major).number(*minor),
        Object::Fifo => e.number(5u8),
    };
}

fn unknown() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a message of an unknown kind")
}

fn read_object(d: &mut Decoder<'_>) -> io::Result<Object> {
    Ok(match d.number::<u64>()? {
        0 => Object::Directory,
        1 => Object::File(d.number()?),
        2 => Object::Symlink(d.bytes()?),
        3 => Object::CharDevice(d.number()?, d.number()?),
        4 => Object::BlockDevice(d.number()?, d.number()?),
        5 => Object::Fifo,
        _ => return Err(unknown()),
    })
}

impl Order {
    pub fn encode(&self) -> Encoder {
        let mut e = Encoder::default();
        match self {
            Order::Setup(setup) => {
                e.number(0u8).bytes(&setup.folder);
                e.number(match setup.kind {
                    Kind::User => 0u8,
                    Kind::Root => 1,
                    Kind::Plain => 2,
                });
                e.number(setup.memory.is_some())
                    .number(setup.memory.unwrap_or(0))
                    .number(setup.disk)
                    .number(setup.processes)
                    .number(setup.time);
            }
            Order::Mapped => {
                e.number(1u8);
            }
            Order::Put(Put::Remove(path)) => {
                e.number(2u8).bytes(path);
            }
            Order::Put(Put::Object {
                path,
                object: what,
                metadata: owner,
                mtime,
            }) => {
                e.number(3u8).bytes(path);
                object(&mut e, what);
                metadata(&mut e, owner);
                e.number(*mtime);
            }
            Order::Put(Put::Link { path, to }) => {
                e.number(4u8).bytes(path).bytes(to);
            }
            Order::Settle => {
                e.number(5u8);
            }
            Order::Run(run) => {
                e.number(6u8).bytes(&run.name).bytes(&run.content);
                e.list(&run.arguments, |e, argument| {
                    e.bytes(argument);
                });
                e.list(&run.environment, pair);
                e.number(run.seconds).number(run.output);
            }
            Order::Changes => {
                e.number(7u8);
            }
        }
        e
    }

    pub fn decode(bytes: &[u8]) -> io::Result<Order> {
        let d = &mut Decoder::new(bytes);
        Ok(match d.number::<u64>()? {
            0 => Order::Setup(Setup {
                folder: d.bytes()?,
                kind: match d.number::<u64>()? {
                    0 => Kind::User,
                    1 => Kind::Root,
                    _ => Kind::Plain,
                },
                memory: {
                    let (some, bytes) = (d.flag()?, d.number()?);
                    some.then_some(bytes)
                },
                disk: d.number()?,
                processes: d.number()?,
                time: d.number()?,
            }),
            1 => Order::Mapped,
            2 => Order::Put(Put::Remove(d.bytes()?)),
            3 => Order::Put(Put::Object {
                path: d.bytes()?,
                object: read_object(d)?,
                metadata: read_metadata(d)?,
                mtime: d.number()?,
            }),
            4 => Order::Put(Put::Link {
                path: d.bytes()?,
                to: d.bytes()?,
            }),
            5 => Order::Settle,
            6 => Order::Run(Run {
                name: d.bytes()?,
                content: d.bytes()?,
                arguments: d.list(Decoder::bytes)?,
                environment: d.list(read_pair)?,
                seconds: d.number()?,
                output: d.number()?,
            }),
            7 => Order::Changes,
            _ => return Err(unknown()),
        })
    }
}

impl Ending {
    fn parts(self) -> (u64, u64) {
        // Exit statuses, signals and error numbers are small and not negative.
        let small = |number: i32| number.max(0) as u64;
        match self {
            Ending::Exit(status) => (0, small(status)),
            Ending::Signal(signal) => (1, small(signal)),
            Ending::Time => (2, 0),
            Ending::Output => (3, 0),
            Ending::Start(error) => (4, small(error)),
            Ending::Disk => (5, 0),
            Ending::Refused(Identity::User(number)) => (6, number.into()),
            Ending::Refused(Identity::Group(number)) => (7, number.into()),
        }
    }

    pub(super) fn encode(self, e: &mut Encoder) {
        let (kind, number) = self.parts();
        e.number(kind).number(number);
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> io::Result<Ending> {
        let (kind, number) = (d.number::<u64>()?, d.number::<u64>()?);
        let small = || i32::try_from(number).map_err(|_| unknown());
        let identity = || u32::try_from(number).map_err(|_| unknown());
        Ok(match kind {
            0 => Ending::Exit(small()?),
            1 => Ending::Signal(small()?),
            2 => Ending::Time,
            3 => Ending::Output,
            4 => Ending::Start(small()?),
            5 => Ending::Disk,
            6 => Ending::Refused(Identity::User(identity()?)),
            7 => Ending::Refused(Identity::Group(identity()?)),
            _ => return Err(unknown()),
        })
    }
}

impl Change {
    /// The path of what changed.
    pub fn path(&self) -> &BString {
        match self {
            Change::Remove(path) | Change::Metadata(path, _) => path,
            Change::Object { path, .. } | Change::Link { path, .. } => path,
        }
    }

    pub fn encode(&self, e: &mut Encoder) {
        match self {
            Change::Remove(path) => {
                e.number(0u8).bytes(path);
            }
            Change::Object {
                path,
                fresh,
                object: what,
                metadata: owner,
                same_time,
            } => {
                e.number(1u8).bytes(path).number(*fresh);
                object(e, what);
                metadata(e, owner);
                e.number(*same_time);
            }
            Change::Link { path, to, old } => {
                e.number(2u8).bytes(path).bytes(to).number(*old);
            }
            Change::Metadata(path, owner) => {
                e.number(3u8).bytes(path);
                metadata(e, owner);
            }
        }
    }

    pub fn decode(d: &mut Decoder<'_>) -> io::Result<Change> {
        Ok(match d.number::<u64>()? {
            0 => Change::Remove(d.bytes()?),
            1 => Change::Object {
                path: d.bytes()?,
                fresh: d.flag()?,
                object: read_object(d)?,
                metadata: read_metadata(d)?,
                same_time: d.flag()?,
            },
            2 => Change::Link {
                path: d.bytes()?,
                to: d.bytes()?,
                old: d.flag()?,
            },
            3 => Change::Metadata(d.bytes()?, read_metadata(d)?),
            _ => return Err(unknown()),
        })
    }
}

impl Answer {
    pub fn encode(&self) -> Encoder {
        let mut e = Encoder::default();
        match self {
            Answer::Unshared => {
                e.number(0u8);
            }
            Answer::Ready { proc, notify } => {
                e.number(1u8).number(*proc).number(*notify);
            }
            Answer::Settled => {
                e.number(2u8);
            }
            Answer::Printed(bytes) => {
                e.number(3u8).bytes(bytes);
            }
            Answer::Ended { ending, full } => {
                e.number(4u8);
                ending.encode(&mut e);
                e.number(*full);
            }
            Answer::Change(change) => {
                e.number(5u8);
                change.encode(&mut e);
            }
            Answer::Unchanged => {
                e.number(6u8);
            }
            Answer::Failed(what, error) => {
                e.number(7u8).bytes(what).number((*error).max(0) as u64);
            }
        }
        e
    }

    pub fn decode(bytes: &[u8]) -> io::Result<Answer> {
        let d = &mut Decoder::new(bytes);
        Ok(match d.number::<u64>()? {
            0 => Answer::Unshared,
            1 => Answer::Ready {
                proc: d.flag()?,
                notify: d.flag()?,
            },
            2 => Answer::Settled,
            3 => Answer::Printed(d.bytes()?),
            4 => Answer::Ended {
                ending: Ending::decode(d)?,
                full: d.flag()?,
            },
            5 => Answer::Change(Change::decode(d)?),
            6 => Answer::Unchanged,
            7 => Answer::Failed(d.bytes()?, d.number()?),
            _ => return Err(unknown()),
        })
    }
}
