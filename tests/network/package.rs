//! Packages that are missing, foreign or damaged.

use crate::fixture::{
    Fixture, Recorder, boundaries, package, parsed, path_of, repository, signer, spec, stranger,
};
use crate::server::{Length, Pace, Reply};
use apkcompose::apk::package::PackageError;
use apkcompose::apk::write::{Signer, WrittenPackage};
use apkcompose::progress::Silent;
use apkcompose::repository::{FetchError, FetchedPackage, Location, Wanted};
use std::fs;

/// What fetching a package that is answered so fails with.
fn refused(package: &WrittenPackage, reply: Reply) -> FetchError {
    let fixture = Fixture::new();
    fixture.server.answer(&path_of(package), vec![reply]);
    let progress = Recorder::default();
    let result = fixture.fetch_from(&[&fixture.repository()], &[package], &progress);
    let error = result.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert_eq!(fixture.cached_packages().len(), 0);
    assert_eq!(
        *progress.bytes.lock().unwrap(),
        0,
        "what failed is taken back"
    );
    error
}

fn package_error(package: &WrittenPackage, bytes: impl Into<Vec<u8>>) -> PackageError {
    match refused(package, Reply::ok(bytes)) {
        FetchError::Package { source, name, .. } => {
            assert_eq!(name, "a-1.0-r0");
            *source
        }
        error => panic!("{error}"),
    }
}

fn names(packages: &[FetchedPackage]) -> Vec<&str> {
    packages
        .iter()
        .map(|p| p.package.info.name.as_str())
        .collect()
}

#[test]
fn packages_come_in_the_order_asked_for_and_are_kept() {
    let all = ["d", "a", "c", "b", "libstdc++"].map(package);
    let all: Vec<_> = all.iter().collect();
    let fixture = Fixture::serving(&all);
    let progress = Recorder::default();
    let repository = fixture.repository();
    let fetched = fixture.fetch_from(&[&repository], &all, &progress).unwrap();
    assert_eq!(names(&fetched), ["d", "a", "c", "b", "libstdc++"]);
    let total: usize = all.iter().map(|p| p.bytes.len()).sum();
    assert_eq!(*progress.bytes.lock().unwrap(), total as i64);
    assert_eq!(fixture.cached_packages().len(), 5);
    // The second time nothing is asked of the server.
    let before = fixture.server.requests().len();
    let again = fixture.fetch(&all).unwrap();
    assert_eq!(names(&again), names(&fetched));
    assert_eq!(fixture.server.requests().len(), before);
}

#[test]
fn what_was_verified_can_be_read_again() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let fetched = fixture.fetch(&[&a]).unwrap().remove(0);
    // Even when somebody cleans the cache in between.
    fs::remove_dir_all(fixture.cache()).unwrap();
    let mut whole = Vec::new();
    let mut reader = fetched.source.read_from(0);
    std::io::Read::read_to_end(&mut reader, &mut whole).unwrap();
    assert_eq!(whole, a.bytes);
    let mut contents = Vec::new();
    fetched
        .read_contents::<apkcompose::apk::package::DataError>(|place, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).unwrap();
            contents.push((place, bytes));
            Ok(())
        })
        .unwrap();
    assert_eq!(contents[1], (1, spec("a").files[1].content.clone()));
}

#[test]
fn a_missing_package_is_not_asked_for_twice() {
    let a = package("a");
    let fixture = Fixture::new();
    let error = fixture.fetch(&[&a]).unwrap_err();
    assert!(matches!(error, FetchError::NoPackage { .. }), "{error}");
    assert!(error.to_string().contains("a-1.0-r0"), "{error}");
    assert!(error.to_string().contains("404"), "{error}");
    assert!(error.help().is_some());
    assert_eq!(fixture.server.count(&path_of(&a)), 1);
}

#[test]
fn a_page_instead_of_a_package_is_called_one() {
    let a = package("a");
    let page = "<!DOCTYPE html><title>Log in</title>";
    let error = refused(&a, Reply::ok(page));
    assert!(matches!(error, FetchError::PackageIsHtml { .. }), "{error}");
    let unsaid = Reply::ok(page).length(Length::Unsaid);
    let error = refused(&a, unsaid);
    assert!(matches!(error, FetchError::PackageIsHtml { .. }), "{error}");
}

