//! The mail that `mail test` sends, or the message on a channel: to one address, through the queue like all others.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use lettre::message::Mailbox;
use serde::Serialize;
use uuid::Uuid;

use super::channels::ChannelSettings;
use super::compose::{self, Automatic, Draft};
use super::message::Payload;
use super::message_id::SigningKeys;
use super::settings::MailSettings;
use super::{Class, MAIL, NewMessage, redirect};
use crate::error::{Error, Kind, Result};
use crate::template::{Fixture, Language, Templates, one_line};

/// `outbox_messages.kind`, and the folder of its templates.
pub const KIND: &str = "test";

/// What its templates see.
#[derive(Debug, Serialize)]
struct View {
    company: String,
    preheader: String,
    reason: &'static str,
    /// When it was queued, on the clock of the office.
    sent_at: String,
    /// `smtp mail.firma.de:587`
    way: String,
}

impl View {
    fn new(company: &str, language: Language, sent_at: String, way: &str) -> View {
        let reason = match language {
            Language::German => {
                "Jemand hat diese Mail mit „wvl mail test“ verschickt. Eine Antwort wird nicht erwartet."
            }
            Language::English => "Somebody has sent this mail with “wvl mail test”. No answer is expected.",
        };
        let (company, way) = (one_line(company), one_line(way));
        View { company, preheader: way.clone(), reason, sent_at, way }
    }
}

/// What is the same for every mail of an installation.
pub struct Office<'o> {
    /// The section `[mail]`.
    pub mail: &'o MailSettings,
    /// The company as it calls itself.
    pub company: &'o str,
    /// Of the printed instant.
    pub zone: Tz,
    /// Keys of the Message-IDs.
    pub keys: &'o SigningKeys,
    /// Its templates.
    pub templates: &'o Templates,
}

/// The mail to this address; `way` says how it is sent.
///
/// Errors: of kind `Data` for what is no mail address.
pub fn message(
    office: &Office<'_>,
    address: &str,
    language: Language,
    way: &str,
    now: DateTime<Utc>,
) -> Result<NewMessage> {
    let to = compose::address(address)?;
    let sent_at = now.with_timezone(&office.zone).format("%d.%m.%Y %H:%M:%S %Z").to_string();
    let rendered = office.templates.mail(KIND, language, &View::new(office.company, language, sent_at, way))?;
    let id = Uuid::new_v4();
    let draft = Draft {
        kind: KIND.to_owned(),
        list: KIND.to_owned(),
        domain: office.mail.domain.clone(),
        from: office.mail.from.mailbox()?,
        reply_to: None,
        to: Mailbox::new(None, to),
        message_id: office.keys.message_id(id, &office.mail.domain),
        references: Vec::new(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        inline: Vec::new(),
        attachments: Vec::new(),
        automatic: Automatic::Generated,
        rule: None,
        stage: None,
        item: None,
    };
    Ok(NewMessage {
        id,
        message_id: draft.message_id.clone(),
        channel: MAIL.to_owned(),
        kind: KIND.to_owned(),
        class: Class::Internal,
        envelope_from: office.mail.from.address.clone(),
        subject: draft.subject.clone(),
        raw: compose::compose(&draft, now)?,
        recipients: vec![redirect(office.mail, address)],
        not_before: None,
        expires_at: None,
    })
}

/// The same on a channel, to an address as it is dialled there.
///
/// Errors: where nothing may be written to the channel now.
pub fn on_channel(
    office: &Office<'_>,
    channel: &ChannelSettings,
    address: &str,
    language: Language,
    now: DateTime<Utc>,
) -> Result<NewMessage> {
    let name = &channel.channel.name;
    let recipient = channel.redirect(office.mail.mode, address).ok_or_else(|| {
        let message = format!("mail.mode is redirect, and nothing says where messages of channel {name} go meanwhile");
        Error::new(Kind::Failed, message).hint(format!("[channel.{name}] redirect_to"))
    })?;
    let sent_at = now.with_timezone(&office.zone).format("%d.%m.%Y %H:%M:%S %Z").to_string();
    let rendered = office.templates.message(KIND, language, &View::new(office.company, language, sent_at, name))?;
    let payload = Payload { subject: rendered.subject, text: rendered.text, link: String::new() };
    let id = Uuid::new_v4();
    Ok(NewMessage {
        id,
        message_id: office.keys.message_id(id, &office.mail.domain),
        channel: name.clone(),
        kind: KIND.to_owned(),
        class: Class::Internal,
        envelope_from: String::new(),
        subject: payload.subject.clone(),
        raw: payload.to_bytes()?,
        recipients: vec![recipient],
        not_before: None,
        expires_at: None,
    })
}

/// The same for messages on a channel.
pub fn message_fixtures() -> Result<Vec<Fixture>> {
    let fixture = |language| {
        let view = View::new("Musterhaus IT GmbH", language, "09.03.2021 08:13:00 CET".to_owned(), "sms");
        Fixture::of_message(KIND, language, "a test", &view)
    };
    Language::ALL.into_iter().map(fixture).collect()
}

/// A context in every language, to check the templates with.
pub fn fixtures() -> Result<Vec<Fixture>> {
    let fixture = |language| {
        let sent_at = "09.03.2021 08:13:00 CET".to_owned();
        let view = View::new("Musterhaus IT GmbH", language, sent_at, "smtp mail.musterhaus.example:587");
        Fixture::new(KIND, language, "a test", &view)
    };
    Language::ALL.into_iter().map(fixture).collect()
}
