//! Where a repository lies: at a URL, in a folder, or in the program itself.

use reqwest::Url;
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// The content delivery network of Alpine Linux, above its releases.
pub const OFFICIAL: &str = "https://dl-cdn.alpinelinux.org/alpine";

/// The repositories of a release that an ordinary Alpine system uses.
pub const OFFICIAL_REPOSITORIES: [&str; 2] = ["main", "community"];

/// What stands before the name of a repository that the program carries.
const BUILTIN: &str = "builtin:";

/// The root of a repository, or the root of a mirror above many of them.
///
/// Its [`Display`](fmt::Display) form is for messages: a user, a password and a query are left
/// out, since they may be secrets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// `http:` or `https:`, without a slash at the end.
    Http(Url),
    /// A folder of this machine.
    Folder(PathBuf),
    /// A repository that the program carries, by its name.
    Builtin(String),
}

/// Why a text is no [`Location`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LocationError {
    /// Nothing is there.
    #[error("a repository's address is empty")]
    Empty,
    /// It looks like a URL and is none.
    #[error("{text:?} is no URL: {problem}")]
    BadUrl {
        /// What was given, without its credentials as far as they can be told apart.
        text: String,
        /// What the parser says.
        problem: String,
    },
    /// A scheme that cannot be read from.
    #[error("expected a URL that begins with https:, http: or file:, or a folder; found {0:?}")]
    Scheme(String),
    /// The name of a release is not understood.
    #[error("expected a release such as \"3.23\" or \"edge\", found {0:?}")]
    Release(String),
}

impl LocationError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            LocationError::Release(text) if text.contains("latest") => Some(
                "name the release itself: what \"latest\" means changes under the manifest"
                    .to_owned(),
            ),
            LocationError::Release(_) => {
                Some("https://alpinelinux.org/releases lists them".to_owned())
            }
            LocationError::Empty | LocationError::BadUrl { .. } | LocationError::Scheme(_) => {
                Some("write what stands before /ARCH/APKINDEX.tar.gz".to_owned())
            }
        }
    }
}