#[test]
fn a_wrong_size_is_noticed() {
    let a = package("a");
    let longer = [&a.bytes[..], b"x"].concat();
    let shorter = &a.bytes[..a.bytes.len() - 1];
    for bytes in [&longer, shorter] {
        let error = package_error(&a, bytes);
        assert!(matches!(error, PackageError::Size { .. }), "{error}");
        let unsaid = Reply::ok(bytes).length(Length::Unsaid);
        let error = refused(&a, unsaid);
        assert!(error.to_string().contains("bytes"), "{error}");
    }
}

#[test]
fn one_changed_byte_is_noticed_in_each_member() {
    let a = package("a");
    let bounds = boundaries(&a);
    for member in bounds.windows(2) {
        for place in [member[0], (member[0] + member[1]) / 2, member[1] - 1] {
            let mut bad = a.bytes.clone();
            bad[place] ^= 1;
            package_error(&a, bad);
        }
    }
}

#[test]
fn another_package_under_the_name_is_refused() {
    let mut a = package("a");
    let mut other = spec("a");
    other.build_date += 1;
    let other = other.write(&signer()).unwrap();
    // Only the identity tells them apart.
    let size = |package: &WrittenPackage| format!("S:{}\n", package.bytes.len());
    a.index_record = a.index_record.replace(&size(&a), &size(&other));
    let error = package_error(&a, other.bytes);
    assert!(matches!(error, PackageError::Identity { .. }), "{error}");
}

#[test]
fn data_that_the_control_member_does_not_vouch_for_is_refused() {
    let right = spec("a");
    let data = right.data_member().unwrap();
    let mut other = spec("a");
    other.files[1].content[0] ^= 1;
    let other = other.data_member().unwrap();
    let info = right.pkginfo(&data);
    let wrong = right.write_parts(&info, &other, &signer()).unwrap();
    let error = package_error(&wrong, wrong.bytes.clone());
    assert!(matches!(error, PackageError::Data(_)), "{error}");

    let silent: String = info
        .lines()
        .filter(|line| !line.starts_with("datahash"))
        .map(|line| format!("{line}\n"))
        .collect();
    let none = right.write_parts(&silent, &data, &signer()).unwrap();
    let error = package_error(&none, none.bytes.clone());
    assert!(matches!(error, PackageError::NoDataHash), "{error}");
}

#[test]
fn an_unknown_signer_is_vouched_for_by_the_index_and_a_forger_is_not() {
    let by_stranger = spec("a").write(&stranger()).unwrap();
    let fixture = Fixture::serving(&[&by_stranger]);
    let fetched = fixture.fetch(&[&by_stranger]).unwrap();
    assert_eq!(fetched[0].package.signed_by, None);

    let key = include_str!("../keys/stranger.rsa");
    let digest = apkcompose::apk::signature::Digest::Sha256;
    let forger = Signer::from_pem("test-only.rsa.pub", key, digest).unwrap();
    let forged = spec("a").write(&forger).unwrap();
    let error = package_error(&forged, forged.bytes.clone());
    assert!(matches!(error, PackageError::Signature(_)), "{error}");
}

#[test]
fn a_body_that_is_cut_or_lies_about_its_length_is_refused() {
    let a = package("a");
    let [_, control, data, end] = boundaries(&a);
    for length in [0, 1, control, data, end / 2, end - 1] {
        let cut = Reply::ok(a.bytes.clone()).pace(Pace::CutAfter(length));
        let error = refused(&a, cut.clone());
        assert!(matches!(error, FetchError::Transport(_)), "{error}");
        refused(&a, cut.length(Length::Unsaid));
    }
    for length in [0, end - 1, end + 1] {
        let lying = Reply::ok(a.bytes.clone()).length(Length::Wrong(length));
        let error = refused(&a, lying);
        assert!(error.to_string().contains(&end.to_string()), "{error}");
    }
}

#[test]
fn a_body_without_an_end_is_left_at_the_size_of_the_index() {
    let a = package("a");
    let endless = Reply::ok(a.bytes.clone())
        .length(Length::Unsaid)
        .pace(Pace::Endless);
    let error = refused(&a, endless);
    assert!(matches!(error, FetchError::Package { .. }), "{error}");
}

