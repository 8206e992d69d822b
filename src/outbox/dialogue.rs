//! The SMTP dialogue of one message on an open connection, with an answer for each recipient.
//!
//! lettre's own dialogue gives up the connection at the first refused recipient, and sends the final dot in a packet of its
//! own, which costs 40 ms a mail (PERFORMANCE.md §4). Here MAIL, all RCPT and DATA go out in one write if the server
//! announces PIPELINING, and body and final dot always do. Only after the dot has been sent can an answer count as lost;
//! whatever breaks before it has delivered nothing.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::response::Response;

use super::delivery::{Answer, Parcel, SHUT};
use crate::failpoint;

/// RFC 5321 §4.5.3.2.6 lets a server think ten minutes about the last line, and one for most others: ours may be
/// configured, their proportion stays. Whoever hangs up too early sends the mail twice.
pub(super) const LAST_ANSWER_FACTOR: u32 = 10;

/// A lasting refusal of MAIL that speaks about the message: it is too big. Every other one (no TLS, no login, a sender that
/// the login may not use) would be the answer to all that is queued, unless the message has a sender of its own: what was
/// queued under an earlier mail.from must not keep back what was queued since.
const TOO_BIG: u16 = 552;

/// Nothing is taken before a login (RFC 4954 §6), whatever the sender.
const LOGIN_REQUIRED: u16 = 530;

/// An open connection.
pub(super) struct Line {
    pub connection: SmtpConnection,
    /// The server takes several commands at once.
    pub pipelining: bool,
    /// Messages that have gone over it.
    pub carried: u32,
}

impl Line {
    /// Whether a message has gone over it: the server may have hung up since.
    pub fn is_used(&self) -> bool {
        self.carried > 0
    }
}

/// What the server said to one command.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// 2xx or 3xx.
    Yes(u16, String),
    /// 4xx or 5xx.
    No(u16, String),
    /// Nothing that could be read; the connection is of no more use.
    Nothing(String),
}

impl Said {
    fn is(&self, code: u16) -> bool {
        matches!(self, Said::Yes(said, _) | Said::No(said, _) if *said == code)
    }
}

/// What became of a parcel on one connection.
pub(super) struct Conversation {
    pub answers: Vec<Answer>,
    /// The connection can be used for the next message.
    pub usable: bool,
    /// The server said goodbye, or nothing, before the message was begun: another connection may do.
    pub unheard: bool,
}

