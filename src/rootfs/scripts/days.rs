//! The day in etc/shadow.
//!
//! `adduser` and `passwd` write into etc/shadow on which day a password was set last: today. Two
//! builds on two days would differ. So in lines that a script made or changed, today becomes the
//! day of the build. The backup `etc/shadow-` is treated alike.

use super::apply::content_of;
use super::{Delta, Settings};
use crate::rootfs::content::Content;
use crate::rootfs::tree::{NodeKind, Tree};
use crate::sandbox::{Change, Object};
use bstr::{BString, ByteSlice};
use std::collections::HashSet;
use std::io::Read;
use std::ops::RangeInclusive;
use std::time::SystemTime;

const SECONDS_A_DAY: u64 = 86400;
const FILES: [&[u8]; 2] = [b"etc/shadow", b"etc/shadow-"];

/// Today, in days since 1970.
pub(super) fn today() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |elapsed| elapsed.as_secs() / SECONDS_A_DAY)
}

/// The lines that there were before a script.
pub(super) struct Shadow(HashSet<BString>);

impl Shadow {
    /// Reads them from the tree.
    pub fn read(tree: &Tree, settings: &Settings<'_>) -> Shadow {
        let mut lines = HashSet::new();
        for path in FILES {
            let Some(NodeKind::File(content)) = tree.find(path).map(|id| &tree.node(id).kind)
            else {
                continue;
            };
            if let Some(text) = text(content, settings) {
                lines.extend(text.lines().map(BString::from));
            }
        }
        Shadow(lines)
    }

    /// Changes `days` to the day of `time` in the lines that a delta brings. Returns the paths of
    /// the files that this changed.
    pub fn normalise(
        &self,
        delta: &mut Delta,
        days: RangeInclusive<u64>,
        time: u64,
    ) -> Vec<BString> {
        let mut again = Vec::new();
        for path in FILES {
            let Some(content) = content_of(delta, path.as_bstr()) else {
                continue;
            };
            let Content::Bytes(bytes) = &*content else {
                continue;
            };
            let new = self.rewrite(bytes, &days, time / SECONDS_A_DAY);
            if new != **bytes {
                let size = new.len() as u64;
                *content = Content::Bytes(new.into());
                resize(delta, path, size);
                again.push(path.into());
            }
        }
        again
    }

    fn rewrite(&self, text: &[u8], days: &RangeInclusive<u64>, day: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for line in text.lines_with_terminator() {
            let bare = line.trim_end_with(|c| c == '\n');
            let fields: Vec<&[u8]> = bare.split(|byte| *byte == b':').collect();
            let changed = fields.get(2).and_then(|field| field.to_str().ok());
            let is_today = changed.is_some_and(|f| f.parse().is_ok_and(|d| days.contains(&d)));
            if !is_today || self.0.contains(bare.as_bstr()) {
                out.extend_from_slice(line);
                continue;
            }
            let day = day.to_string();
            let mut fields = fields;
            fields[2] = day.as_bytes();
            out.extend_from_slice(&bstr::join(b":", fields));
            out.extend_from_slice(&line[bare.len()..]);
        }
        out
    }
}

fn resize(delta: &mut Delta, path: &[u8], new: u64) {
    for (change, _) in &mut delta.changes {
        if let Change::Object {
            path: changed,
            object: Object::File(size),
            ..
        } = change
            && changed.as_slice() == path
        {
            *size = new;
        }
    }
}

fn text(content: &Content, settings: &Settings<'_>) -> Option<Vec<u8>> {
    match content {
        Content::Package { package, entry, .. } => {
            let fetched = settings.packages.get(*package)?.as_ref()?;
            fetched.package.kept.get(entry).cloned()
        }
        content => {
            let mut bytes = Vec::new();
            content.open().ok()?.read_to_end(&mut bytes).ok()?;
            Some(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_lines_of_today_are_changed() {
        let old = "root:*::0:::::\nold:!:20000:0:99999:7:::";
        let before = Shadow(old.lines().map(BString::from).collect());
        let text = "root:*::0:::::\nold:!:20000:0:99999:7:::\nnew:!:20000:0:99999:7:::\n\
                    other:!:19000:0:99999:7:::\nodd:20000\nlast:!:20001:0";
        let new = before.rewrite(text.as_bytes(), &(20000..=20001), 7);
        assert_eq!(
            new.to_str().unwrap(),
            "root:*::0:::::\nold:!:20000:0:99999:7:::\nnew:!:7:0:99999:7:::\n\
             other:!:19000:0:99999:7:::\nodd:20000\nlast:!:7:0"
        );
    }
}
