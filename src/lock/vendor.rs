//! A folder with every package of a lock, which is a repository itself.
//!
//! Alpine deletes packages that newer ones supersede; a folder of one's own keeps what a lock
//! needs. It is laid out as every repository is:
//!
//! ```text
//! x86_64/APKINDEX.tar.gz     the locked packages, signed or not
//! x86_64/musl-1.2.5-r21.apk  byte for byte as it came from its repository
//! keys/me.rsa.pub            the key that the index is signed with
//! ```

use super::files::{copy, is_right, write};
use super::make::for_each;
use super::replay::{Pin, from_packages};
use super::{Lock, LockError, LockedPackage, Sha256, path};
use crate::apk::arch::Arch;
use crate::apk::signature::Keyring;
use crate::apk::write::{Signer, SignerError, write_index};
use crate::error::Error;
use crate::progress::Progress;
use crate::repository::location::RelativePath;
use crate::repository::{FetchError, FetchedPackage, Fetcher, Location, Repository, Wanted};
use crate::{Request, Resolution, rootfs, use_cache};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why packages cannot be vendored.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// The folder or a file in it cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A package could not be read again.
    #[error("cannot read the package {name}: {source}")]
    Read {
        /// Name and version.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The private key cannot be used.
    #[error("cannot sign with {}: {source}", path.display())]
    SignKey {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: SignerError,
    },
    /// The private key cannot be read.
    #[error("cannot read the private key {}: {source}", path.display())]
    ReadKey {
        /// Its file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Two repositories have packages of one name and version that differ.
    #[error("two locked packages that differ would both be {}", .0.display())]
    Conflict(PathBuf),
}

impl VendorError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            VendorError::SignKey { path, source } => match source {
                SignerError::NoPem => {
                    let path = path.display();
                    Some(format!(
                        "keys of abuild-keygen are converted with: openssl pkcs8 -topk8 -nocrypt \
                         -in {path} -out {path}.pkcs8"
                    ))
                }
                SignerError::NoRsa(_) => None,
            },
            VendorError::Conflict(_) => {
                Some("vendor the architectures into folders of their own".to_owned())
            }
            _ => None,
        }
    }
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Vendored {
    /// The files of packages that the folder holds for the lock.
    pub packages: usize,
    /// Those of them that were there already.
    pub kept: usize,
    /// The bytes of all of them.
    pub bytes: u64,
    /// Packages in the folder that the lock does not need.
    pub unneeded: Vec<PathBuf>,
}

/// Reads a private key (PEM, PKCS#8). Its public half is known by the name of the file and
/// `.pub` behind it.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read_signer(path: &Path) -> Result<Signer, VendorError> {
    /// A key's file takes a few kilobytes; a larger one is something else.
    const LARGEST: u64 = 64 << 10;
    let mut pem = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_string(&mut pem))
        .map_err(|source| VendorError::ReadKey {
            path: path.to_owned(),
            source,
        })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Signer::from_pem(
        &format!("{name}.pub"),
        &pem,
        crate::apk::signature::Digest::Sha256,
    )
    .map_err(|source| VendorError::SignKey {
        path: path.to_owned(),
        source,
    })
}

/// Puts every package of the manifest's lock into `folder`, for every architecture, and an index
/// over them, signed if there is a signer. Files that are there and right are left alone.
///
/// # Errors
/// When the lock is missing or does not fit, or a package cannot be had or written.
pub fn vendor(
    request: &Request,
    folder: &Path,
    signer: Option<&Signer>,
    progress: &dyn Progress,
) -> Result<Vendored, Error> {
    let lock_path = path(&request.manifest).ok_or(LockError::NoManifest)?;
    let lock = Lock::load(&lock_path)?;
    super::check(request, lock.as_ref(), &lock_path)?;
    let lock = lock.ok_or(LockError::Missing(lock_path))?;
    let fetcher = Fetcher::new(request.fetch.clone());
    let using = use_cache(&fetcher, request)?;
    let mut work = Work {
        fetcher: &fetcher,
        request,
        folder,
        signer,
        progress,
        files: BTreeMap::new(),
        kept: BTreeSet::new(),
    };
    work.survey(&lock)?;
    for_each(&lock.packages, |(arch, packages)| {
        work.fill(*arch, packages)
    })?;
    if let Some(signer) = signer {
        let public = signer.public_pem().map_err(|source| VendorError::SignKey {
            path: signer.name().into(),
            source,
        })?;
        write(&folder.join("keys").join(signer.name()), public.as_bytes())?;
    }
    drop(using);
    // If others use the cache just now, one of them will tidy it.
    let _ = fetcher.cache().shrink(request.cache_limit, Duration::ZERO);
    Ok(Vendored {
        packages: work.files.len(),
        kept: work.kept.len(),
        bytes: work.files.values().map(|(_, size)| size).sum(),
        unneeded: work.unneeded(),
    })
}

