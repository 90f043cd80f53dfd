//! Strategies and budgets: what shares a layer, and in which order layers lie on each other.

use super::fixture::{Packages, bulky, package};
use super::tree::Tree;
use apkcompose::apk::write::{File, PackageSpec};

/// The same package, built from this source.
fn of_origin(origin: &str, spec: PackageSpec) -> PackageSpec {
    PackageSpec {
        origin: origin.into(),
        ..spec
    }
}

#[test]
fn a_directory_has_its_form_also_when_a_package_passes_above_a_written_layer() {
    let srv = |mode| vec![File::directory("srv").mode(mode)];
    let packages = Packages::new(&[
        of_origin("two", bulky("a", srv(0o700))),
        of_origin("one", bulky("b", srv(0o755))),
        of_origin("two", bulky("c", Vec::new())),
    ]);
    let image = packages.build("[layers]\nstrategy = \"origin\"");
    assert_eq!(image.layers[0].history, "apkcompose: a-1.0-r0 c-1.0-r0");
    assert_eq!(image.layers[1].history, "apkcompose: b-1.0-r0");
    let tree = Tree::of(&image);
    assert!(tree.line("srv").contains(" 0700 "), "{}", tree.line("srv"));
    assert!(packages.tree("").unwrap().differences(&tree).is_empty());
}
