//! The inventory of an image that was built.

use super::inventory::{Digests, Image, Inventory};
use crate::Resolution;
use crate::manifest::Manifest;

impl Image {
    /// What is called so in a manifest: an image of this digest (`sha256:…`) and time (in seconds
    /// since 1970), or a bare root file system.
    pub fn of(
        manifest: &Manifest,
        resolution: &Resolution,
        digest: &str,
        time: u64,
        is_image: bool,
    ) -> Image {
        let name = manifest.image_name();
        let arch = resolution.arch;
        Image {
            repository: name.repository().to_owned(),
            tag: name.tag().map(str::to_owned),
            digest: digest.to_owned(),
            arch: arch.name().to_owned(),
            oci_arch: is_image.then(|| arch.oci().to_owned()),
            time,
            release: manifest.alpine.clone(),
        }
    }
}

impl Inventory {
    /// The packages of a resolution, and files.
    pub fn of_resolution(
        image: Image,
        resolution: &Resolution,
        manifest: &Manifest,
        digests: &Digests,
    ) -> Inventory {
        let packages = resolution
            .packages()
            .zip(resolution.addresses())
            .map(|((_, entry, _), address)| (entry, Some(address.to_owned())));
        Inventory::new(image, packages, &resolution.graph(manifest), digests)
    }
}
