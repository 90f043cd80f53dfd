//! The lock: what `apkcompose lock` writes, and what the other verbs make of it.

mod apk;
mod differences;
mod fitting;
mod making;
mod newer;
mod offline;
mod reading;
mod records;
mod scene;
#[path = "../support/mod.rs"]
mod support;
mod updating;
mod using;
mod vendoring;
