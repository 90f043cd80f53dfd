//! Where bytes come from: locations, keys, transport and cache, and the verified fetching of
//! indexes and packages on top of them.
//!
//! A [`Fetcher`] is made once and used for all repositories. What it returns has been verified:
//! an index by a trusted key, a package by the identity that an index (or a lock) gives for it.

pub mod cache;
mod error;
mod fetch;
pub mod keys;
pub mod location;
mod source;
pub mod transport;

pub use error::FetchError;
pub use fetch::{
    FetchOptions, FetchedIndex, FetchedPackage, Fetcher, FileHash, LONGEST_PAUSE, Repository,
    RetryPolicy, Wanted,
};
pub use location::{Location, LocationError};
pub use source::{PackageSource, SourceReader};
