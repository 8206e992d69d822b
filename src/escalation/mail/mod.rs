//! The mail about what is overdue: one item, or several in one. Pure: facts and templates in, bytes of both parts out.
//!
//! `entry` is what the engine hands over; `days` and `summary` find the facts, `speech` says what has to be said, and
//! `german` and `english` find the words; `view` is all that a template may see; `bundle` orders several items; `table` is
//! the file attached to a long bundle. A mail is written in the language of its recipient.

mod bundle;
mod days;
mod english;
mod entry;
mod german;
pub mod sample;
mod short;
mod speech;
mod summary;
mod table;
mod view;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

pub use entry::{Entry, Recipient, Role, Settings, Step};
pub use short::short;

use crate::error::{Error, Result};
use crate::outbox::compose::Attachment;
use crate::template::{Mail, Templates, clip, one_line};
use bundle::Room;
use speech::Speech;
use view::ItemView;

/// Longer subjects are cut by phones and list views (MAIL.md).
pub(super) const SUBJECT_LENGTH: usize = 78;

/// Gmail hides what comes after about 102 kB of HTML (MAIL.md); this leaves room for the transfer encoding.
pub const HTML_LIMIT: usize = 90_000;

/// One mail, ready to be composed.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// At most 78 characters, the fact first.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part, under [`HTML_LIMIT`] bytes.
    pub html: String,
    /// The table of all items, if they do not all stand in the mail with all their fields.
    pub attachments: Vec<Attachment>,
    /// 3, 2, 1, or 0 if everything lies ahead.
    pub highest_level: u8,
}

