//! Who is pushing: the credential files and helpers of docker and podman.
//!
//! A file holds (`docker login`, `podman login`, containers-auth.json(5)):
//!
//! ```json
//! {"auths": {"ghcr.io": {"auth": "base64 of user:password"}},
//!  "credHelpers": {"gcr.io": "gcloud"}, "credsStore": "desktop"}
//! ```
//!
//! The crate `docker_credential` reads such files too, but takes a registry that a helper has
//! nothing for as an error, shows in its errors what the helper printed, where secrets may be,
//! and knows no entries of a repository, as podman writes them.

use super::reference::{DEFAULT_REGISTRY, Reference};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What docker's files call Docker Hub.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The user's name by which helpers say that the secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// Who one is to a registry. Its `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user and a password, or a token in the place of one.
    Password(String, String),
    /// What a token is had for (OAuth 2's refresh token).
    IdentityToken(String),
    /// What is shown to the registry itself.
    RegistryToken(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::Password(..) => "Password",
            Credential::IdentityToken(_) => "IdentityToken",
            Credential::RegistryToken(_) => "RegistryToken",
        })
    }
}

impl Credential {
    /// What must be seen by nobody else.
    pub(super) fn secret(&self) -> &str {
        match self {
            Credential::Password(_, secret)
            | Credential::IdentityToken(secret)
            | Credential::RegistryToken(secret) => secret,
        }
    }
}

/// The files that are looked into, the first that knows a registry counts.
#[derive(Clone, Default, Debug)]
pub struct CredentialFiles(pub Vec<PathBuf>);

