//! The formats of Alpine's packages and indexes, without any input or output of their own.

pub mod catalogue;
pub mod dependency;
pub mod hash;
pub mod identity;
pub mod index;
pub mod version;
