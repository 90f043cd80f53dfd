//! `.PKGINFO`, the description of a package that travels inside it.

use std::fmt;

/// The parts of a `.PKGINFO` that installing needs and an index does not have, and those that
/// are compared with the index.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PkgInfo {
    /// `pkgname`
    pub name: String,
    /// `pkgver`
    pub version: String,
    /// `arch`
    pub arch: String,
    /// `origin`
    pub origin: String,
    /// `size`: the bytes that the package takes once installed.
    pub installed_size: u64,
    /// `builddate`, in seconds since 1970.
    pub build_date: u64,
    /// `replaces`: atoms naming the packages whose files this one may take over.
    pub replaces: Vec<String>,
    /// `replaces_priority`: between packages that replace each other the higher one wins.
    pub replaces_priority: Option<u32>,
    /// `triggers`: globs of the directories that the package's trigger watches.
    pub triggers: Vec<String>,
    /// `datahash`: SHA-256 of the compressed data member.
    pub data_hash: Option<[u8; 32]>,
    /// All pairs of key and value in the order of the file.
    pub pairs: Vec<(String, String)>,
}

/// A line of a `.PKGINFO` that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PkgInfoError {
    /// Counted from 1.
    pub line: usize,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

impl std::error::Error for PkgInfoError {}

impl fmt::Display for PkgInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PkgInfoError {
            line,
            expected,
            found,
        } = self;
        write!(
            f,
            "line {line} of .PKGINFO: expected {expected}, found {found:?}"
        )
    }
}

impl PkgInfo {
    /// `name-version`
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Reads `key = value` lines. `#` begins a comment line, a repeated key appends, unknown
    /// keys are kept in [`pairs`](Self::pairs) alone.
    ///
    /// # Errors
    /// At a line without ` = `, or a number or digest that is none.
    pub fn parse(text: &str) -> Result<PkgInfo, PkgInfoError> {
        let mut info = PkgInfo::default();
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let error = |expected, found: &str| PkgInfoError {
                line: number + 1,
                expected,
                found: found.chars().take(80).collect(),
            };
            let (key, value) = line
                .split_once(" = ")
                .or_else(|| Some((line.strip_suffix(" =")?, "")))
                .ok_or_else(|| error("key = value", line))?;
            let number = || value.parse().map_err(|_| error("a number", value));
            let words = || value.split_ascii_whitespace().map(str::to_owned);
            match key {
                "pkgname" => info.name = value.to_owned(),
                "pkgver" => info.version = value.to_owned(),
                "arch" => info.arch = value.to_owned(),
                "origin" => info.origin = value.to_owned(),
                "size" => info.installed_size = number()?,
                "builddate" => info.build_date = number()?,
                "replaces" => info.replaces.extend(words()),
                "replaces_priority" => {
                    let priority =
                        u32::try_from(number()?).map_err(|_| error("a number", value))?;
                    info.replaces_priority = Some(priority);
                }
                "triggers" => info.triggers.extend(words()),
                "datahash" => {
                    let digest = data_encoding::HEXLOWER_PERMISSIVE
                        .decode(value.as_bytes())
                        .ok()
                        .and_then(|bytes| bytes.try_into().ok())
                        .ok_or_else(|| error("64 hexadecimal digits", value))?;
                    info.data_hash = Some(digest);
                }
                _ => {}
            }
            info.pairs.push((key.to_owned(), value.to_owned()));
        }
        Ok(info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_repeated_ones_append() {
        let info = PkgInfo::parse(
            "# made by hand\npkgname = a\npkgver = 1-r0\nsize = 12\nreplaces = b\n\
             replaces = c<2 d\nreplaces_priority = 7\ntriggers = /bin /usr/*\nodd = x = y\nempty = \n",
        )
        .unwrap();
        assert_eq!((info.name.as_str(), info.installed_size), ("a", 12));
        assert_eq!(info.replaces, ["b", "c<2", "d"]);
        assert_eq!(info.replaces_priority, Some(7));
        assert_eq!(info.triggers, ["/bin", "/usr/*"]);
        assert_eq!(info.pairs[7], ("odd".to_owned(), "x = y".to_owned()));
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, line) in [
            ("pkgname = a\nnonsense", 2),
            ("size = big", 1),
            ("datahash = 12", 1),
            ("replaces_priority = 99999999999", 1),
        ] {
            assert_eq!(PkgInfo::parse(text).unwrap_err().line, line, "{text}");
        }
    }
}
