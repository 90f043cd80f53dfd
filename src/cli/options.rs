//! What several verbs ask for: the manifest and what changes it for one run, and how to fetch.

use super::network::Network;
use super::say::{self, Failure};
use crate::apk::arch::{Arch, UnknownArch};
use crate::lock::{self, LockUse};
use crate::manifest::{self, ImageName, Manifest, Word};
use crate::report::sbom;
use crate::repository::FetchOptions;
use crate::repository::cache::{Cache, DEFAULT_LIMIT};
use crate::repository::transport::TransportOptions;
use crate::{Error, Limits, Overrides, Request, demo};
use clap::Args;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The manifest and what the command line says instead of it or beside it.
#[derive(Debug, Args)]
pub struct Inputs {
    /// The manifest (TOML); without it, --package says what the image holds
    #[arg(required_unless_present = "package")]
    manifest: Option<PathBuf>,

    /// A package to add, as in apk's world: name, name=1.2-r0, name~8.3, name@tag
    #[arg(long, value_name = "ATOM", value_parser = word)]
    package: Vec<Word>,

    /// The release of Alpine whose main and community are used, such as 3.23
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    alpine: Option<String>,

    /// A repository to use instead of the manifest's: a URL or a folder
    #[arg(long, value_name = "URL|FOLDER")]
    repository: Vec<String>,

    /// Use the lock beside the manifest, and fail when it is missing or does not fit
    #[arg(long)]
    locked: bool,

    #[command(flatten)]
    pub reach: Reach,
}

/// How to reach repositories and what to fetch from them, for every verb that does.
#[derive(Debug, Args)]
pub struct Reach {
    /// The architecture, such as aarch64; several with commas between them, or all
    /// [default: the manifest's, or this machine's]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<ArchName>,

    /// A public key to trust for every repository: a file, or a folder of them
    #[arg(long, value_name = "FILE|FOLDER")]
    key: Vec<PathBuf>,

    /// What stands in for Alpine's official server: a URL or a folder; of several, the next is
    /// tried when one fails
    #[arg(long, value_name = "URL|FOLDER")]
    mirror: Vec<String>,

    #[command(flatten)]
    cache_dir: CacheDir,

    /// How much the cache may hold, such as 500M or 2GiB [default: 5GiB]
    #[arg(
        long,
        value_name = "SIZE",
        env = "APKCOMPOSE_CACHE_LIMIT",
        hide_env_values = true,
        value_parser = super::cache::size
    )]
    cache_limit: Option<u64>,

    /// How many packages are fetched and read at once, and how many threads compress
    /// [default: the number of processors, at least 4]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    #[command(flatten)]
    network: Network,

    /// Say nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// What `--arch` takes.
#[derive(Clone, Copy, Debug)]
enum ArchName {
    All,
    One(Arch),
}

impl FromStr for ArchName {
    type Err = String;

    fn from_str(text: &str) -> Result<ArchName, String> {
        if text == "all" {
            return Ok(ArchName::All);
        }
        text.parse()
            .map(ArchName::One)
            .map_err(|error: UnknownArch| {
                let names = Arch::ALL.map(Arch::name).join(", ");
                match Arch::from_alias(text) {
                    Some(arch) => format!("{error}; did you mean {arch}?"),
                    None => format!("{error}: there are {names}, and all"),
                }
            })
    }
}

/// The documents that are made of an image.
#[derive(Debug, Args)]
pub struct Documents {
    /// Write a software bill of materials beside the output: spdx (NAME.spdx.json) or cyclonedx
    /// (NAME.cdx.json); may be given for each
    #[arg(long, value_name = "FORMAT", value_parser = bill_format)]
    sbom: Vec<sbom::Format>,

    /// List every file in it, with SHA-1 and SHA-256
    #[arg(long)]
    sbom_files: bool,

    /// Write what the output was built from beside it, as an in-toto statement
    /// (NAME.intoto.json)
    #[arg(long)]
    provenance: bool,
}

