//! Cached catalogues: no bytes make the reader panic.
#![no_main]

use apkcompose::apk::catalogue::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(catalogue) = Catalogue::decode(bytes) {
        assert_eq!(Catalogue::decode(&catalogue.encode()), Some(catalogue));
    }
});
