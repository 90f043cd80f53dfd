//! Manifests and indexes: put last, once all that they name is there (OCI distribution
//! specification 1.1, pushing manifests).

use super::client::{Client, Doing};
use super::error::RegistryError;
use super::upload::scopes;
use crate::repository::transport::exchange::{Content, Method, Request, header};

/// What registries say the digest of what they received is.
const DIGEST_HEADER: header::HeaderName = header::HeaderName::from_static("docker-content-digest");

/// A manifest or an index.
#[derive(Clone, Debug)]
pub struct Document {
    /// `sha256:…`
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes, which no registry may change.
    pub bytes: Vec<u8>,
}

/// Puts a document into a repository under a tag, or its digest.
pub(super) fn put(
    client: &Client<'_>,
    repository: &str,
    document: &Document,
    version: &str,
) -> Result<(), RegistryError> {
    let separator = if version.contains(':') { '@' } else { ':' };
    let name = format!("{}/{repository}{separator}{version}", client.registry());
    let doing = Doing(format!("pushing {name}"));
    let media_type = header::HeaderValue::try_from(document.media_type.as_str())
        .map_err(|_| doing.answer("its media type is none"))?;
    let url = client.url(repository, &format!("manifests/{version}"));
    let answer = client.ask(&doing, &scopes(repository, &[]), || {
        let mut request = Request::new(Method::PUT, url.clone());
        request
            .headers
            .insert(header::CONTENT_TYPE, media_type.clone());
        request.body = Content::Bytes(document.bytes.clone());
        request
    })?;
    if !answer.is_success() {
        return Err(client.refused(&doing, answer));
    }
    match answer.header(DIGEST_HEADER) {
        Some(found) if found.starts_with("sha256:") && found != document.digest => {
            let expected = &document.digest;
            Err(doing.answer(format!(
                "the registry received {found} where {expected} was sent"
            )))
        }
        _ => Ok(()),
    }
}
