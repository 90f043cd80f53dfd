//! The name of an image: `[registry/]path[:tag]`, after the grammar of the OCI distribution
//! specification and of Docker's references.

use std::fmt;
use std::path::Path;

/// A valid name for an image.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ImageName {
    repository: String,
    tag: Option<String>,
}

/// Why a text is no name for an image.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// It is empty, or a part between slashes is.
    #[error("a part of the name is empty")]
    Empty,
    /// It has upper-case letters.
    #[error("names of images are lower-case")]
    UpperCase,
    /// A character that names don't have, or a separator where none may stand.
    #[error(
        "{0:?} cannot be part of the name: expected lower-case letters and digits, separated by \
         one \".\", one or two \"_\" or any number of \"-\""
    )]
    BadPart(String),
    /// The tag breaks the grammar.
    #[error(
        "{0:?} is no tag: expected up to 128 letters, digits, \"_\", \".\" and \"-\", \
         not beginning with \".\" or \"-\""
    )]
    BadTag(String),
    /// It names a digest, which only the finished image has.
    #[error("a digest cannot be chosen")]
    Digest,
    /// It is too long.
    #[error("the name is longer than {MAX_LENGTH} characters")]
    Long,
}

/// The limit of Docker's references.
const MAX_LENGTH: usize = 255;

impl ImageName {
    /// Reads a name such as `php-demo`, `me/php-demo:1.0` or `localhost:5000/demo`.
    ///
    /// ```
    /// use apkcompose::manifest::ImageName;
    /// let name = ImageName::parse("ghcr.io/me/demo:1.0").unwrap();
    /// assert_eq!((name.repository(), name.tag()), ("ghcr.io/me/demo", Some("1.0")));
    /// assert_eq!(name.file_stem(), "demo");
    /// ```
    ///
    /// # Errors
    /// When the text breaks the grammar.
    pub fn parse(text: &str) -> Result<ImageName, NameError> {
        if text.contains('@') {
            return Err(NameError::Digest);
        }
        // A colon before the last slash is a registry's port.
        let last = text.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match text[last..].find(':') {
            Some(colon) => (&text[..last + colon], Some(&text[last + colon + 1..])),
            None => (text, None),
        };
        if repository.len() > MAX_LENGTH {
            return Err(NameError::Long);
        }
        let (registry, path) = split_registry(repository);
        if let Some(registry) = registry {
            let (host, port) = registry.split_once(':').unwrap_or((registry, "0"));
            let host_fits = host
                .split('.')
                .all(|label| is_part(&label.to_ascii_lowercase()));
            if !host_fits || port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
                return Err(NameError::BadPart(registry.to_owned()));
            }
        }
        for part in path.split('/') {
            if part.is_empty() {
                return Err(NameError::Empty);
            }
            if !is_part(part) {
                if is_part(&part.to_lowercase()) {
                    return Err(NameError::UpperCase);
                }
                return Err(NameError::BadPart(part.to_owned()));
            }
        }
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(NameError::BadTag(tag.to_owned()));
        }
        Ok(ImageName {
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
        })
    }

    /// The name for an image whose manifest has none: the manifest's file name without its
    /// ending, lower-case, with `-` for what cannot be in a name; `image` when nothing is left.
    ///
    /// ```
    /// use apkcompose::manifest::ImageName;
    /// let name = ImageName::from_path("images/My App.toml".as_ref());
    /// assert_eq!(name.to_string(), "my-app");
    /// ```
    pub fn from_path(path: &Path) -> ImageName {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut name = String::new();
        for c in stem.chars().take(MAX_LENGTH) {
            let c = c.to_ascii_lowercase();
            if c.is_ascii_alphanumeric() || (matches!(c, '.' | '_') && !ends_in_separator(&name)) {
                name.push(c);
            } else if !ends_in_separator(&name) {
                name.push('-');
            }
        }
        let name = name.trim_matches(['.', '_', '-']);
        ImageName {
            repository: if name.is_empty() { "image" } else { name }.to_owned(),
            tag: None,
        }
    }

    /// All but the tag: `ghcr.io/me/demo`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one was given; clients take its absence for `latest`.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The last part of the name, for names of files: `demo`.
    pub fn file_stem(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or("image")
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        match &self.tag {
            Some(tag) => write!(f, ":{tag}"),
            None => Ok(()),
        }
    }
}

/// The first part is a registry when it looks like a host: Docker's rule.
fn split_registry(repository: &str) -> (Option<&str>, &str) {
    match repository.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, repository),
    }
}

fn ends_in_separator(name: &str) -> bool {
    name.is_empty() || name.ends_with(['.', '_', '-'])
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
pub(crate) fn is_part(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut separators = part.split(alphanumeric).filter(|s| !s.is_empty());
    part.starts_with(alphanumeric)
        && part.ends_with(alphanumeric)
        && separators.all(|s| matches!(s, "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

/// `[\w][\w.-]{0,127}`
pub(crate) fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_print_as_they_were_read() {
        for text in [
            "php",
            "php-demo:8.3",
            "me/a__b/c.d",
            "localhost:5000/x",
            "Example.org/x:V1_",
            "a---b",
        ] {
            assert_eq!(ImageName::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn each_fault_has_its_error() {
        use NameError as E;
        let fault = |text: &str| ImageName::parse(text).unwrap_err();
        assert_eq!(fault(""), E::Empty);
        assert_eq!(fault("me//x"), E::Empty);
        assert_eq!(fault("Demo"), E::UpperCase);
        assert_eq!(fault("de mo"), E::BadPart("de mo".into()));
        assert_eq!(fault("a..b"), E::BadPart("a..b".into()));
        assert_eq!(fault("-a"), E::BadPart("-a".into()));
        assert_eq!(fault("a___b"), E::BadPart("a___b".into()));
        assert_eq!(fault("a:"), E::BadTag("".into()));
        assert_eq!(fault("a:b:c"), E::BadTag("b:c".into()));
        assert_eq!(fault("a:.x"), E::BadTag(".x".into()));
        assert_eq!(fault("host:x/a"), E::BadPart("host:x".into()));
        assert_eq!(fault("a@sha256:00"), E::Digest);
        assert_eq!(fault(&"a".repeat(256)), E::Long);
    }

    #[test]
    fn every_file_name_makes_a_valid_name() {
        for (path, name) in [
            ("php.toml", "php"),
            ("Über Uns.v2.toml", "ber-uns.v2"),
            ("__.toml", "image"),
            ("", "image"),
            ("/", "image"),
            ("a-_b..c.toml", "a-b.c"),
        ] {
            let made = ImageName::from_path(path.as_ref());
            assert_eq!(made.to_string(), name);
            assert_eq!(ImageName::parse(name).unwrap(), made);
        }
    }
}
