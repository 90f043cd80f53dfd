//! Pushing to registries, without a client or a registry of anybody else.

mod built;
mod clients;
mod login;
mod mock;
mod push;
mod scene;
#[path = "../support/mod.rs"]
mod support;
