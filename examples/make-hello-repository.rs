//! Writes the repository that the program carries, `src/demo/hello`, and its public key:
//!
//! ```sh
//! cargo run --example make-hello-repository
//! ```
//!
//! To be run after a change in `src/demo/packages.rs` or `src/demo/program.rs`; a file whose name
//! is new must be listed in `src/demo/mod.rs` as well.

use apkcompose::apk::signature::Digest;
use apkcompose::apk::write::Signer;
use apkcompose::demo::{KEY_NAME, REPOSITORY, packages};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = project.join("src/demo");
    let private = fs::read_to_string(project.join("tests/keys/hello-demo.rsa"))?;
    let signer = Signer::from_pem(KEY_NAME, &private, Digest::Sha256)?;
    fs::write(demo.join(KEY_NAME), signer.public_pem()?)?;
    let repository = demo.join(REPOSITORY);
    if repository.exists() {
        fs::remove_dir_all(&repository)?;
    }
    for (path, bytes) in packages::write_repository(&signer)? {
        let file = repository.join(&path);
        fs::create_dir_all(file.parent().unwrap_or(&repository))?;
        fs::write(file, &bytes)?;
        println!("{:>6}  {path}", bytes.len());
    }
    Ok(())
}
