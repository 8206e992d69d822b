//! `[channel.NAME]`: ways beside the mail, such as an SMS gateway or a chat room, and who is reached there under which address.
//!
//! A channel travels through the same tables as a mail; `gateway` delivers it. Its name is the word before the colon in
//! `to = ["handler", "sms:on-call"]`.

use std::collections::BTreeMap;

use super::enqueue::{MAIL, NewRecipient};
use super::gateway::{self, GatewaySettings};
use super::settings::MailMode;
use crate::config::{Complaint, Section, nearest};

mod number;

/// No address on a channel is longer.
const MAX_ADDRESS: usize = 200;
/// A name that stands in configurations, tables and lists.
const MAX_NAME: usize = 30;
/// Somebody who is reached on more channels than this, as the column allows.
const MAX_WISHES: usize = 10;

/// Which of an employee's data is his or her address on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// The mobile number.
    Mobile,
    /// The phone number at work.
    Phone,
    /// The mail address.
    Email,
    /// The personnel number.
    Number,
    /// Nobody's: the channel is one place, a room behind one URL.
    None,
}

impl AddressKind {
    const WORDS: [(&'static str, AddressKind); 5] = [
        ("mobile", AddressKind::Mobile),
        ("phone", AddressKind::Phone),
        ("email", AddressKind::Email),
        ("number", AddressKind::Number),
        ("none", AddressKind::None),
    ];

    /// What it is called in a message about somebody who has none.
    pub fn words(self) -> &'static str {
        match self {
            AddressKind::Mobile => "mobile number",
            AddressKind::Phone => "phone number",
            AddressKind::Email => "mail address",
            AddressKind::Number => "personnel number",
            AddressKind::None => "address",
        }
    }
}

/// A channel, as far as a recipient has to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Channel {
    /// The word for it.
    pub name: String,
    /// Who is reached how.
    pub address: AddressKind,
    /// What a phone number of this country begins with: `+49`.
    pub country_code: String,
}

impl Channel {
    /// The address in the form in which it is sent; an error says why it is none.
    pub fn usable(&self, written: &str) -> Result<String, String> {
        let written = written.trim();
        if written.is_empty() || written.len() > MAX_ADDRESS || written.contains(char::is_control) {
            return Err(format!(
                "\"{}\" is no address: it is empty, too long or has control characters",
                written.escape_debug()
            ));
        }
        match self.address {
            AddressKind::Mobile | AddressKind::Phone => number::international(written, &self.country_code),
            AddressKind::Email => match super::address::check(written) {
                Ok(()) => Ok(written.to_owned()),
                Err(error) => Err(error.to_string()),
            },
            AddressKind::Number if !written.bytes().all(|letter| letter.is_ascii_digit()) => {
                Err(format!("\"{written}\" is no personnel number"))
            }
            AddressKind::Number | AddressKind::None => Ok(written.to_owned()),
        }
    }
}

/// One `[channel.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSettings {
    /// Its name and addresses.
    pub channel: Channel,
    /// Addresses that belong to no employee, by the words for them.
    pub names: BTreeMap<String, String>,
    /// Who gets everything while the mode is `redirect`; none: nothing is written then.
    pub redirect_to: Option<String>,
    /// A longer text is cut, in characters.
    pub max_length: usize,
    /// So many requests at a time.
    pub connections: usize,
    /// The most requests a minute; 0: as many as there are.
    pub max_per_minute: u32,
    /// The way itself.
    pub gateway: GatewaySettings,
}

impl ChannelSettings {
    /// The recipient that is queued for this address by the mode in force; none: nothing is written.
    pub fn redirect(&self, mode: MailMode, address: &str) -> Option<NewRecipient> {
        match mode {
            MailMode::Off => None,
            MailMode::Live => Some(NewRecipient { address: address.to_owned(), original_address: None }),
            MailMode::Redirect => self
                .redirect_to
                .as_ref()
                .map(|to| NewRecipient { address: to.clone(), original_address: Some(address.to_owned()) }),
        }
    }
}

/// All channels of a configuration beside the mail, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channels(Vec<ChannelSettings>);

