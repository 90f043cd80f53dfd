//! The formats of Alpine's packages and indexes, without any input or output of their own.

pub mod arch;
pub mod catalogue;
pub mod dependency;
pub mod gzip;
pub mod hash;
pub mod identity;
pub mod index;
pub mod index_archive;
pub mod index_record;
pub mod package;
pub mod pkginfo;
pub mod signature;
pub mod tar;
pub mod version;
pub mod write;
