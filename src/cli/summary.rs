//! What a build came to, in a few lines: what there is now, and what to do with it.

use super::{say, terminal};
use crate::manifest::{ImageConfig, ImageName};
use crate::output::{Format, Losses, RootFormat};
use crate::{Built, Saved, Target};
use indicatif::HumanBytes;
use std::io::{self, IsTerminal};
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
        // On a terminal it follows by itself.
        let digest = match io::stdout().is_terminal() {
            true => String::new(),
            false => format!("\n  {}", self.built.digest),
        };
        let (bold, plain) = match terminal::colored() {
            true => ("\x1b[1m", "\x1b[0m"),
            false => ("", ""),
        };
        let what = self.what(&self.target.path.display().to_string());
        format!("{what}{digest}\n  {bold}next:{plain} {}", self.next())
    }

    /// The lines for what went to standard output; the last is the digest.
    pub fn of_stream(&self) -> String {
        format!("{}\n{}", self.what("standard output"), self.built.digest)
    }

    /// What there is in the output that is called so, and what not.
    fn what(&self, output: &str) -> String {
        let packages = say::count(self.built.packages, "package");
        let packages = match self.built.archs.as_slice() {
            [_] => packages,
            several => {
                let names: Vec<&str> = several.iter().map(|arch| arch.name()).collect();
                format!("{packages} for {}", names.join(", "))
            }
        };
        let sizes = self.built.sizes;
        let unpacked = HumanBytes(sizes.unpacked);
        let what = match sizes.layers {
            0 => format!("{packages}, {unpacked}"),
            layers => {
                let (layers, stored) = (say::count(layers, "layer"), HumanBytes(sizes.stored));
                format!("{packages} in {layers}, {stored} ({unpacked} unpacked)")
            }
        };
        let losses = losses(&self.built.losses, self.target.format, output);
        let left_out = left_out(&self.built.saved);
        format!(
            "{losses}{output}: {what}, in {}{left_out}",
            duration(self.time)
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
            Format::Root(RootFormat::Folder) => format!("systemd-nspawn -D {path}"),
            Format::Root(RootFormat::Tar(_)) => format!("tar -xpf {path}"),
            Format::Root(RootFormat::Cpio(_)) => {
                format!("qemu-system-x86_64 -kernel VMLINUZ -initrd {path}")
            }
            Format::Root(RootFormat::Squashfs | RootFormat::Erofs) => {
                format!("mount -o loop,ro {path} /mnt")
            }
        }
    }
}

/// A line on what `minimal` and `exclude` saved; empty where there was nothing to save.
fn left_out(saved: &[Saved]) -> String {
    let parts: Vec<String> = saved
        .iter()
        .map(|one| {
            let files = say::count(one.files, "file");
            format!("{} {} ({files})", one.what, HumanBytes(one.bytes))
        })
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("\n  left out: {}", parts.join(", ")),
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

/// A line on what an output lacks, because its writer is not root or because the format has no
/// place for it; empty when it lacks nothing.
fn losses(losses: &Losses, format: Format, output: &str) -> String {
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
    let why = match format {
        Format::Root(RootFormat::Squashfs) => "which mksquashfs does not take; tar holds all",
        Format::Root(RootFormat::Cpio(_)) => "since cpio knows none; tar holds all",
        _ => "since only root can make them; the other formats hold all",
    };
    format!("note: in {output} {}, {why}\n", parts.join(", "))
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