impl Channels {
    /// The channel of this name.
    pub fn find(&self, name: &str) -> Option<&ChannelSettings> {
        self.0.iter().find(|settings| settings.channel.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &ChannelSettings> {
        self.0.iter()
    }

    /// The channel of this name, on which people are reached; none: the mail.
    ///
    /// Errors: there is no such channel, or it is one place that belongs to nobody.
    pub fn to_people(&self, name: &str) -> Result<Option<&Channel>, Complaint> {
        if name == MAIL {
            return Ok(None);
        }
        let Some(settings) = self.find(name) else {
            return Err(Complaint {
                message: format!("there is no channel {name}"),
                suggestion: nearest_channel(name, self).map(|near| format!("did you mean {near}?")),
            });
        };
        match settings.channel.address {
            AddressKind::None => Err(format!("channel {name} is one place and nobody's address").into()),
            _ => Ok(Some(&settings.channel)),
        }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|settings| settings.channel.name.as_str())
    }
}

/// Reads `[channel]`; `is_taken` knows the words that mean a recipient already, which neither a channel nor one of its names may be.
pub fn read(section: &mut Section<'_>, mode: MailMode, is_taken: &dyn Fn(&str) -> bool) -> Channels {
    let names = section.keys();
    Channels(names.iter().map(|name| read_one(&mut section.section(name), name, mode, is_taken)).collect())
}

fn read_one(section: &mut Section<'_>, name: &str, mode: MailMode, is_taken: &dyn Fn(&str) -> bool) -> ChannelSettings {
    if let Some(complaint) = complaint_about(name, is_taken) {
        section.wrong("", complaint);
    }
    let channel = Channel {
        name: name.to_owned(),
        address: section.choice("address", AddressKind::Mobile, &AddressKind::WORDS),
        country_code: section.parsed("country_code", "+49".to_owned(), number::country_code),
    };
    let redirect_to = section.optional_parsed("redirect_to", None, |text: &str| channel.usable(text));
    if mode == MailMode::Redirect && redirect_to.is_none() && section.is_valid("redirect_to") {
        let message = "mail.mode is redirect, and no redirect_to says where its messages go meanwhile: none is written";
        section.warn("", message);
    }
    let whole = |value: i64| usize::try_from(value).unwrap_or_default();
    ChannelSettings {
        names: read_names(section, &channel, is_taken),
        redirect_to,
        max_length: whole(section.integer("max_length", 480, 20..=20_000)),
        connections: whole(section.integer("connections", 1, 1..=16)),
        max_per_minute: u32::try_from(section.integer("max_per_minute", 60, 0..=60_000)).unwrap_or_default(),
        gateway: gateway::read(section),
        channel,
    }
}

fn complaint_about(name: &str, is_taken: &dyn Fn(&str) -> bool) -> Option<Complaint> {
    if name == MAIL || is_taken(name) {
        return Some(Complaint {
            message: format!("a channel cannot be called {name}: that is a recipient already"),
            suggestion: Some("call it after what it is, such as sms or chat".to_owned()),
        });
    }
    if !is_name(name) {
        let rule = "small letters, digits and hyphens, a letter first";
        return Some(format!("{name} is no name of a channel: {rule}, {MAX_NAME} at most").into());
    }
    None
}

fn read_names(
    section: &mut Section<'_>,
    channel: &Channel,
    is_taken: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    let mut inner = section.section("names");
    let mut names = BTreeMap::new();
    for name in inner.keys() {
        let address = inner.optional_parsed(&name, None, |text: &str| channel.usable(text));
        if is_taken(&name) {
            inner.wrong(&name, format!("{name} is a recipient already: call this one otherwise"));
        } else if name.trim() != name || name.is_empty() || name.contains([';', ':', '(', ')']) {
            inner.wrong(&name, "a name holds no ; : ( ) and neither begins nor ends with a blank");
        } else if let Some(address) = address {
            names.insert(name, address);
        }
    }
    names
}

/// How somebody wants to be reached, as it is stored (`mail,sms`), from what people write: names with commas, semicolons or
/// blanks between them. Whether there are such channels, the configuration says.
pub fn wish(text: &str) -> Result<String, String> {
    let folded = text.to_lowercase();
    let names = folded.split([',', ';', '/', '|', ' ', '\u{a0}']).filter(|name| !name.is_empty());
    let mut wanted: Vec<&str> = Vec::new();
    for name in names.map(|name| if matches!(name, "e-mail" | "email") { MAIL } else { name }) {
        if !is_name(name) {
            return Err(format!("“{}” is no name of a channel, as mail or sms", name.escape_debug()));
        }
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    match wanted.len() {
        0 => Err("it names no channel, as mail or sms".to_owned()),
        1..=MAX_WISHES => Ok(wanted.join(",")),
        _ => Err(format!("nobody is reached on more than {MAX_WISHES} channels")),
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name.chars().all(is_plain) && name.len() <= MAX_NAME
}

/// What somebody may have meant who wrote a channel that there is none of.
pub fn nearest_channel<'c>(word: &str, channels: &'c Channels) -> Option<&'c str> {
    nearest(word, channels.names())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::{Reader, Source};

    /// Channels as a configuration writes them, with what is wrong and what is doubtful.
    pub(crate) fn channels(text: &str) -> (Channels, Vec<String>, Vec<String>) {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        let is_taken = |word: &str| ["team", "handler"].contains(&word);
        let channels = read(&mut reader.root().section("channel"), MailMode::Redirect, &is_taken);
        let found = reader.finish();
        let told = |problems: Vec<crate::config::Problem>| problems.iter().map(ToString::to_string).collect();
        (channels, told(found.problems), told(found.warnings))
    }

    const SMS: &str = "[channel.sms]\nurl = \"https://gateway.example/sms\"\nform = { to = \"{{ address }}\", text = \"{{ text }}\" }\n";

    #[test]
    fn a_channel_needs_no_more_than_where_and_what() {
        let (channels, problems, warnings) = channels(SMS);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            warnings,
            [
                "wvl.toml:1:10: channel.sms: mail.mode is redirect, and no redirect_to says where its messages go meanwhile: none is written"
            ]
        );
        let sms = channels.find("sms").unwrap();
        assert_eq!((sms.channel.address, sms.max_length, sms.connections), (AddressKind::Mobile, 480, 1));
        assert_eq!(sms.redirect(MailMode::Redirect, "+491"), None);
        assert_eq!(sms.redirect(MailMode::Live, "+491").unwrap().address, "+491");
    }

