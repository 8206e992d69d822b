//! Collections taken: when a type's mails last left together, for each calendar its items count by.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text, Timestamptz};

use crate::db::schema::escalation_marks;
use crate::error::Result;

/// When the last run took a collection, by type and calendar.
pub type Marks = BTreeMap<(String, String), DateTime<Utc>>;

/// The collections taken so far.
pub fn marks(connection: &mut PgConnection) -> Result<Marks> {
    use escalation_marks::{calendar, collected_at, type_};
    let rows: Vec<(String, String, DateTime<Utc>)> =
        escalation_marks::table.select((type_, calendar, collected_at)).load(connection)?;
    Ok(rows.into_iter().map(|(key, name, at)| ((key, name), at)).collect())
}

/// Notes that these collections were taken at `now`, by a rehearsal or for good.
pub fn take(
    connection: &mut PgConnection,
    collections: &BTreeSet<(String, String)>,
    now: DateTime<Utc>,
    rehearsal: bool,
) -> Result<()> {
    if collections.is_empty() {
        return Ok(());
    }
    let (types, calendars): (Vec<&str>, Vec<&str>) =
        collections.iter().map(|(key, name)| (key.as_str(), name.as_str())).unzip();
    diesel::sql_query(
        "INSERT INTO wvl.escalation_marks (type, calendar, collected_at, rehearsal)
         SELECT type, calendar, $3, $4 FROM unnest($1, $2) AS taken (type, calendar) ORDER BY 1, 2
         ON CONFLICT (type, calendar) DO UPDATE
         SET rehearsal = excluded.rehearsal,
             collected_at = CASE
                 -- left by a trial of another day
                 WHEN escalation_marks.collected_at > clock_timestamp() THEN excluded.collected_at
                 ELSE greatest(escalation_marks.collected_at, excluded.collected_at)
             END",
    )
    .bind::<Array<Text>, _>(types)
    .bind::<Array<Text>, _>(calendars)
    .bind::<Timestamptz, _>(now)
    .bind::<Bool, _>(rehearsal)
    .execute(connection)?;
    Ok(())
}
