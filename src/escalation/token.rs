//! Whom a stage goes to, as the configuration says it: roles of an item, people, teams and addresses.
//!
//! `;` stands between the tokens, as in the seed; a list of the same is read too. The seed's German names are read too; English is
//! written. A word of `[channel.NAME]` before a token says that it goes another way than by mail: `sms:handler`, `sms:on-call`.

use std::fmt;
use std::str::FromStr;

use crate::config::{Complaint, nearest};
use crate::outbox::channels::{self, AddressKind, Channel, ChannelSettings, Channels};

/// A role that an item gives to a person of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalRole {
    /// The field representative (ADM).
    FieldRep,
    /// The inside representative (IDM).
    InsideRep,
    /// Who works on the item, an employee or a team.
    Handler,
}

impl PersonalRole {
    fn word(self) -> &'static str {
        match self {
            PersonalRole::FieldRep => "adm",
            PersonalRole::InsideRep => "idm",
            PersonalRole::Handler => "handler",
        }
    }
}

/// One recipient of a stage, not yet resolved to people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// `adm`, `idm`, `handler`.
    Person(PersonalRole),
    /// `supervisor`: of the first personal role named in the stage; with a role in brackets, of that one.
    Supervisor(Option<PersonalRole>),
    /// `company-head`: everybody in `escalation.company_heads`.
    CompanyHead,
    /// `department-head`: the head of the item's department.
    DepartmentHead,
    /// `department`: all of it.
    Department,
    /// `team:NAME`: its members.
    Team(String),
    /// `colleagues`: the other active members of the handler's team.
    Colleagues,
    /// `all`: every active employee.
    All,
    /// `employee:NUMBER`: one employee.
    Employee(i64),
    /// `mail:ADDRESS`: somebody outside the list of employees.
    Mail(String),
    /// `sms:handler`: whoever that is, on this channel.
    Via(Channel, Box<Token>),
    /// `sms:on-call`, `sms:+491715550100`, `chat`: one address on a channel.
    Place {
        /// The channel.
        channel: Channel,
        /// What stands behind its name; empty where that is all.
        written: String,
        /// Where that goes.
        address: String,
    },
}

impl Token {
    /// Whom it means, whatever the way there.
    pub fn whom(&self) -> &Token {
        match self {
            Token::Via(_, whom) => whom,
            other => other,
        }
    }
}

/// Words for tokens without an argument: the first of each is the one that is written.
const WORDS: [(&str, Token); 24] = [
    ("adm", Token::Person(PersonalRole::FieldRep)),
    ("field-rep", Token::Person(PersonalRole::FieldRep)),
    ("außendienst", Token::Person(PersonalRole::FieldRep)),
    ("idm", Token::Person(PersonalRole::InsideRep)),
    ("inside-rep", Token::Person(PersonalRole::InsideRep)),
    ("innendienst", Token::Person(PersonalRole::InsideRep)),
    ("handler", Token::Person(PersonalRole::Handler)),
    ("bearbeiter", Token::Person(PersonalRole::Handler)),
    ("supervisor", Token::Supervisor(None)),
    ("vorgesetzter", Token::Supervisor(None)),
    ("vorgesetzte", Token::Supervisor(None)),
    ("company-head", Token::CompanyHead),
    ("unternehmensleiter", Token::CompanyHead),
    ("geschäftsleitung", Token::CompanyHead),
    ("geschäftsführer", Token::CompanyHead),
    ("chef", Token::CompanyHead),
    ("department-head", Token::DepartmentHead),
    ("abteilungsleiter", Token::DepartmentHead),
    ("department", Token::Department),
    ("abteilung", Token::Department),
    ("colleagues", Token::Colleagues),
    ("kollegen", Token::Colleagues),
    ("all", Token::All),
    ("alle", Token::All),
];

/// Words that take an argument after a colon.
const PREFIXES: [&str; 5] = ["team", "employee", "mitarbeiter", "mail", "email"];

/// Whether a word means a recipient already, so that no channel and nobody on one can be called like it.
pub fn is_recipient(word: &str) -> bool {
    let folded = word.trim().to_lowercase();
    PREFIXES.contains(&folded.as_str()) || folded.parse::<Token>().is_ok()
}

