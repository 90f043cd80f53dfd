//! .PKGINFO: no text makes the reader panic.
#![no_main]

use apkcompose::apk::pkginfo::PkgInfo;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = PkgInfo::parse(text);
});
