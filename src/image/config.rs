//! The image configuration: what runs, and of which layers the root consists.

use super::rfc3339;
use crate::apk::arch::Arch;
use crate::manifest::{self, ImageConfig};
use serde::Serialize;
use std::collections::BTreeMap;

/// The search path of programs where the manifest sets none: Docker's own default, which not
/// every runtime fills in.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An image configuration.
#[derive(Clone, Debug, Serialize)]
pub struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    architecture: &'static str,
    config: Execution,
    created: String,
    history: Vec<History>,
    os: &'static str,
    rootfs: RootFs,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'static str>,
}

/// How containers of the image run.
#[derive(Clone, Debug, Serialize)]
struct Execution {
    #[serde(rename = "User", skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(rename = "ExposedPorts", skip_serializing_if = "BTreeMap::is_empty")]
    exposed_ports: BTreeMap<String, Empty>,
    #[serde(rename = "Env")]
    env: Vec<String>,
    #[serde(rename = "Entrypoint", skip_serializing_if = "Option::is_none")]
    entrypoint: Option<Vec<String>>,
    #[serde(rename = "Cmd", skip_serializing_if = "Option::is_none")]
    cmd: Option<Vec<String>>,
    #[serde(rename = "Volumes", skip_serializing_if = "BTreeMap::is_empty")]
    volumes: BTreeMap<String, Empty>,
    #[serde(rename = "WorkingDir", skip_serializing_if = "Option::is_none")]
    working_dir: Option<String>,
    #[serde(rename = "Labels", skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(rename = "StopSignal", skip_serializing_if = "Option::is_none")]
    stop_signal: Option<String>,
    #[serde(rename = "Healthcheck", skip_serializing_if = "Option::is_none")]
    healthcheck: Option<Healthcheck>,
}

/// Docker's extension of the configuration; times are in nanoseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Healthcheck {
    test: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_period: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
}

impl From<&manifest::Healthcheck> for Healthcheck {
    fn from(check: &manifest::Healthcheck) -> Healthcheck {
        Healthcheck {
            test: check.test.clone(),
            interval: check.interval,
            timeout: check.timeout,
            start_period: check.start_period,
            start_interval: check.start_interval,
            retries: check.retries,
        }
    }
}

/// `{}`, the value of sets in this format.
#[derive(Clone, Debug, Serialize)]
struct Empty {}

#[derive(Clone, Debug, Serialize)]
struct History {
    created: String,
    created_by: String,
}

#[derive(Clone, Debug, Serialize)]
struct RootFs {
    diff_ids: Vec<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// A layer as the configuration knows it.
#[derive(Clone, Debug)]
pub struct LayerRecord {
    /// `sha256:` and the digest of the uncompressed tar.
    pub diff_id: String,
    /// What is in it.
    pub title: String,
}

/// What a configuration is made of.
#[derive(Clone, Copy, Debug)]
pub struct ConfigSource<'a> {
    /// The manifest's `[image]`.
    pub image: &'a ImageConfig,
    /// The architecture of the packages.
    pub arch: Arch,
    /// The time of the build, in seconds since 1970.
    pub time: u64,
    /// The layers, the lowest first.
    pub layers: &'a [LayerRecord],
}

impl Config {
    /// The configuration of an image.
    pub fn new(source: &ConfigSource<'_>) -> Config {
        let image = source.image;
        let set = |items: &[String]| items.iter().map(|item| (item.clone(), Empty {})).collect();
        let mut env: Vec<String> = Vec::with_capacity(image.env.len() + 1);
        if !image.env.iter().any(|(name, _)| name == "PATH") {
            env.push(format!("PATH={DEFAULT_PATH}"));
        }
        env.extend(
            image
                .env
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        let created = rfc3339(image.created.unwrap_or(source.time));
        Config {
            author: image.author.clone(),
            architecture: source.arch.oci(),
            config: Execution {
                user: image.user.clone(),
                exposed_ports: set(&image.expose),
                env,
                entrypoint: image.entrypoint.clone(),
                cmd: image.cmd.clone(),
                volumes: set(&image.volumes),
                working_dir: image.workdir.clone(),
                labels: image.labels.clone(),
                stop_signal: image.stop_signal.clone(),
                healthcheck: image.healthcheck.as_ref().map(Healthcheck::from),
            },
            history: source
                .layers
                .iter()
                .map(|layer| History {
                    created: created.clone(),
                    created_by: format!("apkcompose: {}", layer.title),
                })
                .collect(),
            created,
            os: "linux",
            rootfs: RootFs {
                diff_ids: source.layers.iter().map(|l| l.diff_id.clone()).collect(),
                kind: "layers",
            },
            variant: source.arch.oci_variant(),
        }
    }
}
