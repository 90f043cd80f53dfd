//! `[layers]`: how an image is cut into layers, and how those are compressed.

use super::reader::{Table, Value};
use crate::layer::{Compression, MAX_BUDGET, Options, Strategy};

/// `[layers]`. What is not given is `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LayersConfig {
    /// How packages are spread.
    pub strategy: Option<Strategy>,
    /// The most layers, 1 to [`MAX_BUDGET`].
    pub budget: Option<usize>,
    /// The compressor and its level for the layers that are not passed through.
    pub compression: Option<Compression>,
}

impl LayersConfig {
    /// How the layers are cut, with defaults for what is not given.
    pub fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            strategy: self.strategy.unwrap_or(defaults.strategy),
            budget: self.budget.unwrap_or(defaults.budget),
        }
    }

    /// This, where it says nothing what `base` says.
    pub(super) fn inherit(self, base: LayersConfig) -> LayersConfig {
        LayersConfig {
            strategy: self.strategy.or(base.strategy),
            budget: self.budget.or(base.budget),
            compression: self.compression.or(base.compression),
        }
    }
}

pub(super) fn read_layers(table: &Table<'_>) -> LayersConfig {
    let compression = table.get("compression");
    let level = table.get("level");
    LayersConfig {
        strategy: table.get("strategy").and_then(read_strategy),
        budget: table.get("budget").and_then(read_budget),
        compression: read_compression(compression, level),
    }
}

fn read_strategy(value: Value<'_>) -> Option<Strategy> {
    match value.string()? {
        "package" => Some(Strategy::Package),
        "origin" => Some(Strategy::Origin),
        "single" => Some(Strategy::Single),
        text => {
            let problem = value.problem(format!("{text:?} is no way to make layers"));
            value.report(problem.help("expected \"package\", \"origin\" or \"single\""));
            None
        }
    }
}

fn read_budget(value: Value<'_>) -> Option<usize> {
    let (budget, _) = value.integer(u32::MAX)?;
    let budget = budget as usize;
    let problem = match budget {
        0 => "an image has at least one layer",
        1..=MAX_BUDGET => return Some(budget),
        _ => "no runtime takes so many layers",
    };
    let problem = value.problem(problem);
    value.report(problem.help(format!("expected 1 to {MAX_BUDGET}")));
    None
}

/// The compressor, gzip if only a level is given.
fn read_compression(
    compression: Option<Value<'_>>,
    level: Option<Value<'_>>,
) -> Option<Compression> {
    let gzip = match &compression {
        None => true,
        Some(value) => match value.string()? {
            "gzip" => true,
            "zstd" => false,
            text => {
                let problem = value.problem(format!("{text:?} is no compression of layers"));
                value.report(problem.help("expected \"gzip\" or \"zstd\""));
                return None;
            }
        },
    };
    let Some(value) = level else {
        compression?;
        return Some(match gzip {
            true => Compression::default(),
            false => Compression::Zstd(Compression::ZSTD_LEVEL),
        });
    };
    let (least, most) = if gzip { (0, 9) } else { (1, 22) };
    let (level, _) = value.integer(most)?;
    if level < least {
        value.report(
            value
                .problem("0 is no level of zstd")
                .help("expected 1 to 22"),
        );
        return None;
    }
    Some(match gzip {
        true => Compression::Gzip(level),
        false => Compression::Zstd(level as i32),
    })
}