/// Why a credential cannot be had although there should be one. No message shows any.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// A file is there and cannot be read.
    #[error("cannot read the credentials in {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is there and makes no sense.
    #[error("the credentials in {} cannot be used: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A helper that a file names is missing or fails.
    #[error("the credential helper {helper} that {} names {problem}", path.display())]
    Helper {
        /// The file.
        path: PathBuf,
        /// The program.
        helper: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A file as docker and podman write it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct File {
    auths: BTreeMap<String, Entry>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

/// What a file says of a registry.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "lowercase")]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// What a helper prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl CredentialFiles {
    /// The credential for the registry, or the repository, of a reference.
    ///
    /// # Errors
    /// When a file makes no sense, or a helper that it names fails.
    pub fn find(&self, reference: &Reference) -> Result<Option<Credential>, CredentialError> {
        for path in &self.0 {
            let bytes = match fs::read(path) {
                Ok(bytes) => bytes,
                Err(error) if is_absent(&error) => continue,
                Err(source) => {
                    let path = path.clone();
                    return Err(CredentialError::Read { path, source });
                }
            };
            let found = File::parse(path, &bytes)?.find(path, reference)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn malformed(path: &Path, problem: impl Into<String>) -> CredentialError {
    CredentialError::Malformed {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

impl File {
    fn parse(path: &Path, bytes: &[u8]) -> Result<File, CredentialError> {
        // The parser's own words may quote what stands there.
        let place = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            malformed(
                path,
                format!("no such JSON as docker writes, at line {line}, column {column}"),
            )
        };
        serde_json::from_slice(bytes).map_err(place)
    }

    fn find(
        &self,
        path: &Path,
        reference: &Reference,
    ) -> Result<Option<Credential>, CredentialError> {
        let server = match reference.registry.as_str() {
            DEFAULT_REGISTRY => DOCKER_HUB,
            other => other,
        };
        let helper = self.cred_helpers.iter().find_map(|(key, helper)| {
            (bare(key) == reference.registry && !helper.is_empty()).then_some(helper)
        });
        if let Some(helper) = helper
            && let Some(credential) = ask(path, helper, server)?
        {
            return Ok(Some(credential));
        }
        // The entry of the repository, or of the nearest folder above it.
        let name = reference.name();
        let mut wanted = name.as_str();
        loop {
            for (_, entry) in self.auths.iter().filter(|(key, _)| bare(key) == wanted) {
                if let Some(credential) = entry.credential(path, wanted)? {
                    return Ok(Some(credential));
                }
            }
            match wanted.rfind('/') {
                Some(slash) => wanted = &wanted[..slash],
                None => break,
            }
        }
        match self.creds_store.as_str() {
            "" => Ok(None),
            store => ask(path, store, server),
        }
    }
}

/// The registry, or the repository in one, that a key of `auths` is for. Docker's old keys are
/// URLs with the version of the protocol.
fn bare(key: &str) -> &str {
    let url = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    let name = match url {
        Some(rest) => rest.split('/').next().unwrap_or_default(),
        None => key.trim_end_matches('/'),
    };
    match name {
        "index.docker.io" | "registry-1.docker.io" | "index.docker.io/v1" => DEFAULT_REGISTRY,
        other => other,
    }
}

impl Entry {
    fn credential(
        &self,
        path: &Path,
        registry: &str,
    ) -> Result<Option<Credential>, CredentialError> {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = some(&self.registrytoken) {
            return Ok(Some(Credential::RegistryToken(token)));
        }
        if let Some(token) = some(&self.identitytoken) {
            return Ok(Some(Credential::IdentityToken(token)));
        }
        if let Some(auth) = some(&self.auth) {
            let decoded = data_encoding::BASE64
                .decode(auth.as_bytes())
                .or_else(|_| data_encoding::BASE64_NOPAD.decode(auth.as_bytes()));
            let decoded = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            // Docker pads some with zeros.
            let pair = decoded.as_deref().map(|text| text.trim_end_matches('\0'));
            let Some((user, password)) = pair.and_then(|text| text.split_once(':')) else {
                let problem =
                    format!("expected the base64 of user:password as `auth` of {registry}");
                return Err(malformed(path, problem));
            };
            return Ok(Some(Credential::Password(user.into(), password.into())));
        }
        Ok(match (some(&self.username), some(&self.password)) {
            (Some(user), Some(password)) => Some(Credential::Password(user, password)),
            _ => None,
        })
    }
}

/// Asks a helper (docker-credential-helpers' protocol) who one is to a server; `None` when it
/// does not know.
fn ask(path: &Path, name: &str, server: &str) -> Result<Option<Credential>, CredentialError> {
    let helper = format!("docker-credential-{name}");
    let fail = |problem: String| CredentialError::Helper {
        path: path.to_owned(),
        helper: helper.clone(),
        problem,
    };
    if name.contains(['/', '\0']) {
        return Err(fail("has a name that no program has".to_owned()));
    }
    let spawned = Command::new(&helper)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It may show secrets where it stumbles.
        .stderr(Stdio::null())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if is_absent(&error) => {
            return Err(fail("is not installed".to_owned()));
        }
        Err(error) => return Err(fail(format!("cannot be started: {error}"))),
    };
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not listen says more by its answer.
        let _ = input.write_all(server.as_bytes());
    }
    let output = child
        .wait_with_output()
        .map_err(|error| fail(format!("cannot be heard: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout);
        return match said.contains("credentials not found") {
            true => Ok(None),
            false => Err(fail(format!("fails ({})", output.status))),
        };
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| fail("answers something else than credentials".to_owned()))?;
    Ok(match (answer.username, answer.secret) {
        (_, secret) if secret.is_empty() => None,
        (user, secret) if user == TOKEN_USER => Some(Credential::IdentityToken(secret)),
        (user, secret) => Some(Credential::Password(user, secret)),
    })
}

impl CredentialError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            CredentialError::Helper { helper, .. } => Some(format!(
                "install {helper}, or log in anew so that the file holds what is needed"
            )),
            _ => Some("log in anew with docker login or podman login".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(json: &str, reference: &str) -> Result<Option<Credential>, CredentialError> {
        let path = Path::new("config.json");
        let reference = Reference::parse(reference).unwrap();
        File::parse(path, json.as_bytes())?.find(path, &reference)
    }

    fn user(json: &str, reference: &str) -> Option<String> {
        match find(json, reference).unwrap()? {
            Credential::Password(user, _) => Some(user),
            other => Some(format!("{other:?}")),
        }
    }

    #[test]
    fn entries_are_found_by_registry_repository_and_old_url() {
        let auth = |user: &str| {
            let text = data_encoding::BASE64.encode(format!("{user}:p:q").as_bytes());
            format!(r#"{{"auth": "{text}"}}"#)
        };
        let json = format!(
            r#"{{"auths": {{"https://index.docker.io/v1/": {}, "ghcr.io": {}, "ghcr.io/me": {},
                "https://old.example/v2/": {}, "localhost:5000": {}, "empty.example": {{}},
                "id.example": {{"auth": "", "identitytoken": "t"}},
                "plain.example": {{"username": "u", "password": "p"}}}}}}"#,
            auth("hub"),
            auth("ghcr"),
            auth("ghcr-me"),
            auth("old"),
            auth("local"),
        );
        for (reference, expected) in [
            ("me/php", Some("hub")),
            ("ghcr.io/you/php", Some("ghcr")),
            ("ghcr.io/me/php", Some("ghcr-me")),
            ("old.example/x", Some("old")),
            ("localhost:5000/x", Some("local")),
            ("localhost:5001/x", None),
            ("empty.example/x", None),
            ("id.example/x", Some("IdentityToken")),
            ("plain.example/x", Some("u")),
        ] {
            assert_eq!(user(&json, reference).as_deref(), expected, "{reference}");
        }
        let found = find(&json, "ghcr.io/you/php").unwrap();
        assert_eq!(found.as_ref().unwrap().secret(), "p:q");
        assert!(!format!("{found:?}").contains("p:q"));
    }

    #[test]
    fn nothing_that_stands_in_a_file_is_shown() {
        for json in [
            r#"{"auths": {"a.example": {"auth": "secret!"}}}"#,
            r#"{"auths": {"a.example": "secret"}}"#,
            r#"{"auths": {"a.example": {"auth": "c2VjcmV0"}}}"#,
            r#"{"auths": {"a.example": {"auth": secret}}}"#,
        ] {
            let error = find(json, "a.example/x").unwrap_err().to_string();
            assert!(!error.contains("ecret"), "{error}");
            assert!(!error.contains("c2VjcmV0"), "{error}");
            assert!(error.contains("config.json"), "{error}");
        }
    }

    #[test]
    fn a_helper_that_is_missing_is_named() {
        let json = r#"{"credHelpers": {"a.example": "no-such-helper"}}"#;
        assert_eq!(find(json, "b.example/x").unwrap(), None);
        let error = find(json, "a.example/x").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("docker-credential-no-such-helper")
        );
        let json = r#"{"credsStore": "../evil"}"#;
        let error = find(json, "a.example/x").unwrap_err().to_string();
        assert!(error.contains("no program has"), "{error}");
    }
}
