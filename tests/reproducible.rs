//! The same inputs give the same digest, whoever builds where, when and how.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::scene::{ARCH, Scene, file_formats, formats, names};
use support::server::Server;
use support::skip::has_root;
use support::{Image, Run, rich, user};

/// The digest of the image of [`rich`]: it holds a layer of each kind, so it changes with the
/// tar writer, with the documents of the image, and with the compressor and its level.
const GOLDEN: &str = "sha256:e89e499a1d4884958f9857be6c57b073c4da4aa8c98f8713d17d7ad9f6797305";

/// The digest of the same as a plain tar: its compressed parts are those of the fixture alone.
const GOLDEN_TAR: &str = "sha256:7f96ea4bf0ec94c6c425cda1b60ef1f90212a7f63d1aa6470ee3b5b1915d7ca6";

const ADVICE: &str = "the same inputs give another digest than before. If an update of zlib-rs, \
    zstd or another dependency did that, images of the same manifest differ between versions of \
    apkcompose: say so in the release notes, and only then change this digest";

/// A build with a new cache: the old one would remember the layers, and nothing would be built.
fn build(scene: &Scene, manifest: &Path) -> Command {
    static BUILDS: AtomicUsize = AtomicUsize::new(0);
    let number = BUILDS.fetch_add(1, Ordering::Relaxed);
    let mut command = scene.command(&["build", manifest.to_str().unwrap()]);
    command.env(
        "APKCOMPOSE_CACHE_DIR",
        scene.path(&format!("cache{number}")),
    );
    command
}

#[test]
fn the_digest_is_the_one_it_always_was() {
    let (scene, manifest) = rich::scene();
    assert_eq!(
        Run::of(build(&scene, &manifest)).digest(),
        GOLDEN,
        "{ADVICE}"
    );
    let image = Image::read(&scene.output("rich.tar"));
    assert!(
        image.layers.len() > 2,
        "passed, shared and generated layers"
    );
    let mut tar = build(&scene, &manifest);
    tar.args(["--format", "tar"]);
    assert_eq!(Run::of(tar).digest(), GOLDEN_TAR, "{ADVICE}");
}

#[test]
fn the_archive_itself_has_the_same_bytes() {
    let (scene, manifest) = rich::scene();
    for name in ["one.tar", "two.tar"] {
        let mut command = build(&scene, &manifest);
        command.args(["--output", name]);
        Run::of(command).digest();
        // A clock that went on would show.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    let (one, two) = (scene.output("one.tar"), scene.output("two.tar"));
    assert!(fs::read(one).unwrap() == fs::read(two).unwrap());
}

#[test]
fn another_user_with_another_umask_builds_the_same() {
    if !has_root("a build by another user") {
        return;
    }
    let (scene, manifest) = rich::scene();
    let ours = Run::of(build(&scene, &manifest)).digest();
    for umask in ["000", "077", "777"] {
        let mut command = user::somebody(&scene, umask);
        command.arg("build").arg(&manifest).args(["--arch", ARCH]);
        command.args(["--output", &format!("{umask}.tar")]);
        command.arg("--repository").arg(scene.repository());
        command.arg("--key").arg(scene.key());
        assert_eq!(Run::of(command).digest(), ours, "umask {umask}");
    }
    let theirs = Image::read(&user::home(&scene).join("077.tar"));
    let ours = Image::read(&scene.output("rich.tar"));
    assert_eq!(theirs.tree.listing(), ours.tree.listing());
}

#[test]
fn the_environment_does_not_count() {
    let (scene, manifest) = rich::scene();
    let plain = Run::of(build(&scene, &manifest)).digest();
    for (name, value) in [
        ("TZ", "Asia/Kathmandu"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "de_DE.UTF-8"),
        ("HOME", "/nonexistent"),
        ("USER", "somebody"),
        ("HOSTNAME", "elsewhere"),
        ("TMPDIR", "/nonexistent"),
        ("RAYON_NUM_THREADS", "1"),
        ("SOURCE_DATE_EPOCH", ""),
    ] {
        let mut command = build(&scene, &manifest);
        command.env(name, value);
        assert_eq!(Run::of(command).digest(), plain, "{name}={value}");
    }
}

#[test]
fn the_folders_do_not_count() {
    let (scene, manifest) = rich::scene();
    let here = Run::of(build(&scene, &manifest)).digest();
    let mut command = Command::new(env!("CARGO_BIN_EXE_apkcompose"));
    command.env_clear().current_dir(scene.path(""));
    command.args([
        "build",
        "rich.toml",
        "--arch",
        ARCH,
        "--output",
        "work/there.tar",
    ]);
    command.args(["--repository", "repo", "--key", "test-only.rsa.pub"]);
    command.args(["--cache-dir", "another-cache"]);
    assert_eq!(Run::of(command).digest(), here);

    let (elsewhere, manifest) = rich::scene();
    assert_eq!(Run::of(build(&elsewhere, &manifest)).digest(), here);
}

#[test]
fn the_number_of_threads_does_not_count() {
    let (scene, manifest) = rich::scene();
    let digests = ["1", "2", "7", "64"].map(|jobs| {
        let mut command = build(&scene, &manifest);
        command.args(["--jobs", jobs]);
        Run::of(command).digest()
    });
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn neither_the_cache_nor_the_way_to_the_packages_counts() {
    let (scene, manifest) = rich::scene();
    let folder = Run::of(build(&scene, &manifest)).digest();
    let server = Server::start();
    server.serve_folder(&scene.repository());
    let over_http = || {
        let mut command = scene.bare();
        command.arg("build").arg(&manifest).args(["--arch", ARCH]);
        command.args(["--repository", &server.url("")]);
        command.arg("--key").arg(scene.key());
        Run::of(command).digest()
    };
    let cold = over_http();
    let asked = server.requests().len();
    let warm = over_http();
    // Packages come from the cache now; the index is asked for anew.
    assert!(server.requests().len() <= asked + 1);
    assert_eq!([&cold, &warm], [&folder, &folder]);
}

#[test]
fn a_warm_cache_gives_the_same_in_every_format() {
    let (scene, manifest) = rich::scene();
    for format in formats() {
        let digests = ["cold", "warm", "warm again"].map(|name| {
            let mut command = scene.command(&["build", manifest.to_str().unwrap()]);
            command.args(["--format", format, "--output", &format!("{format} {name}")]);
            Run::of(command).digest()
        });
        assert_eq!(digests[1..], [&*digests[0], &*digests[0]], "{format}");
    }
    let image = |name: &str| Image::read(&scene.output(name));
    let [cold, warm] = ["archive cold", "archive warm"].map(image);
    assert_eq!(warm.tree.listing(), cold.tree.listing());
}

/// The files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files
}

#[test]
fn a_damaged_cache_never_gives_another_image() {
    let (scene, manifest) = rich::scene();
    let server = Server::start();
    server.serve_folder(&scene.repository());
    let over_http = || {
        let mut command = scene.bare();
        command.arg("build").arg(&manifest).args(["--arch", ARCH]);
        command.args(["--repository", &server.url("")]);
        command.arg("--key").arg(scene.key());
        Run::of(command).digest()
    };
    let right = over_http();
    let files = files_below(&scene.path("cache"));
    assert!(files.len() > 3, "index and packages: {files:?}");
    for file in files {
        for damage in [
            |bytes: &mut Vec<u8>| bytes.clear(),
            |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2),
            |bytes: &mut Vec<u8>| {
                let middle = bytes.len() / 2;
                if let Some(byte) = bytes.get_mut(middle) {
                    *byte ^= 0x15;
                }
            },
        ] {
            let Ok(mut bytes) = fs::read(&file) else {
                continue;
            };
            damage(&mut bytes);
            fs::write(&file, bytes).unwrap();
            assert_eq!(over_http(), right, "{}", file.display());
            // Each blob is read and hashed again.
            Image::read(&scene.output("rich.tar"));
        }
    }
}

