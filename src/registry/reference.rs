//! References: which image of which repository in which registry, by the grammar of Docker's
//! references and of the OCI distribution specification.

use crate::manifest::name::{is_part, is_tag};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The registry of a reference that names none.
pub const DEFAULT_REGISTRY: &str = "docker.io";

/// Where the default registry is reached, which has another name than its images.
const DEFAULT_HOST: &str = "registry-1.docker.io";

/// The folder of the default registry for names of one part.
const OFFICIAL: &str = "library";

/// The tag of a reference that has none.
const LATEST: &str = "latest";

/// `registry/path:tag` or `registry/path@digest`, with nothing left to guess.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reference {
    /// The registry, as its images are named: a host, with a port where it is not the usual one.
    pub registry: String,
    /// The repository in it, such as `library/alpine`.
    pub repository: String,
    /// The tag; `latest` where neither a tag nor a digest was given.
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}

/// Why a text is no reference.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{text:?} is no reference to an image in a registry: {problem}")]
pub struct ReferenceError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl ReferenceError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some("name it as REGISTRY/NAME:TAG, such as ghcr.io/me/php:8.3".to_owned())
    }
}

impl Reference {
    /// Reads a reference as Docker does: what has no registry is in Docker Hub, what has no tag
    /// means `latest`. A `docker://` before it, as skopeo has it, is passed over.
    ///
    /// ```
    /// use apkcompose::registry::Reference;
    /// let reference = Reference::parse("me/php").unwrap();
    /// assert_eq!(reference.to_string(), "docker.io/me/php:latest");
    /// let reference = Reference::parse("localhost:5000/php:8.3").unwrap();
    /// assert_eq!(reference.registry, "localhost:5000");
    /// ```
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let fail = |problem: &str| ReferenceError {
            text: shown(text),
            problem: problem.to_owned(),
        };
        let plain = text.strip_prefix("docker://").unwrap_or(text);
        if plain.contains("://") {
            return Err(fail("it is a URL"));
        }
        let (named, digest) = match plain.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (plain, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(fail("after \"@\" expected sha256: and 64 digits of 0-9a-f"));
        }
        let (registry, rest) = match named.split_once('/') {
            Some((first, rest)) if names_registry(first) => (first, rest),
            _ => (DEFAULT_REGISTRY, named),
        };
        let registry = match registry {
            "index.docker.io" | DEFAULT_HOST => DEFAULT_REGISTRY.to_owned(),
            other => other.to_ascii_lowercase(),
        };
        if !is_host(&registry) {
            return Err(fail("its first part is neither a host nor a name"));
        }
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(fail(
                "a tag has up to 128 letters, digits, \"_\", \".\" and \"-\"",
            ));
        }
        if path.is_empty() {
            return Err(fail("it names no repository"));
        }
        if path.len() > 255 {
            return Err(fail("its name is longer than 255 characters"));
        }
        if path.chars().any(char::is_uppercase) {
            return Err(fail("names of repositories are lower-case"));
        }
        if !path.split('/').all(is_part) {
            return Err(fail(
                "a part of its name is not of lower-case letters and digits, separated by one \
                 \".\", one or two \"_\" or any number of \"-\"",
            ));
        }
        let repository = match registry == DEFAULT_REGISTRY && !path.contains('/') {
            true => format!("{OFFICIAL}/{path}"),
            false => path.to_owned(),
        };
        let default = || digest.is_none().then_some(LATEST);
        Ok(Reference {
            registry,
            repository,
            tag: tag.or_else(default).map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// Checks that an image can be put there.
    ///
    /// # Errors
    /// When it names a digest, which only the finished image has, or where Docker Hub keeps its
    /// own images.
    pub fn check_writable(&self) -> Result<(), ReferenceError> {
        let fail = |problem: String| {
            Err(ReferenceError {
                text: self.to_string(),
                problem,
            })
        };
        if self.digest.is_some() {
            return fail("a digest cannot be chosen; push to a tag".to_owned());
        }
        let own = self.repository.strip_prefix("library/");
        if let Some(name) = own.filter(|_| self.registry == DEFAULT_REGISTRY) {
            return fail(format!(
                "only Docker's own images are there; yours is USER/{name}"
            ));
        }
        Ok(())
    }

    /// The host, and port if it is not the usual one, at which the registry is reached.
    pub fn host(&self) -> &str {
        match self.registry.as_str() {
            DEFAULT_REGISTRY => DEFAULT_HOST,
            other => other,
        }
    }

    /// Whether the registry is on this machine itself, where nobody listens in between.
    pub fn is_on_this_machine(&self) -> bool {
        is_on_this_machine(&self.registry)
    }

    /// `registry/path`
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// What the image is asked for by: its digest, or else its tag.
    pub fn version(&self) -> &str {
        let version = self.digest.as_deref().or(self.tag.as_deref());
        version.unwrap_or(LATEST)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Whether a host (with or without a port) is this machine, by its name alone.
pub(super) fn is_on_this_machine(registry: &str) -> bool {
    let (host, _) = split_port(registry);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
        || bare.parse().is_ok_and(|ip: Ipv6Addr| ip.is_loopback())
}

/// `sha256:` and 64 digits.
pub(crate) fn is_digest(text: &str) -> bool {
    let hex = |digits: &str| {
        digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let digits = text.strip_prefix("sha256:");
    digits.is_some_and(|digits| digits.len() == 64 && hex(digits))
}

/// Docker's rule: what looks like a host is one.
fn names_registry(first: &str) -> bool {
    first.contains(['.', ':', '[', '@'])
        || first == "localhost"
        || first.chars().any(|c| c.is_ascii_uppercase())
}

/// The host, and the port where there is one.
fn split_port(registry: &str) -> (&str, Option<&str>) {
    match registry.rsplit_once(':') {
        // The colons of an address of version 6 lie within brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (registry, None),
    }
}

fn is_host(registry: &str) -> bool {
    let (host, port) = split_port(registry);
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let address = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_fits = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.split('.').all(is_part),
    };
    port_fits && host_fits
}

/// A text for a message, without what could be a user's name and password.
fn shown(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((before, rest))) if before.contains(':') && !is_digest(rest) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(text: &str) -> String {
        Reference::parse(text).unwrap().to_string()
    }

    #[test]
    fn what_is_not_said_is_filled_in_as_docker_does() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (text, expected) in [
            ("php", "docker.io/library/php:latest"),
            ("me/php:8", "docker.io/me/php:8"),
            ("index.docker.io/me/php", "docker.io/me/php:latest"),
            ("localhost/php", "localhost/php:latest"),
            ("localhost:5000/a/b/c:V1_", "localhost:5000/a/b/c:V1_"),
            ("docker://ghcr.io/me/php", "ghcr.io/me/php:latest"),
            ("GHCR.io/me/php", "ghcr.io/me/php:latest"),
            ("[::1]:5000/php", "[::1]:5000/php:latest"),
        ] {
            assert_eq!(full(text), expected);
            assert_eq!(full(expected), expected);
        }
        let by_digest = format!("ghcr.io/me/php@{digest}");
        assert_eq!(full(&by_digest), by_digest);
        let both = Reference::parse(&format!("ghcr.io/me/php:8@{digest}")).unwrap();
        assert_eq!(both.version(), digest);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "",
            "/",
            "php:",
            "php:-x",
            "me//php",
            "me/Php",
            "https://ghcr.io/me/php",
            "ghcr.io",
            "ghcr.io/",
            "localhost:x/php",
            "localhost:99999/php",
            "[::z]/php",
            "a_.b/php",
            "php@sha256:00",
            "php@md5:00112233445566778899aabbccddeeff",
            "u:p@ghcr.io/me/php",
            "../php",
        ] {
            // A lone host is a name in Docker Hub to docker as well.
            if text != "ghcr.io" {
                assert!(Reference::parse(text).is_err(), "{text:?}");
            }
        }
        let error = Reference::parse("docker://u:secret@ghcr.io/me/php").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        let error = Reference::parse("u:secret@ghcr.io/me/php").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn only_tags_of_ones_own_can_be_written() {
        let check = |text: &str| Reference::parse(text).unwrap().check_writable();
        assert!(check("me/php").is_ok() && check("localhost/php").is_ok());
        assert!(check("php").unwrap_err().to_string().contains("USER/php"));
        let digest = "0".repeat(64);
        assert!(check(&format!("me/php@sha256:{digest}")).is_err());
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        let here = |text: &str| Reference::parse(text).unwrap().is_on_this_machine();
        assert!(here("localhost/x") && here("127.0.0.1:5000/x") && here("[::1]:5000/x"));
        assert!(here("localhost:80/x") && here("127.1.2.3/x"));
        assert!(!here("localhost.example.org/x") && !here("10.0.0.1/x") && !here("[::2]/x"));
        assert!(!here("127.0.0.1.nip.io/x") && !here("me/x"));
    }
}