impl Documents {
    /// Adds them to what a manifest asks for; formats stand in for its own.
    pub fn apply(&self, manifest: &mut Manifest) {
        let documents = &mut manifest.documents;
        if !self.sbom.is_empty() {
            documents.sbom = Some(self.sbom.clone());
        }
        if self.sbom_files {
            documents.sbom_files = Some(true);
        }
        if self.provenance {
            documents.provenance = Some(true);
        }
    }
}

/// A format of a bill of materials.
pub fn bill_format(text: &str) -> Result<sbom::Format, String> {
    let known = sbom::Format::ALL.map(sbom::Format::name);
    let unknown = || format!("expected {}", known.join(" or "));
    sbom::Format::from_name(text).ok_or_else(unknown)
}

/// Where the cache is.
#[derive(Debug, Args)]
pub struct CacheDir {
    /// Where downloads and layers are kept
    #[arg(
        long,
        value_name = "FOLDER",
        env = "APKCOMPOSE_CACHE_DIR",
        hide_env_values = true
    )]
    cache_dir: Option<PathBuf>,
}

impl CacheDir {
    /// The folder that was named, or the user's own.
    ///
    /// # Errors
    /// When the user has none.
    pub fn get(&self) -> Result<PathBuf, Failure> {
        match &self.cache_dir {
            Some(path) => Ok(path.clone()),
            None => Ok(Cache::default_root()?),
        }
    }
}

/// Reads a word of the world.
pub fn word(text: &str) -> Result<Word, String> {
    Word::parse(text).map_err(|error| error.to_string())
}

/// Reads the name of a release of Alpine.
pub fn release(text: &str) -> Result<String, String> {
    manifest::release(text).ok_or_else(|| "expected a release such as 3.23, or edge".to_owned())
}

impl Inputs {
    /// Takes back what was taken for the manifest and is no file, where there need not be one.
    pub fn take_missing_manifest(&mut self) -> Option<String> {
        let missing = |path: &mut PathBuf| !path.exists();
        let taken = match self.package.is_empty() {
            true => None,
            false => self.manifest.take_if(missing),
        };
        taken.map(|path| path.to_string_lossy().into_owned())
    }

    /// The request that these options make, with the environment's SOURCE_DATE_EPOCH.
    ///
    /// # Errors
    /// When the manifest cannot be used, or the environment has a value that makes no sense.
    pub fn request(&self) -> Result<Request, Failure> {
        self.request_for(self.manifest.as_deref())
    }

    /// The manifest that was named.
    pub fn manifest(&self) -> Option<&Path> {
        self.manifest.as_deref()
    }

    /// The request with another manifest.
    ///
    /// # Errors
    /// As for [`request`](Inputs::request).
    pub fn request_for(&self, manifest: Option<&Path>) -> Result<Request, Failure> {
        let mut manifest = match manifest {
            Some(path) => manifest::load(path)?,
            None => Manifest {
                name: self.package.first().map(|word| name_after(word.name())),
                ..Manifest::default()
            },
        };
        for word in &self.package {
            manifest.add_package(word.clone());
        }
        if let Some(release) = &self.alpine {
            manifest.alpine = Some(release.clone());
        }
        let lock = self.lock_use(&manifest);
        let mut request = self.reach.request(manifest)?;
        request.lock = lock;
        request.overrides.repositories = self.repository.clone();
        Ok(request)
    }

    /// What is to be done about the lock: without --locked, an option that changes what is
    /// resolved puts it aside for once.
    fn lock_use(&self, manifest: &Manifest) -> LockUse {
        if self.locked {
            return LockUse::Required;
        }
        let changes = [
            ("--package", !self.package.is_empty()),
            ("--alpine", self.alpine.is_some()),
            ("--repository", !self.repository.is_empty()),
        ];
        let Some((option, _)) = changes.iter().find(|(_, given)| *given) else {
            return LockUse::IfPresent;
        };
        if let Some(path) = lock::path(manifest).filter(|path| path.exists())
            && !self.reach.quiet
        {
            let path = path.display();
            say::talk(&format!(
                "note: {path} is not used, since {option} changes what is resolved"
            ));
        }
        LockUse::Ignored
    }
}

