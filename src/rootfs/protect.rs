//! Which paths a package may not simply overwrite: apk's protected paths.

use bstr::{BStr, BString, ByteSlice};

/// The rules for protected paths, the built-in ones and those of etc/apk/protected_paths.d.
#[derive(Clone, Debug)]
pub struct ProtectedPaths {
    rules: Vec<(Mode, BString)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// `+`, `!`, or nothing: everything below is protected.
    All,
    /// `@`: symlinks alone are.
    Symlinks,
    /// `-`: nothing is.
    Nothing,
}

impl Default for ProtectedPaths {
    /// `+etc @etc/init.d !etc/apk`
    fn default() -> Self {
        let mut paths = ProtectedPaths { rules: Vec::new() };
        paths.add(b"+etc\n@etc/init.d\n!etc/apk\n");
        paths
    }
}

impl ProtectedPaths {
    /// Adds the rules of a `*.list` file: one a line, a mode character and a path; `#` begins a
    /// comment.
    pub fn add(&mut self, list: &[u8]) {
        for line in list.lines() {
            let line = line.trim();
            let (mode, path) = match line {
                [] | [b'#', ..] => continue,
                [b'+' | b'!', path @ ..] => (Mode::All, path),
                [b'@', path @ ..] => (Mode::Symlinks, path),
                [b'-', path @ ..] => (Mode::Nothing, path),
                path => (Mode::All, path),
            };
            let path = path.trim_with(|c| c == '/');
            if !path.is_empty() {
                self.rules.push((mode, path.into()));
            }
        }
    }

    /// Whether the object at `path` is protected. The rule for the longest path decides, of
    /// equal ones the later.
    pub fn covers(&self, path: &BStr, is_symlink: bool) -> bool {
        let below = |rule: &BString| {
            path.strip_prefix(rule.as_slice())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        let rule = self
            .rules
            .iter()
            .filter(|(_, rule)| below(rule))
            .max_by_key(|(_, rule)| rule.len());
        match rule {
            Some((Mode::All, _)) => true,
            Some((Mode::Symlinks, _)) => is_symlink,
            Some((Mode::Nothing, _)) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_decides() {
        let mut paths = ProtectedPaths::default();
        paths.add(b"# local\n-etc/cache\n/srv/data/\n");
        let covers = |path: &str| paths.covers(path.into(), false);
        assert!(covers("etc/passwd") && covers("etc/apk/world") && covers("srv/data/x"));
        assert!(!covers("etcetera/x") && !covers("usr/x") && !covers("etc/cache/x"));
        assert!(!covers("etc/init.d/x"));
        assert!(paths.covers("etc/init.d/x".into(), true));
    }
}
