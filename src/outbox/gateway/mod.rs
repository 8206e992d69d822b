//! Delivery to an HTTP gateway: an SMS provider, the webhook of a chat, whatever takes a request a message.
//!
//! One request a message on a connection of its own: a connection that has idled may be dead without telling, and then nobody
//! knows whether the request arrived. No redirection is followed and no proxy of the environment asked. Whether a request can
//! have arrived is known by its body: it is handed over only once the connection stands, and the gate is asked right then.

mod call;
mod judge;
mod request;
mod settings;

use std::time::Duration;

pub use settings::{Body, GatewaySettings, Method, Success, read};

use super::channels::ChannelSettings;
use super::delivery::{Answer, Delivery, Destination, Parcel, SHUT};
use super::message::Payload;
use super::reply;
use crate::config::{Secret, SecretSource};
use crate::error::{Error, Kind, Result};
use call::{Outcome, Wire};
use judge::Verdict;
use request::Values;

/// A gateway.
pub struct Gateway {
    name: String,
    settings: GatewaySettings,
    wire: Wire,
    key: Option<Key>,
    /// It has answered in this run.
    reached: bool,
    /// It has taken a message in this run: what it is asked is right.
    has_taken: bool,
    /// Answers in a row that were neither a yes nor a no.
    doubtful: u32,
    /// Why nobody else is to ask it for a while.
    had_enough: Option<(String, &'static str)>,
}

/// The secret, fetched once.
struct Key {
    secret: Secret,
    /// What must not come back in an answer.
    forms: Vec<String>,
}

impl Gateway {
    /// A gateway by its settings; fetches the secret and connects not before the first message.
    pub fn new(settings: &ChannelSettings) -> Gateway {
        let gateway = settings.gateway.clone();
        Gateway {
            name: settings.channel.name.clone(),
            wire: Wire::new(Duration::from_secs(gateway.timeout_seconds.max(1))),
            settings: gateway,
            key: None,
            reached: false,
            has_taken: false,
            doubtful: 0,
            had_enough: None,
        }
    }

    fn key(&mut self) -> Result<&Key> {
        let key = match self.key.take() {
            Some(key) => key,
            None => {
                let secret = self.settings.secret.as_ref().map(SecretSource::resolve).transpose()?;
                let secret = secret.unwrap_or_else(|| Secret::new(""));
                Key { forms: forms_of_secret(&self.settings.url, secret.expose()), secret }
            }
        };
        Ok(self.key.insert(key))
    }

    /// Asks nothing of the gateway but to answer, at the root of its host: what would be a message, and the secret, stay here.
    /// Tells its host.
    ///
    /// Errors: those of a delivery, and of kind `Config` if the secret cannot be read or the address is none.
    pub fn probe(&mut self) -> Result<String> {
        let url = self.place()?;
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", &url));
        let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        match self.wire.knock(&format!("{scheme}://{host}/")) {
            Ok(()) => Ok(host.to_owned()),
            Err(why) => Err(self.closed(Kind::Unavailable, &why)),
        }
    }

    /// Where messages go, as far as that can be said without one.
    fn place(&mut self) -> Result<String> {
        let secret = self.key()?.secret.clone();
        let values = Values {
            id: String::new(),
            kind: "",
            subject: "",
            text: "",
            link: "",
            address: "",
            secret: secret.expose(),
        };
        request::url(&self.settings.url, &values).map_err(|why| Error::config(format!("[channel.{}] {why}", self.name)))
    }

    fn send(
        &mut self,
        parcel: &Parcel,
        destination: &Destination,
        payload: &Payload,
        gate: &mut dyn FnMut() -> bool,
    ) -> Result<Answer> {
        let Key { secret, forms } = self.key()?;
        let (secret, forms) = (secret.clone(), forms.clone());
        let values = Values {
            id: format!("{}-{}", parcel.message, destination.recipient),
            kind: &parcel.kind,
            subject: &payload.subject,
            text: &payload.text,
            link: &payload.link,
            address: &destination.address,
            secret: secret.expose(),
        };
        let request = match request::render(&self.settings, &values) {
            Ok(request) => request,
            // it would fail at every attempt, and keep all others back
            Err(why) if self.has_taken || request::works(&self.settings, &values) => {
                return Ok(Answer::Refused(format!("no request can be made of it: {why}")));
            }
            // what fails for all is mended, and then they leave
            Err(why) => return Err(Error::config(format!("[channel.{}] {why}", self.name))),
        };
        let clean = |text: &str| reply::clean(text, &forms);
        let reply = match self.wire.send(self.settings.method, &request, gate) {
            Outcome::Answered(reply) => reply,
            Outcome::Shut => return Ok(Answer::later(SHUT)),
            Outcome::Lost(why) => {
                self.heed(&Verdict::Unclear, "it does not answer");
                let said = clean(&format!("no answer: {why}"));
                return Ok(judge::unclear(parcel.may_repeat, destination.attempt, said));
            }
            Outcome::NotSent(why) => {
                // reached once and lost is another matter than never reached
                let kind = if self.reached { Kind::Temporary } else { Kind::Unavailable };
                return Err(self.closed(kind, &clean(&why)));
            }
        };
        self.reached = true;
        let said = clean(&format!("{} {}", reply.status, reply.body));
        let verdict = judge::judge(&reply, &self.settings.success, is_one_place(&self.settings.url));
        self.heed(&verdict, &format!("it answers {}", reply.status));
        Ok(match verdict {
            Verdict::Taken => Answer::Accepted(said),
            Verdict::Later(after) | Verdict::Enough(after) => Answer::Later { said, after },
            Verdict::Never => Answer::Refused(said),
            Verdict::Unclear => {
                let said = if reply.is_cut { format!("the answer broke off: {said}") } else { said };
                judge::unclear(parcel.may_repeat, destination.attempt, said)
            }
            Verdict::Closed(why) => {
                return Err(self.closed(Kind::Unavailable, &format!("it answers {}", reply.status)).hint(why));
            }
        })
    }

