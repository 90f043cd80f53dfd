//! What the command line says, and how the program talks.

use crate::support::{Image, Run, Scene, rich};
use std::fs;
use std::process::Stdio;

/// A scene with a manifest, and the manifest's path.
fn scene() -> (Scene, String) {
    let (scene, manifest) = rich::scene();
    (scene, manifest.into_os_string().into_string().unwrap())
}

#[test]
fn standard_output_is_the_digest_alone() {
    let (scene, manifest) = scene();
    let run = scene.run(&["build", &manifest]);
    let digest = run.digest();
    assert_eq!(run.stdout, format!("{digest}\n"));
    let summary = "rich.tar: 3 packages in 3 layers, ";
    assert!(run.talk().starts_with(summary), "{}", run.stderr);
    assert!(run.stderr.contains("docker load -i rich.tar"));
}

#[test]
fn quiet_says_nothing_but_errors() {
    let (scene, manifest) = scene();
    for quiet in ["--quiet", "-q"] {
        let run = scene.run(&["build", &manifest, quiet]);
        run.digest();
        assert_eq!(run.stderr, "");
    }
    let run = scene.run(&["build", "--quiet", "--package", "nothing"]);
    run.fails_with(&["there is no package nothing"]);
}

#[test]
fn outputs_are_named_after_the_image_and_the_format() {
    let (scene, manifest) = scene();
    for format in ["archive", "oci", "rootfs", "tar"] {
        scene
            .run(&["build", &manifest, "--format", format])
            .digest();
    }
    let all = ["rich.oci", "rich.rootfs", "rich.rootfs.tar", "rich.tar"];
    assert_eq!(scene.left(), all);
}

#[test]
fn without_a_manifest_the_image_is_named_after_its_first_package() {
    let (scene, _) = scene();
    let args = ["build", "--package", "tools>0", "--package", "base"];
    scene.run(&args).digest();
    let image = Image::read(&scene.output("tools.tar"));
    assert_eq!(image.docker["RepoTags"][0], "tools:latest");
    assert_eq!(image.tree.text("etc/apk/world"), "base\ntools>0\n");
}

#[test]
fn a_name_can_have_a_registry_and_a_tag() {
    let (scene, manifest) = scene();
    for (name, file, short, full) in [
        (
            "me/web:8.3",
            "web.tar",
            "me/web:8.3",
            "docker.io/me/web:8.3",
        ),
        (
            "ghcr.io/me/demo",
            "demo.tar",
            "ghcr.io/me/demo:latest",
            "ghcr.io/me/demo:latest",
        ),
    ] {
        scene.run(&["build", &manifest, "--name", name]).digest();
        let image = Image::read(&scene.output(file));
        assert_eq!(image.docker["RepoTags"][0], short);
        let annotations = &image.index["manifests"][0]["annotations"];
        assert_eq!(annotations["io.containerd.image.name"], full);
        let tag = short.rsplit(':').next().unwrap();
        assert_eq!(annotations["org.opencontainers.image.ref.name"], tag);
    }
}

#[test]
fn the_name_of_an_image_is_no_part_of_its_digest() {
    let (scene, manifest) = scene();
    let one = scene.run(&["build", &manifest, "--name", "one"]).digest();
    let two = scene.run(&["build", &manifest, "--name", "two:2"]).digest();
    assert_eq!(one, two);
}

#[test]
fn a_package_of_the_command_line_joins_the_manifests() {
    let (scene, _) = scene();
    let manifest = scene.write("base.toml", "packages = [\"base\"]\n");
    let manifest = manifest.to_str().unwrap();
    scene
        .run(&["build", manifest, "--package", "tools"])
        .digest();
    let image = Image::read(&scene.output("base.tar"));
    assert_eq!(image.tree.text("etc/apk/world"), "base\ntools\n");
    assert!(image.tree.has("usr/bin/tool"));
}

