//! CycloneDX 1.6 (<https://cyclonedx.org/docs/1.6/json/>) as JSON.

use super::{Inventory, Package, is_web_address, json, person, purl, uuid};
use crate::image::rfc3339;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    tools: Tools,
    component: Component,
}

#[derive(Serialize)]
struct Tools {
    components: Vec<Component>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<Organization>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<ExternalReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Component>,
}

#[derive(Serialize)]
struct Organization {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contact: Vec<Contact>,
}

#[derive(Serialize)]
struct Contact {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LicenseChoice {
    Expression {
        expression: String,
        acknowledgement: &'static str,
    },
    License {
        license: NamedLicense,
    },
}

#[derive(Serialize)]
struct NamedLicense {
    name: String,
    acknowledgement: &'static str,
}

#[derive(Serialize)]
struct ExternalReference {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    depends_on: Vec<String>,
}

/// That a licence is what the package says, not what somebody found.
const DECLARED: &str = "declared";

/// The document of an image.
pub(super) fn document(inventory: &Inventory) -> Vec<u8> {
    let root = image(inventory);
    let mut components: Vec<Component> = system(inventory).into_iter().collect();
    for (at, package) in inventory.packages.iter().enumerate() {
        let files = inventory.files.iter().filter(|f| f.package == Some(at));
        components.push(Component {
            components: files.map(file).collect(),
            ..component(package)
        });
    }
    let others = inventory.files.iter().filter(|f| f.package.is_none());
    components.extend(others.map(file));
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: rfc3339(inventory.image.time),
            tools: Tools {
                components: vec![Component {
                    kind: "application",
                    name: "apkcompose".to_owned(),
                    version: Some(env!("CARGO_PKG_VERSION").to_owned()),
                    ..Component::default()
                }],
            },
            component: root,
        },
        components,
        dependencies: dependencies(inventory),
    };
    bom.serial_number = format!("urn:uuid:{}", uuid(&bom));
    json(&bom)
}

fn image_ref(inventory: &Inventory) -> String {
    format!("image:{}", inventory.image.digest)
}

fn image(inventory: &Inventory) -> Component {
    let image = &inventory.image;
    let is_image = image.oci_arch.is_some();
    let hex = image.digest.strip_prefix("sha256:");
    Component {
        kind: match is_image {
            true => "container",
            false => "file",
        },
        reference: Some(image_ref(inventory)),
        name: image.repository.clone(),
        version: Some(image.digest.clone()),
        hashes: hex.into_iter().map(sha256).collect(),
        purl: is_image.then(|| purl::of_image(image)),
        ..Component::default()
    }
}

/// The release of Alpine, by which scanners choose their advisories.
fn system(inventory: &Inventory) -> Option<Component> {
    let release = inventory.image.release.as_ref()?;
    Some(Component {
        kind: "operating-system",
        reference: Some(format!("os:alpine-{release}")),
        name: "alpine".to_owned(),
        version: Some(release.clone()),
        description: Some("Alpine Linux".to_owned()),
        ..Component::default()
    })
}

fn component(package: &Package) -> Component {
    let purl = purl::of_package(package);
    let mut external_references = Vec::new();
    let mut properties = Vec::new();
    let mut property = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            properties.push(Property { name, value });
        }
    };
    match is_web_address(&package.url) {
        true => external_references.push(ExternalReference {
            kind: "website",
            url: package.url.clone(),
        }),
        false => property("apkcompose:url", Some(package.url.clone())),
    }
    external_references.extend(package.download().map(|url| ExternalReference {
        kind: "distribution",
        url,
    }));
    property("apkcompose:origin", Some(package.origin.clone()));
    property("apkcompose:commit", Some(package.commit.clone()));
    property("apkcompose:built", package.build_date.map(rfc3339));
    property("apkcompose:identity", Some(package.identity.to_string()));
    let data = package.digests.data.as_ref();
    property(
        "apkcompose:datahash",
        data.map(|hex| format!("sha256:{hex}")),
    );
    let size = package.installed_size.to_string();
    property("apkcompose:installed-size", Some(size));
    let license = package
        .license
        .as_ref()
        .map(|license| match license.is_listed() {
            true => LicenseChoice::Expression {
                expression: license.expression.clone(),
                acknowledgement: DECLARED,
            },
            false => LicenseChoice::License {
                license: NamedLicense {
                    name: license.text.clone(),
                    acknowledgement: DECLARED,
                },
            },
        });
    Component {
        kind: "library",
        reference: Some(purl.clone()),
        supplier: supplier(package),
        name: package.name.clone(),
        version: Some(package.version.clone()),
        description: Some(package.description.clone()).filter(|text| !text.is_empty()),
        hashes: package.digests.file.iter().map(|hex| sha256(hex)).collect(),
        licenses: license.into_iter().collect(),
        purl: Some(purl),
        external_references,
        properties,
        components: Vec::new(),
    }
}

/// Who offers the package, and who looks after it.
fn supplier(package: &Package) -> Option<Organization> {
    let maintainer = person(&package.maintainer);
    let name = match &maintainer {
        _ if package.is_official() => "Alpine Linux".to_owned(),
        Some((name, _)) => name.clone(),
        None => return None,
    };
    let contact = maintainer.map(|(name, email)| Contact { name, email });
    Some(Organization {
        name,
        contact: contact.into_iter().collect(),
    })
}

fn sha256(hex: &str) -> Hash {
    Hash {
        alg: "SHA-256",
        content: hex.to_owned(),
    }
}

fn file(file: &super::File) -> Component {
    Component {
        kind: "file",
        reference: Some(format!("file:{}", file.path)),
        name: file.path.clone(),
        hashes: vec![
            Hash {
                alg: "SHA-1",
                content: file.sha1.clone(),
            },
            sha256(&file.sha256),
        ],
        ..Component::default()
    }
}

/// Who needs whom: the image what it has for its own sake, then each package.
fn dependencies(inventory: &Inventory) -> Vec<Dependency> {
    let purls: Vec<String> = inventory.packages.iter().map(purl::of_package).collect();
    let names = |places: &[usize]| places.iter().map(|at| purls[*at].clone()).collect();
    let mut all = vec![Dependency {
        reference: image_ref(inventory),
        depends_on: names(&inventory.roots),
    }];
    let packages = purls.iter().zip(&inventory.packages);
    all.extend(packages.map(|(purl, package)| Dependency {
        reference: purl.clone(),
        depends_on: names(&package.needs),
    }));
    all
}
