//! The company of the demo. Its rows are SQL, a file for each register; here only their days are found.
//!
//! All dates are counted in working days from the demo's day. So "two working days overdue" is true on a Monday, after Easter
//! and between the years, and what each stage needs is always there.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Integer};

use crate::calendar::{Calendar, local_day, working_day_add};
use crate::db;
use crate::error::{Error, Result};

/// The files, in the order in which they need each other.
const STATEMENTS: [&str; 11] = [
    include_str!("company/functions.sql"),
    include_str!("company/staff.sql"),
    include_str!("company/partners.sql"),
    include_str!("company/products.sql"),
    include_str!("company/documents.sql"),
    include_str!("company/purchases.sql"),
    include_str!("company/contracts.sql"),
    include_str!("company/tickets.sql"),
    include_str!("company/agenda.sql"),
    include_str!("company/evening.sql"),
    include_str!("company/targets.sql"),
];

/// The working days around the demo's day that the files speak of.
const DAYS: std::ops::RangeInclusive<i32> = -60..=30;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Makes the company if nobody works here yet. Answers whether it did.
pub fn fill(connection: &mut PgConnection, at: DateTime<Utc>, calendar: &Calendar) -> Result<bool> {
    let days = working_days(local_day(at, calendar.zone), calendar)?;
    db::transaction(connection, |connection| {
        db::set_instant(connection, at, calendar.zone)?;
        let question = "SELECT EXISTS (SELECT FROM wvl.employees) AS yes";
        if diesel::sql_query(question).get_result::<Answer>(connection)?.yes {
            return Ok(false);
        }
        connection.batch_execute("CREATE TEMP TABLE demo_days (n integer, day date) ON COMMIT DROP")?;
        diesel::sql_query("INSERT INTO demo_days SELECT * FROM unnest($1, $2)")
            .bind::<Array<Integer>, _>(DAYS.collect::<Vec<i32>>())
            .bind::<Array<Date>, _>(days)
            .execute(connection)?;
        for statements in STATEMENTS {
            connection.batch_execute(statements)?;
        }
        Ok(true)
    })
}

/// The working days of [`DAYS`]; number 0 is `today` itself.
fn working_days(today: NaiveDate, calendar: &Calendar) -> Result<Vec<NaiveDate>> {
    let days: Option<Vec<NaiveDate>> = DAYS.map(|n| working_day_add(calendar, today, n)).collect();
    days.ok_or_else(|| Error::config("the calendar “default” hardly ever opens, so the demo has no working days"))
}
