//! Provenance: what an output was built from and by what, as an in-toto statement
//! (<https://in-toto.io/Statement/v1>) with SLSA's predicate
//! (<https://slsa.dev/spec/v1.0/provenance>).
//!
//! It says nothing that differs from one machine or day to the next: no time of building, no
//! host, no path but relative to the manifest. The same build has the same statement.

mod gather;

pub use gather::{Part, gather};

use serde::Serialize;
use std::collections::BTreeMap;

/// The media type of a statement.
pub const MEDIA_TYPE: &str = "application/vnd.in-toto+json";

/// What the name of a statement's file ends in.
pub const SUFFIX: &str = ".intoto.json";

/// The type of a statement's predicate.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";

/// The kind of build: which parameters there are and what they mean, as `docs/provenance.md`
/// describes it.
pub const BUILD_TYPE: &str = "urn:apkcompose:build:v1";

/// Who builds: this program, on whichever machine. Whoever runs it where others cannot interfere
/// may say so by signing the statement.
pub const BUILDER: &str = "urn:apkcompose";

/// Something that was built.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Subject {
    /// What it is called.
    pub name: String,
    /// By algorithm, in hexadecimal.
    pub digest: BTreeMap<&'static str, String>,
}

impl Subject {
    /// Something of this SHA-256, with or without `sha256:` before it.
    pub fn new(name: impl Into<String>, sha256: &str) -> Subject {
        Subject {
            name: name.into(),
            digest: digest_set(sha256),
        }
    }
}

/// Something that went into a build.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Material {
    /// What it is called.
    pub name: String,
    /// What it is, for all the world: the package URL of a package, the address of an index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// By algorithm, in hexadecimal.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<&'static str, String>,
    /// Where it can be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_location: Option<String>,
    /// What kind of thing it is, and for what architecture.
    pub annotations: BTreeMap<&'static str, String>,
}

/// What whoever started the build could choose.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// The manifest's file, without its folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The image's name.
    pub name: String,
    /// By name.
    pub architectures: Vec<String>,
    /// What was written: `archive`, `oci` and so on.
    pub format: String,
    /// The words of the world, flags included.
    pub packages: Vec<String>,
    /// The addresses of the repositories, the preferred first, with the tag before it where
    /// there is one.
    pub repositories: Vec<String>,
    /// Whether a lock chose the packages.
    pub locked: bool,
    /// Whether the packages' scripts ran.
    pub scripts: bool,
    /// What stands in the templates of the manifest.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// `SOURCE_DATE_EPOCH`, if it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_date_epoch: Option<u64>,
}

/// All that a statement says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Provenance {
    /// What was built.
    pub subjects: Vec<Subject>,
    /// What was asked for.
    pub parameters: Parameters,
    /// What it was built from.
    pub materials: Vec<Material>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: &'a [Subject],
    predicate_type: &'static str,
    predicate: Predicate<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    build_definition: Definition<'a>,
    run_details: Details,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Definition<'a> {
    build_type: &'static str,
    external_parameters: &'a Parameters,
    resolved_dependencies: &'a [Material],
}

#[derive(Serialize)]
struct Details {
    builder: Builder,
}

#[derive(Serialize)]
struct Builder {
    id: &'static str,
    version: BTreeMap<&'static str, &'static str>,
}

impl Provenance {
    /// The statement: JSON, with a newline at the end.
    pub fn document(&self) -> Vec<u8> {
        let statement = Statement {
            kind: "https://in-toto.io/Statement/v1",
            subject: &self.subjects,
            predicate_type: PREDICATE_TYPE,
            predicate: Predicate {
                build_definition: Definition {
                    build_type: BUILD_TYPE,
                    external_parameters: &self.parameters,
                    resolved_dependencies: &self.materials,
                },
                run_details: Details {
                    builder: Builder {
                        id: BUILDER,
                        version: BTreeMap::from([("apkcompose", env!("CARGO_PKG_VERSION"))]),
                    },
                },
            },
        };
        // Strings, numbers and lists of them always serialise.
        let mut bytes = serde_json::to_vec_pretty(&statement).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

fn digest_set(sha256: &str) -> BTreeMap<&'static str, String> {
    let hex = sha256.strip_prefix("sha256:").unwrap_or(sha256);
    BTreeMap::from([("sha256", hex.to_owned())])
}
