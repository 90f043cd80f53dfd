//! Registries: pushing images to them and reading images from them, as the OCI distribution
//! specification 1.1 and Docker's token authentication have it.
//!
//! Requests go through the project's own [`Transport`](crate::repository::transport::Transport),
//! with its rules for TLS, redirects and stalling servers. The crate `oci-client` was looked at
//! for this: its uploads begin anew after a cut, it exchanges no identity tokens, and it brings a
//! second way of talking HTTP, regular expressions and calendars with it.

mod challenge;
mod client;
mod credentials;
mod error;
mod manifests;
mod memory;
mod push;
mod reference;
mod retry;
mod token;
mod upload;

pub use client::RegistryOptions;
pub use credentials::{Credential, CredentialError, CredentialFiles};
pub use error::RegistryError;
pub use manifests::Document;
pub use push::{OutgoingImage, Pushed, push};
pub(crate) use reference::is_digest;
pub use reference::{DEFAULT_REGISTRY, Reference, ReferenceError};
pub use upload::{Arrival, BlobBytes, OutgoingBlob};
