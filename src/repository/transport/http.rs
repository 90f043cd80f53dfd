//! `http:` and `https:`: one background thread drives all connections, and bodies come out of
//! it as blocking readers.

use super::body::{Body, pump};
use super::client::{Roots, build};
use super::{Opened, Part, TransportOptions, TransportProblem, Validators};
use crate::repository::location;
use jiff::Timestamp;
use reqwest::header::{
    AUTHORIZATION, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url};
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, thread};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// What the background thread is to do.
pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Asking for a file.
struct Job {
    client: Client,
    url: Url,
    headers: HeaderMap,
    /// The place in the file from which on it is wanted.
    start: u64,
    /// Whether it is only wanted if it changed.
    conditional: bool,
    answer: oneshot::Sender<Result<Opened, TransportProblem>>,
}

/// The background thread and the HTTP clients.
pub(super) struct Network {
    pub(super) options: Arc<TransportOptions>,
    tasks: Result<mpsc::UnboundedSender<Task>, String>,
    clients: Mutex<Clients>,
}

/// The clients that there are so far.
#[derive(Default)]
struct Clients {
    /// Verifies servers.
    verifying: Option<Client>,
    /// For `http:` on a machine without certificates.
    plain: Option<Client>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    pub(super) fn new(options: TransportOptions) -> Network {
        let options = Arc::new(options);
        let tasks = start_thread();
        Network {
            options,
            tasks: tasks.map_err(|e| format!("cannot use the network: {e}")),
            clients: Mutex::default(),
        }
    }

    /// Sends a request and waits until its answer begins.
    pub(super) fn get(&self, url: &Url, part: Part<'_>) -> Result<Opened, TransportProblem> {
        let (answer, answered) = oneshot::channel();
        let (mut headers, start) = headers(part);
        let mut url = url.clone();
        if let Some((user, password)) = self.options.credentials.of(&url) {
            headers.extend(basic(user, password).map(|value| (AUTHORIZATION, value)));
            // The client would make a header of it as well.
            let _ = url.set_username("");
        }
        let job = Job {
            client: self.client(&url)?,
            url,
            headers,
            start,
            conditional: matches!(part, Part::Changed(_)),
            answer,
        };
        self.start(Box::pin(request(job, Arc::clone(&self.options))))?;
        answered.blocking_recv().map_err(|_| gone())?
    }

    /// Has the background thread do something.
    pub(super) fn start(&self, task: Task) -> Result<(), TransportProblem> {
        let tasks = self.tasks.as_ref();
        let tasks = tasks.map_err(|e| TransportProblem::Setup(e.clone()))?;
        tasks.send(task).map_err(|_| gone())
    }

    pub(super) fn client(&self, url: &Url) -> Result<Client, TransportProblem> {
        let clients = self.clients.lock();
        // Whoever panicked has not left half a client.
        let mut clients = clients.unwrap_or_else(PoisonError::into_inner);
        let is_plain = url.scheme() == "http";
        match (&clients.verifying, &clients.plain) {
            (Some(client), _) => return Ok(client.clone()),
            (_, Some(client)) if is_plain => return Ok(client.clone()),
            _ => {}
        }
        let (client, place) = match build(&self.options, Roots::Wanted) {
            Ok(client) => (client, &mut clients.verifying),
            Err(_) if is_plain => (build(&self.options, Roots::None)?, &mut clients.plain),
            Err(problem) => return Err(problem),
        };
        Ok(place.insert(client).clone())
    }
}

/// Why there will be no answer.
pub(super) fn gone() -> TransportProblem {
    TransportProblem::Setup("the network thread has ended".to_owned())
}

/// The headers that ask for this part, and the place in the file at which it begins.
fn headers(part: Part<'_>) -> (HeaderMap, u64) {
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: &str| {
        // What a server sent can be sent back; what the cache made of it since need not.
        headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
    };
    match part {
        Part::Whole => {}
        Part::Changed(known) => {
            if let Some(etag) = &known.etag {
                add(IF_NONE_MATCH, etag);
            }
            if let Some(date) = &known.last_modified {
                add(IF_MODIFIED_SINCE, date);
            }
        }
        Part::Rest(start, known) => {
            if let (Some(validator), true) = (known.strong(), start > 0) {
                add(RANGE, &format!("bytes={start}-"));
                add(IF_RANGE, validator);
                return (headers, start);
            }
        }
    }
    (headers, 0)
}

