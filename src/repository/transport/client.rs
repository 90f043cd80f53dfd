//! The HTTP client: whom it believes, through what it goes and where it follows.

use super::{REDIRECT_LIMIT, TransportOptions, TransportProblem, http::chain};
use crate::repository::location;
use reqwest::{Certificate, Client, Url, redirect};
use std::fs;
use std::path::Path;

/// The certificates that servers are verified against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those of the file that was named, or else the system's.
    Wanted,
    /// None at all; for `http:` on a machine that has none.
    None,
}

/// Makes a client. Its connections are kept open and used again, and by HTTP/2 for several
/// requests at once where a server agrees to that during the TLS handshake (ALPN).
pub(super) fn build(options: &TransportOptions, roots: Roots) -> Result<Client, TransportProblem> {
    // An error means that a provider is there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("apkcompose/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .referer(false)
        // Trying again is done where it is known what had been asked for.
        .retry(reqwest::retry::never())
        .redirect(redirect::Policy::custom(follow))
        // Nothing of the environment: what it says has become options.
        .no_proxy();
    let proxies = options.proxies.for_client();
    for proxy in proxies.map_err(TransportProblem::Setup)? {
        builder = builder.proxy(proxy);
    }
    match (roots, &options.ca_file) {
        (Roots::None, _) => builder = builder.tls_certs_only([]),
        (Roots::Wanted, Some(path)) => builder = builder.tls_certs_only(certificates(path)?),
        (Roots::Wanted, None) => {}
    }
    builder.build().map_err(|error| {
        let error = chain(&error);
        match (roots, &options.ca_file) {
            (Roots::Wanted, Some(path)) => TransportProblem::CaFile {
                path: path.clone(),
                problem: error,
            },
            _ => TransportProblem::Setup(format!("cannot verify https: servers: {error}")),
        }
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, TransportProblem> {
    let bad = |problem: String| TransportProblem::CaFile {
        path: path.to_owned(),
        problem,
    };
    let pem = fs::read(path).map_err(|error| bad(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| bad(chain(&error)))?;
    match certificates.is_empty() {
        true => Err(bad("it holds none".to_owned())),
        false => Ok(certificates),
    }
}

fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    match refusal(attempt.previous(), attempt.url()) {
        Some(reason) => attempt.error(reason),
        None => attempt.follow(),
    }
}

/// Why a redirect is not followed: only a few are, and none from https to anything less.
fn refusal(previous: &[Url], next: &Url) -> Option<String> {
    let shown = location::redact(next);
    if next.scheme() != "https" && previous.iter().any(|url| url.scheme() == "https") {
        Some(format!(
            "it redirects from https: to {shown}, which is refused"
        ))
    } else if previous.len() > REDIRECT_LIMIT {
        Some(format!(
            "it redirects more than {REDIRECT_LIMIT} times, the last time to {shown}"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(urls: &[&str]) -> Vec<Url> {
        urls.iter().map(|url| Url::parse(url).unwrap()).collect()
    }

    #[test]
    fn redirects_never_leave_https() {
        let refused =
            |previous: &[&str], next: &str| refusal(&urls(previous), &Url::parse(next).unwrap());
        assert_eq!(refused(&["http://a/"], "http://b/"), None);
        assert_eq!(refused(&["http://a/"], "https://b/"), None);
        assert_eq!(refused(&["https://a/"], "https://b/"), None);
        let reason = refused(&["http://a/", "https://b/"], "http://u:secret@c/?secret").unwrap();
        assert!(reason.contains("http://c/"), "{reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }

    #[test]
    fn redirects_are_bounded() {
        let before = vec!["http://a/"; REDIRECT_LIMIT + 1];
        let next = Url::parse("http://a/").unwrap();
        assert_eq!(refusal(&urls(&before[1..]), &next), None);
        assert!(refusal(&urls(&before), &next).is_some());
    }
}
