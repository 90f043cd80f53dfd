//! Roots that were changed after the installation, as scripts do: whatever they did, every cut
//! holds the same files, and a package passes only if its files are still its own.

use super::fixture::{Packages, bulky};
use super::image::{self, Image, Layer};
use super::tree::Tree as Files;
use apkcompose::apk::tar::{Kind, Writer};
use apkcompose::apk::write::{File, PackageSpec};
use apkcompose::layer::{self, Body, Compression, Options, PlannedLayer, Sources, Strategy};
use apkcompose::progress::Silent;
use apkcompose::repository::{FetchOptions, Fetcher, Location, Repository, Wanted, keys};
use apkcompose::rootfs::{self, Candidate, Node, NodeKind, Tree};
use std::path::Path;

const TIME: u64 = 1_800_000_000;

/// Installs packages, lets `change` have its way with the tree, and cuts it in every way; returns
/// the image of the default one.
fn image(specs: &[PackageSpec], change: impl Fn(&mut Tree)) -> Image {
    let packages = Packages::new(specs);
    let folder = packages.folder();
    let mut trusted = keys::vendor("x86_64").unwrap();
    keys::load(&folder.join("test-only.rsa.pub"), &mut trusted).unwrap();
    let repository = Repository {
        location: Location::parse(folder.to_str().unwrap(), Path::new("")).unwrap(),
        mirrors: Vec::new(),
        keys: trusted,
        allow_unsigned: false,
    };
    let fetcher = Fetcher::new(FetchOptions::new(folder.join("cache")));
    let indexes = fetcher.fetch_indexes(std::slice::from_ref(&repository), "x86_64", &Silent);
    let index = indexes.unwrap().pop().unwrap().index;
    let entries: Vec<_> = (0..specs.len()).map(|place| index.entry(place)).collect();
    let wanted: Vec<Wanted<'_>> = entries
        .iter()
        .filter_map(|entry| Wanted::new(*entry, "x86_64", vec![&repository]))
        .collect();
    let fetched = fetcher
        .fetch_packages(&wanted, &rootfs::is_needed_in_memory, &Silent)
        .unwrap();
    let candidates: Vec<Candidate<'_>> = entries
        .iter()
        .zip(&fetched)
        .map(|(entry, fetched)| Candidate {
            entry: *entry,
            tag: None,
            package: Some(&fetched.package),
        })
        .collect();
    let mut root = rootfs::install(&candidates, None).unwrap();
    change(&mut root.tree);
    let fetched: Vec<_> = fetched.into_iter().map(Some).collect();
    let sources = Sources {
        tree: &root.tree,
        packages: &fetched,
        time: TIME,
        progress: &Silent,
    };
    let mut tar = Writer::new(Vec::new());
    layer::emit(&layer::whole(&root.tree), &sources, &mut tar).unwrap();
    let mut expected = Files::default();
    expected.apply(&image::entries(&tar.finish().unwrap()));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let write = |planned: PlannedLayer| {
        let mut blob = Vec::new();
        let diff_id = match &planned.body {
            Body::Passed(number) => {
                let package = fetched[*number].as_ref().unwrap();
                layer::copy_passed(package, &sources, &mut blob).unwrap()
            }
            Body::Written(entries) => {
                let gzip = Compression::default();
                let tar = layer::compress(entries, &sources, gzip, &pool, &mut blob).unwrap();
                tar.sha256
            }
        };
        let layer = Layer::read(blob, Compression::default().media_type(), planned.title);
        assert_eq!(layer.diff_id, format!("sha256:{diff_id}"));
        layer
    };
    let cut = |strategy, budget| {
        let options = Options { strategy, budget };
        let layers = layer::plan(&root.tree, &root.packages, &fetched, options, TIME);
        let image = Image {
            layers: layers.into_iter().map(write).collect(),
        };
        let differences = expected.differences(&Files::of(&image));
        assert_eq!(differences, [""; 0], "{strategy:?} {budget}");
        image
    };
    for budget in [1, 2, 3, 10] {
        cut(Strategy::Origin, budget);
        cut(Strategy::Package, budget);
    }
    cut(Strategy::Single, 10);
    cut(Strategy::Package, 10)
}

fn app() -> PackageSpec {
    let files = vec![
        File::directory("opt"),
        File::regular("opt/x", "x"),
        File::special("opt/y", Kind::HardLink("opt/x".into())),
        File::regular("opt/z", "z"),
    ];
    bulky("app", files)
}

