//! `sbom`, `sbom-files` and `provenance`: what is written beside an image.

use super::image::distinct;
use super::reader::{Table, Value};
use super::schema;
use crate::report::sbom::Format;

/// The documents that a build writes beside its output.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DocumentsConfig {
    /// `sbom`: the formats of the software bill of materials, each once; `None`: not said.
    pub sbom: Option<Vec<Format>>,
    /// `sbom-files`: whether it lists every file.
    pub sbom_files: Option<bool>,
    /// `provenance`: whether there is a statement of provenance.
    pub provenance: Option<bool>,
}

impl DocumentsConfig {
    pub(super) fn inherit(self, base: DocumentsConfig) -> DocumentsConfig {
        DocumentsConfig {
            sbom: self.sbom.or(base.sbom),
            sbom_files: self.sbom_files.or(base.sbom_files),
            provenance: self.provenance.or(base.provenance),
        }
    }

    /// The formats of the bill of materials, in a fixed order.
    pub fn formats(&self) -> Vec<Format> {
        let mut formats = self.sbom.clone().unwrap_or_default();
        formats.sort();
        formats.dedup();
        formats
    }

    /// Whether there is to be a statement of provenance.
    pub fn wants_provenance(&self) -> bool {
        self.provenance == Some(true)
    }

    /// Whether contents must be read for them.
    pub fn wants_digests(&self) -> bool {
        self.wants_provenance() || !self.formats().is_empty()
    }

    /// Whether every file is to be listed.
    pub fn wants_files(&self) -> bool {
        self.sbom_files == Some(true) && !self.formats().is_empty()
    }
}

pub(super) fn read_documents(top: &Table<'_>) -> DocumentsConfig {
    let boolean = |key| top.get(key).and_then(|value| value.boolean());
    DocumentsConfig {
        sbom: top.get("sbom").map(read_formats),
        sbom_files: boolean("sbom-files"),
        provenance: boolean("provenance"),
    }
}

fn read_formats(value: Value<'_>) -> Vec<Format> {
    distinct(value.strings().into_iter().filter_map(|(text, value)| {
        let format = Format::from_name(text);
        if format.is_none() {
            let names = Format::ALL.map(Format::name);
            let message = format!("{text:?} is no format of a bill of materials");
            value.report(match schema::nearest(text, &names) {
                Some(near) => value.problem(format!("{message}; did you mean {near:?}?")),
                None => {
                    let known = format!("there are {}", names.join(" and "));
                    value.problem(message).help(known)
                }
            });
        }
        format
    }))
}
