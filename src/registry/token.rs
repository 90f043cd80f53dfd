//! Tokens: what a registry's server of tokens gives for a credential, or to anybody (Docker's
//! token authentication and its OAuth 2 variant).

use super::client::{Client, Doing};
use super::credentials::Credential;
use super::error::RegistryError;
use super::reference::is_on_this_machine;
use crate::repository::transport::exchange::{Content, Method, Request, header};
use reqwest::Url;
use serde::Deserialize;
use std::fmt;
use std::time::{Duration, Instant};

/// How long a token is good where its server does not say.
const LIFETIME: Duration = Duration::from_secs(60);

/// So long before its end a token is no longer used: a request takes its time.
const MARGIN: Duration = Duration::from_secs(10);

/// Who this program says it is.
const CLIENT: &str = "apkcompose";

/// A token and when it ends.
#[derive(Clone)]
pub(super) struct Token {
    pub text: String,
    ends: Instant,
}

impl Token {
    /// One that ends when the registry says so.
    pub fn lasting(text: String) -> Token {
        Token {
            text,
            ends: Instant::now() + Duration::from_secs(365 * 24 * 60 * 60),
        }
    }

    /// Whether it is still good for a request.
    pub fn is_good(&self) -> bool {
        Instant::now() < self.ends
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Asks for a token that allows `scopes`.
pub(super) fn ask(
    client: &Client<'_>,
    realm: &str,
    service: Option<&str>,
    credential: Option<&Credential>,
    scopes: &[String],
) -> Result<Token, RegistryError> {
    if let Some(Credential::RegistryToken(token)) = credential {
        return Ok(Token::lasting(token.clone()));
    }
    let doing = Doing(format!("logging in to {}", client.registry()));
    let url = realm_url(client, realm).map_err(|problem| doing.answer(problem))?;
    let answer = match credential {
        Some(Credential::IdentityToken(token)) => {
            let scope = scopes.join(" ");
            let fields = [
                ("grant_type", "refresh_token"),
                ("service", service.unwrap_or_default()),
                ("scope", &scope),
                ("client_id", CLIENT),
                ("refresh_token", token),
            ];
            client.send_retrying(&doing, || {
                let mut request = Request::new(Method::POST, url.clone());
                let form = header::HeaderValue::from_static("application/x-www-form-urlencoded");
                request.headers.insert(header::CONTENT_TYPE, form);
                request.body = Content::Bytes(form_of(&fields).into_bytes());
                request
            })?
        }
        _ => {
            let mut url = url;
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            for scope in scopes {
                query.append_pair("scope", scope);
            }
            if let Some(Credential::Password(user, _)) = credential {
                query.append_pair("account", user);
            }
            drop(query);
            client.send_retrying(&doing, || {
                let mut request = Request::new(Method::GET, url.clone());
                if let Some(Credential::Password(user, password)) = credential {
                    let value = basic(user, password);
                    request.headers.insert(header::AUTHORIZATION, value);
                }
                request
            })?
        }
    };
    if !answer.is_success() {
        return Err(client.refused(&doing, answer));
    }
    let bytes = client.small(&doing, answer)?;
    let given: Given = serde_json::from_slice(&bytes)
        .map_err(|_| doing.answer("its server of tokens answers no token"))?;
    let text = given.token.or(given.access_token);
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Err(doing.answer("its server of tokens answers without a token"));
    };
    client.keep_secret(&text);
    let lasts = given.expires_in.map_or(LIFETIME, Duration::from_secs);
    // A clock cannot be moved as far as a hostile answer may want it to.
    let lasts = lasts.min(Duration::from_secs(24 * 60 * 60));
    Ok(Token {
        text,
        ends: Instant::now() + lasts.saturating_sub(MARGIN),
    })
}

/// The URL of the server of tokens, to which credentials are sent: never without TLS, unless the
/// registry itself is so, or it is this very machine.
fn realm_url(client: &Client<'_>, realm: &str) -> Result<Url, String> {
    let bad = "it names a server of tokens that is no URL";
    let url = Url::parse(realm).map_err(|_| bad.to_owned())?;
    let host = url.host_str().ok_or(bad)?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if client.is_plain() || is_on_this_machine(host) => Ok(url),
        _ => Err(format!(
            "it names a server of tokens without TLS ({host}), to which no credentials are sent"
        )),
    }
}

/// The header that shows a user and a password.
pub(super) fn basic(user: &str, password: &str) -> header::HeaderValue {
    let pair = data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes());
    sensitive(format!("Basic {pair}"))
}

/// The header that shows a token.
pub(super) fn bearer(token: &str) -> header::HeaderValue {
    sensitive(format!("Bearer {token}"))
}

fn sensitive(text: String) -> header::HeaderValue {
    let value = header::HeaderValue::try_from(text);
    // A token with a line break in it is one that nobody accepts either.
    let mut value = value.unwrap_or_else(|_| header::HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

/// Fields as a form.
fn form_of(fields: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("form:") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        let form = form_of(&[("a", "x y"), ("b", "&=ü")]);
        assert_eq!(form, "a=x+y&b=%26%3D%C3%BC");
    }

    #[test]
    fn no_token_is_shown() {
        assert!(!format!("{:?}", Token::lasting("secret".into())).contains("secret"));
        assert!(!format!("{:?}", basic("u", "secret")).contains("Basic"));
    }
}
