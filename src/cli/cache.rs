//! `apkcompose cache`

use super::options::CacheDir;
use super::say::{self, Failure};
use crate::repository::cache::{self, LOCK_TIMEOUT};
use clap::{Args, Subcommand};
use indicatif::HumanBytes;

/// Show or shrink the cache of packages, indexes and layers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  apkcompose cache info
  apkcompose cache clean --keep 2GiB")]
pub struct Cache {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show where the cache is and what it holds
    Info {
        #[command(flatten)]
        dir: CacheDir,
    },
    /// Remove what was not used for longest, or everything
    Clean {
        #[command(flatten)]
        dir: CacheDir,

        /// How much may stay, such as 500M or 2GiB
        #[arg(long, value_name = "SIZE", default_value = "0", value_parser = size)]
        keep: u64,
    },
}

impl Cache {
    pub fn run(self) -> Result<(), Failure> {
        match self.verb {
            Verb::Info { dir } => info(&dir),
            Verb::Clean { dir, keep } => {
                let cache = cache::Cache::new(dir.get()?);
                let removed = cache.shrink(keep, LOCK_TIMEOUT)?;
                let bytes = HumanBytes(removed.bytes);
                say::talk(&format!("removed {} entries, {bytes}", removed.entries));
                Ok(())
            }
        }
    }
}

fn info(dir: &CacheDir) -> Result<(), Failure> {
    let path = dir.get()?;
    let usage = cache::Cache::new(path.clone()).usage();
    let mut text = format!("{}\n", path.display());
    let mut line = |kind: &str, entries: u64, bytes: u64| {
        let bytes = HumanBytes(bytes).to_string();
        text.push_str(&format!("{kind:>9} {entries:>7} {bytes:>12}\n"));
    };
    for kind in &usage {
        line(kind.kind, kind.entries, kind.bytes);
    }
    let sum = |part: fn(&cache::Usage) -> u64| usage.iter().map(part).sum();
    line("in all", sum(|u| u.entries), sum(|u| u.bytes));
    say::print(&text)
}

/// A number of bytes with an optional unit: K, M, G or T, of 1024 each; `KiB` and `KB` mean the
/// same.
pub fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_uppercase();
    let unit = unit.trim_end_matches('B').trim_end_matches('I');
    let shift = match unit {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(format!("{:?} is no unit: expected K, M, G or T", unit)),
    };
    let number: u64 = digits
        .trim()
        .parse()
        .map_err(|_| "expected a number of bytes such as 500M or 2GiB".to_owned())?;
    number
        .checked_shl(shift)
        .filter(|bytes| bytes >> shift == number)
        .ok_or_else(|| "that is more than any disk holds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("0"), Ok(0));
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("2GiB"), Ok(2 << 30));
        assert_eq!(size("1kb"), Ok(1 << 10));
        for bad in ["", "G", "2X", "-1", "99999999999T"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
