//! The formats of Alpine's packages and indexes, without any input or output of their own.

pub mod arch;
pub mod dependency;
pub mod identity;
pub mod index;
pub mod version;
