//! Import of CSV files: what every register does alike. Knows no business noun.
//!
//! A register describes its file ([`Register`]); here the file is read ([`Source`], encoding, delimiter, decimal mark),
//! its cells are typed and sent by COPY into a staging table, checked as a set and brought into the tables by business
//! key: new records are inserted, those that differ updated, in the columns that the file has and in no other.
//!
//! Invariants: one transaction, all rows or none; every problem is said at once, with line and column; memory does not
//! grow with the file; no statement is run a row.

mod cells;
mod checks;
mod days;
mod dialect;
mod heading;
mod help;
mod plan;
mod register;
mod report;
mod rows;
mod source;
mod staging;
mod upsert;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db;
use crate::error::{Error, Result};

pub use dialect::amount;
#[cfg(test)]
pub(crate) use heading::shared;
pub use help::columns_help;
pub use register::{Cell, Column, Derived, Lines, Need, Place, Reference, Register, Sum, column};
pub use report::{Problem, Problems};
pub use source::Source;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Headings of the file and the register's columns they stand for; an empty key leaves the column out.
    pub maps: Vec<(String, String)>,
    /// Do everything and roll it back.
    pub dry_run: bool,
    /// Now, for what an import dates.
    pub now: DateTime<Utc>,
    /// The zone in which days are meant.
    pub zone: Tz,
}

/// How many records an import met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Inserted.
    pub new: u64,
    /// Updated.
    pub changed: u64,
    /// Left as they were.
    pub same: u64,
}

/// What became of an import.
#[derive(Debug)]
pub struct Outcome {
    /// The file's name in messages.
    pub file: String,
    /// The records; all zero if there are problems.
    pub counts: Counts,
    /// What is wrong with the file. If there is anything, nothing was written.
    pub problems: Problems,
    /// What was accepted and somebody should know.
    pub warnings: Vec<String>,
}

/// Imports a file into a register, all rows or none. `progress` hears how many bytes have been read.
///
/// Errors: whatever the database says, and a source that cannot be read. A file that is wrong is no error of this
/// function but an outcome with problems.
pub fn import(
    connection: &mut PgConnection,
    register: &Register,
    source: Source,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    let name = source.name().to_owned();
    let mut outcome = None;
    let mut work = |connection: &mut PgConnection, source: Source| -> Result<()> {
        db::set_instant(connection, options.now, options.zone)?;
        let found = in_transaction(connection, register, source, options, progress)?;
        let is_good = found.problems.is_empty();
        outcome = Some(found);
        // the error only rolls back; what is said is the outcome
        if is_good { Ok(()) } else { Err(Error::data(format!("{name} is wrong"))) }
    };
    let ended = if options.dry_run {
        db::rehearse(connection, |connection| work(connection, source))
    } else {
        db::transaction(connection, |connection| work(connection, source))
    };
    match (ended, outcome) {
        (_, Some(outcome)) if !outcome.problems.is_empty() => Ok(outcome),
        (Ok(()), Some(outcome)) => Ok(outcome),
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(Error::bug("an import ended without an outcome")),
    }
}

fn in_transaction(
    connection: &mut PgConnection,
    register: &Register,
    source: Source,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    let mut outcome = Outcome {
        file: source.name().to_owned(),
        counts: Counts::default(),
        problems: Problems::default(),
        warnings: Vec::new(),
    };
    let problems = &mut outcome.problems;
    let Some(mut file) = staging::open(source, register, &options.maps, options.zone, problems)? else {
        return Ok(outcome);
    };
    one_import_at_a_time(connection, register)?;
    staging::load(connection, &mut file, register, problems, progress)?;
    let plan = plan::Plan::new(register, &file.headings);
    tell_register(connection, &file.headings.keys(register).collect::<Vec<_>>())?;
    if !register.before.is_empty() {
        connection.batch_execute(register.before)?;
    }
    plan.resolve(connection)?;
    checks::run(connection, &plan, &file.headings, problems)?;
    if problems.is_empty() {
        outcome.counts = plan.write(connection)?;
        outcome.warnings = warnings(connection)?;
    }
    Ok(outcome)
}

/// Two imports of one register wait for each other instead of colliding on a key that both find new. That is all the
/// lock is for; the unique keys would catch it too.
fn one_import_at_a_time(connection: &mut PgConnection, register: &Register) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('wvl import'), hashtext($1))")
        .bind::<Text, _>(register.table)
        .execute(connection)?;
    Ok(())
}

/// Makes what a register's own SQL reads and writes.
fn tell_register(connection: &mut PgConnection, present: &[&str]) -> Result<()> {
    connection.batch_execute(
        "CREATE TEMP TABLE import_problems (file_line bigint, column_key text, message text) ON COMMIT DROP; \
         CREATE TEMP TABLE import_warnings (message text) ON COMMIT DROP; \
         CREATE TEMP TABLE import_touched (id bigint) ON COMMIT DROP; \
         CREATE TEMP TABLE import_columns (key text) ON COMMIT DROP",
    )?;
    diesel::sql_query("INSERT INTO import_columns SELECT unnest(string_to_array($1, ','))")
        .bind::<Text, _>(present.join(","))
        .execute(connection)?;
    Ok(())
}

fn warnings(connection: &mut PgConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        message: String,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT message FROM import_warnings ORDER BY message").load(connection)?;
    Ok(rows.into_iter().map(|row| row.message).collect())
}
