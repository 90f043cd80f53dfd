//! A server for the files of a folder: the one of the network tests, behaving well.

#[path = "../network/server.rs"]
mod misbehaving;

pub use misbehaving::{Length, Pace, Reply, Request, Server};
use std::fs;
use std::path::Path;

impl Server {
    /// Answers with the files below a folder, as they are now.
    pub fn serve_folder(&self, folder: &Path) {
        self.serve_below(folder, "");
    }

    fn serve_below(&self, folder: &Path, path: &str) {
        for name in super::scene::names(folder) {
            let (file, path) = (folder.join(&name), format!("{path}/{name}"));
            match file.is_dir() {
                true => self.serve_below(&file, &path),
                false => self.answer(&path, vec![Reply::ok(fs::read(&file).unwrap())]),
            }
        }
    }
}
