//! The cache, and working without a network.

use crate::fixture::{Fixture, INDEX, package, path_of};
use crate::server::Server;
use apkcompose::repository::FetchError;
use std::fs;

#[test]
fn offline_uses_what_is_there_and_opens_no_socket() {
    let (a, b) = (package("a"), package("b"));
    let mut fixture = Fixture::serving(&[&a, &b]);
    fixture.fetch_index().unwrap();
    fixture.fetch(&[&a, &b]).unwrap();
    let before = fixture.server.requests().len();
    fixture.offline = true;
    assert_eq!(fixture.fetch_index().unwrap().index.len(), 2);
    assert_eq!(fixture.fetch(&[&a, &b]).unwrap().len(), 2);
    assert_eq!(fixture.server.requests().len(), before);
}

#[test]
fn offline_names_every_missing_file() {
    let packages = ["a", "b", "c"].map(package);
    let [a, b, c] = &packages;
    let mut fixture = Fixture::serving(&[a, b, c]);
    fixture.fetch(&[b]).unwrap();
    let before = fixture.server.requests().len();
    fixture.offline = true;
    let error = fixture.fetch(&[a, b, c]).unwrap_err();
    let FetchError::Offline(missing) = &error else {
        panic!("{error}");
    };
    let expected = [a, c].map(|p| fixture.server.url(&path_of(p)));
    assert_eq!(missing, &expected);
    assert!(error.help().is_some());
    let error = fixture.fetch_index().unwrap_err();
    assert!(error.to_string().contains(INDEX), "{error}");
    assert_eq!(fixture.server.requests().len(), before);
}

#[test]
fn a_damaged_package_in_the_cache_is_fetched_again() {
    let a = package("a");
    let mut fixture = Fixture::serving(&[&a]);
    let damage = |fixture: &Fixture, bytes: &[u8]| {
        fs::write(&fixture.cached_packages()[0], bytes).unwrap();
    };
    fixture.fetch(&[&a]).unwrap();
    let mut changed = a.bytes.clone();
    changed[a.bytes.len() / 2] ^= 1;
    let longer = [&a.bytes[..], b"x"].concat();
    for (n, bytes) in [&changed, &a.bytes[..1000], b"", &longer]
        .iter()
        .enumerate()
    {
        damage(&fixture, bytes);
        fixture.fetch(&[&a]).unwrap();
        assert_eq!(fixture.server.count(&path_of(&a)), n + 2);
        assert_eq!(fs::read(&fixture.cached_packages()[0]).unwrap(), a.bytes);
    }
    damage(&fixture, &changed);
    fixture.offline = true;
    let error = fixture.fetch(&[&a]).unwrap_err();
    assert!(error.to_string().contains("a-1.0-r0.apk"), "{error}");
    assert_eq!(fixture.cached_packages().len(), 0);
}

#[test]
fn a_damaged_index_in_the_cache_is_not_used_offline() {
    let a = package("a");
    let mut fixture = Fixture::serving(&[&a]);
    fixture.fetch_index().unwrap();
    let folder = fixture.cache().join("v1/indexes");
    let file = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    fixture.offline = true;
    let repository = fixture.repository();
    let fetcher = fixture.fetcher();
    let silent = &apkcompose::progress::Silent;
    let error = fetcher
        .fetch_indexes(&[repository], "x86_64", silent)
        .unwrap_err();
    assert!(error.to_string().contains("from the cache"), "{error}");
}

#[test]
fn an_index_is_fetched_anew_each_time() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    fixture.fetch_index().unwrap();
    fixture.fetch_index().unwrap();
    assert_eq!(fixture.server.count(INDEX), 2);
}

#[test]
fn many_may_fill_one_cache_at_once() {
    let packages: Vec<_> = (0..6).map(|n| package(&format!("p{n}"))).collect();
    let packages: Vec<_> = packages.iter().collect();
    let fixture = Fixture::serving(&packages);
    let (repository, options) = (fixture.repository(), fixture.options());
    let index = crate::fixture::parsed(&packages);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let wanted: Vec<_> = index
                    .entries()
                    .filter_map(|e| apkcompose::repository::Wanted::new(e, "", vec![&repository]))
                    .collect();
                let fetcher = apkcompose::repository::Fetcher::new(options.clone());
                let silent = &apkcompose::progress::Silent;
                let fetched = fetcher.fetch_packages(&wanted, &|_| false, silent);
                assert_eq!(fetched.unwrap().len(), 6);
            });
        }
    });
    fixture.fetch(&packages).unwrap();
}

#[test]
fn a_cache_that_cannot_be_written_to_says_so() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    // A file where the folder should be stops root as well.
    fs::write(fixture.cache(), "").unwrap();
    for error in [
        fixture.fetch(&[&a]).unwrap_err(),
        fixture.fetch_index().map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error, FetchError::Cache(_)), "{error}");
        assert!(error.to_string().contains("cache/v1/tmp"), "{error}");
        assert!(error.help().unwrap().contains("--cache-dir"));
    }
}

#[test]
fn what_a_killed_process_left_is_removed_after_a_day() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let tmp = fixture.cache().join("v1/tmp");
    fs::create_dir_all(&tmp).unwrap();
    let left = tmp.join("left");
    let day = std::time::Duration::from_secs(25 * 60 * 60);
    let file = fs::File::create(&left).unwrap();
    file.set_modified(std::time::SystemTime::now() - day)
        .unwrap();
    // This also checks that nothing is left in the folder.
    fixture.fetch(&[&a]).unwrap();
    assert!(!left.exists());
}

#[test]
fn the_server_of_these_tests_lets_go_of_its_port() {
    let server = Server::start();
    let host = server.host();
    drop(server);
    // The accepting thread ends once it is woken.
    for _ in 0..100 {
        if std::net::TcpStream::connect(&host).is_err() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{host} still answers");
}
