//! Tells a monitor (healthchecks.io and its like) that a job began and how it ended.
//!
//! A monitor is somebody else's machine: nothing of it may fail the job, and all of it together costs no more than the
//! configured seconds. It runs in a thread beside the work; what has not been said when the time is over is not said.
//! The address is a secret and stands in no message.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::config::Secret;

/// Beyond its share of the time a thread needs a moment to notice.
const GRACE: Duration = Duration::from_millis(100);

/// A monitor that has been told that a job began.
#[derive(Debug)]
pub struct Ping {
    end: Sender<bool>,
    said: Receiver<Result<(), String>>,
    timeout: Duration,
}

impl Ping {
    /// Says that the job begins, without waiting for the answer. None where no thread is to be had: on a machine in
    /// trouble the work goes on without a monitor.
    pub fn start(url: &Secret, timeout: Duration) -> Option<Ping> {
        Ping::listening(url, timeout, true)
    }

    /// For a job that failed before it began.
    pub fn without_start(url: &Secret, timeout: Duration) -> Option<Ping> {
        Ping::listening(url, timeout, false)
    }

    fn listening(url: &Secret, timeout: Duration, starts: bool) -> Option<Ping> {
        let ((end, ended), (say, said)) = (mpsc::channel(), mpsc::channel());
        let url = url.clone();
        let work = move || {
            // half of the time each: a slow start leaves the end its share
            let agent = agent(timeout / 2);
            let started = if starts { request(&agent, &with_path(&url, "/start")) } else { Ok(()) };
            // nobody sends where the job was killed
            let Ok(is_success) = ended.recv() else { return };
            let path = if is_success { "" } else { "/fail" };
            // nobody listens any more after the timeout
            drop(say.send(request(&agent, &with_path(&url, path)).and(started)));
        };
        std::thread::Builder::new().name("ping".to_owned()).spawn(work).ok()?;
        Some(Ping { end, said, timeout })
    }

    /// Says how the job ended, and waits for the answer as long as it may; an error says what was wrong.
    pub fn end(self, is_success: bool) -> Result<(), String> {
        // a thread that is gone answers below
        let _ = self.end.send(is_success);
        let silent = || format!("the monitor has not answered within {} seconds", self.timeout.as_secs());
        self.said.recv_timeout(self.timeout + GRACE).unwrap_or_else(|_| Err(silent()))
    }
}

fn agent(timeout: Duration) -> Agent {
    let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(RootCerts::PlatformVerifier).build();
    Agent::config_builder()
        .timeout_global(Some(timeout))
        // what an environment says decides nothing
        .proxy(None)
        .user_agent(concat!("wvl/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build()
        .new_agent()
}

fn request(agent: &Agent, url: &Secret) -> Result<(), String> {
    agent.get(url.expose()).call().map(drop).map_err(|error| match error {
        ureq::Error::StatusCode(code) => format!("the monitor answered {code}"),
        ureq::Error::Timeout(_) => "the monitor has not answered in time".to_owned(),
        ureq::Error::Io(error) => format!("the monitor cannot be reached: {error}"),
        ureq::Error::HostNotFound => "the monitor cannot be reached: its host is not known".to_owned(),
        ureq::Error::ConnectionFailed => "the monitor cannot be reached".to_owned(),
        ureq::Error::NativeTls(error) => format!("no encrypted connection to the monitor: {error}"),
        // others may quote the address
        _ => "the monitor could not be told".to_owned(),
    })
}

/// The address with a word more, before its question mark.
fn with_path(url: &Secret, word: &str) -> Secret {
    let url = url.expose();
    let (path, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    match word {
        "" => Secret::new(url),
        word => Secret::new(format!("{}{word}{query}", path.trim_end_matches('/'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_stands_before_the_question() {
        let with = |url: &str, word: &str| with_path(&Secret::new(url), word).expose().to_owned();
        assert_eq!(with("https://hc-ping.com/uuid", "/start"), "https://hc-ping.com/uuid/start");
        assert_eq!(with("https://hc-ping.com/uuid/", "/fail"), "https://hc-ping.com/uuid/fail");
        assert_eq!(with("https://hc-ping.com/uuid/", ""), "https://hc-ping.com/uuid/");
        assert_eq!(with("https://kuma/api/push/key?msg=OK", "/fail"), "https://kuma/api/push/key/fail?msg=OK");
    }
}
