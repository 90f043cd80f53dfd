//! What a registry asks for where it knows nobody: the `WWW-Authenticate` header (RFC 9110,
//! section 11, and Docker's token authentication).

use std::collections::BTreeMap;

/// A way to say who one is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token with every request.
    Bearer {
        /// The URL at which tokens are had.
        realm: String,
        /// What the server of tokens calls the registry.
        service: Option<String>,
    },
}

/// The challenges of a header's value that are understood, a token before a password.
pub(super) fn parse<'a>(values: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut basic = None;
    for (scheme, mut parameters) in values.flat_map(split) {
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => {
                if let Some(realm) = parameters.remove("realm") {
                    let service = parameters.remove("service");
                    return Some(Challenge::Bearer { realm, service });
                }
            }
            "basic" => basic = Some(Challenge::Basic),
            _ => {}
        }
    }
    basic
}

/// The schemes of a value, each with its parameters.
fn split(value: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut found: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            // Nothing, or nothing that makes sense.
            return found;
        }
        match after.trim_start().strip_prefix('=') {
            Some(text) => {
                let (value, after) = parameter(text.trim_start());
                if let Some((_, parameters)) = found.last_mut() {
                    parameters.insert(word.to_ascii_lowercase(), value);
                }
                rest = after;
            }
            None => {
                found.push((word.to_owned(), BTreeMap::new()));
                rest = after;
            }
        }
    }
}

/// The value of a parameter, quoted or not, and what follows it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[place + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer {
            realm: realm.into(),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn challenges_are_read_however_they_are_written() {
        for (header, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a:pull,push""#,
                bearer("https://auth.docker.io/token", Some("registry.docker.io")),
            ),
            (
                r#"bearer Realm = x, realm="a\"b" , service=plain"#,
                bearer("a\"b", Some("plain")),
            ),
            (r#"Basic realm="x", Bearer realm="y""#, bearer("y", None)),
            (r#"Basic realm="Bearer realm=1""#, Some(Challenge::Basic)),
            ("Negotiate, Basic", Some(Challenge::Basic)),
            (r#"Bearer service="x""#, None),
            (r#"Bearer realm="unended"#, bearer("unended", None)),
            ("", None),
            ("=,=\"\"", None),
        ] {
            assert_eq!(parse([header].into_iter()), expected, "{header}");
        }
        let both = ["Basic realm=\"x\"", "Bearer realm=\"y\""];
        assert_eq!(parse(both.into_iter()), bearer("y", None));
    }
}
