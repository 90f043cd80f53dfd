//! Where bytes come from: locations, keys, transport and cache.

pub mod keys;
pub mod location;
pub mod transport;

pub use location::{Location, LocationError};
