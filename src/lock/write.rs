//! Writing a lock: the same text for the same lock.

use super::files::new_file;
use super::{Lock, LockError, VERSION};
use data_encoding::HEXLOWER;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

const HEADER: &str = "\
# Which packages the manifest of this name resolves to. `apkcompose lock` writes this file and
# brings it up to date; keep it under version control, and do not edit it.
";

/// The text of a lock. Writing to a string never fails, so its results are not looked at.
pub(super) fn text(lock: &Lock) -> String {
    let mut out = format!("{HEADER}version = {VERSION}\n");
    for (arch, packages) in &lock.packages {
        let _ = writeln!(out, "count.{arch} = {}", packages.len());
    }
    let _ = writeln!(out, "\n[manifest]");
    line(&mut out, "digest", &lock.inputs.digest);
    let _ = writeln!(out, "packages = {}", lines(&lock.inputs.packages));
    if let Some(release) = &lock.inputs.alpine {
        line(&mut out, "alpine", release);
    }
    for repository in &lock.repositories {
        let _ = writeln!(out, "\n[[repository]]");
        line(&mut out, "address", &repository.address);
        if let Some(tag) = &repository.tag {
            line(&mut out, "tag", tag);
        }
        for (arch, index) in &repository.indexes {
            line(
                &mut out,
                &format!("index.{arch}"),
                &HEXLOWER.encode(&index.sha256),
            );
        }
        for (arch, index) in &repository.indexes {
            if let Some(key) = &index.key {
                line(&mut out, &format!("key.{arch}"), key);
            }
        }
    }
    for (name, sha256) in &lock.keys {
        let _ = writeln!(out, "\n[[key]]");
        line(&mut out, "name", name);
        line(&mut out, "sha256", &HEXLOWER.encode(sha256));
    }
    for (arch, packages) in &lock.packages {
        for package in packages {
            let _ = writeln!(out, "\n[[package.{arch}]]");
            line(&mut out, "name", &package.name);
            line(&mut out, "version", &package.version);
            line(&mut out, "arch", &package.arch);
            line(&mut out, "origin", &package.origin);
            line(&mut out, "repository", &package.repository);
            if let Some(tag) = &package.tag {
                line(&mut out, "tag", tag);
            }
            line(&mut out, "identity", &package.identity.to_string());
            let _ = writeln!(out, "size = {}", package.size);
            line(&mut out, "sha256", &HEXLOWER.encode(&package.sha256));
            if let Some(record) = &package.record {
                line(&mut out, "record", record);
            }
        }
    }
    out
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {}", quoted(value));
}

/// A list with a line for each value, so that a diff shows the one that changed.
fn lines(values: &[String]) -> String {
    let values: String = values
        .iter()
        .map(|value| format!("    {},\n", quoted(value)))
        .collect();
    match values.as_str() {
        "" => "[]".to_owned(),
        _ => format!("[\n{values}]"),
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub(super) fn store(lock: &Lock, path: &Path) -> Result<(), LockError> {
    let write = || -> io::Result<()> {
        let mut file = new_file(path)?;
        file.write_all(text(lock).as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| LockError::Write {
        path: path.to_owned(),
        source,
    })
}
