//! On which ways somebody is reached: as the stage says it, else as he or she wants it, else by mail. Pure.

use super::people::Person;
use crate::outbox::channels::{AddressKind, Channel, Channels};

/// The ways to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways<'c> {
    /// Those that there are: the channel (none: by mail), and the address on it.
    pub open: Vec<(Option<&'c Channel>, String)>,
    /// Why others that were asked for are none, each a sentence without its end; a mail goes instead, if one can.
    pub closed: Vec<String>,
}

/// The ways to a person: on the channel that a stage asks for, or on those that he or she wants. Without channels by mail alone.
pub fn to<'c>(person: &Person, asked: Option<&'c Channel>, channels: Option<&'c Channels>) -> Ways<'c> {
    let mut ways = Ways::default();
    let mut by_mail = false;
    let number = person.number;
    let add = |channel: &'c Channel, ways: &mut Ways<'c>| match address_on(channel, person) {
        Some(address) => ways.open.push((Some(channel), address)),
        None => {
            let (kind, name) = (channel.address.words(), &channel.name);
            ways.closed.push(format!("employee {number} has no usable {kind} for {name}"));
        }
    };
    match (asked, channels) {
        (Some(channel), _) => add(channel, &mut ways),
        (None, Some(channels)) => {
            for name in &person.channels {
                match channels.to_people(name) {
                    Ok(Some(channel)) => add(channel, &mut ways),
                    Ok(None) => by_mail = true,
                    Err(complaint) => {
                        ways.closed.push(format!("employee {number} asks for {name}, and {}", complaint.message));
                    }
                }
            }
        }
        (None, None) => {}
    }
    if (by_mail || ways.open.is_empty() || !ways.closed.is_empty())
        && let Some(address) = &person.address
    {
        ways.open.insert(0, (None, address.clone()));
    }
    ways
}

/// Where somebody is reached on a channel; none also where what is entered is no such address.
pub fn address_on(channel: &Channel, person: &Person) -> Option<String> {
    let written = match channel.address {
        AddressKind::Mobile => person.mobile.clone()?,
        AddressKind::Phone => person.phone.clone()?,
        AddressKind::Email => person.address.clone()?,
        AddressKind::Number => person.number.to_string(),
        AddressKind::None => return None,
    };
    channel.usable(&written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::channels::tests::channels;

    #[test]
    fn the_stage_comes_before_the_wish_and_the_mail_comes_last() {
        let (channels, _, _) = channels(
            "[channel.sms]\nurl = \"https://a.example\"\nbody = \"{{ text }}\"\n\
             [channel.pager]\nurl = \"https://a.example\"\nbody = \"{{ text }}\"\naddress = \"number\"\n\
             [channel.room]\nurl = \"https://a.example\"\nbody = \"{{ text }}\"\naddress = \"none\"\n",
        );
        let told = |wish: &[&str], asked: Option<&str>, mobile: Option<&str>| {
            let person = Person {
                number: 12,
                address: Some("a@b.example".to_owned()),
                mobile: mobile.map(str::to_owned),
                channels: wish.iter().map(|name| (*name).to_owned()).collect(),
                ..Person::default()
            };
            let asked = asked.and_then(|name| channels.find(name)).map(|settings| &settings.channel);
            let Ways { open, closed } = to(&person, asked, Some(&channels));
            let names: Vec<&str> =
                open.iter().map(|(channel, _)| channel.map_or("mail", |channel| channel.name.as_str())).collect();
            (names.join(" "), closed.join("; "))
        };
        let mobile = Some("+49 171 5550100");
        let no_number = "employee 12 has no usable mobile number for sms";
        for (wish, asked, mobile, open, closed) in [
            (&[][..], None, mobile, "mail", ""),
            (&["sms"], None, mobile, "sms", ""),
            (&["sms", "mail", "pager"], None, mobile, "mail sms pager", ""),
            (&["mail"], Some("sms"), mobile, "sms", ""),
            (&["sms"], Some("pager"), None, "pager", ""),
            (&["sms", "pager"], None, None, "mail pager", no_number),
            (&[], Some("sms"), Some("call me"), "mail", no_number),
            (&["chat"], None, None, "mail", "employee 12 asks for chat, and there is no channel chat"),
            (
                &["room"],
                None,
                None,
                "mail",
                "employee 12 asks for room, and channel room is one place and nobody's address",
            ),
        ] {
            assert_eq!(told(wish, asked, mobile), (open.to_owned(), closed.to_owned()), "{wish:?} {asked:?}");
        }
    }
}
