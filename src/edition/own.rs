//! Sends a report of the house's own: to the readers that its head names, each once a day and for the same questions.

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::claim::{self, Edition, FIRST};
use super::letter::Desk;
use super::readers::{Reader, Readers};
use super::send::{Sent, Skipped, Summary};
use crate::calendar::local_day;
use crate::db;
use crate::error::{Error, Result};
use crate::escalation::people;
use crate::escalation::rules::DEFAULT_CALENDAR;
use crate::outbox::compose::Attachment;
use crate::outbox::message_id::SigningKeys;
use crate::outbox::settings::MailMode;
use crate::register::When;
use crate::report::Face;
use crate::report::own::mail::{View, render};
use crate::report::own::{Collected, Limits, Own, Run, SentAs};
use crate::settings::Settings;
use crate::template::{Language, Templates};

/// What is to be sent.
pub struct OwnAsked<'a> {
    /// The installation.
    pub settings: &'a Settings,
    /// Its templates.
    pub templates: &'a Templates,
    /// Keys of the Message-IDs.
    pub keys: &'a SigningKeys,
    /// The instant of the run.
    pub now: DateTime<Utc>,
    /// The report.
    pub own: &'a Own,
    /// What is asked of it: names of parameters and values.
    pub given: &'a [(String, String)],
    /// Once more to everybody.
    pub resend: bool,
    /// Make everything and write nothing.
    pub dry_run: bool,
}

/// Queues the report for those who have not had it today.
///
/// Errors: of kind `Config` if its head names nobody; what the report itself fails with: nothing is sent then.
pub fn send_own(connection: &mut PgConnection, asked: &OwnAsked<'_>) -> Result<Summary> {
    let settings = asked.settings;
    let head = &asked.own.head;
    if head.to.is_empty() {
        return Err(Error::config(format!("nobody is to get report {}", head.name))
            .hint("its head says who does: to = \"company-head;mail:x@firma.de\""));
    }
    if settings.mail.mode == MailMode::Off {
        return Ok(Summary { skipped: Some(Skipped::Off), ..Summary::default() });
    }
    let day = local_day(asked.now, settings.zone);
    let rehearsal = settings.mail.mode == MailMode::Redirect;
    let scope = scope(asked.given);
    let (mut readers, known) = db::read_only(connection, |connection| {
        db::set_instant(connection, asked.now, settings.zone)?;
        let usual = settings.calendar(DEFAULT_CALENDAR).ok_or_else(|| Error::bug("there is no default calendar"))?;
        let named = |name: Option<&str>| name.and_then(|name| settings.calendar(name)).unwrap_or(usual);
        let people = people::load(connection, day, named)?;
        let readers = Readers::of(&head.name, &head.to, &settings.escalation.company_heads, None, &people);
        let known = claim::known(connection, &head.name, day, rehearsal)?.remove(&scope).unwrap_or_default();
        Ok((readers, known))
    })?;
    let last = |reader: &Reader| known.editions.get(&reader.address.to_lowercase()).copied();
    readers.list.retain(|reader| asked.resend || last(reader).is_none_or(|edition| edition < FIRST));
    let mut summary = Summary { troubles: readers.troubles, ..Summary::default() };
    let desk = Desk { settings, keys: asked.keys, now: asked.now };
    let mut mails = Vec::new();
    for language in Language::ALL {
        let of_language: Vec<&Reader> = readers.list.iter().filter(|reader| reader.language == language).collect();
        if of_language.is_empty() {
            continue;
        }
        let face = asked.face(connection, language)?;
        for reader in of_language {
            let message = match face.as_ref().map(|face| desk.letter(&head.name, reader, face)).transpose() {
                Ok(message) => message,
                Err(error) => {
                    summary.troubles.insert(format!("{} for {}: {}", head.name, reader.address, error.full_message()));
                    continue;
                }
            };
            let edition = Edition {
                report: head.name.clone(),
                scope: scope.clone(),
                day,
                address: reader.address.to_lowercase(),
                employee_id: reader.employee,
                edition: last(reader).map_or(FIRST, |last| last.saturating_add(1)).max(FIRST),
                outcome: if message.is_some() { "sent" } else { "empty" },
                at: asked.now,
                subject: face.as_ref().map(|face| face.subject.clone()).unwrap_or_default(),
                message_id: message.as_ref().map(|message| message.message().id),
                snapshot: None,
                origin: None,
                rehearsal,
            };
            mails.push((edition, message));
        }
    }
    if !asked.dry_run && !mails.is_empty() {
        let taken = desk.queue(connection, &mails)?;
        mails.retain(|(edition, _)| taken.contains(&edition.address));
    }
    let is_empty = !mails.is_empty() && mails.iter().all(|(_, message)| message.is_none());
    summary.sent = mails
        .into_iter()
        .filter_map(|(edition, message)| {
            Some(Sent {
                report: head.name.clone(),
                scope: None,
                address: edition.address,
                subject: edition.subject,
                failed: false,
                message: message?.into_message(),
            })
        })
        .collect();
    if summary.sent.is_empty() && summary.troubles.is_empty() {
        summary.skipped = Some(if is_empty { Skipped::Empty } else { Skipped::Done });
    }
    Ok(summary)
}

impl OwnAsked<'_> {
    /// The report as a mail; none where it is empty and nobody wants to hear so.
    fn face(&self, connection: &mut PgConnection, language: Language) -> Result<Option<Face>> {
        let (settings, own) = (self.settings, self.own);
        let report = &settings.report;
        let when = When { now: self.now, zone: settings.zone };
        let values = own.values(connection, self.given, &settings.moment(self.now))?;
        let in_mail = own.head.formats.contains(&SentAs::Mail);
        let limits = Limits {
            rows_in_mail: if in_mail { usize::try_from(report.most_rows_in_mail).unwrap_or(usize::MAX) } else { 0 },
            rows_attached: u64::from(report.most_rows_attached),
        };
        let run = Run::new(when, report.timeout, report.privacy.per_person);
        let found: Collected = own.collect(connection, &values, &run, limits, language)?;
        if found.total == 0 && !own.head.send_if_empty {
            return Ok(None);
        }
        let view = View::new(own, &values, &found, &settings.company.name, language);
        let mail = render(self.templates, own, &view, language)?;
        let attachments = found.files.into_iter().map(|(way, bytes)| {
            let (extension, content_type) = way.file();
            Attachment { name: format!("{}.{extension}", own.head.name), content_type: content_type.to_owned(), bytes }
        });
        let attachments = attachments.collect();
        Ok(Some(Face { subject: mail.subject, text: mail.text, html: mail.html, inline: Vec::new(), attachments }))
    }
}

/// What was asked, in one order: the same questions on the same day are the same mail.
fn scope(given: &[(String, String)]) -> String {
    let mut said: Vec<String> =
        given.iter().map(|(name, value)| format!("{}={value}", name.replace('-', "_"))).collect();
    said.sort_unstable();
    said.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_questions_makes_no_difference() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(scope(&[pair("to", "x"), pair("by", "group")]), scope(&[pair("by", "group"), pair("to", "x")]));
        assert_eq!(scope(&[]), "");
    }
}