impl Location {
    /// Reads `https://…`, `http://…`, `file:///…`, `builtin:NAME` or a folder's path, which
    /// counts from `base` when it is relative.
    ///
    /// # Errors
    /// When it is empty, looks like a URL without being one, or has another scheme.
    pub fn parse(text: &str, base: &Path) -> Result<Location, LocationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        if let Some(name) = text.strip_prefix(BUILTIN) {
            return Ok(Location::Builtin(name.to_owned()));
        }
        let Some(scheme) = scheme(text) else {
            return Ok(Location::Folder(base.join(text)));
        };
        let bad = |problem: String| LocationError::BadUrl {
            text: redact_text(text),
            problem,
        };
        if !text[scheme.len()..].starts_with("://") {
            return Err(bad(format!("expected \"//\" after \"{scheme}:\"")));
        }
        let mut url = Url::parse(text).map_err(|e| bad(e.to_string()))?;
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => {
                url.set_fragment(None);
                let path = url.path().trim_end_matches('/').to_owned();
                url.set_path(&path);
                Ok(Location::Http(url))
            }
            "file" => url
                .to_file_path()
                .map(Location::Folder)
                .map_err(|()| bad("expected an absolute path of this machine".to_owned())),
            _ => Err(LocationError::Scheme(scheme.to_owned())),
        }
    }

    /// The official repositories of a release, `main` before `community`: of each its place on
    /// every one of the mirrors, which stand in for [`OFFICIAL`]; without any, that itself.
    ///
    /// `release` is `3.23`, `v3.23` or `edge`.
    ///
    /// # Errors
    /// When the release is neither two numbers nor `edge`.
    pub fn official(
        release: &str,
        mirrors: &[Location],
    ) -> Result<[Vec<Location>; 2], LocationError> {
        let branch = branch(release)?;
        let roots = match mirrors {
            [] => vec![Location::parse(OFFICIAL, Path::new(""))?],
            mirrors => mirrors.to_vec(),
        };
        Ok(OFFICIAL_REPOSITORIES.map(|name| {
            let below = RelativePath {
                segments: vec![branch.clone(), name.to_owned()],
            };
            roots.iter().map(|root| root.join(&below)).collect()
        }))
    }

    /// The addresses that `etc/apk/repositories` gives for the official repositories of a
    /// release, whatever mirror they were read from.
    ///
    /// # Errors
    /// As for [`official`](Location::official).
    pub fn official_addresses(release: &str) -> Result<[String; 2], LocationError> {
        let branch = branch(release)?;
        Ok(OFFICIAL_REPOSITORIES.map(|name| format!("{OFFICIAL}/{branch}/{name}")))
    }

    /// The place of something below this one.
    pub fn join(&self, below: &RelativePath) -> Location {
        match self {
            Location::Http(url) => {
                let mut url = url.clone();
                let mut path = url.path().trim_end_matches('/').to_owned();
                for segment in &below.segments {
                    path.push('/');
                    percent_encode(segment, &mut path);
                }
                url.set_path(&path);
                Location::Http(url)
            }
            Location::Folder(folder) => {
                let mut path = folder.clone();
                path.extend(&below.segments);
                Location::Folder(path)
            }
            Location::Builtin(name) => {
                Location::Builtin(format!("{name}/{}", below.segments.join("/")))
            }
        }
    }

    /// Whether reading it needs the network.
    pub fn is_remote(&self) -> bool {
        matches!(self, Location::Http(_))
    }

    /// What fails together: host and port, or the folder.
    pub(super) fn host(&self) -> String {
        match self {
            Location::Http(url) => {
                let host = url.host_str().unwrap_or_default();
                let port = url.port_or_known_default().unwrap_or_default();
                format!("{host}:{port}")
            }
            _ => self.to_string(),
        }
    }

    /// The address that may be written where others read it: with the query, which may tell
    /// repositories apart, and without user and password. Two addresses that differ in their
    /// credentials alone give the same one.
    pub fn without_credentials(&self) -> String {
        match self {
            Location::Http(url) => without_user(url).to_string(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Http(url) => f.write_str(&redact(url)),
            Location::Folder(path) => path.display().fmt(f),
            Location::Builtin(name) => write!(f, "{BUILTIN}{name}"),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A path below a repository whose every part is an ordinary name, so that it cannot lead out
/// of it. Names and versions come from an index, which may be made by anyone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RelativePath {
    segments: Vec<String>,
}

/// A name that cannot be part of a path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} cannot be the name of a file or folder in a repository")]
pub struct BadName(pub String);

impl RelativePath {
    /// `<arch>/APKINDEX.tar.gz`
    ///
    /// # Errors
    /// When the architecture is no ordinary name.
    pub fn index(arch: &str) -> Result<RelativePath, BadName> {
        RelativePath::new([arch.to_owned(), "APKINDEX.tar.gz".to_owned()])
    }

    /// `<arch>/<name>-<version>.apk`, `arch` being the package's own.
    ///
    /// # Errors
    /// When one of them is no ordinary name.
    pub fn package(arch: &str, name: &str, version: &str) -> Result<RelativePath, BadName> {
        RelativePath::new([arch.to_owned(), format!("{name}-{version}.apk")])
    }

    fn new<const N: usize>(segments: [String; N]) -> Result<RelativePath, BadName> {
        for segment in &segments {
            let mut components = Path::new(segment).components();
            let ordinary = matches!(components.next(), Some(Component::Normal(name)) if name == segment.as_str())
                && components.next().is_none()
                && !segment.chars().any(char::is_control);
            if !ordinary {
                return Err(BadName(segment.clone()));
            }
        }
        Ok(RelativePath {
            segments: segments.into(),
        })
    }
}

/// `v3.23` for `3.23` and `v3.23`, `edge` for `edge`.
fn branch(release: &str) -> Result<String, LocationError> {
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let plain = release.strip_prefix('v').unwrap_or(release);
    match plain.split_once('.') {
        Some((major, minor)) if number(major) && number(minor) => Ok(format!("v{plain}")),
        _ if release == "edge" => Ok(release.to_owned()),
        _ => Err(LocationError::Release(release.to_owned())),
    }
}

/// The scheme of what is meant as a URL: all that has `://`, and the schemes that are known.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let mut chars = scheme.chars();
    let well_formed = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let known = ["http", "https", "file"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    (well_formed && (known || rest.starts_with("//"))).then_some(scheme)
}

/// Everything but the unreserved characters of RFC 3986 is encoded: `+` too, which some servers
/// take for a space when it is not.
fn percent_encode(segment: &str, out: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push('%');
            out.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
}

fn without_user(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only where a URL can have no user at all.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// A URL for messages: without user, password, query and fragment.
pub(crate) fn redact(url: &Url) -> String {
    let mut url = without_user(url);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// What can be shown of a text that is no URL: nothing of what stands before an `@` or after a
/// `?`.
fn redact_text(text: &str) -> String {
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    match (shown.split_once(':'), shown.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => shown.to_owned(),
    }
}

/// The same text with asterisks for what may be secret in the addresses in it: user and password,
/// and what stands behind a `?`. Every byte stays at its place.
pub(crate) fn mask(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "\"'<>".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        masked.push_str(before);
        let (address, after) = address.split_at(address.find(ends).unwrap_or(address.len()));
        let host = address.find(['/', '?', '#']).unwrap_or(address.len());
        let user = address[..host].rfind('@').unwrap_or(0);
        let query = address.find('?').map_or(address.len(), |at| at + 1);
        masked.push_str(&"*".repeat(user));
        masked.push_str(&address[user..query]);
        masked.push_str(&"*".repeat(address.len() - query));
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Location {
        Location::parse(text, Path::new("/base")).unwrap()
    }

    fn fail(text: &str) -> LocationError {
        Location::parse(text, Path::new("/base")).unwrap_err()
    }

    #[test]
    fn urls_folders_and_builtins_are_told_apart() {
        assert!(parse("https://example.org/a/").is_remote());
        assert!(parse("HTTP://example.org").is_remote());
        assert_eq!(parse("file:///a%20b"), Location::Folder("/a b".into()));
        assert_eq!(parse("a/b"), Location::Folder("/base/a/b".into()));
        assert_eq!(parse("/a:b"), Location::Folder("/a:b".into()));
        assert_eq!(parse("c:d"), Location::Folder("/base/c:d".into()));
        assert_eq!(parse("builtin:hello"), Location::Builtin("hello".into()));
    }

    #[test]
    fn what_cannot_be_read_from_is_refused() {
        assert_eq!(fail(" "), LocationError::Empty);
        assert_eq!(fail("ftp://a/b"), LocationError::Scheme("ftp".into()));
        assert!(matches!(fail("http:a"), LocationError::BadUrl { .. }));
        assert!(matches!(fail("https://"), LocationError::BadUrl { .. }));
        assert!(matches!(
            fail("file://host/a"),
            LocationError::BadUrl { .. }
        ));
    }

    #[test]
    fn no_credential_is_displayed() {
        let location = parse("https://user:secret@example.org/alpine/?token=secret#secret");
        assert_eq!(location.to_string(), "https://example.org/alpine");
        assert_eq!(format!("{location:?}"), "https://example.org/alpine");
        assert_eq!(
            location.without_credentials(),
            "https://example.org/alpine?token=secret"
        );
        let error = fail("https://user:secret@exa mple/?secret").to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn secrets_in_texts_are_masked_where_they_stand() {
        for (text, masked) in [
            ("no address", "no address"),
            ("x://a:b@c/d?e", "x://***@c/d?*"),
            (
                "url = \"https://me:p@w@host/x@y?t=1\" # z",
                "url = \"https://******@host/x@y?***\" # z",
            ),
            (
                "[\"http://a@b\", \"http://ü@b\"]",
                "[\"http://*@b\", \"http://**@b\"]",
            ),
        ] {
            assert_eq!(mask(text), masked);
            assert_eq!(mask(text).len(), text.len());
        }
    }

    #[test]
    fn joining_encodes_and_keeps_the_query() {
        let package = RelativePath::package("x86_64", "g++", "1.0~a-r0").unwrap();
        let Location::Http(url) = parse("https://u:p@example.org/a%20b/?t=1").join(&package) else {
            panic!("a URL stays one");
        };
        assert_eq!(
            url.as_str(),
            "https://u:p@example.org/a%20b/x86_64/g%2B%2B-1.0~a-r0.apk?t=1"
        );
        assert_eq!(
            parse("/repo").join(&package),
            Location::Folder("/repo/x86_64/g++-1.0~a-r0.apk".into())
        );
        assert_eq!(
            parse("builtin:hello").join(&RelativePath::index("x86_64").unwrap()),
            Location::Builtin("hello/x86_64/APKINDEX.tar.gz".into())
        );
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for arch in ["", ".", "..", "a/b", "/", "/a", "a/", "a\0", "a\nb"] {
            assert!(RelativePath::index(arch).is_err(), "{arch:?}");
        }
        assert!(RelativePath::package("x86_64", "../../a", "1").is_err());
        assert!(RelativePath::package("x86_64", "a", "1/../../b").is_err());
    }

    #[test]
    fn the_official_repositories_follow_the_release_and_the_mirror() {
        let addresses = |release: &str| Location::official(release, &[]).unwrap();
        assert_eq!(
            addresses("3.23").map(|l| l[0].to_string()),
            Location::official_addresses("v3.23").unwrap()
        );
        assert_eq!(
            addresses("edge")[1][0].to_string(),
            "https://dl-cdn.alpinelinux.org/alpine/edge/community"
        );
        let mirrors = ["/one", "/two"].map(|path| Location::Folder(path.into()));
        assert_eq!(
            Location::official("3.19", &mirrors).unwrap()[0],
            ["/one/v3.19/main", "/two/v3.19/main"].map(|path| Location::Folder(path.into()))
        );
        for release in ["", "3", "v", "3.x", "latest-stable", "../3.1", "3.1/.."] {
            assert!(Location::official(release, &[]).is_err(), "{release}");
        }
    }
}
