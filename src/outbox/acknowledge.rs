//! Commits what became of a recipient: one statement, fenced by the attempt's number.
//!
//! Each is a transaction by itself ([`db::at_once`]), because five round trips around it would cost half of all speed. So
//! what a transaction of ours sets at its beginning stands in its condition: nothing counts as noted before it is on the disk,
//! whatever the role's default, and a lock of somebody else is waited for half a minute.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::now;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Integer, Interval, Text, Timestamptz};

use super::reply::MAX_CHARACTERS;
use super::session::Session;
use super::state::State;
use super::store::Claimed;
use crate::db;
use crate::db::schema::outbox_recipients;
use crate::error::Result;
use crate::failpoint;

#[diesel::declare_sql_function]
extern "SQL" {
    #[sql_name = "pg_catalog.set_config"]
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
    #[sql_name = "pg_catalog.timestamptz_pl_interval"]
    fn later(instant: Timestamptz, wait: Interval) -> Timestamptz;
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
    /// The state that it leads to.
    pub fn state(self) -> State {
        match self {
            Outcome::Sent => State::Sent,
            Outcome::Retry { .. } => State::Retry,
            Outcome::Failed => State::Failed,
            Outcome::Unknown => State::Unknown,
            Outcome::Held => State::Held,
        }
    }
}

/// What became of one recipient, and what the other side said.
#[derive(Clone, Debug)]
pub(super) struct Verdict<'c> {
    pub claimed: &'c Claimed,
    pub outcome: Outcome,
    pub reply: String,
    /// It was tried, and its sender has lived to say so: what others died with was not this mail.
    pub survived: bool,
}

/// Commits the verdicts, all of them or none, and returns the recipients that were ours: of the others nothing changed.
/// `may_go_on` is asked while the database stays away.
pub(super) fn acknowledge(
    session: &mut Session<'_>,
    verdicts: &[Verdict<'_>],
    may_go_on: &dyn Fn() -> bool,
) -> Result<HashSet<i64>> {
    failpoint::pass("before-acknowledgement");
    let noted = session.insist_while(may_go_on, |connection, again| {
        let mut noted: HashSet<i64> = match verdicts {
            [] => HashSet::new(),
            [one] => {
                let rows = db::at_once(connection, |connection| note_one(connection, one))?;
                if rows == 1 { HashSet::from([one.claimed.id]) } else { HashSet::new() }
            }
            several => db::at_once(connection, |connection| note_several(connection, several))?.into_iter().collect(),
        };
        if again && noted.len() < verdicts.len() {
            // the try whose answer was lost may have done it
            for verdict in verdicts.iter().filter(|verdict| stands_so(connection, verdict).unwrap_or(false)) {
                noted.insert(verdict.claimed.id);
            }
        }
        Ok(noted)
    })?;
    failpoint::pass("after-acknowledgement");
    Ok(noted)
}

fn note_one(connection: &mut PgConnection, verdict: &Verdict<'_>) -> QueryResult<usize> {
    let row = outbox_recipients::table
        .filter(outbox_recipients::id.eq(verdict.claimed.id))
        .filter(outbox_recipients::attempt.eq(verdict.claimed.attempt))
        .filter(outbox_recipients::state.eq(State::Sending.as_str()))
        .filter(set_config("synchronous_commit", "on", true).eq("on"))
        .filter(set_config("lock_timeout", "30s", true).eq("30s"));
    let common = (
        outbox_recipients::state.eq(verdict.outcome.state().as_str()),
        outbox_recipients::leased_until.eq(None::<DateTime<Utc>>),
        outbox_recipients::last_reply.eq(cut(&verdict.reply)),
    );
    let clock = now.into_sql::<Timestamptz>();
    match verdict.outcome {
        // alone, so that the usual statement stays the same
        Outcome::Retry { wait } if verdict.survived && verdict.claimed.strikes > 0 => diesel::update(row)
            .set((common, outbox_recipients::next_attempt_at.eq(later(clock, wait)), outbox_recipients::strikes.eq(0)))
            .execute(connection),
        Outcome::Retry { wait } => diesel::update(row)
            .set((common, outbox_recipients::next_attempt_at.eq(later(clock, wait))))
            .execute(connection),
        Outcome::Held => diesel::update(row).set(common).execute(connection),
        Outcome::Sent | Outcome::Failed | Outcome::Unknown => Settled(verdict).execute(connection),
    }
}

/// How most claims end, as a statement that stays prepared: diesel keeps none of its own updates, because it cannot know that
/// they set the same columns each time, and to parse and plan one costs the server as much as to carry it out.
struct Settled<'v>(&'v Verdict<'v>);

impl QueryId for Settled<'_> {
    type QueryId = Settled<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Settled<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE wvl.outbox_recipients SET leased_until = NULL, done_at = CURRENT_TIMESTAMP, last_reply = ",
        );
        out.push_bind_param::<Text, _>(cut(&self.0.reply))?;
        out.push_sql(", state = ");
        out.push_bind_param::<Text, _>(self.0.outcome.state().as_str())?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<BigInt, _>(&self.0.claimed.id)?;
        out.push_sql(" AND attempt = ");
        out.push_bind_param::<Integer, _>(&self.0.claimed.attempt)?;
        out.push_sql(
            " AND state = 'sending' AND pg_catalog.set_config('synchronous_commit', 'on', true) = 'on' \
             AND pg_catalog.set_config('lock_timeout', '30s', true) = '30s'",
        );
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for Settled<'_> {}