/// Tells the server one message; `is_usual` says that its sender is that of all mails. An error is what a server says that
/// takes none of them.
pub(super) fn converse(
    line: &mut Line,
    parcel: &Parcel,
    is_usual: bool,
    timeout: Duration,
    gate: &mut dyn FnMut() -> bool,
) -> Result<Conversation, String> {
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
    if let Some(text) = refusal_of_all_mails(&mail, is_usual) {
        if !line.is_used() {
            return Err(text.to_owned());
        }
        // some refuse what is too much for one connection
        if !matches!(data, Said::Yes(..)) {
            drop(line.connection.quit());
        }
        return Ok(Conversation { answers: Vec::new(), usable: false, unheard: true });
    }
    let unheard = matches!(&mail, Said::Nothing(_) | Said::No(421, _));
    let mut usable = !matches!(&data, Said::Nothing(_)) && !matches!(&mail, Said::No(421, _));
    // who was refused is answered; the others wait for what becomes of the body
    let mut answers: Vec<Option<Answer>> = Vec::new();
    for recipient in said {
        usable &= !matches!(&recipient, Said::Nothing(_) | Said::No(421, _));
        answers.push(match &mail {
            Said::Yes(..) => refusal(recipient),
            _ => refusal_of_sender(&mail),
        });
    }
    let waiting = answers.iter().any(Option::is_none);
    let rest = match data {
        // what was begun and not ended is dropped with the connection
        Said::Yes(354, _) if waiting && !gate() => {
            usable = false;
            Answer::later(SHUT)
        }
        Said::Yes(354, _) if waiting => {
            failpoint::pass("before-last-line");
            let last = last_answer(&mut line.connection, &parcel.raw, timeout);
            usable &= !matches!(last, Said::Nothing(_) | Said::No(421, _) | Said::Yes(300.., _));
            match last {
                Said::Yes(200..300, text) => Answer::Accepted(text),
                Said::Yes(_, text) | Said::Nothing(text) => Answer::Lost(text),
                no @ Said::No(..) => refusal(no).unwrap_or(Answer::later("")),
            }
        }
        Said::Yes(354, _) => {
            // nobody was accepted and still it waits for a message: an empty one, for nobody
            usable &= matches!(line.connection.command(".\r\n").map_err(no_answer), Ok(_) | Err(false));
            Answer::later("")
        }
        Said::Yes(_, text) => {
            usable = false;
            Answer::later(format!("unexpected answer to DATA: {text}"))
        }
        no => {
            usable &= !matches!(no, Said::No(421, _));
            refusal(no).unwrap_or(Answer::later(""))
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

/// What the server says to MAIL, if it would say it to every mail.
fn refusal_of_all_mails(mail: &Said, is_usual: bool) -> Option<&str> {
    match mail {
        Said::No(500..=599, text) if mail.is(LOGIN_REQUIRED) || (is_usual && !mail.is(TOO_BIG)) => Some(text),
        _ => None,
    }
}

/// What a refusal of MAIL means for the recipients of this message. Another sender's may be taken once somebody has
/// permitted it: it is not given up at once.
fn refusal_of_sender(mail: &Said) -> Option<Answer> {
    match mail {
        Said::No(500.., text) if !mail.is(TOO_BIG) => Some(Answer::later(text)),
        other => refusal(other.clone()),
    }
}

fn refusal(said: Said) -> Option<Answer> {
    match said {
        Said::Yes(..) => None,
        Said::No(500.., text) => Some(Answer::Refused(text)),
        Said::No(_, text) | Said::Nothing(text) => Some(Answer::later(text)),
    }
}

pub(super) fn said(result: Result<Response, lettre::transport::smtp::Error>) -> Said {
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
pub(super) fn said_by(error: &lettre::transport::smtp::Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_else(|| error.to_string());
    match error.status() {
        Some(code) => format!("{code} {text}"),
        None if error.is_timeout() => "the server was silent for too long".to_owned(),
        None => text,
    }
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
    fn a_refused_sender_is_our_affair_only_if_it_is_that_of_all_mails() {
        let no = |code| Said::No(code, format!("{code} no"));
        assert_eq!(refusal_of_all_mails(&no(553), true), Some("553 no"));
        assert_eq!(refusal_of_all_mails(&no(553), false), None);
        assert_eq!(refusal_of_all_mails(&no(530), false), Some("530 no"), "a login is wanted for every sender");
        for (said, is_usual) in [(no(552), true), (no(451), true), (Said::Yes(250, "ok".into()), true)] {
            assert_eq!(refusal_of_all_mails(&said, is_usual), None, "{said:?}");
        }
        assert_eq!(refusal_of_sender(&no(553)), Some(Answer::later("553 no")));
        assert_eq!(refusal_of_sender(&no(552)), Some(Answer::Refused("552 no".into())));
        assert_eq!(refusal_of_sender(&no(451)), Some(Answer::later("451 no")));
    }

    #[test]
    fn only_the_first_digit_decides() {
        assert_eq!(refusal(Said::Yes(250, "ok".into())), None);
        assert_eq!(refusal(Said::No(450, "x".into())), Some(Answer::later("x")));
        assert_eq!(refusal(Said::No(550, "x".into())), Some(Answer::Refused("x".into())));
        assert_eq!(refusal(Said::Nothing("x".into())), Some(Answer::later("x")));
    }
}
