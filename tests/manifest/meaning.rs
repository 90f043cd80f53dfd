//! What each key means.

use crate::good;
use apkcompose::apk::arch::Arch;
use apkcompose::manifest::{
    DEFAULT_RELEASE, FileKind, Healthcheck, ImageConfig, Manifest, Owner, Scripts, Word, exclusion,
};
use std::path::Path;

#[test]
fn an_empty_manifest_is_one() {
    let manifest = good("");
    let expected = Manifest {
        path: Some("php.toml".into()),
        sources: vec!["php.toml".into()],
        ..Manifest::default()
    };
    assert_eq!(manifest, expected);
    assert_eq!(manifest.image_name().to_string(), "php");
    assert_eq!(manifest.release(), Some(DEFAULT_RELEASE));
}

#[test]
fn the_top_of_the_file() {
    let manifest = good(
        r#"
        name = "me/demo:1.0"
        packages = ["php", "ca-certificates>2020", "!busybox", "x@edge", "php"]
        arch = ["aarch64", "x86_64", "aarch64"]
        exclude = ["/usr/share/man/**"]
        scripts = "skip"
        scripts-may-fail = ["b", "a", "b"]
        repositories.alpine = "v3.19"
        "#,
    );
    assert_eq!(manifest.image_name().to_string(), "me/demo:1.0");
    let atoms: Vec<&str> = manifest.packages.iter().map(|w| w.atom.as_str()).collect();
    assert_eq!(atoms, ["php", "ca-certificates>2020", "!busybox", "x@edge"]);
    let place = manifest.packages[1].place.as_ref().unwrap();
    assert_eq!(place.to_string(), "php.toml:3:28");
    assert_eq!(manifest.arch, [Arch::Aarch64, Arch::X86_64]);
    assert_eq!(manifest.scripts, Some(Scripts::Skip));
    assert_eq!(manifest.scripts_may_fail, ["b", "a"]);
    assert_eq!(manifest.release(), Some("3.19"));
}

