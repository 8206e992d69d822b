//! The pace of a server that takes only so many messages a minute, from all senders on all hosts together: each takes the next
//! free instant for its one message. Senders that have waited get no burst for it, servers that count minutes would refuse it.

use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Double, Text};

use crate::db;
use crate::error::Result;

/// A sender whose turn comes later than this ends: others are at work at the same pace.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// For so long a sender claims, and no other one can have it meanwhile.
const CLAIMED_AHEAD: Duration = Duration::from_secs(30);

#[derive(QueryableByName)]
struct Wait {
    #[diesel(sql_type = Double)]
    seconds: f64,
}

impl From<Wait> for Duration {
    fn from(wait: Wait) -> Duration {
        Duration::try_from_secs_f64(wait.seconds).unwrap_or_default()
    }
}

/// Takes the next instant at which this server may get a message, and says how long it is until then.
pub(super) fn wait_for(connection: &mut PgConnection, host: &str, max_per_minute: u32) -> Result<Duration> {
    // the condition comes before the row is locked: whoever keeps it shall not keep us
    let wait: Wait = db::at_once(connection, |connection| {
        diesel::sql_query(
            "INSERT INTO wvl.outbox_hosts AS h (host, next_at) SELECT $1, pg_catalog.now() + $2 * interval '1 second' \
             WHERE pg_catalog.set_config('lock_timeout', '30s', true) = '30s' \
             ON CONFLICT (host) DO UPDATE \
             SET next_at = greatest(h.next_at, pg_catalog.now()) + $2 * interval '1 second' \
             RETURNING extract(epoch FROM h.next_at - pg_catalog.now())::double precision - $2 AS seconds",
        )
        .bind::<Text, _>(host)
        .bind::<Double, _>(slot(max_per_minute).as_secs_f64())
        .get_result(connection)
    })?;
    Ok(wait.into())
}

/// How long it would be; nothing is taken.
pub(super) fn next_wait(connection: &mut PgConnection, host: &str) -> Result<Duration> {
    let wait: Option<Wait> = db::at_once(connection, |connection| {
        diesel::sql_query(
            "SELECT extract(epoch FROM next_at - pg_catalog.now())::double precision AS seconds \
             FROM wvl.outbox_hosts WHERE host = $1",
        )
        .bind::<Text, _>(host)
        .get_result(connection)
        .optional()
    })?;
    Ok(wait.map(Duration::from).unwrap_or_default())
}

/// Whether so many senders keep this pace already that another one would only wait.
pub(super) fn is_crowded(wait: Duration, max_per_minute: u32) -> bool {
    wait > LONGEST_WAIT.max(slot(max_per_minute) * 2)
}

/// How many messages a sender claims at this pace, of so many at most; 0: there is none.
pub(super) fn claimed_ahead(max_per_minute: u32, most: i64) -> i64 {
    match max_per_minute {
        0 => most,
        _ => i64::try_from(CLAIMED_AHEAD.as_millis() / slot(max_per_minute).as_millis().max(1))
            .unwrap_or(most)
            .clamp(1, most),
    }
}

fn slot(max_per_minute: u32) -> Duration {
    Duration::from_secs(60) / max_per_minute.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_server_gets_small_claims_and_few_senders() {
        let claims = [0, 1, 4, 30, 100, 6_000, u32::MAX].map(|pace| claimed_ahead(pace, 50));
        assert_eq!(claims, [50, 1, 2, 15, 50, 50, 50]);
        let is_crowded = |seconds, pace| is_crowded(Duration::from_secs(seconds), pace);
        assert!(!is_crowded(10, 600) && is_crowded(11, 600));
        // two a minute: the second waits half a minute, the third a whole one
        assert!(!is_crowded(30, 2) && !is_crowded(60, 2) && is_crowded(61, 2));
    }
}
