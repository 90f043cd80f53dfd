//! The program from the outside: what `build` and `resolve` make of packages and manifests.

mod architectures;
mod files;
mod formats;
mod image;
mod install;
mod manifest;
mod options;
mod repositories;
mod resolve;
#[path = "../support/mod.rs"]
mod support;
