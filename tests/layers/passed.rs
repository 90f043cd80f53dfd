//! Layers that are packages' data members, and what lies on top of them.

use super::fixture::{BULK, Packages, accounts, bulky, noise, package};
use super::tree::Tree;
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{File, PackageSpec};

fn data(spec: &PackageSpec) -> Vec<u8> {
    spec.data_member().unwrap()
}

/// A package with every kind of thing that may pass.
fn plain() -> PackageSpec {
    let mut labelled = File::regular("opt/app/labelled", "labelled");
    labelled.entry.xattrs = vec![
        ("security.capability".into(), (&[1, 0, 0, 2, 0][..]).into()),
        ("user.b".into(), "b".into()),
    ];
    let long = "long-name/".repeat(12);
    let mut files = vec![
        File::directory("opt"),
        File::directory("opt/app").mode(0o700),
        File::regular("opt/app/setuid", "s").mode(0o4755),
        File::regular("opt/app/owned", "o").owner("daemon", "daemon", 2, 2),
        File::regular("opt/app/numbered", "n").owner("", "", 77, 78),
        File::regular("opt/app/empty", ""),
        File::regular("opt/app/one", "1"),
        File::special("opt/app/two", Kind::HardLink("opt/app/one".into())),
        File::symlink("opt/app/link", "nowhere"),
        File::symlink("opt/app/far", "x".repeat(150)),
        File::regular("opt/app/caf\u{e9}", "\u{e9}"),
        labelled,
    ];
    for (end, _) in long.match_indices('/') {
        files.push(File::directory(format!("opt/app/{}", &long[..end])));
    }
    files.push(File::regular(format!("opt/app/{long}end"), "far away"));
    bulky("plain", files)
}

#[test]
fn a_layer_is_the_data_member_byte_for_byte_and_its_digest_the_datahash() {
    let (accounts, plain) = (accounts(), plain());
    let packages = Packages::new(&[accounts, plain.clone()]);
    let image = packages.build("");
    let member = data(&plain);
    let layer = image.layer_of(&member).expect("it passes");
    // Of which reading the image has checked that the manifest gives its digest, and the
    // configuration that of the tar in it.
    assert_eq!(
        layer.media_type,
        "application/vnd.oci.image.layer.v1.tar+gzip"
    );
    let hash = super::image::sha256(&layer.blob).replace("sha256:", "datahash = ");
    assert!(plain.pkginfo(&member).contains(&hash));
    let tree = Tree::of(&image);
    assert_eq!(packages.tree("").unwrap().differences(&tree), [""; 0]);
    let line = tree.line("opt/app/labelled");
    assert!(line.contains("security.capability"), "{line}");
}

#[test]
fn a_passed_layer_is_gzip_also_where_the_others_are_not() {
    let spec = plain();
    let packages = Packages::new(&[accounts(), spec.clone()]);
    let image = packages.build("[layers]\ncompression = \"zstd\"");
    assert!(image.layer_of(&data(&spec)).is_some());
    assert!(image.state().media_type.ends_with("tar+zstd"));
}

#[test]
fn the_history_names_the_packages_of_each_layer() {
    let packages = Packages::new(&[
        bulky("large", Vec::new()),
        package("small", vec![File::regular("small", "s")]),
        package("tiny", vec![File::regular("tiny", "t")]),
    ]);
    let history: Vec<String> = packages
        .build("")
        .layers
        .into_iter()
        .map(|layer| layer.history)
        .collect();
    assert_eq!(
        history,
        [
            "apkcompose: large-1.0-r0",
            "apkcompose: small-1.0-r0 tiny-1.0-r0",
            "apkcompose: database, configuration and files of the manifest",
        ]
    );
}

#[test]
fn layers_lie_in_the_order_of_the_installation_and_the_largest_get_one() {
    let sized = |name: &str, length: usize| {
        let file = File::regular(name.to_owned(), noise(name, length));
        package(name, vec![file])
    };
    let (a, b, c) = (sized("a", 2 * BULK), sized("b", BULK), sized("c", 3 * BULK));
    let packages = Packages::new(&[a.clone(), b.clone(), c.clone()]);
    let image = packages.build("[layers]\nbudget = 4");
    assert_eq!(image.layers.len(), 4);
    assert_eq!(image.layers[0].blob, data(&a));
    assert_eq!(image.layers[1].blob, data(&c));
    assert_eq!(image.layers[2].history, "apkcompose: b-1.0-r0");
}