/// As much of an answer as the row has room for: a long one must not keep its outcome from being noted.
fn cut(reply: &str) -> &str {
    reply.char_indices().nth(MAX_CHARACTERS).map_or(reply, |(end, _)| &reply[..end])
}

#[derive(QueryableByName)]
struct Noted {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

fn note_several(connection: &mut PgConnection, verdicts: &[Verdict<'_>]) -> QueryResult<Vec<i64>> {
    let (mut ids, mut attempts, mut states, mut replies, mut waits) = (vec![], vec![], vec![], vec![], vec![]);
    let mut survived = vec![];
    for verdict in verdicts {
        ids.push(verdict.claimed.id);
        attempts.push(verdict.claimed.attempt);
        states.push(verdict.outcome.state().as_str());
        replies.push(cut(&verdict.reply));
        waits.push(match verdict.outcome {
            Outcome::Retry { wait } => wait.num_seconds(),
            _ => 0,
        });
        survived.push(verdict.survived);
    }
    let noted: Vec<Noted> = diesel::sql_query(include_str!("acknowledge.sql"))
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Integer>, _>(attempts)
        .bind::<Array<Text>, _>(states)
        .bind::<Array<Text>, _>(replies)
        .bind::<Array<BigInt>, _>(waits)
        .bind::<Array<Bool>, _>(survived)
        .load(connection)?;
    Ok(noted.into_iter().map(|row| row.id).collect())
}

/// Whether the row is as this verdict leaves it.
fn stands_so(connection: &mut PgConnection, verdict: &Verdict<'_>) -> Result<bool> {
    db::at_once(connection, |connection| {
        diesel::select(diesel::dsl::exists(
            outbox_recipients::table
                .filter(outbox_recipients::id.eq(verdict.claimed.id))
                .filter(outbox_recipients::attempt.eq(verdict.claimed.attempt))
                .filter(outbox_recipients::state.eq(verdict.outcome.state().as_str())),
        ))
        .get_result(connection)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statements that are transactions by themselves; the one above says the same in diesel's words.
    #[test]
    fn each_brings_what_a_transaction_of_ours_would_set() {
        for text in [include_str!("acknowledge.sql"), include_str!("keep.sql"), include_str!("rescue.rs")] {
            assert!(text.contains("set_config('synchronous_commit', 'on', true) = 'on'"), "{text}");
            assert!(text.contains("set_config('lock_timeout', '"), "{text}");
        }
    }

    #[test]
    fn an_answer_is_cut_between_characters() {
        assert_eq!(cut("550 no"), "550 no");
        let long = "ä".repeat(MAX_CHARACTERS + 1);
        assert_eq!(cut(&long).chars().count(), MAX_CHARACTERS);
    }
}
