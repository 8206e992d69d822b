//! Takes over what senders held that died: row by row, so that one that cannot be written keeps no other.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};

use super::acknowledge::Outcome;
use super::report::FlushReport;
use super::session::Session;
use super::store::{Claimed, FRONT, Place};
use crate::db;
use crate::error::Result;
use crate::failpoint;

/// Rows looked at in one go.
const PAGE: i64 = 500;

/// A mail with which so many senders have died is not given to another one.
const MOST_STRIKES: i16 = 3;

/// Puts back what has no living sender any more. What may have arrived and must not go out twice becomes unknown; what has
/// killed its senders is held. Both are named in the report.
///
/// Errors: the connection was lost. A row that cannot be written is a trouble of the report.
pub(super) fn rescue(session: &mut Session<'_>, report: &mut FlushReport) -> Result<()> {
    let mut behind = FRONT;
    loop {
        let page = session.insist(|connection, _| expired_leases(connection, behind))?;
        let Some(last) = page.last() else { return Ok(()) };
        behind = last.place();
        for claimed in &page {
            let (outcome, reply) = fate(claimed);
            let written = db::at_once(session.connection, |connection| take_over(connection, claimed, outcome, reply));
            failpoint::pass("rescued");
            match written {
                // its sender lives after all, or another one was faster
                Ok(0) => {}
                Ok(_) if matches!(outcome, Outcome::Retry { .. }) => report.rescued += 1,
                Ok(_) => report.count(claimed, outcome, reply),
                Err(error) if is_gone(session.connection) => return Err(error),
                Err(error) => report.count_stuck(claimed, &error.full_message()),
            }
        }
    }
}

/// Whether nothing can be asked any more: then it was not the row.
fn is_gone(connection: &mut PgConnection) -> bool {
    diesel::select(diesel::dsl::sql::<Integer>("1")).get_result::<i32>(connection).is_err()
}

/// What becomes of a recipient whose sender died. Nobody knows how far it came: of customer mail only that the last line was
/// about to be sent.
fn fate(claimed: &Claimed) -> (Outcome, &'static str) {
    if !claimed.class().may_repeat() && claimed.offered_attempt == Some(claimed.attempt) {
        (Outcome::Unknown, "the sender died while it handed the mail over")
    } else if claimed.strikes + 1 >= MOST_STRIKES {
        (Outcome::Held, "three senders died while they had it; look at the mail before it is tried again")
    } else {
        (Outcome::Retry { wait: chrono::TimeDelta::zero() }, "the sender died before it noted an answer")
    }
}

fn expired_leases(connection: &mut PgConnection, behind: Place) -> Result<Vec<Claimed>> {
    db::at_once(connection, |connection| {
        diesel::sql_query(include_str!("expired_leases.sql"))
            .bind::<Timestamptz, _>(behind.0)
            .bind::<BigInt, _>(behind.1)
            .bind::<BigInt, _>(PAGE)
            .load(connection)
    })
}

/// One statement that is a transaction by itself; the lease is looked at once more, it may have been renewed.
fn take_over(connection: &mut PgConnection, claimed: &Claimed, outcome: Outcome, reply: &str) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE wvl.outbox_recipients \
         SET state = $3, leased_until = NULL, last_reply = $4, strikes = strikes + 1, next_attempt_at = pg_catalog.now(), \
             done_at = CASE WHEN $3 = 'unknown' THEN pg_catalog.now() END \
         WHERE id = $1 AND attempt = $2 AND state = 'sending' AND leased_until < pg_catalog.now() \
             AND pg_catalog.set_config('synchronous_commit', 'on', true) = 'on' \
             AND pg_catalog.set_config('lock_timeout', '5s', true) = '5s'",
    )
    .bind::<BigInt, _>(claimed.id)
    .bind::<Integer, _>(claimed.attempt)
    .bind::<Text, _>(outcome.state().as_str())
    .bind::<Text, _>(reply)
    .execute(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Class;

    #[test]
    fn what_may_have_arrived_twice_is_asked_about_and_what_kills_is_held() {
        let outcome = |claimed: Claimed| fate(&claimed).0;
        let again = Outcome::Retry { wait: chrono::TimeDelta::zero() };
        let of = |class, offered_attempt, strikes| Claimed {
            attempt: 4,
            offered_attempt,
            strikes,
            ..Claimed::for_tests(class)
        };
        for class in [Class::Internal, Class::Receipt] {
            assert_eq!(outcome(of(class, Some(4), 1)), again);
            assert_eq!(outcome(of(class, None, 2)), Outcome::Held);
        }
        assert_eq!(outcome(of(Class::Customer, None, 0)), again);
        assert_eq!(outcome(of(Class::Customer, Some(3), 0)), again, "an earlier attempt was answered");
        assert_eq!(outcome(of(Class::Customer, Some(4), 0)), Outcome::Unknown);
        assert_eq!(outcome(of(Class::Customer, Some(4), 2)), Outcome::Unknown, "first of all somebody has to ask");
        assert_eq!(outcome(of(Class::Customer, Some(3), 2)), Outcome::Held);
    }
}
