//! SPDX 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>) as JSON.

use super::{Inventory, Package, is_web_address, json, person, purl, uuid};
use crate::image::rfc3339;
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;

const NOASSERTION: &str = "NOASSERTION";
const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const IMAGE: &str = "SPDXRef-Image";
const SYSTEM: &str = "SPDXRef-OperatingSystem";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: String,
    document_namespace: String,
    creation_info: CreationInfo,
    packages: Vec<Item>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<File>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_extracted_licensing_infos: Vec<Extracted>,
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreationInfo {
    created: String,
    creators: Vec<String>,
    license_list_version: String,
}

/// What SPDX calls a package: the image and what it is made of.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(rename = "SPDXID")]
    id: String,
    name: String,
    version_info: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_file_name: Option<String>,
    supplier: String,
    download_location: String,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_verification_code: Option<VerificationCode>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    license_concluded: String,
    license_declared: String,
    copyright_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_package_purpose: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    built_date: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationCode {
    package_verification_code_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: &'static str,
    checksum_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(rename = "SPDXID")]
    id: String,
    file_name: String,
    checksums: Vec<Checksum>,
    license_concluded: &'static str,
    copyright_text: &'static str,
}

/// A licence that is on no list of SPDX's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extracted {
    license_id: String,
    name: String,
    extracted_text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    relationship_type: &'static str,
    related_spdx_element: String,
}

/// The document of an image.
pub(super) fn document(inventory: &Inventory) -> Vec<u8> {
    let image = &inventory.image;
    let mut packages = vec![image_item(inventory)];
    packages.extend(system_item(inventory));
    let of = |at| {
        inventory
            .files
            .iter()
            .filter(move |f| f.package == Some(at))
    };
    packages.extend(inventory.packages.iter().enumerate().map(|(at, package)| {
        let digests = of(at).map(|file| file.sha1.as_str());
        let code = inventory.all_files.then(|| verification_code(digests));
        package_item(package, code.flatten())
    }));
    let others: BTreeMap<&String, &String> = inventory
        .packages
        .iter()
        .filter_map(|package| package.license.as_ref())
        .flat_map(|license| &license.others)
        .collect();
    let mut document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: image.repository.clone(),
        document_namespace: String::new(),
        creation_info: CreationInfo {
            created: rfc3339(image.time),
            creators: vec![format!("Tool: apkcompose-{}", env!("CARGO_PKG_VERSION"))],
            license_list_version: list_version(),
        },
        packages,
        files: inventory.files.iter().map(file).collect(),
        has_extracted_licensing_infos: others
            .into_iter()
            .map(|(id, text)| Extracted {
                license_id: id.clone(),
                name: text.clone(),
                extracted_text: format!("The package says no more of its licence than: {text}"),
            })
            .collect(),
        relationships: relationships(inventory),
    };
    let name = image.repository.replace('/', "-");
    document.document_namespace = format!("https://spdx.org/spdxdocs/{name}-{}", uuid(&document));
    json(&document)
}

/// The version of SPDX's list of licences, which in a document has two parts.
fn list_version() -> String {
    let parts: Vec<&str> = spdx::license_version().split('.').take(2).collect();
    parts.join(".")
}

/// What is true of every item until something is known.
fn item(id: String, name: &str, version: &str) -> Item {
    let unknown = || NOASSERTION.to_owned();
    Item {
        id,
        name: name.to_owned(),
        version_info: version.to_owned(),
        supplier: unknown(),
        download_location: unknown(),
        license_concluded: unknown(),
        license_declared: unknown(),
        copyright_text: unknown(),
        ..Item::default()
    }
}

fn image_item(inventory: &Inventory) -> Item {
    let image = &inventory.image;
    let is_image = image.oci_arch.is_some();
    let hex = image.digest.strip_prefix("sha256:");
    let own = inventory.files.iter().filter(|f| f.package.is_none());
    let code = verification_code(own.map(|file| file.sha1.as_str()));
    Item {
        files_analyzed: code.is_some(),
        package_verification_code: code,
        checksums: hex.into_iter().map(sha256).collect(),
        external_refs: is_image
            .then(|| package_url(purl::of_image(image)))
            .into_iter()
            .collect(),
        primary_package_purpose: Some(match is_image {
            true => "CONTAINER",
            false => "ARCHIVE",
        }),
        ..item(IMAGE.to_owned(), &image.repository, &image.digest)
    }
}

/// The release of Alpine, by which scanners choose their advisories.
fn system_item(inventory: &Inventory) -> Option<Item> {
    let release = inventory.image.release.as_ref()?;
    Some(Item {
        supplier: "Organization: Alpine Linux".to_owned(),
        homepage: Some("https://alpinelinux.org/".to_owned()),
        primary_package_purpose: Some("OPERATING-SYSTEM"),
        ..item(SYSTEM.to_owned(), "alpine", release)
    })
}

