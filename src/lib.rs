//! apkcompose composes container images from Alpine packages.

pub mod apk;
pub mod demo;
pub mod image;
pub mod layer;
pub mod manifest;
pub mod output;
pub mod progress;
pub mod repository;
pub mod rootfs;
pub mod solver;
