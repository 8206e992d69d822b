//! Puts messages into the queue, inside the transaction of the change that causes them.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::address;
use super::message::Payload;
use super::settings::{MailMode, MailSettings};
use crate::db::schema::{outbox_messages, outbox_recipients};
use crate::error::{Error, Result};

/// RFC 5322 §2.1.1: no line is longer, without its line break.
const MAX_LINE_BYTES: usize = 998;

/// Recipients are held back until so many are worth a round trip.
const RECIPIENTS_AT_ONCE: usize = 1_000;

/// No address on a channel is longer, in bytes.
const MAX_ADDRESS: usize = 254;

/// The channel of mails.
pub const MAIL: &str = "mail";

/// What happens to a message whose last line was sent and never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// To our own people: sent again, twice is better than never.
    Internal,
    /// The receipt of a ticket: sent again too.
    Receipt,
    /// Any other mail to somebody outside: waits for a person, who decides.
    Customer,
}

impl Class {
    /// As the database keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Internal => "internal",
            Class::Receipt => "receipt",
            Class::Customer => "customer",
        }
    }

    /// Whether a message of this class is sent again when nobody knows if it arrived.
    pub fn may_repeat(self) -> bool {
        self != Class::Customer
    }

    pub(super) fn by_name(name: &str) -> Class {
        match name {
            "internal" => Class::Internal,
            "receipt" => Class::Receipt,
            // the cautious one
            _ => Class::Customer,
        }
    }
}

/// A rendered message on its way into the queue.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Made before the message is rendered, because it is part of the Message-ID.
    pub id: Uuid,
    /// Message-ID with its angle brackets.
    pub message_id: String,
    /// How it travels: [`MAIL`], or a channel of the configuration.
    pub channel: String,
    /// What it is: `escalation`, `report` …
    pub kind: String,
    /// Whose mail it is.
    pub class: Class,
    /// Envelope sender; empty for answers that must not be answered.
    pub envelope_from: String,
    /// For lists; what counts stands in the header of `raw`.
    pub subject: String,
    /// The whole message as it is sent at every attempt: ASCII with CRLF; on a channel a [`Payload`], for one recipient.
    pub raw: Vec<u8>,
    /// Who gets it; see [`redirect`].
    pub recipients: Vec<NewRecipient>,
    /// Not to be sent earlier, by the database's clock.
    pub not_before: Option<DateTime<Utc>>,
    /// Not to be sent later, by the database's clock.
    pub expires_at: Option<DateTime<Utc>>,
}

/// One recipient in the envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecipient {
    /// Where it goes.
    pub address: String,
    /// Where it would have gone in mode `live`; the same address where it is redirected nowhere else.
    pub original_address: Option<String>,
}

/// The recipient that the envelope carries for this address, by the mode in force.
///
/// In mode `redirect` that is `mail.redirect_to`. Where none is set (only a Maildir or a folder may do without) the
/// address stays and is remembered as redirected, so that it is never sent to a server by a later change of transport.
pub fn redirect(settings: &MailSettings, address: &str) -> NewRecipient {
    match (settings.mode, &settings.redirect_to) {
        (MailMode::Live | MailMode::Off, _) => NewRecipient { address: address.to_owned(), original_address: None },
        (MailMode::Redirect, Some(target)) => {
            NewRecipient { address: target.to_string(), original_address: Some(address.to_owned()) }
        }
        (MailMode::Redirect, None) => {
            NewRecipient { address: address.to_owned(), original_address: Some(address.to_owned()) }
        }
    }
}

impl NewMessage {
    /// Makes it ready for the queue, or refuses what could not be delivered later: no recipient, an address that must not
    /// enter a dialogue, bytes that are no ASCII or no lines. Errors are of kind `Data` and name the message.
    pub fn prepare(self) -> Result<Prepared> {
        self.check()?;
        Ok(Prepared { sha256: Sha256::digest(&self.raw).to_vec(), message: self })
    }