/// Whether app passes after this change, beside another package that surely does.
fn passes(change: impl Fn(&mut Tree)) -> bool {
    let other = bulky("other", Vec::new());
    let image = image(&[app(), other.clone()], change);
    assert!(image.layer_of(&other.data_member().unwrap()).is_some());
    image.layer_of(&app().data_member().unwrap()).is_some()
}

fn find(tree: &Tree, path: &str) -> rootfs::NodeId {
    tree.find(path.as_bytes()).unwrap()
}

#[test]
fn the_root_has_its_form_also_where_nothing_is_written_but_it() {
    let image = image(&[bulky("only", Vec::new())], |_| ());
    assert_eq!(image.layers.len(), 2);
    assert_eq!(image.state().paths(), [""]);
}

#[test]
fn what_is_added_beside_a_package_does_not_hold_it_back() {
    assert!(passes(|_| ()));
    assert!(passes(|tree| {
        tree.put(b"opt/new", Node::file(*b"new")).unwrap();
        let link = Node::new(NodeKind::Symlink("bulk".into()), 0o777);
        tree.put(b"usr/share/app/link", link).unwrap();
        tree.put(b"dev", Node::directory()).unwrap();
        let null = Node::new(NodeKind::CharDevice(1, 3), 0o666);
        tree.put(b"dev/null", null).unwrap();
    }));
}

#[test]
fn a_small_file_with_another_content_does_not() {
    assert!(passes(|tree| {
        tree.put(b"opt/z", Node::file(*b"changed")).unwrap();
    }));
}

#[test]
fn a_directory_with_another_form_does_not() {
    assert!(passes(|tree| {
        let id = find(tree, "opt");
        let node = tree.node_mut(id);
        (node.mode, node.uid, node.mtime) = (0o700, 12, None);
        node.xattrs = vec![("user.x".into(), "x".into())];
    }));
}

#[test]
fn a_hard_link_from_outside_holds_a_package_back() {
    assert!(!passes(|tree| {
        let id = find(tree, "opt/z");
        tree.link(b"usr/share/z", id).unwrap();
    }));
    assert!(!passes(|tree| {
        let id = find(tree, "opt/x");
        tree.link(b"usr/share/other/x", id).unwrap();
    }));
}

#[test]
fn a_file_that_is_gone_or_was_moved_holds_a_package_back() {
    for path in ["opt/z", "opt/x", "opt/y", "opt"] {
        assert!(
            !passes(|tree| assert!(tree.remove(path.as_bytes()))),
            "{path}"
        );
    }
    assert!(!passes(|tree| {
        let id = find(tree, "opt/z");
        tree.remove(b"opt/z");
        tree.link(b"opt/moved", id).unwrap();
    }));
}

#[test]
fn a_file_with_other_metadata_holds_a_package_back() {
    assert!(!passes(|tree| {
        let id = find(tree, "opt/z");
        tree.node_mut(id).uid = 12;
    }));
    assert!(!passes(|tree| {
        let id = find(tree, "opt/y");
        tree.node_mut(id).mode = 0o4755;
    }));
    assert!(!passes(|tree| {
        let id = find(tree, "opt/z");
        tree.node_mut(id).mtime = None;
    }));
    assert!(!passes(|tree| {
        let id = find(tree, "opt/z");
        tree.node_mut(id).xattrs = vec![("user.x".into(), "x".into())];
    }));
}

#[test]
fn one_package_s_file_in_another_s_place_is_seen() {
    // As `mv` in a script leaves it.
    let moved = |tree: &mut Tree| {
        let id = find(tree, "opt/z");
        tree.link(b"usr/share/other/small", id).unwrap();
        tree.remove(b"opt/z");
    };
    let small = vec![File::regular("usr/share/other/small", "small")];
    let other = bulky("other", small);
    let image = image(&[app(), other.clone()], moved);
    assert!(image.layer_of(&other.data_member().unwrap()).is_some());
    assert!(image.state().has("usr/share/other/small"));
}

#[test]
fn a_directory_in_a_file_s_place_holds_a_package_back() {
    assert!(!passes(|tree| {
        tree.put(b"opt/z", Node::directory()).unwrap();
        tree.put(b"opt/z/x", Node::file(*b"x")).unwrap();
    }));
}
