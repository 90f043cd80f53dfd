//! Sending a blob: not at all where the registry has it, from a repository beside it where that
//! has it, or piece by piece, going on where a connection broke (OCI distribution specification
//! 1.1, pushing blobs).

use super::client::{Client, Doing};
use super::error::RegistryError;
use super::retry::Budget;
use crate::progress::{Progress, Stage};
use crate::repository::location;
use crate::repository::transport::TransportProblem;
use crate::repository::transport::exchange::{Answer, Content, Method, Request, header};
use reqwest::Url;
use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

/// Blobs up to so many bytes go with the request that ends an upload: one request less.
const SMALL: u64 = 64 << 10;

/// No piece is made smaller than this where a registry takes no large ones, in bytes.
const LEAST_PIECE: u64 = 1 << 20;

/// How long a registry may take to store a blob that it has received: some copy it once more.
const PATIENCE: Duration = Duration::from_secs(300);

/// Repositories from which a blob may be mounted; more are not tried.
const MOUNTS: usize = 3;

/// The name of the header by which a registry says how small pieces may be.
const LEAST_PIECE_HEADER: header::HeaderName =
    header::HeaderName::from_static("oci-chunk-min-length");

/// Where the bytes of a blob lie.
pub trait BlobBytes: Send + Sync {
    /// Reads them from this place on.
    ///
    /// # Errors
    /// When they cannot be read.
    fn open(&self, from: u64) -> io::Result<Box<dyn Read + '_>>;
}

impl BlobBytes for Vec<u8> {
    fn open(&self, from: u64) -> io::Result<Box<dyn Read + '_>> {
        let start = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(Box::new(self.get(start..).unwrap_or_default()))
    }
}

/// A blob that is to be in a repository.
pub struct OutgoingBlob<'a> {
    /// `sha256:…`
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Where they lie.
    pub bytes: Box<dyn BlobBytes + 'a>,
}

impl fmt::Debug for OutgoingBlob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.digest, self.size)
    }
}

/// How a blob came into a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// It was there.
    There,
    /// The registry took it from another repository.
    Mounted,
    /// It was sent.
    Sent,
}

/// An upload that the registry has begun.
struct Session {
    location: Url,
    least_piece: u64,
}

/// How a step of an upload ended.
enum Step {
    /// The blob is there.
    Done,
    /// The registry has it up to here.
    At(u64),
    /// Nothing more can come of this session.
    Lost(RegistryError),
    /// How far the registry got must be asked, after so long a time.
    Unknown(RegistryError, Option<Duration>),
}

/// Brings blobs into one repository.
pub(super) struct Uploader<'a> {
    pub client: &'a Client<'a>,
    pub repository: &'a str,
    pub progress: &'a dyn Progress,
}

/// The scopes that pushing to a repository needs, and reading from others.
pub(super) fn scopes(repository: &str, others: &[String]) -> Vec<String> {
    let others = others
        .iter()
        .map(|other| format!("repository:{other}:pull"));
    let own = [format!("repository:{repository}:pull,push")];
    own.into_iter().chain(others).collect()
}