#[test]
fn one_bad_package_ends_them_all_with_its_own_error() {
    let all = ["a", "b", "c", "d", "e", "f"].map(package);
    let all: Vec<_> = all.iter().collect();
    let fixture = Fixture::serving(&all);
    fixture
        .server
        .answer(&path_of(all[4]), vec![Reply::status("404 Not Found")]);
    let error = fixture.fetch(&all).unwrap_err();
    assert!(error.to_string().contains("e-1.0-r0"), "{error}");
}

#[test]
fn the_next_repository_is_asked_for_what_the_first_lacks() {
    let a = package("a");
    let fixture = Fixture::serving(&[&a]);
    let empty = repository(&fixture.server.url("/empty"));
    let full = fixture.repository();
    let fetched = fixture.fetch_from(&[&empty, &full], &[&a], &Silent);
    assert_eq!(names(&fetched.unwrap()), ["a"]);
    assert_eq!(fixture.server.count("/empty/x86_64/a-1.0-r0.apk"), 1);
}

#[test]
fn a_package_of_installed_size_zero_is_not_fetched() {
    let mut a = package("a");
    let at = a.index_record.find("I:").unwrap();
    let end = at + a.index_record[at..].find('\n').unwrap();
    a.index_record.replace_range(at..end, "I:0");
    let index = parsed(&[&a]);
    assert!(Wanted::new(index.entry(0), "x86_64", Vec::new()).is_none());
}

#[test]
fn a_name_that_leads_out_of_the_repository_is_refused() {
    let mut a = package("a");
    a.index_record = a.index_record.replace("P:a", "P:../../a");
    let fixture = Fixture::new();
    let error = fixture.fetch(&[&a]).unwrap_err();
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert!(matches!(error, FetchError::BadPackageName { .. }));
    assert_eq!(fixture.server.requests().len(), 0);
}

#[test]
fn local_packages_are_read_in_place_and_verified() {
    let a = package("a");
    let fixture = Fixture::new();
    let arch = fixture.folder.path().join("repo/x86_64");
    fs::create_dir_all(&arch).unwrap();
    let file = arch.join(&a.file_name);
    let repository = repository(fixture.folder.path().join("repo").to_str().unwrap());
    let fetch = || fixture.fetch_from(&[&repository], &[&a], &Silent);

    let error = fetch().unwrap_err();
    assert!(matches!(error, FetchError::NoPackage { .. }), "{error}");
    fs::write(&file, &a.bytes).unwrap();
    assert_eq!(names(&fetch().unwrap()), ["a"]);
    let mut bad = a.bytes.clone();
    bad[boundaries(&a)[2] + 50] ^= 1;
    fs::write(&file, bad).unwrap();
    let error = fetch().unwrap_err();
    assert!(
        error.to_string().contains("repo/x86_64/a-1.0-r0.apk"),
        "{error}"
    );
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let error = fetch().unwrap_err();
    assert!(error.to_string().contains("no ordinary file"), "{error}");
    assert!(!fixture.cache().exists(), "nothing local is copied");
}

#[test]
fn the_program_can_carry_a_repository() {
    let a = package("a");
    let bytes: &'static [u8] = Vec::leak(a.bytes.clone());
    static CARRIED: std::sync::OnceLock<&'static [u8]> = std::sync::OnceLock::new();
    CARRIED.set(bytes).unwrap();
    let fixture = Fixture::new();
    let mut options = fixture.options();
    options.transport.offline = true;
    options.transport.builtin = |path| match path {
        "demo/x86_64/a-1.0-r0.apk" => CARRIED.get().copied(),
        _ => None,
    };
    let mut carried = fixture.repository();
    carried.location = Location::Builtin("demo".into());
    let index = parsed(&[&a]);
    let wanted = Wanted::new(index.entry(0), "x86_64", vec![&carried]).unwrap();
    let fetched = apkcompose::repository::Fetcher::new(options)
        .fetch_packages(&[wanted], &|_| false, &Silent)
        .unwrap();
    let mut whole = Vec::new();
    let mut reader = fetched[0].source.read_from(0);
    std::io::Read::read_to_end(&mut reader, &mut whole).unwrap();
    assert_eq!(whole, a.bytes);
}
