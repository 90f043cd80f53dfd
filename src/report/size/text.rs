//! Sizes for a reader at a terminal.

use super::{Bytes, ImageSize, LayerSize};
use indicatif::HumanBytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Writing to a string never fails, so its results are not looked at.
pub(super) fn one(image: &ImageSize, rows: usize) -> String {
    let mut out = format!(
        "{}: {} in {} layers, {} unpacked\n",
        image.name,
        HumanBytes(image.bytes.compressed),
        image.layers.len(),
        HumanBytes(image.bytes.unpacked)
    );
    let all = image.bytes.unpacked;
    let packages = image.packages.iter();
    let packages: Vec<_> = packages
        .map(|part| (part.name.clone(), part.bytes, String::new()))
        .collect();
    table(&mut out, "package", &packages, all, rows);
    let folders = image.folders.iter();
    let mut folders: Vec<_> = folders
        .map(|part| (part.name.clone(), part.bytes, String::new()))
        .collect();
    folders.sort_by_key(|(_, bytes, _)| std::cmp::Reverse(bytes.unpacked));
    table(&mut out, "folder", &folders, all, rows);
    let reasons = image.reasons.iter();
    let reasons: Vec<_> = reasons
        .map(|reason| {
            (
                reason.word.clone(),
                reason.bytes,
                shortened(&reason.packages),
            )
        })
        .collect();
    table(&mut out, "without the word", &reasons, all, rows);
    out
}

/// A few names, and how many more there are.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..SHOWN].join(" ")),
        _ => names.join(" "),
    }
}

fn table(out: &mut String, title: &str, rows: &[(String, Bytes, String)], all: u64, most: usize) {
    if rows.is_empty() {
        return;
    }
    let width = rows
        .iter()
        .take(most)
        .map(|(name, _, _)| name.chars().count());
    let width = width.max().unwrap_or(0).max(title.len());
    let _ = writeln!(out, "\n{title:<width$}    unpacked      share  compressed");
    for (name, bytes, more) in rows.iter().take(most) {
        let share = match all {
            0 => 0.0,
            all => bytes.unpacked as f64 * 100.0 / all as f64,
        };
        let line = format!(
            "{name:<width$}  {:>10}  {share:>7.1} %  {:>10}  {more}",
            HumanBytes(bytes.unpacked).to_string(),
            HumanBytes(bytes.compressed).to_string(),
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if rows.len() > most {
        let _ = writeln!(out, "… and {} more", rows.len() - most);
    }
}

pub(super) fn several(images: &[ImageSize]) -> String {
    let mut holders: BTreeMap<&str, (&LayerSize, BTreeSet<usize>)> = BTreeMap::new();
    for (number, image) in images.iter().enumerate() {
        for layer in &image.layers {
            let known = holders.entry(&layer.digest);
            known
                .or_insert_with(|| (layer, BTreeSet::new()))
                .1
                .insert(number);
        }
    }
    let is_shared = |layer: &LayerSize| {
        holders
            .get(layer.digest.as_str())
            .is_some_and(|(_, of)| of.len() > 1)
    };
    let width = images.iter().map(|image| image.name.chars().count());
    let width = width.max().unwrap_or(0).max("image".len());
    let mut out = format!(
        "{:<width$}  packages  layers  compressed    unpacked      shared\n",
        "image"
    );
    for image in images {
        let shared: u64 = image
            .layers
            .iter()
            .filter(|layer| is_shared(layer))
            .map(|layer| layer.bytes.compressed)
            .sum();
        let packages = image
            .packages
            .iter()
            .filter(|part| !part.name.starts_with('('));
        let _ = writeln!(
            out,
            "{:<width$}  {:>8}  {:>6}  {:>10}  {:>10}  {:>10}",
            image.name,
            packages.count(),
            image.layers.len(),
            HumanBytes(image.bytes.compressed).to_string(),
            HumanBytes(image.bytes.unpacked).to_string(),
            HumanBytes(shared).to_string(),
        );
    }
    let mut shared: Vec<_> = holders.values().filter(|(_, of)| of.len() > 1).collect();
    shared.sort_by_key(|(layer, _)| std::cmp::Reverse((layer.bytes.compressed, &layer.digest)));
    if !shared.is_empty() {
        out.push_str("\nshared layer            compressed  in\n");
    }
    for (layer, of) in shared {
        let names: Vec<&str> = of
            .iter()
            .map(|number| images[*number].name.as_str())
            .collect();
        let digest: String = layer.digest.chars().take(22).collect();
        let size = HumanBytes(layer.bytes.compressed).to_string();
        let _ = writeln!(out, "{digest:<22}  {size:>10}  {}", names.join(" "));
    }
    let all: u64 = images.iter().map(|image| image.bytes.compressed).sum();
    let once: u64 = holders
        .values()
        .map(|(layer, _)| layer.bytes.compressed)
        .sum();
    let _ = writeln!(
        out,
        "\ntogether {} of {}, since layers are stored once",
        HumanBytes(once),
        HumanBytes(all)
    );
    out
}
