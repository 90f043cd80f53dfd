//! The report for a reader at a terminal.

use super::{ImageReport, LayerDifference, Origin, PathDifference, Report};
use crate::report::diff::Change;
use indicatif::HumanBytes;
use std::fmt::Write as _;

/// Writing to a string never fails, so its results are not looked at.
pub(super) fn text(report: &Report, most_paths: usize) -> String {
    let mut out = String::new();
    for image in &report.images {
        if report.images.len() > 1 {
            let _ = writeln!(out, "{}:", image.arch);
        }
        one(&mut out, image, most_paths);
    }
    out
}

fn one(out: &mut String, image: &ImageReport, most_paths: usize) {
    for layer in &image.layers {
        let size = HumanBytes(layer.size);
        let origin = match &layer.origin {
            Origin::Written => "written".to_owned(),
            origin => format!("passed {}", passed(origin)),
        };
        let short = layer.digest.get(..19).unwrap_or(&layer.digest);
        let title = match &layer.origin {
            Origin::Written => format!(": {}", layer.title),
            Origin::Passed { .. } => String::new(),
        };
        let _ = writeln!(out, "layer {} {short} {size} {origin}{title}", layer.number);
    }
    for part in &image.damaged {
        let _ = writeln!(
            out,
            "{part} does not have the digest that it is stored under"
        );
    }
    for difference in &image.differences {
        layer(out, difference, most_paths);
    }
    for field in &image.fields {
        let _ = writeln!(out, "~ {field} differs");
    }
    if let Some(time) = image.source_date_epoch {
        let _ = writeln!(
            out,
            "rebuilt with SOURCE_DATE_EPOCH={time}, the image's own time"
        );
    }
    let _ = match image.is_same() {
        true => writeln!(out, "the same: {}", image.digest),
        false => writeln!(
            out,
            "not the same: {}, rebuilt {}",
            image.digest, image.rebuilt
        ),
    };
}

/// The package that a layer is, and who vouches for it.
fn passed(origin: &Origin) -> String {
    let Origin::Passed {
        package,
        package_key,
        index_key,
        locked,
    } = origin
    else {
        return String::new();
    };
    let mut by = Vec::new();
    if let Some(key) = package_key {
        by.push(format!("signed by {key}"));
    }
    if let Some(key) = index_key
        .as_ref()
        .filter(|key| Some(*key) != package_key.as_ref())
    {
        by.push(format!("in an index signed by {key}"));
    }
    if *locked {
        by.push("locked".to_owned());
    }
    match by.is_empty() {
        true => format!("{package}, which nobody signed"),
        false => format!("{package}, {}", by.join(", ")),
    }
}

fn layer(out: &mut String, difference: &LayerDifference, most_paths: usize) {
    let LayerDifference {
        number,
        title,
        change,
        paths,
    } = difference;
    let what = match change {
        Change::Added => "is missing from the image",
        Change::Removed => "is not among what the manifest makes",
        Change::Changed if paths.is_empty() => {
            "has the same files in another order or compressed otherwise"
        }
        Change::Changed => "differs",
    };
    let _ = writeln!(out, "~ layer {number} {what}: {title}");
    for path in paths.iter().take(most_paths) {
        let PathDifference {
            path,
            change,
            differs,
        } = path;
        let what = match change {
            Change::Added => "is missing from the image".to_owned(),
            Change::Removed => "is in the image alone".to_owned(),
            Change::Changed => differs.join(", "),
        };
        let _ = writeln!(out, "    {path}: {what}");
    }
    if paths.len() > most_paths {
        let _ = writeln!(out, "    and {} more", paths.len() - most_paths);
    }
}
