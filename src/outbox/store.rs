//! What a sender takes out of the queue: claims, and the bytes of messages. How claims end: `acknowledge.rs`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::Class;
use super::brake;
use super::guard::{self, Guard};
use super::session::Session;
use crate::db;
use crate::db::schema::outbox_messages;
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
    /// The attempt that may have arrived.
    #[diesel(sql_type = Nullable<Integer>)]
    pub offered_attempt: Option<i32>,
    /// How many senders have died with it.
    #[diesel(sql_type = SmallInt)]
    pub strikes: i16,
    /// Mail to somebody outside: whose mails of an hour are counted.
    #[diesel(sql_type = Nullable<Text>)]
    pub brake_key: Option<String>,
    /// Its place in the queue, with `id`.
    #[diesel(sql_type = Timestamptz)]
    pub next_attempt_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub class: String,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub envelope_from: String,
    #[diesel(sql_type = Binary)]
    pub sha256: Vec<u8>,
    /// How long the message is; none: its bytes were deleted.
    #[diesel(sql_type = Nullable<Integer>)]
    pub bytes: Option<i32>,
    #[diesel(sql_type = Timestamptz)]
    pub queued_at: DateTime<Utc>,
    /// How long it has been deliverable.
    #[diesel(sql_type = BigInt)]
    pub age_seconds: i64,
    #[diesel(sql_type = Bool)]
    pub expired: bool,
    /// Claimed with another recipient of its message, whatever its own place.
    #[diesel(sql_type = Bool)]
    pub came_along: bool,
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

    /// Its place in the queue.
    pub fn place(&self) -> Place {
        (self.next_attempt_at, self.id)
    }
}

#[cfg(test)]
impl Claimed {
    /// A recipient of this class in its first attempt.
    pub fn for_tests(class: Class) -> Claimed {
        Claimed {
            id: 1,
            message_id: Uuid::nil(),
            address: "a@x".to_owned(),
            original_address: None,
            attempt: 1,
            offered_attempt: None,
            strikes: 0,
            brake_key: None,
            next_attempt_at: DateTime::UNIX_EPOCH,
            class: class.as_str().to_owned(),
            kind: "escalation".to_owned(),
            subject: "AN-1".to_owned(),
            envelope_from: "wvl@firma.example".to_owned(),
            sha256: Vec::new(),
            bytes: Some(1),
            queued_at: DateTime::UNIX_EPOCH,
            age_seconds: 0,
            expired: false,
            came_along: false,
        }
    }
}

/// A place in the queue: instant of the next attempt and number of the row.
pub(super) type Place = (DateTime<Utc>, i64);

/// Before everything in the queue.
pub(super) const FRONT: Place = (DateTime::UNIX_EPOCH, 0);

/// What is wanted of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'w> {
    pub channel: &'w str,
    pub sender: &'w str,
    pub limit: i64,
    pub lease_seconds: i64,
    /// Only what was redirected when it was queued.
    pub only_redirected: bool,
    pub behind: Place,
    /// Those with whom a sender has died, else only the others.
    pub struck: bool,
    /// Only this message.
    pub message: Option<Uuid>,
    /// What an address outside may get; 0: no limit.
    pub max_per_hour: u32,
}

/// What a claim brought.
#[derive(Debug, Default)]
pub(super) struct Claim {
    /// Whether mails may leave at all.
    pub guard: Guard,
    /// In the order in which they were queued.
    pub claimed: Vec<Claimed>,
    /// Taken out of the queue, because their addresses got too much.
    pub braked: Vec<Claimed>,
}

/// Claims up to so many recipients that are due (and the other due recipients of the same messages), in queue order; none at
/// all where the guard holds them.
pub(super) fn claim(connection: &mut PgConnection, wanted: Wanted<'_>) -> Result<Claim> {
    db::transaction(connection, |connection| {
        let guard = guard::state(connection)?;
        if guard != Guard::Open {
            return Ok(Claim { guard, ..Claim::default() });
        }
        let mut claimed: Vec<Claimed> = diesel::sql_query(include_str!("claim.sql"))
            .bind::<BigInt, _>(wanted.limit)
            .bind::<BigInt, _>(wanted.lease_seconds)
            .bind::<Bool, _>(wanted.only_redirected)
            .bind::<Text, _>(wanted.channel)
            .bind::<Text, _>(wanted.sender)
            .bind::<Timestamptz, _>(wanted.behind.0)
            .bind::<BigInt, _>(wanted.behind.1)
            .bind::<Bool, _>(wanted.struck)
            .bind::<Nullable<SqlUuid>, _>(wanted.message)
            .load(connection)?;
        claimed.sort_by_key(|recipient| recipient.id);
        let braked = brake::hold_what_is_too_much(connection, &mut claimed, wanted.max_per_hour)?;
        failpoint::pass("claimed-not-committed");
        Ok(Claim { guard, claimed, braked })
    })
}

/// The stored bytes of these messages; a message whose bytes were deleted is missing.
pub(super) fn load_bytes(session: &mut Session<'_>, messages: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>> {
    session.insist(|connection, _| {
        db::at_once(connection, |connection| {
            outbox_messages::table
                .filter(outbox_messages::id.eq_any(messages))
                .filter(outbox_messages::raw.is_not_null())
                .select((outbox_messages::id, outbox_messages::raw.assume_not_null()))
                .load(connection)
        })
    })
}
