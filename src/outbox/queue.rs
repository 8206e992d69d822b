//! The queue as people see it: each recipient of each message, and what is due for `mail flush --dry-run`.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use uuid::Uuid;

use super::state::STATES;
use crate::db;
use crate::db::schema::{outbox_messages, outbox_recipients};
use crate::error::{Error, Result};
use crate::output::{Cell, Output, Table, column};
use crate::register::{Dated, Field, Filters, Kind, Register, Words};

/// What happens to mail whose last line was never answered, see [`Class`](super::Class).
static CLASSES: Words =
    Words(&[("internal", &["intern"]), ("receipt", &["Eingangsbestätigung"]), ("customer", &["nach außen"])]);

/// The rows behind [`register`]: `v_deliveries` with what only `show` looks at, under the names that registers know.
const ROWS: &str = "(SELECT v.*, v.number AS id, v.state AS status FROM wvl.v_deliveries v) d";

/// The queue as a register: a record is one recipient of one message. Open is what did not arrive and was not discarded.
pub fn register() -> Register {
    let of_message = |column: &str| format!("(SELECT m.{column} FROM wvl.outbox_messages m WHERE m.id = d.message)");
    let of_recipient = |column: &str| format!("(SELECT r.{column} FROM wvl.outbox_recipients r WHERE r.id = d.number)");
    let class = Field { sql: of_message("class").into(), ..Field::word("class", "Klasse", &CLASSES, "") };
    Register {
        noun: "mail queue",
        title: "Versand",
        from: ROWS,
        key: "d.number::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("number", "Nr.", Kind::Int, "d.number"),
            Field::text("kind", "Art", "d.kind").optional(),
            Field::text("address", "An", "d.address"),
            Field::text("subject", "Betreff", "d.subject"),
            Field::word("state", "Versandstatus", &STATES, "d.state"),
            Field::new("attempts", "Versuche", Kind::Int, "d.attempts").optional(),
            Field::instant("queued_at", "Eingereiht", "d.queued_at").optional(),
            Field::instant("next_attempt_at", "Nächster Versuch", "d.next_attempt_at").optional(),
            Field::text("last_reply", "Letzte Antwort", "d.last_reply"),
            Field::instant("done_at", "Erledigt", "d.done_at").detail(),
            Field::text("about", "Zu", "d.about").detail(),
            Field::text("redirected_to", "Umgeleitet an", "d.redirected_to").detail(),
            Field::text("channel", "Weg", "d.channel").detail(),
            class.detail(),
            Field::text("sender", "Zuletzt bearbeitet von", of_recipient("sender")).detail(),
            Field::new(
                "strikes",
                "Abstürze beim Versand",
                Kind::Int,
                "(SELECT nullif(r.strikes, 0) FROM wvl.outbox_recipients r WHERE r.id = d.number)",
            )
            .detail(),
            Field::new("not_before", "Nicht vor", Kind::Instant, of_message("not_before")).detail(),
            Field::new("expires_at", "Nicht nach", Kind::Instant, of_message("expires_at")).detail(),
            Field::text("envelope_from", "Absender", of_message("envelope_from")).detail(),
            Field::text("message_id", "Message-ID", of_message("message_id")).detail(),
            Field::new("message", "Nachricht", Kind::Text, "d.message::text").detail(),
            Field::new(
                "bytes",
                "Bytes",
                Kind::Int,
                "(SELECT octet_length(m.raw) FROM wvl.outbox_messages m WHERE m.id = d.message)",
            )
            .detail(),
            Field::new(
                "sha256",
                "SHA-256",
                Kind::Text,
                "(SELECT encode(m.sha256, 'hex') FROM wvl.outbox_messages m WHERE m.id = d.message)",
            )
            .detail(),
            Field::text("created_by", "Eingereiht von", of_message("created_by")).detail(),
        ],
        filters: Filters {
            // a number is written in many ways, and its last digits say whose it is
            employee: "(lower(d.address) = (SELECT lower(e.email) FROM wvl.employees e WHERE e.id = {})
                OR d.channel <> 'mail' AND EXISTS (
                    SELECT FROM wvl.employees e
                        CROSS JOIN LATERAL (VALUES (e.mobile), (e.phone)) AS entered (number)
                    WHERE e.id = {} AND (d.address = e.number::text
                        OR length(d.address) >= 8 AND d.address ~ '^[+]?[0-9]+$'
                            AND right(d.address, 8) = right(regexp_replace(entered.number, '[^0-9]', '', 'g'), 8))
                ))",
            // the other recipients of the same message
            owner: "d.message = (SELECT o.message_id FROM wvl.outbox_recipients o WHERE o.id = {}) AND d.number <> {}",
            open: "d.state IN ('queued', 'sending', 'retry', 'held', 'unknown', 'failed')",
            dated: Some(Dated::Instant("d.queued_at")),
            search: "concat_ws(' ', d.address, d.redirected_to, d.subject, d.last_reply, d.about)",
            ..Filters::default()
        },
        order: "d.queued_at, d.number",
    }
}

