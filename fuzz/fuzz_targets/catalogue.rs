//! Cached catalogues: no bytes make the reader panic.
#![no_main]

use apkcompose::apk::catalogue::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(catalogue) = Catalogue::read(bytes) {
        let mut written = Vec::new();
        let done = catalogue.write(&mut written);
        assert!(done.is_ok());
        assert_eq!(Catalogue::read(&written[..]), Some(catalogue));
    }
});