impl Uploader<'_> {
    /// Makes a blob be in the repository. `siblings` are repositories that may have it.
    ///
    /// # Errors
    /// When the registry refuses, cannot be reached for too long, or the blob cannot be read.
    pub fn bring(
        &self,
        blob: &OutgoingBlob<'_>,
        siblings: &[String],
    ) -> Result<Arrival, RegistryError> {
        let scopes = scopes(self.repository, &[]);
        let doing = self.doing(blob);
        let url = self
            .client
            .url(self.repository, &format!("blobs/{}", blob.digest));
        if self.client.has(&doing, &scopes, &url)? {
            self.advance(blob.size as i64);
            return Ok(Arrival::There);
        }
        let mut session = None;
        for sibling in siblings.iter().take(MOUNTS) {
            match self.mount(&doing, blob, sibling)? {
                Mounted::Yes => {
                    if let Some(session) = session {
                        self.cancel(&doing, &scopes, session);
                    }
                    self.advance(blob.size as i64);
                    return Ok(Arrival::Mounted);
                }
                Mounted::Begun(begun) => {
                    if let Some(former) = session.replace(begun) {
                        self.cancel(&doing, &scopes, former);
                    }
                }
                Mounted::No => {}
            }
        }
        self.send(&doing, &scopes, blob, session)?;
        Ok(Arrival::Sent)
    }

    fn doing(&self, blob: &OutgoingBlob<'_>) -> Doing {
        let (registry, repository) = (self.client.registry(), self.repository);
        Doing(format!(
            "pushing {} to {registry}/{repository}",
            blob.digest
        ))
    }

    fn advance(&self, bytes: i64) {
        self.progress.advance(Stage::Upload, 0, bytes);
    }

    /// Asks the registry to take a blob from another repository.
    fn mount(
        &self,
        doing: &Doing,
        blob: &OutgoingBlob<'_>,
        from: &str,
    ) -> Result<Mounted, RegistryError> {
        let mut url = self.client.url(self.repository, "blobs/uploads/");
        url.query_pairs_mut()
            .append_pair("mount", &blob.digest)
            .append_pair("from", from);
        let both = scopes(self.repository, &[from.to_owned()]);
        let answer = self.post(doing, &both, &url)?;
        match answer.status.0 {
            201 => Ok(Mounted::Yes),
            202 => Ok(Mounted::Begun(self.session(doing, &answer)?)),
            // That it may not be read there is no reason not to send it here.
            _ => Ok(Mounted::No),
        }
    }

    fn post(&self, doing: &Doing, scopes: &[String], url: &Url) -> Result<Answer, RegistryError> {
        self.client.ask(doing, scopes, || {
            let mut request = Request::new(Method::POST, url.clone());
            // Some servers want to be told that nothing comes.
            request.body = Content::Bytes(Vec::new());
            request.headers.insert(
                header::CONTENT_LENGTH,
                header::HeaderValue::from_static("0"),
            );
            request
        })
    }

    /// Begins an upload.
    fn begin(&self, doing: &Doing, scopes: &[String]) -> Result<Session, RegistryError> {
        let url = self.client.url(self.repository, "blobs/uploads/");
        let answer = self.post(doing, scopes, &url)?;
        match answer.status.0 {
            200..300 => self.session(doing, &answer),
            _ => Err(self.client.refused(doing, answer)),
        }
    }

    fn session(&self, doing: &Doing, answer: &Answer) -> Result<Session, RegistryError> {
        let Some(location) = self.location(doing, answer)? else {
            return Err(doing.answer("the registry does not say where to send it"));
        };
        let least = answer.header(LEAST_PIECE_HEADER);
        let least = least.and_then(|text| text.trim().parse().ok());
        Ok(Session {
            location,
            least_piece: least.unwrap_or(LEAST_PIECE),
        })
    }

    /// Where the registry wants the upload to go on, if it says so.
    fn location(&self, doing: &Doing, answer: &Answer) -> Result<Option<Url>, RegistryError> {
        let Some(text) = answer.header(header::LOCATION) else {
            return Ok(None);
        };
        let bad = || doing.answer("the registry names no URL to send it to");
        let mut url = answer.url.join(text).map_err(|_| bad())?;
        if url.scheme() == "http" && !self.client.is_plain() {
            // A server behind another one that speaks TLS for it does not know of that.
            if url.host_str() != answer.url.host_str() {
                let shown = location::redact(&url);
                let problem = format!("the registry wants it sent without TLS, to {shown}");
                return Err(doing.answer(problem));
            }
            let _ = url.set_scheme("https");
        }
        Ok(Some(url))
    }

    /// Gives an upload up. The registry forgets it in any case, a week later.
    fn cancel(&self, doing: &Doing, scopes: &[String], session: Session) {
        let request = Request::new(Method::DELETE, session.location);
        let _ = self.client.send_once(doing, scopes, request);
    }

    fn send(
        &self,
        doing: &Doing,
        scopes: &[String],
        blob: &OutgoingBlob<'_>,
        begun: Option<Session>,
    ) -> Result<(), RegistryError> {
        let mut budget = self.client.budget();
        let mut session = match begun {
            Some(session) => session,
            None => self.begin(doing, scopes)?,
        };
        let mut most = u64::MAX;
        let mut at = 0;
        loop {
            let step = if at < blob.size && (blob.size > SMALL || at > 0) {
                self.piece(doing, scopes, blob, &mut session, at, &mut most)?
            } else {
                self.end(doing, scopes, blob, &session, at)?
            };
            let next = match step {
                Step::Done => return Ok(()),
                Step::At(next) => {
                    budget.renew();
                    at = next;
                    continue;
                }
                Step::Lost(error) => {
                    self.spend(&mut budget, error, None)?;
                    None
                }
                Step::Unknown(error, pause) => {
                    // Who says that the place is wrong, and then names the same, is confused.
                    let refuses_place = error.status() == Some(416);
                    self.spend(&mut budget, error, pause)?;
                    let status = self.status(doing, scopes, blob, &mut session)?;
                    status.filter(|next| !(refuses_place && *next == at))
                }
            };
            if next.is_none() {
                session = self.begin(doing, scopes)?;
            }
            let next = next.unwrap_or(0);
            if next > at {
                budget.renew();
            }
            self.advance(next as i64 - at as i64);
            at = next;
        }
    }

    fn spend(
        &self,
        budget: &mut Budget,
        error: RegistryError,
        pause: Option<Duration>,
    ) -> Result<(), RegistryError> {
        match budget.again(pause) {
            true => Ok(()),
            false => Err(error),
        }
    }

    /// Sends what the registry does not have yet, or as much of it as it takes at once.
    fn piece(
        &self,
        doing: &Doing,
        scopes: &[String],
        blob: &OutgoingBlob<'_>,
        session: &mut Session,
        at: u64,
        most: &mut u64,
    ) -> Result<Step, RegistryError> {
        let length = (blob.size - at).min(*most);
        let mut counted = Counted::open(blob, at, self.progress)?;
        let mut request = Request::new(Method::PATCH, session.location.clone());
        request.headers.insert(header::CONTENT_TYPE, OCTETS);
        let range = format!("{at}-{}", at + length - 1);
        if let Ok(range) = header::HeaderValue::try_from(range) {
            request.headers.insert(header::CONTENT_RANGE, range);
        }
        request.body = Content::Stream(&mut counted, length);
        request.patience = Some(PATIENCE);
        let sent = self.client.send_once(doing, scopes, request);
        let count = counted.count;
        let step = match sent {
            Err(error) => match content_failure(&error) {
                Some(source) => {
                    return Err(RegistryError::Content {
                        digest: blob.digest.clone(),
                        source,
                    });
                }
                None if error.is_transient() => Step::Unknown(error, None),
                None => return Err(error),
            },
            Ok(answer) => {
                let status = answer.status.0;
                let resumed = matches!(status, 200..300 | 308 | 416);
                if resumed && let Some(location) = self.location(doing, &answer)? {
                    session.location = location;
                }
                let told = reached(&answer);
                match status {
                    200..300 | 308 => match told {
                        Some(next) if next > blob.size => {
                            Step::Lost(doing.answer("the registry has more than was sent"))
                        }
                        Some(next) if next <= at => {
                            let error = doing.answer("the registry took nothing of what was sent");
                            Step::Unknown(error, None)
                        }
                        told => Step::At(told.unwrap_or(at + length)),
                    },
                    413 if length > session.least_piece && *most > session.least_piece => {
                        *most = (length / 2).max(session.least_piece);
                        // Not a failure, but how much it has is for it to say.
                        match self.status(doing, scopes, blob, session)? {
                            Some(next) => Step::At(next),
                            None => Step::Lost(self.client.refused(doing, answer)),
                        }
                    }
                    401 | 416 => Step::Unknown(self.client.refused(doing, answer), None),
                    404 => Step::Lost(self.client.refused(doing, answer)),
                    _ => {
                        let pause = answer.retry_after();
                        let error = self.client.refused(doing, answer);
                        match error.is_transient() {
                            true => Step::Unknown(error, pause),
                            false => return Err(error),
                        }
                    }
                }
            }
        };
        // Only what arrived counts; the rest will be sent, and counted, once more.
        let arrived = match &step {
            Step::At(next) => next.saturating_sub(at),
            _ => 0,
        };
        self.advance(arrived as i64 - count as i64);
        Ok(step)
    }

    /// Ends an upload: the registry compares the digest and has the blob.
    fn end(
        &self,
        doing: &Doing,
        scopes: &[String],
        blob: &OutgoingBlob<'_>,
        session: &Session,
        at: u64,
    ) -> Result<Step, RegistryError> {
        let mut url = session.location.clone();
        url.query_pairs_mut().append_pair("digest", &blob.digest);
        let mut request = Request::new(Method::PUT, url);
        request.patience = Some(PATIENCE);
        let mut whole = Vec::new();
        if at == 0 && blob.size > 0 {
            let read = blob.bytes.open(0).and_then(|bytes| {
                let limit = blob.size;
                bytes.take(limit).read_to_end(&mut whole)
            });
            let failed = match read {
                Ok(count) if count as u64 == blob.size => None,
                Ok(_) => Some(io::ErrorKind::UnexpectedEof.into()),
                Err(error) => Some(error),
            };
            if let Some(source) = failed {
                let digest = blob.digest.clone();
                return Err(RegistryError::Content { digest, source });
            }
        }
        let count = whole.len() as u64;
        request.headers.insert(header::CONTENT_TYPE, OCTETS);
        request
            .headers
            .insert(header::CONTENT_LENGTH, header::HeaderValue::from(count));
        request.body = Content::Bytes(whole);
        let step = match self.client.send_once(doing, scopes, request) {
            Err(error) if error.is_transient() => Step::Unknown(error, None),
            Err(error) => return Err(error),
            Ok(answer) => match answer.status.0 {
                200..300 => {
                    self.advance(count as i64);
                    return Ok(Step::Done);
                }
                401 => Step::Unknown(self.client.refused(doing, answer), None),
                404 | 416 => Step::Lost(self.client.refused(doing, answer)),
                _ => {
                    let pause = answer.retry_after();
                    let error = self.client.refused(doing, answer);
                    match error.is_transient() {
                        true => Step::Unknown(error, pause),
                        false => return Err(error),
                    }
                }
            },
        };
        // It may be there all the same, and its answer have been lost.
        let blob_url = self
            .client
            .url(self.repository, &format!("blobs/{}", blob.digest));
        match self.client.has(doing, scopes, &blob_url) {
            Ok(true) => {
                self.advance(count as i64);
                Ok(Step::Done)
            }
            _ => Ok(step),
        }
    }

    /// How many bytes the registry has; `None` when it knows nothing of the upload any more.
    /// What an answer of any kind leaves open is as good as lost: sending all of it again is
    /// never wrong.
    fn status(
        &self,
        doing: &Doing,
        scopes: &[String],
        blob: &OutgoingBlob<'_>,
        session: &mut Session,
    ) -> Result<Option<u64>, RegistryError> {
        let url = session.location.clone();
        let answer = self
            .client
            .ask(doing, scopes, || Request::new(Method::GET, url.clone()))?;
        if !answer.is_success() {
            return Ok(None);
        }
        if let Some(location) = self.location(doing, &answer)? {
            session.location = location;
        }
        Ok(reached(&answer).filter(|at| *at <= blob.size))
    }
}

