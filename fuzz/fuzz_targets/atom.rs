//! Atoms: what is read prints as something that reads as the same.
#![no_main]

use apkcompose::apk::dependency::Dependency;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(atom) = Dependency::parse_world(text) {
        let printed = atom.to_string();
        let again = Dependency::parse_world(&printed).map(|a| a.to_string());
        assert_eq!(again.as_deref(), Ok(printed.as_str()));
    }
    Dependency::parse_provided(text);
});