impl Token {
    /// Reads one token, on a channel or by mail.
    pub fn read(text: &str, channels: &Channels) -> Result<Token, Complaint> {
        let text = text.trim();
        let (word, argument) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest.trim())));
        match (channels.find(word.trim()), argument) {
            (Some(settings), Some(argument)) => on_channel(text, settings, argument),
            (Some(settings), None) => match settings.channel.address {
                AddressKind::None => Ok(Token::Place {
                    channel: settings.channel.clone(),
                    written: String::new(),
                    address: settings.channel.name.clone(),
                }),
                _ => Err(Complaint {
                    message: format!("\"{text}\": it does not say who gets it"),
                    suggestion: Some(format!("write \"{text}:handler\", or whoever is meant")),
                }),
            },
            (None, _) => text.parse().map_err(|complaint| or_channel(complaint, word.trim(), argument, channels)),
        }
    }
}

/// What stands behind the name of a channel: a word of its own, a role, or an address as it is dialled.
fn on_channel(text: &str, settings: &ChannelSettings, argument: &str) -> Result<Token, Complaint> {
    let channel = settings.channel.clone();
    let place = |address: &str| Token::Place {
        channel: channel.clone(),
        written: argument.to_owned(),
        address: address.to_owned(),
    };
    if argument.is_empty() {
        return Err(format!("\"{text}\": nothing stands after the colon").into());
    }
    if let Some(address) = settings.names.get(argument) {
        return Ok(place(address));
    }
    let name = &channel.name;
    if let Ok(whom) = argument.parse::<Token>() {
        return match whom {
            Token::Mail(_) => Err(format!("\"{text}\": a mail address is not reached by {name}").into()),
            _ if channel.address == AddressKind::None => Err(Complaint {
                message: format!("\"{text}\": {name} is one place and nobody's address"),
                suggestion: Some(format!("write \"{name}\"")),
            }),
            whom => Ok(Token::Via(channel, Box::new(whom))),
        };
    }
    let unknown = || {
        let words = settings.names.keys().map(String::as_str).chain(WORDS.iter().map(|(word, _)| *word));
        Complaint {
            message: format!("\"{text}\": {argument} is neither a recipient nor one of [channel.{name}] names"),
            suggestion: nearest(argument, words).map(|near| format!("did you mean \"{name}:{near}\"?")),
        }
    };
    if channel.address == AddressKind::None {
        return Err(unknown());
    }
    let address = channel.usable(argument).map_err(|_| unknown())?;
    Ok(place(&address))
}

/// Whoever misspelt a channel is told of channels.
fn or_channel(complaint: Complaint, word: &str, argument: Option<&str>, channels: &Channels) -> Complaint {
    let Some(near) = channels::nearest_channel(word, channels) else { return complaint };
    let written = argument.map_or_else(|| near.to_owned(), |argument| format!("{near}:{argument}"));
    Complaint { suggestion: Some(format!("did you mean \"{written}\"?")), ..complaint }
}

impl FromStr for Token {
    type Err = Complaint;

    /// Reads one token that goes by mail.
    fn from_str(text: &str) -> Result<Token, Complaint> {
        let text = text.trim();
        if let Some((word, argument)) = text.split_once(':') {
            return with_argument(text, &word.trim().to_lowercase(), argument.trim());
        }
        let folded = text.to_lowercase().replace(['_', ' '], "-");
        if let Some((word, role)) = folded.strip_suffix(')').and_then(|inside| inside.split_once('('))
            && WORDS
                .iter()
                .any(|(known, token)| *known == word.trim_end_matches('-') && *token == Token::Supervisor(None))
        {
            return match plain(role.trim_matches('-')) {
                Some(Token::Person(role)) => Ok(Token::Supervisor(Some(role))),
                _ => Err(Complaint {
                    message: format!("\"{text}\": only adm, idm and handler have a supervisor"),
                    suggestion: Some("write supervisor(adm), supervisor(idm) or supervisor(handler)".to_owned()),
                }),
            };
        }
        plain(&folded).ok_or_else(|| unknown(text))
    }
}

fn plain(word: &str) -> Option<Token> {
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, token)| token.clone())
}

