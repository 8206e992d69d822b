//! What people decide about single recipients: try again, give up, it has arrived.
//!
//! Each decision holds only while the recipient stands as it did when it was looked at: it is locked until the decision is
//! committed. The attempt's number never falls, so that a sender who wakes up late changes nothing.

use std::collections::BTreeSet;

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

use super::queue::Named;
use super::state::State;
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// What somebody has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try it again at once, for another five days.
    Retry,
    /// Do not send it.
    Discard,
    /// Of an unknown one: it has arrived.
    Arrived,
    /// Of an unknown one: send it once more.
    Again,
}

/// How a recipient stands, as far as a decision depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    state: State,
    /// A sender has it, and its lease has not ended.
    is_leased: bool,
    has_bytes: bool,
    is_expired: bool,
}

impl Decision {
    /// Why it cannot be decided so.
    fn judge(self, standing: Standing) -> Result<(), &'static str> {
        match (self, standing.state) {
            (_, State::Sending) if standing.is_leased => Err("is being sent just now"),
            (Decision::Discard, State::Sending) => Ok(()),
            (_, State::Sending) => Err("was being sent when its sender died; the next wvl mail flush sees to it"),
            (_, State::Sent) => Err("was delivered"),
            (_, State::Discarded) => Err("was discarded"),
            (Decision::Retry, State::Queued) => Err("waits and was not tried yet"),
            (Decision::Retry, State::Unknown) => {
                Err("may have arrived: wvl mail resolve NUMBER --again sends it once more")
            }
            (Decision::Arrived | Decision::Again, state) if state != State::Unknown => {
                Err("is not unresolved; wvl mail queue retry or discard decides about it")
            }
            (Decision::Retry | Decision::Again, _) if !standing.has_bytes => {
                Err("cannot be sent again: its text was deleted after keep_bodies_days")
            }
            (Decision::Retry | Decision::Again, _) if standing.is_expired => {
                Err("cannot be sent again: it was only of use until its expires_at")
            }
            _ => Ok(()),
        }
    }

    /// The columns it changes; `$1` is the reason that was given. What is noted stands in the place of the server's answer.
    fn changes(self) -> &'static str {
        match self {
            // what was answered last is still what is known
            Decision::Retry => {
                "state = 'retry', next_attempt_at = now(), tried_since = now(), strikes = 0, done_at = NULL, \
                 last_reply = coalesce(last_reply, $1)"
            }
            Decision::Again => {
                "state = 'retry', next_attempt_at = now(), tried_since = now(), strikes = 0, done_at = NULL, \
                 last_reply = left(concat_ws(': ', current_user || ' says send it again', $1, last_reply), 500)"
            }
            Decision::Discard => {
                "state = 'discarded', leased_until = NULL, done_at = now(), \
                 last_reply = left(concat_ws(': ', 'discarded by ' || current_user, $1, last_reply), 500)"
            }
            Decision::Arrived => {
                "state = 'sent', done_at = now(), \
                 last_reply = left(concat_ws(': ', current_user || ' says that it has arrived', $1, last_reply), 500)"
            }
        }
    }
}

/// What became of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Recipients it holds for now.
    pub changed: Vec<i64>,
    /// Those that stand otherwise, with the reason.
    pub refused: Vec<(i64, &'static str)>,
}

impl Decided {
    /// Refuses the whole where somebody was named that it cannot hold for: nothing is done then. Of a message that was named
    /// those are meant that it can hold for.
    ///
    /// Errors: of kind `Failed`, naming each.
    pub fn or_nothing(self, named: &[Named]) -> Result<Decided> {
        let refused = |id: &i64| self.refused.iter().any(|(other, _)| other == id);
        let is_wrong = |named: &&Named| match named.is_message {
            true => named.recipients.iter().all(refused),
            false => named.recipients.iter().any(refused),
        };
        let wrong: BTreeSet<i64> = named.iter().filter(is_wrong).flat_map(|named| &named.recipients).copied().collect();
        if wrong.is_empty() {
            return Ok(Decided { refused: Vec::new(), ..self });
        }
        let told = self.refused.iter().filter(|(id, _)| wrong.contains(id));
        let told: Vec<String> = told.map(|(id, reason)| format!("recipient {id} {reason}")).collect();
        Err(Error::new(Kind::Failed, format!("nothing was changed: {}", told.join("; ")))
            .hint("wvl mail queue show NUMBER shows how it stands"))
    }
}

