//! Versions: comparing is antisymmetric, and a version is its own prefix.
#![no_main]

use apkcompose::apk::version::{compare, compare_prefix, is_valid};
use libfuzzer_sys::fuzz_target;
use std::cmp::Ordering;

fuzz_target!(|pair: (&str, &str)| {
    let (a, b) = pair;
    if is_valid(a) && is_valid(b) {
        assert_eq!(compare(a, b), compare(b, a).reverse());
    }
    compare(a, b);
    assert_eq!(compare(a, a), Ordering::Equal);
    assert_eq!(compare_prefix(a, a), Ordering::Equal);
});
