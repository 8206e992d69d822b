//! One HTTP request, and how far it came.

use std::io::{self, Read};
use std::time::Duration;

use ureq::http::{self, HeaderValue, header};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, SendBody, Timeout};

use super::judge::Reply;
use super::request::Request;
use super::settings::Method;
use crate::failpoint;

/// More of an answer is not read: what says whether it was a success stands at its beginning.
const MAX_ANSWER: u64 = 65_536;

/// How a request ended.
pub(super) enum Outcome {
    /// With an answer.
    Answered(Reply),
    /// The gate was shut: the message did not leave.
    Shut,
    /// Nothing that matters left this machine; the text says why.
    NotSent(String),
    /// It may have arrived.
    Lost(String),
}

/// Sends requests, each on a connection of its own.
pub(super) struct Wire {
    agent: Agent,
    timeout: Duration,
}

impl Wire {
    pub(super) fn new(timeout: Duration) -> Wire {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .timeout_global(Some(timeout))
            // told apart, so that a GET that never left is known as one
            .timeout_resolve(Some(timeout / 2))
            .timeout_connect(Some(timeout / 2))
            // what an environment says decides nothing
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .user_agent(concat!("wvl/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .new_agent();
        Wire { agent, timeout }
    }

    /// The longest that one request takes.
    pub(super) fn patience(&self) -> Duration {
        // a name server may take its time beside
        self.timeout * 2
    }

    /// Whether somebody answers there, whatever it says.
    pub(super) fn knock(&self, url: &str) -> Result<(), String> {
        self.agent.head(url).call().map(drop).map_err(|error| in_words(&error))
    }

    /// Sends it. The gate is asked once the connection stands; a request without a body, which has nothing to wait with, asks before.
    pub(super) fn send(&self, method: Method, request: &Request, gate: &mut dyn FnMut() -> bool) -> Outcome {
        let has_body = !request.body.is_empty();
        if !has_body {
            if !gate() {
                return Outcome::Shut;
            }
            failpoint::pass("before-last-line");
        }
        let mut head = http::Request::builder().method(method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            // bytes beyond ASCII are allowed in a header, control characters are gone already
            let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else {
                return Outcome::NotSent(format!("the header {name} cannot be sent"));
            };
            head = head.header(name, value);
        }
        if let Some(content_type) = &request.content_type {
            head = head.header(header::CONTENT_TYPE, content_type);
        }
        let mut body = Gated { rest: &request.body, gate, state: State::Waiting };
        if has_body || method != Method::Get {
            head = head.header(header::CONTENT_LENGTH, request.body.len());
        }
        let answer = if has_body {
            match head.body(SendBody::from_reader(&mut body)) {
                Ok(request) => self.agent.run(request),
                Err(error) => Err(ureq::Error::Http(error)),
            }
        } else {
            body.state = State::Handed;
            match head.body(SendBody::none()) {
                Ok(request) => self.agent.run(request),
                Err(error) => Err(ureq::Error::Http(error)),
            }
        };
        let state = body.state;
        let answer = answer.map(read);
        failpoint::pass("gateway-sent");
        match (answer, state) {
            (Ok(reply), _) => Outcome::Answered(reply),
            (Err(_), State::Shut) => Outcome::Shut,
            (Err(error), State::Waiting) => Outcome::NotSent(in_words(&error)),
            (Err(error), State::Handed) if !has_body && is_before_sending(&error) => Outcome::NotSent(in_words(&error)),
            (Err(error), State::Handed) => Outcome::Lost(in_words(&error)),
        }
    }
}

fn read(response: http::Response<ureq::Body>) -> Reply {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (retry_after, date) = (text(header::RETRY_AFTER), text(header::DATE));
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    let read = response.into_body().into_reader().take(MAX_ANSWER).read_to_end(&mut bytes);
    Reply {
        status,
        retry_after,
        date,
        is_cut: read.is_err() || bytes.len() as u64 == MAX_ANSWER,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// Errors after which nobody can have read a request.
fn is_before_sending(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::NativeTls(_)
        | ureq::Error::Tls(_)
        | ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => true,
        ureq::Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable
        ),
        _ => false,
    }
}

/// In our words: others may quote the address, which may be a secret.
fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it has not answered in time".to_owned(),
        ureq::Error::Io(error) => format!("the connection failed: {error}"),
        ureq::Error::HostNotFound => "its host is not known".to_owned(),
        ureq::Error::ConnectionFailed => "it cannot be reached".to_owned(),
        ureq::Error::NativeTls(error) => format!("no encrypted connection: {error}"),
        ureq::Error::Tls(_) => "no encrypted connection".to_owned(),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "its url or a header is none".to_owned(),
        ureq::Error::Protocol(_) => "what it answers is no HTTP".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Shut,
    Handed,
}

/// The body of a request: it asks the gate when its first byte is wanted, which is when the connection stands and has taken the
/// head. A gateway that has the whole head and no body yet does nothing.
struct Gated<'b> {
    rest: &'b [u8],
    gate: &'b mut dyn FnMut() -> bool,
    state: State,
}

impl Read for Gated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state == State::Waiting {
            if !(self.gate)() {
                self.state = State::Shut;
            } else {
                failpoint::pass("before-last-line");
                self.state = State::Handed;
            }
        }
        if self.state == State::Shut {
            return Err(io::Error::other("the gate is shut"));
        }
        self.rest.read(buffer)
    }
}