fn with_argument(text: &str, word: &str, argument: &str) -> Result<Token, Complaint> {
    match word {
        "team" | "employee" | "mitarbeiter" | "mail" | "email" if argument.is_empty() => {
            Err(format!("\"{text}\": nothing stands after the colon").into())
        }
        "team" => Ok(Token::Team(argument.to_owned())),
        "employee" | "mitarbeiter" => match argument.parse::<i64>() {
            Ok(number) if number > 0 => Ok(Token::Employee(number)),
            _ => Err(format!("\"{text}\": {argument} is no employee number").into()),
        },
        "mail" | "email" => match argument.parse::<lettre::Address>() {
            Ok(_) => Ok(Token::Mail(argument.to_owned())),
            Err(_) => Err(format!("\"{text}\": {argument} is no address such as name@firma.de").into()),
        },
        _ => Err(unknown(text)),
    }
}

fn unknown(text: &str) -> Complaint {
    let (word, argument) = text.split_once(':').map_or((text, None), |(word, argument)| (word, Some(argument)));
    let suggestion = match argument {
        Some(argument) => nearest(word, PREFIXES).map(|near| format!("did you mean \"{near}:{argument}\"?")),
        None if text.contains('@') => Some(format!("write \"mail:{text}\" for an address")),
        None if !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit()) => {
            Some(format!("write \"employee:{text}\" for an employee's number"))
        }
        None => nearest(word, WORDS.iter().map(|(word, _)| *word)).map(|near| format!("did you mean \"{near}\"?")),
    };
    Complaint {
        message: format!("\"{text}\" is no recipient"),
        suggestion: suggestion.or_else(|| {
            Some(
                "recipients are adm, idm, handler, supervisor, company-head, department-head, department, team:NAME, \
                 colleagues, all, employee:NUMBER, mail:ADDRESS"
                    .to_owned(),
            )
        }),
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Person(role) => f.write_str(role.word()),
            Token::Supervisor(None) => f.write_str("supervisor"),
            Token::Supervisor(Some(role)) => write!(f, "supervisor({})", role.word()),
            Token::CompanyHead => f.write_str("company-head"),
            Token::DepartmentHead => f.write_str("department-head"),
            Token::Department => f.write_str("department"),
            Token::Team(name) => write!(f, "team:{name}"),
            Token::Colleagues => f.write_str("colleagues"),
            Token::All => f.write_str("all"),
            Token::Employee(number) => write!(f, "employee:{number}"),
            Token::Mail(address) => write!(f, "mail:{address}"),
            Token::Via(channel, whom) => write!(f, "{}:{whom}", channel.name),
            Token::Place { channel, written, .. } if written.is_empty() => f.write_str(&channel.name),
            Token::Place { channel, written, .. } => write!(f, "{}:{written}", channel.name),
        }
    }
}

/// The recipients of a stage, in the order of the configuration, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recipients(Vec<Token>);

impl Recipients {
    /// The tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.0
    }

    /// Reads `supervisor;sms:on-call`; nobody is an error.
    pub fn read(text: &str, channels: &Channels) -> Result<Recipients, Complaint> {
        let words: Vec<&str> = text.split(';').map(str::trim).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return Err("no recipient is named".into());
        }
        words.into_iter().map(|word| Token::read(word, channels)).collect()
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Token> for Recipients {
    fn from_iter<I: IntoIterator<Item = Token>>(tokens: I) -> Recipients {
        let mut once: Vec<Token> = Vec::new();
        for token in tokens {
            if !once.contains(&token) {
                once.push(token);
            }
        }
        Recipients(once)
    }
}

impl FromStr for Recipients {
    type Err = Complaint;

    /// Reads `Vorgesetzter;ADM` and `supervisor; adm`, all by mail; nobody is an error.
    fn from_str(text: &str) -> Result<Recipients, Complaint> {
        Recipients::read(text, &Channels::default())
    }
}

