//! Streaming a layer's entries, contents included, into whatever takes them.

use super::plan::PlannedEntry;
use crate::apk::package::DataError;
use crate::apk::tar::{Entry, Kind, Writer};
use crate::progress::{Progress, Stage};
use crate::repository::FetchedPackage;
use crate::rootfs::{Content, NodeKind, Tree};
use bstr::{BString, ByteSlice};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// Takes the entries of a layer one after the other.
pub trait EntrySink {
    /// Takes an entry; of a file exactly `entry.size` bytes of `content` follow.
    ///
    /// # Errors
    /// When it cannot be written.
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()>;
}

impl<W: Write> EntrySink for Writer<W> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
        self.append(entry, content)
    }
}

/// Where contents come from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The tree whose nodes the plan names.
    pub tree: &'a Tree,
    /// The packages in the order of the installation; `None` for one with nothing to install.
    pub packages: &'a [Option<FetchedPackage>],
    /// The time of everything that is generated, in seconds since 1970.
    pub time: u64,
    /// Told of every entry that is written.
    pub progress: &'a dyn Progress,
}

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// A package is no longer what was verified.
    #[error("{package} changed while it was used: {source}")]
    Package {
        /// `name-version`
        package: String,
        /// What is wrong.
        source: DataError,
    },
    /// A local file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Local {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What a plan or an earlier build's record names cannot be read.
    #[error("a package or layer that was there is gone")]
    Gone,
    /// A local file has another size than when the build began.
    #[error("{} changed while it was used", .0.display())]
    LocalChanged(PathBuf),
    /// To clients, a file of this name says that another one is deleted.
    #[error(
        "{0:?} cannot be in an image: a layer's names that begin with .wh. delete files of the \
         layers below"
    )]
    Whiteout(BString),
}

/// Whether a client takes the path for a deletion (OCI image specification, layer, whiteouts).
pub(super) fn is_whiteout(path: &[u8]) -> bool {
    let name = path
        .rfind_byte(b'/')
        .map_or(path, |slash| &path[slash + 1..]);
    name.starts_with(b".wh.")
}

/// Either error that reading a package's contents can end with.
enum ReadError {
    Data(DataError),
    Output(io::Error),
}

impl From<DataError> for ReadError {
    fn from(error: DataError) -> Self {
        ReadError::Data(error)
    }
}

/// Hands planned entries to `sink`. Each package is read once, and verified again.
///
/// # Errors
/// When a content cannot be read or the output fails.
pub fn emit(
    entries: &[PlannedEntry],
    sources: &Sources<'_>,
    sink: &mut dyn EntrySink,
) -> Result<(), EmitError> {
    let mut rest = entries;
    while let Some(entry) = rest.first() {
        match &sources.tree.node(entry.node).kind {
            NodeKind::File(Content::Package { package, .. }) => {
                let package = *package;
                let count = rest
                    .iter()
                    .take_while(|entry| sources.package_of(entry) == Some(package))
                    .count();
                packaged(package, &rest[..count], sources, sink)?;
                rest = &rest[count..];
            }
            _ => {
                small(entry, sources, sink)?;
                rest = &rest[1..];
            }
        }
    }
    Ok(())
}

impl Sources<'_> {
    fn package_of(&self, entry: &PlannedEntry) -> Option<usize> {
        match &self.tree.node(entry.node).kind {
            NodeKind::File(Content::Package { package, .. }) => Some(*package),
            _ => None,
        }
    }

    /// The header of an entry: what a sink is given with its content.
    pub fn header(&self, planned: &PlannedEntry) -> Entry {
        let node = self.tree.node(planned.node);
        let (kind, size) = match (&node.kind, &planned.link_to) {
            (_, Some(target)) => (Kind::HardLink(target.clone()), 0),
            (NodeKind::Directory(_), _) => (Kind::Directory, 0),
            (NodeKind::File(content), _) => (Kind::File, content.size()),
            (NodeKind::Symlink(target), _) => (Kind::Symlink(target.clone()), 0),
            (NodeKind::CharDevice(major, minor), _) => (Kind::CharDevice(*major, *minor), 0),
            (NodeKind::BlockDevice(major, minor), _) => (Kind::BlockDevice(*major, *minor), 0),
            (NodeKind::Fifo, _) => (Kind::Fifo, 0),
        };
        let mut entry = Entry::new(planned.archive_path(), kind);
        (entry.mode, entry.uid, entry.gid) = (node.mode, node.uid, node.gid);
        (entry.mtime, entry.size) = (node.mtime.unwrap_or(self.time), size);
        if planned.link_to.is_none() {
            // Labels of SELinux belong to the machine that a file lies on.
            let xattrs = node.xattrs.iter();
            entry.xattrs = xattrs
                .filter(|(name, _)| *name != "security.selinux")
                .cloned()
                .collect();
        }
        entry
    }
}

/// Writes an entry whose content is at hand.
fn small(
    planned: &PlannedEntry,
    sources: &Sources<'_>,
    sink: &mut dyn EntrySink,
) -> Result<(), EmitError> {
    let entry = sources.header(planned);
    match (&sources.tree.node(planned.node).kind, &planned.link_to) {
        (NodeKind::File(Content::Bytes(bytes)), None) => {
            sink.entry(&entry, &mut bytes.as_ref())?;
        }
        (NodeKind::File(Content::Part(part)), None) => sink.entry(&entry, &mut part.reader())?,
        (NodeKind::File(Content::Local { path, size }), None) => {
            let open = || {
                let file = File::open(path)?;
                Ok((file.metadata()?.len(), file))
            };
            let (now, mut file) = open().map_err(|source| EmitError::Local {
                path: path.clone(),
                source,
            })?;
            if now != *size {
                return Err(EmitError::LocalChanged(path.clone()));
            }
            sink.entry(&entry, &mut file)?;
        }
        _ => sink.entry(&entry, &mut io::empty())?,
    }
    Ok(())
}

/// Writes files of one package, which are in the order of its archive.
fn packaged(
    package: usize,
    planned: &[PlannedEntry],
    sources: &Sources<'_>,
    sink: &mut dyn EntrySink,
) -> Result<(), EmitError> {
    // By the entry that has the content: the file itself, then the hard links to it.
    let mut by_entry: BTreeMap<usize, Vec<&PlannedEntry>> = BTreeMap::new();
    for entry in planned {
        if let NodeKind::File(Content::Package { entry: place, .. }) =
            &sources.tree.node(entry.node).kind
        {
            by_entry.entry(*place).or_default().push(entry);
        }
    }
    let Some(fetched) = &sources.packages[package] else {
        // The tree has files only of packages that were read.
        return Ok(());
    };
    let read = fetched.read_contents(|place, content| {
        for planned in by_entry.remove(&place).into_iter().flatten() {
            let entry = sources.header(planned);
            sink.entry(&entry, content).map_err(ReadError::Output)?;
            sources
                .progress
                .advance(Stage::Layers, 0, entry.size as i64);
        }
        Ok(())
    });
    read.map_err(|error| match error {
        ReadError::Output(error) => EmitError::Output(error),
        ReadError::Data(source) => EmitError::Package {
            package: fetched.package.info.full_name(),
            source,
        },
    })
}
