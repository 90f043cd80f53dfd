//! The formats of a bare root, each held against the plain tar of the same root, and read by the
//! programs that people read them with.

#[path = "../support/mod.rs"]
mod support;

mod boot;
mod cpio;
mod erofs;
mod fixture;
mod layout;
mod rootfs;
mod squashfs;
mod stdout;
mod tar;
