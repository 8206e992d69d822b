//! The queue's SQL: claim, renew, acknowledge, rescue. Every write is fenced by the attempt's number.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{now, sql};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Interval, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::Class;
use crate::db;
use crate::db::schema::{outbox_messages, outbox_recipients};
use crate::error::Result;

/// A recipient that this process may deliver until its lease ends.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Claimed {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = SqlUuid)]
    pub message_id: Uuid,
    #[diesel(sql_type = Text)]
    pub address: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub original_address: Option<String>,
    #[diesel(sql_type = Integer)]
    pub attempt: i32,
    #[diesel(sql_type = Text)]
    pub class: String,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub envelope_from: String,
    #[diesel(sql_type = Timestamptz)]
    pub queued_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    age_seconds: i64,
    #[diesel(sql_type = Bool)]
    pub expired: bool,
}

impl Claimed {
    /// How long the recipient has been deliverable.
    pub fn age(&self) -> TimeDelta {
        TimeDelta::try_seconds(self.age_seconds).unwrap_or(TimeDelta::MAX)
    }

    /// The message's class.
    pub fn class(&self) -> Class {
        Class::by_name(&self.class)
    }
}

/// How a claim ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    Retry { wait: TimeDelta },
    Failed,
    Unknown,
    Held,
}

impl Outcome {
    fn state(self) -> &'static str {
        match self {
            Outcome::Sent => "sent",
            Outcome::Retry { .. } => "retry",
            Outcome::Failed => "failed",
            Outcome::Unknown => "unknown",
            Outcome::Held => "held",
        }
    }
}

/// Claims up to `limit` recipients that are due (and the other due recipients of the same messages), in queue order.
pub(super) fn claim(
    connection: &mut PgConnection,
    limit: i64,
    lease: TimeDelta,
    only_redirected: bool,
) -> Result<Vec<Claimed>> {
    let mut claimed: Vec<Claimed> = db::transaction(connection, |connection| {
        Ok(diesel::sql_query(include_str!("claim.sql"))
            .bind::<BigInt, _>(limit)
            .bind::<BigInt, _>(lease.num_seconds())
            .bind::<Bool, _>(only_redirected)
            .load(connection)?)
    })?;
    claimed.sort_by_key(|recipient| recipient.id);
    Ok(claimed)
}

/// The stored bytes of these messages; a message whose bytes were deleted is missing.
pub(super) fn load_bytes(connection: &mut PgConnection, messages: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>> {
    db::transaction(connection, |connection| {
        Ok(outbox_messages::table
            .filter(outbox_messages::id.eq_any(messages))
            .filter(outbox_messages::raw.is_not_null())
            .select((outbox_messages::id, outbox_messages::raw.assume_not_null()))
            .load(connection)?)
    })
}

/// Extends the lease; false if somebody else has taken the recipient over.
pub(super) fn renew(connection: &mut PgConnection, claimed: &Claimed, lease: TimeDelta) -> Result<bool> {
    db::transaction(connection, |connection| {
        let rows = diesel::update(ours(claimed)).set(
            outbox_recipients::leased_until.eq(sql::<Timestamptz>("now() + ").bind::<Interval, _>(lease).nullable()),
        );
        Ok(rows.execute(connection)? == 1)
    })
}

/// Commits the outcome of one recipient; false if the claim was no longer ours, and then nothing changed.
pub(super) fn acknowledge(
    connection: &mut PgConnection,
    claimed: &Claimed,
    outcome: Outcome,
    reply: &str,
) -> Result<bool> {
    let common = (
        outbox_recipients::state.eq(outcome.state()),
        outbox_recipients::leased_until.eq(None::<DateTime<Utc>>),
        outbox_recipients::last_reply.eq(reply),
    );
    db::transaction(connection, |connection| {
        let rows = match outcome {
            Outcome::Retry { wait } => diesel::update(ours(claimed))
                .set((
                    common,
                    outbox_recipients::next_attempt_at.eq(sql::<Timestamptz>("now() + ").bind::<Interval, _>(wait)),
                ))
                .execute(connection)?,
            Outcome::Held => diesel::update(ours(claimed)).set(common).execute(connection)?,
            Outcome::Sent | Outcome::Failed | Outcome::Unknown => diesel::update(ours(claimed))
                .set((common, outbox_recipients::done_at.eq(now.into_sql::<Timestamptz>().nullable())))
                .execute(connection)?,
        };
        Ok(rows == 1)
    })
}

/// Claims whose lease has ended; at most a thousand, the next flush goes on.
pub(super) fn expired_leases(connection: &mut PgConnection) -> Result<Vec<Claimed>> {
    db::transaction(
        connection,
        |connection| Ok(diesel::sql_query(include_str!("expired_leases.sql")).load(connection)?),
    )
}

/// The fence: a later attempt, or one that was rescued, is not ours.
#[diesel::dsl::auto_type(no_type_alias)]
fn ours<'c>(claimed: &'c Claimed) -> _ {
    let id: i64 = claimed.id;
    let attempt: i32 = claimed.attempt;
    outbox_recipients::table
        .filter(outbox_recipients::id.eq(id))
        .filter(outbox_recipients::attempt.eq(attempt))
        .filter(outbox_recipients::state.eq("sending"))
}
