//! A registry that is talked to: requests that say who one is as soon as it is asked, and try
//! again where that may help.

use super::challenge::{self, Challenge};
use super::credentials::{Credential, CredentialFiles};
use super::error::{RegistryError, is_transient};
use super::reference::Reference;
use super::retry::Budget;
use super::token::{self, Token};
use crate::repository::RetryPolicy;
use crate::repository::transport::exchange::{Answer, Method, Request, header};
use crate::repository::transport::{Transport, TransportError, TransportProblem};
use reqwest::Url;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The largest manifest that is read; registries accept 4 MiB.
pub(super) const DOCUMENT_LIMIT: u64 = 8 << 20;

/// How often a request says who one is: a token may end just when it is shown.
const INTRODUCTIONS: usize = 3;

/// How much of a refusal is shown, in characters.
const SHOWN: usize = 300;

/// How registries are talked to.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// Where credentials are found.
    pub credentials: CredentialFiles,
    /// Registries, with their ports, that are reached without TLS although they are not on this
    /// machine.
    pub plain: Vec<String>,
    /// How many blobs are sent at once.
    pub jobs: NonZeroUsize,
    /// How often to try without getting further.
    pub retry: RetryPolicy,
}

/// A registry.
#[derive(Debug)]
pub(super) struct Client<'a> {
    transport: &'a Transport,
    options: &'a RegistryOptions,
    /// Any reference in it.
    reference: Reference,
    base: Url,
    state: Mutex<State>,
}

/// What is known of how the registry wants to be talked to.
#[derive(Default, Debug)]
struct State {
    challenge: Option<Challenge>,
    /// `None`: not looked for yet.
    credential: Option<Option<Credential>>,
    /// By scope.
    tokens: BTreeMap<Vec<String>, Token>,
    /// What no message may show.
    secrets: Vec<String>,
}

/// What is being done, for messages.
#[derive(Clone, Debug)]
pub(super) struct Doing(pub String);

impl Doing {
    /// The error that the registry's answer makes no sense.
    pub fn answer(&self, problem: impl Into<String>) -> RegistryError {
        RegistryError::Answer {
            doing: self.0.clone(),
            problem: problem.into(),
        }
    }

    /// The error that it cannot be reached.
    pub fn transport(&self, source: TransportError) -> RegistryError {
        match source.problem {
            TransportProblem::Offline => RegistryError::Offline(self.0.clone()),
            _ => RegistryError::Transport {
                doing: self.0.clone(),
                source,
            },
        }
    }
}

#[derive(Deserialize)]
struct Refusal {
    errors: Vec<RefusalReason>,
}

#[derive(Deserialize)]
struct RefusalReason {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl<'a> Client<'a> {
    /// Prepares to talk to the registry of a reference.
    pub fn new(
        transport: &'a Transport,
        options: &'a RegistryOptions,
        reference: &Reference,
    ) -> Result<Client<'a>, RegistryError> {
        let plain = reference.is_on_this_machine() || options.plain.contains(&reference.registry);
        let scheme = if plain { "http" } else { "https" };
        let base =
            Url::parse(&format!("{scheme}://{}/v2/", reference.host())).map_err(|error| {
                Doing(format!("talking to {}", reference.registry)).answer(error.to_string())
            })?;
        Ok(Client {
            transport,
            options,
            reference: reference.clone(),
            base,
            state: Mutex::default(),
        })
    }

    /// Its name.
    pub fn registry(&self) -> &str {
        &self.reference.registry
    }

    /// Whether it is talked to without TLS.
    pub fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// How often to try.
    pub fn budget(&self) -> Budget {
        Budget::new(self.options.retry)
    }

    /// The URL of something in a repository, such as `blobs/sha256:…`.
    pub fn url(&self, repository: &str, below: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{repository}/{below}"));
        url
    }

