//! apkcompose composes container images from Alpine packages.

pub mod apk;
pub mod manifest;
pub mod progress;
pub mod repository;
pub mod rootfs;
