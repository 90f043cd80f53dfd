//! Reading a lock. Nothing of it is guessed: what this program would not have written is an
//! error that says where.

use super::{
    Inputs, Lock, LockError, LockedIndex, LockedPackage, LockedRepository, Sha256, VERSION,
};
use crate::apk::arch::Arch;
use crate::apk::identity::Identity;
use crate::apk::index::Index;
use crate::manifest::{Place, Source};
use crate::repository::location::RelativePath;
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Far beyond any lock: a package takes half a kilobyte.
const MAX_SIZE: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    #[serde(rename = "version")]
    _version: i64,
    #[serde(default)]
    count: BTreeMap<ArchName, Spanned<usize>>,
    manifest: ManifestTable,
    #[serde(default)]
    repository: Vec<RepositoryTable>,
    #[serde(default)]
    key: Vec<KeyTable>,
    #[serde(default)]
    package: BTreeMap<ArchName, Vec<PackageTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestTable {
    digest: Hex,
    packages: Vec<String>,
    alpine: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RepositoryTable {
    address: String,
    tag: Option<String>,
    #[serde(default)]
    index: BTreeMap<ArchName, Hex>,
    #[serde(default)]
    key: BTreeMap<ArchName, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    name: Spanned<String>,
    sha256: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackageTable {
    name: Spanned<String>,
    version: Spanned<String>,
    arch: Spanned<String>,
    origin: String,
    repository: Spanned<String>,
    tag: Option<String>,
    identity: IdentityText,
    size: u64,
    sha256: Hex,
    record: Option<Spanned<String>>,
}

/// 64 digits.
struct Hex(Sha256);

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct ArchName(Arch);

struct IdentityText(Identity);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Hex).ok_or_else(|| {
            D::Error::custom(format!("expected 64 hexadecimal digits, found {text:?}"))
        })
    }
}

impl<'de> Deserialize<'de> for ArchName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(ArchName).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for IdentityText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // In its one spelling only: another one would be written otherwise.
        Identity::parse(&text)
            .filter(|identity| identity.to_string() == text)
            .map(IdentityText)
            .ok_or_else(|| {
                D::Error::custom(format!(
                    "expected Q1 and 20 bytes of Base64, found {text:?}"
                ))
            })
    }
}

pub(super) fn load(path: &Path) -> Result<Option<Lock>, LockError> {
    let read = |source| LockError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read(error)),
    };
    let mut text = String::new();
    file.take(MAX_SIZE)
        .read_to_string(&mut text)
        .map_err(read)?;
    parse(path, &text).map(Some)
}

/// Makes the places of errors.
struct Damage(Arc<Source>);

impl Damage {
    fn at(&self, span: Range<usize>, problem: impl ToString) -> LockError {
        LockError::Damaged {
            place: Place::new(&self.0, span),
            problem: problem.to_string(),
        }
    }

    fn toml(&self, error: &toml::de::Error) -> LockError {
        self.at(error.span().unwrap_or(0..0), error.message())
    }
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Lock, LockError> {
    let damage = Damage(Source::new(path, text));
    check_version(text, &damage)?;
    let file: LockFile = toml::from_str(text).map_err(|error| damage.toml(&error))?;
    let keys = read_keys(file.key, &damage)?;
    let mut repositories = Vec::with_capacity(file.repository.len());
    for table in file.repository {
        repositories.push(read_repository(table, &keys, &damage)?);
    }
    let mut packages: BTreeMap<Arch, Vec<LockedPackage>> = BTreeMap::new();
    for (ArchName(arch), tables) in file.package {
        packages.insert(arch, read_packages(arch, tables, &repositories, &damage)?);
    }
    // A file that lost its end reads like a smaller lock.
    for (ArchName(arch), count) in &file.count {
        let found = packages.entry(*arch).or_default().len();
        if found != *count.get_ref() {
            let problem = format!("{found} packages are locked for {arch}");
            return Err(damage.at(count.span(), problem));
        }
    }
    if let Some(arch) = packages
        .keys()
        .find(|a| !file.count.contains_key(&ArchName(**a)))
    {
        return Err(damage.at(
            0..0,
            format!("it does not say how many packages {arch} has"),
        ));
    }
    let inputs = Inputs {
        digest: HEXLOWER.encode(&file.manifest.digest.0),
        packages: file.manifest.packages,
        alpine: file.manifest.alpine,
    };
    Ok(Lock {
        inputs,
        repositories,
        keys,
        packages,
    })
}

/// Looks at the version before anything else, since all else depends on it.
fn check_version(text: &str, damage: &Damage) -> Result<(), LockError> {
    let table = DeTable::parse(text).map_err(|error| damage.toml(&error))?;
    let Some((_, value)) = table.get_ref().get_key_value("version") else {
        return Err(damage.at(0..0, "it does not say which version it is of"));
    };
    let found = match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        _ => text.get(value.span()).unwrap_or_default(),
    };
    if found == VERSION.to_string() {
        return Ok(());
    }
    Err(LockError::Version {
        place: Place::new(&damage.0, value.span()),
        found: found.to_owned(),
    })
}

