//! The verbs for every day: making and changing manifests, looking for packages.

mod edit;
mod import;
mod look;
mod several;
mod size;
#[path = "../support/mod.rs"]
mod support;

use apkcompose::apk::write::{File, PackageSpec};
use support::{Scene, package};

/// A scene whose repository has a few packages that need each other.
fn scene() -> Scene {
    let file = |name: &str, size| File::regular(format!("usr/share/{name}"), vec![7; size]);
    let php = |version: &str| PackageSpec {
        version: version.into(),
        depends: vec!["libz".into(), "so:libc.so.1".into()],
        provides: vec![format!("cmd:php={version}")],
        ..package("php", vec![file("php", 2000)])
    };
    Scene::with(&[
        PackageSpec {
            provides: vec!["so:libc.so.1=1".into()],
            ..package("libc", vec![file("libc", 5000)])
        },
        PackageSpec {
            description: "Compression library".into(),
            ..package("libz", vec![file("libz", 100)])
        },
        php("8.2-r0"),
        php("8.3-r1"),
        PackageSpec {
            depends: vec!["php".into()],
            description: "Extension".into(),
            ..package("php-pdo", vec![file("pdo", 300)])
        },
        PackageSpec {
            install_if: vec!["php".into(), "libz".into()],
            ..package("php-doc", vec![file("doc", 10)])
        },
    ])
}
