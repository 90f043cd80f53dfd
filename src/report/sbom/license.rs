//! What a package says of its licence, as an expression that readers of an SBOM understand.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use spdx::{Expression, ParseMode};
use std::collections::BTreeMap;

/// Licences that have been on SPDX's list are expressions as well; other spellings are none.
const MODE: ParseMode = ParseMode {
    allow_deprecated: true,
    allow_postfix_plus_on_gpl: true,
    ..ParseMode::STRICT
};

/// The licence of a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct License {
    /// What the package says.
    pub text: String,
    /// An expression (SPDX 2.3, annex D). What is on no list of SPDX's stands there as a
    /// `LicenseRef-`.
    pub expression: String,
    /// The licences that are on no list: the name after which the expression calls them, and
    /// what the package calls them.
    pub others: BTreeMap<String, String>,
}

impl License {
    /// Reads the field `L:` of an index; `None` when it is empty.
    ///
    /// Alpine asks for SPDX expressions, but older packages list words, and some say `custom` or
    /// whatever came to mind. Of an expression with unknown words these become references; what
    /// is no expression becomes one reference as a whole, since what its words have to do with
    /// each other is not known.
    pub fn parse(text: &str) -> Option<License> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return None;
        }
        let (expression, others) = with_references(&text).unwrap_or_else(|| {
            let reference = reference(&text);
            let others = BTreeMap::from([(reference.clone(), text.clone())]);
            (reference, others)
        });
        Some(License {
            text,
            expression,
            others,
        })
    }

    /// Whether all its words are on SPDX's list.
    pub fn is_listed(&self) -> bool {
        self.others.is_empty()
    }
}

/// The expression with unknown licences as references; `None` when that makes none either.
fn with_references(text: &str) -> Option<(String, BTreeMap<String, String>)> {
    let mut others = BTreeMap::new();
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut expression = String::new();
    let mut after_with = false;
    for word in spaced.split_whitespace() {
        let upper = word.to_ascii_uppercase();
        let is_operator = matches!(upper.as_str(), "AND" | "OR" | "WITH");
        let word = match word {
            "(" | ")" => word.to_owned(),
            _ if is_operator => upper.clone(),
            // What an exception allows cannot be said of one that nobody knows.
            _ if after_with => Some(word.to_owned()).filter(|w| spdx::exception_id(w).is_some())?,
            _ if is_listed(word) => word.to_owned(),
            unknown => {
                let reference = reference(unknown);
                others.insert(reference.clone(), unknown.to_owned());
                reference
            }
        };
        if !expression.is_empty() && word != ")" && !expression.ends_with('(') {
            expression.push(' ');
        }
        expression.push_str(&word);
        after_with = upper == "WITH";
    }
    let parsed = Expression::parse_mode(&expression, MODE);
    parsed.ok().map(|_| (expression, others))
}

fn is_listed(word: &str) -> bool {
    let is_reference = word.starts_with("LicenseRef-") || word.starts_with("DocumentRef-");
    !is_reference && Expression::parse_mode(word, MODE).is_ok()
}

/// The name of a licence that is on no list. It has only letters, digits, `-` and `.`, so where
/// that changes it, a digest keeps different ones apart.
fn reference(text: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "-.".contains(c) => c,
        _ => '-',
    };
    let name: String = text.chars().map(plain).take(60).collect();
    if name == text {
        // Some packages name a reference themselves.
        let plain = name.strip_prefix("LicenseRef-").unwrap_or(&name);
        return format!("LicenseRef-{plain}");
    }
    let digest = HEXLOWER.encode(&Sha256::digest(text)[..4]);
    format!("LicenseRef-{name}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> String {
        License::parse(text).unwrap().expression
    }

    #[test]
    fn expressions_stay_what_they_are() {
        for text in [
            "MIT",
            "GPL-2.0-only AND LGPL-2.1-or-later",
            "GPL-2.0-or-later WITH Autoconf-exception-2.0 AND MIT",
            "(GPL-2.0-only OR GPL-3.0-only) AND GFDL-1.2-only",
            // No longer on the list, but they have been.
            "GPL-2.0",
            "GPL-2.0+",
        ] {
            let license = License::parse(text).unwrap();
            assert_eq!(
                (license.expression.as_str(), license.is_listed()),
                (text, true)
            );
        }
        assert_eq!(
            expression("( LGPL-2.0-or-later or  MIT )"),
            "(LGPL-2.0-or-later OR MIT)"
        );
        assert_eq!(License::parse("  "), None);
    }

    #[test]
    fn unknown_words_become_references_and_are_kept() {
        let license = License::parse("MIT AND custom").unwrap();
        assert_eq!(license.expression, "MIT AND LicenseRef-custom");
        assert_eq!(license.others["LicenseRef-custom"], "custom");
        let named = License::parse("LicenseRef-mine OR MIT").unwrap();
        assert_eq!(named.expression, "LicenseRef-mine OR MIT");
        assert_eq!(named.others["LicenseRef-mine"], "LicenseRef-mine");
        assert!(!license.is_listed());
        let wx = License::parse("custom:wxWidgets").unwrap();
        let (reference, text) = wx.others.first_key_value().unwrap();
        assert!(
            reference.starts_with("LicenseRef-custom-wxWidgets-"),
            "{reference}"
        );
        assert_eq!(text, "custom:wxWidgets");
    }

    #[test]
    fn what_is_no_expression_is_one_reference() {
        for text in [
            "PHP-3.01 BSD-3-Clause MIT",
            "MIT AND (LGPL-2.1-only OR LGPL-3.0-only",
            "GPL-2.0-or-later WITH something",
            "AND",
            "Öffentlich",
        ] {
            let license = License::parse(text).unwrap();
            assert_eq!(license.others.len(), 1, "{license:?}");
            assert_eq!(license.others[&license.expression], text);
            assert!(Expression::parse_mode(&license.expression, MODE).is_ok());
        }
    }

    #[test]
    fn different_texts_have_different_references() {
        assert_ne!(expression("a b"), expression("a-b"));
        assert_ne!(expression("a b"), expression("a/b"));
    }
}