#[test]
fn the_times_of_local_files_do_not_count() {
    let (scene, _) = rich::scene();
    let source = scene.write("local", "local");
    let text = "packages = [\"tools\"]\n[[file]]\ntarget = \"/local\"\nsource = \"local\"\n";
    let manifest = scene.write("rich.toml", text);
    let before = Run::of(build(&scene, &manifest)).digest();
    let file = fs::OpenOptions::new().write(true).open(&source).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(Run::of(build(&scene, &manifest)).digest(), before);
}

#[test]
fn a_local_file_that_changed_is_noticed_with_a_warm_cache() {
    let (scene, _) = rich::scene();
    let text = "packages = [\"base\"]\n[[file]]\ntarget = \"/local\"\nsource = \"local\"\n";
    let manifest = scene.write("rich.toml", text);
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let build = |content: &str| {
        let source = scene.write("local", content);
        let file = fs::OpenOptions::new().write(true).open(source).unwrap();
        file.set_modified(at).unwrap();
        scene.run(&["build", manifest.to_str().unwrap()]).digest()
    };
    // Of the same size and time.
    let (one, two) = (build("one"), build("two"));
    assert_ne!(one, two);
    let image = Image::read(&scene.output("rich.tar"));
    assert_eq!(image.tree.text("local"), "two");
    assert_eq!(build("one"), one);
}

#[test]
fn source_date_epoch_is_part_of_the_inputs() {
    let (scene, manifest) = rich::scene();
    let at = |time: &str| {
        let mut command = build(&scene, &manifest);
        command.env("SOURCE_DATE_EPOCH", time);
        Run::of(command).digest()
    };
    assert_eq!(at("1000000000"), at("1000000000"));
    assert_ne!(at("1000000000"), at("1000000001"));
}

#[test]
fn every_format_gives_the_same_twice() {
    let (scene, manifest) = rich::scene();
    for format in formats() {
        let digests = ["one", "two"].map(|name| {
            let mut command = build(&scene, &manifest);
            let output = format!("{format}-{name}");
            command.args(["--format", format, "--output", &output]);
            Run::of(command).digest()
        });
        assert_eq!(digests[0], digests[1], "{format}");
    }
}

#[test]
fn every_file_has_the_same_bytes_whoever_writes_it() {
    if !has_root("a build by another user") {
        return;
    }
    let (scene, manifest) = rich::scene();
    for format in file_formats() {
        let mut ours = build(&scene, &manifest);
        ours.args(["--format", format, "--output", format, "--jobs", "1"]);
        Run::of(ours).digest();
        let mut theirs = user::somebody(&scene, "077");
        theirs.env("TZ", "Asia/Kathmandu").env("LC_ALL", "de_DE");
        theirs.arg("build").arg(&manifest).args(["--arch", ARCH]);
        theirs.args(["--format", format, "--output", format, "--jobs", "5"]);
        theirs.arg("--repository").arg(scene.repository());
        theirs.arg("--key").arg(scene.key());
        Run::of(theirs).digest();
        let ours = fs::read(scene.output(format)).unwrap();
        assert!(
            fs::read(user::home(&scene).join(format)).unwrap() == ours,
            "{format}"
        );
    }
}
