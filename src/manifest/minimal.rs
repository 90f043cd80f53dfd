//! `minimal`: what very small images do without, by name.

use super::reader::Value;
use super::schema;

/// Paths that an image can do without.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Preset {
    /// Manuals and other texts for people.
    Docs,
    /// Translations, and what languages and countries do in their own way.
    Locales,
    /// What apk knows of the packages; without it, it can neither add to the image nor update it,
    /// and scanners that read it find no packages.
    ApkDb,
    /// What only compilers need.
    Development,
}

impl Preset {
    /// All of them.
    pub const ALL: [Preset; 4] = [
        Preset::Docs,
        Preset::Locales,
        Preset::ApkDb,
        Preset::Development,
    ];

    /// The name in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Docs => "docs",
            Preset::Locales => "locales",
            Preset::ApkDb => "apk-db",
            Preset::Development => "development",
        }
    }

    /// Globs for the paths, as `exclude` takes them.
    pub const fn patterns(self) -> &'static [&'static str] {
        match self {
            Preset::Docs => &[
                "/usr/share/{man,doc,info,gtk-doc,help,licenses}",
                "/usr/local/share/{man,doc,info}",
            ],
            Preset::Locales => &["/usr/share/{locale,i18n}", "/usr/lib/locale"],
            Preset::ApkDb => &[
                "/{lib,usr/lib,etc,var/lib,var/cache}/apk",
                "/var/log/apk.log",
            ],
            Preset::Development => &[
                "/usr/include",
                "/usr/{lib,share}/{pkgconfig,cmake}",
                "/usr/share/aclocal",
                "/{lib,usr/lib}/**/*.a",
            ],
        }
    }
}

pub(super) fn read_minimal(value: Value<'_>) -> Vec<Preset> {
    let mut all = Vec::new();
    for (text, value) in value.strings() {
        if let Some(preset) = Preset::ALL.into_iter().find(|p| p.name() == text) {
            if !all.contains(&preset) {
                all.push(preset);
            }
            continue;
        }
        let names = Preset::ALL.map(Preset::name);
        let message = format!("{text:?} is nothing that can be left out by name");
        value.report(match schema::nearest(text, &names) {
            Some(near) => value.problem(format!("{message}; did you mean {near:?}?")),
            None => value.problem(message).help(format!(
                "expected {}; paths are left out with exclude",
                names.join(", ")
            )),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::exclusion;

    #[test]
    fn patterns_are_globs_of_absolute_paths() {
        for preset in Preset::ALL {
            let patterns = preset.patterns();
            assert!(patterns.iter().all(|p| p.starts_with('/')));
            assert!(exclusion(patterns.iter().copied()).is_ok(), "{preset:?}");
        }
    }
}
