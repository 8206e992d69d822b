//! Deletes the bytes of messages that were delivered long ago: what was written to whom and when stays, and the hash of what it
//! said.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

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
    let mut all = 0;
    if days == 0 {
        return Ok(all);
    }
    for _ in 0..MOST_PORTIONS {
        let swept = db::transaction(connection, |connection| {
            Ok(diesel::sql_query(include_str!("bodies.sql"))
                .bind::<Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
                .bind::<BigInt, _>(PORTION)
                .execute(connection)?)
        })?;
        failpoint::pass("swept");
        all += swept;
        if i64::try_from(swept).unwrap_or(0) < PORTION {
            break;
        }
    }
    Ok(all)
}
