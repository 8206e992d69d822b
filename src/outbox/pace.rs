//! The pace of a server that takes only so many messages a minute, from all senders on all hosts together: each takes the next
//! free instant for its one message. Senders that have waited get no burst for it, servers that count minutes would refuse it.

use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Double, Text};

use crate::db;
use crate::error::Result;

/// Takes the next instant at which this server may get a message, and says how long it is until then.
pub(super) fn wait_for(connection: &mut PgConnection, host: &str, max_per_minute: u32) -> Result<Duration> {
    #[derive(QueryableByName)]
    struct Wait {
        #[diesel(sql_type = Double)]
        seconds: f64,
    }
    let wait: Wait = db::at_once(connection, |connection| {
        diesel::sql_query(
            "INSERT INTO wvl.outbox_hosts AS h (host, next_at) VALUES ($1, pg_catalog.now() + $2 * interval '1 second') \
             ON CONFLICT (host) DO UPDATE \
             SET next_at = greatest(h.next_at, pg_catalog.now()) + $2 * interval '1 second' \
             RETURNING extract(epoch FROM h.next_at - pg_catalog.now())::double precision - $2 AS seconds",
        )
        .bind::<Text, _>(host)
        .bind::<Double, _>(60.0 / f64::from(max_per_minute.max(1)))
        .get_result(connection)
    })?;
    Ok(Duration::try_from_secs_f64(wait.seconds).unwrap_or_default())
}
