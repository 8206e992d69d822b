//! A mail server of a hundred lines, in a thread of the test: it keeps what it gets and answers as the test wants.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use native_tls::{Identity, TlsAcceptor, TlsStream};

/// What the server does with a command.
#[derive(Clone, Debug)]
pub enum Step {
    /// What a friendly server would do.
    Usual,
    /// This answer; the line break is added.
    Say(String),
    /// The answer, and then it hangs up.
    SayAndDrop(String),
    /// It hangs up without a word.
    Drop,
    /// No answer for so long.
    Silence(Duration),
}

/// A message as it came in, whatever was answered to its last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Envelope sender.
    pub from: String,
    /// The recipients that were accepted.
    pub to: Vec<String>,
    /// The bytes, dots taken off again.
    pub data: Vec<u8>,
}

/// A server that ends with the test.
pub struct SmtpServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

struct Desk {
    extensions: Vec<String>,
    script: Box<dyn Fn(&str) -> Step + Send + Sync>,
    tls: Option<TlsAcceptor>,
    implicit: bool,
    received: Arc<Mutex<Vec<Received>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

enum Stream {
    Plain(TcpStream),
    Tls(TlsStream<TcpStream>),
}

impl SmtpServer {
    /// A server with these extensions; the script is asked before every command and for the last line (`.`).
    pub fn start(extensions: &[&str], script: impl Fn(&str) -> Step + Send + Sync + 'static) -> SmtpServer {
        SmtpServer::listen(extensions, script, None, false)
    }

    /// A server with this certificate (certificate and key in PEM): STARTTLS, or TLS from the first byte.
    pub fn with_certificate(
        certificate: &[u8],
        key: &[u8],
        implicit: bool,
        script: impl Fn(&str) -> Step + Send + Sync + 'static,
    ) -> SmtpServer {
        let identity = Identity::from_pkcs8(certificate, key).unwrap();
        let acceptor = TlsAcceptor::new(identity).unwrap();
        let extensions: &[&str] = if implicit { &["PIPELINING"] } else { &["PIPELINING", "STARTTLS"] };
        SmtpServer::listen(extensions, script, Some(acceptor), implicit)
    }

    fn listen(
        extensions: &[&str],
        script: impl Fn(&str) -> Step + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
        implicit: bool,
    ) -> SmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = SmtpServer {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
            commands: Arc::default(),
        };
        let desk = Arc::new(Desk {
            extensions: extensions.iter().map(|extension| (*extension).to_owned()).collect(),
            script: Box::new(script),
            tls,
            implicit,
            received: Arc::clone(&server.received),
            commands: Arc::clone(&server.commands),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (desk, stream) = (Arc::clone(&desk), stream.unwrap());
                std::thread::spawn(move || desk.serve(stream));
            }
        });
        server
    }

    /// What came in so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The commands that came in so far, of all connections; `.` for the end of a message.
    pub fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }
}

impl Desk {
    fn serve(&self, stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).unwrap();
        let mut stream = Stream::Plain(stream);
        if self.implicit {
            stream = stream.encrypted(self.tls.as_ref()?)?;
        }
        let (mut from, mut to, mut encrypted) = (String::new(), Vec::new(), self.implicit);
        let mut has_begun = false;
        stream.say("220 test ESMTP")?;
        loop {
            let line = stream.line()?;
            self.commands.lock().unwrap().push(line.clone());
            let (verb, argument) = (line.to_uppercase(), between_brackets(&line));
            let usual = if verb.starts_with("EHLO") {
                let shown = self.extensions.iter().filter(|extension| !(encrypted && *extension == "STARTTLS"));
                let lines: Vec<String> = shown.map(|extension| format!("250-{extension}\r\n")).collect();
                format!("250-test\r\n{}250 HELP", lines.concat())
            } else if verb.starts_with("DATA") {
                if to.is_empty() { "503 no recipients".to_owned() } else { "354 go".to_owned() }
            } else if verb.starts_with("RCPT") && !has_begun {
                "503 MAIL first".to_owned()
            } else if verb.starts_with("STARTTLS") {
                "220 go".to_owned()
            } else if verb.starts_with("QUIT") {
                "221 bye".to_owned()
            } else {
                "250 ok".to_owned()
            };
            let answer = self.answer(&mut stream, &line, usual)?;
            let yes = answer.starts_with(['2', '3']);
            if verb.starts_with("MAIL") || verb.starts_with("RSET") {
                (from, to) = (argument, Vec::new());
                has_begun = verb.starts_with("MAIL") && yes;
            } else if verb.starts_with("RCPT") && yes {
                to.push(argument);
            } else if verb.starts_with("STARTTLS") && yes {
                stream = stream.encrypted(self.tls.as_ref()?)?;
                encrypted = true;
            } else if verb.starts_with("DATA") && answer.starts_with("354") {
                let data = stream.message()?;
                self.commands.lock().unwrap().push(".".to_owned());
                let message = Received { from: std::mem::take(&mut from), to: std::mem::take(&mut to), data };
                self.received.lock().unwrap().push(message);
                has_begun = false;
                self.answer(&mut stream, ".", "250 queued".to_owned())?;
            } else if verb.starts_with("QUIT") {
                return None;
            }
        }
    }

    fn answer(&self, stream: &mut Stream, command: &str, usual: String) -> Option<String> {
        let answer = match (self.script)(command) {
            Step::Usual => usual,
            Step::Say(answer) => answer,
            Step::SayAndDrop(answer) => {
                stream.say(&answer)?;
                return stream.hang_up();
            }
            Step::Drop => return stream.hang_up(),
            Step::Silence(span) => {
                std::thread::sleep(span);
                return None;
            }
        };
        stream.say(&answer)?;
        Some(answer)
    }
}

impl Stream {
    fn encrypted(self, acceptor: &TlsAcceptor) -> Option<Stream> {
        match self {
            Stream::Plain(stream) => acceptor.accept(stream).ok().map(Stream::Tls),
            encrypted => Some(encrypted),
        }
    }

    fn say(&mut self, line: &str) -> Option<()> {
        let bytes = format!("{line}\r\n").into_bytes();
        match self {
            Stream::Plain(stream) => stream.write_all(&bytes).ok(),
            Stream::Tls(stream) => stream.write_all(&bytes).ok(),
        }
    }

    fn hang_up<T>(&mut self) -> Option<T> {
        if let Stream::Plain(stream) = self {
            let _ = stream.shutdown(Shutdown::Both);
        }
        None
    }

    /// A line without its CRLF; byte by byte, so that nothing is read that belongs behind STARTTLS.
    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            match self {
                Stream::Plain(stream) => stream.read_exact(&mut byte).ok()?,
                Stream::Tls(stream) => stream.read_exact(&mut byte).ok()?,
            }
            line.push(byte[0]);
        }
        line.truncate(line.len() - 2);
        Some(String::from_utf8(line).unwrap())
    }

    fn message(&mut self) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            let line = self.line()?;
            if line == "." {
                return Some(data);
            }
            data.extend_from_slice(line.strip_prefix('.').unwrap_or(&line).as_bytes());
            data.extend_from_slice(b"\r\n");
        }
    }
}

fn between_brackets(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(inner, _)| inner.to_owned()).unwrap_or_default()
}
