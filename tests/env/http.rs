//! An HTTP server in a thread of the test: it keeps what it is asked and answers as the test wants.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This status, these header lines, this body.
    Answer(u16, &'static str, String),
    /// It hangs up with the whole request in its hands.
    HangUp,
    /// No answer for so long.
    Silence(Duration),
    /// A byte of its answer now and then, for ever.
    Drip,
}

impl Reply {
    /// A friendly answer.
    pub fn ok() -> Reply {
        Reply::status(200)
    }

    /// A status and two letters.
    pub fn status(status: u16) -> Reply {
        Reply::Answer(status, "", "OK".to_owned())
    }

    /// A success with this body.
    pub fn body(body: impl Into<String>) -> Reply {
        Reply::Answer(200, "", body.into())
    }
}

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST /sms HTTP/1.1`.
    pub line: String,
    /// Names in small letters, values.
    pub headers: Vec<(String, String)>,
    /// As many bytes as were announced and came.
    pub body: String,
}

impl Request {
    /// The value of a header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A server that ends with the test.
pub struct HttpServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl HttpServer {
    /// A server; the script is asked once the whole request is there.
    pub fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> HttpServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = HttpServer { port: listener.local_addr().unwrap().port(), requests: Arc::default() };
        let (requests, script) = (Arc::clone(&server.requests), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, requests, script) = (stream.unwrap(), Arc::clone(&requests), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &requests, script.as_ref()));
            }
        });
        server
    }

    /// A server that answers everybody the same.
    pub fn always(reply: Reply) -> HttpServer {
        HttpServer::start(move |_| reply.clone())
    }

    /// What was asked so far; a request that was never whole too.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn serve(mut stream: TcpStream, requests: &Mutex<Vec<Request>>, script: &dyn Fn(&Request) -> Reply) {
    let Some(request) = read(&mut stream) else { return };
    requests.lock().unwrap().push(request.clone());
    let announced: usize = request.header("content-length").parse().unwrap_or(0);
    if request.body.len() < announced {
        return;
    }
    match script(&request) {
        Reply::Answer(status, headers, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
        Reply::HangUp => {}
        Reply::Silence(span) => std::thread::sleep(span),
        Reply::Drip => {
            while stream.write_all(b"H").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// Head and body, as far as they come.
fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer).unwrap_or(0) {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let announced = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let announced: usize = announced.parse().unwrap();
    let mut body = bytes.split_off(end + 4);
    while body.len() < announced {
        match stream.read(&mut buffer).unwrap_or(0) {
            0 => break,
            count => body.extend_from_slice(&buffer[..count]),
        }
    }
    Some(Request { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
