//! The whole program in rough company: killed at any moment, told to end, and with secrets that
//! nobody else may see.

mod addresses;
mod interrupted;
mod killed;
mod secrets;
#[path = "../support/mod.rs"]
mod support;