#[test]
fn an_output_that_is_an_archive_is_replaced() {
    let (scene, manifest) = scene();
    let first = scene.run(&["build", "--package", "base", "-o", "out.tar"]);
    let second = scene.run(&["build", &manifest, "-o", "out.tar"]);
    assert_ne!(first.digest(), second.digest());
    let image = Image::read(&scene.output("out.tar"));
    assert_eq!(image.digest, second.digest());
    assert_eq!(scene.left(), ["out.tar"]);
}

#[test]
fn the_output_has_the_mode_that_the_umask_gives() {
    use std::os::unix::fs::PermissionsExt;
    let (scene, manifest) = scene();
    scene.run(&["build", &manifest]).digest();
    fs::write(scene.output("usual"), "").unwrap();
    let mode = |name| {
        fs::metadata(scene.output(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("rich.tar"), mode("usual"));
}

#[test]
fn the_number_of_jobs_is_bounded_and_not_zero() {
    let (scene, manifest) = scene();
    let one = scene.run(&["build", &manifest, "--jobs", "1"]).digest();
    let many = scene.run(&["build", &manifest, "--jobs", "64"]).digest();
    assert_eq!(one, many);
    assert_eq!(
        scene.run(&["build", &manifest, "--jobs", "0"]).code,
        Some(2)
    );
}

#[test]
fn the_cache_is_where_the_flag_or_the_environment_says() {
    let (scene, manifest) = scene();
    // A folder's packages are not copied, so the cache is asked for a URL.
    let server = crate::support::server::Server::start();
    server.serve_folder(&scene.repository());
    let url = server.url("");
    let mut command = scene.bare();
    command.args(["build", &manifest, "--arch", "x86_64"]);
    command
        .args(["--repository", &url])
        .arg("--key")
        .arg(scene.key());
    Run::of(command).digest();
    assert!(scene.path("cache/v1/packages").is_dir());
    fs::remove_dir_all(scene.path("cache")).unwrap();

    let flag = scene.path("elsewhere");
    let mut command = scene.bare();
    command.args(["build", &manifest, "--arch", "x86_64"]);
    command
        .args(["--repository", &url])
        .arg("--key")
        .arg(scene.key());
    command.arg("--cache-dir").arg(&flag);
    Run::of(command).digest();
    assert!(flag.join("v1/packages").is_dir());
    assert!(!scene.path("cache").exists());
}

#[test]
fn wrong_usage_ends_with_2() {
    let (scene, manifest) = scene();
    for args in [
        &[][..],
        &["build"],
        &["build", &manifest, "--format", "zip"],
        &["build", &manifest, "--arch", "z80"],
        &["build", &manifest, "--package", "a b"],
        &["build", &manifest, "--alpine", "latest"],
        &["build", &manifest, "--name", "Capital"],
        &["build", &manifest, "--scripts", "maybe"],
        &["build", &manifest, "--no-such-flag"],
        &["resolve"],
        &["compose"],
    ] {
        let run = scene.run_bare(args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
        assert!(!run.stderr.is_empty(), "{args:?}");
    }
    assert_eq!(scene.left(), [] as [&str; 0]);
}

#[test]
fn help_is_data_and_no_failure() {
    let scene = Scene::new();
    for args in [&["--help"][..], &["build", "--help"], &["--version"]] {
        let run = scene.run_bare(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (scene, manifest) = scene();
    let mut command = scene.command(&["resolve", &manifest]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
}

#[test]
fn an_environment_that_makes_no_sense_is_an_error() {
    let (scene, manifest) = scene();
    let mut command = scene.command(&["build", &manifest]);
    command.env("SOURCE_DATE_EPOCH", "yesterday");
    let run = Run::of(command);
    run.fails_with(&["SOURCE_DATE_EPOCH", "seconds since 1970", "yesterday"]);
    assert_eq!(scene.left(), [] as [&str; 0]);
}