/// What somebody has named: one recipient, or a message with all of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Whether it is a message.
    pub is_message: bool,
    /// The numbers of the recipients.
    pub recipients: Vec<i64>,
}

/// The recipients that somebody names: by their number, or all of a message by its key or its Message-ID.
///
/// Errors: of kind `NotFound` for the first name that nothing answers to.
pub fn named(connection: &mut PgConnection, names: &[String]) -> Result<Vec<Named>> {
    let mut found = Vec::new();
    for name in names {
        let of_message = outbox_recipients::table
            .inner_join(outbox_messages::table)
            .select(outbox_recipients::id)
            .order(outbox_recipients::id);
        let number = name.parse::<i64>().ok();
        let recipients: Vec<i64> = if let Some(number) = number {
            outbox_recipients::table.find(number).select(outbox_recipients::id).load(connection)?
        } else if let Ok(message) = name.parse::<Uuid>() {
            of_message.filter(outbox_messages::id.eq(message)).load(connection)?
        } else {
            let message_id = format!("<{}>", name.trim_start_matches('<').trim_end_matches('>'));
            of_message.filter(outbox_messages::message_id.eq(message_id)).load(connection)?
        };
        if recipients.is_empty() {
            return Err(Error::not_found("recipient", name).hint("wvl mail queue list shows their numbers"));
        }
        found.push(Named { is_message: number.is_none(), recipients });
    }
    Ok(found)
}

/// The bytes of a recipient's message, as they are sent; none once they were deleted.
pub fn bytes_of(connection: &mut PgConnection, recipient: i64) -> Result<Option<Vec<u8>>> {
    Ok(outbox_recipients::table
        .inner_join(outbox_messages::table)
        .filter(outbox_recipients::id.eq(recipient))
        .select(outbox_messages::raw)
        .first(connection)?)
}

/// A recipient who would be tried now.
#[derive(Clone, Debug, Queryable)]
pub struct Waiting {
    /// What the message is: `escalation` …
    pub kind: String,
    /// Where it goes.
    pub address: String,
    /// Its subject.
    pub subject: String,
    /// `queued` or `retry`.
    pub state: String,
    /// Attempts so far.
    pub attempt: i32,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// What the server said last.
    pub last_reply: Option<String>,
}

/// What is due, in the order in which it would be sent.
#[derive(Clone, Debug)]
pub struct Due {
    /// The recipients.
    pub rows: Vec<Waiting>,
    /// The zone of the printed instants.
    pub zone: Tz,
}

/// Loads what is due; at most `limit` recipients.
pub fn due(connection: &mut PgConnection, zone: Tz, limit: Option<i64>) -> Result<Due> {
    let rows = db::read_only(connection, |connection| {
        Ok(outbox_recipients::table
            .inner_join(outbox_messages::table)
            .filter(outbox_recipients::state.eq_any(["queued", "retry"]))
            .filter(outbox_recipients::next_attempt_at.le(now))
            .order((outbox_recipients::next_attempt_at, outbox_recipients::id))
            .limit(limit.unwrap_or(i64::MAX))
            .select((
                outbox_messages::kind,
                outbox_recipients::address,
                outbox_messages::subject,
                outbox_recipients::state,
                outbox_recipients::attempt,
                outbox_messages::created_at,
                outbox_recipients::last_reply,
            ))
            .load(connection)?)
    })?;
    Ok(Due { rows, zone })
}

impl Output for Due {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("kind", "Art"),
            column("address", "An"),
            column("subject", "Betreff"),
            column("state", "Versandstatus"),
            column("attempt", "Versuche"),
            column("queued_at", "Eingereiht"),
            column("last_reply", "Letzte Antwort"),
        ]);
        for row in &self.rows {
            table.push(vec![
                Cell::Text(row.kind.clone()),
                Cell::Text(row.address.clone()),
                Cell::Text(row.subject.clone()),
                Cell::Text(row.state.clone()),
                Cell::Int(i64::from(row.attempt)),
                Cell::instant(Some(row.queued_at), self.zone),
                Cell::text(row.last_reply.clone()),
            ]);
        }
        table
    }
}