    fn check(&self) -> Result<()> {
        let named =
            |error: Error| Error::data(format!("the message \"{}\" cannot be queued", self.subject)).caused_by(error);
        if self.channel != MAIL {
            return self.check_on_channel().map_err(named);
        }
        address::check_sender(&self.envelope_from).map_err(named)?;
        for recipient in &self.recipients {
            address::check(&recipient.address).map_err(named)?;
        }
        let wrong = if self.recipients.is_empty() {
            "it has no recipient"
        } else if !self.raw.is_ascii() {
            "it holds bytes beyond ASCII"
        } else if memchr::memchr(0, &self.raw).is_some() {
            "it holds a NUL"
        } else if !has_proper_lines(&self.raw) {
            "it is not made of lines that end in CRLF and have 998 letters at most"
        } else {
            return Ok(());
        };
        Err(Error::data(format!("the message \"{}\" cannot be queued: {wrong}", self.subject)))
    }

    /// A request goes to one recipient, and each has an outcome of its own.
    fn check_on_channel(&self) -> Result<()> {
        let [recipient] = self.recipients.as_slice() else {
            return Err(Error::data("a message on a channel has one recipient"));
        };
        for address in [Some(&recipient.address), recipient.original_address.as_ref()].into_iter().flatten() {
            if !is_address(address) {
                return Err(Error::data(format!("\"{}\" is no address on a channel", address.escape_debug())));
            }
        }
        Payload::from_bytes(&self.raw).map(drop)
    }
}

/// An address on a channel, as far as the queue can tell: nothing that a line of a log or a header could end in.
fn is_address(address: &str) -> bool {
    !address.trim().is_empty() && address.len() <= MAX_ADDRESS && !address.contains(char::is_control)
}

/// Every line ends in CRLF, no CR or LF stands alone (some servers take it for a line and end the message there).
fn has_proper_lines(raw: &[u8]) -> bool {
    let mut start = 0;
    while start < raw.len() {
        let Some(end) = memchr::memchr2(b'\r', b'\n', &raw[start..]) else { return false };
        if end > MAX_LINE_BYTES || raw[start + end..].get(..2) != Some(b"\r\n") {
            return false;
        }
        start += end + 2;
    }
    !raw.is_empty()
}

/// A message that was checked and can be queued.
#[derive(Clone, Debug)]
pub struct Prepared {
    message: NewMessage,
    sha256: Vec<u8>,
}

impl Prepared {
    /// The message itself.
    pub fn message(&self) -> &NewMessage {
        &self.message
    }

    /// The same, for whoever keeps it.
    pub fn into_message(self) -> NewMessage {
        self.message
    }
}

#[derive(Insertable)]
#[diesel(table_name = outbox_messages, treat_none_as_default_value = false)]
struct MessageRow<'m> {
    id: Uuid,
    message_id: &'m str,
    channel: &'m str,
    kind: &'m str,
    class: &'static str,
    envelope_from: &'m str,
    subject: String,
    raw: &'m [u8],
    sha256: &'m [u8],
    not_before: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = outbox_recipients, treat_none_as_default_value = false)]
struct RecipientRow {
    message_id: Uuid,
    address: String,
    original_address: Option<String>,
    next_attempt_at: DateTime<Utc>,
    brake_key: Option<String>,
}

/// Queues messages, set-wise, in the transaction of the caller: they exist if and only if it commits. Recipients of one
/// message with the same address (redirected ones) become one.
pub fn enqueue<'m>(connection: &mut PgConnection, messages: impl IntoIterator<Item = &'m Prepared>) -> Result<()> {
    Intake::within(connection, |connection, intake| intake.put(connection, messages))
}

/// Messages that come in batches: their bytes are stored at once, so that nobody has to keep them, and whom they go to
/// at the end at the latest.
#[derive(Debug)]
pub struct Intake {
    recipients: Vec<RecipientRow>,
}

impl Intake {
    /// All that is put in here is queued when the work ends well; otherwise the caller rolls back.
    pub fn within<T, E: From<Error>>(
        connection: &mut PgConnection,
        work: impl FnOnce(&mut PgConnection, &mut Intake) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut intake = Intake { recipients: Vec::new() };
        let done = work(connection, &mut intake)?;
        intake.store_recipients(connection)?;
        Ok(done)
    }