#[test]
fn a_package_that_is_too_small_for_a_request_of_its_own_shares_a_layer() {
    let small = package("small", vec![File::regular("small", noise("s", 15 << 10))]);
    let packages = Packages::new(&[small.clone(), bulky("large", Vec::new())]);
    let image = packages.build("");
    assert!(image.layer_of(&data(&small)).is_none());
    assert_eq!(image.layers[1].history, "apkcompose: small-1.0-r0");
}

#[test]
fn one_layer_means_that_none_passes() {
    let spec = bulky("large", Vec::new());
    let packages = Packages::new(std::slice::from_ref(&spec));
    for layers in ["budget = 1", "strategy = \"single\""] {
        let image = packages.build(&format!("[layers]\n{layers}"));
        assert_eq!(image.layers.len(), 1);
        assert_eq!(image.layers[0].history, "apkcompose: large-1.0-r0");
    }
    let image = packages.build("[layers]\nbudget = 2");
    assert!(image.layer_of(&data(&spec)).is_none());
}

#[test]
fn what_the_manifest_changes_lies_in_the_state_layer() {
    let more = vec![
        File::directory("etc"),
        File::regular("etc/app.conf", "theirs"),
        File::symlink("etc/link", "theirs"),
    ];
    let spec = bulky("app", more);
    let packages = Packages::new(std::slice::from_ref(&spec));
    let manifest = "[[file]]\ntarget = \"/etc/app.conf\"\ncontent = \"mine\"\n\
                    [[file]]\ntarget = \"/etc/link\"\nsymlink = \"mine\"\n";
    let image = packages.build(manifest);
    assert!(image.layer_of(&data(&spec)).is_some());
    for path in ["etc/app.conf", "etc/link"] {
        assert!(image.state().has(path), "{path}");
    }
    let tree = Tree::of(&image);
    assert!(tree.line("etc/link").contains("-> mine"));
    let expected = packages.tree(manifest).unwrap();
    assert_eq!(expected.differences(&tree), [""; 0]);
}

#[test]
fn a_directory_s_owner_and_mode_are_put_right_above_a_package_that_passes() {
    let more = vec![
        // As apk does, without the set-group-id bit; and with the number that etc/passwd says.
        File::directory("srv").mode(0o2775),
        File::directory("srv/app").owner("app", "app", 1000, 1000),
        File::directory("srv/new"),
    ];
    let spec = bulky("app", more);
    let packages = Packages::new(&[accounts(), spec.clone()]);
    let manifest = "[[file]]\ntarget = \"/srv/new\"\ndirectory = true\nmode = \"0711\"\n";
    let image = packages.build(manifest);
    assert!(image.layer_of(&data(&spec)).is_some());
    let tree = Tree::of(&image);
    assert!(tree.line("srv").contains(" 0775 0:0 "));
    assert!(tree.line("srv/app").contains(" 0755 500:500 "));
    assert!(tree.line("srv/new").contains(" 0711 0:0 "));
    let expected = packages.tree(manifest).unwrap();
    assert_eq!(expected.differences(&tree), [""; 0]);
}

#[test]
fn packages_with_the_same_files_pass_as_the_same_layer() {
    let same = |name: &str| PackageSpec {
        replaces: vec!["a".into(), "b".into()],
        ..package(name, vec![File::regular("bulk", noise("same", BULK))])
    };
    // The file is the second one's; the first, which lost it, cannot pass.
    let packages = Packages::new(&[same("a"), same("b")]);
    let image = packages.build("");
    let member = data(&same("a"));
    let passed = image.layers.iter().filter(|layer| layer.blob == member);
    let titles: Vec<&str> = passed.map(|layer| layer.history.as_str()).collect();
    assert_eq!(titles, ["apkcompose: b-1.0-r0"]);
}
