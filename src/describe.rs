//! The annotations that the OCI image specification names in advance, from what is known.

use crate::git::{self, Checkout, GitError};
use crate::image::rfc3339;
use crate::manifest::{ImageConfig, Manifest};
use crate::prepare::Prepared;
use std::collections::BTreeMap;
use std::path::Path;

/// What is known of all images of a build.
#[derive(Debug)]
pub(crate) struct Description<'a> {
    manifest: &'a Manifest,
    checkout: Option<Checkout>,
    /// The version of the package that the image is named after, if all have the same.
    version: Option<String>,
    /// The latest time of the build, in seconds since 1970.
    time: u64,
}

impl<'a> Description<'a> {
    /// Finds out what the manifest asks to be said.
    ///
    /// # Errors
    /// When git is to be asked and does not know.
    pub fn new(manifest: &'a Manifest, prepared: &[Prepared]) -> Result<Self, GitError> {
        let image = &manifest.image;
        let folder = manifest.path.as_deref().and_then(Path::parent);
        let checkout = match image.git {
            Some(true) => Some(git::checkout(folder.unwrap_or(Path::new("")))?),
            _ => None,
        };
        let name = manifest.image_name();
        let mut versions = prepared.iter().map(|one| {
            let mut packages = one.resolution.packages();
            let named = packages.find(|(_, entry, _)| entry.name == name.file_stem());
            named.map(|(_, entry, _)| entry.version.to_owned())
        });
        let first = versions.next().flatten();
        let same = versions.all(|version| version == first);
        Ok(Description {
            manifest,
            checkout,
            version: first.filter(|_| same),
            time: prepared.iter().map(|one| one.time).max().unwrap_or(0),
        })
    }

    /// The manifest's `[image]` with what is known added to its labels and annotations; what the
    /// manifest says itself stays.
    pub fn config(&self, time: u64) -> ImageConfig {
        let mut config = self.manifest.image.clone();
        for (name, value) in self.known(time) {
            config
                .labels
                .entry(name.clone())
                .or_insert_with(|| value.clone());
            config.annotations.entry(name).or_insert(value);
        }
        config
    }

    /// The annotations of the index of several images.
    pub fn of_index(&self) -> BTreeMap<String, String> {
        self.config(self.time).annotations
    }

    fn known(&self, time: u64) -> BTreeMap<String, String> {
        let mut known = BTreeMap::new();
        let mut add = |key: &str, value: Option<String>| {
            known.extend(value.map(|value| (format!("org.opencontainers.image.{key}"), value)));
        };
        if let Some(checkout) = &self.checkout {
            add("revision", Some(checkout.revision.clone()));
            add("source", checkout.source.clone());
        }
        let image = &self.manifest.image;
        if image.standard_annotations == Some(true) {
            let name = self.manifest.image_name();
            let tag = name.tag().filter(|tag| *tag != "latest");
            add("created", Some(rfc3339(image.created.unwrap_or(time))));
            add("title", Some(name.file_stem().to_owned()));
            add("version", tag.map(str::to_owned).or(self.version.clone()));
            add("authors", image.author.clone());
        }
        known
    }
}
