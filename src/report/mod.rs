//! Views of what was resolved, as data, as text and as JSON.

pub mod diff;
mod graph;
pub mod info;
pub mod provenance;
pub mod sbom;
pub mod search;
pub mod size;
pub mod tree;
pub mod why;

pub use graph::{Graph, Node, Root};