    /// Asks for something until the registry answers it for good, saying who one is where it
    /// wants to know. An answer of any status that another try would not better is given back.
    ///
    /// # Errors
    /// When it cannot be reached, is in trouble for too long, or no token is to be had.
    pub fn ask(
        &self,
        doing: &Doing,
        scopes: &[String],
        request: impl Fn() -> Request<'static>,
    ) -> Result<Answer, RegistryError> {
        let mut introductions = 0;
        loop {
            let authorization = self.authorization(scopes)?;
            let answer = self.send_retrying(doing, || {
                let mut request = request();
                self.introduce(&mut request, authorization.as_ref());
                request
            })?;
            if answer.status.0 != 401
                || introductions == INTRODUCTIONS
                || !self.challenged(&answer, scopes, authorization.as_ref())
            {
                return Ok(answer);
            }
            introductions += 1;
        }
    }

    /// Sends a request once, saying who one is as far as that was wanted until now.
    ///
    /// # Errors
    /// When the registry cannot be reached, or no token is to be had.
    pub fn send_once(
        &self,
        doing: &Doing,
        scopes: &[String],
        mut request: Request<'_>,
    ) -> Result<Answer, RegistryError> {
        let authorization = self.authorization(scopes)?;
        self.introduce(&mut request, authorization.as_ref());
        let answer = self.transport.send(request);
        let answer = answer.map_err(|error| doing.transport(error))?;
        if answer.status.0 == 401 {
            // The next request will show another token.
            self.challenged(&answer, scopes, authorization.as_ref());
        }
        Ok(answer)
    }