    /// Stores these messages.
    pub fn put<'m>(
        &mut self,
        connection: &mut PgConnection,
        messages: impl IntoIterator<Item = &'m Prepared>,
    ) -> Result<()> {
        let messages: Vec<&Prepared> = messages.into_iter().collect();
        if messages.is_empty() {
            return Ok(());
        }
        let rows: Vec<MessageRow<'_>> = messages.iter().map(|prepared| message_row(prepared)).collect();
        diesel::copy_from(outbox_messages::table).from_insertable(&rows).execute(connection)?;
        self.recipients.extend(messages.iter().flat_map(|prepared| recipient_rows(&prepared.message)));
        if self.recipients.len() >= RECIPIENTS_AT_ONCE { self.store_recipients(connection) } else { Ok(()) }
    }

    fn store_recipients(&mut self, connection: &mut PgConnection) -> Result<()> {
        if self.recipients.is_empty() {
            return Ok(());
        }
        let now: DateTime<Utc> = diesel::select(diesel::dsl::now.into_sql::<Timestamptz>()).get_result(connection)?;
        for row in &mut self.recipients {
            row.next_attempt_at = row.next_attempt_at.max(now);
        }
        diesel::copy_from(outbox_recipients::table).from_insertable(&self.recipients).execute(connection)?;
        self.recipients.clear();
        Ok(())
    }
}

fn message_row(prepared: &Prepared) -> MessageRow<'_> {
    let message = &prepared.message;
    MessageRow {
        id: message.id,
        message_id: &message.message_id,
        channel: &message.channel,
        kind: &message.kind,
        class: message.class.as_str(),
        envelope_from: &message.envelope_from,
        subject: message.subject.replace(char::is_control, " "),
        raw: &message.raw,
        sha256: &prepared.sha256,
        not_before: message.not_before,
        expires_at: message.expires_at,
    }
}

/// With the first attempt at its earliest instant.
fn recipient_rows(message: &NewMessage) -> Vec<RecipientRow> {
    let mut rows: Vec<RecipientRow> = Vec::with_capacity(message.recipients.len());
    for recipient in &message.recipients {
        let original = recipient.original_address.as_deref();
        match rows.iter_mut().find(|row| row.address == recipient.address) {
            Some(row) => {
                let originals: Vec<&str> = row.original_address.as_deref().into_iter().chain(original).collect();
                row.original_address = (!originals.is_empty()).then(|| originals.join(", "));
            }
            None => rows.push(RecipientRow {
                message_id: message.id,
                address: recipient.address.clone(),
                original_address: original.map(str::to_owned),
                next_attempt_at: message.not_before.unwrap_or(DateTime::UNIX_EPOCH),
                // counted where it would have gone, so that a rehearsal to one address is not braked
                brake_key: (message.class != Class::Internal)
                    .then(|| original.unwrap_or(&recipient.address).to_lowercase()),
            }),
        }
    }
    rows
}

/// Stores mails in the way that is written fastest, where the server is built with it; for tables that came out of a dump.
pub fn compress_fast(connection: &mut PgConnection) -> Result<()> {
    connection.batch_execute(
        "DO $$ BEGIN ALTER TABLE wvl.outbox_messages ALTER COLUMN raw SET COMPRESSION lz4; \
         EXCEPTION WHEN feature_not_supported THEN NULL; END $$",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(raw: &str, addresses: &[&str]) -> NewMessage {
        NewMessage {
            id: Uuid::nil(),
            message_id: "<x@y>".to_owned(),
            channel: MAIL.to_owned(),
            kind: "escalation".to_owned(),
            class: Class::Internal,
            envelope_from: "wvl@firma.example".to_owned(),
            subject: "AN-1".to_owned(),
            raw: raw.into(),
            recipients: addresses
                .iter()
                .map(|address| NewRecipient {
                    address: "test@firma.example".to_owned(),
                    original_address: Some((*address).to_owned()),
                })
                .collect(),
            not_before: None,
            expires_at: None,
        }
    }

    #[test]
    fn only_ascii_in_whole_lines_is_queued() {
        assert!(message("Subject: x\r\n\r\n.\r\n", &["a@b"]).check().is_ok());
        let long = format!("{}\r\n", "x".repeat(999));
        for raw in ["", "no end", "a\nb\r\n", "a\rb\r\n", "a\r\r\n", "ä\r\n", "a\0b\r\n", "a\n", &long] {
            assert!(message(raw, &["a@b"]).check().is_err(), "{raw:?}");
        }
        assert!(message("a\r\n", &[]).check().is_err());
    }

    #[test]
    fn recipients_redirected_to_one_address_become_one() {
        let message = message("a\r\n", &["a@b", "c@d"]);
        let rows = recipient_rows(&message);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].original_address.as_deref(), Some("a@b, c@d"));
    }
}
