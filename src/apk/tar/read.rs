//! Reading archives by apk's rules.

use super::{Entry, Kind};
use bstr::{BString, ByteSlice};
use data_encoding::HEXLOWER_PERMISSIVE;
use std::io::{self, Read};

/// Why an archive could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The stream ended or failed, or a header is broken.
    #[error("the archive cannot be read: {0}")]
    Read(#[from] io::Error),
    /// A header field or extended header makes no sense.
    #[error("the header of {path:?} has a bad {field}")]
    BadHeader {
        /// The entry, as far as it is known.
        path: BString,
        /// The field.
        field: &'static str,
    },
    /// A kind of entry that packages don't have.
    #[error("{path:?} is of the unknown kind {kind:?}")]
    UnknownKind {
        /// The entry.
        path: BString,
        /// The header's type flag.
        kind: char,
    },
    /// An extended header larger than any path or attribute.
    #[error("an extended header of {size} bytes, more than the {limit} that are allowed")]
    HugeHeader {
        /// What the header says.
        size: u64,
        /// Bytes.
        limit: u64,
    },
}

/// The longest extended header that is read: paths end at 4 KiB, attributes at 64 KiB each.
const EXTENDED_LIMIT: u64 = 1 << 20;

/// What extended headers say of the entry that follows them.
#[derive(Default)]
struct Extended {
    long_name: Option<BString>,
    path: Option<BString>,
    linkpath: Option<BString>,
    checksum: Option<[u8; 20]>,
    xattrs: Vec<(BString, BString)>,
    /// Whether there was an extended header at all.
    seen: bool,
    /// Whether there was something that other readers honour and apk does not.
    foreign: bool,
}

