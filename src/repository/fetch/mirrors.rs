//! Several places for the same thing: which is asked first, and what to say when none has it.

use super::Repository;
use crate::progress::Progress;
use crate::repository::error::FetchError;
use crate::repository::location::Location;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

impl Repository {
    /// Where it is, the preferred place first.
    pub(super) fn locations(&self) -> impl Iterator<Item = &Location> {
        std::iter::once(&self.location).chain(&self.mirrors)
    }
}

/// Hosts (and folders) that failed. They are asked after the others from then on, so that one
/// that is down costs its waiting time once and not for each file.
#[derive(Debug, Default)]
pub(super) struct Suspects(Mutex<BTreeSet<String>>);

impl Suspects {
    /// The same places, those that failed before last.
    pub(super) fn last<P>(&self, mut places: Vec<P>, of: impl Fn(&P) -> &Location) -> Vec<P> {
        let suspects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.sort_by_key(|place| suspects.contains(&of(place).host()));
        places
    }

    /// Remembers that a place failed, and says so the first time. There is another place for
    /// what was wanted.
    pub(super) fn add(&self, place: &Location, error: &FetchError, progress: &dyn Progress) {
        let mut suspects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if suspects.insert(place.host()) {
            drop(suspects);
            progress.warn(&format!("{error}; trying elsewhere"));
        }
    }
}

/// What to say when `what` could not be had anywhere.
pub(super) fn nowhere(what: String, mut errors: Vec<FetchError>) -> FetchError {
    match (errors.len(), errors.pop()) {
        (_, None) => FetchError::Offline(vec![what]),
        (1, Some(error)) => error,
        (_, Some(last)) => {
            errors.push(last);
            FetchError::Places { what, errors }
        }
    }
}