fn read_keys(
    tables: Vec<KeyTable>,
    damage: &Damage,
) -> Result<BTreeMap<String, Sha256>, LockError> {
    let mut keys = BTreeMap::new();
    for table in tables {
        let span = table.name.span();
        let name = table.name.into_inner();
        if keys.insert(name.clone(), table.sha256.0).is_some() {
            return Err(damage.at(span, format!("the key {name:?} is listed twice")));
        }
    }
    Ok(keys)
}

fn read_repository(
    table: RepositoryTable,
    keys: &BTreeMap<String, Sha256>,
    damage: &Damage,
) -> Result<LockedRepository, LockError> {
    let mut indexes: BTreeMap<Arch, LockedIndex> = BTreeMap::new();
    for (ArchName(arch), Hex(sha256)) in table.index {
        indexes.insert(arch, LockedIndex { sha256, key: None });
    }
    for (ArchName(arch), key) in table.key {
        let span = key.span();
        let name = key.into_inner();
        if !keys.contains_key(&name) {
            return Err(damage.at(span, format!("there is no [[key]] of the name {name:?}")));
        }
        match indexes.get_mut(&arch) {
            Some(index) => index.key = Some(name),
            None => {
                let problem = format!("the key vouches for an index of {arch}, which is not here");
                return Err(damage.at(span, problem));
            }
        }
    }
    Ok(LockedRepository {
        address: table.address,
        tag: table.tag,
        indexes,
    })
}

fn read_packages(
    arch: Arch,
    tables: Vec<PackageTable>,
    repositories: &[LockedRepository],
    damage: &Damage,
) -> Result<Vec<LockedPackage>, LockError> {
    let mut names = HashSet::new();
    let mut packages = Vec::with_capacity(tables.len());
    for table in tables {
        let (span, place) = (table.name.span(), table.repository.span());
        let package = read_package(table, repositories, damage)?;
        let mut homes = repositories
            .iter()
            .filter(|r| r.address == package.repository);
        if !homes.any(|r| r.indexes.contains_key(&arch)) {
            let problem = format!("that [[repository]] has no index for {arch}");
            return Err(damage.at(place, problem));
        }
        if !names.insert(package.name.clone()) {
            return Err(damage.at(span, format!("{:?} is locked twice", package.name)));
        }
        packages.push(package);
    }
    Ok(packages)
}

fn read_package(
    table: PackageTable,
    repositories: &[LockedRepository],
    damage: &Damage,
) -> Result<LockedPackage, LockError> {
    let (name, version) = (table.name.get_ref(), table.version.get_ref());
    if let Err(bad) = RelativePath::package("noarch", name, version) {
        return Err(damage.at(table.name.span(), bad));
    }
    let arch = table.arch.get_ref();
    if !arch.is_empty()
        && let Err(bad) = RelativePath::index(arch)
    {
        return Err(damage.at(table.arch.span(), bad));
    }
    let repository = table.repository.get_ref();
    if !repositories.iter().any(|r| r.address == *repository) {
        let problem = format!("there is no [[repository]] of the address {repository:?}");
        return Err(damage.at(table.repository.span(), problem));
    }
    let identity = table.identity.0;
    if let Some(record) = &table.record {
        let problem = match Index::parse(record.get_ref().clone()) {
            Err(error) => Some(error.to_string()),
            Ok(index) if index.len() != 1 => Some("expected the record of a package".to_owned()),
            Ok(index) => {
                let entry = index.entry(0);
                let same = entry.identity == identity && entry.name == name;
                (!same || entry.version != version)
                    .then(|| format!("it is the record of {}", entry.full_name()))
            }
        };
        if let Some(problem) = problem {
            return Err(damage.at(record.span(), problem));
        }
    }
    Ok(LockedPackage {
        name: table.name.into_inner(),
        version: table.version.into_inner(),
        arch: table.arch.into_inner(),
        origin: table.origin,
        repository: table.repository.into_inner(),
        tag: table.tag,
        identity,
        size: table.size,
        sha256: table.sha256.0,
        record: table.record.map(Spanned::into_inner),
    })
}
