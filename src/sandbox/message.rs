//! What the build and the small child that keeps the box tell each other.

use bstr::BString;

/// How the box is closed, the best first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// With namespaces of its own for users and everything else.
    User,
    /// With all namespaces but that for users: root where user namespaces are forbidden.
    Root,
    /// With chroot alone: root where all namespaces are forbidden.
    Plain,
}

/// What the child must know first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setup {
    /// An empty folder: the box's root, or where it is mounted.
    pub folder: BString,
    /// How the box is closed.
    pub kind: Kind,
    /// The bytes that a root in memory may take; `None`: the root is in the folder.
    pub memory: Option<u64>,
    /// How many bytes scripts may write.
    pub disk: u64,
    /// How many processes they may have at once.
    pub processes: u64,
    /// The time of what scripts made, once they ended, in seconds since 1970.
    pub time: u64,
}

/// Owner, mode and attributes of a file system object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metadata {
    /// Permission bits with set-user-id, set-group-id and sticky bit.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// The extended attributes, sorted by name. In a [`Change`], `None` says that they are what
    /// they were.
    pub xattrs: Option<Vec<(BString, BString)>>,
}

/// What a file system object is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Object {
    /// A directory.
    Directory,
    /// A file of so many bytes, which follow the message.
    File(u64),
    /// A symbolic link to this target.
    Symlink(BString),
    /// A character device of this major and minor number.
    CharDevice(u32, u32),
    /// A block device of this major and minor number.
    BlockDevice(u32, u32),
    /// A named pipe.
    Fifo,
}

/// Something to put on the box's disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Put {
    /// Nothing: what is at the path goes, with all that is in it.
    Remove(BString),
    /// An object, in place of what is there. A directory that is there is kept.
    Object {
        /// The path, relative to the root.
        path: BString,
        /// What it is.
        object: Object,
        /// Owner, mode and attributes.
        metadata: Metadata,
        /// Time of the last change in seconds since 1970.
        mtime: u64,
    },
    /// Another name of the file at a path.
    Link {
        /// The new name.
        path: BString,
        /// The file.
        to: BString,
    },
}

/// A script to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The name of the script's file.
    pub name: BString,
    /// The script.
    pub content: BString,
    /// Its arguments.
    pub arguments: Vec<BString>,
    /// All of its environment.
    pub environment: Vec<(BString, BString)>,
    /// How long it may take, in seconds.
    pub seconds: u64,
    /// How many bytes it may print.
    pub output: u64,
}

/// What the build tells the child.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// The first message.
    Setup(Setup),
    /// The maps of users and groups are written.
    Mapped,
    /// Put something on the disk. Unanswered.
    Put(Put),
    /// Say whether all that was put is there.
    Settle,
    /// Run a script.
    Run(Run),
    /// Say what changed since the disk was last settled or looked at.
    Changes,
}

/// How a script ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// By itself, with this status.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It took too long and was ended.
    Time,
    /// It printed too much and was ended.
    Output,
    /// It wrote too much to the disk and was ended.
    Disk,
    /// It could not be started, for this reason (an error number).
    Start(i32),
    /// It wanted to become somebody who does not exist in the box.
    Refused(Identity),
}

/// A user or a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity {
    /// The user of this number.
    User(u32),
    /// The group of this number.
    Group(u32),
}

/// Something that scripts changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing is there any more.
    Remove(BString),
    /// There is something new, or something else than before. A file's content follows.
    Object {
        /// The path, relative to the root.
        path: BString,
        /// Whether it is a new object; else it is the one that was there, changed, and so is
        /// every other name of it.
        fresh: bool,
        /// What it is.
        object: Object,
        /// Owner, mode and attributes.
        metadata: Metadata,
        /// Whether it still has the time that it had.
        same_time: bool,
    },
    /// Another name of a file.
    Link {
        /// The new name.
        path: BString,
        /// The file.
        to: BString,
        /// Whether `to` is a path from before the changes, and not one from after them.
        old: bool,
    },
    /// The same object, but for these.
    Metadata(BString, Metadata),
}

/// What the child tells the build.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is in its namespaces and waits for the maps of users and groups.
    Unshared,
    /// The box is there.
    Ready {
        /// Whether /proc is there.
        proc: bool,
        /// Whether system calls can be answered in the kernel's stead.
        notify: bool,
    },
    /// All is on the disk.
    Settled,
    /// A script printed this.
    Printed(BString),
    /// The script ended, and all that it started with it.
    Ended {
        /// How.
        ending: Ending,
        /// Whether no room is left on the disk.
        full: bool,
    },
    /// Something changed.
    Change(Change),
    /// That was all that changed.
    Unchanged,
    /// Something could not be done: what, and the error number.
    Failed(BString, i32),
}
