//! Writes a signed repository of large packages into a folder: for measuring how much memory and
//! time an image takes that is larger than either should be. See `benches/whole.sh`.
//!
//! ```text
//! cargo run --release --example make-large-repository -- FOLDER [MIB]
//! ```

use apkcompose::apk::signature::Digest;
use apkcompose::apk::tar::{Entry, Kind, Writer};
use apkcompose::apk::write::{File, PackageSpec, Signer, write_index};
use flate2::{Compression, GzBuilder};
use sha1::{Digest as _, Sha1};
use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

const KEY: &str = include_str!("../tests/keys/test-only.rsa");
const KEY_NAME: &str = "test-only.rsa.pub";

/// What a package holds.
const PACKAGE: usize = 128 << 20;
/// What a file holds.
const FILE: usize = 8 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().ok_or("expected a folder")?;
    let size = match arguments.next() {
        Some(text) => text.to_string_lossy().parse::<usize>()? << 20,
        None => 1 << 30,
    };
    write(Path::new(&folder), size.div_ceil(PACKAGE))
}

/// Writes so many packages, every second one of bytes that do not compress.
fn write(folder: &Path, packages: usize) -> Result<(), Box<dyn Error>> {
    let signer = Signer::from_pem(KEY_NAME, KEY, Digest::Sha256)?;
    fs::create_dir_all(folder.join("x86_64"))?;
    fs::write(folder.join(KEY_NAME), signer.public_pem()?)?;
    let mut records = Vec::new();
    for number in 0..packages {
        let spec = spec(number);
        let data = data_member(&spec)?;
        let package = spec.write_parts(&spec.pkginfo(&data), &data, &signer)?;
        let path = folder.join("x86_64").join(&package.file_name);
        fs::write(path, &package.bytes)?;
        records.push(package.index_record);
    }
    let index = write_index(&records, "large", Some(&signer))?;
    fs::write(folder.join("x86_64/APKINDEX.tar.gz"), index)?;
    Ok(())
}

fn spec(number: usize) -> PackageSpec {
    let name = format!("large-{number}");
    let own = format!("usr/share/{name}");
    let mut files: Vec<File> = ["usr", "usr/share", &own].map(File::directory).into();
    files.extend((0..PACKAGE / FILE).map(|file| {
        let content = match number % 2 {
            0 => noise(number * 1000 + file, FILE),
            _ => words(number * 1000 + file, FILE),
        };
        File::regular(format!("{own}/{file}"), content)
    }));
    PackageSpec {
        name,
        version: "1.0-r0".into(),
        arch: "x86_64".into(),
        build_date: 1_700_000_000,
        files,
        ..PackageSpec::default()
    }
}

/// The data member, compressed as fast as can be: [`PackageSpec::data_member`] would take the
/// best compression, and minutes.
fn data_member(spec: &PackageSpec) -> io::Result<Vec<u8>> {
    let gzip = GzBuilder::new().write(Vec::new(), Compression::fast());
    let mut tar = Writer::new(io::BufWriter::with_capacity(1 << 20, gzip));
    for file in &spec.files {
        let mut entry: Entry = file.entry.clone();
        entry.mtime = spec.build_date;
        entry.size = file.content.len() as u64;
        if entry.kind == Kind::File {
            entry.checksum = Some(Sha1::digest(&file.content).into());
        }
        tar.append(&entry, file.content.as_slice())?;
    }
    let mut out = tar.finish()?;
    out.flush()?;
    let gzip = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    gzip.finish()
}

fn numbers(seed: usize) -> impl FnMut() -> u64 {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// Bytes that do not compress.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut next = numbers(seed);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Words that compress to about a quarter.
fn words(seed: usize, length: usize) -> Vec<u8> {
    let mut next = numbers(seed);
    let mut bytes = Vec::with_capacity(length + 32);
    while bytes.len() < length {
        let _ = write!(bytes, "word-{:x} ", next() % 5000 * 7919);
    }
    bytes.truncate(length);
    bytes
}
