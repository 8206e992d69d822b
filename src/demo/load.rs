//! Many documents for measuring: the same rows for the same seed and the same day.
//!
//! One transaction, set-wise, a slice at a time so that somebody who waits sees it move. All documents are open. A chosen
//! number of offers has just come to its first stage; everything else falls due later, so a run finds exactly these.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Text};

use super::mark;
use crate::calendar::{Calendar, local_day, working_day_add};
use crate::db;
use crate::error::{Error, Result};

/// Documents made by one statement.
const SLICE: i64 = 50_000;

/// Follow-ups of the offers that are due: so many working days ago. The slowest first stage of an offer takes two.
const DUE_DAYS: [i32; 3] = [-3, -4, -5];

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of documents.
    pub size: i64,
    /// From which all values follow.
    pub seed: i64,
    /// How many of them are offers whose follow-up has passed.
    pub due: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Makes the documents of the plan in place of those of an earlier load. `progress` hears how many are there.
///
/// Errors: [`Kind::Usage`](crate::error::Kind::Usage) for a database that the demo did not make, and where nobody works.
pub fn load(
    connection: &mut PgConnection,
    plan: Plan,
    at: DateTime<Utc>,
    calendar: &Calendar,
    mut progress: impl FnMut(i64),
) -> Result<()> {
    mark::require(connection)?;
    let today = local_day(at, calendar.zone);
    let past: Option<Vec<NaiveDate>> = DUE_DAYS.map(|n| working_day_add(calendar, today, n)).into_iter().collect();
    let past = past.ok_or_else(|| Error::config("the calendar “default” hardly ever opens"))?;
    db::transaction(connection, |connection| {
        db::set_instant(connection, at, calendar.zone)?;
        require_staff(connection)?;
        connection.batch_execute(include_str!("load/clear.sql"))?;
        connection.batch_execute(
            "CREATE TEMP TABLE load_parameters (seed bigint, size bigint, due bigint, today date, zone text,
                past_days date[], first bigint, last bigint) ON COMMIT DROP",
        )?;
        diesel::sql_query("INSERT INTO load_parameters VALUES ($1, $2, $3, $4, $5, $6, 0, 0)")
            .bind::<BigInt, _>(plan.seed)
            .bind::<BigInt, _>(plan.size)
            .bind::<BigInt, _>(plan.due)
            .bind::<Date, _>(today)
            .bind::<Text, _>(calendar.zone.name())
            .bind::<Array<Date>, _>(past)
            .execute(connection)?;
        connection.batch_execute(include_str!("load/partners.sql"))?;
        for first in (1..=plan.size).step_by(SLICE as usize) {
            let last = (first + SLICE - 1).min(plan.size);
            connection.batch_execute(&format!("UPDATE load_parameters SET first = {first}, last = {last}"))?;
            connection.batch_execute(include_str!("load/documents.sql"))?;
            progress(last);
        }
        Ok(())
    })?;
    // without statistics the first run would plan for an empty table
    db::transaction(connection, |connection| {
        Ok(connection.batch_execute("ANALYZE wvl.partners, wvl.documents, wvl.document_lines")?)
    })
}

fn require_staff(connection: &mut PgConnection) -> Result<()> {
    let question = "SELECT count(*) AS count FROM wvl.employees WHERE active";
    match diesel::sql_query(question).get_result::<Count>(connection)?.count {
        0 => {
            Err(Error::usage("nobody works here yet, so nobody could be reminded")
                .hint("wvl demo start makes the company"))
        }
        _ => Ok(()),
    }
}
