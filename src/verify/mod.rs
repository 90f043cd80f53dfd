//! Whether an image is what its manifest makes: it is built again and compared, layer by layer
//! and file by file, and each layer that is a package's own data is traced to who signed it.

mod compare;
mod text;
mod vouch;

pub use compare::{LayerDifference, PathDifference};
pub use vouch::Origin;

use crate::apk::arch::Arch;
use crate::images::{BuiltImage, build_images};
use crate::lock::LockUse;
use crate::output::{BlobStore, LayoutFolder, OutputError};
use crate::progress::Progress;
use crate::report::diff::{OpenImage, arch_of_config};
use crate::{Error, Request};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use vouch::Vouchers;

/// What came out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// The images that were compared, by architecture.
    pub images: Vec<ImageReport>,
}

/// One image.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImageReport {
    /// Its architecture.
    pub arch: String,
    /// The digest of its manifest, `sha256:…`; of one without, that of its configuration.
    pub digest: String,
    /// That of the rebuilt image.
    pub rebuilt: String,
    /// The time that it was rebuilt with, in seconds since 1970, where that is the image's own
    /// and not the one that its packages give: it was built with `SOURCE_DATE_EPOCH`.
    pub source_date_epoch: Option<u64>,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerReport>,
    /// The layers that are not the same, with their files.
    pub differences: Vec<LayerDifference>,
    /// The fields of configuration and manifest that are not the same, such as
    /// `config.Entrypoint` and `manifest.annotations`.
    pub fields: Vec<String>,
    /// Parts whose bytes do not have the digest that they are stored under.
    pub damaged: Vec<String>,
}

/// A layer of the image.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LayerReport {
    /// Its place, the lowest being 1.
    pub number: usize,
    /// What is in it, as the history says.
    pub title: String,
    /// The SHA-256 of its bytes, `sha256:…`.
    pub digest: String,
    /// Its bytes.
    pub size: u64,
    /// Where its bytes are from.
    #[serde(flatten)]
    pub origin: Origin,
}

impl ImageReport {
    /// Whether the image is what its manifest makes.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.fields.is_empty() && self.damaged.is_empty()
    }

    /// How much there is to tell.
    fn weight(&self) -> usize {
        let paths: usize = self.differences.iter().map(|d| d.paths.len() + 1).sum();
        paths + self.fields.len()
    }
}

impl Report {
    /// Whether all images are what their manifest makes.
    pub fn is_same(&self) -> bool {
        self.images.iter().all(ImageReport::is_same)
    }

    /// The report as JSON, with a newline at the end.
    pub fn json(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The report as text; of a layer at most so many paths.
    pub fn text(&self, most_paths: usize) -> String {
        text::text(self, most_paths)
    }
}

/// Builds the manifest of the request again and compares the image at `path`, an archive or an
/// OCI layout, with the result. Nothing is taken from earlier builds but verified packages.
///
/// Where the request names no architecture and neither does the manifest, it is the image's.
/// Where the image has another time than its packages give, it is built with that time as well.
///
/// # Errors
/// When the image cannot be read, or the manifest cannot be built.
pub fn verify(request: &Request, path: &Path, progress: &dyn Progress) -> Result<Report, Error> {
    let mut request = Request {
        keep_roots: true,
        ..request.clone()
    };
    if request.archs.is_empty() && request.manifest.arch.is_empty() {
        let config = OpenImage::open(path, None)?.config()?;
        request
            .archs
            .extend(Arch::from_alias(&arch_of_config(&config)));
    }
    let images = once(&request, path, progress)?;
    let report = Report { images };
    if report.is_same() || request.source_date_epoch.is_some() {
        return Ok(report);
    }
    let archs = report.images.iter().map(|image| image.arch.as_str());
    let Some(time) = created(path, archs)? else {
        return Ok(report);
    };
    request.source_date_epoch = Some(time);
    let mut again = Report {
        images: once(&request, path, progress)?,
    };
    for image in &mut again.images {
        image.source_date_epoch = Some(time);
    }
    let weight = |report: &Report| report.images.iter().map(ImageReport::weight).sum::<usize>();
    Ok(match weight(&again) < weight(&report) {
        true => again,
        false => report,
    })
}

/// The newest time at which images say that they were made, in seconds since 1970.
fn created<'a>(path: &Path, archs: impl Iterator<Item = &'a str>) -> Result<Option<u64>, Error> {
    let mut newest = None;
    for arch in archs {
        let config = OpenImage::open(path, Arch::from_alias(arch))?.config()?;
        let time = config["created"].as_str();
        let time = time.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        newest = newest.max(time.and_then(|time| u64::try_from(time.as_second()).ok()));
    }
    Ok(newest)
}