/// What a decision would come to as they stand now.
pub fn look(connection: &mut PgConnection, recipients: &[i64], decision: Decision) -> Result<Decided> {
    Ok(judge(standings(connection, recipients, "")?, decision))
}

fn judge(standings: Vec<(i64, Standing)>, decision: Decision) -> Decided {
    let mut decided = Decided::default();
    for (id, standing) in standings {
        match decision.judge(standing) {
            Ok(()) => decided.changed.push(id),
            Err(reason) => decided.refused.push((id, reason)),
        }
    }
    decided
}

/// Decides about these recipients, in the caller's transaction. `reason` is what somebody gave for it.
///
/// Errors: of kind `Forbidden` for who may not write the queue.
pub fn decide(
    connection: &mut PgConnection,
    recipients: &[i64],
    decision: Decision,
    reason: Option<&str>,
) -> Result<Decided> {
    let decided = judge(standings(connection, recipients, "FOR UPDATE OF r FOR KEY SHARE OF m")?, decision);
    // the fence: locked above, and told once more to whoever reads the statement
    diesel::sql_query(format!(
        "UPDATE wvl.outbox_recipients SET {} WHERE id = ANY ($2) AND state NOT IN ('sent', 'discarded')",
        decision.changes()
    ))
    .bind::<Nullable<Text>, _>(reason)
    .bind::<Array<BigInt>, _>(&decided.changed)
    .execute(connection)?;
    failpoint::pass("resolved");
    Ok(decided)
}

/// How they stand, by the order of their numbers; `lock` is the clause that keeps them so.
fn standings(connection: &mut PgConnection, recipients: &[i64], lock: &str) -> Result<Vec<(i64, Standing)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Text)]
        state: String,
        #[diesel(sql_type = Bool)]
        is_leased: bool,
        #[diesel(sql_type = Bool)]
        has_bytes: bool,
        #[diesel(sql_type = Bool)]
        is_expired: bool,
    }
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT r.id, r.state, coalesce(r.leased_until > now(), false) AS is_leased, m.raw IS NOT NULL AS has_bytes, \
                coalesce(m.expires_at <= now(), false) AS is_expired \
         FROM wvl.outbox_recipients r JOIN wvl.outbox_messages m ON m.id = r.message_id \
         WHERE r.id = ANY ($1) ORDER BY r.id {lock}",
    ))
    .bind::<Array<BigInt>, _>(recipients)
    .load(connection)?;
    let standing = |row: Row| {
        let state = State::by_name(&row.state).unwrap_or(State::Sending);
        let (is_leased, has_bytes, is_expired) = (row.is_leased, row.has_bytes, row.is_expired);
        (row.id, Standing { state, is_leased, has_bytes, is_expired })
    };
    Ok(rows.into_iter().map(standing).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(decision: Decision, is_leased: bool) -> Vec<&'static str> {
        let standing = |state| Standing { state, is_leased, has_bytes: true, is_expired: false };
        let states = State::ALL.into_iter().filter(|state| decision.judge(standing(*state)).is_ok());
        states.map(State::as_str).collect()
    }

    #[test]
    fn each_decision_is_about_some_states() {
        for is_leased in [true, false] {
            assert_eq!(allowed(Decision::Retry, is_leased), ["retry", "held", "failed"]);
            assert_eq!(allowed(Decision::Arrived, is_leased), ["unknown"]);
            assert_eq!(allowed(Decision::Again, is_leased), ["unknown"]);
        }
        assert_eq!(allowed(Decision::Discard, true), ["queued", "retry", "held", "unknown", "failed"]);
        assert_eq!(allowed(Decision::Discard, false), ["queued", "sending", "retry", "held", "unknown", "failed"]);
    }

    #[test]
    fn what_cannot_be_sent_any_more_can_only_be_given_up() {
        let gone = Standing { state: State::Unknown, is_leased: false, has_bytes: false, is_expired: false };
        let late = Standing { has_bytes: true, is_expired: true, ..gone };
        for standing in [gone, late] {
            assert!(Decision::Again.judge(standing).is_err());
            assert!(Decision::Retry.judge(Standing { state: State::Failed, ..standing }).is_err());
            assert!(Decision::Arrived.judge(standing).is_ok() && Decision::Discard.judge(standing).is_ok());
        }
    }
}