    #[test]
    fn names_and_addresses_are_checked_where_they_stand() {
        let text = format!(
            "{SMS}redirect_to = \"0171 5550100\"\naddres = \"mobile\"\n\
             names = {{ on-call = \"+49 171 5550100\", handler = \"+49 171 5550101\", x = \"none\" }}\n\
             [channel.team]\nurl = \"https://a.example\"\nbody = \"{{{{ text }}}}\"\n[channel.Chat]\n"
        );
        let (channels, problems, _) = channels(&text);
        let sms = channels.find("sms").unwrap();
        assert_eq!(sms.redirect_to.as_deref(), Some("+491715550100"));
        assert_eq!(sms.names["on-call"], "+491715550100");
        assert_eq!(
            problems,
            [
                "wvl.toml:5:1: channel.sms.addres: there is no such key; did you mean \"address\"?",
                "wvl.toml:6:50: channel.sms.names.handler: handler is a recipient already: call this one otherwise",
                "wvl.toml:6:73: channel.sms.names.x: \"none\" is no phone number such as +49 171 5550100",
                "wvl.toml:7:10: channel.team: a channel cannot be called team: that is a recipient already; call it after what it is, such as sms or chat",
                "wvl.toml:10:10: channel.Chat: Chat is no name of a channel: small letters, digits and hyphens, a letter first, 30 at most",
                "wvl.toml:10:10: channel.Chat: no url says where its messages go",
            ]
        );
    }

    #[test]
    fn what_people_wish_is_stored_in_one_form() {
        for (written, stored) in [
            ("mail,sms", Some("mail,sms")),
            (" SMS; E-Mail ; sms", Some("sms,mail")),
            ("chat", Some("chat")),
            ("", None),
            (";", None),
            ("sms:handler", None),
            ("über", None),
            ("a,b,c,d,e,f,g,h,i,j,k", None),
        ] {
            assert_eq!(wish(written).ok().as_deref(), stored, "{written}");
        }
        let (channels, _, _) = channels(&format!("{SMS}[channel.room]\naddress = \"none\"\n"));
        assert_eq!(channels.to_people("mail").unwrap(), None);
        assert_eq!(channels.to_people("sms").unwrap().unwrap().name, "sms");
        assert_eq!(channels.to_people("ssm").unwrap_err().suggestion.as_deref(), Some("did you mean sms?"));
        assert!(channels.to_people("room").unwrap_err().message.contains("one place"));
    }

    #[test]
    fn an_address_is_what_the_gateway_understands() {
        let (channels, _, _) =
            channels(&format!("{SMS}[channel.room]\naddress = \"none\"\n[channel.pager]\naddress = \"number\"\n"));
        let usable = |channel: &str, text: &str| channels.find(channel).unwrap().channel.usable(text).ok();
        assert_eq!(usable("sms", "0171/555 01-00").as_deref(), Some("+491715550100"));
        assert_eq!(usable("room", " Lager ").as_deref(), Some("Lager"));
        assert_eq!(usable("pager", "12").as_deref(), Some("12"));
        for (channel, wrong) in [("sms", "Erika"), ("sms", ""), ("room", "a\r\nb"), ("pager", "on-call")] {
            assert_eq!(usable(channel, wrong), None, "{channel} {wrong:?}");
        }
    }
}
