//! apk's database of installed packages, and the files of etc/apk that say what was asked for.

use super::install::Root;
use super::package::{Acl, Flags, Installed};
use super::tree::{Node, NodeKind, PathError};
use crate::apk::dependency::compare_names;
use crate::apk::identity::Identity;
use crate::apk::write::gzip;
use std::io::{self, Write as _};

/// What the database needs to know beside the packages.
#[derive(Clone, Debug)]
pub struct Declared<'a> {
    /// The words of the world, sorted as the solver sorts them.
    pub world: &'a [String],
    /// The architecture.
    pub arch: &'a str,
    /// The addresses for etc/apk/repositories.
    pub repositories: &'a [String],
}

/// Why the database could not be put into the tree.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Something is where the database should be.
    #[error("apk's database cannot be written: {0}")]
    Path(#[from] PathError),
    /// Compressing the scripts failed.
    #[error("apk's database cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Writes etc/apk/{world,arch,repositories} and lib/apk/db into the tree.
///
/// # Errors
/// When a package's file or symlink stands in the way.
pub fn write_database(root: &mut Root, declared: &Declared<'_>) -> Result<(), DatabaseError> {
    let mut order: Vec<usize> = (0..root.packages.len()).collect();
    order.sort_by(|a, b| compare_names(&root.packages[*a].name, &root.packages[*b].name));
    let packages: Vec<&Installed> = order.iter().map(|n| &root.packages[*n]).collect();
    let mut installed = Vec::new();
    let mut triggers = Vec::new();
    for package in &packages {
        write_package(&mut installed, package)?;
        if !package.triggers.is_empty() {
            let directories = package.triggers.join(" ");
            writeln!(triggers, "{} {directories}", package.identity)?;
        }
    }
    let scripts = gzip(&scripts_archive(&packages)?)?;
    let lines = |words: &[String]| -> Vec<u8> {
        let lines = words.iter().map(|word| format!("{word}\n"));
        lines.collect::<String>().into_bytes()
    };
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("etc/apk/world", lines(declared.world)),
        ("etc/apk/arch", format!("{}\n", declared.arch).into_bytes()),
        ("lib/apk/db/installed", installed),
        ("lib/apk/db/triggers", triggers),
        ("lib/apk/db/scripts.tar.gz", scripts),
    ];
    if !declared.repositories.is_empty() {
        files.push(("etc/apk/repositories", lines(declared.repositories)));
    }
    for path in ["etc/apk", "lib/apk/db"] {
        root.tree.make_directories(path.as_bytes())?;
    }
    for (path, content) in files {
        // A symlink here would put the file anywhere.
        if let Some(id) = root.tree.find(path.as_bytes())
            && !matches!(root.tree.node(id).kind, NodeKind::File(_))
        {
            return Err(PathError::NotFile(path.into()).into());
        }
        root.tree.put(path.as_bytes(), Node::file(content))?;
    }
    Ok(())
}

/// The default owner and mode of files and directories, which the database leaves out.
const PLAIN_FILE: Acl = Acl {
    uid: 0,
    gid: 0,
    mode: 0o644,
    xattrs: None,
};
const PLAIN_DIRECTORY: Acl = Acl {
    mode: 0o755,
    ..PLAIN_FILE
};

fn write_package(out: &mut Vec<u8>, package: &Installed) -> io::Result<()> {
    out.extend_from_slice(package.index_lines.as_bytes());
    // A package without directories loses these lines in apk.
    if !package.directories.is_empty() {
        if !package.replaces.is_empty() {
            writeln!(out, "r:{}", package.replaces.join(" "))?;
        }
        if let Some(priority) = package.replaces_priority {
            writeln!(out, "q:{priority}")?;
        }
        if let Some(tag) = &package.tag {
            writeln!(out, "s:{tag}")?;
        }
        let flags = flag_letters(package.flags);
        if !flags.is_empty() {
            writeln!(out, "f:{flags}")?;
        }
    }
    for directory in &package.directories {
        line(out, b"F:", &directory.path);
        if let Some(acl) = directory.acl.filter(|acl| *acl != PLAIN_DIRECTORY) {
            writeln!(out, "M:{acl}")?;
        }
        for (name, file) in &directory.files {
            line(out, b"R:", name);
            if file.acl != PLAIN_FILE {
                writeln!(out, "a:{}", file.acl)?;
            }
            if let Some(checksum) = file.checksum {
                writeln!(out, "Z:{}", Identity::Sha1(checksum))?;
            }
        }
    }
    out.push(b'\n');
    Ok(())
}

fn line(out: &mut Vec<u8>, field: &[u8], value: &[u8]) {
    out.extend_from_slice(field);
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn flag_letters(flags: Flags) -> String {
    [
        (flags.broken_files, 'f'),
        (flags.broken_script, 's'),
        (flags.broken_xattr, 'x'),
        (flags.sha256, 'S'),
    ]
    .into_iter()
    .filter_map(|(set, letter)| set.then_some(letter))
    .collect()
}

/// The tar of all scripts: GNU headers, mode 0755, owned by root, the time of the build.
fn scripts_archive(packages: &[&Installed]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for package in packages {
        for (script, content) in &package.scripts {
            let hash = match package.identity {
                Identity::Sha1(_) => "X1",
                Identity::Sha256(_) => "X2",
            };
            let hex = package.identity.hex();
            let name = format!("{}.{hash}{hex}.{script}", package.full_name());
            if name.len() > 100 {
                let mut long = header("././@LongLink", name.len() as u64 + 1, 0)?;
                long.set_entry_type(tar::EntryType::GNULongName);
                append(&mut out, long, &[name.as_bytes(), b"\0"].concat());
            }
            let header = header(&name, content.len() as u64, package.build_date)?;
            append(&mut out, header, content);
        }
    }
    out.extend_from_slice(&[0; 1024]);
    Ok(out)
}

fn header(name: &str, size: u64, mtime: u64) -> io::Result<tar::Header> {
    let mut header = tar::Header::new_gnu();
    let shown = name.len().min(100);
    header.as_mut_bytes()[..shown].copy_from_slice(&name.as_bytes()[..shown]);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_size(size);
    header.set_mtime(mtime);
    Ok(header)
}

fn append(out: &mut Vec<u8>, mut header: tar::Header, content: &[u8]) {
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(512), 0);
}