/// Repositories to look into, a manifest's or others.
#[derive(Debug, Args)]
pub struct Shelf {
    /// The manifest (TOML) whose repositories are looked into [default: Alpine's latest release
    /// that this program knows]
    #[arg(long, short, value_name = "FILE")]
    manifest: Option<PathBuf>,

    /// The release of Alpine whose main and community are used, such as 3.23
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    alpine: Option<String>,

    /// A repository to use instead of the manifest's: a URL or a folder
    #[arg(long, value_name = "URL|FOLDER")]
    repository: Vec<String>,

    #[command(flatten)]
    pub reach: Reach,
}

impl Shelf {
    /// The request whose repositories are looked into, and whether it is of a manifest.
    ///
    /// # Errors
    /// When the manifest cannot be used, or the environment has a value that makes no sense.
    pub fn request(&self) -> Result<(Request, bool), Failure> {
        let mut manifest = match &self.manifest {
            Some(path) => manifest::load(path)?,
            None => Manifest::default(),
        };
        if let Some(release) = &self.alpine {
            manifest.alpine = Some(release.clone());
        }
        let mut request = self.reach.request(manifest)?;
        request.overrides.repositories = self.repository.clone();
        Ok((request, self.manifest.is_some()))
    }
}

impl Reach {
    /// The one architecture that was named.
    ///
    /// # Errors
    /// When there are several.
    pub fn arch(&self) -> Result<Option<Arch>, Failure> {
        match self.archs(&[]).as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            several => Err(Failure::Library(Error::SeveralArchs {
                what: "what is compared",
                archs: several.to_owned(),
            })),
        }
    }

    /// The architectures that were named; `all` stands for those that are listed, or all that
    /// there are.
    fn archs(&self, listed: &[Arch]) -> Vec<Arch> {
        let all = match listed {
            [] => &Arch::ALL[..],
            listed => listed,
        };
        let named = self.arch.iter().flat_map(|name| match name {
            ArchName::All => all.to_owned(),
            ArchName::One(arch) => vec![*arch],
        });
        let mut archs: Vec<Arch> = named.collect();
        archs.sort();
        archs.dedup();
        archs
    }

    /// How to fetch.
    ///
    /// # Errors
    /// When no cache is known.
    pub fn fetch(&self) -> Result<FetchOptions, Failure> {
        let defaults = FetchOptions::new(self.cache_dir.get()?);
        Ok(FetchOptions {
            jobs: self.jobs.unwrap_or(defaults.jobs),
            transport: TransportOptions {
                builtin: demo::file,
                ..self.network.transport(self.quiet)?
            },
            retry: self.network.retry(),
            ..defaults
        })
    }

    /// The request for a manifest, with the environment's SOURCE_DATE_EPOCH.
    ///
    /// # Errors
    /// When the environment has a value that makes no sense, or no cache is known.
    pub fn request(&self, manifest: Manifest) -> Result<Request, Failure> {
        Ok(Request {
            archs: self.archs(&manifest.arch),
            manifest,
            overrides: Overrides {
                repositories: Vec::new(),
                keys: self.key.clone(),
                mirrors: self.mirror.clone(),
            },
            lock: LockUse::IfPresent,
            fetch: self.fetch()?,
            cache_limit: self.cache_limit.unwrap_or(DEFAULT_LIMIT),
            source_date_epoch: source_date_epoch()?,
            limits: Limits::default(),
            program: None,
            keep_roots: false,
        })
    }
}

/// A name for an image of which only a package is known.
fn name_after(package: &str) -> String {
    match ImageName::parse(package) {
        Ok(name) => name.to_string(),
        Err(_) => ImageName::from_path(Path::new(package)).to_string(),
    }
}

/// The time of generated files as <https://reproducible-builds.org/specs/source-date-epoch/>
/// lets the user set it.
fn source_date_epoch() -> Result<Option<u64>, Failure> {
    const NAME: &str = "SOURCE_DATE_EPOCH";
    let Some(value) = std::env::var_os(NAME).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = value.to_string_lossy();
    text.parse().map(Some).map_err(|_| Failure::Environment {
        name: NAME,
        expected: "a number of seconds since 1970",
        found: text.into_owned(),
    })
}