struct Work<'a> {
    fetcher: &'a Fetcher,
    request: &'a Request,
    folder: &'a Path,
    signer: Option<&'a Signer>,
    progress: &'a dyn Progress,
    /// The files of packages, with what they must be.
    files: BTreeMap<PathBuf, (Sha256, u64)>,
    /// Those that are there.
    kept: BTreeSet<PathBuf>,
}

impl Work<'_> {
    /// Finds out what the files are and which of them are there.
    fn survey(&mut self, lock: &Lock) -> Result<(), Error> {
        for (arch, packages) in &lock.packages {
            for package in packages {
                let path = self.place(*arch, package)?;
                let file = (package.sha256, package.size);
                match self.files.insert(path.clone(), file) {
                    Some(other) if other != file => return Err(VendorError::Conflict(path).into()),
                    Some(_) => {}
                    None if is_right(&path, file) => {
                        self.kept.insert(path);
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// Where a package lies in the folder.
    fn place(&self, arch: Arch, package: &LockedPackage) -> Result<PathBuf, Error> {
        let folder = match package.arch.as_str() {
            "" => arch.name(),
            own => own,
        };
        let below = RelativePath::package(folder, &package.name, &package.version);
        let below = below.map_err(FetchError::from)?;
        match Location::Folder(self.folder.to_owned()).join(&below) {
            Location::Folder(path) => Ok(path),
            // What lies below a folder does so in a folder.
            other => Ok(other.to_string().into()),
        }
    }

    /// Adds what is missing for an architecture, and its index.
    fn fill(&mut self, arch: Arch, packages: &[LockedPackage]) -> Result<(), Error> {
        let mut paths = Vec::with_capacity(packages.len());
        for package in packages {
            paths.push(self.place(arch, package)?);
        }
        let kept: BTreeSet<usize> = (0..paths.len())
            .filter(|number| self.kept.contains(&paths[*number]))
            .collect();
        // What is there need not be had from elsewhere, not even to look into it.
        let here = Repository {
            location: Location::Folder(self.folder.to_owned()),
            mirrors: Vec::new(),
            keys: Keyring::default(),
            allow_unsigned: false,
        };
        let local = |number: usize| kept.contains(&number).then(|| here.clone());
        let resolution = from_packages(
            self.fetcher,
            self.request,
            arch,
            packages,
            &local,
            self.progress,
        )?;
        for (number, fetched) in self.fetch(packages, &resolution, &kept, arch)? {
            let path = &paths[number];
            copy(&fetched, &packages[number], path)?;
        }
        let records: Vec<String> = resolution
            .packages()
            .map(|(_, entry, _)| entry.database_lines())
            .collect();
        let description = format!("packages of {}", self.request.manifest.image_name());
        let path = self.folder.join(arch.name()).join("APKINDEX.tar.gz");
        let index = write_index(&records, &description, self.signer);
        let index = index.map_err(|source| VendorError::Write {
            path: path.clone(),
            source,
        })?;
        Ok(write(&path, &index)?)
    }

    /// Fetches and verifies the packages that are not there.
    fn fetch(
        &self,
        packages: &[LockedPackage],
        resolution: &Resolution,
        kept: &BTreeSet<usize>,
        arch: Arch,
    ) -> Result<BTreeMap<usize, FetchedPackage>, Error> {
        let mut fetched = resolution.fetched.clone();
        let absent: Vec<usize> = (0..packages.len())
            .filter(|number| !kept.contains(number) && !fetched.contains_key(number))
            .collect();
        let pin = |number: usize| -> &Pin { &resolution.pins[number] };
        let wanted: Vec<Wanted<'_>> = absent
            .iter()
            .map(|&number| super::replay::wanted(&packages[number], arch, pin(number)))
            .collect();
        if !wanted.is_empty() {
            let keep = &rootfs::is_needed_in_memory;
            let all = self.fetcher.fetch_packages(&wanted, keep, self.progress)?;
            fetched.extend(absent.into_iter().zip(all));
        }
        Ok(fetched)
    }

    /// The packages in the folders of architectures that are not the lock's.
    fn unneeded(&self) -> Vec<PathBuf> {
        let folders: BTreeSet<&Path> = self.files.keys().filter_map(|file| file.parent()).collect();
        let entries = folders.into_iter().filter_map(|f| fs::read_dir(f).ok());
        let mut paths: Vec<PathBuf> = entries
            .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "apk"))
            .filter(|path| !self.files.contains_key(path))
            .collect();
        paths.sort();
        paths
    }
}
