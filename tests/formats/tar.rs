//! Tars, compressed or not.

use super::fixture::{assert_same, build, folder, output, scene, text};
use super::support::skip::{has_clients, has_root_clients};
use super::support::{self, Run, Tree, image};
use flate2::read::MultiGzDecoder;
use std::fs;
use std::io::Read;
use std::process::Command;

#[test]
fn compressed_tars_hold_the_plain_one() {
    let (scene, _) = scene();
    let plain = fs::read(output(&scene, "tar")).unwrap();
    for format in ["tar.gz", "tar.zst"] {
        let digest = build(&scene, format);
        let bytes = fs::read(output(&scene, format)).unwrap();
        assert_eq!(digest, image::sha256(&bytes), "{format}: it is the file's");
        let mut inflated = Vec::new();
        match format {
            "tar.gz" => {
                let mut gzip = MultiGzDecoder::new(&*bytes);
                gzip.read_to_end(&mut inflated).unwrap();
            }
            _ => inflated = zstd::decode_all(&*bytes).unwrap(),
        }
        assert!(inflated == plain, "{format}");
        assert!(bytes.len() < plain.len());
    }
}

#[test]
fn tar_unpacks_each() {
    if !has_root_clients("tar", &["tar", "gzip", "zstd"]) {
        return;
    }
    let (scene, tree) = scene();
    for format in ["tar", "tar.gz", "tar.zst"] {
        build(&scene, format);
        let to = folder(&scene, &format!("as {format}"));
        let mut command = Command::new("tar");
        // Directories come first, all of them.
        command.arg("--delay-directory-restore");
        command.args(["--xattrs", "--xattrs-include=*", "-xpf"]);
        command.arg(output(&scene, format)).arg("-C").arg(&to);
        support::output(&mut command);
        assert_same(&Tree::of_folder(&to), &tree);
    }
}

#[test]
fn the_manifests_level_counts_where_its_compressor_does() {
    let (scene, _) = scene();
    let size_with = |layers: &str, format: &str| {
        let content = format!("packages = [\"tools\"]\n[layers]\n{layers}\n");
        let manifest = scene.write("level.toml", content);
        let args = ["build", text(&manifest), "--format", format, "-o", "out"];
        let _ = fs::remove_file(scene.output("out"));
        Run::of(scene.command(&args)).digest();
        fs::metadata(scene.output("out")).unwrap().len()
    };
    let usual = size_with("", "tar.gz");
    assert!(size_with("level = 0", "tar.gz") > usual + 10_000);
    let zstd = "compression = \"zstd\"\nlevel = 19";
    assert_eq!(size_with(zstd, "tar.gz"), usual);
    assert!(size_with(zstd, "tar.zst") < size_with("", "tar.zst"));
}

#[test]
fn zstd_and_gzip_find_nothing_wrong() {
    if !has_clients("compressed tars", &["gzip", "zstd"]) {
        return;
    }
    let (scene, _) = scene();
    for (format, program) in [("tar.gz", "gzip"), ("tar.zst", "zstd")] {
        build(&scene, format);
        support::output(Command::new(program).arg("-t").arg(output(&scene, format)));
    }
}
