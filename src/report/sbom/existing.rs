//! The inventory of an image that exists: what apk's database in it says, and its files.

use super::inventory::{Digests, File, Image, Inventory, release_of};
use crate::apk::arch::Arch;
use crate::apk::dependency::Dependency;
use crate::apk::identity::Identity;
use crate::apk::index::Entry;
use crate::manifest::ImageName;
use crate::report::Graph;
use crate::report::diff::{DiffError, Kept, Node, OpenImage};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

impl Inventory {
    /// Reads the image at `path`: an OCI layout (a folder or a tar) or what `docker save` writes.
    /// `arch` chooses where there are several. Files are those whose content is from no package,
    /// or with `all_files` every one.
    ///
    /// # Errors
    /// When it is no image, or not one.
    pub fn of_image(
        path: &Path,
        arch: Option<Arch>,
        all_files: bool,
    ) -> Result<Inventory, DiffError> {
        let image = OpenImage::open(path, arch)?;
        let mut kept = Kept {
            sha1: Some(BTreeMap::new()),
            ..Kept::default()
        };
        let (files, _) = image.files(&mut kept)?;
        let (arch, index) = image.database(&kept)?;
        let database = kept.database();
        let owners = owners(&database);
        let sha1 = kept.sha1.take().unwrap_or_default();
        let mut listed = Vec::new();
        for (path, facts) in &files {
            let Node::File { sha256, .. } = &facts.node else {
                continue;
            };
            let sha1 = sha1.get(sha256).cloned().unwrap_or_default();
            // What was changed after it was installed is not the package's any more.
            let package = owners.get(path.as_slice());
            let package = package.filter(|owner| owner.sha1.as_ref().is_none_or(|s| *s == sha1));
            if package.is_some() && !all_files {
                continue;
            }
            listed.push(File {
                path: format!("/{}", String::from_utf8_lossy(path)),
                sha1,
                sha256: sha256.clone(),
                package: package.map(|owner| owner.package),
            });
        }
        let entries: Vec<Entry<'_>> = index.entries().collect();
        let world = kept.world();
        let words = world.split_ascii_whitespace();
        let world: Vec<Dependency<'_>> = words
            .filter_map(|word| Dependency::parse_world(word).ok())
            .collect();
        let graph = Graph::new(&world, &entries);
        let digests = Digests {
            packages: Vec::new(),
            files: listed,
            all_files,
        };
        let packages = entries.into_iter().map(|entry| (entry, None));
        let mut about = describe(&image, path, arch)?;
        about.release = kept.repositories().lines().find_map(release_of);
        Ok(Inventory::new(about, packages, &graph, &digests))
    }
}

/// What the image says of itself. The digest of one that has no manifest is its configuration's.
fn describe(image: &OpenImage, path: &Path, arch: String) -> Result<Image, DiffError> {
    let config = image.config()?;
    let name = match image.manifest() {
        Some((name, _)) => name,
        None => image.config_name(),
    };
    let hex = name.rsplit('/').next().unwrap_or_default();
    let created = config["created"]
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let time = created.map_or(0, |time| u64::try_from(time.as_second()).unwrap_or(0));
    let given = image.name().and_then(|name| ImageName::parse(name).ok());
    let called = given.unwrap_or_else(|| ImageName::from_path(path));
    Ok(Image {
        repository: called.repository().to_owned(),
        tag: called.tag().map(str::to_owned),
        digest: format!("sha256:{}", hex.trim_end_matches(".json")),
        arch,
        oci_arch: config["architecture"].as_str().map(str::to_owned),
        time,
        release: None,
    })
}

/// Whose a file is by apk's database.
struct Owner {
    package: usize,
    /// SHA-1 of the content that the package has there, in hexadecimal, if the database says.
    sha1: Option<String>,
}

/// The files of a database by their paths, without a slash at either end.
fn owners(database: &str) -> HashMap<Vec<u8>, Owner> {
    let mut owners: HashMap<Vec<u8>, Owner> = HashMap::new();
    let (mut package, mut folder, mut last) = (0, "", None);
    let mut open = false;
    for line in database.lines() {
        match line.split_once(':') {
            None if open => (package, open, folder) = (package + 1, false, ""),
            None => {}
            Some(("F", path)) => (folder, open) = (path, true),
            Some(("R", name)) => {
                let path = match folder {
                    "" => name.to_owned(),
                    folder => format!("{folder}/{name}"),
                };
                let owner = Owner {
                    package,
                    sha1: None,
                };
                owners.insert(path.clone().into_bytes(), owner);
                last = Some(path.into_bytes());
            }
            Some(("Z", text)) => {
                if let (Some(Identity::Sha1(sha1)), Some(path)) = (Identity::parse(text), &last)
                    && let Some(owner) = owners.get_mut(path)
                {
                    owner.sha1 = Some(data_encoding::HEXLOWER.encode(&sha1));
                }
            }
            Some(_) => open = true,
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_tells_whose_a_file_is() {
        let database = "P:a\nV:1\nF:\nF:bin\nR:x\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\
                        P:b\nV:1\nF:bin\nR:y\n\n";
        let owners = owners(database);
        let of = |path: &str| {
            let owner = &owners[path.as_bytes()];
            (owner.package, owner.sha1.as_ref().map(String::len))
        };
        assert_eq!(of("bin/x"), (0, Some(40)));
        assert_eq!(of("bin/y"), (1, None));
        assert_eq!(owners.len(), 2);
    }
}
