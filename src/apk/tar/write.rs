//! Writing archives whose bytes depend on their entries alone.

use super::{Entry, Kind};
use data_encoding::HEXLOWER;
use std::io::{self, Read, Write};

const BLOCK: usize = 512;

/// Writes entries one after the other.
pub struct Writer<W: Write> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Starts an archive.
    pub fn new(out: W) -> Self {
        Writer { out }
    }

    /// Writes an entry, and for a file exactly [`Entry::size`] bytes of `content`.
    ///
    /// # Errors
    /// When the output fails, or when `content` is shorter than the entry says.
    pub fn append(&mut self, entry: &Entry, content: impl Read) -> io::Result<()> {
        self.append_header(entry)?;
        if entry.kind == Kind::File {
            let copied = io::copy(&mut content.take(entry.size), &mut self.out)?;
            if copied != entry.size {
                let message = format!(
                    "{:?} has {copied} bytes where {} were announced",
                    entry.path, entry.size
                );
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
            self.pad(copied)?;
        }
        Ok(())
    }

    /// Writes an entry's header, with the extended one before it if there must be one.
    ///
    /// # Errors
    /// When the output fails.
    pub fn append_header(&mut self, entry: &Entry) -> io::Result<()> {
        let records = pax_records(entry);
        if !records.is_empty() {
            let mut header = plain_header(b"./PaxHeaders", b'x', records.len() as u64)?;
            header.set_mode(0o644);
            self.block(&mut header)?;
            self.out.write_all(&records)?;
            self.pad(records.len() as u64)?;
        }
        let mut header = header(entry)?;
        self.block(&mut header)?;
        Ok(())
    }

    /// Ends the archive with the two blocks of zeros that mark its end, and returns the output.
    ///
    /// # Errors
    /// When the output fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }

    /// Returns the output without an end mark, as the first two members of a package have it.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn block(&mut self, header: &mut ::tar::Header) -> io::Result<()> {
        header.set_cksum();
        self.out.write_all(header.as_bytes())
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let rest = (size % BLOCK as u64) as usize;
        match rest {
            0 => Ok(()),
            _ => self.out.write_all(&[0; BLOCK][rest..]),
        }
    }
}

/// A header with a name, a type and a size, owned by root and of 1970.
fn plain_header(name: &[u8], kind: u8, size: u64) -> io::Result<::tar::Header> {
    let mut header = ::tar::Header::new_ustar();
    let shown = name.len().min(100);
    header.as_mut_bytes()[..shown].copy_from_slice(&name[..shown]);
    header.as_mut_bytes()[156] = kind;
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    Ok(header)
}

fn header(entry: &Entry) -> io::Result<::tar::Header> {
    let (flag, target): (u8, &[u8]) = match &entry.kind {
        Kind::File => (b'0', b""),
        Kind::HardLink(target) => (b'1', target),
        Kind::Symlink(target) => (b'2', target),
        Kind::CharDevice(..) => (b'3', b""),
        Kind::BlockDevice(..) => (b'4', b""),
        Kind::Directory => (b'5', b""),
        Kind::Fifo => (b'6', b""),
    };
    let size = if entry.kind == Kind::File {
        entry.size
    } else {
        0
    };
    let mut header = plain_header(&archived_path(entry), flag, size)?;
    header.set_mode(entry.mode);
    header.set_uid(entry.uid.into());
    header.set_gid(entry.gid.into());
    header.set_mtime(entry.mtime);
    let bytes = header.as_mut_bytes();
    let mut put = |at: usize, room: usize, value: &[u8]| {
        let len = value.len().min(room);
        bytes[at..at + len].copy_from_slice(&value[..len]);
    };
    put(157, 100, target);
    put(265, 31, &entry.user);
    put(297, 31, &entry.group);
    if let Kind::CharDevice(major, minor) | Kind::BlockDevice(major, minor) = entry.kind {
        header.set_device_major(major)?;
        header.set_device_minor(minor)?;
    }
    Ok(header)
}

/// The path as the archive shows it: directories end in a slash.
fn archived_path(entry: &Entry) -> Vec<u8> {
    let mut path = entry.path.to_vec();
    if entry.kind == Kind::Directory && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path
}

/// The PAX records for what a ustar header cannot say; empty when it can say all.
fn pax_records(entry: &Entry) -> Vec<u8> {
    let mut records = Vec::new();
    let path = archived_path(entry);
    if path.len() > 100 {
        record(&mut records, b"path", &path);
    }
    if let Kind::HardLink(target) | Kind::Symlink(target) = &entry.kind
        && target.len() > 100
    {
        record(&mut records, b"linkpath", target);
    }
    for (name, value) in &entry.xattrs {
        record(
            &mut records,
            &[b"SCHILY.xattr.", name.as_slice()].concat(),
            value,
        );
    }
    if let Some(checksum) = &entry.checksum {
        let hex = HEXLOWER.encode(checksum);
        record(&mut records, b"APK-TOOLS.checksum.SHA1", hex.as_bytes());
    }
    records
}

/// Appends `length key=value\n`, where the length counts its own digits.
fn record(records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} ").as_bytes());
    records.extend_from_slice(key);
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::apk::tar::TarError;
    use proptest::prelude::*;

    fn round_trip(entries: &[(Entry, Vec<u8>)]) -> Vec<(Entry, Vec<u8>)> {
        let mut writer = Writer::new(Vec::new());
        for (entry, content) in entries {
            writer.append(entry, content.as_slice()).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let mut found = Vec::new();
        read(bytes.as_slice(), |entry, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(TarError::from)?;
            found.push((entry, bytes));
            Ok::<(), TarError>(())
        })
        .unwrap();
        found
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            path in "[a-z]{1,60}(/[a-zé]{1,60}){0,4}",
            target in "[a-z/.]{1,300}",
            content in proptest::collection::vec(any::<u8>(), 0..1500),
            // An empty value would mean "not set" to some readers.
            attribute in proptest::collection::vec(any::<u8>(), 1..120),
            mode in 0u32..0o10000,
            uid in 0u32..0x7fff_ffff,
        ) {
            let mut file = Entry::new(path.clone(), Kind::File);
            (file.mode, file.uid, file.size) = (mode, uid, content.len() as u64);
            file.checksum = Some([7; 20]);
            file.xattrs = vec![("user.a".into(), attribute.into())];
            let link = Entry::new(format!("{path}.l"), Kind::Symlink(target.clone().into()));
            let hard = Entry::new(format!("{path}.h"), Kind::HardLink(path.into()));
            let dir = Entry::new(target.trim_end_matches('/').to_owned() + "d", Kind::Directory);
            let device = Entry::new("dev", Kind::CharDevice(5, 1));
            let all = vec![
                (file, content), (link, vec![]), (hard, vec![]), (dir, vec![]), (device, vec![]),
            ];
            prop_assert_eq!(round_trip(&all), all);
        }
    }

    #[test]
    fn a_content_shorter_than_announced_is_an_error() {
        let mut entry = Entry::new("a", Kind::File);
        entry.size = 10;
        let error = Writer::new(Vec::new())
            .append(&entry, &b"short"[..])
            .unwrap_err();
        assert!(error.to_string().contains("5 bytes where 10"), "{error}");
    }
}
