//! What fetching makes of repositories and networks that misbehave.

mod cache;
mod fixture;
mod hostile;
mod index;
mod mirrors;
mod package;
mod proxy;
mod reuse;
mod server;
mod tls;
mod transport;
