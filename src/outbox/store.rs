//! The queue's SQL: claim, renew, acknowledge, rescue. Every write is fenced by the attempt's number.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{now, sql};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Interval, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::Class;
use super::guard::{self, Guard};
use crate::db;
use crate::db::schema::{outbox_messages, outbox_recipients};
use crate::error::Result;
use crate::failpoint;

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
    /// The database's clock when this was loaded.
    #[diesel(sql_type = Timestamptz)]
    pub loaded_at: DateTime<Utc>,
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

/// Claims up to `limit` recipients that are due (and the other due recipients of the same messages), in queue order; none at
/// all where the guard holds them.
pub(super) fn claim(
    connection: &mut PgConnection,
    limit: i64,
    lease: TimeDelta,
    only_redirected: bool,
) -> Result<(Guard, Vec<Claimed>)> {
    let (guard, mut claimed) = db::transaction(connection, |connection| {
        let guard = guard::state(connection)?;
        if guard != Guard::Open {
            return Ok((guard, Vec::new()));
        }
        let claimed: Vec<Claimed> = diesel::sql_query(include_str!("claim.sql"))
            .bind::<BigInt, _>(limit)
            .bind::<BigInt, _>(lease.num_seconds())
            .bind::<Bool, _>(only_redirected)
            .load(connection)?;
        Ok((guard, claimed))
    })?;
    claimed.sort_by_key(|recipient| recipient.id);
    Ok((guard, claimed))
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

/// Extends the leases; returns the recipients that are still ours.
pub(super) fn renew<'c>(
    connection: &mut PgConnection,
    claimed: impl Iterator<Item = &'c Claimed>,
    lease: TimeDelta,
) -> Result<HashSet<i64>> {
    #[derive(QueryableByName)]
    struct Ours {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let (ids, attempts): (Vec<i64>, Vec<i32>) = claimed.map(|claimed| (claimed.id, claimed.attempt)).unzip();
    let ours: Vec<Ours> = db::transaction(connection, |connection| {
        Ok(diesel::sql_query(
            "UPDATE wvl.outbox_recipients r SET leased_until = now() + $3 * interval '1 second'
             FROM unnest($1, $2) AS claim (id, attempt)
             WHERE r.id = claim.id AND r.attempt = claim.attempt AND r.state = 'sending'
             RETURNING r.id",
        )
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Integer>, _>(attempts)
        .bind::<BigInt, _>(lease.num_seconds())
        .load(connection)?)
    })?;
    Ok(ours.into_iter().map(|row| row.id).collect())
}

/// Commits the outcome of one recipient and tells the database's clock; none if the claim was no longer ours, and then
/// nothing changed.
pub(super) fn acknowledge(
    connection: &mut PgConnection,
    claimed: &Claimed,
    outcome: Outcome,
    reply: &str,
) -> Result<Option<DateTime<Utc>>> {
    let common = (
        outbox_recipients::state.eq(outcome.state()),
        outbox_recipients::leased_until.eq(None::<DateTime<Utc>>),
        outbox_recipients::last_reply.eq(reply),
    );
    let clock = now.into_sql::<Timestamptz>();
    // what has happened is noted, also when the schema was made newer meanwhile; the next claim sees that
    db::transaction_on_any_schema(connection, |connection| {
        let at = match outcome {
            Outcome::Retry { wait } => diesel::update(ours(claimed))
                .set((
                    common,
                    outbox_recipients::next_attempt_at.eq(sql::<Timestamptz>("now() + ").bind::<Interval, _>(wait)),
                ))
                .returning(clock)
                .get_result(connection),
            Outcome::Held => diesel::update(ours(claimed)).set(common).returning(clock).get_result(connection),
            Outcome::Sent | Outcome::Failed | Outcome::Unknown => diesel::update(ours(claimed))
                .set((common, outbox_recipients::done_at.eq(clock.nullable())))
                .returning(clock)
                .get_result(connection),
        };
        let at = at.optional()?;
        failpoint::pass("before-acknowledgement");
        Ok(at)
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
