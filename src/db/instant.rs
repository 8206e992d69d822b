//! The instant and the zone of a transaction, for the views and triggers that need the date.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::sql_types::Text;
use diesel::{PgConnection, RunQueryDsl};

use crate::error::Result;

/// Tells this transaction what `wvl.as_of()` and `wvl.zone()` answer; it must be the first statement of every
/// transaction that writes, because triggers date their events by it.
pub fn set_instant(connection: &mut PgConnection, now: DateTime<Utc>, zone: Tz) -> Result<()> {
    diesel::sql_query("SELECT set_config('wvl.as_of', $1, true), set_config('wvl.zone', $2, true)")
        .bind::<Text, _>(now.to_rfc3339())
        .bind::<Text, _>(zone.name())
        .execute(connection)?;
    Ok(())
}