/// `Basic` authentication (RFC 7617).
fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    let text = data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes());
    let mut value = HeaderValue::from_str(&format!("Basic {text}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Starts the thread that drives all connections. It ends when the sender is dropped.
fn start_thread() -> io::Result<mpsc::UnboundedSender<Task>> {
    let (tasks, mut queue) = mpsc::unbounded_channel::<Task>();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let run = move || {
        runtime.block_on(async {
            while let Some(task) = queue.recv().await {
                tokio::spawn(task);
            }
        });
    };
    thread::Builder::new()
        .name("network".to_owned())
        .spawn(run)?;
    Ok(tasks)
}

async fn request(job: Job, options: Arc<TransportOptions>) {
    let stall = options.stall_timeout;
    let sent = job.client.get(job.url.clone()).headers(job.headers).send();
    let answer = match timeout(stall, sent).await {
        Err(_) => Err(TransportProblem::Stalled {
            received: 0,
            waited: stall,
        }),
        Ok(Err(error)) => Err(explain(error, &job.url, &options)),
        Ok(Ok(response)) if job.conditional && response.status() == StatusCode::NOT_MODIFIED => {
            Ok(Opened::Unchanged)
        }
        Ok(Ok(response)) => match begin(&response, job.start) {
            Err(problem) => Err(problem),
            Ok((start, length)) => {
                let location = location::redact(response.url());
                let validators = validators(response.headers());
                let (body, pieces) = Body::new(location, start, length, validators);
                // The reader may have gone; then so does the answer.
                if job.answer.send(Ok(Opened::Stream(body))).is_ok() {
                    pump(response, start, &pieces, stall).await;
                }
                return;
            }
        },
    };
    let _ = job.answer.send(answer);
}

/// Where in the file the body of an answer begins, and the length of the whole file if it is
/// known.
fn begin(response: &Response, asked: u64) -> Result<(u64, Option<u64>), TransportProblem> {
    let status = response.status();
    let length = response.content_length();
    if status != StatusCode::PARTIAL_CONTENT {
        return match status.is_success() {
            true => Ok((0, length)),
            false => Err(TransportProblem::Status {
                status: status.as_u16(),
                line: status.to_string(),
                retry_after: retry_after(response.headers(), Timestamp::now()),
            }),
        };
    }
    let range = response.headers().get(CONTENT_RANGE);
    let range = range.and_then(|range| range.to_str().ok()).unwrap_or("");
    // bytes 100-199/200, or /* where the server does not know the length.
    let parts = range.strip_prefix("bytes ").and_then(|range| {
        let (range, total) = range.split_once('/')?;
        Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
    });
    match parts {
        Some((start, total)) if start == asked => {
            Ok((start, total.or(length.map(|length| start + length))))
        }
        _ => Err(TransportProblem::Part {
            asked,
            found: format!("the part {range:?}"),
        }),
    }
}

pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let text = |name: HeaderName| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Validators {
        etag: text(ETAG),
        last_modified: text(LAST_MODIFIED),
    }
}

/// What `Retry-After` asks for: a number of seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    // What lies in the past asks for nothing.
    Some(date.duration_since(now).try_into().unwrap_or_default())
}

pub(super) fn explain(
    error: reqwest::Error,
    url: &Url,
    options: &TransportOptions,
) -> TransportProblem {
    let error = error.without_url();
    let text = || error.source().map_or_else(|| error.to_string(), chain);
    if error.is_redirect() {
        return TransportProblem::Redirect(text());
    }
    if bad_certificate(&error) {
        return TransportProblem::Certificate(text());
    }
    let problem = match error.is_timeout() {
        true => {
            let seconds = options.connect_timeout.as_secs_f64();
            format!("there was none within {seconds} s")
        }
        false => text(),
    };
    TransportProblem::Connect(match options.proxies.on_the_way_to(url) {
        Some(proxy) => format!("through the proxy {proxy}: {problem}"),
        None => problem,
    })
}

/// Whether an error comes from the server's certificate.
fn bad_certificate(error: &(dyn Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An io::Error gives the source of what it wraps as its own.
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    wrapped.is_some_and(|wrapped| bad_certificate(wrapped))
        || error.source().is_some_and(bad_certificate)
}

/// An error and what it came from, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        // Some errors repeat their source.
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        let wait = |text: &'static str| {
            let headers = [(RETRY_AFTER, HeaderValue::from_static(text))];
            retry_after(&headers.into_iter().collect(), now)
        };
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(wait("120"), seconds(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), seconds(7));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), seconds(0));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_rest_is_only_asked_for_where_a_change_would_be_noticed() {
        let known = |etag: Option<&str>, date: Option<&str>| Validators {
            etag: etag.map(str::to_owned),
            last_modified: date.map(str::to_owned),
        };
        let asks = |known: &Validators| headers(Part::Rest(5, known)).0.contains_key(RANGE);
        assert!(asks(&known(Some("\"a\""), None)));
        assert!(asks(&known(
            Some("W/\"a\""),
            Some("Sun, 06 Nov 1994 08:49:37 GMT")
        )));
        assert!(!asks(&known(Some("W/\"a\""), None)));
        assert!(!asks(&known(None, None)));
        assert_eq!(headers(Part::Rest(5, &known(None, None))).1, 0);
        assert_eq!(headers(Part::Rest(5, &known(Some("\"a\""), None))).1, 5);
    }
}
