//! What goes with an image: bills of materials, provenance, and verifying both image and origin.

mod provenance;
mod readers;
mod sbom;
mod scene;
#[path = "../support/mod.rs"]
mod support;
mod verify;
