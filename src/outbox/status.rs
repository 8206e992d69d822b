//! How far the delivery of some messages is, for whoever caused them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use super::state::{STATES, State};
use crate::db::schema::{outbox_messages, outbox_recipients};
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::register::Wording;

/// One recipient and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its number.
    pub recipient: i64,
    /// The message.
    pub message: Uuid,
    /// How it travels.
    pub channel: String,
    /// For whom it is, whoever gets it instead.
    pub address: String,
    /// How far it is.
    pub state: State,
    /// How often it was tried.
    pub attempt: i32,
    /// What the other side said last.
    pub reply: Option<String>,
    /// Not before this it is tried again.
    pub next_at: Option<DateTime<Utc>>,
    /// When it was settled.
    pub done_at: Option<DateTime<Utc>>,
}

/// The recipients of these messages, in the order of the queue.
pub fn of_messages(connection: &mut PgConnection, messages: &[Uuid]) -> Result<Vec<Status>> {
    type Row =
        (i64, Uuid, String, String, Option<String>, String, i32, Option<String>, DateTime<Utc>, Option<DateTime<Utc>>);
    let rows: Vec<Row> = outbox_recipients::table
        .inner_join(outbox_messages::table)
        .filter(outbox_messages::id.eq_any(messages))
        .order(outbox_recipients::id)
        .select((
            outbox_recipients::id,
            outbox_messages::id,
            outbox_messages::channel,
            outbox_recipients::address,
            outbox_recipients::original_address,
            outbox_recipients::state,
            outbox_recipients::attempt,
            outbox_recipients::last_reply,
            outbox_recipients::next_attempt_at,
            outbox_recipients::done_at,
        ))
        .load(connection)?;
    let status = |(recipient, message, channel, address, original, state, attempt, reply, next_at, done_at): Row| {
        // of a state that a later version knows: somebody has to look
        let state = State::by_name(&state).unwrap_or(State::Unknown);
        Status {
            recipient,
            message,
            channel,
            address: original.unwrap_or(address),
            state,
            attempt,
            reply,
            next_at: matches!(state, State::Queued | State::Retry).then_some(next_at),
            done_at,
        }
    };
    Ok(rows.into_iter().map(status).collect())
}

/// The messages of these recipients, each once.
pub fn messages_of(connection: &mut PgConnection, recipients: &[i64]) -> Result<Vec<Uuid>> {
    Ok(outbox_recipients::table
        .filter(outbox_recipients::id.eq_any(recipients))
        .select(outbox_recipients::message_id)
        .distinct()
        .load(connection)?)
}

/// Recipients with how far they are, as they are printed.
#[derive(Clone, Debug)]
pub struct StatusList {
    /// The recipients.
    pub rows: Vec<Status>,
    /// The zone of the printed instants.
    pub zone: Tz,
    /// In whose words the states are.
    pub wording: Wording,
}

impl Output for StatusList {
    fn title(&self) -> &str {
        "Versandstatus"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("number", "Nr."),
            column("address", "An"),
            column("state", "Versandstatus"),
            column("attempts", "Versuche"),
            column("next_attempt_at", "Nächster Versuch").optional(),
            column("last_reply", "Letzte Antwort"),
            column("done_at", "Erledigt").optional(),
        ]);
        for row in &self.rows {
            table.push(vec![
                Cell::Int(row.recipient),
                Cell::Text(row.address.clone()),
                Cell::Text(STATES.said(row.state.as_str(), self.wording).into_owned()),
                Cell::Int(i64::from(row.attempt)),
                Cell::instant(row.next_at, self.zone),
                Cell::text(row.reply.clone()),
                Cell::instant(row.done_at, self.zone),
            ]);
        }
        table
    }
}
