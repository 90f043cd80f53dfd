//! Package URLs (<https://github.com/package-url/purl-spec>) of packages and images.

use super::{Image, Package};
use packageurl::PackageUrl;

/// The one of a package: `pkg:apk/alpine/NAME@VERSION?arch=…&distro=alpine-3.23`. One that is not
/// of Alpine's own repositories also says where it is from, and one with another source package
/// names that as `upstream`: advisories are about source packages, and that is where scanners
/// look for them.
pub(crate) fn of_package(package: &Package) -> String {
    // The specification asks for lower case, which the crate leaves to its callers.
    let name = package.name.to_lowercase();
    let distro = package.release.as_ref().map(|r| format!("alpine-{r}"));
    url(
        "apk",
        Some("alpine"),
        &name,
        &package.version,
        &[
            ("arch", Some(package.arch.as_str())),
            ("distro", distro.as_deref()),
            ("repository_url", package.foreign_repository()),
            (
                "upstream",
                Some(package.origin.as_str()).filter(|origin| *origin != package.name),
            ),
        ],
    )
}

/// The one of an image: `pkg:oci/NAME@sha256:…?arch=amd64&tag=latest`.
pub(super) fn of_image(image: &Image) -> String {
    let (registry, name) = match image.repository.rsplit_once('/') {
        Some((_, name)) => (Some(image.repository.as_str()), name),
        None => (None, image.repository.as_str()),
    };
    url(
        "oci",
        None,
        &name.to_lowercase(),
        &image.digest,
        &[
            ("arch", image.oci_arch.as_deref()),
            ("repository_url", registry),
            ("tag", image.tag.as_deref()),
        ],
    )
}

fn url(
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    version: &str,
    qualifiers: &[(&'static str, Option<&str>)],
) -> String {
    let build = || -> Result<String, packageurl::Error> {
        let mut url = PackageUrl::new(kind.to_owned(), name.to_owned())?;
        if let Some(namespace) = namespace {
            url.with_namespace(namespace.to_owned())?;
        }
        url.with_version(version.to_owned())?;
        for (key, value) in qualifiers {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                url.add_qualifier(*key, value.to_owned())?;
            }
        }
        Ok(url.to_string())
    };
    // Only an empty name has none, which neither packages nor images have.
    build().unwrap_or_default()
}
