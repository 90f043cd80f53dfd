//! Packages with one of everything that a file system can hold.

use super::scene::{Scene, noise, package};
use apkcompose::apk::tar::Kind;
use apkcompose::apk::write::{File, PackageSpec};
use std::path::PathBuf;

/// A capability as `setcap cap_net_raw+ep` writes it.
pub const CAPABILITY: [u8; 20] = [
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// A path that no field of a plain tar header is long enough for.
pub fn long_path() -> String {
    format!("usr/share/{}/{}", "d".repeat(90), "f".repeat(90))
}

pub fn packages() -> Vec<PackageSpec> {
    let mut ping = File::regular("usr/bin/ping", "ping").mode(0o755);
    ping.entry.xattrs = vec![("security.capability".into(), CAPABILITY.to_vec().into())];
    let mut labelled = File::regular("usr/bin/labelled", "labelled");
    labelled.entry.xattrs = vec![
        ("security.selinux".into(), "bin_t".into()),
        ("user.note".into(), "kept".into()),
    ];
    let link = |path: &str, to: &str| File::special(path, Kind::HardLink(to.into()));
    let mut base = package(
        "base",
        vec![
            File::regular(
                "etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\ndaemon:x:2:2::/:/bin/false\n",
            ),
            File::regular("etc/group", "root:x:0:root\ndaemon:x:2:\n"),
            File::regular("etc/shadow", "root:*::0:::::\ndaemon:!::0:::::\n").mode(0o640),
            File::directory("tmp").mode(0o1777),
            File::directory("var/spool").owner("daemon", "daemon", 77, 77),
        ],
    );
    base.provides = vec!["/bin/sh".into()];
    let mut tools = package(
        "tools",
        vec![
            File::regular("usr/bin/tool", b"tool\0\xff").mode(0o755),
            link("usr/bin/tool-again", "usr/bin/tool"),
            link("usr/bin/a-tool", "usr/bin/tool"),
            File::symlink("usr/bin/t", "tool"),
            File::symlink("usr/bin/absolute", "/usr/bin/tool"),
            File::symlink("usr/bin/nowhere", "../gone/away"),
            File::regular("usr/bin/su", "su").mode(0o4111),
            File::regular("usr/bin/wall", "wall").mode(0o2755),
            File::regular("usr/bin/closed", "closed").mode(0o000),
            ping,
            labelled,
            File::regular("usr/share/empty", ""),
            File::regular("usr/share/with space", "space"),
            File::regular("usr/share/grüße", "utf-8"),
            File::regular(long_path(), "long"),
            File::special("dev/null", Kind::CharDevice(1, 3)).mode(0o666),
            File::special("dev/ram0", Kind::BlockDevice(1, 0)).mode(0o660),
            File::special("run/pipe", Kind::Fifo).mode(0o600),
            File::regular("var/spool/job", "job").owner("daemon", "nobody", 77, 78),
        ],
    );
    // Large enough for a layer of its own.
    let large = package(
        "large",
        vec![
            File::regular("usr/lib/large", noise(100_000)),
            File::symlink("usr/lib/larger", "large"),
        ],
    );
    tools.depends = vec!["base".into(), "large".into()];
    vec![base, large, tools]
}

/// A scene with these packages and a manifest over them, and the path of the manifest.
pub fn scene() -> (Scene, PathBuf) {
    let scene = Scene::with(&packages());
    let manifest = "packages = [\"tools\"]\n\
                    [image]\ncmd = [\"tool\"]\n\
                    [[file]]\ntarget = \"/etc/motd\"\ncontent = \"rich\\n\"\n";
    let manifest = scene.write("rich.toml", manifest);
    (scene, manifest)
}
