//! Those who run the program.

use super::support::user::{SOMEBODY, home, is_root};
use super::support::{Scene, skip};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Whoever runs the tests.
    Myself,
    /// An ordinary user whom /etc/subuid gives further ids.
    Subordinate,
    /// An ordinary user with a single id.
    Single,
    /// Root who is refused user namespaces.
    NoUserNamespaces,
    /// Root who is refused all namespaces.
    Plain,
}

use Who::{Myself, NoUserNamespaces, Plain, Single, Subordinate};

/// All who can be had here.
pub fn everybody(what: &str) -> Vec<Who> {
    let mut all = vec![Myself];
    if !is_root() {
        skip::skipped(what, "as others: not run as root");
        return all;
    }
    all.push(Single);
    all.extend([NoUserNamespaces, Plain]);
    if skip::has_clients(&format!("{what}, with subordinate ids"), &["newuidmap"]) {
        all.push(Subordinate);
    }
    all
}

/// Takes everything away that would let root make certain namespaces, in a user namespace of
/// its own, so that the machine's settings stay.
const RESTRICTED: &str = r#"
fifo=$1; shift
rm -f "$fifo"; mkfifo "$fifo" || exit 99
restrict='
  kinds=$1; shift
  for kind in $kinds; do echo 0 > /proc/sys/user/max_${kind}_namespaces || exit 99; done
  exec "$@"
'
# What is started once there are maps is root of the namespace, and has its rights.
unshare --user sh -c 'read _ < "$1"; shift; exec "$@"' sh "$fifo" sh -c "$restrict" sh "$@" &
until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
echo 0 0 65536 > /proc/$!/gid_map && echo 0 0 65536 > /proc/$!/uid_map || exit 99
echo > "$fifo"
wait $!
"#;

/// A program, in whose user namespace no further namespaces of these kinds can be made.
pub fn restricted(scene: &Scene, kinds: &str, program: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", RESTRICTED, "sh"]);
    command.arg(scene.path("fifo")).args([kinds, program]);
    command
}

/// Gives the user ids, in a mount namespace of its own, so that the machine's files stay.
const GIVEN_IDS: &str = r#"
folder=$1; shift
for file in passwd group subuid subgid; do
  touch /etc/$file && mount --bind "$folder/$file" /etc/$file || exit 99
done
exec "$@"
"#;

impl Who {
    /// The program as this one runs it.
    pub fn program(self, scene: &Scene) -> Command {
        let program = program(scene);
        let mut command = match self {
            Myself => Command::new(&program),
            Single => {
                let mut command = Command::new(&program);
                command.uid(SOMEBODY).gid(SOMEBODY);
                command
            }
            Subordinate => {
                let mut command = Command::new("unshare");
                command.args(["--mount", "sh", "-c", GIVEN_IDS, "sh"]);
                command.arg(ids(scene));
                let id = SOMEBODY.to_string();
                command.args(["setpriv", "--reuid", &id, "--regid", &id]);
                command.arg("--clear-groups").arg(&program);
                command
            }
            NoUserNamespaces | Plain => {
                let kinds = match self {
                    Plain => "user mnt pid net ipc uts",
                    _ => "user",
                };
                restricted(scene, kinds, program.to_str().unwrap())
            }
        };
        let folder = match self {
            Single | Subordinate => home(scene),
            _ => scene.work(),
        };
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env(
                "APKCOMPOSE_CACHE_DIR",
                folder.join(format!("cache-{self:?}")),
            )
            .current_dir(folder);
        command
    }

    /// A path in the folder in which the program runs.
    pub fn output(self, scene: &Scene, name: &str) -> PathBuf {
        match self {
            Single | Subordinate => home(scene).join(name),
            _ => scene.output(name),
        }
    }
}

/// The program where everybody can reach it.
fn program(scene: &Scene) -> PathBuf {
    let original = Path::new(env!("CARGO_BIN_EXE_apkcompose"));
    let place = scene.path("apkcompose");
    if !place.exists() && fs::hard_link(original, &place).is_err() {
        fs::copy(original, &place).unwrap();
        fs::set_permissions(&place, Permissions::from_mode(0o755)).unwrap();
    }
    place
}

/// Files of accounts in which [`SOMEBODY`] has subordinate ids.
fn ids(scene: &Scene) -> PathBuf {
    let ranges = format!("somebody:200000:65536\n{SOMEBODY}:200000:65536\n");
    scene.write("ids/subuid", &ranges);
    scene.write("ids/subgid", &ranges);
    let user = format!("root:x:0:0::/:/bin/sh\nsomebody:x:{SOMEBODY}:{SOMEBODY}::/:/bin/sh\n");
    scene.write("ids/passwd", user);
    scene.write("ids/group", format!("root:x:0:\nsomebody:x:{SOMEBODY}:\n"));
    scene.path("ids")
}
