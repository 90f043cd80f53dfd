//! What an index says of a package can be made from the package.

use crate::support::skip::test_data;
use apkcompose::apk::index::Index;
use apkcompose::apk::index_archive::{self, Trust};
use apkcompose::apk::index_record::index_record;
use apkcompose::apk::package::read_control;
use apkcompose::apk::signature::Keyring;
use std::fs;
use std::io::BufReader;

#[test]
fn records_of_all_real_packages_are_those_of_their_indexes() {
    let Some(data) = test_data("records of real packages") else {
        return;
    };
    for repository in ["iso-3.19.1", "extra", "php"] {
        let folder = data.join("alpine").join(repository).join("x86_64");
        let bytes = fs::read(folder.join("APKINDEX.tar.gz")).unwrap();
        let index = index_archive::open(&bytes, Trust::Unsigned).unwrap().index;
        let mut count = 0;
        for entry in index.entries() {
            let path = folder.join(entry.file_name());
            let Ok(file) = fs::File::open(&path) else {
                continue;
            };
            let size = file.metadata().unwrap().len();
            let mut reader = BufReader::new(file);
            let control = read_control(&mut reader, &Keyring::default(), &entry.identity).unwrap();
            let record = index_record(&control.info, &control.identity, entry.arch, size);
            assert_eq!(record, entry.database_lines());
            let again = Index::parse(record.clone()).unwrap();
            let again = again.entry(0);
            assert_eq!(again.database_lines(), record);
            let numbers = |e: apkcompose::apk::index::Entry<'_>| {
                (e.size, e.installed_size, e.provider_priority)
            };
            assert_eq!(numbers(again), numbers(entry));
            count += 1;
        }
        assert!(count > 0, "{repository} has no packages");
    }
}
