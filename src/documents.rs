//! The documents of a build: bills of materials and the statement of provenance, to be written
//! beside its output or pushed beside its image.

use crate::apk::arch::Arch;
use crate::images::{BuiltImages, build_images};
use crate::layer::{Blob, EmitError, Hashed};
use crate::manifest::DocumentsConfig;
use crate::output::{BlobStore, FilePlace, Magic, OutputError};
use crate::progress::Progress;
use crate::report::provenance::{self, Part, Provenance, Subject};
use crate::report::sbom::{self, Digests, Image, Inventory};
use crate::{Error, Request, Resolution, Target, resolution};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A document about an image. In a registry it is an artifact whose `subject` is that image, with
/// the media type as its artifact type and that of its one layer (OCI image specification 1.1,
/// manifest, subject).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// The digest of what it is about, `sha256:…`: an image's manifest, or the index of several.
    pub subject: String,
    /// The architecture that it is about; `None`: all of them.
    pub arch: Option<Arch>,
    /// What it is, by its media type.
    pub media_type: &'static str,
    /// What the name of its file ends in.
    pub suffix: &'static str,
    /// The JSON.
    pub bytes: Vec<u8>,
}

impl BuiltImages {
    /// The documents that the manifest of the request asks for: bills of materials of each image,
    /// and a statement of provenance of them all. `format` is what they are written as.
    ///
    /// # Errors
    /// When a file of the manifest cannot be read any more.
    pub fn attachments(&self, request: &Request, format: &str) -> Result<Vec<Attachment>, Error> {
        let wanted = &request.manifest.documents;
        let mut all = self.bills(request);
        if wanted.wants_provenance() {
            all.push(self.statement(request, format, Vec::new())?);
        }
        Ok(all)
    }

    fn bills(&self, request: &Request) -> Vec<Attachment> {
        let mut all = Vec::new();
        for image in &self.images {
            let Some(digests) = &image.digests else {
                continue;
            };
            let subject = image.manifest.digest();
            let (manifest, resolution) = (&request.manifest, &image.resolution);
            let about = Image::of(manifest, resolution, &subject, image.time, true);
            let inventory = Inventory::of_resolution(about, resolution, manifest, digests);
            all.extend(bills(&manifest.documents, &inventory, Some(image.arch)));
        }
        all
    }

    fn statement(
        &self,
        request: &Request,
        format: &str,
        mut subjects: Vec<Subject>,
    ) -> Result<Attachment, Error> {
        let name = request.manifest.image_name().to_string();
        let top = self.top.digest();
        subjects.push(Subject::new(name.clone(), &top));
        let mut parts = Vec::new();
        for image in &self.images {
            let digest = image.manifest.digest();
            if digest != top {
                subjects.push(Subject::new(format!("{name} ({})", image.arch), &digest));
            }
            parts.extend(image.digests.as_ref().map(|digests| Part {
                resolution: &image.resolution,
                digests,
            }));
        }
        statement(request, format, subjects, &parts, top)
    }
}

fn bills(wanted: &DocumentsConfig, inventory: &Inventory, arch: Option<Arch>) -> Vec<Attachment> {
    let formats = wanted.formats().into_iter();
    let bill = |format: sbom::Format| Attachment {
        subject: inventory.image.digest.clone(),
        arch,
        media_type: format.media_type(),
        suffix: format.suffix(),
        bytes: sbom::document(inventory, format),
    };
    formats.map(bill).collect()
}

