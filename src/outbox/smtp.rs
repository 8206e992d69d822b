//! Delivery to a mail server: one connection, used for many messages, an answer for every recipient.
//!
//! lettre opens the connection, speaks TLS and logs in. The dialogue of a message is ours, because lettre's own gives up
//! the connection at the first refused recipient and sends the final dot in a packet of its own, which costs 40 ms a mail.
//! MAIL, all RCPT and DATA go out in one write if the server announces PIPELINING; body and final dot always do.
//!
//! What is promised: without TLS no mail leaves unless the configuration says so, the certificate is always checked, and
//! only after the final dot has been sent can an answer count as lost.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use super::address;
use super::delivery::{Answer, Delivery, Parcel};
use super::reply;
use super::settings::{SmtpSettings, Tls};
use crate::error::{Error, Kind, Result};

/// RFC 5321 §4.5.3.2.6 lets a server think ten minutes about the last line, and one for most others: ours may be
/// configured, their proportion stays. Whoever hangs up too early sends the mail twice.
const LAST_ANSWER_FACTOR: u32 = 10;

/// A server that breaks so many connections one after the other is not asked any more in this run.
const MAX_BROKEN_IN_A_ROW: u32 = 3;

/// Answers to MAIL that speak about us and not about the message: no TLS, no login.
const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    parameters: Option<TlsParameters>,
    credentials: Option<Credentials>,
    timeout: Duration,
    secrets: Vec<String>,
    line: Option<Line>,
    /// A connection stood once in this run.
    reached: bool,
    broken_in_a_row: u32,
}

/// An open connection.
struct Line {
    connection: SmtpConnection,
    pipelining: bool,
    /// Whether a message has gone over it: the server may have hung up since.
    used: bool,
}

/// What the server said to one command.
#[derive(Clone, Debug)]
enum Said {
    /// 2xx or 3xx.
    Yes(u16, String),
    /// 4xx or 5xx.
    No(u16, String),
    /// Nothing that could be read; the connection is of no more use.
    Nothing(String),
}

/// What became of a parcel on one connection.
struct Conversation {
    answers: Vec<Answer>,
    /// The connection can be used for the next message.
    usable: bool,
    /// The server said goodbye, or nothing, before the message was begun: another connection may do.
    unheard: bool,
}

impl Smtp {
    /// A server by its settings; fetches the password, connects to nothing.
    ///
    /// Errors: of kind `Config` if the password or the certificate file cannot be read.
    pub fn new(settings: &SmtpSettings) -> Result<Smtp> {
        let mut secrets = Vec::new();
        let credentials = match (&settings.user, &settings.password) {
            (Some(user), Some(source)) => {
                let password = source.resolve()?;
                secrets = reply::forms_of_secret(user, password.expose());
                Some(Credentials::new(user.clone(), password.expose().to_owned()))
            }
            _ => None,
        };
        Ok(Smtp {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls,
            parameters: match settings.tls {
                Tls::None => None,
                Tls::Required | Tls::Implicit => Some(tls_parameters(settings)?),
            },
            credentials,
            timeout: Duration::from_secs(settings.timeout_seconds.max(1)),
            secrets,
            line: None,
            reached: false,
            broken_in_a_row: 0,
        })
    }

    fn open(&mut self) -> Result<Line> {
        let line = self.connect().map_err(|error| {
            // reached once and lost is another matter than never reached
            if self.reached && error.kind() == Kind::Unavailable { error.with_kind(Kind::Temporary) } else { error }
        })?;
        self.reached = true;
        Ok(line)
    }

    fn connect(&self) -> Result<Line> {
        let hello = ClientId::default();
        let wrapper = self.parameters.as_ref().filter(|_| self.tls == Tls::Implicit);
        let address = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(address, Some(self.timeout), &hello, wrapper, None)
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
                .starttls(parameters, &hello)
                .map_err(|error| self.unavailable("no safe connection (STARTTLS) to the mail server", &error))?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .map_err(|error| self.unavailable("cannot log in to the mail server", &error))?;
        }
        // asked again because lettre forgets the extensions it does not use itself
        let extensions = connection
            .command(format!("EHLO {hello}\r\n"))
            .map_err(|error| self.unavailable("cannot talk to the mail server", &error))?;
        let pipelining = extensions.message().any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"));
        Ok(Line { connection, pipelining, used: false })
    }

    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Nothing of lettre's error but its cleaned text goes on: its source could hold what the server echoed.
    fn unavailable(&self, what: &str, error: &lettre::transport::smtp::Error) -> Error {
        let text = reply::clean(&said_by(error), &self.secrets);
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
            Answer::Later(text) => Answer::Later(clean(text)),
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Lost(text) => Answer::Lost(clean(text)),
        }
    }
}

