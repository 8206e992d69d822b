//! Delivery to a mail server: one connection, used for many messages, an answer for every recipient.
//!
//! lettre opens the connection, speaks TLS and logs in; the dialogue of a message is ours (`dialogue.rs`). Without TLS no
//! mail leaves unless the configuration says so, and the certificate is always checked.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::certificate;
use super::delivery::{Answer, Delivery, Parcel};
use super::dialogue::{LAST_ANSWER_FACTOR, Line, Said, converse, said, said_by};
use super::login::{Login, Refused};
use super::reply;
use super::settings::{SmtpSettings, Tls};
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// A server that breaks so many connections one after the other is not asked any more in this run.
const MAX_BROKEN_IN_A_ROW: u32 = 3;

/// What a mail server turned out to be, see [`Smtp::probe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The connection is encrypted, its certificate was checked.
    pub is_encrypted: bool,
    /// Until when that certificate is valid, where it could be read.
    pub certificate_until: Option<DateTime<Utc>>,
    /// It took the password.
    pub is_logged_in: bool,
}

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    parameters: Option<TlsParameters>,
    login: Option<Arc<Login>>,
    timeout: Duration,
    /// A connection is given up after so many messages; 0: never.
    per_connection: u32,
    /// Whose mails these are; none: all senders are meant.
    sender: Option<String>,
    secrets: Vec<String>,
    line: Option<Line>,
    /// A connection stood once in this run.
    reached: bool,
    broken_in_a_row: u32,
}

impl Smtp {
    /// A server by its settings; fetches the password, connects to nothing.
    ///
    /// Errors: of kind `Config` if the password or the certificate file cannot be read.
    pub fn new(settings: &SmtpSettings) -> Result<Smtp> {
        let login = Login::new(settings)?;
        Ok(Smtp {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls,
            parameters: match settings.tls {
                Tls::None => None,
                Tls::Required | Tls::Implicit => Some(certificate::trusted(settings)?),
            },
            secrets: login.as_ref().map(Login::forms).unwrap_or_default(),
            login: login.map(Arc::new),
            timeout: Duration::from_secs(settings.timeout_seconds.max(1)),
            per_connection: settings.messages_per_connection,
            sender: None,
            line: None,
            reached: false,
            broken_in_a_row: 0,
        })
    }

    /// The same for the mails of this sender. Where the server refuses another one, in messages that were queued under an
    /// earlier configuration, it refuses those messages and not us.
    #[must_use]
    pub fn for_sender(self, address: &str) -> Smtp {
        Smtp { sender: Some(address.to_owned()), ..self }
    }

    /// Another connection to the same server, which is opened with its first message.
    pub fn another(&self) -> Smtp {
        Smtp {
            host: self.host.clone(),
            parameters: self.parameters.clone(),
            login: self.login.clone(),
            secrets: self.secrets.clone(),
            sender: self.sender.clone(),
            line: None,
            reached: false,
            broken_in_a_row: 0,
            ..*self
        }
    }

    /// Connects, speaks TLS, logs in and says goodbye: everything but a mail. Errors are those of a delivery.
    pub fn probe(&self) -> Result<Probe> {
        let mut line = self.connect()?;
        let certificate = match self.tls {
            Tls::None => None,
            Tls::Required | Tls::Implicit => line.connection.peer_certificate().ok(),
        };
        drop(line.connection.quit());
        Ok(Probe {
            is_encrypted: self.tls != Tls::None,
            certificate_until: certificate.as_deref().and_then(certificate::valid_until),
            is_logged_in: self.login.is_some(),
        })
    }

    fn open(&mut self) -> Result<Line> {
        let line = self.connect().map_err(|error| {
            // reached once and lost is another matter than never reached
            if self.reached && error.kind() == Kind::Unavailable { error.with_kind(Kind::Temporary) } else { error }
        })?;
        self.secrets = self.login.as_ref().map(|login| login.forms()).unwrap_or_default();
        self.reached = true;
        failpoint::pass("connected");
        Ok(line)
    }

    fn connect(&self) -> Result<Line> {
        let hello = ClientId::default();
        let mut connection = self.encrypted(&hello)?;
        if let Some(login) = &self.login {
            let outcome = match login.log_in(&mut connection, false) {
                Err(Refused::Renewed) => {
                    drop(connection.quit());
                    connection = self.encrypted(&hello)?;
                    login.log_in(&mut connection, true)
                }
                outcome => outcome,
            };
            outcome.map_err(|refused| self.not_let_in(refused))?;
        }
        // asked again because lettre forgets the extensions it does not use itself
        let extensions = connection
            .command(format!("EHLO {hello}\r\n"))
            .map_err(|error| self.unavailable("cannot talk to the mail server", &error))?;
        let pipelining = extensions.message().any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"));
        Ok(Line { connection, pipelining, carried: 0 })
    }

    /// A connection as far as it stands before anybody logs in.
    fn encrypted(&self, hello: &ClientId) -> Result<SmtpConnection> {
        let wrapper = self.parameters.as_ref().filter(|_| self.tls == Tls::Implicit);
        let address = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(address, Some(self.timeout), hello, wrapper, None)
            .map_err(|error| self.unavailable("cannot connect to the mail server", &error))?;
        if self.tls == Tls::Required
            && let Some(parameters) = &self.parameters
        {
            if !connection.can_starttls() {
                connection.abort();
                return Err(Error::new(
                    Kind::Unavailable,
                    format!("the mail server {} offers no STARTTLS, so nothing was sent to it", self.name()),
                )
                .hint("mail.smtp.tls = \"implicit\" (mostly port 465) if it speaks TLS from the first byte")
                .hint("mail.smtp.tls = \"none\" only for a server on this machine"));
            }
            connection
                .starttls(parameters, hello)
                .map_err(|error| self.unavailable("no safe connection (STARTTLS) to the mail server", &error))?;
            self.refuse_injected_answers(&mut connection, hello)?;
        }
        Ok(connection)
    }

