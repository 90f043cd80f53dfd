//! Who is let in, and what is never shown.

use crate::mock::{Auth, Fault, Registry};
use crate::scene::{assert_has, fails, push, scene_with};
use crate::support::Image;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const TOKEN: Auth = Auth::Token {
    pair: "me:pass:word",
    identity: "identity-secret",
    uses: 1000,
};

fn auth(pair: &str) -> String {
    format!(
        r#"{{"auth": "{}"}}"#,
        data_encoding::BASE64.encode(pair.as_bytes())
    )
}

fn config(registry: &Registry, entry: &str) -> String {
    format!(r#"{{"auths": {{"{}": {entry}}}}}"#, registry.host())
}

#[test]
fn a_password_or_a_token_opens() {
    let identity = r#"{"auth": "", "identitytoken": "identity-secret"}"#;
    for (kind, entry) in [
        (Auth::Basic("me:pass:word"), auth("me:pass:word")),
        (TOKEN, auth("me:pass:word")),
        (TOKEN, identity.to_owned()),
    ] {
        let (scene, archive) = scene_with(3 << 20);
        let registry = Registry::with(kind);
        let config = config(&registry, &entry);
        let name = registry.reference("me/image");
        push(&scene, Some(&config), &["image.tar", &name]).digest();
        assert_has(&registry, "me/image", "latest", &Image::read(&archive));
        for request in &registry.state().requests {
            assert!(!request.path.contains("secret"), "{request:?}");
            assert!(!request.path.contains("pass"), "{request:?}");
        }
    }
}

#[test]
fn a_token_that_ends_on_the_way_is_had_anew() {
    let (scene, archive) = scene_with(3 << 20);
    let registry = Registry::with(Auth::Token {
        pair: "me:pass:word",
        identity: "",
        uses: 12,
    });
    // Also where the token ends with the very piece.
    registry.fault("PATCH", "", Fault::Status("401 Unauthorized"));
    let config = config(&registry, &auth("me:pass:word"));
    let name = registry.reference("image");
    push(&scene, Some(&config), &["image.tar", &name]).digest();
    assert_has(&registry, "image", "latest", &Image::read(&archive));
    assert!(registry.count("GET", "/token") >= 2);
}

#[test]
fn without_or_with_wrong_credentials_nothing_is_sent_and_nothing_shown() {
    for kind in [Auth::Basic("me:pass:word"), TOKEN] {
        let (scene, _) = scene_with(1000);
        let registry = Registry::with(kind);
        let name = registry.reference("image");
        let run = push(&scene, None, &["image.tar", &name]);
        fails(&run, &["401 Unauthorized", "docker login"]);
        let config = config(&registry, &auth("me:wrong-secret"));
        let run = push(&scene, Some(&config), &["image.tar", &name]);
        fails(&run, &["401 Unauthorized", "log in again"]);
        assert!(!run.stderr.contains("wrong-secret"), "{}", run.stderr);
        assert_eq!(registry.count("POST", "/v2/"), 0);
    }
}

#[test]
fn a_registry_that_repeats_a_secret_is_not_repeated() {
    let (scene, _) = scene_with(1000);
    let registry = Registry::with(Auth::Basic("me:wrong-secret"));
    let says = r#"{"errors": [{"code": "DENIED", "message": "wrong-secret may not"}]}"#;
    registry.fault("POST", "", Fault::Says("403 Forbidden", says));
    let config = config(&registry, &auth("me:wrong-secret"));
    let run = push(
        &scene,
        Some(&config),
        &["image.tar", &registry.reference("x")],
    );
    fails(&run, &["DENIED: … may not"]);
}

#[test]
fn every_file_of_docker_and_podman_is_looked_into() {
    let (scene, archive) = scene_with(1000);
    let image = Image::read(&archive);
    let registry = Registry::with(Auth::Basic("me:pass:word"));
    let config = config(&registry, &auth("me:pass:word"));
    let wrong = self::config(&registry, &auth("me:no"));
    scene.write("explicit.json", &config);
    scene.write("docker/config.json", &config);
    scene.write("run/containers/auth.json", &config);
    scene.write("home/.docker/config.json", &config);
    scene.write("home/.config/containers/auth.json", &config);
    scene.write("wrong/.docker/config.json", &wrong);
    for (number, variables) in [
        vec![("REGISTRY_AUTH_FILE", "explicit.json"), ("HOME", "wrong")],
        vec![("DOCKER_CONFIG", "docker"), ("HOME", "wrong")],
        vec![("XDG_RUNTIME_DIR", "run"), ("HOME", "wrong")],
        vec![("HOME", "home")],
        vec![("XDG_CONFIG_HOME", "home/.config")],
    ]
    .iter()
    .enumerate()
    {
        let mut command = scene.bare();
        for (name, path) in variables {
            command.env(name, scene.path(path));
        }
        let repository = format!("image{number}");
        command.args(["push", "image.tar", &registry.reference(&repository)]);
        crate::support::Run::of(command).digest();
        assert_has(&registry, &repository, "latest", &image);
    }
}

/// Installs a credential helper of this shell script.
fn helper(scene: &crate::support::Scene, name: &str, script: &str) {
    let script = format!("#!/bin/sh\n{script}\n");
    let path = scene.write(&format!("bin/docker-credential-{name}"), script);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn helpers_are_asked_and_stay_discreet() {
    let (scene, archive) = scene_with(1000);
    let image = Image::read(&archive);
    let registry = Registry::with(TOKEN);
    let host = registry.host();
    let says = |user: &str, secret: &str| {
        format!(
            "read server; [ \"$1 $server\" = 'get {host}' ] || exit 3\n\
             echo '{{\"ServerURL\": \"x\", \"Username\": \"{user}\", \"Secret\": \"{secret}\"}}'"
        )
    };
    helper(&scene, "pair", &says("me", "pass:word"));
    helper(&scene, "token", &says("<token>", "identity-secret"));
    helper(
        &scene,
        "none",
        "echo 'credentials not found in native keychain'; exit 1",
    );
    helper(
        &scene,
        "broken",
        "echo my-secret; echo my-secret >&2; exit 1",
    );
    let of_registry = |name: &str| format!(r#"{{"credHelpers": {{"{host}": "{name}"}}}}"#);
    let store = |name: &str| format!(r#"{{"auths": {{"{host}": {{}}}}, "credsStore": "{name}"}}"#);
    for (number, config) in [
        of_registry("pair"),
        of_registry("token"),
        store("pair"),
        store("token"),
    ]
    .iter()
    .enumerate()
    {
        let repository = format!("image{number}");
        let name = registry.reference(&repository);
        push(&scene, Some(config), &["image.tar", &name]).digest();
        assert_has(&registry, &repository, "latest", &image);
    }
    let name = registry.reference("x");
    let run = push(&scene, Some(&store("none")), &["image.tar", &name]);
    fails(&run, &["401", "docker login"]);
    let run = push(&scene, Some(&store("broken")), &["image.tar", &name]);
    fails(&run, &["docker-credential-broken", "fails"]);
    assert!(!run.stderr.contains("my-secret"), "{}", run.stderr);
    let run = push(&scene, Some(&store("absent")), &["image.tar", &name]);
    fails(&run, &["docker-credential-absent", "is not installed"]);
}

#[test]
fn a_server_of_tokens_without_tls_gets_no_credentials() {
    let (scene, _) = scene_with(1000);
    let registry = Registry::with(TOKEN);
    // It names a place that is not this machine.
    let config = config(&registry, &auth("me:pass:word"));
    registry.fault(
        "GET",
        "/v2/",
        Fault::Challenge("Bearer realm=\"ftp://elsewhere.invalid/token\""),
    );
    let run = push(
        &scene,
        Some(&config),
        &["image.tar", &registry.reference("x")],
    );
    fails(&run, &["server of tokens"]);
    assert_eq!(registry.count("GET", "/token"), 0);
}
