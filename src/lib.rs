//! apkcompose composes container images from Alpine packages.

pub mod apk;
pub mod solver;
