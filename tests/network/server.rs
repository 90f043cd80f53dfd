//! A small HTTP server that misbehaves on demand.

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
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status: "200 OK",
            headers: Vec::new(),
            body: body.into(),
            length: Length::Right,
            pace: Pace::Whole,
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
}

/// What arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: Vec<String>,
}

#[derive(Default)]
struct State {
    /// The replies to a path, in their order; the last one stays.
    replies: HashMap<String, Vec<Reply>>,
    requests: Vec<Request>,
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
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    for line in lines {
        match line? {
            line if line.is_empty() => break,
            line => headers.push(line),
        }
    }
    let reply = {
        let mut state = state.lock().unwrap();
        let request = Request {
            path: path.clone(),
            headers,
        };
        state.requests.push(request);
        match state.replies.get_mut(&path) {
            Some(replies) if replies.len() > 1 => replies.pop(),
            Some(replies) => replies.last().cloned(),
            None => None,
        }
    };
    send(
        stream,
        &reply.unwrap_or_else(|| Reply::status("404 Not Found")),
        closed,
    )
}

fn send(mut stream: TcpStream, reply: &Reply, closed: &AtomicBool) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
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
        Pace::Whole => stream.write_all(&reply.body),
        Pace::CutAfter(n) => stream.write_all(part(n)),
        Pace::StallAfter(n) => {
            stream.write_all(part(n))?;
            while !closed.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        Pace::Trickle(pause) => reply.body.iter().try_for_each(|byte| {
            thread::sleep(pause);
            stream.write_all(&[*byte])
        }),
        Pace::Endless => loop {
            stream.write_all(&reply.body)?;
        },
    }
}
