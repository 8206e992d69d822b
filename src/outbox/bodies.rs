//! Deletes the bytes of messages that were delivered long ago: what was written to whom and when stays, and the hash of what it
//! said.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Uuid as SqlUuid};
use uuid::Uuid;

use crate::db;
use crate::error::Result;
use crate::failpoint;

/// Messages of one transaction.
const PORTION: i64 = 1_000;

/// Portions of one flush; the next one goes on.
const MOST_PORTIONS: usize = 20;

/// Deletes the bytes of messages all of whose recipients have been done with for so many days, and says of how many; 0: never.
///
/// What is held, unknown or still tried keeps its bytes, however old it is: somebody may send it yet.
pub(super) fn sweep(connection: &mut PgConnection, days: u32) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Old {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let mut all = 0;
    if days == 0 {
        return Ok(all);
    }
    for _ in 0..MOST_PORTIONS {
        let (found, swept) = db::transaction(connection, |connection| {
            let old: Vec<Old> = diesel::sql_query(include_str!("bodies.sql"))
                .bind::<Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
                .bind::<BigInt, _>(PORTION)
                .load(connection)?;
            let ids: Vec<Uuid> = old.into_iter().map(|old| old.id).collect();
            // somebody may have said try again between the look at them and their locks: this one sees it
            let swept = diesel::sql_query(
                "UPDATE wvl.outbox_messages AS m SET raw = NULL WHERE m.id = ANY ($1) AND NOT EXISTS ( \
                     SELECT FROM wvl.outbox_recipients AS r \
                     WHERE r.message_id = m.id AND r.state NOT IN ('sent', 'failed', 'discarded'))",
            )
            .bind::<Array<SqlUuid>, _>(&ids)
            .execute(connection)?;
            Ok((ids.len(), swept))
        })?;
        failpoint::pass("swept");
        all += swept;
        if i64::try_from(found).unwrap_or(0) < PORTION {
            break;
        }
    }
    Ok(all)
}