impl Delivery for Smtp {
    fn deliver(&mut self, parcel: &Parcel) -> Result<Vec<Answer>> {
        if let Some(reason) = unfit(parcel) {
            return Ok(vec![Answer::Refused(reason); parcel.destinations.len()]);
        }
        if self.broken_in_a_row >= MAX_BROKEN_IN_A_ROW {
            let text = format!("the mail server {} broke {MAX_BROKEN_IN_A_ROW} connections in a row", self.name());
            return Err(Error::new(Kind::Temporary, text));
        }
        loop {
            let mut line = match self.line.take() {
                Some(line) => line,
                None => self.open()?,
            };
            let conversation = converse(&mut line, parcel, self.timeout).map_err(|said| {
                Error::new(
                    Kind::Unavailable,
                    format!("the mail server {} wants a login: {}", self.name(), reply::clean(&said, &self.secrets)),
                )
                .hint("set mail.smtp.user and a password")
            })?;
            // a server may hang up on a connection that was idle or has carried enough
            let again = conversation.unheard && line.used;
            if conversation.usable {
                line.used = true;
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

/// What was checked when it was queued is checked again: the row may come from elsewhere.
fn unfit(parcel: &Parcel) -> Option<String> {
    let addresses = parcel.destinations.iter().map(|destination| address::check(&destination.address));
    let wrong = addresses.chain([address::check_sender(&parcel.envelope_from)]).find_map(Result::err);
    match wrong {
        Some(error) => Some(error.to_string()),
        None if !parcel.raw.is_ascii() => Some("the stored message is not in ASCII".to_owned()),
        None => None,
    }
}

/// Tells the server one message. An error is the server's wish for a login.
fn converse(line: &mut Line, parcel: &Parcel, timeout: Duration) -> Result<Conversation, String> {
    let mut commands = vec![format!("MAIL FROM:<{}>\r\n", parcel.envelope_from)];
    commands.extend(parcel.destinations.iter().map(|destination| format!("RCPT TO:<{}>\r\n", destination.address)));
    let mut said = if line.pipelining {
        commands.push("DATA\r\n".to_owned());
        said_to_all(&mut line.connection, &commands)
    } else {
        said_one_by_one(&mut line.connection, &commands)
    };
    let data = said.pop().unwrap_or_else(|| Said::Nothing("no command was sent".to_owned()));
    let mut said = said.into_iter();
    let mail = said.next().unwrap_or_else(|| Said::Nothing("no command was sent".to_owned()));
    if let Said::No(code, text) = &mail
        && LOGIN_CODES.contains(code)
    {
        return Err(text.clone());
    }
    let unheard = matches!(&mail, Said::Nothing(_) | Said::No(421, _));
    let mut usable = !matches!(&data, Said::Nothing(_)) && !matches!(&mail, Said::No(421, _));
    // who was refused is answered; the others wait for what becomes of the body
    let mut answers: Vec<Option<Answer>> = Vec::new();
    for recipient in said {
        usable &= !matches!(&recipient, Said::Nothing(_) | Said::No(421, _));
        answers.push(match &mail {
            Said::Yes(..) => refusal(recipient),
            _ => refusal(mail.clone()),
        });
    }
    let waiting = answers.iter().any(Option::is_none);
    let rest = match data {
        Said::Yes(354, _) if waiting => {
            let last = last_answer(&mut line.connection, &parcel.raw, timeout);
            usable &= !matches!(last, Said::Nothing(_) | Said::No(421, _) | Said::Yes(300.., _));
            match last {
                Said::Yes(200..300, text) => Answer::Accepted(text),
                Said::Yes(_, text) | Said::Nothing(text) => Answer::Lost(text),
                no @ Said::No(..) => refusal(no).unwrap_or(Answer::Later(String::new())),
            }
        }
        Said::Yes(354, _) => {
            // nobody was accepted and still it waits for a message: an empty one, for nobody
            usable &= matches!(line.connection.command(".\r\n").map_err(no_answer), Ok(_) | Err(false));
            Answer::Later(String::new())
        }
        Said::Yes(_, text) => {
            usable = false;
            Answer::Later(format!("unexpected answer to DATA: {text}"))
        }
        no => {
            usable &= !matches!(no, Said::No(421, _));
            refusal(no).unwrap_or(Answer::Later(String::new()))
        }
    };
    let answers: Vec<Answer> = answers.into_iter().map(|answer| answer.unwrap_or_else(|| rest.clone())).collect();
    if usable && !answers.iter().any(|answer| matches!(answer, Answer::Accepted(_))) {
        usable = line.connection.command("RSET\r\n").is_ok();
    }
    Ok(Conversation { answers, usable, unheard })
}

/// All commands in one write; the answers come in their order.
fn said_to_all(connection: &mut SmtpConnection, commands: &[String]) -> Vec<Said> {
    let mut all = vec![said(connection.command(commands.concat()))];
    while all.len() < commands.len() {
        all.push(match all.last() {
            Some(Said::Nothing(text)) => Said::Nothing(text.clone()),
            _ => said(connection.read_response()),
        });
    }
    all
}

/// One command after the other; DATA only if somebody would get it. As many answers as with pipelining.
fn said_one_by_one(connection: &mut SmtpConnection, commands: &[String]) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::with_capacity(commands.len() + 1);
    for command in commands {
        all.push(match all.last() {
            Some(Said::Nothing(text)) => Said::Nothing(text.clone()),
            _ if matches!(all.first(), Some(Said::No(..))) => all[0].clone(),
            _ => said(connection.command(command)),
        });
    }
    let accepted = all.iter().skip(1).any(|said| matches!(said, Said::Yes(..)));
    all.push(match all.last() {
        Some(Said::Nothing(text)) => Said::Nothing(text.clone()),
        _ if accepted => said(connection.command("DATA\r\n")),
        _ => Said::No(503, "no recipient was accepted".to_owned()),
    });
    all
}

/// Sends body and final dot in one write and waits longer than otherwise.
fn last_answer(connection: &mut SmtpConnection, raw: &[u8], timeout: Duration) -> Said {
    // a socket that takes no time limit is as broken as one that takes no bytes
    let patient = connection.set_timeout(Some(timeout * LAST_ANSWER_FACTOR));
    let last = match patient {
        Ok(()) => said(connection.command(stuffed(raw))),
        Err(error) => Said::Nothing(error.to_string()),
    };
    drop(connection.set_timeout(Some(timeout)));
    last
}

/// The body as it goes over the wire: a dot more before every line that begins with one, and the dot that ends it all.
fn stuffed(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len() + raw.len() / 64 + 8);
    // ASCII was checked, so nothing is lost here
    for line in String::from_utf8_lossy(raw).split_inclusive("\r\n") {
        if line.starts_with('.') {
            text.push('.');
        }
        text.push_str(line);
    }
    if !text.ends_with("\r\n") {
        text.push_str("\r\n");
    }
    text.push_str(".\r\n");
    text
}

fn refusal(said: Said) -> Option<Answer> {
    match said {
        Said::Yes(..) => None,
        Said::No(500.., text) => Some(Answer::Refused(text)),
        Said::No(_, text) | Said::Nothing(text) => Some(Answer::Later(text)),
    }
}

fn said(result: Result<Response, lettre::transport::smtp::Error>) -> Said {
    match result {
        Ok(response) => {
            let code = u16::from(response.code());
            let text = response.message().collect::<Vec<_>>().join(" ");
            Said::Yes(code, format!("{code} {text}"))
        }
        Err(error) => match error.status() {
            Some(code) => Said::No(u16::from(code), said_by(&error)),
            None => Said::Nothing(format!("no answer: {}", said_by(&error))),
        },
    }
}

fn no_answer(error: lettre::transport::smtp::Error) -> bool {
    error.status().is_none()
}

/// Code and text of a reply, or what happened to the connection.
fn said_by(error: &lettre::transport::smtp::Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_else(|| error.to_string());
    match error.status() {
        Some(code) => format!("{code} {text}"),
        None if error.is_timeout() => "the server was silent for too long".to_owned(),
        None => text,
    }
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let wrong = || Error::config(format!("cannot read the certificates in {}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| wrong().caused_by(error))?;
        // a file may hold several, one after the other
        for pem in
            text.split_inclusive("-----END CERTIFICATE-----").filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----"))
        {
            builder = builder
                .add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(|error| wrong().caused_by(error))?);
        }
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(wrong().hint("it must be a PEM file with the certificate of the authority"));
        }
    }
    builder.build().map_err(|error| Error::config("cannot set up TLS for the mail server").caused_by(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_cannot_end_the_message() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\r\n"), "a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(stuffed(b".a"), "..a\r\n.\r\n");
        assert_eq!(stuffed(b""), "\r\n.\r\n");
    }

    #[test]
    fn only_the_first_digit_decides() {
        assert_eq!(refusal(Said::Yes(250, "ok".into())), None);
        assert_eq!(refusal(Said::No(450, "x".into())), Some(Answer::Later("x".into())));
        assert_eq!(refusal(Said::No(550, "x".into())), Some(Answer::Refused("x".into())));
        assert_eq!(refusal(Said::Nothing("x".into())), Some(Answer::Later("x".into())));
    }
}
