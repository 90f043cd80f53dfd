//! What is sent, what is not, and what becomes of it when the connection breaks.

use crate::mock::{Auth, Fault, Registry};
use crate::scene::{assert_has, fails, push, scene_with};
use crate::support::Image;

const BIG: usize = 3 << 20;

#[test]
fn an_archive_arrives_as_it_is_under_all_its_tags() {
    let (scene, archive) = scene_with(1000);
    let image = Image::read(&archive);
    let registry = Registry::start();
    let names = ["me/image:1", "me/image", "image:2"].map(|name| registry.reference(name));
    let run = push(
        &scene,
        None,
        &["image.tar", &names[0], &names[1], &names[2]],
    );
    assert_eq!(run.digest(), image.digest);
    assert!(run.stderr.contains(&names[0]), "{}", run.stderr);
    for (repository, tag) in [("me/image", "1"), ("me/image", "latest"), ("image", "2")] {
        assert_has(&registry, repository, tag, &image);
    }
    // The tags come when all else is there.
    let state = registry.state();
    let puts: Vec<&str> = state
        .requests
        .iter()
        .filter(|r| r.method == "PUT" && r.path.starts_with("/v2/me/image/"))
        .map(|r| r.path.as_str())
        .collect();
    let (before, last) = puts.split_at(puts.len() - 2);
    let tags = ["1", "latest"].map(|tag| format!("/v2/me/image/manifests/{tag}"));
    assert_eq!(last, tags);
    assert!(before.iter().all(|path| path.contains("/blobs/uploads/")));
}

#[test]
fn what_is_there_is_not_sent_again() {
    let (scene, _) = scene_with(BIG);
    let registry = Registry::start();
    let name = registry.reference("image");
    push(&scene, None, &["image.tar", &name]).digest();
    assert_eq!(registry.count("PATCH", ""), 1);
    registry.state().requests.clear();
    let run = push(&scene, None, &["image.tar", &name]);
    run.digest();
    assert!(run.stderr.contains("4 there"), "{}", run.stderr);
    assert_eq!(registry.count("POST", "") + registry.count("PATCH", ""), 0);
    assert_eq!(registry.count("PUT", ""), 1);
}

#[test]
fn what_a_sibling_has_is_mounted() {
    let auth = Auth::Token {
        pair: "me:secret",
        identity: "",
        uses: 1000,
    };
    for (auth, config) in [
        (Auth::Anybody, None),
        (auth, Some(r#"{"auth": "bWU6c2VjcmV0"}"#)),
    ] {
        let (scene, archive) = scene_with(BIG);
        let image = Image::read(&archive);
        let registry = Registry::with(auth);
        let config = config.map(|c| format!(r#"{{"auths": {{"{}": {c}}}}}"#, registry.host()));
        let config = config.as_deref();
        let names = ["a/image", "b/image", "c/image"].map(|name| registry.reference(name));
        // Of two references the second, and then one that is pushed to later.
        push(&scene, config, &["image.tar", &names[0], &names[1]]).digest();
        let run = push(&scene, config, &["image.tar", &names[2]]);
        run.digest();
        assert!(run.stderr.contains("4 mounted"), "{}", run.stderr);
        for repository in ["a/image", "b/image", "c/image"] {
            assert_has(&registry, repository, "latest", &image);
        }
        assert_eq!(registry.count("PATCH", ""), 1);
        assert!(registry.count("POST", "from=a%2Fimage") >= 4);
    }
}

#[test]
fn a_sibling_that_lost_it_costs_nothing_but_a_question() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    push(&scene, None, &["image.tar", &registry.reference("a")]).digest();
    registry.state().blobs.clear();
    push(&scene, None, &["image.tar", &registry.reference("b")]).digest();
    assert_has(&registry, "b", "latest", &image);
    // The upload that the registry began instead is used.
    assert_eq!(registry.count("POST", "/v2/b/"), 4);
    assert_eq!(registry.count("DELETE", ""), 0);
}

/// How many bytes of the big layer were sent in all, and how many it has.
fn sent(registry: &Registry, image: &Image) -> (usize, usize) {
    let layers = image.manifest["layers"].as_array().unwrap();
    let size = layers.iter().map(|layer| layer["size"].as_u64().unwrap());
    let state = registry.state();
    let patches = state.requests.iter().filter(|r| r.method == "PATCH");
    (
        patches.map(|r| r.length).sum(),
        size.max().unwrap() as usize,
    )
}

#[test]
fn an_upload_that_is_cut_goes_on_where_it_was() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    registry.fault("PATCH", "", Fault::CutAfter(1_000_000));
    registry.fault("PATCH", "", Fault::CutAfter(500_000));
    push(&scene, None, &["image.tar", &registry.reference("image")]).digest();
    assert_has(&registry, "image", "latest", &image);
    let (sent, size) = sent(&registry, &image);
    // What was announced: all, then without the first piece, then without the second either.
    assert_eq!(sent, size + (size - 1_000_000) + (size - 1_500_000));
    assert_eq!(registry.count("PATCH", ""), 3);
    assert_eq!(registry.count("GET", "/blobs/uploads/"), 2);
}

#[test]
fn an_upload_that_is_lost_begins_anew() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    registry.fault("PATCH", "", Fault::LoseAfter(1_000_000));
    push(&scene, None, &["image.tar", &registry.reference("image")]).digest();
    assert_has(&registry, "image", "latest", &image);
    let (sent, size) = sent(&registry, &image);
    assert_eq!(sent, 2 * size);
}

#[test]
fn a_registry_that_takes_a_part_is_given_the_rest() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    registry.fault("PATCH", "", Fault::Takes(700_000));
    push(&scene, None, &["image.tar", &registry.reference("image")]).digest();
    assert_has(&registry, "image", "latest", &image);
    let (sent, size) = sent(&registry, &image);
    assert_eq!(sent, size + (size - 700_000));
}

