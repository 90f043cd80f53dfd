//! What verbs that talk to registries ask for.

use crate::registry::{CredentialFiles, Reference, RegistryOptions};
use crate::repository::FetchOptions;
use clap::Args;
use std::path::PathBuf;

/// How registries are reached.
#[derive(Debug, Args)]
pub struct Registries {
    /// A registry that is reached without TLS, as those on this machine are; with its port
    #[arg(long, value_name = "HOST", value_parser = host)]
    insecure_registry: Vec<String>,
}

/// Reads a reference from the command line.
pub fn reference(text: &str) -> Result<Reference, String> {
    Reference::parse(text).map_err(|error| error.problem)
}

fn host(text: &str) -> Result<String, String> {
    match Reference::parse(&format!("{text}/x")) {
        Ok(reference) if reference.registry == text => Ok(reference.registry),
        _ => Err("expected a host and its port, such as registry.example:5000".to_owned()),
    }
}

impl Registries {
    /// How registries are reached, with the credentials of the user's files.
    pub fn options(&self, fetch: &FetchOptions) -> RegistryOptions {
        RegistryOptions {
            credentials: CredentialFiles(credential_files()),
            plain: self.insecure_registry.clone(),
            jobs: fetch.jobs,
            retry: fetch.retry,
        }
    }
}

/// The files in which docker, podman and their kin keep credentials, in the order in which they
/// are looked into (docker-login(1), containers-auth.json(5)).
fn credential_files() -> Vec<PathBuf> {
    let variable = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value))
    };
    let home = || variable("HOME").or_else(std::env::home_dir);
    let run = || {
        let user = rustix::process::geteuid().as_raw();
        let default = PathBuf::from(format!("/run/containers/{user}"));
        variable("XDG_RUNTIME_DIR").map_or(default, |folder| folder.join("containers"))
    };
    let mut files = Vec::new();
    files.extend(variable("REGISTRY_AUTH_FILE"));
    let docker = variable("DOCKER_CONFIG");
    files.extend(docker.as_ref().map(|folder| folder.join("config.json")));
    files.push(run().join("auth.json"));
    if let Some(home) = home() {
        let config = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        files.push(config.join("containers/auth.json"));
        if docker.is_none() {
            files.push(home.join(".docker/config.json"));
        }
    }
    files
}
