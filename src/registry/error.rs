//! What can go wrong between a registry and us.

use super::credentials::CredentialError;
use super::reference::ReferenceError;
use crate::repository::transport::{TransportError, TransportProblem};
use std::io;

/// Why a registry did not do what was asked. No message shows a credential.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A credential.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The registry, or its server of tokens, cannot be reached.
    #[error("{doing} failed: {}: {}", source.location, source.problem)]
    Transport {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: TransportError,
    },
    /// The registry refuses.
    #[error("{doing} failed: the registry answered {line}{}", in_brackets(said))]
    Refused {
        /// What was being done.
        doing: String,
        /// The status.
        status: u16,
        /// The line that shows it.
        line: String,
        /// What the registry says, as far as it can be shown.
        said: String,
        /// Whether a credential was shown to it.
        known: bool,
    },
    /// The registry's answer makes no sense.
    #[error("{doing} failed: {problem}")]
    Answer {
        /// What was being done.
        doing: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// What was to be sent cannot be read.
    #[error("cannot read the layer or document {digest}: {source}")]
    Content {
        /// Which one.
        digest: String,
        /// What the system says.
        source: io::Error,
    },
    /// The network is not to be used.
    #[error("{0} needs the network, and it is not to be used")]
    Offline(String),
}

fn in_brackets(text: &str) -> String {
    match text {
        "" => String::new(),
        _ => format!(" ({text})"),
    }
}

impl RegistryError {
    /// Whether another try may go better.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            RegistryError::Transport { source, .. } => source.is_transient(),
            RegistryError::Refused { status, .. } => is_transient(*status),
            _ => false,
        }
    }

    /// The status with which the registry refused, if it did.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            RegistryError::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            RegistryError::Reference(error) => return error.help(),
            RegistryError::Credential(error) => return error.help(),
            RegistryError::Refused {
                status: 401,
                known: false,
                ..
            } => "log in with docker login or podman login, whose files are read",
            RegistryError::Refused { status: 401, .. } => {
                "the credentials that docker login or podman login wrote are no longer good: log \
                 in again"
            }
            RegistryError::Refused { status: 403, .. } => {
                "the account that is logged in may not do this: check the name, and its rights"
            }
            RegistryError::Refused { status: 404, .. } => {
                "check the name; some registries want a repository to be made before it is pushed \
                 to"
            }
            RegistryError::Refused { status: 413, .. } => {
                "the registry, or a proxy before it, takes no layer of that size: a smaller \
                 `budget` under [layers] makes other ones, or its limit must be raised"
            }
            RegistryError::Transport { source, .. } => match source.problem {
                TransportProblem::Certificate(_) => {
                    "install the certificate of its authority on this machine"
                }
                TransportProblem::Setup(_) => "install the package ca-certificates",
                TransportProblem::Connect(_) => {
                    "check the registry's name and the network; a registry without TLS needs \
                     --insecure-registry HOST"
                }
                _ => return None,
            },
            RegistryError::Content { .. } => {
                "run it again: what changed or is damaged is made anew"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }
}

/// Too many requests, and what servers say when they are in trouble themselves.
pub(super) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504)
}
