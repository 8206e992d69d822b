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
        // a template that fails fails for all: it is mended, and then they leave
        let request = request::render(&self.settings, &values)
            .map_err(|why| Error::config(format!("[channel.{}] {why}", self.name)))?;
        let clean = |text: &str| reply::clean(text, &forms);
        let reply = match self.wire.send(self.settings.method, &request, gate) {
            Outcome::Answered(reply) => reply,
            Outcome::Shut => return Ok(Answer::later(SHUT)),
            Outcome::Lost(why) => return Ok(Answer::Lost(clean(&format!("no answer: {why}")))),
            Outcome::NotSent(why) => {
                // reached once and lost is another matter than never reached
                let kind = if self.reached { Kind::Temporary } else { Kind::Unavailable };
                return Err(self.closed(kind, &clean(&why)));
            }
        };
        self.reached = true;
        let is_one_place = !asks_for(&self.settings.url, "address");
        let said = clean(&format!("{} {}", reply.status, reply.body));
        Ok(match judge::judge(&reply, &self.settings.success, is_one_place) {
            Verdict::Taken => Answer::Accepted(said),
            Verdict::Later(after) => Answer::Later { said, after },
            Verdict::Never => Answer::Refused(said),
            Verdict::Unclear => Answer::Lost(format!("the answer broke off: {said}")),
            Verdict::Closed(why) => {
                return Err(self.closed(Kind::Unavailable, &format!("it answers {}", reply.status)).hint(why));
            }
        })
    }

    fn closed(&self, kind: Kind, why: &str) -> Error {
        Error::new(kind, format!("cannot send on channel {}: {why}", self.name))
    }
}

impl Delivery for Gateway {
    fn deliver(&mut self, parcel: &Parcel, gate: &mut dyn FnMut() -> bool) -> Result<Vec<Answer>> {
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

/// Whether a template names a variable; one that is none names nothing.
fn asks_for(template: &str, name: &str) -> bool {
    request::variables(template).is_ok_and(|names| names.iter().any(|variable| variable == name))
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