    /// Sends a request as it is, again and again while the server is in trouble.
    pub(super) fn send_retrying<'r>(
        &self,
        doing: &Doing,
        request: impl Fn() -> Request<'r>,
    ) -> Result<Answer, RegistryError> {
        let mut budget = self.budget();
        loop {
            match self.transport.send(request()) {
                Ok(answer) if is_transient(answer.status.0) => {
                    if !budget.again(answer.retry_after()) {
                        return Err(self.refused(doing, answer));
                    }
                }
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_transient() && budget.again(None) => {}
                Err(error) => return Err(doing.transport(error)),
            }
        }
    }

    /// Shows who one is, to the registry alone: it may send us to another server with its data.
    fn introduce(&self, request: &mut Request<'_>, authorization: Option<&header::HeaderValue>) {
        if let Some(value) = authorization
            && request.url.origin() == self.base.origin()
        {
            request.headers.insert(header::AUTHORIZATION, value.clone());
        }
    }

    /// The header that says who one is, for these scopes; `None` where nobody asked.
    fn authorization(
        &self,
        scopes: &[String],
    ) -> Result<Option<header::HeaderValue>, RegistryError> {
        let challenge = self.state().challenge.clone();
        let Some(challenge) = challenge else {
            return Ok(None);
        };
        let credential = self.credential()?;
        match challenge {
            Challenge::Basic => Ok(match &credential {
                Some(Credential::Password(user, password)) => Some(token::basic(user, password)),
                Some(Credential::RegistryToken(token)) => Some(token::bearer(token)),
                _ => None,
            }),
            Challenge::Bearer { realm, service } => {
                let known = self.state().tokens.get(scopes).cloned();
                if let Some(token) = known.filter(Token::is_good) {
                    return Ok(Some(token::bearer(&token.text)));
                }
                let (service, credential) = (service.as_deref(), credential.as_ref());
                let token = token::ask(self, &realm, service, credential, scopes)?;
                let value = token::bearer(&token.text);
                self.state().tokens.insert(scopes.to_vec(), token);
                Ok(Some(value))
            }
        }
    }

    /// Notes what a registry wants to know that answered 401. `false` when there is nothing more
    /// to tell it.
    fn challenged(
        &self,
        answer: &Answer,
        scopes: &[String],
        shown: Option<&header::HeaderValue>,
    ) -> bool {
        let values = answer.headers.get_all(header::WWW_AUTHENTICATE);
        let challenge = challenge::parse(values.iter().filter_map(|value| value.to_str().ok()));
        let mut state = self.state();
        let before = state.challenge.clone();
        // Another thread may have a new one already.
        let had_token = match state.tokens.get(scopes) {
            Some(token) if Some(&token::bearer(&token.text)) != shown => true,
            _ => state.tokens.remove(scopes).is_some(),
        };
        match challenge {
            None => false,
            challenge => {
                state.challenge = challenge;
                state.challenge != before || had_token
            }
        }
    }

    /// The credential for this registry, looked for once.
    fn credential(&self) -> Result<Option<Credential>, RegistryError> {
        if let Some(known) = &self.state().credential {
            return Ok(known.clone());
        }
        let found = self.options.credentials.find(&self.reference)?;
        let mut state = self.state();
        if let Some(credential) = &found {
            state.secrets.push(credential.secret().to_owned());
        }
        state.credential = Some(found.clone());
        Ok(found)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a text out of messages.
    pub fn keep_secret(&self, text: &str) {
        self.state().secrets.push(text.to_owned());
    }

    /// The error that the registry's refusal is.
    pub fn refused(&self, doing: &Doing, answer: Answer) -> RegistryError {
        let (status, line) = answer.status.clone();
        let mut body = Vec::new();
        // What it says is an addition; its status says enough.
        let _ = answer.body.take(64 << 10).read_to_end(&mut body);
        let state = self.state();
        RegistryError::Refused {
            doing: doing.0.clone(),
            status,
            line,
            said: said(&body, &state.secrets),
            known: matches!(state.credential, Some(Some(_))),
        }
    }

    /// Reads an answer that is a document.
    pub fn small(&self, doing: &Doing, answer: Answer) -> Result<Vec<u8>, RegistryError> {
        let mut bytes = Vec::new();
        let url = answer.url.clone();
        let read = answer.body.take(DOCUMENT_LIMIT + 1).read_to_end(&mut bytes);
        if let Err(error) = read {
            let location = crate::repository::location::redact(&url);
            let problem = TransportProblem::Connect(error.to_string());
            return Err(doing.transport(TransportError { location, problem }));
        }
        if bytes.len() as u64 > DOCUMENT_LIMIT {
            return Err(doing.answer(format!("it is larger than {DOCUMENT_LIMIT} bytes")));
        }
        Ok(bytes)
    }

    /// Whether a repository has something, such as a blob.
    pub fn has(&self, doing: &Doing, scopes: &[String], url: &Url) -> Result<bool, RegistryError> {
        let answer = self.ask(doing, scopes, || Request::new(Method::HEAD, url.clone()))?;
        match answer.status.0 {
            200..300 => Ok(true),
            // Some have no HEAD, or do not say so where the repository is new.
            400 | 404 | 405 => Ok(false),
            _ => Err(self.refused(doing, answer)),
        }
    }
}

/// What a registry says of its refusal (OCI distribution specification, error codes), cut short,
/// without anything that could move a terminal's cursor, and without secrets.
fn said(body: &[u8], secrets: &[String]) -> String {
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return String::new();
    };
    let reasons =
        refusal.errors.iter().map(
            |reason| match (reason.code.as_str(), reason.message.as_str()) {
                (code, "") => code.to_owned(),
                ("", message) => message.to_owned(),
                (code, message) => format!("{code}: {message}"),
            },
        );
    let mut text = reasons.collect::<Vec<_>>().join("; ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "…");
    }
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_registries_say_is_shown_without_harm() {
        let body = br#"{"errors": [{"code": "DENIED", "message": "no\u001b[2J secret here"},
            {"code": "X"}]}"#;
        let text = said(body, &["secret".to_owned(), String::new()]);
        assert_eq!(text, "DENIED: no[2J … here; X");
        assert_eq!(said(b"<html>", &[]), "");
        let long = format!(r#"{{"errors": [{{"message": "{}"}}]}}"#, "x".repeat(10_000));
        assert_eq!(said(long.as_bytes(), &[]).len(), SHOWN);
    }
}
