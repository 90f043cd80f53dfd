//! What users get wrong, and all that the program answers: what is wrong, where, why, and what to
//! do about it.
//!
//! The answers are kept in `snapshots/`. After a change that was meant,
//! `INSTA_UPDATE=always cargo test --test mistakes` writes them anew.

mod command_line;
mod locks;
mod manifests;
mod outputs;
mod packages;
mod repositories;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;
use support::scene::{package, write_repository};
use support::{Run, Scene};

use apkcompose::apk::write::{File, PackageSpec};

/// A package with a file that tells its version, and these dependencies.
fn version(name: &str, version: &str, depends: &[&str]) -> PackageSpec {
    let mut spec = package(name, vec![File::regular(format!("etc/{name}"), version)]);
    spec.version = version.into();
    spec.depends = depends.iter().map(ToString::to_string).collect();
    spec
}

/// What an ordinary user has: a folder with a manifest `image.toml`, and a repository beside it.
struct Desk {
    scene: Scene,
}

impl Desk {
    /// A repository of an application, its library in two versions, and others.
    fn new() -> Desk {
        Desk::with(&[
            version("lib", "1.2-r0", &[]),
            version("lib", "1.3-r1", &[]),
            version("app", "2.0-r0", &["lib"]),
            version("nginx", "1.28.0-r0", &["lib>=1.3"]),
            version("python3", "3.13.2-r0", &[]),
        ])
    }

    fn with(packages: &[PackageSpec]) -> Desk {
        let scene = Scene::new();
        write_repository(&scene.output("repo"), packages);
        std::fs::copy(scene.key(), scene.output("test-only.rsa.pub")).unwrap();
        Desk { scene }
    }

    /// Writes the manifest: these lines, and then the repository.
    fn manifest(&self, lines: &str) -> &Desk {
        let repository = "\n[[repository]]\nurl = \"repo\"\nkeys = [\"test-only.rsa.pub\"]\n";
        self.file("image.toml", format!("{lines}\n{repository}"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Desk {
        self.scene.write(&format!("work/{name}"), content);
        self
    }

    fn command(&self, args: &str) -> Command {
        let mut command = self.scene.bare();
        command.args(args.split(' '));
        let needs_arch = !args.contains("--arch") && !args.starts_with("cache");
        if needs_arch {
            command.args(["--arch", "x86_64"]);
        }
        command
    }

    /// What is shown of a run: the command, what was said, and the exit code.
    fn shown(&self, args: &str) -> String {
        let run = Run::of(self.command(args));
        self.text(args, &run)
    }

    fn text(&self, args: &str, run: &Run) -> String {
        let folder = self.scene.path("").display().to_string();
        let said = format!("{}{}", run.stdout, run.talk());
        let said = said.replace(folder.trim_end_matches('/'), "[folder]");
        let code = run.code.unwrap();
        format!("$ apkcompose {args}\n{said}[exit code {code}]")
    }

    /// The same for a build of a manifest with these lines.
    fn build(&self, lines: &str) -> String {
        self.manifest(lines).shown("build image.toml")
    }
}