#[test]
fn a_registry_that_takes_no_large_pieces_is_given_small_ones() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    registry.state().most = Some(1 << 20);
    push(&scene, None, &["image.tar", &registry.reference("image")]).digest();
    assert_has(&registry, "image", "latest", &image);
    registry.state().most = Some(1000);
    registry.state().blobs.clear();
    let run = push(&scene, None, &["image.tar", &registry.reference("other")]);
    fails(&run, &["413", "takes no layer of that size"]);
}

#[test]
fn an_answer_that_is_lost_is_not_asked_for_in_vain() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    registry.fault("PUT", "/blobs/uploads/", Fault::Unsaid);
    registry.fault("PATCH", "", Fault::Unsaid);
    registry.fault("PUT", "/manifests/", Fault::Unsaid);
    push(&scene, None, &["image.tar", &registry.reference("image")]).digest();
    assert_has(&registry, "image", "latest", &image);
}

#[test]
fn a_registry_in_trouble_is_asked_again_and_then_given_up() {
    let (scene, archive) = scene_with(BIG);
    let image = Image::read(&archive);
    let registry = Registry::start();
    for (method, path) in [
        ("GET", "/v2/"),
        ("HEAD", "/blobs/"),
        ("POST", "/blobs/uploads/"),
        ("PATCH", ""),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/"),
    ] {
        registry.fault(method, path, Fault::Status("503 Service Unavailable"));
    }
    push(&scene, None, &["image.tar", &registry.reference("image")]).digest();
    assert_has(&registry, "image", "latest", &image);
    for _ in 0..4 {
        registry.fault("PATCH", "", Fault::Status("502 Bad Gateway"));
    }
    registry.state().blobs.clear();
    let run = push(&scene, None, &["image.tar", &registry.reference("other")]);
    fails(&run, &["pushing sha256:", "502 Bad Gateway"]);
    assert_eq!(registry.count("PUT", "/v2/other/manifests/"), 0);
}

#[test]
fn a_refusal_is_told_in_the_registrys_words() {
    let (scene, _) = scene_with(1000);
    let registry = Registry::start();
    let says = r#"{"errors": [{"code": "DENIED", "message": "not in this house"}]}"#;
    registry.fault("POST", "", Fault::Says("403 Forbidden", says));
    let run = push(&scene, None, &["image.tar", &registry.reference("image")]);
    fails(
        &run,
        &[
            "403 Forbidden (DENIED: not in this house)",
            "may not do this",
        ],
    );
    // Once is enough.
    assert_eq!(registry.count("PUT", "/manifests/"), 0);
}

#[test]
fn what_is_no_reference_or_no_image_is_refused_before_anything_is_sent() {
    let (scene, archive) = scene_with(1000);
    let registry = Registry::start();
    for (reference, part) in [
        ("https://localhost/x", "it is a URL"),
        ("Me/image", "names a host"),
        ("me//image", "a part of its name"),
    ] {
        let run = push(&scene, None, &["image.tar", reference]);
        if run.code == Some(2) {
            assert!(run.stderr.contains(reference), "{}", run.stderr);
        } else {
            assert_eq!(run.code, Some(1), "{part}: {}", run.stderr);
        }
    }
    let digest = format!("{}@sha256:{}", registry.reference("x"), "0".repeat(64));
    fails(
        &push(&scene, None, &["image.tar", &digest]),
        &["a digest cannot be chosen"],
    );
    fails(&push(&scene, None, &["image.tar", "php"]), &["USER/php"]);
    let name = registry.reference("image");
    fails(
        &push(&scene, None, &["missing.tar", &name]),
        &["missing.tar"],
    );
    let mut bytes = std::fs::read(&archive).unwrap();
    let at = bytes.len() / 2;
    bytes.truncate(at);
    std::fs::write(&archive, bytes).unwrap();
    fails(
        &push(&scene, None, &["image.tar", &name]),
        &["image.tar is no image"],
    );
    assert_eq!(registry.state().requests.len(), 0);
}

#[test]
fn bytes_that_changed_are_refused_by_the_registry() {
    let (scene, archive) = scene_with(BIG);
    let registry = Registry::start();
    let mut bytes = std::fs::read(&archive).unwrap();
    // In the middle of the noise, which is by far the largest.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&archive, bytes).unwrap();
    let run = push(&scene, None, &["image.tar", &registry.reference("image")]);
    fails(&run, &["DIGEST_INVALID"]);
    assert_eq!(registry.count("PUT", "/manifests/"), 0);
}

#[test]
fn a_registry_elsewhere_is_not_talked_to_without_tls() {
    let (scene, _) = scene_with(1000);
    let registry = Registry::start();
    // The same server under a name that is not known to be this machine.
    let port = registry.host().rsplit_once(':').unwrap().1.to_owned();
    let name = format!("127.0.0.1.invalid:{port}/x");
    let run = push(&scene, None, &["image.tar", &name]);
    assert_eq!(run.code, Some(1));
    assert_eq!(registry.state().requests.len(), 0);
}
