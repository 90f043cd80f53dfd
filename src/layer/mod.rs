//! Layers: which part of the tree goes into which, their tar, and its compression.
//!
//! A package's signed data member is a gzip-compressed tar and `datahash` its SHA-256, so it is
//! an image layer as it stands, with a digest that the packager's signature vouches for. Where
//! nothing speaks against it ([`plan`]), packages become layers untouched.

mod ahead;
mod compress;
mod emit;
mod gzip;
mod pass;
mod passed;
mod plan;
mod survey;
mod written;

pub use ahead::{Ahead, compress_ahead};
pub use compress::{Blob, Compression, Encoder, Hashed, compress};
pub use emit::{EmitError, EntrySink, Sources, emit};
pub use passed::copy_passed;
pub use plan::{
    Body, DEFAULT_BUDGET, MAX_BUDGET, Options, PlannedEntry, PlannedLayer, Strategy, bytes,
    content_bytes, plan,
};
pub use written::whole;
