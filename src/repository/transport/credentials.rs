//! Who we are to which server.

use reqwest::Url;
use std::fmt;

/// Users and passwords by host. What stands in an address itself goes before these.
///
/// A host's credentials go to no other host, redirects included. Its [`Debug`](fmt::Debug) form
/// shows none of them.
#[derive(Clone, Default)]
pub struct Credentials {
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    host: String,
    /// `None`: any.
    port: Option<u16>,
    user: String,
    password: String,
}

/// Why a value of `HTTP_AUTH` is not used. It is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HttpAuthError {
    /// It has another form.
    #[error("expected basic:HOST:USER:PASSWORD")]
    Form,
    /// It is for every server.
    #[error("it names no host, so that every server would be told: write basic:HOST:USER:PASSWORD")]
    Everywhere,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Adds what `HTTP_AUTH` says, in apk's form `basic:REALM:USER:PASSWORD`. The realm has to be
    /// the host (or `host:port`) that they are for.
    ///
    /// # Errors
    /// When it has another form, or is for every server (`*`).
    pub fn add_http_auth(&mut self, text: &str) -> Result<(), HttpAuthError> {
        let mut parts = text.splitn(2, ':');
        let (scheme, rest) = (parts.next().unwrap_or_default(), parts.next());
        let rest = rest.ok_or(HttpAuthError::Form)?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(HttpAuthError::Form);
        }
        let (realm, rest) = rest.split_once(':').ok_or(HttpAuthError::Form)?;
        if realm.is_empty() || realm == "*" {
            return Err(HttpAuthError::Everywhere);
        }
        // A port is told from a user by being a number with a user and a password behind it.
        let port = rest.split_once(':').and_then(|(port, rest)| {
            let port = port.parse::<u16>().ok()?;
            rest.contains(':').then_some((port, rest))
        });
        let (port, rest) = port.map_or((None, rest), |(port, rest)| (Some(port), rest));
        let (user, password) = rest.split_once(':').ok_or(HttpAuthError::Form)?;
        self.add(realm, port, user, password);
        Ok(())
    }

    /// Adds the `machine` entries of a netrc file. `default` is for every server there is, so it
    /// is left out; so are entries without a password.
    pub fn add_netrc(&mut self, text: &str) {
        let mut words = words(text).into_iter();
        let mut current: Option<(String, Option<String>, Option<String>)> = None;
        let mut entries = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "machine" => {
                    entries.extend(current.take());
                    current = words.next().map(|host| (host, None, None));
                }
                "default" => entries.extend(current.take()),
                "login" | "user" => {
                    let user = words.next();
                    if let Some(entry) = &mut current {
                        entry.1 = user;
                    }
                }
                "password" | "passwd" => {
                    let password = words.next();
                    if let Some(entry) = &mut current {
                        entry.2 = password;
                    }
                }
                "account" => {
                    words.next();
                }
                _ => {}
            }
        }
        entries.extend(current);
        for (host, user, password) in entries {
            if let Some(password) = password {
                self.add(&host, None, &user.unwrap_or_default(), &password);
            }
        }
    }

    fn add(&mut self, host: &str, port: Option<u16>, user: &str, password: &str) {
        self.entries.push(Entry {
            host: host.to_ascii_lowercase(),
            port,
            user: user.to_owned(),
            password: password.to_owned(),
        });
    }

    /// User and password for an address: of the entries for its host the first that is of the
    /// address's own user, if it names one. `None` also when the address has a password itself.
    pub(super) fn of(&self, url: &Url) -> Option<(&str, &str)> {
        if url.password().is_some() {
            return None;
        }
        let host = url.host_str()?;
        let port = url.port_or_known_default();
        let user = percent_decoded(url.username());
        let fits = |entry: &&Entry| {
            entry.host == host
                && (entry.port.is_none() || entry.port == port)
                && (user.is_empty() || user == entry.user)
        };
        let entry = self.entries.iter().find(fits)?;
        Some((&entry.user, &entry.password))
    }
}

/// A user as a URL has it, in plain.
fn percent_decoded(text: &str) -> String {
    let mut pairs = text.split('%');
    let mut bytes = pairs.next().unwrap_or_default().as_bytes().to_vec();
    for part in pairs {
        match part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            None => {
                bytes.push(b'%');
                bytes.extend(part.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The words of a netrc file: between blanks, or in double quotes with `\` before what is meant
/// as it stands. Comments (`#` at a word's beginning) and macros (`macdef` up to an empty line)
/// are left out.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        if in_macro {
            in_macro = !line.trim().is_empty();
            continue;
        }
        let mut chars = line.chars().peekable();
        loop {
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
            // A value may begin or be called so, too.
            let is_value = words
                .last()
                .is_some_and(|before: &String| before == "password" || before == "login");
            match chars.peek() {
                None => break,
                Some('#') if !is_value => break,
                Some('"') => {
                    chars.next();
                    words.push(quoted(&mut chars));
                }
                Some(_) => {
                    let mut word = String::new();
                    while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                        word.push(c);
                    }
                    if word == "macdef" && !is_value {
                        in_macro = true;
                        break;
                    }
                    words.push(word);
                }
            }
        }
    }
    words
}

/// The rest of a word in quotes, up to the closing one.
fn quoted(chars: &mut impl Iterator<Item = char>) -> String {
    let mut word = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => word.extend(chars.next()),
            c => word.push(c),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(credentials: &'a Credentials, url: &str) -> Option<(&'a str, &'a str)> {
        credentials.of(&Url::parse(url).unwrap())
    }

    #[test]
    fn a_netrc_is_read() {
        let mut credentials = Credentials::default();
        credentials.add_netrc(
            "# machine commented.org login x password y\n\
             machine one.org login me password \"a \\\"b\\\" #c\"\n\
             machine Two.org\n\tlogin you\n\tpassword p#w\n\taccount z\n\
             macdef init\nmachine macro.org login m password m\n\n\
             machine two.org login other password q machine nobody.org login n\n\
             default login anonymous password guest",
        );
        assert_eq!(
            of(&credentials, "https://one.org/x"),
            Some(("me", "a \"b\" #c"))
        );
        assert_eq!(
            of(&credentials, "http://two.org:8080"),
            Some(("you", "p#w"))
        );
        assert_eq!(
            of(&credentials, "https://other@two.org"),
            Some(("other", "q"))
        );
        for nothing in [
            "https://commented.org",
            "https://macro.org",
            "https://nobody.org",
            "https://third.org",
            "https://sub.one.org",
            "https://you:own@two.org",
            "https://stranger@two.org",
        ] {
            assert_eq!(of(&credentials, nothing), None, "{nothing}");
        }
        assert!(!format!("{credentials:?}").contains("one.org"));
    }

    #[test]
    fn http_auth_is_for_one_host() {
        let mut credentials = Credentials::default();
        let mut add = |text| credentials.add_http_auth(text);
        assert_eq!(add("basic:one.org:me:p:w"), Ok(()));
        assert_eq!(add("Basic:two.org:8443:you:q"), Ok(()));
        for text in ["basic:*:me:p", "basic::me:p"] {
            assert_eq!(add(text), Err(HttpAuthError::Everywhere), "{text}");
        }
        for text in ["", "secret", "digest:a:b:c", "basic:a:b"] {
            assert_eq!(add(text), Err(HttpAuthError::Form), "{text}");
        }
        assert_eq!(of(&credentials, "https://one.org:1/"), Some(("me", "p:w")));
        assert_eq!(
            of(&credentials, "https://two.org:8443/"),
            Some(("you", "q"))
        );
        assert_eq!(of(&credentials, "https://two.org/"), None);
    }
}