#[test]
fn excluded_paths_are_those_that_a_glob_matches() {
    let manifest = good(r#"exclude = ["/usr/share/man/**", "/**/*.a", "/etc/*.conf"]"#);
    let set = exclusion(manifest.exclude.iter().map(String::as_str)).unwrap();
    for (path, excluded) in [
        ("/usr/share/man", false),
        ("/usr/share/man/man1/x.1", true),
        ("/x.a", true),
        ("/usr/lib/x.a", true),
        ("/etc/x.conf", true),
        ("/etc/x/y.conf", false),
    ] {
        assert_eq!(set.is_match(path), excluded, "{path}");
    }
}

#[test]
fn repositories() {
    let manifest = good(
        r#"
        [[repository]]
        url = "https://example.org/alpine/main/"
        tag = "edge"
        keys = ["Cargo.toml", "vendor-keys/x86_64"]
        [[repository]]
        url = "packages"
        allow-unsigned = true
        "#,
    );
    // Its own repositories stand in for the default ones.
    assert_eq!(manifest.release(), None);
    let [first, second] = manifest.repositories.as_slice() else {
        panic!("{:?}", manifest.repositories)
    };
    assert_eq!(first.url, "https://example.org/alpine/main");
    assert_eq!(first.tag.as_deref(), Some("edge"));
    let keys: Vec<&Path> = first.keys.iter().map(|key| key.as_path()).collect();
    assert_eq!(
        keys,
        [Path::new("Cargo.toml"), Path::new("vendor-keys/x86_64")]
    );
    assert!(!first.allow_unsigned && second.allow_unsigned);
    assert_eq!(second.url, "packages");
}

#[test]
fn image() {
    let manifest = good(
        r#"
        [image]
        entrypoint = ["php", "-S"]
        cmd = "-t '/a b'"
        env = { PATH = "/bin", A = "" }
        user = 1000
        workdir = "/srv//www/"
        expose = [80, "53/udp", "80/tcp", "080"]
        volumes = ["/data/", "/data"]
        labels = { "org.example" = "x" }
        annotations = { a = "b" }
        stop-signal = "quit"
        healthcheck = { test = ["a"], timeout = "2s" }
        created = 1970-01-02T00:00:00Z
        author = "me"
        git = true
        standard-annotations = false
        "#,
    );
    let text = |text: &str| text.to_owned();
    let map = |key, value| [(text(key), text(value))].into_iter().collect();
    let expected = ImageConfig {
        entrypoint: Some(vec![text("php"), text("-S")]),
        cmd: Some(vec![text("-t"), text("/a b")]),
        env: vec![(text("PATH"), text("/bin")), (text("A"), text(""))],
        user: Some(text("1000")),
        workdir: Some(text("/srv/www")),
        expose: vec![text("80/tcp"), text("53/udp")],
        volumes: vec![text("/data")],
        labels: map("org.example", "x"),
        annotations: map("a", "b"),
        stop_signal: Some(text("SIGQUIT")),
        healthcheck: Some(Healthcheck {
            test: vec![text("CMD"), text("a")],
            timeout: Some(2_000_000_000),
            ..Healthcheck::default()
        }),
        created: Some(86_400),
        author: Some(text("me")),
        git: Some(true),
        standard_annotations: Some(false),
    };
    assert_eq!(manifest.image, expected);
    let listed = good(r#"image = { env = ["PATH=/bin", "A=", "B=c=d", "A=x"], user = "a:b" }"#);
    assert_eq!(
        listed.image.env,
        [
            (text("PATH"), text("/bin")),
            (text("A"), text("x")),
            (text("B"), text("c=d"))
        ]
    );
    assert_eq!(listed.image.user.as_deref(), Some("a:b"));
}

#[test]
fn files() {
    let manifest = good(
        r#"
        [[file]]
        source = "Cargo.toml"
        target = "/a//b"
        [[file]]
        content = "x"
        target = "/c"
        mode = "4755"
        user = "web"
        group = 33
        [[file]]
        symlink = "../x"
        target = "/l"
        user = "1"
        [[file]]
        directory = true
        target = "/d/"
        [[file]]
        directory = true
        target = "/"
        mode = 0o1777
        "#,
    );
    let kinds: Vec<(&str, &FileKind, Option<u32>)> = manifest
        .files
        .iter()
        .map(|file| (file.target.as_str(), &file.kind, file.mode))
        .collect();
    assert_eq!(
        kinds,
        [
            ("/a/b", &FileKind::Source("Cargo.toml".into()), Some(0o644)),
            ("/c", &FileKind::Content("x".into()), Some(0o4755)),
            ("/l", &FileKind::Symlink("../x".into()), None),
            ("/d", &FileKind::Directory, None),
            ("/", &FileKind::Directory, Some(0o1777)),
        ]
    );
    assert_eq!(manifest.files[1].user, Some(Owner::Name("web".into())));
    assert_eq!(manifest.files[1].group, Some(Owner::Id(33)));
    assert_eq!(manifest.files[2].user, Some(Owner::Id(1)));
}

#[test]
fn an_executable_source_stays_one_whatever_the_umask_made_of_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (mode, expected) in [
        (0o600, 0o644),
        (0o700, 0o755),
        (0o775, 0o755),
        (0o666, 0o644),
    ] {
        let source = folder.path().join("tool");
        std::fs::write(&source, "").unwrap();
        std::fs::set_permissions(&source, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = "[[file]]\nsource = \"tool\"\ntarget = \"/tool\"";
        let path = folder.path().join("x.toml");
        let manifest = apkcompose::manifest::parse(&path, text).unwrap();
        assert_eq!(manifest.files[0].mode, Some(expected), "{mode:o}");
        assert_eq!(manifest.files[0].kind, FileKind::Source(source));
    }
}

#[test]
fn accounts() {
    let manifest = good(
        r#"
        [[user]]
        name = "web"
        uid = 0x10
        group = "www-data"
        groups = ["audio", "audio", "video"]
        home = "/srv/"
        shell = "/bin/sh"
        [[user]]
        name = "_b.c-d"
        group = 5
        [[group]]
        name = "www-data"
        gid = 82
        members = ["web"]
        "#,
    );
    let user = &manifest.users[0];
    assert_eq!((user.name.as_str(), user.uid), ("web", Some(16)));
    assert_eq!(user.group, Some(Owner::Name("www-data".into())));
    assert_eq!(user.groups, ["audio", "video"]);
    assert_eq!(user.home.as_deref(), Some("/srv"));
    assert_eq!(user.shell.as_deref(), Some("/bin/sh"));
    assert_eq!(manifest.users[1].group, Some(Owner::Id(5)));
    let group = &manifest.groups[0];
    assert_eq!((group.name.as_str(), group.gid), ("www-data", Some(82)));
    assert_eq!(group.members, ["web"]);
}

#[test]
fn a_word_of_the_command_line_replaces_the_manifest_s_about_the_same_package() {
    let mut manifest = good(r#"packages = ["php", "git"]"#);
    manifest.add_package(Word::parse("php~8.3").unwrap());
    manifest.add_package(Word::parse("jq").unwrap());
    let atoms: Vec<&str> = manifest.packages.iter().map(|w| w.atom.as_str()).collect();
    assert_eq!(atoms, ["php~8.3", "git", "jq"]);
    assert!(Word::parse("a b").is_err());
}
