//! Layers: however an image is cut, it holds the same files; and what passes through untouched
//! is exactly what may.
//!
//! Packages are made with the project's own writer, images with the program itself, and read
//! again by a reader of their own ([`image`], [`tree`]) that follows the OCI image layout and
//! layer specifications.

mod alpine;
mod changed;
mod cut;
mod fixture;
mod held_back;
mod image;
mod oddities;
mod passed;
mod random;
#[path = "../support/mod.rs"]
mod support;
mod tree;
