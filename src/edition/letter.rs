//! One mail to one reader, and how mails are taken: rows and mails in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use lettre::message::Mailbox;
use uuid::Uuid;

use super::KIND;
use super::claim::{self, Edition};
use super::readers::Reader;
use crate::db;
use crate::error::Result;
use crate::failpoint;
use crate::outbox::compose::{self, Automatic, Draft};
use crate::outbox::message_id::SigningKeys;
use crate::outbox::{self, Class, MAIL, NewMessage, Prepared};
use crate::report::Face;
use crate::settings::Settings;

/// What every mail of a run has.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The installation.
    pub settings: &'a Settings,
    /// Keys of the Message-IDs.
    pub keys: &'a SigningKeys,
    /// The instant of the run.
    pub now: DateTime<Utc>,
}

impl Desk<'_> {
    /// The mail with this face.
    ///
    /// Errors: of kind `Data` for an address that cannot be written to.
    pub fn letter(&self, report: &str, reader: &Reader, face: &Face) -> Result<Prepared> {
        let mail = &self.settings.mail;
        let id = Uuid::new_v4();
        let draft = Draft {
            kind: KIND.to_owned(),
            list: report.to_owned(),
            domain: mail.domain.clone(),
            from: mail.from.mailbox()?,
            reply_to: mail.reply_to.as_ref().map(|reply_to| reply_to.mailbox()).transpose()?,
            to: Mailbox::new(
                Some(reader.name.clone()).filter(|name| !name.is_empty()),
                compose::address(&reader.address)?,
            ),
            message_id: self.keys.message_id(id, &mail.domain),
            references: Vec::new(),
            subject: face.subject.clone(),
            text: face.text.clone(),
            html: face.html.clone(),
            inline: face.inline.clone(),
            attachments: face.attachments.clone(),
            automatic: Automatic::Generated,
            rule: Some(report.to_owned()),
            stage: None,
            item: None,
        };
        let message = NewMessage {
            id,
            message_id: draft.message_id.clone(),
            channel: MAIL.to_owned(),
            kind: KIND.to_owned(),
            class: Class::Internal,
            envelope_from: mail.from.address.clone(),
            subject: draft.subject.clone(),
            raw: compose::compose(&draft, self.now)?,
            recipients: vec![outbox::redirect(mail, &reader.address)],
            not_before: None,
            expires_at: None,
        };
        message.prepare()
    }

    /// Takes the editions and queues the mails of those that nobody had taken; answers with their addresses.
    pub fn queue(
        &self,
        connection: &mut PgConnection,
        mails: &[(Edition, Option<Prepared>)],
    ) -> Result<BTreeSet<String>> {
        db::transaction(connection, |connection| {
            db::set_instant(connection, self.now, self.settings.zone)?;
            failpoint::pass("editions");
            let editions: Vec<&Edition> = mails.iter().map(|(edition, _)| edition).collect();
            let taken = claim::take(connection, &editions)?;
            failpoint::pass("editions-taken");
            let ours = mails.iter().filter(|(edition, _)| taken.contains(&edition.address));
            outbox::enqueue(connection, ours.filter_map(|(_, message)| message.as_ref()))?;
            failpoint::pass("editions-queued");
            Ok(taken)
        })
    }
}
