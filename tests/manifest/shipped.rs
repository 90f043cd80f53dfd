//! The ready-made manifests, and those that the documentation shows.

use apkcompose::manifest::{load, parse};

#[test]
fn the_ready_made_manifests_load() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("manifests").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let manifest = load(&path).unwrap_or_else(|error| panic!("{error}"));
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert_eq!(manifest.image_name().to_string(), stem);
            names.push(stem);
        }
    }
    for name in ["base", "git", "hello", "nginx", "php", "python", "scratch"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn the_examples_of_the_documentation_load() {
    let folder = tempfile::tempdir().unwrap();
    // What the examples name.
    for name in ["base.toml", "web/index.php", "keys/me.rsa.pub"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let page = std::fs::read_to_string("docs/manifest.md").unwrap();
    let blocks: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() > 3);
    for block in blocks {
        let path = folder.path().join("example.toml");
        if let Err(error) = parse(&path, block) {
            panic!("{block}\n{error}");
        }
    }
}
