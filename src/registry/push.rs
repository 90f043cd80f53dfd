//! Pushing an image to the references it shall have.

use super::client::{Client, Doing, RegistryOptions};
use super::error::RegistryError;
use super::manifests::{self, Document};
use super::memory;
use super::reference::Reference;
use super::upload::{Arrival, OutgoingBlob, Uploader, scopes};
use crate::progress::{Progress, Stage};
use crate::repository::cache::Cache;
use crate::repository::transport::Transport;
use crate::repository::transport::exchange::{Method, Request};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// An image that is to be pushed.
#[derive(Debug)]
pub struct OutgoingImage<'a> {
    /// Layers and configurations, each once.
    pub blobs: Vec<OutgoingBlob<'a>>,
    /// The manifests that `top` names, when it is an index.
    pub manifests: Vec<Document>,
    /// What the tags name.
    pub top: Document,
}

/// What a push came to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Pushed {
    /// Blobs that were there.
    pub there: usize,
    /// Blobs that the registry took from another repository.
    pub mounted: usize,
    /// Blobs that were sent.
    pub sent: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// The references of one repository: its blobs are brought once, for all their tags.
struct Destination<'r> {
    reference: &'r Reference,
    tags: Vec<&'r str>,
}

fn destinations(references: &[Reference]) -> Vec<Destination<'_>> {
    let mut found: Vec<Destination<'_>> = Vec::new();
    for reference in references {
        let tag = reference.version();
        let same = |known: &&mut Destination<'_>| known.reference.name() == reference.name();
        match found.iter_mut().find(same) {
            Some(known) if known.tags.contains(&tag) => {}
            Some(known) => known.tags.push(tag),
            None => found.push(Destination {
                reference,
                tags: vec![tag],
            }),
        }
    }
    found
}

/// Pushes an image to all references: the blobs that each repository lacks, then the manifests,
/// the tags at the end. `cache` remembers where blobs are.
///
/// # Errors
/// When a reference cannot be written to, or a registry refuses or cannot be reached for too
/// long. Tags are as they were then, but for those of repositories that were done before.
pub fn push(
    transport: &Transport,
    options: &RegistryOptions,
    image: &OutgoingImage<'_>,
    references: &[Reference],
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<Pushed, RegistryError> {
    for reference in references {
        reference.check_writable()?;
    }
    let destinations = destinations(references);
    let mut clients: BTreeMap<&str, Client<'_>> = BTreeMap::new();
    for destination in &destinations {
        let registry = destination.reference.registry.as_str();
        if !clients.contains_key(registry) {
            let client = Client::new(transport, options, destination.reference)?;
            clients.insert(registry, client);
        }
    }
    let bytes: u64 = image.blobs.iter().map(|blob| blob.size).sum();
    let times = destinations.len() as u64;
    progress.start(
        Stage::Upload,
        image.blobs.len() as u64 * times,
        bytes * times,
    );
    let mut pushed = Pushed::default();
    let mut done: Vec<&Reference> = Vec::new();
    for destination in &destinations {
        let Some(client) = clients.get(destination.reference.registry.as_str()) else {
            continue;
        };
        let place = destination.reference;
        greet(client, &place.repository)?;
        let uploader = Uploader {
            client,
            repository: &place.repository,
            progress,
        };
        let siblings = |digest: &str| siblings(place, &done, memory::recall(cache, digest));
        let arrivals = bring_all(&uploader, &image.blobs, options.jobs.get(), &siblings)?;
        for (blob, arrival) in image.blobs.iter().zip(arrivals) {
            memory::note(cache, &blob.digest, place);
            match arrival {
                Arrival::There => pushed.there += 1,
                Arrival::Mounted => pushed.mounted += 1,
                Arrival::Sent => {
                    pushed.sent += 1;
                    pushed.bytes += blob.size;
                }
            }
        }
        for manifest in &image.manifests {
            manifests::put(client, &place.repository, manifest, &manifest.digest)?;
        }
        for tag in &destination.tags {
            manifests::put(client, &place.repository, &image.top, tag)?;
        }
        done.push(place);
    }
    progress.finish(Stage::Upload);
    Ok(pushed)
}

/// Says who one is, so that not every blob has to find out that this is wanted.
fn greet(client: &Client<'_>, repository: &str) -> Result<(), RegistryError> {
    let doing = Doing(format!("pushing to {}/{repository}", client.registry()));
    let url = client.url("", "");
    let answer = client.ask(&doing, &scopes(repository, &[]), || {
        let mut url = url.clone();
        url.set_path("/v2/");
        Request::new(Method::GET, url)
    })?;
    match answer.status.0 {
        401 => Err(client.refused(&doing, answer)),
        _ => Ok(()),
    }
}

/// The repositories of the same registry that may have a blob: those just pushed to, then those
/// that are remembered.
fn siblings(place: &Reference, done: &[&Reference], remembered: Vec<String>) -> Vec<String> {
    let registry = format!("{}/", place.registry);
    let just = done
        .iter()
        .filter(|known| known.registry == place.registry)
        .map(|known| known.repository.clone());
    let before = remembered
        .iter()
        .filter_map(|name| name.strip_prefix(&registry).map(str::to_owned));
    let mut all: Vec<String> = Vec::new();
    for name in just.chain(before) {
        if name != place.repository && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Brings all blobs, several at once. The result is in their order; of several failures it is
/// that of the first blob.
fn bring_all(
    uploader: &Uploader<'_>,
    blobs: &[OutgoingBlob<'_>],
    jobs: usize,
    siblings: &(dyn Fn(&str) -> Vec<String> + Sync),
) -> Result<Vec<Arrival>, RegistryError> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results: Vec<Mutex<Option<Result<Arrival, RegistryError>>>> =
        blobs.iter().map(|_| Mutex::default()).collect();
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(blob) = blobs.get(number) else {
                return;
            };
            let result = uploader.bring(blob, &siblings(&blob.digest));
            match result {
                Ok(_) => uploader.progress.advance(Stage::Upload, 1, 0),
                Err(_) => failed.store(true, Ordering::Relaxed),
            }
            let mut place = results[number]
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *place = Some(result);
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(blobs.len()) {
            scope.spawn(work);
        }
        work();
    });
    let results = results.into_iter();
    let results = results.filter_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner));
    results.collect()
}