/// Reads an archive to its end and calls `visit` with each entry and its content, in order.
///
/// The content handed to `visit` need not be read to its end.
///
/// # Errors
/// When the archive is broken, or whatever `visit` returns.
pub fn read<E: From<TarError>>(
    archive: impl Read,
    mut visit: impl FnMut(Entry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut archive = ::tar::Archive::new(archive);
    let mut extended = Extended::default();
    let mut global = false;
    for member in archive.entries().map_err(TarError::from)?.raw(true) {
        let mut member = member.map_err(TarError::from)?;
        let header = member.header();
        let size = header.entry_size().map_err(|_| bad(header, "size"))?;
        match header.as_bytes()[156] {
            b'x' => {
                // Others forget the first of two; and which of two names counts, they disagree.
                extended.foreign |= extended.seen;
                extended.seen = true;
                pax(&small(&mut member, size)?, &mut extended)
                    .ok_or_else(|| bad(member.header(), "PAX record"))?;
            }
            b'L' => {
                extended.foreign |= extended.seen;
                extended.seen = true;
                let mut name = small(&mut member, size)?;
                name.truncate(name.find_byte(0).unwrap_or(name.len()));
                extended.long_name = Some(name.into());
            }
            // Global headers and long link names: apk does not look at them.
            b'g' => global = true,
            b'K' => extended.foreign = true,
            _ => {
                let mut entry = entry(header, size, std::mem::take(&mut extended))?;
                entry.plain &= !global;
                visit(entry, &mut member)?;
            }
        }
    }
    Ok(())
}

fn bad(header: &::tar::Header, field: &'static str) -> TarError {
    TarError::BadHeader {
        path: name_of(header),
        field,
    }
}

fn small(member: &mut impl Read, size: u64) -> Result<Vec<u8>, TarError> {
    if size > EXTENDED_LIMIT {
        return Err(TarError::HugeHeader {
            size,
            limit: EXTENDED_LIMIT,
        });
    }
    let mut bytes = Vec::with_capacity(size as usize);
    member.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of a header field up to its first NUL.
fn field(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.find_byte(0).unwrap_or(bytes.len())]
}

/// The name in the header, with the prefix that POSIX archives put before it.
fn name_of(header: &::tar::Header) -> BString {
    let bytes = header.as_bytes();
    let name = field(&bytes[..100]);
    let prefix = match header.as_ustar() {
        Some(_) => field(&bytes[345..500]),
        None => b"",
    };
    if prefix.is_empty() {
        name.into()
    } else {
        [prefix, b"/", name].concat().into()
    }
}

fn entry(header: &::tar::Header, size: u64, extended: Extended) -> Result<Entry, TarError> {
    let mut path = extended
        .path
        .or(extended.long_name)
        .unwrap_or_else(|| name_of(header));
    let flag = header.as_bytes()[156];
    let plain = !extended.foreign
        // To others, a file whose name ends in a slash is a directory.
        && (flag == b'5' || !path.ends_with(b"/"))
        // A contiguous file is one to apk; docker refuses it.
        && flag != b'7'
        // Others take it that no content follows what is no file.
        && (size == 0 || matches!(flag, b'0' | 0));
    while path.len() > 1 && path.ends_with(b"/") {
        path.pop();
    }
    let bad = |field| TarError::BadHeader {
        path: path.clone(),
        field,
    };
    // Zero as well as too large a number must not wrap to root.
    let number = |value: io::Result<u64>, field| {
        value
            .ok()
            .and_then(|n| u32::try_from(n).ok())
            .ok_or_else(|| bad(field))
    };
    let target = || {
        extended
            .linkpath
            .clone()
            .unwrap_or_else(|| field(&header.as_bytes()[157..257]).into())
    };
    let device = || -> Result<(u32, u32), TarError> {
        let part = |n: io::Result<Option<u32>>| n.ok().flatten().ok_or_else(|| bad("device"));
        Ok((part(header.device_major())?, part(header.device_minor())?))
    };
    let kind = match flag {
        b'0' | 0 | b'7' => Kind::File,
        b'1' => Kind::HardLink(target()),
        b'2' => Kind::Symlink(target()),
        b'3' => device().map(|(major, minor)| Kind::CharDevice(major, minor))?,
        b'4' => device().map(|(major, minor)| Kind::BlockDevice(major, minor))?,
        b'5' => Kind::Directory,
        b'6' => Kind::Fifo,
        other => {
            return Err(TarError::UnknownKind {
                path,
                kind: other as char,
            });
        }
    };
    let mut xattrs = extended.xattrs;
    xattrs.sort();
    let plain = plain && xattrs.windows(2).all(|two| two[0].0 != two[1].0);
    let is_ustar = header.as_ustar().is_some() || header.as_gnu().is_some();
    let owner = |range: std::ops::Range<usize>| match is_ustar {
        true => BString::from(field(&header.as_bytes()[range])),
        false => BString::default(),
    };
    Ok(Entry {
        mode: number(header.mode().map(u64::from), "mode")? & 0o7777,
        uid: number(header.uid(), "uid")?,
        gid: number(header.gid(), "gid")?,
        user: owner(265..297),
        group: owner(297..329),
        mtime: header.mtime().map_err(|_| bad("mtime"))?,
        size: if kind == Kind::File { size } else { 0 },
        checksum: extended.checksum,
        plain,
        xattrs,
        kind,
        path,
    })
}

/// Reads PAX records, `length key=value\n` each; `None` when they are malformed.
fn pax(mut records: &[u8], extended: &mut Extended) -> Option<()> {
    while !records.is_empty() {
        let space = records.find_byte(b' ')?;
        let length: usize = records[..space].to_str().ok()?.parse().ok()?;
        let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
        let (key, value) = record.split_once_str("=")?;
        match key {
            b"path" => extended.path = Some(value.into()),
            b"linkpath" => extended.linkpath = Some(value.into()),
            b"APK-TOOLS.checksum.SHA1" => {
                let digest = HEXLOWER_PERMISSIVE.decode(value).ok()?;
                extended.checksum = Some(digest.try_into().ok()?);
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    // To others, an empty value takes the attribute away.
                    extended.foreign |= value.is_empty();
                    extended.xattrs.push((name.into(), value.into()));
                } else if !matches!(key, b"atime" | b"ctime") {
                    extended.foreign = true;
                }
            }
        }
        records = &records[length..];
    }
    Some(())
}
