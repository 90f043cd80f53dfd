//! Which words of the manifest led to an error.

use crate::apk::dependency::Dependency;
use crate::manifest::{Manifest, ManifestError, Problem};
use crate::repository::FetchError;
use crate::solver::Unsolvable;
use crate::{Error, Request, Source};

/// The error with the place where the manifest names the repository that it is about.
pub(crate) fn repository(error: FetchError, sources: &[Source]) -> Error {
    let message = error.to_string();
    let named = sources.iter().filter_map(|source| {
        let name = source.repository.location.to_string();
        let place = source.place.as_ref().filter(|_| message.contains(&name))?;
        Some((name.len(), place))
    });
    // One repository's address may be the beginning of another's.
    let longest = named.max_by_key(|(length, _)| *length);
    let places = longest
        .map(|(_, place)| place.clone())
        .into_iter()
        .collect();
    Error::from(error).at(places)
}

/// The error with the words that have to do with it.
pub(crate) fn words(error: Unsolvable, request: &Request) -> Error {
    let words = &request.manifest.packages;
    let places = words.iter().filter_map(|word| word.place.as_ref());
    let places = places.filter(|place| error.mentions(&place.to_string()));
    let places = places.cloned().collect();
    Error::from(error).at(places)
}

/// As apk does, insists that there is a repository for each tag that the world names.
pub(crate) fn check_tags(manifest: &Manifest, sources: &[Source]) -> Result<(), Error> {
    for word in &manifest.packages {
        let Ok(Dependency { tag: Some(tag), .. }) = Dependency::parse_world(&word.atom) else {
            continue;
        };
        let mut tags = sources.iter().filter_map(|source| source.tag.as_deref());
        if tags.any(|known| known == tag) {
            continue;
        }
        let known: Vec<String> = sources
            .iter()
            .filter_map(|source| Some(format!("@{}", source.tag.as_ref()?)))
            .collect();
        let known = match known.is_empty() {
            true => "none has a tag".to_owned(),
            false => format!("there are {}", known.join(", ")),
        };
        let problem = Problem::new(format!("no repository has the tag @{tag}: {known}"));
        let help = format!(
            "give a [[repository]] tag = {tag:?}, or ask for {:?}",
            word.name()
        );
        return Err(ManifestError::from(problem.at(word.place.clone()).help(help)).into());
    }
    Ok(())
}
