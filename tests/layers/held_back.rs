//! Packages that may not pass: a client that unpacks their data member would have other files
//! than the image should. Each is beside its twin without what holds it back, which passes.

use super::fixture::{BULK, Packages, accounts, bulky, noise, package};
use super::image::Image;
use super::tree::Tree;
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{File, PackageSpec};

/// Builds an image of these packages and says whether the last one passes; in any case all files
/// are as they should be.
fn passes(specs: &[PackageSpec], manifest: &str) -> bool {
    let member = specs.last().unwrap().data_member().unwrap();
    build(specs, manifest).layer_of(&member).is_some()
}

fn build(specs: &[PackageSpec], manifest: &str) -> Image {
    let packages = Packages::new(specs);
    let image = packages.build(manifest);
    let expected = packages.tree(manifest).unwrap();
    assert_eq!(expected.differences(&Tree::of(&image)), [""; 0]);
    image
}

fn app(more: Vec<File>) -> PackageSpec {
    bulky("app", more)
}

#[test]
fn a_package_that_lost_a_file_to_another() {
    let opt = || vec![File::directory("opt"), File::regular("opt/x", "x")];
    // The package is looked for as the last one; so the other depends on nothing and comes first,
    // and keeps what it has by its priority.
    let other = |replaces: &[&str]| PackageSpec {
        replaces: replaces.iter().map(|s| (*s).to_owned()).collect(),
        replaces_priority: Some(1),
        ..package(
            "other",
            if replaces.is_empty() {
                Vec::new()
            } else {
                opt()
            },
        )
    };
    assert!(passes(&[other(&[]), app(opt())], ""));
    assert!(!passes(&[other(&["app"]), app(opt())], ""));
}

#[test]
fn a_package_of_which_a_file_was_taken_over_later() {
    let opt = || vec![File::directory("opt"), File::regular("opt/x", "x")];
    let taker = PackageSpec {
        replaces: vec!["app".into()],
        ..package("taker", opt())
    };
    let image = build(&[app(opt()), taker], "");
    let member = app(opt()).data_member().unwrap();
    assert!(image.layer_of(&member).is_none());
}

#[test]
fn a_package_of_which_something_is_excluded() {
    let app = app(vec![
        File::directory("opt"),
        File::directory("opt/doc"),
        File::regular("opt/x", "x"),
        File::special("opt/y", Kind::HardLink("opt/x".into())),
    ]);
    let packages = std::slice::from_ref(&app);
    assert!(passes(packages, "exclude = [\"/srv/**\"]"));
    for path in ["/opt/doc", "/opt/x", "/opt/y", "/opt/**"] {
        assert!(
            !passes(packages, &format!("exclude = [{path:?}]")),
            "{path}"
        );
    }
}

#[test]
fn a_package_whose_owner_has_another_number_here() {
    let owned = |name: &str, number| {
        let file = File::regular("opt/x", "x").owner(name, name, number, number);
        app(vec![File::directory("opt"), file])
    };
    assert!(passes(&[accounts(), owned("app", 500)], ""));
    assert!(passes(&[accounts(), owned("nobody-knows", 1000)], ""));
    assert!(!passes(&[accounts(), owned("app", 1000)], ""));
}

#[test]
fn a_package_with_a_file_that_was_moved_aside() {
    // A file that nobody owns under this very name is in the place of etc/conf; so apk leaves it
    // there and puts the package's beside it.
    let link = package(
        "a-link",
        vec![File::directory("etc"), File::symlink("alias", "etc")],
    );
    let owner = |name: &str| {
        let path = format!("alias/{name}");
        let files = vec![File::directory("alias"), File::regular(path, "other")];
        package("b-owner", files)
    };
    let conf = app(vec![
        File::directory("etc"),
        File::regular("etc/conf", "mine"),
    ]);
    assert!(passes(&[link.clone(), owner("unlike"), conf.clone()], ""));
    let image = build(&[link, owner("conf"), conf.clone()], "");
    assert!(image.layer_of(&conf.data_member().unwrap()).is_none());
    Tree::of(&image).line("etc/conf.apk-new");
}

