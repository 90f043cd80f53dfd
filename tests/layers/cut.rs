//! Strategies and budgets: what shares a layer, and in which order layers lie on each other.

use super::fixture::{Packages, bulky};
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

#[test]
fn what_takes_a_passed_file_s_place_lies_above_it() {
    // `lib/x` of the last package is `usr/lib/x` of the second one, through the symlink.
    let lib = |path: &str| {
        vec![
            File::directory("usr/lib"),
            File::regular("usr/lib/x", "passed and hidden"),
            File::directory(path),
        ]
    };
    let through = vec![File::directory("lib"), File::regular("lib/x", "seen")];
    let link = vec![File::directory("usr/lib"), File::symlink("lib", "usr/lib")];
    let packages = Packages::new(&[
        of_origin("two", bulky("a", link)),
        of_origin("one", bulky("b", lib("usr/lib/b"))),
        of_origin("two", bulky("c", through)),
    ]);
    let image = packages.build("[layers]\nstrategy = \"origin\"");
    assert_eq!(image.layers[0].history, "apkcompose: a-1.0-r0 c-1.0-r0");
    assert_eq!(image.layers[1].history, "apkcompose: b-1.0-r0");
    assert!(image.layers[1].has("usr/lib/x") && image.state().has("usr/lib/x"));
    let tree = Tree::of(&image);
    assert_eq!(packages.tree("").unwrap().differences(&tree), [""; 0]);
}