    /// What an answer means for the messages behind this one.
    fn heed(&mut self, verdict: &Verdict, what: &str) {
        self.doubtful = match verdict {
            Verdict::Taken | Verdict::Never => 0,
            _ => self.doubtful + 1,
        };
        self.has_taken |= *verdict == Verdict::Taken;
        self.had_enough = match verdict {
            Verdict::Enough(_) => {
                let way_out = "the others go with the next flushes; max_per_minute keeps below what it takes";
                Some((what.to_owned(), way_out))
            }
            Verdict::Later(_) | Verdict::Unclear if self.doubtful >= judge::MOST_IN_A_ROW => {
                let way_out = "the others go with the next flushes; do success_status, success_json and success_contains \
                               say what this gateway answers when it takes a message?";
                Some((format!("{what}, again and again"), way_out))
            }
            _ => None,
        };
    }

    fn closed(&self, kind: Kind, why: &str) -> Error {
        Error::new(kind, format!("cannot send on channel {}: {why}", self.name))
    }
}

impl Delivery for Gateway {
    fn deliver(&mut self, parcel: &Parcel, gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
        if let Some((why, way_out)) = &self.had_enough {
            return Err(self.closed(Kind::Temporary, why).hint(*way_out));
        }
        let payload = match Payload::from_bytes(&parcel.raw) {
            Ok(payload) => payload,
            Err(error) => return Ok(vec![Answer::Refused(error.to_string()); parcel.destinations.len()]),
        };
        let mut answers = Vec::with_capacity(parcel.destinations.len());
        for destination in &parcel.destinations {
            match self.send(parcel, destination, &payload, gate) {
                Ok(answer) => answers.push(answer),
                // nothing was handed over for anybody
                Err(error) if answers.is_empty() => return Err(error),
                // who comes later is tried again, and meets the same
                Err(error) => answers.push(Answer::later(error.full_message())),
            }
        }
        Ok(answers)
    }

    fn patience(&self) -> Duration {
        // a message on a channel has one recipient
        self.wire.patience()
    }

    fn leaves_the_house(&self) -> bool {
        true
    }
}

/// Whether nothing of a message stands in the path of a URL: then what is said of the path holds for all messages. What stands in
/// the query does not lead to another place.
fn is_one_place(url: &str) -> bool {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    request::variables(path).is_ok_and(|names| names.iter().all(|name| name == request::SECRET))
}

/// Parts of a path and values of a query that are so long may be a key.
const LONGEST_WORD: usize = 15;

/// The secret as it goes over the wire, and where it is an address, the parts of it that a gateway could quote. The longest
/// first, so that no rest of one is left.
fn forms_of_secret(url: &str, secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for address in [url, secret].into_iter().filter(|text| text.contains("://")) {
        let rest = address.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
        forms.push(address.to_owned());
        forms.extend(path.split(['/', '?', '&', '=', '#']).filter(|word| word.len() > LONGEST_WORD).map(str::to_owned));
        if path.len() > LONGEST_WORD {
            forms.push(path.to_owned());
        }
    }
    // a template is no secret, but what is written out in it may be
    forms.retain(|form| !form.contains("{{"));
    forms.extend(reply::forms_of_secret("", secret));
    if secret.len() >= 4 {
        forms.push(request::percent(secret));
    }
    forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_what_stands_before_the_query() {
        for (url, expected) in [
            ("https://x.example/sms", true),
            ("https://x.example/sms?to={{ address }}&text={{ text }}", true),
            ("{{ secret }}", true),
            ("https://x.example/{{ secret }}/send", true),
            ("https://x.example/to/{{ address }}?text={{ text }}", false),
            ("https://x.example/{{ text }}", false),
        ] {
            assert_eq!(is_one_place(url), expected, "{url}");
        }
    }

    #[test]
    fn no_part_of_a_secret_address_comes_back() {
        let url = "https://chat.example/hooks/5a5a5a5a5a5a5a5a5a?key=geheimgeheimgeheim";
        let forms = forms_of_secret("{{ secret }}", url);
        for echo in [
            url,
            "POST /hooks/5a5a5a5a5a5a5a5a5a?key=geheimgeheimgeheim",
            "hook 5a5a5a5a5a5a5a5a5a is gone",
            "key geheimgeheimgeheim",
        ] {
            let shown = reply::clean(echo, &forms);
            assert!(!shown.contains("5a5a") && !shown.contains("geheim"), "{shown}");
        }
        assert_eq!(reply::clean("bad key ge%26heim", &forms_of_secret("https://x.example/", "ge&heim")), "bad key ***");
    }
}
