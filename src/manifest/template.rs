//! The manifest that a new one begins as.

use super::{DEFAULT_RELEASE, Word};
use std::fmt::Write as _;

/// A manifest of these words with comments that tell what else it can say, for a release of
/// Alpine (`None`: the default).
pub fn template(words: &[Word], release: Option<&str>) -> String {
    let mut list = String::new();
    for word in words {
        // Writing to a string never fails. An atom has neither quotes nor backslashes.
        let _ = write!(list, "\n    {:?},", word.atom);
    }
    if !list.is_empty() {
        list.push('\n');
    }
    let release = release.unwrap_or(DEFAULT_RELEASE);
    HEAD.replace("LIST", &list).replace("RELEASE", release)
}

const HEAD: &str = "\
# What the image holds, as `apk add` would be told: \"php\", \"php~8.3\", \"php=8.3.12-r0\",
# \"!php\" to keep it out, \"php@edge\" from a repository with that tag.
packages = [LIST]

# The image's name; without it, that of this file.
# name = \"me/demo:1.0\"

# Architectures; without them, this machine's.
# arch = [\"x86_64\", \"aarch64\"]

# Paths that are left out.
# exclude = [\"/usr/share/man/**\"]

[repositories]
# The release whose main and community are used, or \"edge\".
alpine = \"RELEASE\"

# A repository beside Alpine's, and the keys that vouch for it.
# [[repository]]
# url = \"packages\"
# tag = \"local\"
# keys = [\"keys/me.rsa.pub\"]

# How containers of the image start.
[image]
# entrypoint = [\"php\", \"-S\", \"0.0.0.0:80\", \"-t\", \"/srv\"]
# env = { LANG = \"C.UTF-8\" }
# user = \"nobody\"
# workdir = \"/srv\"
# expose = [80]

# Files to put into it: from a \"source\" beside this manifest, or of this \"content\".
# [[file]]
# content = \"Hello\\n\"
# target = \"/srv/index.html\"

# Users beside those that packages make.
# [[user]]
# name = \"web\"
# uid = 1000
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;

    #[test]
    fn what_is_commented_out_is_right_as_well() {
        let words = [
            Word::parse("php~8.3").unwrap(),
            Word::parse("!git").unwrap(),
        ];
        let text = template(&words, None);
        let manifest = parse("x.toml".as_ref(), &text).unwrap();
        assert_eq!(manifest.packages.len(), 2);
        assert_eq!(manifest.release(), Some(DEFAULT_RELEASE));
        let examples = text.lines().map(|line| match line.strip_prefix("# ") {
            Some(code) if code.starts_with('[') || code.contains(" = ") => code,
            _ => line,
        });
        let text = examples.collect::<Vec<_>>().join("\n");
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        std::fs::write(folder.path().join("keys/me.rsa.pub"), "").unwrap();
        let manifest = parse(&folder.path().join("x.toml"), &text).unwrap();
        assert_eq!(manifest.repositories[0].tag.as_deref(), Some("local"));
        assert_eq!(manifest.image.user.as_deref(), Some("nobody"));
        assert_eq!((manifest.files.len(), manifest.users.len()), (1, 1));
    }
}
