//! What changes hands when somebody leaves: each slice says which of its columns hold an employee, and one statement for
//! each puts the successor there.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};

use crate::error::Result;

/// So many numbers are named of what changes hands.
const NAMED: usize = 5;

/// A column in which employees hold open things.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The things, as the office says it: "Aufgaben".
    pub title: &'static str,
    /// As what they are held: "Bearbeiter".
    pub role: &'static str,
    /// Their table.
    pub table: &'static str,
    /// The column that names the employee.
    pub column: &'static str,
    /// By what a thing is called.
    pub number: &'static str,
    /// Which of them still matter.
    pub open: &'static str,
    /// When one is due; `None` for what lasts, as the customers of a field representative.
    pub due: Option<&'static str>,
}

/// Who hands over to whom, and from when on.
#[derive(Clone, Copy, Debug)]
pub struct Handover {
    /// Who leaves.
    pub leaver: i64,
    /// Who takes over.
    pub successor: i64,
    /// The end of the last day, where it lies ahead: what lasts and what is due until then stays with the leaver. `None`:
    /// everything goes now.
    pub last_moment: Option<DateTime<Utc>>,
}

/// Things of one kind, held in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The things, as the office says it.
    pub title: &'static str,
    /// As what they are held.
    pub role: &'static str,
    /// How many.
    pub count: i64,
    /// The first of them, the most urgent first.
    pub first: Vec<String>,
}

/// As [`Share`], the way the database answers.
#[derive(QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Array<Text>)]
    first: Vec<String>,
}

impl Counted {
    /// What was counted, by its name.
    pub fn named(self, title: &'static str, role: &'static str) -> Share {
        Share { title, role, count: self.count, first: self.first }
    }
}

/// Counts the rows of `from (number, due)` and names the first; for [`Counted`].
pub fn counting(from: &str) -> String {
    format!(
        "SELECT count(*) AS count, \
         coalesce((array_agg(number::text ORDER BY due NULLS LAST, number))[1:{NAMED}], '{{}}') AS first FROM {from}"
    )
}

impl Holding {
    /// What is open in these hands.
    pub fn held_by(&self, connection: &mut PgConnection, employee: i64) -> Result<Share> {
        let Holding { table, column, number, open, .. } = self;
        let due = self.due.unwrap_or("NULL::timestamptz");
        let held =
            format!("(SELECT {number} AS number, {due} AS due FROM {table} d WHERE d.{column} = $1 AND ({open})) held");
        let counted: Counted = diesel::sql_query(counting(&held)).bind::<BigInt, _>(employee).get_result(connection)?;
        Ok(counted.named(self.title, self.role))
    }

    /// Puts the successor into the column of everything that is not to be done before the leaver goes.
    pub fn hand_over(&self, connection: &mut PgConnection, handover: &Handover) -> Result<Share> {
        let Holding { table, column, number, open, .. } = self;
        let due = self.due.unwrap_or("NULL::timestamptz");
        let later = self.due.map_or_else(|| "false".to_owned(), |due| format!("coalesce({due} > $3, true)"));
        let text = format!(
            "WITH handed AS (UPDATE {table} d SET {column} = $2 \
             WHERE d.{column} = $1 AND ({open}) AND ($3::timestamptz IS NULL OR {later}) \
             RETURNING {number} AS number, {due} AS due) {}",
            counting("handed")
        );
        let counted: Counted = diesel::sql_query(text)
            .bind::<BigInt, _>(handover.leaver)
            .bind::<BigInt, _>(handover.successor)
            .bind::<Nullable<Timestamptz>, _>(handover.last_moment)
            .get_result(connection)?;
        Ok(counted.named(self.title, self.role))
    }
}