/// What came of asking for a mount.
enum Mounted {
    Yes,
    /// The registry would rather be sent it.
    Begun(Session),
    No,
}

const OCTETS: header::HeaderValue = header::HeaderValue::from_static("application/octet-stream");

/// How many bytes a registry says that it has: `Range: 0-99`, or with a unit before it, are 100.
/// `0-0` is what many say of none at all; where it was one byte, that one is sent again, which a
/// registry answers by saying so once more.
fn reached(answer: &Answer) -> Option<u64> {
    let range = answer.header(header::RANGE)?.trim();
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let (first, last) = range.split_once('-')?;
    let last: u64 = last.trim().parse().ok()?;
    if first.trim() != "0" {
        return None;
    }
    match last {
        0 => Some(0),
        last => last.checked_add(1),
    }
}

/// The error of this machine that ended a request, if it was one.
fn content_failure(error: &RegistryError) -> Option<io::Error> {
    match error {
        RegistryError::Transport { source, .. } => match &source.problem {
            TransportProblem::Io(error) => Some(io::Error::new(error.kind(), error.to_string())),
            _ => None,
        },
        _ => None,
    }
}

/// Tells of what is read.
struct Counted<'a> {
    bytes: Box<dyn Read + 'a>,
    progress: &'a dyn Progress,
    count: u64,
}

impl<'a> Counted<'a> {
    fn open(
        blob: &'a OutgoingBlob<'_>,
        at: u64,
        progress: &'a dyn Progress,
    ) -> Result<Counted<'a>, RegistryError> {
        let bytes = blob.bytes.open(at);
        let bytes = bytes.map_err(|source| RegistryError::Content {
            digest: blob.digest.clone(),
            source,
        })?;
        Ok(Counted {
            bytes,
            progress,
            count: 0,
        })
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.count += count as u64;
        self.progress.advance(Stage::Upload, 0, count as i64);
        Ok(count)
    }
}
