//! Packages' scripts: what they change, who may run them, and what they cannot do.
//!
//! They run as everybody who may run this program: root, an ordinary user with subordinate ids,
//! one with a single id, and root who is refused namespaces. All get the same image.

#[path = "../support/mod.rs"]
mod support;

mod alpine;
mod changes;
mod day;
mod failures;
mod fixture;
mod foreign;
mod hostile;
mod reuse;
mod who;
