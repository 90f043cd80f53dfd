//! Random sets of packages, cut in every way, give the same files.

use super::fixture::{BULK, Packages, accounts, noise, package};
use super::image::Image;
use super::tree::Tree;
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{File, PackageSpec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// How images are cut: strategy, budget, compression.
const CUTS: [(&str, usize, &str); 9] = [
    ("single", 10, "gzip"),
    ("package", 1, "gzip"),
    ("package", 2, "zstd"),
    ("package", 3, "gzip"),
    ("package", 10, "zstd"),
    ("package", 127, "gzip"),
    ("origin", 2, "gzip"),
    ("origin", 3, "zstd"),
    ("origin", 10, "gzip"),
];

/// Where files are. `lib` and `conf` may be symlinks to others of them.
const DIRECTORIES: [&str; 7] = [
    "etc", "usr", "usr/lib", "var", "var/deep", "lib", "etc/conf",
];

/// A file of a package: which directory, which name, what it is, and its metadata.
#[derive(Clone, Debug)]
struct Item {
    directory: &'static str,
    name: String,
    what: What,
    mode: u32,
    owner: usize,
    label: bool,
}

#[derive(Clone, Debug)]
enum What {
    File {
        length: usize,
    },
    Symlink,
    /// To an earlier file of the package.
    HardLink,
}

#[derive(Clone, Debug)]
struct Draft {
    items: Vec<Item>,
    /// Mode and owner of its directories.
    directories: Vec<(u32, usize)>,
    bulk: bool,
    origin: usize,
    replaces: bool,
}

#[derive(Clone, Debug)]
struct World {
    drafts: Vec<Draft>,
    /// Whether `lib` and `conf` are symlinks.
    symlinks: (bool, bool),
    manifest: String,
}

/// Users by name and number: those that etc/passwd numbers as the header does, otherwise, and
/// not at all.
const OWNERS: [(&str, u32); 4] = [("root", 0), ("daemon", 2), ("app", 1000), ("", 77)];

fn item() -> impl Strategy<Value = Item> {
    let what = prop_oneof![
        4 => (0usize..2000).prop_map(|length| What::File { length }),
        1 => Just(What::File { length: BULK }),
        1 => Just(What::Symlink),
        2 => Just(What::HardLink),
    ];
    let mode = prop::sample::select(vec![0o644, 0o644, 0o755, 0o600, 0o4755]);
    let owner = prop::sample::select(vec![0, 0, 0, 0, 1, 2, 3]);
    (
        prop::sample::select(DIRECTORIES.to_vec()),
        0usize..5,
        what,
        mode,
        owner,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(directory, name, what, mode, owner, label)| Item {
            directory,
            name: format!("f{name}"),
            what,
            mode,
            owner,
            label,
        })
}

fn draft() -> impl Strategy<Value = Draft> {
    let mode = prop::sample::select(vec![0o755, 0o755, 0o755, 0o700, 0o1777, 0o2755]);
    let owner = prop::sample::select(vec![0, 0, 0, 1, 2]);
    (
        prop::collection::vec(item(), 0..5),
        prop::collection::vec((mode, owner), DIRECTORIES.len()),
        prop::bool::weighted(0.8),
        0usize..3,
        any::<bool>(),
    )
        .prop_map(|(items, directories, bulk, origin, replaces)| Draft {
            items,
            directories,
            bulk,
            origin,
            replaces,
        })
}

/// What the manifest puts over packages' files, beside them, and takes out.
fn manifest() -> impl Strategy<Value = String> {
    let path = || {
        (prop::sample::select(DIRECTORIES.to_vec()), 0usize..5)
            .prop_map(|(directory, name)| format!("/{directory}/f{name}"))
    };
    let file = (path(), prop::sample::select(vec!["root", "app"]))
        .prop_map(|(path, user)| (path, format!("content = \"mine\"\nuser = {user:?}")));
    let link = path().prop_map(|path| (path, "symlink = \"elsewhere\"".to_owned()));
    let directory =
        prop::sample::select(vec!["/usr", "/usr/lib", "/var/deep", "/new"]).prop_map(|path| {
            (
                path.to_owned(),
                "directory = true\nmode = \"0711\"".to_owned(),
            )
        });
    let entries = prop::collection::vec(prop_oneof![2 => file, 1 => link, 1 => directory], 0..3);
    let excluded = prop::sample::select(vec![
        "/usr/lib/**",
        "/var/deep",
        "/**/f1",
        "/usr/share/p2/**",
        "/etc/passwd",
    ]);
    let exclude = prop::collection::vec(excluded, 0..2);
    (entries, exclude, prop::bool::weighted(0.3)).prop_map(|(entries, exclude, user)| {
        let mut text = format!("exclude = {exclude:?}\n[layers]\nLAYERS\n");
        let entries: BTreeMap<String, String> = entries.into_iter().collect();
        for (target, what) in entries {
            text += &format!("[[file]]\ntarget = {target:?}\n{what}\n");
        }
        if user {
            text += "[[user]]\nname = \"me\"\n";
        }
        text
    })
}

fn world() -> impl Strategy<Value = World> {
    (
        prop::collection::vec(draft(), 1..6),
        any::<(bool, bool)>(),
        manifest(),
    )
        .prop_map(|(drafts, symlinks, manifest)| World {
            drafts,
            symlinks,
            manifest,
        })
}

fn owned(file: File, owner: usize) -> File {
    let (name, number) = OWNERS[owner];
    file.owner(name, name, number, number)
}

impl World {
    /// The packages, without what would make them impossible to install together.
    fn specs(&self) -> Vec<PackageSpec> {
        let mut base = accounts();
        let targets = [
            (self.symlinks.0, "lib", "usr/lib"),
            (self.symlinks.1, "etc/conf", "../var"),
        ];
        for directory in ["usr", "usr/lib", "var"] {
            base.files.push(File::directory(directory));
        }
        for (is_symlink, path, target) in targets {
            base.files.push(match is_symlink {
                true => File::symlink(path, target),
                false => File::directory(path),
            });
        }
        let mut specs = vec![base];
        // The package that has a path, by the order of the installation.
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for (number, draft) in self.drafts.iter().enumerate() {
            specs.push(self.spec(number, draft, &mut owners));
        }
        specs
    }

    fn spec(
        &self,
        number: usize,
        draft: &Draft,
        owners: &mut BTreeMap<String, usize>,
    ) -> PackageSpec {
        let name = format!("p{number}");
        let mut files = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for item in &draft.items {
            let path = format!("{}/{}", item.directory, item.name);
            let allowed = owners
                .get(&path)
                .is_none_or(|owner| draft.replaces || self.drafts[*owner].origin == draft.origin);
            let taken = names.contains(&path) || files.iter().any(|f: &File| f.entry.path == path);
            if taken || !allowed {
                continue;
            }
            let file = match &item.what {
                What::File { length } => {
                    names.push(path.clone());
                    File::regular(path.clone(), noise(&format!("{name} {path}"), *length))
                }
                What::Symlink => File::symlink(path.clone(), format!("f0-of-{name}")),
                What::HardLink => match names.first() {
                    Some(first) => {
                        File::special(path.clone(), Kind::HardLink(first.as_str().into()))
                    }
                    None => continue,
                },
            };
            let mut file = match &file.entry.kind {
                Kind::HardLink(target) => {
                    // As archivers write them: with the metadata of what they link to.
                    let first: &File = files
                        .iter()
                        .find(|f: &&File| f.entry.path == *target)
                        .unwrap();
                    let mut link = file;
                    (link.entry.mode, link.entry.uid) = (first.entry.mode, first.entry.uid);
                    (link.entry.gid, link.entry.user) = (first.entry.gid, first.entry.user.clone());
                    link.entry.group = first.entry.group.clone();
                    link
                }
                _ => owned(file.mode(item.mode), item.owner),
            };
            if item.label && file.entry.kind == Kind::File {
                file.entry.xattrs = vec![("user.label".into(), name.as_str().into())];
            }
            owners.insert(path, number);
            used.insert(item.directory);
            files.push(file);
        }
        let mut all = Vec::new();
        for (place, directory) in DIRECTORIES.iter().enumerate() {
            let needed = used
                .iter()
                .any(|used| used == directory || used.starts_with(&format!("{directory}/")));
            let (mode, owner) = draft.directories[place];
            if needed || *directory == "usr" {
                all.push(owned(File::directory(*directory).mode(mode), owner));
            }
        }
        if draft.bulk {
            let own = format!("usr/share/{name}");
            all.push(File::directory("usr/share"));
            all.push(File::directory(own.clone()));
            let length = BULK + number * 512;
            all.push(File::regular(format!("{own}/bulk"), noise(&name, length)));
        }
        all.extend(files);
        let mut spec = package(&name, all);
        spec.origin = format!("o{}", draft.origin);
        spec.build_date += number as u64;
        if draft.replaces {
            spec.replaces = (0..self.drafts.len())
                .filter(|other| *other != number)
                .map(|other| format!("p{other}"))
                .collect();
        }
        spec
    }
}

fn check(
    image: &Image,
    strategy: &str,
    budget: usize,
    expected: &Tree,
) -> Result<(), TestCaseError> {
    let tree = Tree::of(image);
    let differences = expected.differences(&tree);
    prop_assert!(
        differences.is_empty(),
        "{strategy} {budget}:\n{}\n{}",
        differences.join("\n"),
        image
            .layers
            .iter()
            .map(|layer| format!("{}: {:?}", layer.history, layer.paths()))
            .collect::<Vec<_>>()
            .join("\n")
    );
    prop_assert!(image.layers.len() <= budget);
    if strategy == "single" {
        prop_assert_eq!(image.layers.len(), 1);
        let stored: usize = image.layers[0]
            .entries
            .iter()
            .map(|e| e.content.len())
            .sum();
        prop_assert_eq!(stored, tree.content_bytes(), "there are dead bytes");
    }
    Ok(())
}

#[test]
fn however_an_image_is_cut_it_holds_the_same_files() {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok());
    let mut runner = TestRunner::new(Config {
        cases: cases.unwrap_or(24),
        failure_persistence: None,
        ..Config::default()
    });
    let (built, passed) = (Cell::new(0), Cell::new(0));
    let result = runner.run(&world(), |world| {
        let specs = world.specs();
        let members: Vec<Vec<u8>> = specs.iter().map(|s| s.data_member().unwrap()).collect();
        let packages = Packages::new(&specs);
        let manifest = |layers: &str| world.manifest.replace("LAYERS", layers);
        // What the packages or the manifest make impossible is not of interest here.
        let Ok(expected) = packages.tree(&manifest("")) else {
            return Ok(());
        };
        for (strategy, budget, compression) in CUTS {
            let layers = format!(
                "strategy = {strategy:?}\nbudget = {budget}\ncompression = {compression:?}\nlevel = 1"
            );
            let image = packages.build(&manifest(&layers));
            check(&image, strategy, budget, &expected)?;
            built.set(built.get() + 1);
            let untouched = members.iter().filter(|m| image.layer_of(m).is_some());
            passed.set(passed.get() + untouched.count());
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Or all of this would say nothing.
    assert!(
        built.get() > 9 * cases.unwrap_or(24) as usize / 2,
        "{built:?} images"
    );
    assert!(
        passed.get() > built.get() / 4,
        "{passed:?} layers in {built:?} images"
    );
}