fn once(
    request: &Request,
    path: &Path,
    progress: &dyn Progress,
) -> Result<Vec<ImageReport>, Error> {
    let failed = |source| OutputError::Write {
        path: std::env::temp_dir(),
        source,
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    let mut attempts = 0;
    let mut place = folder.path().to_owned();
    let mut open = |_| {
        // The former one may not be gone yet.
        attempts += 1;
        place = folder.path().join(attempts.to_string());
        Ok(Box::new(LayoutFolder::create(&place)?) as Box<dyn BlobStore>)
    };
    let (built, store) = build_images(request, &mut open, progress)?;
    built.finish_layout(store, &request.manifest.image_name())?;
    let lock = match request.lock {
        LockUse::Ignored => None,
        _ => crate::lock::path(&request.manifest),
    };
    let lock = match lock {
        Some(lock) => crate::lock::Lock::load(&lock)?,
        None => None,
    };
    let mut reports = Vec::new();
    for image in &built.images {
        let theirs = OpenImage::open(path, Some(image.arch))?;
        let ours = OpenImage::open(&place, Some(image.arch))?;
        let vouchers = Vouchers::new(image, lock.as_ref());
        reports.push(compare_images(image, &theirs, &ours, &vouchers)?);
    }
    Ok(reports)
}

fn compare_images(
    built: &BuiltImage,
    theirs: &OpenImage,
    ours: &OpenImage,
    vouchers: &Vouchers,
) -> Result<ImageReport, Error> {
    let layers = compare::layers(theirs)?;
    let our_layers = compare::layers(ours)?;
    let differences = compare::differences((theirs, &layers), (ours, &our_layers))?;
    let mut damaged = Vec::new();
    for layer in &layers {
        damaged.extend(compare::damage(&layer.name, &layer.sha256));
    }
    let config_digest = compare::digest(theirs, theirs.config_name())?;
    damaged.extend(compare::damage(theirs.config_name(), &config_digest));
    let mut fields = compare_configs(&theirs.config()?, &ours.config()?, differences.is_empty());
    let mut digest = config_digest;
    let mut rebuilt = compare::digest(ours, ours.config_name())?;
    if let (Some((name, manifest)), Some((our_name, our_manifest))) =
        (theirs.manifest(), ours.manifest())
    {
        digest = compare::digest(theirs, name)?;
        damaged.extend(compare::damage(name, &digest));
        rebuilt = compare::digest(ours, our_name)?;
        let but = ["layers", "config.digest", "config.size"];
        let differing = compare::fields(manifest, our_manifest, &but);
        fields.extend(
            differing
                .into_iter()
                .map(|field| format!("manifest.{field}")),
        );
        if digest != rebuilt && fields.is_empty() && differences.is_empty() {
            fields.push("manifest".to_owned());
        }
    }
    let layers = layers.into_iter().enumerate();
    Ok(ImageReport {
        arch: built.arch.to_string(),
        digest: format!("sha256:{digest}"),
        rebuilt: format!("sha256:{rebuilt}"),
        source_date_epoch: None,
        layers: layers
            .map(|(place, layer)| LayerReport {
                number: place + 1,
                origin: vouchers.origin(&layer.sha256),
                title: layer.title,
                digest: format!("sha256:{}", layer.sha256),
                size: layer.size,
            })
            .collect(),
        differences,
        fields,
        damaged,
    })
}

/// The fields in which configurations differ. What they say of layers is told by the layers
/// themselves, unless these are the same.
fn compare_configs(theirs: &Value, ours: &Value, same_layers: bool) -> Vec<String> {
    let but: &[&str] = match same_layers {
        true => &[],
        false => &["rootfs.diff_ids", "history"],
    };
    compare::fields(theirs, ours, but)
}
