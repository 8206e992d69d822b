//! Many documents for measuring: the same rows for the same seed and the same day.
//!
//! One transaction, set-wise, a slice at a time so that somebody who waits sees it move. All documents are open. A chosen
//! number of offers has just come to its first stage; everything else falls due later, so a run finds exactly these. On
//! demand so many others are a backlog that nobody closes: overdue for up to two years, told of at every stage, the last
//! time on the working day before. A run has nothing to say about them, and should not pay for them.

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

/// Stages 1, 2 and 3 of the backlog were taken so many working days ago, as an offer with 16, 24 and 40 hours takes them.
const BACKLOG_STEPS: [i32; 3] = [-4, -3, -1];

/// The latest due day of the backlog, in working days: stage 1 comes two days after it.
const BACKLOG_DUE: i32 = -6;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of documents.
    pub size: i64,
    /// From which all values follow.
    pub seed: i64,
    /// How many of them are offers whose follow-up has passed.
    pub due: i64,
    /// How many further ones are offers that stand at stage 3, told of on the working day before.
    pub backlog: i64,
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
    let before = |days: &[i32]| -> Result<Vec<NaiveDate>> {
        let days: Option<Vec<NaiveDate>> = days.iter().map(|&n| working_day_add(calendar, today, n)).collect();
        days.ok_or_else(|| Error::config("the calendar “default” hardly ever opens"))
    };
    let (past, taken, backlog_due) = (before(&DUE_DAYS)?, before(&BACKLOG_STEPS)?, before(&[BACKLOG_DUE])?);
    db::transaction(connection, |connection| {
        db::set_instant(connection, at, calendar.zone)?;
        require_staff(connection)?;
        connection.batch_execute(include_str!("load/clear.sql"))?;
        connection.batch_execute(
            "CREATE TEMP TABLE load_parameters (seed bigint, size bigint, due bigint, backlog bigint, today date,
                zone text, past_days date[], taken_days date[], backlog_due date[], first bigint, last bigint) ON COMMIT DROP",
        )?;
        diesel::sql_query("INSERT INTO load_parameters VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)")
            .bind::<BigInt, _>(plan.seed)
            .bind::<BigInt, _>(plan.size)
            .bind::<BigInt, _>(plan.due)
            .bind::<BigInt, _>(plan.backlog)
            .bind::<Date, _>(today)
            .bind::<Text, _>(calendar.zone.name())
            .bind::<Array<Date>, _>(past)
            .bind::<Array<Date>, _>(taken)
            .bind::<Array<Date>, _>(backlog_due)
            .execute(connection)?;
        connection.batch_execute(include_str!("load/partners.sql"))?;
        for first in (1..=plan.size).step_by(SLICE as usize) {
            let last = (first + SLICE - 1).min(plan.size);
            connection.batch_execute(&format!("UPDATE load_parameters SET first = {first}, last = {last}"))?;
            connection.batch_execute(include_str!("load/documents.sql"))?;
            if first <= plan.due + plan.backlog && plan.backlog > 0 {
                connection.batch_execute(include_str!("load/backlog.sql"))?;
            }
            progress(last);
        }
        Ok(())
    })?;
    // without statistics the first run would plan for an empty table
    db::transaction(connection, |connection| {
        Ok(connection.batch_execute(
            "ANALYZE wvl.partners, wvl.documents, wvl.document_lines, wvl.escalation_chains, wvl.escalation_steps",
        )?)
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
