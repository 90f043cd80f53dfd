//! Users and groups as etc/passwd and etc/group name them.

use super::content::Content;
use super::tree::{NodeKind, Tree};
use bstr::{BString, ByteSlice};
use std::collections::HashMap;
use std::sync::Arc;

/// The numbers of the users and groups of a root.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Accounts {
    users: HashMap<BString, u32>,
    groups: HashMap<BString, u32>,
}

impl Accounts {
    /// Reads the two files' texts. Lines that are malformed name nobody; of two lines with one
    /// name the first counts, as it does for the C library.
    pub fn parse(passwd: &[u8], group: &[u8]) -> Accounts {
        Accounts {
            users: numbers(passwd),
            groups: numbers(group),
        }
    }

    /// Reads etc/passwd and etc/group of a tree; `load` gives the bytes of a file.
    pub fn of_tree(tree: &Tree, load: impl Fn(&Content) -> Option<Arc<[u8]>>) -> Accounts {
        let text = |path: &[u8]| {
            let id = tree.resolve(path).ok()??;
            match &tree.node(id).kind {
                NodeKind::File(content) => load(content),
                _ => None,
            }
        };
        let text = |path| text(path).unwrap_or_else(|| Arc::from([]));
        Accounts::parse(&text(b"etc/passwd"), &text(b"etc/group"))
    }

    /// The number of a user.
    pub fn user(&self, name: &[u8]) -> Option<u32> {
        self.users.get(name.as_bstr()).copied()
    }

    /// The number of a group.
    pub fn group(&self, name: &[u8]) -> Option<u32> {
        self.groups.get(name.as_bstr()).copied()
    }
}

/// The first and third fields of lines such as `name:x:number:…`.
fn numbers(text: &[u8]) -> HashMap<BString, u32> {
    let mut numbers = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split_str(":");
        let (Some(name), Some(number)) = (fields.next(), fields.nth(1)) else {
            continue;
        };
        if let Some(number) = number.to_str().ok().and_then(|n| n.parse().ok()) {
            numbers.entry(name.into()).or_insert(number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_number_of_their_first_line() {
        let accounts = Accounts::parse(
            b"root:x:0:0:root:/root:/bin/sh\nbad line\na:x:100:101::/:\na:x:7:7::/:\n",
            b"root:x:0:root\nshadow:x:42:\nodd:x:y:\n",
        );
        assert_eq!(accounts.user(b"root"), Some(0));
        assert_eq!(accounts.user(b"a"), Some(100));
        assert_eq!(accounts.user(b"bad line"), None);
        assert_eq!(accounts.group(b"shadow"), Some(42));
        assert_eq!(accounts.group(b"odd"), None);
    }
}
