//! Makes `dist/completions` and `dist/man` anew, from the description of the command line:
//! `cargo run --example generate`. A test fails when they are not up to date.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    for folder in ["completions", "man"] {
        let folder = dist.join(folder);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    for (path, content) in apkcompose::cli::shipped()? {
        fs::write(dist.join(path), content)?;
    }
    Ok(())
}
