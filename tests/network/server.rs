//! A small HTTP server that misbehaves on demand. What behaves keeps its connection open.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How the body of a reply is sent.
#[derive(Clone)]
pub enum Pace {
    /// All at once.
    Whole,
    /// Only so many bytes, then the connection is closed.
    CutAfter(usize),
    /// Only so many bytes, then nothing while the connection stays open.
    StallAfter(usize),
    /// One byte at a time, with this pause in between.
    Trickle(Duration),
    /// Over and over again.
    Endless,
}

/// What is said about the length of the body.
#[derive(Clone)]
pub enum Length {
    Right,
    Wrong(usize),
    Unsaid,
}

/// What a request is answered with.
#[derive(Clone)]
pub struct Reply {
    pub status: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub length: Length,
    pub pace: Pace,
    /// The entity tag of a file that is told from others, and sent in parts.
    pub etag: Option<&'static str>,
    /// Whether the connection is closed behind the answer, against what was said.
    pub hangs_up: bool,
    /// How long it takes the server to answer.
    pub delay: Duration,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status: "200 OK",
            headers: Vec::new(),
            body: body.into(),
            length: Length::Right,
            pace: Pace::Whole,
            etag: None,
            hangs_up: false,
            delay: Duration::ZERO,
        }
    }

    /// A file that the server tells from others by this tag.
    pub fn tagged(body: impl Into<Vec<u8>>, etag: &'static str) -> Reply {
        Reply {
            etag: Some(etag),
            headers: vec![("ETag", etag.to_owned())],
            ..Reply::ok(body)
        }
    }

    pub fn status(status: &'static str) -> Reply {
        Reply {
            status,
            ..Reply::ok("<html>sorry</html>")
        }
    }

    pub fn redirect(to: impl Into<String>) -> Reply {
        Reply {
            headers: vec![("Location", to.into())],
            ..Reply::status("302 Found")
        }
    }

    pub fn pace(mut self, pace: Pace) -> Reply {
        self.pace = pace;
        self
    }

    pub fn length(mut self, length: Length) -> Reply {
        self.length = length;
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub fn hangs_up(mut self) -> Reply {
        self.hangs_up = true;
        self
    }

    /// What a tagged file becomes for this request: itself, a part, or the word that it is
    /// the same.
    fn to(self, request: &Request) -> Reply {
        let Some(etag) = self.etag else { return self };
        if request.header("if-none-match") == Some(etag) {
            return Reply {
                status: "304 Not Modified",
                body: Vec::new(),
                length: Length::Unsaid,
                ..self
            };
        }
        let start = request.header("range").and_then(|range| {
            let start = range.strip_prefix("bytes=")?.strip_suffix('-')?;
            start.parse::<usize>().ok()
        });
        match start {
            Some(start) if request.header("if-range") == Some(etag) => {
                let (last, all) = (self.body.len() - 1, self.body.len());
                let range = format!("bytes {start}-{last}/{all}");
                Reply {
                    status: "206 Partial Content",
                    body: self.body[start..].to_vec(),
                    ..self
                }
                .header("Content-Range", range)
            }
            _ => self,
        }
    }
}

/// What arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: Vec<String>,
}

impl Request {
    /// The value of the header with this name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().filter_map(|line| line.split_once(": "));
        let (_, value) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

#[derive(Default)]
struct State {
    /// The replies to a path, in their order; the last one stays.
    replies: HashMap<String, Vec<Reply>>,
    requests: Vec<Request>,
    connections: usize,
    /// Requests that are being answered.
    busy: usize,
    /// The most of them at a time.
    peak: usize,
}

/// The server. Dropping it closes its port.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    closed: Arc<AtomicBool>,
}

impl Server {
    pub fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
            closed: Arc::default(),
        };
        let (state, closed) = (server.state.clone(), server.closed.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::SeqCst) {
                    return;
                }
                state.lock().unwrap().connections += 1;
                let (state, closed) = (state.clone(), closed.clone());
                // The client going away in the middle is what some tests are about.
                thread::spawn(move || stream.and_then(|s| serve(s, &state, &closed)));
            }
        });
        server
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers requests for a path with these, one after the other, then with the last.
    pub fn answer(&self, path: &str, mut replies: Vec<Reply>) {
        replies.reverse();
        let mut state = self.state.lock().unwrap();
        state.replies.insert(path.to_owned(), replies);
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// How many requests were being answered at once, at most.
    pub fn peak(&self) -> usize {
        self.state.lock().unwrap().peak
    }

    pub fn count(&self, path: &str) -> usize {
        self.requests().iter().filter(|r| r.path == path).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, closed: &AtomicBool) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(first) = lines.next() {
        let path = first?.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        for line in &mut lines {
            match line? {
                line if line.is_empty() => break,
                line => headers.push(line),
            }
        }
        let request = Request { path, headers };
        let reply = {
            let mut state = state.lock().unwrap();
            state.requests.push(request.clone());
            state.busy += 1;
            state.peak = state.peak.max(state.busy);
            match state.replies.get_mut(&request.path) {
                Some(replies) if replies.len() > 1 => replies.pop(),
                Some(replies) => replies.last().cloned(),
                None => None,
            }
        };
        let reply = reply.unwrap_or_else(|| Reply::status("404 Not Found"));
        // Others have the time to come meanwhile.
        thread::sleep(reply.delay);
        let mut state = state.lock().unwrap();
        state.busy -= 1;
        drop(state);
        if !send(&stream, &reply.to(&request), closed)? {
            break;
        }
    }
    Ok(())
}

/// Sends a reply; whether the connection can be used again.
fn send(mut stream: &TcpStream, reply: &Reply, closed: &AtomicBool) -> std::io::Result<bool> {
    let has_no_body = reply.status.starts_with("304");
    let is_whole =
        matches!(reply.pace, Pace::Whole) && (has_no_body || matches!(reply.length, Length::Right));
    let mut head = format!("HTTP/1.1 {}\r\n", reply.status);
    if !is_whole {
        head.push_str("Connection: close\r\n");
    }
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match reply.length {
        Length::Right => head.push_str(&format!("Content-Length: {}\r\n", reply.body.len())),
        Length::Wrong(length) => head.push_str(&format!("Content-Length: {length}\r\n")),
        Length::Unsaid => {}
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    let part = |n: usize| &reply.body[..n.min(reply.body.len())];
    match reply.pace {
        Pace::Whole => stream.write_all(&reply.body)?,
        Pace::CutAfter(n) => stream.write_all(part(n))?,
        Pace::StallAfter(n) => {
            stream.write_all(part(n))?;
            while !closed.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
        }
        Pace::Trickle(pause) => {
            for byte in &reply.body {
                thread::sleep(pause);
                stream.write_all(&[*byte])?;
            }
        }
        Pace::Endless => loop {
            stream.write_all(&reply.body)?;
        },
    }
    Ok(is_whole && !reply.hangs_up)
}