/// Renders the mail to `recipient` about `entries`: one item with its own words, several as a bundle.
///
/// Fails with [`crate::error::Kind::Config`] if a template does, with [`crate::error::Kind::Bug`] without entries.
pub fn render(
    templates: &Templates,
    settings: &Settings,
    recipient: &Recipient,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> Result<Rendered> {
    let today = now.with_timezone(&settings.zone).date_naive();
    let highest_level = entries.iter().map(|entry| entry.step.level()).max().unwrap_or(0);
    match entries {
        [] => Err(Error::bug(format!("a mail to {} without items", recipient.address))),
        [entry] => {
            let mail = single(templates, settings, recipient, entry, today)?;
            Ok(Rendered {
                subject: mail.subject,
                text: mail.text,
                html: mail.html,
                attachments: Vec::new(),
                highest_level,
            })
        }
        several => {
            let (mail, attachments) = several_in_one(templates, settings, recipient, several, today)?;
            Ok(Rendered { subject: mail.subject, text: mail.text, html: mail.html, attachments, highest_level })
        }
    }
}

/// What the templates of a mail about one item see.
#[derive(Debug, Serialize)]
struct SingleView {
    company: String,
    recipient: String,
    preheader: String,
    reason: String,
    /// customer or title, as long as the subject has room for it
    about: String,
    item: ItemView,
}

impl SingleView {
    fn new(
        settings: &Settings,
        speech: &dyn Speech,
        recipient: &Recipient,
        entry: &Entry,
        today: NaiveDate,
    ) -> SingleView {
        let item = ItemView::new(entry, settings, speech, today);
        let about = item.about().to_owned();
        let mut preheader = item.fact.clone();
        if item.birthday {
            preheader = format!("{} {preheader}", item.title);
        }
        for part in [&about, &item.stage] {
            let said = item.birthday && part == &item.stage;
            if !part.is_empty() && !said {
                preheader = format!("{preheader} · {part}");
            }
        }
        SingleView {
            company: one_line(&settings.company),
            recipient: one_line(&recipient.name),
            // the stage stands at the end: a long customer gives way to it
            preheader: if preheader.chars().count() <= 90 {
                preheader
            } else {
                format!(
                    "{} · {}",
                    clip(&format!("{} · {about}", item.fact), 87 - item.stage.chars().count()),
                    item.stage
                )
            },
            reason: speech.reason(entry),
            about,
            item,
        }
    }
}

fn single(
    templates: &Templates,
    settings: &Settings,
    recipient: &Recipient,
    entry: &Entry,
    today: NaiveDate,
) -> Result<Mail> {
    let speech = speech::of(recipient.language, settings.address_form);
    let mut values = SingleView::new(settings, speech, recipient, entry, today);
    let mut mail = templates.mail("escalation-single", speech.language(), &values)?;
    let length = mail.subject.chars().count();
    if length > SUBJECT_LENGTH {
        // the customer's name gives way, never the fact or the stage
        let keep = values.about.chars().count().saturating_sub(length - SUBJECT_LENGTH);
        values.about = if keep >= 8 { clip(&values.about, keep) } else { String::new() };
        mail.subject = clip(&templates.subject("escalation-single", speech.language(), &values)?, SUBJECT_LENGTH);
    }
    Ok(mail)
}

fn several_in_one(
    templates: &Templates,
    settings: &Settings,
    recipient: &Recipient,
    entries: &[Entry],
    today: NaiveDate,
) -> Result<(Mail, Vec<Attachment>)> {
    let ordered = bundle::in_order(entries);
    let speech = speech::of(recipient.language, settings.address_form);
    let table_name = table::name(speech, today);
    let mut room = Room { full: Room::USUAL.full.min(entries.len()), ..Room::USUAL };
    loop {
        let values = bundle::view(&ordered, settings, speech, &recipient.name, today, room, &table_name);
        let mut mail = templates.mail("escalation-bundle", speech.language(), &values)?;
        let smallest = room.less() == room;
        if mail.html.len() >= HTML_LIMIT && !smallest {
            room = room.less();
            continue;
        }
        mail.subject = clip(&mail.subject, SUBJECT_LENGTH);
        let attachments = match values.attachment {
            None => Vec::new(),
            Some(name) => vec![Attachment {
                name,
                content_type: "text/csv; charset=utf-8".to_owned(),
                bytes: table::csv(&ordered, settings, speech, today)?,
            }],
        };
        return Ok((mail, attachments));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(entries: &[Entry]) -> Rendered {
        let templates = Templates::embedded().unwrap();
        render(&templates, &sample::settings(), &sample::recipient(), entries, sample::now()).unwrap()
    }

    #[test]
    fn every_template_renders_with_its_fixtures() {
        let mut fixtures = sample::fixtures().unwrap();
        fixtures.extend(sample::message_fixtures().unwrap());
        let problems = Templates::embedded().unwrap().check(&fixtures);
        assert!(problems.is_empty(), "{:?}", problems.iter().map(Error::full_message).collect::<Vec<_>>());
    }

    #[test]
    fn subjects_put_the_fact_first() {
        let table = [
            (sample::offer(), "AN-137325 seit gestern überfällig – Deizisau Systeme GmbH (Stufe 1)"),
            (
                Entry { partner_name: String::new(), reference: "137325".into(), ..sample::offer() },
                "137325 seit gestern überfällig – Eskalations- und Report-Server (Stufe 1)",
            ),
            (
                Entry { step: Step::Repeat(3, 2), ..sample::offer() },
                "AN-137325 seit gestern überfällig – Deizisau Syste… (Stufe 3, 2. Wiederholung)",
            ),
            (sample::contract(), "V-2019-031 läuft ab in 41 Tagen – Deizisau Systeme GmbH (Vorlauf)"),
            (sample::birthday(), "Hannelore Öztürk hat heute Geburtstag – Deizisau Systeme GmbH"),
        ];
        for (entry, subject) in table {
            let mail = rendered(&[entry]);
            assert!(mail.subject.chars().count() <= SUBJECT_LENGTH);
            assert_eq!(mail.subject, subject);
        }
    }

    #[test]
    fn a_long_customer_or_number_keeps_the_stage() {
        let long = Entry { partner_name: "Gesellschaft ".repeat(20), ..sample::offer() };
        let subject = rendered(&[long]).subject;
        assert!(subject.ends_with("… (Stufe 1)") && subject.chars().count() <= SUBJECT_LENGTH, "{subject}");
        let long = Entry { reference: "X".repeat(200), ..sample::offer() };
        assert!(rendered(&[long]).subject.chars().count() <= SUBJECT_LENGTH);
    }

    #[test]
    fn no_items_is_a_bug() {
        let templates = Templates::embedded().unwrap();
        assert!(render(&templates, &sample::settings(), &sample::recipient(), &[], sample::now()).is_err());
    }
}