fn statement(
    request: &Request,
    format: &str,
    subjects: Vec<Subject>,
    parts: &[Part<'_>],
    subject: String,
) -> Result<Attachment, Error> {
    let (parameters, materials) = provenance::gather(request, format, parts)?;
    let statement = Provenance {
        subjects,
        parameters,
        materials,
    };
    Ok(Attachment {
        subject,
        arch: None,
        media_type: provenance::MEDIA_TYPE,
        suffix: provenance::SUFFIX,
        bytes: statement.document(),
    })
}

/// A store that keeps nothing: for those who want to know what an image would be.
struct Nowhere;

impl BlobStore for Nowhere {
    fn has(&mut self, _blob: &Blob) -> Result<bool, OutputError> {
        Ok(true)
    }

    fn write_blob(
        &mut self,
        write: &mut dyn FnMut(&mut dyn io::Write) -> Result<(), EmitError>,
    ) -> Result<Blob, OutputError> {
        let mut out = Hashed::new(io::sink());
        write(&mut out).map_err(OutputError::Content)?;
        Ok(out.finish().0)
    }

    fn write_file(&mut self, _name: &str, _content: &[u8]) -> Result<(), OutputError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), OutputError> {
        Ok(())
    }
}

/// The bill of materials of the image that a request describes, in the first format that its
/// manifest asks for. The image is made, but not kept.
///
/// # Errors
/// Those of every stage; when there are several architectures.
pub fn bill(request: &Request, progress: &dyn Progress) -> Result<Vec<u8>, Error> {
    resolution::architecture(request, "a bill of materials")?;
    let mut open = |_| -> Result<Box<dyn BlobStore>, OutputError> { Ok(Box::new(Nowhere)) };
    let (built, _) = build_images(request, &mut open, progress)?;
    let bill = built.bills(request).into_iter().next();
    Ok(bill.map(|bill| bill.bytes).unwrap_or_default())
}

/// What documents begin with, so that others are not replaced by them.
const JSON: Magic = Magic {
    what: "JSON document",
    at: 0,
    bytes: b"{",
};

/// The places of documents beside an output: taken before the output appears, filled after it.
pub(crate) struct Beside {
    places: Vec<(Option<Arch>, &'static str, FilePlace)>,
}

impl Beside {
    /// Takes the places of the documents that are wanted.
    ///
    /// # Errors
    /// When something else is there, or the folder cannot be written to.
    pub fn take(request: &Request, target: &Target, archs: &[Arch]) -> Result<Beside, OutputError> {
        let wanted = &request.manifest.documents;
        let mut places = Vec::new();
        let mut take = |arch: Option<Arch>, suffix: &'static str| -> Result<(), OutputError> {
            // One alone needs no name.
            let named = arch.filter(|_| archs.len() > 1);
            let path = target.document(named, suffix);
            places.push((arch, suffix, FilePlace::take(&path, JSON)?));
            Ok(())
        };
        for arch in archs {
            for format in wanted.formats() {
                take(Some(*arch), format.suffix())?;
            }
        }
        if wanted.wants_provenance() {
            take(None, provenance::SUFFIX)?;
        }
        Ok(Beside { places })
    }

    /// Writes the documents of images whose output is in its place; returns their paths.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn of_images(
        self,
        request: &Request,
        target: &Target,
        built: &BuiltImages,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut all = built.bills(request);
        if request.manifest.documents.wants_provenance() {
            let subjects = file_subject(target)?;
            all.push(built.statement(request, target.format.name(), subjects)?);
        }
        Ok(self.write(&all)?)
    }

    /// Writes the documents of a bare root file system of this digest and time; returns their
    /// paths.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn of_root(
        self,
        request: &Request,
        target: &Target,
        resolution: &Resolution,
        digests: Option<&Digests>,
        (digest, time): (&str, u64),
    ) -> Result<Vec<PathBuf>, Error> {
        let Some(digests) = digests else {
            return Ok(Vec::new());
        };
        let manifest = &request.manifest;
        let about = Image::of(manifest, resolution, digest, time, false);
        let inventory = Inventory::of_resolution(about, resolution, manifest, digests);
        let mut all = bills(&manifest.documents, &inventory, Some(resolution.arch));
        if manifest.documents.wants_provenance() {
            let mut subjects = file_subject(target)?;
            if subjects
                .iter()
                .all(|s| s.digest != Subject::new("", digest).digest)
            {
                subjects.push(Subject::new(manifest.image_name().to_string(), digest));
            }
            let parts = [Part {
                resolution,
                digests,
            }];
            let (format, subject) = (target.format.name(), digest.to_owned());
            all.push(statement(request, format, subjects, &parts, subject)?);
        }
        Ok(self.write(&all)?)
    }

    fn write(self, documents: &[Attachment]) -> Result<Vec<PathBuf>, OutputError> {
        let mut filled = Vec::new();
        for (arch, suffix, mut place) in self.places {
            let fits = |d: &&Attachment| d.suffix == suffix && d.arch == arch;
            if let Some(document) = documents.iter().find(fits) {
                let written = place.file().write_all(&document.bytes);
                written.map_err(|source| OutputError::Write {
                    path: place.path().to_owned(),
                    source,
                })?;
                filled.push(place);
            }
        }
        let mut paths = Vec::new();
        for place in filled {
            paths.push(place.path().to_owned());
            place.finish()?;
        }
        Ok(paths)
    }
}