    fn not_let_in(&self, refused: Refused) -> Error {
        let what = format!("cannot log in to the mail server {}", self.name());
        match refused {
            Refused::Said(text) => Error::new(Kind::Unavailable, format!("{what}: {}", self.clean(&text))),
            Refused::Renewed => Error::new(Kind::Unavailable, what),
            Refused::NoToken(error) => {
                Error::new(error.kind(), format!("{what}: there is no token: {}", error.full_message()))
            }
        }
    }

    /// With what was sent until now, also while a connection is only being made.
    fn clean(&self, text: &str) -> String {
        reply::clean(text, &self.login.as_ref().map(|login| login.forms()).unwrap_or_default())
    }

    /// Refuses a connection in which somebody put answers behind the one to STARTTLS, before it was encrypted.
    ///
    /// lettre's buffer survives the change to TLS, so such answers would be taken for the server's, and every true one for
    /// that to a later command. More than one of them shows at once: something can be read although nothing was asked.
    /// Exactly one has been taken for the answer to lettre's EHLO; then EHLO's answer comes to DATA, which without a
    /// recipient no server accepts.
    fn refuse_injected_answers(&self, connection: &mut SmtpConnection, hello: &ClientId) -> Result<()> {
        drop(connection.set_timeout(Some(Duration::from_millis(1))));
        let unasked = said(connection.read_response());
        drop(connection.set_timeout(Some(self.timeout)));
        let injected = match unasked {
            Said::Nothing(_) => {
                drop(said(connection.command(format!("EHLO {hello}\r\n"))));
                !matches!(said(connection.command("DATA\r\n")), Said::No(..))
            }
            Said::Yes(..) | Said::No(..) => true,
        };
        if injected {
            let text = format!(
                "somebody between here and the mail server {} tampers with STARTTLS; nothing was sent",
                self.name()
            );
            return Err(Error::new(Kind::Unavailable, text)
                .hint("mail.smtp.tls = \"implicit\" (mostly port 465) leaves no room for that"));
        }
        Ok(())
    }

    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Nothing of lettre's error but its cleaned text goes on: its source could hold what the server echoed.
    fn unavailable(&self, what: &str, error: &lettre::transport::smtp::Error) -> Error {
        let text = self.clean(&said_by(error));
        let unavailable = Error::new(Kind::Unavailable, format!("{what} {}: {text}", self.name()));
        if text.to_lowercase().contains("certificate") {
            unavailable.hint("mail.smtp.host must be the name in the certificate; for an authority of your own set mail.smtp.ca_file")
        } else {
            unavailable
        }
    }

    fn cleaned(&self, answer: Answer) -> Answer {
        let clean = |text: String| reply::clean(&text, &self.secrets);
        match answer {
            Answer::Accepted(text) => Answer::Accepted(clean(text)),
            Answer::Later { said, after } => Answer::Later { said: clean(said), after },
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Lost(text) => Answer::Lost(clean(text)),
        }
    }
}

impl Delivery for Smtp {
    fn deliver(&mut self, parcel: &Parcel, gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
        if let Some(reason) = parcel.why_unfit() {
            return Ok(vec![Answer::Refused(reason); parcel.destinations.len()]);
        }
        if self.broken_in_a_row >= MAX_BROKEN_IN_A_ROW {
            let text = format!("the mail server {} broke {MAX_BROKEN_IN_A_ROW} connections in a row", self.name());
            return Err(Error::new(Kind::Temporary, text));
        }
        if self.per_connection > 0 && self.line.as_ref().is_some_and(|line| line.carried >= self.per_connection) {
            self.close();
        }
        let is_usual = self.sender.as_ref().is_none_or(|sender| *sender == parcel.envelope_from);
        loop {
            let mut line = match self.line.take() {
                Some(line) => line,
                None => self.open()?,
            };
            let conversation = converse(&mut line, parcel, is_usual, self.timeout, gate).map_err(|said| {
                let (name, said) = (self.name(), reply::clean(&said, &self.secrets));
                let sender = &parcel.envelope_from;
                Error::new(Kind::Unavailable, format!("the mail server {name} takes no mail from {sender}: {said}"))
                    .hint("mail.smtp.user and a password, if it wants a login")
                    .hint("mail.from, if the login may not send as that")
            })?;
            // a server may hang up on a connection that was idle or has carried enough
            let again = conversation.unheard && line.is_used();
            if conversation.usable {
                line.carried += 1;
                self.broken_in_a_row = 0;
                self.line = Some(line);
            } else if !again {
                self.broken_in_a_row += 1;
            }
            if !again {
                return Ok(conversation.answers.into_iter().map(|answer| self.cleaned(answer)).collect());
            }
        }
    }

    fn patience(&self) -> Duration {
        // connecting, one answer a command, and the last one; many recipients answer faster than one after the other
        self.timeout * (2 * LAST_ANSWER_FACTOR)
    }

    fn leaves_the_house(&self) -> bool {
        true
    }

    fn close(&mut self) {
        if let Some(mut line) = self.line.take() {
            // the answer to QUIT changes nothing
            drop(line.connection.quit());
        }
    }
}
