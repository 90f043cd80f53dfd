//! One root in several formats.

use super::support::skip::{has_root_clients, without_clients};
use super::support::tree::Kind;
use super::support::{Run, Scene, Tree, rich};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

/// One of everything in a scene, and its tree as the plain tar has it.
pub fn scene() -> (Scene, Tree) {
    let (scene, _) = rich::scene();
    build(&scene, "tar");
    let mut tree = Tree::default();
    tree.apply(&fs::read(output(&scene, "tar")).unwrap());
    (scene, tree)
}

/// Builds the root in this format; returns the digest.
#[track_caller]
pub fn build(scene: &Scene, format: &str) -> String {
    Run::of(command(scene, format, &format!("out.{format}"))).digest()
}

/// Where [`build`] writes to.
pub fn output(scene: &Scene, format: &str) -> PathBuf {
    scene.output(&format!("out.{format}"))
}

pub fn command(scene: &Scene, format: &str, output: &str) -> Command {
    let manifest = scene.path("rich.toml");
    let manifest = manifest.to_str().unwrap();
    scene.command(&["build", manifest, "--format", format, "--output", output])
}

/// Checks that two trees are one, times and hard links and the root itself included.
#[track_caller]
pub fn assert_same(found: &Tree, expected: &Tree) {
    assert_eq!(found.listing(), expected.listing());
    for (path, node) in &expected.0 {
        let found = found.node(path);
        assert_eq!(found.mtime, node.mtime, "{path}");
        assert_eq!(found.xattrs, node.xattrs, "{path}");
    }
    let (found, expected) = (found.node(""), expected.node(""));
    let facts = |root: &super::support::tree::Node| (root.mode, root.uid, root.gid);
    assert_eq!(facts(found), facts(expected));
    assert_eq!(found.kind, Kind::Directory);
}

/// The tree without extended attributes, hard links kept.
pub fn without_xattrs(tree: &Tree) -> Tree {
    let mut plain = Tree::default();
    for (path, node) in &tree.0 {
        let known = plain.0.iter().find(|(other, _)| tree.linked(path, other));
        let known = known.map(|(_, node)| node.clone());
        let node = known.unwrap_or_else(|| {
            let mut node = (**node).clone();
            node.xattrs.clear();
            Rc::new(node)
        });
        plain.0.insert(path.clone(), node);
    }
    plain
}

/// A folder of the scene that a client unpacks into.
pub fn folder(scene: &Scene, name: &str) -> PathBuf {
    let folder = scene.path(name);
    fs::create_dir(&folder).unwrap();
    folder
}

/// The tree of an image file as this machine's kernel reads it; `None` where nothing can be
/// mounted.
pub fn mounted(image: &Path, what: &str) -> Option<Tree> {
    if !has_root_clients(what, &["mount", "unshare", "tar"]) {
        return None;
    }
    let folder = image.with_extension("mounted");
    fs::create_dir(&folder).unwrap();
    // In a mount namespace of its own, which takes the mount away with it.
    let script = "mount -o loop,ro \"$1\" \"$2\" || exit 99
        exec tar --xattrs --xattrs-include='*' --format=pax --numeric-owner -C \"$2\" -cf - .";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]);
    let output = command.arg(image).arg(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(99) {
        without_clients(what, &format!("nothing can be mounted: {said}"));
        return None;
    }
    assert!(output.status.success(), "{said}");
    let mut tree = Tree::default();
    tree.apply(&output.stdout);
    Some(tree)
}

/// The path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
