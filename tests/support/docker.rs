//! A docker daemon of its own: with its own socket and data, stopped when it is dropped.

use super::{output, skip::find};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Docker {
    folder: TempDir,
    daemon: Child,
}

impl Docker {
    pub fn start() -> Docker {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let daemon = Command::new(find("dockerd").unwrap())
            .arg("--data-root")
            .arg(path("data"))
            .arg("--exec-root")
            .arg(path("exec"))
            .arg("--pidfile")
            .arg(path("pid"))
            .arg("--host")
            .arg(socket(folder.path()))
            // Nothing here needs a network, and the machine's is left as it is.
            .args(["--bridge", "none", "--iptables=false", "--ip6tables=false"])
            .stdout(Stdio::null())
            .stderr(File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        let docker = Docker { folder, daemon };
        let begin = Instant::now();
        while !docker
            .command(&["version"])
            .output()
            .unwrap()
            .status
            .success()
        {
            let log = fs::read_to_string(docker.folder.path().join("log")).unwrap();
            assert!(begin.elapsed() < Duration::from_secs(60), "{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
        docker
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(args);
        command.env("DOCKER_HOST", socket(self.folder.path()));
        command.env("HOME", self.folder.path());
        command
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        output(&mut self.command(args))
    }

    /// The same for what may fail.
    pub fn try_run(&self, args: &[&str]) -> Option<String> {
        let output = self.command(args).output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(stdout)
    }

    #[track_caller]
    pub fn load(&self, archive: &Path) -> String {
        self.run(&["load", "--input", archive.to_str().unwrap()])
    }
}

fn socket(folder: &Path) -> String {
    format!("unix://{}/docker.sock", folder.display())
}

impl Drop for Docker {
    fn drop(&mut self) {
        let daemon = rustix::process::Pid::from_child(&self.daemon);
        // SIGTERM lets it stop the containers and unmount what it mounted.
        let _ = rustix::process::kill_process(daemon, rustix::process::Signal::TERM);
        let _ = self.daemon.wait();
    }
}
