//! How to use the network, from options and the environment.

use super::say::{self, Failure};
use crate::repository::RetryPolicy;
use crate::repository::transport::{Credentials, Proxies, TransportOptions};
use clap::Args;
use std::fs;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// The netrc file of a user, in the home folder.
const NETRC: &str = ".netrc";

/// What the command line says about the network.
#[derive(Debug, Args)]
pub struct Network {
    /// Open no connection: use what is local or in the cache
    #[arg(long)]
    offline: bool,

    /// Certificates (PEM) to verify https: servers against, instead of the system's
    #[arg(
        long,
        value_name = "FILE",
        env = "SSL_CERT_FILE",
        hide_env_values = true
    )]
    ca_file: Option<PathBuf>,

    /// How long a server may keep silent before it is given up [default: 30, and 10 to connect]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,

    /// How often to try again what the network or a server failed at [default: 3]
    #[arg(long, value_name = "N")]
    retries: Option<u16>,
}

/// The value of an environment variable; nothing when it is empty or no text.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Network {
    /// How to reach servers, with the environment's proxies and credentials.
    ///
    /// # Errors
    /// When a file that the environment names cannot be read.
    pub fn transport(&self, quiet: bool) -> Result<TransportOptions, Failure> {
        let defaults = TransportOptions::default();
        let timeout = self.timeout.map(Duration::from_secs);
        let ca_file = self.ca_file.clone();
        Ok(TransportOptions {
            offline: self.offline,
            connect_timeout: timeout.unwrap_or(defaults.connect_timeout),
            stall_timeout: timeout.unwrap_or(defaults.stall_timeout),
            proxies: proxies(),
            // Who stays at home needs none, and finding the home may take a socket, too.
            credentials: match self.offline {
                true => Credentials::default(),
                false => credentials(quiet)?,
            },
            ca_file: ca_file.filter(|path| !path.as_os_str().is_empty()),
            ..defaults
        })
    }

    /// How often to try.
    pub fn retry(&self) -> RetryPolicy {
        let defaults = RetryPolicy::default();
        RetryPolicy {
            attempts: self.retries.map_or(defaults.attempts, |retries| {
                NonZeroU32::MIN.saturating_add(retries.into())
            }),
            ..defaults
        }
    }
}

/// Those of the environment; as with curl, the name in small letters goes before the other.
fn proxies() -> Proxies {
    let either = |name: &str| variable(name).or_else(|| variable(&name.to_ascii_uppercase()));
    Proxies {
        http: either("http_proxy"),
        https: either("https_proxy"),
        all: either("all_proxy"),
        none: either("no_proxy"),
    }
}

/// Those of `HTTP_AUTH` and of the user's netrc file.
fn credentials(quiet: bool) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::default();
    if let Some(text) = variable("HTTP_AUTH")
        && let Err(error) = credentials.add_http_auth(&text)
        && !quiet
    {
        say::talk(&format!("note: HTTP_AUTH is not used: {error}"));
    }
    let named = std::env::var_os("NETRC").filter(|path| !path.is_empty());
    if let Some(path) = named.map(PathBuf::from) {
        let text = fs::read(&path).map_err(|source| Failure::Netrc { path, source })?;
        credentials.add_netrc(&String::from_utf8_lossy(&text));
    } else if let Some(text) = home_netrc() {
        credentials.add_netrc(&text);
    }
    Ok(credentials)
}

/// The text of the user's own netrc file, if there is one that can be read.
fn home_netrc() -> Option<String> {
    let home = etcetera::home_dir().ok()?;
    let text = fs::read(home.join(NETRC)).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}
