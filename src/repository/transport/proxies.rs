//! Proxies, by the names and rules of curl's environment variables.

use crate::repository::location;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{NoProxy, Proxy, Url};
use std::fmt;

/// Through what to reach servers. Addresses are `http://`, `https://`, `socks5://` (or
/// `socks5h://`, where the proxy looks up names), with `user:password@` if need be; without a
/// scheme they are `http://`.
///
/// Its [`Debug`](fmt::Debug) form shows no address, since there may be credentials in it.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For `http:` (`HTTP_PROXY`).
    pub http: Option<String>,
    /// For `https:` (`HTTPS_PROXY`).
    pub https: Option<String>,
    /// For both, where there is no other (`ALL_PROXY`).
    pub all: Option<String>,
    /// What is reached directly (`NO_PROXY`): domains (with all below them), addresses, networks
    /// as `10.0.0.0/8`, with commas in between; `*` is everything.
    pub none: Option<String>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").finish_non_exhaustive()
    }
}

impl Proxies {
    /// Whether everything is reached directly; `*` would else not be taken to mean addresses.
    fn are_off(&self) -> bool {
        let none = self.none.as_deref().unwrap_or_default();
        none.split(',').any(|part| part.trim() == "*")
    }

    /// What the client is to be told.
    ///
    /// # Errors
    /// When an address cannot be one; the message does not show it.
    pub(super) fn for_client(&self) -> Result<Vec<Proxy>, String> {
        let none = self.none.as_deref().and_then(NoProxy::from_string);
        let mut proxies = Vec::new();
        if self.are_off() {
            return Ok(proxies);
        }
        for (kind, proxy) in [
            ("http:", self.http.as_deref().map(Proxy::http)),
            ("https:", self.https.as_deref().map(Proxy::https)),
            ("all", self.all.as_deref().map(Proxy::all)),
        ] {
            let Some(proxy) = proxy else { continue };
            let proxy = proxy.map_err(|error| {
                let error = super::http::chain(&error.without_url());
                format!("the proxy for {kind} addresses cannot be used: {error}")
            })?;
            proxies.push(proxy.no_proxy(none.clone()));
        }
        Ok(proxies)
    }

    /// The proxy on the way to this address, for messages; without credentials.
    pub(super) fn on_the_way_to(&self, url: &Url) -> Option<String> {
        if self.are_off() {
            return None;
        }
        let text = |proxy: &Option<String>| proxy.clone().unwrap_or_default();
        let matcher = Matcher::builder()
            .http(text(&self.http))
            .https(text(&self.https))
            .all(text(&self.all))
            .no(text(&self.none))
            .build();
        let proxy = matcher.intercept(&location::redact(url).parse().ok()?)?;
        let url = Url::parse(&proxy.uri().to_string()).ok()?;
        Some(location::redact(&url).trim_end_matches('/').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_chosen_by_scheme_and_host_and_shown_without_credentials() {
        let proxies = Proxies {
            http: Some("user:secret@proxy:3128".into()),
            https: None,
            all: Some("socks5://user:secret@all:1080".into()),
            none: Some("example.org,10.0.0.0/8".into()),
        };
        let on_the_way = |url: &str| proxies.on_the_way_to(&Url::parse(url).unwrap());
        let shown = |text: &str| Some(text.to_owned());
        assert_eq!(on_the_way("http://a.net/x"), shown("http://proxy:3128"));
        assert_eq!(on_the_way("https://a.net/x"), shown("socks5://all:1080"));
        for direct in [
            "http://example.org",
            "https://a.example.org",
            "http://10.1.2.3",
        ] {
            assert_eq!(on_the_way(direct), None, "{direct}");
        }
        assert!(!format!("{proxies:?}").contains("secret"));
        assert_eq!(proxies.for_client().unwrap().len(), 2);
    }

    #[test]
    fn a_bad_address_is_refused_without_being_shown() {
        let proxies = Proxies {
            https: Some("http://user:secret@exa mple".into()),
            ..Proxies::default()
        };
        let error = proxies.for_client().unwrap_err();
        assert!(
            error.contains("https:") && !error.contains("secret"),
            "{error}"
        );
    }
}
