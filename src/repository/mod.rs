//! Where bytes come from: locations, keys, transport and cache.

pub mod location;

pub use location::{Location, LocationError};