#[test]
fn a_package_with_a_directory_that_is_another_s_symlink() {
    let base = |is_link| {
        let files = vec![
            File::directory("usr"),
            File::directory("usr/lib"),
            match is_link {
                true => File::symlink("lib", "usr/lib"),
                false => File::directory("lib"),
            },
        ];
        package("a-base", files)
    };
    let bare = app(vec![File::directory("lib")]);
    let full = app(vec![File::directory("lib"), File::regular("lib/x", "x")]);
    for app in [bare, full] {
        assert!(passes(&[base(false), app.clone()], ""));
        assert!(!passes(&[base(true), app], ""));
    }
}

#[test]
fn a_package_with_devices_and_pipes() {
    for kind in [Kind::CharDevice(1, 3), Kind::BlockDevice(8, 0), Kind::Fifo] {
        let files = vec![File::directory("opt"), File::special("opt/x", kind)];
        assert!(!passes(&[app(files)], ""));
    }
}

fn labelled(mut file: File, name: &str) -> File {
    file.entry.xattrs = vec![(name.into(), "value".into())];
    file
}

#[test]
fn a_package_whose_directory_or_symlink_has_extended_attributes() {
    // apk leaves them out.
    let file = |file| app(vec![File::directory("opt"), file]);
    let plain = labelled(File::regular("opt/x", "x"), "user.x");
    assert!(passes(&[file(plain)], ""));
    for odd in [File::directory("opt/x"), File::symlink("opt/x", "y")] {
        assert!(!passes(&[file(labelled(odd, "user.x"))], ""));
    }
}

#[test]
fn a_package_with_labels_of_selinux() {
    let file = labelled(File::regular("x", "x"), "security.selinux");
    assert!(!passes(&[app(vec![file])], ""));
}

#[test]
fn a_package_whose_files_have_no_directory() {
    // apk leaves such a file out.
    assert!(!passes(&[app(vec![File::regular("opt/x", "x")])], ""));
}

#[test]
fn a_package_most_of_which_is_hidden() {
    let sized = |length| {
        let files = vec![File::regular("x", noise("x", length))];
        app(files)
    };
    let manifest = "[[file]]\ntarget = \"/x\"\ncontent = \"mine\"\n";
    assert!(passes(&[sized(BULK / 8)], manifest));
    assert!(!passes(&[sized(BULK / 2)], manifest));
}

#[test]
fn a_package_whose_hard_link_has_another_header_than_its_file() {
    // Clients apply the last header to all names; apk the first one.
    let link = |mode, uid| {
        let link = File::special("opt/y", Kind::HardLink("opt/x".into()));
        app(vec![
            File::directory("opt"),
            File::regular("opt/x", "x"),
            link.mode(mode).owner("", "", uid, 0),
        ])
    };
    assert!(passes(&[link(0o644, 0)], ""));
    assert!(!passes(&[link(0o755, 0)], ""));
    assert!(!passes(&[link(0o644, 7)], ""));
    let mut marked = link(0o644, 0);
    let last = marked.files.pop().unwrap();
    marked.files.push(labelled(last, "user.x"));
    assert!(!passes(&[marked], ""));
}

#[test]
fn a_package_without_an_entry_for_a_directory_above() {
    // Clients make such a directory as they like: docker hides the one below with it.
    let base = |mode| package("a-base", vec![File::directory("opt").mode(mode)]);
    let whole = app(vec![File::directory("opt"), File::directory("opt/app")]);
    assert!(passes(&[base(0o700), whole], ""));
    let gap = app(vec![File::directory("opt/app")]);
    assert!(!passes(&[base(0o700), gap], ""));
}

#[test]
fn a_package_with_a_name_that_deletes_files_of_lower_layers() {
    let hidden = |name: &str| {
        let path = format!("opt/{name}");
        app(vec![File::directory("opt"), File::regular(path, "")])
    };
    assert!(passes(&[hidden(".whatever")], ""));
    // No layer can hold it, so no image can; a plain root can.
    for name in [".wh.x", ".wh..wh..opq"] {
        let packages = Packages::new(&[hidden(name)]);
        for layers in ["", "[layers]\nstrategy = \"single\""] {
            let error = packages.try_build(layers).err().expect("an error");
            assert!(error.contains(&format!("opt/{name}")), "{error}");
        }
        assert!(packages.tree("").is_ok());
    }
}
