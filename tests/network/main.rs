//! What fetching makes of repositories and networks that misbehave.

mod cache;
mod fixture;
mod index;
mod package;
mod server;
mod transport;