/// The output's file as a subject; a folder is none.
fn file_subject(target: &Target) -> Result<Vec<Subject>, Error> {
    if target.format.is_folder() || !target.path.is_file() {
        return Ok(Vec::new());
    }
    let mut hash = Hashed::new(io::sink());
    let read = File::open(&target.path).and_then(|mut file| io::copy(&mut file, &mut hash));
    read.map_err(|source| Error::ReadInput {
        path: target.path.clone(),
        source,
    })?;
    let name = target.name().to_string_lossy().into_owned();
    Ok(vec![Subject::new(name, &hash.finish().0.sha256)])
}

impl Target {
    /// The name of the file, as whoever gets it will call it.
    fn name(&self) -> std::ffi::OsString {
        let own = self.path.file_name().unwrap_or_default();
        match &self.documents {
            None => own.to_owned(),
            Some(base) => {
                let mut name = base.file_name().unwrap_or_default().to_owned();
                name.push(self.format.suffix());
                name
            }
        }
    }

    /// The path of a document: the output's, with another ending.
    pub fn document(&self, arch: Option<Arch>, suffix: &str) -> PathBuf {
        let mut path = match &self.documents {
            Some(base) => base.clone(),
            None => without_ending(&self.path, self.format.suffix()),
        }
        .into_os_string();
        if let Some(arch) = arch {
            path.push(format!(".{arch}"));
        }
        path.push(suffix);
        path.into()
    }
}

/// The path without what the format, or else any file, ends in.
fn without_ending(path: &Path, ending: &str) -> PathBuf {
    let endings = [
        ending, ".tar", ".tar.gz", ".tar.zst", ".tgz", ".cpio", ".oci",
    ];
    let name = path.file_name().and_then(|name| name.to_str());
    let stem = name.and_then(|name| {
        let stems = endings
            .iter()
            .filter_map(|ending| name.strip_suffix(ending));
        stems
            .filter(|stem| !stem.is_empty())
            .min_by_key(|stem| stem.len())
    });
    match stem {
        Some(stem) => path.with_file_name(stem),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    #[test]
    fn documents_lie_beside_the_output() {
        let of = |path: &str, format, arch| {
            let target = Target {
                path: path.into(),
                format,
                documents: None,
            };
            target.document(arch, ".spdx.json").display().to_string()
        };
        assert_eq!(
            of("out/php.tar", Format::Archive, None),
            "out/php.spdx.json"
        );
        assert_eq!(of("php-8.3", Format::Oci, None), "php-8.3.spdx.json");
        assert_eq!(of("php.oci", Format::Oci, None), "php.spdx.json");
        assert_eq!(of("a/.tar", Format::Archive, None), "a/.tar.spdx.json");
        assert_eq!(
            of("php.tar", Format::Archive, Some(Arch::X86)),
            "php.x86.spdx.json"
        );
    }
}
