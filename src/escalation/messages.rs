//! From claimed steps to messages: who gets one mail about which items, and the bytes of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use uuid::Uuid;

use super::mail;
use super::people::People;
use super::plan::Planned;
use super::recipients::{Recipient, Why};
use super::step::Step;
use super::store::Threads;
use super::token::PersonalRole;
use crate::error::{Error, Result};
use crate::outbox::compose::{self, Automatic, Draft};
use crate::outbox::message_id::SigningKeys;
use crate::outbox::{self, Class, MAIL, NewMessage, reply_token};
use crate::settings::Settings;
use crate::template::{Language, Templates};

/// `outbox_messages.kind` of a mail about one item; the next mail about it goes on in its thread.
pub const SINGLE: &str = "escalation";
/// `outbox_messages.kind` of a mail about several items; it starts a thread.
pub const BUNDLE: &str = "escalation-bundle";

/// What is needed to make messages, the same for a whole run.
pub struct Workshop<'a> {
    /// Settings.
    pub settings: &'a Settings,
    /// Templates.
    pub templates: &'a Templates,
    /// Keys of the Message-IDs.
    pub keys: &'a SigningKeys,
    /// The instant of the run.
    pub now: DateTime<Utc>,
}

/// One mail to one person: indexes of the steps it tells of, each with the index of the person among its recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Steps and recipients, by their places in the plan.
    pub parts: Vec<(usize, usize)>,
}

/// Puts together what goes to the same person in one mail, or one message of a channel; `steps` are those that were claimed.
/// To whom nothing may be written now, nothing is.
pub fn bundle(steps: &[&Planned<'_>], is_written: &dyn Fn(&Recipient) -> bool) -> Vec<Envelope> {
    let mut together: BTreeMap<String, Envelope> = BTreeMap::new();
    let mut alone = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        for (place, recipient) in step.recipients.iter().enumerate().filter(|(_, recipient)| is_written(recipient)) {
            let part = (index, place);
            if step.rules.bundle {
                together.entry(recipient.mailbox()).or_insert_with(|| Envelope { parts: Vec::new() }).parts.push(part);
            } else {
                alone.push(Envelope { parts: vec![part] });
            }
        }
    }
    together.into_values().chain(alone).collect()
}

