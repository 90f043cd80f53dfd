//! What a build came to, in a few lines: what there is now, and what to do with it.

use super::{say, terminal};
use crate::manifest::{ImageConfig, ImageName};
use crate::output::{Format, Losses};
use crate::{Built, Target};
use indicatif::HumanBytes;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

/// A build that succeeded.
#[derive(Debug)]
pub struct Summary<'a> {
    /// What was built.
    pub built: &'a Built,
    /// Where it is.
    pub target: &'a Target,
    /// What the image is called.
    pub name: &'a ImageName,
    /// How it starts.
    pub config: &'a ImageConfig,
    /// How long that took.
    pub time: Duration,
}

impl Summary<'_> {
    /// The lines, without a line break at the end.
    pub fn text(&self) -> String {
        let path = self.target.path.display();
        let packages = say::count(self.built.packages, "package");
        let sizes = self.built.sizes;
        let unpacked = HumanBytes(sizes.unpacked);
        let what = match sizes.layers {
            0 => format!("{packages}, {unpacked}"),
            layers => {
                let (layers, stored) = (say::count(layers, "layer"), HumanBytes(sizes.stored));
                format!("{packages} in {layers}, {stored} ({unpacked} unpacked)")
            }
        };
        // On a terminal it follows by itself.
        let digest = match io::stdout().is_terminal() {
            true => String::new(),
            false => format!("\n  {}", self.built.digest),
        };
        let (bold, plain) = match terminal::colored() {
            true => ("\x1b[1m", "\x1b[0m"),
            false => ("", ""),
        };
        format!(
            "{}{path}: {what}, in {}{digest}\n  {bold}next:{plain} {}",
            losses(&self.built.losses, &self.target.path),
            duration(self.time),
            self.next()
        )
    }

    /// A command to go on with.
    fn next(&self) -> String {
        let text = self.target.path.display().to_string();
        // A path with a NUL byte does not exist.
        let path = shlex::try_quote(&text).unwrap_or_default();
        let starts = self.config.entrypoint.is_some() || self.config.cmd.is_some();
        match self.target.format {
            Format::Archive if starts => {
                format!("docker load -i {path} && docker run --rm {}", self.name)
            }
            Format::Archive => format!("docker load -i {path}"),
            Format::Oci => format!("skopeo inspect oci:{path}"),
            Format::Rootfs => format!("systemd-nspawn -D {path}"),
            Format::Tar => format!("tar -xpf {path}"),
        }
    }
}

/// As long as somebody waited, to two digits or so.
fn duration(time: Duration) -> String {
    let (seconds, millis) = (time.as_secs(), time.as_millis());
    match (seconds, millis) {
        (0, millis) => format!("{millis} ms"),
        (1..60, _) => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A line on what a folder lacks because its writer is not root; empty when it lacks nothing.
fn losses(losses: &Losses, path: &Path) -> String {
    let parts: Vec<String> = [
        (losses.owners, "files have another owner"),
        (losses.devices, "devices are missing"),
        (losses.xattrs, "extended attributes are missing"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(
        "note: in {} {}, since only root can make them; the other formats hold all\n",
        path.display(),
        parts.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (millis, text) in [
            (0, "0 ms"),
            (340, "340 ms"),
            (1_240, "1.2 s"),
            (59_400, "59.4 s"),
            (125_000, "2 min 5 s"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }
}
