//! `extends`.

use apkcompose::apk::arch::Arch;
use apkcompose::manifest::{FileKind, Manifest, ManifestError, load};
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn load_in(folder: &TempDir, name: &str) -> Result<Manifest, ManifestError> {
    load(&folder.path().join(name))
}

/// What is said of it, with the folder's name left out.
fn said(folder: &TempDir, name: &str) -> String {
    let error = load_in(folder, name).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn each_key_has_its_rule() {
    let folder = folder(&[
        (
            "shared/base.toml",
            r#"
            name = "base"
            packages = ["busybox", "php", "jq"]
            arch = ["aarch64", "x86_64"]
            exclude = ["/a", "/b"]
            scripts = "skip"
            scripts-may-fail = ["a", "b"]
            repositories.alpine = "3.22"
            [[repository]]
            url = "local"
            [[repository]]
            url = "https://example.org/x"
            keys = ["key.pub"]
            [image]
            entrypoint = ["a"]
            cmd = ["b"]
            env = { A = "1", B = "2" }
            user = "web"
            workdir = "/base"
            expose = [80]
            volumes = ["/v"]
            labels = { x = "1", y = "1" }
            [[file]]
            source = "motd"
            target = "/etc/motd"
            [[file]]
            content = "base"
            target = "/etc/issue"
            [[user]]
            name = "web"
            [[group]]
            name = "web"
            gid = 1
            "#,
        ),
        ("shared/motd", ""),
        ("shared/key.pub", ""),
        (
            "app.toml",
            r#"
            extends = "shared/base.toml"
            packages = ["git", "php~8.3", "!jq"]
            arch = ["riscv64"]
            exclude = ["/b", "/c"]
            scripts-may-fail = ["b", "c"]
            [[repository]]
            url = "https://example.org/x"
            [image]
            entrypoint = ["c"]
            env = ["B=3", "C=4"]
            workdir = "/app"
            expose = ["80", 443]
            labels = { y = "2" }
            [[file]]
            content = "app"
            target = "/etc/issue"
            [[user]]
            name = "web"
            uid = 7
            "#,
        ),
    ]);
    let manifest = load_in(&folder, "app.toml").unwrap();
    let shared = folder.path().join("shared");
    // The base's name stays with the base.
    assert_eq!(manifest.image_name().to_string(), "app");
    let atoms: Vec<&str> = manifest.packages.iter().map(|w| w.atom.as_str()).collect();
    assert_eq!(atoms, ["busybox", "php~8.3", "!jq", "git"]);
    assert_eq!(manifest.arch, [Arch::Riscv64]);
    assert_eq!(manifest.exclude, ["/a", "/b", "/c"]);
    assert!(manifest.scripts.is_some());
    assert_eq!(manifest.scripts_may_fail, ["a", "b", "c"]);
    assert_eq!(manifest.release(), Some("3.22"));
    let urls: Vec<(&str, usize)> = manifest
        .repositories
        .iter()
        .map(|repository| (repository.url.as_str(), repository.keys.len()))
        .collect();
    let local = shared.join("local");
    let local = local.to_str().unwrap();
    assert_eq!(urls, [(local, 0), ("https://example.org/x", 0)]);

    let image = &manifest.image;
    assert_eq!(image.entrypoint.as_deref().unwrap(), ["c"]);
    // They were the arguments of another entrypoint.
    assert_eq!(image.cmd, None);
    let env: Vec<String> = image.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(env, ["A=1", "B=3", "C=4"]);
    assert_eq!(image.user.as_deref(), Some("web"));
    assert_eq!(image.workdir.as_deref(), Some("/app"));
    assert_eq!(image.expose, ["80/tcp", "443/tcp"]);
    assert_eq!(image.volumes, ["/v"]);
    assert_eq!(image.labels["x"], "1");
    assert_eq!(image.labels["y"], "2");

    // Paths in the base start from the base's folder.
    assert_eq!(
        manifest.files[0].kind,
        FileKind::Source(shared.join("motd"))
    );
    assert_eq!(manifest.files[1].kind, FileKind::Content("app".into()));
    assert_eq!(manifest.files.len(), 2);
    assert_eq!((manifest.users.len(), manifest.users[0].uid), (1, Some(7)));
    assert_eq!(manifest.groups[0].gid, Some(1));
}

#[test]
fn a_new_cmd_keeps_the_base_s_entrypoint() {
    let folder = folder(&[
        ("a.toml", "image = { entrypoint = [\"a\"], cmd = [\"b\"] }"),
        ("b.toml", "extends = \"a.toml\"\nimage = { cmd = [\"c\"] }"),
    ]);
    let image = load_in(&folder, "b.toml").unwrap().image;
    assert_eq!(image.entrypoint.unwrap(), ["a"]);
    assert_eq!(image.cmd.unwrap(), ["c"]);
}

#[test]
fn a_chain_is_followed_to_its_end() {
    let folder = folder(&[
        ("a.toml", "extends = \"x/b.toml\"\npackages = [\"a\"]"),
        ("x/b.toml", "extends = \"../c.toml\"\npackages = [\"b\"]"),
        ("c.toml", "packages = [\"c\"]"),
    ]);
    let manifest = load_in(&folder, "a.toml").unwrap();
    let atoms: Vec<&str> = manifest.packages.iter().map(|w| w.atom.as_str()).collect();
    assert_eq!(atoms, ["c", "b", "a"]);
}

#[test]
fn a_cycle_is_shown_whole() {
    let folder = folder(&[
        ("a.toml", "extends = \"b.toml\""),
        ("b.toml", "extends = \"c.toml\""),
        ("c.toml", "extends = \"a.toml\""),
        ("self.toml", "\nextends = \"self.toml\""),
    ]);
    assert_eq!(
        said(&folder, "a.toml"),
        "c.toml:1:11: manifests extend each other: a.toml → b.toml → c.toml → a.toml"
    );
    assert_eq!(
        said(&folder, "self.toml"),
        "self.toml:2:11: manifests extend each other: self.toml → self.toml"
    );
}

#[test]
fn mistakes_of_a_base_are_shown_with_those_of_what_extends_it() {
    let folder = folder(&[
        ("a.toml", "extends = \"b.toml\"\nname = 1"),
        ("b.toml", "extends = \"c.toml\"\nnme = \"x\""),
    ]);
    assert_eq!(
        said(&folder, "a.toml"),
        "a.toml:2:8: expected a string for \"name\", found an integer\n\
         b.toml:1:11: there is no file \"c.toml\"\n\
         b.toml:2:1: unknown key \"nme\"; did you mean \"name\"?"
    );
}

#[test]
fn a_base_s_mistake_is_shown_in_the_base() {
    let folder = folder(&[
        ("a.toml", "extends = \"b.toml\""),
        ("b.toml", "[[file]]\nsource = \"x\"\ntarget = \"/x\""),
    ]);
    assert_eq!(
        said(&folder, "a.toml"),
        "b.toml:2:10: there is no file \"x\""
    );
}

#[test]
fn files_that_are_no_manifests() {
    let folder = folder(&[("php.toml", ""), ("bytes.toml", ""), ("sub/x", "")]);
    std::fs::write(folder.path().join("bytes.toml"), b"a = 1\nb = \"\xff\"").unwrap();
    assert_eq!(said(&folder, "x.toml"), "there is no file \"x.toml\"");
    assert_eq!(said(&folder, "sub"), "\"sub\" is a folder");
    assert_eq!(
        said(&folder, "bytes.toml"),
        "\"bytes.toml\" is not UTF-8: see its line 2"
    );
    let error = load_in(&folder, "php").unwrap_err();
    assert!(error.problems()[0].help[0].contains("php.toml"));
    let endless = load(Path::new("/dev/zero")).unwrap_err().to_string();
    assert_eq!(endless, "\"/dev/zero\" is longer than 4194304 bytes");
}
