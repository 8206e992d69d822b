//! What waits in the queue, for `mail flush --dry-run`.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;
use diesel::dsl::now;
use diesel::prelude::*;

use crate::db;
use crate::db::schema::{outbox_messages, outbox_recipients};
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};

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
            column("queued_at", "Eingestellt"),
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