impl fmt::Display for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(";")?;
            }
            write!(f, "{token}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_is_read_and_english_is_written() {
        for (read, written) in [
            ("Bearbeiter;ADM", "handler;adm"),
            (" Vorgesetzter ; adm;;ADM", "supervisor;adm"),
            ("ADM;Vorgesetzter;Unternehmensleiter", "adm;supervisor;company-head"),
            ("Vorgesetzter(ADM)", "supervisor(adm)"),
            ("supervisor (inside rep)", "supervisor(idm)"),
            ("team:Technik Süd;employee:12;mail:chef@firma.de", "team:Technik Süd;employee:12;mail:chef@firma.de"),
            ("Abteilung;Abteilungsleiter;Kollegen;alle", "department;department-head;colleagues;all"),
        ] {
            let recipients: Recipients = read.parse().unwrap();
            assert_eq!(recipients.to_string(), written);
            assert_eq!(written.parse::<Recipients>().unwrap(), recipients);
        }
    }

    fn channels() -> Channels {
        let text = "[channel.sms]\nurl = \"https://x.example\"\nbody = \"{{ text }}\"\nnames = { on-call = \"0171 5550100\" }\n\
                    [channel.chat]\nurl = \"https://y.example\"\nbody = \"{{ text }}\"\naddress = \"none\"\nnames = { Lager = \"7\" }\n";
        crate::outbox::channels::tests::channels(text).0
    }

    #[test]
    fn a_channel_stands_before_whom_it_reaches() {
        let channels = channels();
        for (read, written) in [
            ("handler;sms:handler", "handler;sms:handler"),
            ("sms:Vorgesetzter(ADM); sms: Bearbeiter", "sms:supervisor(adm);sms:handler"),
            ("sms:on-call;sms:team:Bereitschaft;sms:employee:12", "sms:on-call;sms:team:Bereitschaft;sms:employee:12"),
            ("sms:+49 171 5550101;chat;chat:Lager", "sms:+49 171 5550101;chat;chat:Lager"),
        ] {
            let recipients = Recipients::read(read, &channels).unwrap();
            assert_eq!(recipients.to_string(), written);
            assert_eq!(Recipients::read(written, &channels).unwrap(), recipients);
        }
        let address = |text: &str| match Token::read(text, &channels).unwrap() {
            Token::Place { address, .. } => address,
            other => panic!("{other}"),
        };
        assert_eq!(
            ["sms:on-call", "sms:0171/5550101", "chat", "chat:Lager"].map(address),
            ["+491715550100", "+491715550101", "chat", "7"]
        );
        assert_eq!(Token::read("sms:handler", &channels).unwrap().whom(), &Token::Person(PersonalRole::Handler));
    }

    #[test]
    fn a_wrong_word_on_a_channel_is_named_with_the_way_out() {
        let channels = channels();
        for (text, message, suggestion) in [
            ("sms", "\"sms\": it does not say who gets it", Some("write \"sms:handler\", or whoever is meant")),
            ("sms:", "\"sms:\": nothing stands after the colon", None),
            (
                "sms:oncall",
                "\"sms:oncall\": oncall is neither a recipient nor one of [channel.sms] names",
                Some("did you mean \"sms:on-call\"?"),
            ),
            ("sms:mail:a@b.de", "\"sms:mail:a@b.de\": a mail address is not reached by sms", None),
            ("chat:handler", "\"chat:handler\": chat is one place and nobody's address", Some("write \"chat\"")),
            ("chatt", "\"chatt\" is no recipient", Some("did you mean \"chat\"?")),
            ("ssm:handler", "\"ssm:handler\" is no recipient", Some("did you mean \"sms:handler\"?")),
            ("superviser", "\"superviser\" is no recipient", Some("did you mean \"supervisor\"?")),
        ] {
            let complaint = Recipients::read(text, &channels).unwrap_err();
            assert_eq!((complaint.message.as_str(), complaint.suggestion.as_deref()), (message, suggestion));
        }
        for word in ["team", "mail", "handler", "Chef", "supervisor(adm)", "all"] {
            assert!(is_recipient(word), "{word}");
        }
        assert!(!is_recipient("on-call") && !is_recipient("sms"));
    }

    #[test]
    fn a_wrong_token_is_named_with_the_way_out() {
        for (text, message, suggestion) in [
            ("adm;superviser", "\"superviser\" is no recipient", "did you mean \"supervisor\"?"),
            ("chefin@firma.de", "\"chefin@firma.de\" is no recipient", "write \"mail:chefin@firma.de\" for an address"),
            ("17", "\"17\" is no recipient", "write \"employee:17\" for an employee's number"),
            ("tem:Technik", "\"tem:Technik\" is no recipient", "did you mean \"team:Technik\"?"),
        ] {
            let complaint = text.parse::<Recipients>().unwrap_err();
            assert_eq!((complaint.message.as_str(), complaint.suggestion.as_deref()), (message, Some(suggestion)));
        }
        for wrong in
            ["", ";", "team:", "employee:x", "employee:0", "mail:x", "supervisor(all)", "supervisor(supervisor)"]
        {
            assert!(wrong.parse::<Recipients>().is_err(), "{wrong}");
        }
    }
}
