//! How the program talks: on terminals of all sizes, and where there is none.

mod colors;
mod progress;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;
use std::time::Duration;
use support::Scene;
use support::scene::{noise, package};
use support::server::{Pace, Reply, Server};

/// A scene with a server of two packages, one of which comes slowly enough to be watched.
struct Slow {
    scene: Scene,
    server: Server,
}

impl Slow {
    fn new() -> Slow {
        use apkcompose::apk::write::File;
        let files = |length| vec![File::regular("usr/noise", noise(length))];
        let mut large = package("large", files(400_000));
        large.depends.push("small".to_owned());
        let mut small = package("small", vec![File::regular("usr/small", noise(300))]);
        small.license = "MIT".to_owned();
        let scene = Scene::with(&[large, small]);
        let server = Server::start();
        server.serve_folder(&scene.repository());
        let small = scene.repository().join("x86_64/small-1.0-r0.apk");
        let small = Reply::ok(std::fs::read(small).unwrap());
        let slowly = Pace::Trickle(Duration::from_micros(500));
        server.answer("/x86_64/small-1.0-r0.apk", vec![small.pace(slowly)]);
        Slow { scene, server }
    }

    /// A build on a terminal.
    fn build(&self) -> Command {
        let mut command = self.scene.bare();
        command.args(["build", "--package", "large", "--arch", "x86_64"]);
        command.args(["--repository", &self.server.url("")]);
        command.arg("--key").arg(self.scene.key());
        command.env("TERM", "xterm-256color");
        command
    }
}
