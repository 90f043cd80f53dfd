//! Layers: which part of the tree goes into which, their tar, and its compression.

mod compress;
mod emit;
mod plan;

pub use compress::{Blob, Hashed, compress};
pub use emit::{EmitError, EntrySink, Sources, emit};
pub use plan::{PlannedEntry, PlannedLayer, bytes, plan};