impl Workshop<'_> {
    /// Whether the mode lets anything be written to this recipient: on a channel a rehearsal needs somewhere to go.
    pub fn is_written(&self, recipient: &Recipient) -> bool {
        let mail = &self.settings.mail;
        recipient.channel.as_ref().is_none_or(|channel| {
            let settings = mail.channels.find(channel);
            settings.is_some_and(|settings| settings.redirect(mail.mode, &recipient.address).is_some())
        })
    }

    /// The message of one envelope.
    pub fn message(
        &self,
        envelope: &Envelope,
        steps: &[&Planned<'_>],
        people: &People,
        threads: &Threads,
    ) -> Result<NewMessage> {
        let (first, place) = envelope.parts.first().map_or((0, 0), |&part| part);
        let recipient = &steps[first].recipients[place];
        let entries: Vec<mail::Entry> = envelope
            .parts
            .iter()
            .map(|&(step, place)| self.entry(steps[step], place, people, recipient.language))
            .collect();
        let settings = mail::Settings {
            company: self.settings.company.name.clone(),
            address_form: self.settings.mail.address_form,
            zone: self.settings.zone,
        };
        let reader = mail::Recipient {
            name: recipient.name.clone(),
            address: recipient.address.clone(),
            language: recipient.language,
        };
        if let Some(channel) = &recipient.channel {
            return self.short(channel, recipient, &settings, &reader, &entries);
        }
        let rendered = mail::render(self.templates, &settings, &reader, &entries, self.now)?;
        let is_single = envelope.parts.len() == 1;
        let key = |step: &Planned<'_>| {
            let address = recipient.address.to_lowercase();
            (step.rules.key.clone(), step.item.id.clone(), step.item.due_version, address)
        };
        let references = if is_single { threads.get(&key(steps[first])).cloned() } else { None };
        let id = Uuid::new_v4();
        let mut rules: Vec<&str> = envelope.parts.iter().map(|&(step, _)| steps[step].rules.key.as_str()).collect();
        rules.dedup();
        let stage = envelope.parts.iter().map(|&(step, _)| steps[step].stage()).max().unwrap_or(0);
        let draft = Draft {
            kind: SINGLE.to_owned(),
            list: "eskalation".to_owned(),
            domain: self.settings.mail.domain.clone(),
            from: self.settings.mail.from.mailbox()?,
            reply_to: self.reply_to(id)?,
            to: Mailbox::new(
                Some(recipient.name.clone()).filter(|name| !name.is_empty()),
                compose::address(&recipient.address)?,
            ),
            message_id: self.keys.message_id(id, &self.settings.mail.domain),
            references: references.unwrap_or_default(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            inline: Vec::new(),
            attachments: rendered.attachments,
            automatic: Automatic::Generated,
            rule: Some(rules.join(" ")),
            stage: Some(stage.to_string()),
            item: is_single.then(|| format!("{}:{}", steps[first].rules.key, steps[first].item.reference)),
        };
        let message = NewMessage {
            id,
            message_id: draft.message_id.clone(),
            channel: MAIL.to_owned(),
            kind: (if is_single { SINGLE } else { BUNDLE }).to_owned(),
            class: Class::Internal,
            envelope_from: self.settings.mail.from.address.clone(),
            subject: draft.subject.clone(),
            raw: compose::compose(&draft, self.now)?,
            recipients: vec![outbox::redirect(&self.settings.mail, &recipient.address)],
            not_before: None,
            expires_at: None,
        };
        Ok(message)
    }

    /// Where answers to this message go, if not to its sender.
    fn reply_to(&self, message: Uuid) -> Result<Option<Mailbox>> {
        let mail = &self.settings.mail;
        let Some(reply_to) = &mail.reply_to else { return Ok(None) };
        let address = match mail.reply_tokens {
            true => reply_token::address(self.keys, &reply_to.address, message),
            false => reply_to.address.clone(),
        };
        Ok(Some(reply_to.at(address).mailbox()?))
    }

    /// The message of one envelope on a channel.
    fn short(
        &self,
        channel: &str,
        recipient: &Recipient,
        settings: &mail::Settings,
        reader: &mail::Recipient,
        entries: &[mail::Entry],
    ) -> Result<NewMessage> {
        let gone = || Error::bug(format!("the channel {channel} is no more"));
        let channel = self.settings.mail.channels.find(channel).ok_or_else(gone)?;
        let payload = mail::short(self.templates, settings, reader, entries, self.now, channel.max_length)?;
        let id = Uuid::new_v4();
        let mode = self.settings.mail.mode;
        Ok(NewMessage {
            id,
            message_id: self.keys.message_id(id, &self.settings.mail.domain),
            channel: channel.channel.name.clone(),
            kind: (if entries.len() == 1 { SINGLE } else { BUNDLE }).to_owned(),
            class: Class::Internal,
            envelope_from: String::new(),
            subject: payload.subject.clone(),
            raw: payload.to_bytes()?,
            recipients: channel.redirect(mode, &recipient.address).into_iter().collect(),
            not_before: None,
            expires_at: None,
        })
    }

    fn entry(&self, step: &Planned<'_>, place: usize, people: &People, language: Language) -> mail::Entry {
        let item = &step.item;
        let recipient = &step.recipients[place];
        let name = |id: Option<i64>| {
            id.and_then(|id| people.persons.get(&id)).map(|person| person.name.clone()).unwrap_or_default()
        };
        let team = item.roles.team.and_then(|team| people.teams.get(&team)).map(|team| team.name.clone());
        // the view puts an employee's supervisor where contact persons have their field rep
        let is_colleague = step.rules.key == "birthday" && item.partner.is_none();
        let since_last = match item.last {
            Some((last, at)) if last.counts() => (self.now - at).num_seconds(),
            _ => step.overdue_seconds,
        };
        let also_to = step.recipients.iter().enumerate().filter(|(other, _)| *other != place);
        let replaced = recipient.instead_of.map(|id| name(Some(id)));
        mail::Entry {
            type_key: step.rules.key.clone(),
            area: step.rules.label_in(language).to_owned(),
            reference: item.reference.clone(),
            title: item.title.clone(),
            step: match step.step() {
                Step::Announce(days) => mail::Step::Announce(u16::try_from(days).unwrap_or(u16::MAX)),
                Step::Repeat(times) => mail::Step::Repeat(u8::try_from(step.stage()).unwrap_or(u8::MAX), times),
                Step::Held | Step::Stage(_) => mail::Step::Stage(u8::try_from(step.stage()).unwrap_or(u8::MAX)),
            },
            due_at: step.due_at,
            due_is_promise: step.is_promise,
            overdue_seconds: step.overdue_seconds,
            since_last_seconds: since_last,
            working_seconds: step.working_seconds,
            partner_name: item.partner.clone().unwrap_or_default(),
            phone: item.phone.clone().unwrap_or_default(),
            email: item.email.clone().unwrap_or_default(),
            address: item.address.clone().unwrap_or_default(),
            adm: if is_colleague { String::new() } else { name(item.roles.field_rep) },
            idm: name(item.roles.inside_rep),
            handler: item.roles.handler.map(|id| name(Some(id))).or(team).unwrap_or_default(),
            responsible: name(item.roles.responsible(step.rules.first_stage(), people)),
            amount: item.amount,
            currency: item.currency.clone().unwrap_or_default(),
            link: item.link.as_deref().map(|link| self.settings.company.whole_link(link)),
            moved: u32::try_from(item.moved).unwrap_or(u32::MAX),
            also_to: also_to.map(|(_, other)| other.shown_name().into_owned()).collect(),
            role: match recipient.why {
                Why::Role(PersonalRole::FieldRep) if is_colleague => mail::Role::Supervisor,
                why => role(why),
            },
            deputy_for: replaced.clone().filter(|_| recipient.is_deputy),
            replaces: replaced.filter(|_| !recipient.is_deputy),
            refused: step.refused.clone(),
        }
    }
}

fn role(why: Why) -> mail::Role {
    match why {
        Why::Role(PersonalRole::Handler) => mail::Role::Handler,
        Why::Role(PersonalRole::FieldRep) => mail::Role::FieldRep,
        Why::Role(PersonalRole::InsideRep) => mail::Role::InsideRep,
        Why::Supervisor => mail::Role::Supervisor,
        Why::CompanyHead => mail::Role::CompanyHead,
        Why::DepartmentHead => mail::Role::DepartmentHead,
        Why::Department => mail::Role::Department,
        Why::Team => mail::Role::Team,
        Why::Fallback => mail::Role::Fallback,
        Why::Named => mail::Role::Other,
    }
}