fn package_item(package: &Package, code: Option<VerificationCode>) -> Item {
    let digests = &package.digests;
    let other = |reference_type, reference_locator| ExternalRef {
        reference_category: "OTHER",
        reference_type,
        reference_locator,
    };
    let mut external_refs = vec![
        package_url(purl::of_package(package)),
        other("apk-identity", package.identity.to_string()),
    ];
    if let Some(data) = &digests.data {
        external_refs.push(other("apk-datahash", format!("sha256:{data}")));
    }
    let (homepage, comment) = match package.url.as_str() {
        "" => (None, None),
        url if is_web_address(url) => (Some(url.to_owned()), None),
        other => (None, Some(format!("Its home is said to be {other}"))),
    };
    let mut item = Item {
        package_file_name: Some(format!("{}.apk", package.full_name())),
        files_analyzed: code.is_some(),
        package_verification_code: code,
        checksums: digests.file.iter().map(|hex| sha256(hex)).collect(),
        homepage,
        comment,
        source_info: source_info(package),
        summary: Some(package.description.clone()).filter(|text| !text.is_empty()),
        external_refs,
        built_date: package.build_date.map(rfc3339),
        ..item(package_id(package), &package.name, &package.version)
    };
    if let Some(supplier) = supplier(package) {
        item.supplier = supplier;
    }
    if let Some(address) = package.download() {
        item.download_location = address;
    }
    if let Some(license) = &package.license {
        item.license_declared.clone_from(&license.expression);
    }
    item
}

/// Who looks after the package, or else who offers it.
fn supplier(package: &Package) -> Option<String> {
    // An address stands in parentheses, so a name cannot have any.
    let plain = |name: String| name.replace('(', "[").replace(')', "]");
    match person(&package.maintainer) {
        Some((name, Some(email))) => Some(format!("Person: {} ({email})", plain(name))),
        Some((name, None)) => Some(format!("Person: {}", plain(name))),
        None if package.is_official() => Some("Organization: Alpine Linux".to_owned()),
        None => None,
    }
}

fn source_info(package: &Package) -> Option<String> {
    let origin = match package.origin.as_str() {
        "" => None,
        origin => Some(format!("built from the source package {origin}")),
    };
    let commit = match package.commit.as_str() {
        "" => None,
        commit => Some(format!("commit {commit} of the recipes")),
    };
    let parts: Vec<String> = [origin, commit].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn package_url(purl: String) -> ExternalRef {
    ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: purl,
    }
}

fn sha256(hex: &str) -> Checksum {
    Checksum {
        algorithm: "SHA256",
        checksum_value: hex.to_owned(),
    }
}

fn sha1(hex: &str) -> Checksum {
    Checksum {
        algorithm: "SHA1",
        checksum_value: hex.to_owned(),
    }
}

fn file(file: &super::File) -> File {
    File {
        id: file_id(file),
        file_name: format!(".{}", file.path),
        checksums: vec![sha1(&file.sha1), sha256(&file.sha256)],
        license_concluded: NOASSERTION,
        copyright_text: NOASSERTION,
    }
}

/// SHA-1 over the sorted digests of a package's files (section 7.9); `None` when it has none.
fn verification_code<'a>(digests: impl Iterator<Item = &'a str>) -> Option<VerificationCode> {
    let mut digests: Vec<&str> = digests.collect();
    digests.sort_unstable();
    (!digests.is_empty()).then(|| VerificationCode {
        package_verification_code_value: HEXLOWER.encode(&Sha1::digest(digests.concat())),
    })
}

/// An identifier has letters, digits, `.` and `-` alone; where that changes a name, a digest
/// keeps different ones apart.
fn package_id(package: &Package) -> String {
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "-.".contains(c) => c,
        _ => '-',
    };
    let name: String = package.name.chars().map(plain).collect();
    match name == package.name {
        true => format!("SPDXRef-Package-{name}"),
        false => format!("SPDXRef-Package-{name}-{}", short_digest(&package.name)),
    }
}

fn file_id(file: &super::File) -> String {
    format!(
        "SPDXRef-File-{}",
        HEXLOWER.encode(&Sha1::digest(&file.path))
    )
}

fn short_digest(text: &str) -> String {
    HEXLOWER.encode(&Sha1::digest(text)[..4])
}

fn relationships(inventory: &Inventory) -> Vec<Relationship> {
    let mut all = Vec::new();
    let mut add = |from: &str, kind, to: &str| {
        all.push(Relationship {
            spdx_element_id: from.to_owned(),
            relationship_type: kind,
            related_spdx_element: to.to_owned(),
        });
    };
    let ids: Vec<String> = inventory.packages.iter().map(package_id).collect();
    add(DOCUMENT, "DESCRIBES", IMAGE);
    if inventory.image.release.is_some() {
        add(IMAGE, "CONTAINS", SYSTEM);
    }
    for id in &ids {
        add(IMAGE, "CONTAINS", id);
    }
    for at in &inventory.roots {
        add(IMAGE, "DEPENDS_ON", &ids[*at]);
    }
    for (id, package) in ids.iter().zip(&inventory.packages) {
        for needed in &package.needs {
            add(id, "DEPENDS_ON", &ids[*needed]);
        }
    }
    for file in &inventory.files {
        let holder = file.package.map_or(IMAGE, |at| &ids[at]);
        add(holder, "CONTAINS", &file_id(file));
    }
    all
}
