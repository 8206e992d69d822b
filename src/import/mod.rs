//! Import of CSV files: what every register does alike. Knows no business noun.
//!
//! A register describes its file ([`Register`]); here the file is read ([`Source`], encoding, delimiter, decimal mark),
//! its cells are typed and sent by COPY into a staging table, checked as a set and brought into the tables by business
//! key: new records are inserted, those that differ updated, in the columns that the file has and in no other.
//!
//! Invariants: one transaction, all rows or none (with [`Options::partial`] all records of which no row is wrong, and the
//! others in a file of their own); what is written was computed from what is stored at that moment; every problem is said at once, with line and column; memory does not
//! grow with the file; no statement is run a row.

mod age;
mod cells;
mod checks;
mod closing;
mod days;
mod dialect;
mod export;
pub mod folder;
mod heading;
mod help;
mod plan;
mod profile;
mod register;
mod rejected;
mod report;
mod rows;
pub mod settings;
mod source;
mod staging;
mod upsert;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::db;
use crate::error::{Error, Kind, Result};

pub use dialect::{Mark, amount};
pub use export::export;
#[cfg(test)]
pub(crate) use heading::shared;
pub use help::columns_help;
pub use profile::{DATES, Dates, Profile, USUAL_VANISH, percent, profile_named};
pub use register::{
    Cell, Closing, Column, Derived, Lines, NO_LONGER_ACTIVE, Need, Place, Reference, Register, Sum, column,
};
pub use report::{Problem, Problems};
pub use source::{Charset, Source};

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Headings of the file and the register's columns they stand for; an empty key leaves the column out.
    pub maps: Vec<(String, String)>,
    /// How the files of this program are meant.
    pub profile: Option<Profile>,
    /// Close what the files no longer have, unless it is more than this share of what is open, in per cent.
    pub complete: Option<u8>,
    /// Write the records of which no row is wrong, and the other rows into the file that their source names.
    pub partial: bool,
    /// Do everything and roll it back.
    pub dry_run: bool,
    /// Now, for what an import dates.
    pub now: DateTime<Utc>,
    /// The zone in which days are meant.
    pub zone: Tz,
}

impl Options {
    /// Imports as files say themselves what they mean: all rows or none, nothing is closed.
    pub fn new(now: DateTime<Utc>, zone: Tz) -> Options {
        Options { maps: Vec::new(), profile: None, complete: None, partial: false, dry_run: false, now, zone }
    }
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
    /// Closed, since the files no longer have them.
    pub closed: u64,
    /// Rows that were left out.
    pub wrong: u64,
}

/// What became of an import.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The files' names in messages.
    pub files: Vec<String>,
    /// The records; all zero if nothing was written.
    pub counts: Counts,
    /// What is wrong with the files.
    pub problems: Problems,
    /// Whether anything was written; else the problems say why not.
    pub is_written: bool,
    /// What was accepted and somebody should know.
    pub warnings: Vec<String>,
    /// The first of the records that were closed, as the office calls them.
    pub closed: Vec<String>,
    /// Where the rows are that were left out.
    pub rejected: Vec<PathBuf>,
}

/// How often an import begins again because somebody changed its records meanwhile.
const MOST_ATTEMPTS: usize = 3;

/// What sorting and hashing a large file may take of the server's memory. The usual 4 MB send every step to its disk.
const WORK_MEMORY: &str = "SET LOCAL work_mem = '64MB'";

/// Imports one file into a register; see [`import_files`].
pub fn import(
    connection: &mut PgConnection,
    register: &Register,
    source: Source,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    import_files(connection, register, vec![source], options, progress)
}

/// Imports files into a register in one transaction. `progress` hears how many bytes have been read.
///
/// Errors: whatever the database says, a source that cannot be read, and rejected rows that cannot be written. A file
/// that is wrong is no error of this function but an outcome with problems.
pub fn import_files(
    connection: &mut PgConnection,
    register: &Register,
    sources: Vec<Source>,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    if options.complete.is_some()
        && let Closing::Refused(reason) = register.closing
    {
        return Err(Error::usage(format!("--complete: a {} cannot be closed by a file: {reason}", register.noun)));
    }
    if options.partial && sources.iter().any(|source| !source.can_reject()) {
        return Err(Error::usage("--partial writes the rejected lines beside their file: name a file, not -"));
    }
    let mut outcome = None;
    let work = |connection: &mut PgConnection| -> Result<()> {
        db::set_instant(connection, options.now, options.zone)?;
        connection.batch_execute(WORK_MEMORY)?;
        let found = in_transaction(connection, register, sources, options, progress)?;
        let is_written = found.is_written;
        outcome = Some(found);
        // the error only rolls back; what is said is the outcome
        if is_written { Ok(()) } else { Err(Error::data("nothing was imported")) }
    };
    let ended = if options.dry_run { db::rehearse(connection, work) } else { db::transaction(connection, work) };
    match (ended, outcome) {
        (_, Some(outcome)) if !outcome.is_written => Ok(outcome),
        (Ok(()), Some(outcome)) => Ok(outcome),
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(Error::bug("an import ended without an outcome")),
    }
}

fn in_transaction(
    connection: &mut PgConnection,
    register: &Register,
    sources: Vec<Source>,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome> {
    let names = sources.iter().map(|source| source.name().to_owned()).collect();
    let mut outcome = Outcome { files: names, ..Outcome::default() };
    let rejects: Vec<Option<PathBuf>> = sources.iter().map(|source| source.rejects().map(Path::to_owned)).collect();
    let mut files = Vec::with_capacity(sources.len());
    for (index, source) in sources.into_iter().enumerate() {
        files.extend(staging::open(source, index, register, options, &mut outcome.problems)?);
    }
    let same_columns = have_same_columns(&files, register, &mut outcome);
    let Some(first) = files.first().filter(|_| same_columns && files.len() == rejects.len()) else {
        return Ok(outcome);
    };
    let headings = &first.headings.clone();
    may_make_temporary_tables(connection)?;
    one_import_at_a_time(connection, register)?;
    staging::create(connection, register, headings)?;
    let order: Vec<&str> = headings.keys(register).collect();
    let mut before = 0;
    for file in &mut files {
        let mut read = 0;
        let mut told = |bytes: u64| {
            read = bytes;
            progress(before + bytes);
        };
        let profile = options.profile.as_ref();
        staging::load(connection, file, &order, register, profile, &mut outcome.problems, &mut told)?;
        before += read;
    }
    staging::finish(connection, register, headings)?;
    if !headings.ignored.is_empty() {
        outcome.warnings.push(format!("these columns are not stored: {}", headings.ignored.join(", ")));
    }

    let plan = plan::Plan::new(register, headings, options.partial);
    let all_headings: Vec<_> = files.iter().map(|file| file.headings.clone()).collect();
    write(connection, &plan, &all_headings, options, &mut outcome)?;
    if outcome.is_written && !outcome.problems.is_empty() {
        for (index, (file, path)) in files.into_iter().zip(rejects).enumerate() {
            let Some(path) = path.filter(|_| !outcome.problems.reasons(index).is_empty()) else { continue };
            let reasons = outcome.problems.reasons(index);
            outcome.counts.wrong += reasons.len() as u64;
            if !options.dry_run {
                rejected::write(file, &reasons, &path)?;
                outcome.rejected.push(path);
            }
        }
    }
    Ok(outcome)
}

/// Files of one transaction are one table: what one of them does not have, none may have, or nobody would know whether
/// an empty cell is meant.
fn have_same_columns(files: &[staging::File], register: &Register, outcome: &mut Outcome) -> bool {
    let keys = |file: &staging::File| file.headings.keys(register).collect::<BTreeSet<_>>();
    let Some(first) = files.first() else { return false };
    for (index, file) in files.iter().enumerate().skip(1) {
        let differing: Vec<&str> = keys(file).symmetric_difference(&keys(first)).copied().collect();
        if !differing.is_empty() {
            let other = outcome.files.first().cloned().unwrap_or_default();
            let message = format!("has other columns than {other} ({}); import it by itself", differing.join(", "));
            outcome.problems.add_broken(report::place(index, 1), message);
        }
    }
    outcome.problems.is_empty()
}

/// What one attempt to write found.
enum Attempt {
    Written(Counts, Vec<String>, Vec<String>),
    /// Rows are wrong; the problems name them.
    Wrong,
    /// Somebody changed records between their reading and their writing.
    Overtaken,
}

/// Writes what is staged. Each attempt is undone unless it is right.
fn write(
    connection: &mut PgConnection,
    plan: &plan::Plan<'_>,
    headings: &[heading::Headings],
    options: &Options,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut known_problems = 0;
    let mut overtaken = 0;
    rejected::prepare(connection, plan.register)?;
    loop {
        let mut found = None;
        let ended = db::savepoint(connection, |connection| {
            let attempt = attempt(connection, plan, headings, options, outcome, known_problems)?;
            let is_right = matches!(attempt, Attempt::Written(..));
            found = Some(attempt);
            // the error only undoes the attempt
            if is_right { Ok(()) } else { Err(Error::data("the attempt is undone")) }
        });
        match found {
            Some(Attempt::Written(counts, warnings, closed)) => {
                ended?;
                outcome.counts = counts;
                outcome.warnings.extend(warnings);
                outcome.closed = closed;
                outcome.is_written = true;
                return Ok(());
            }
            Some(Attempt::Wrong) => {
                let can_go_on = options.partial && outcome.problems.can_be_left_out();
                if !can_go_on || rejected::leave_out(connection, plan.register, &mut outcome.problems)? == 0 {
                    return Ok(());
                }
                known_problems = outcome.problems.count();
            }
            Some(Attempt::Overtaken) => {
                overtaken += 1;
                if overtaken == MOST_ATTEMPTS {
                    let message = format!("records of {} are being changed by somebody else", plan.register.table);
                    return Err(Error::new(Kind::Temporary, message).hint("nothing was imported; run it again"));
                }
            }
            None => return ended,
        }
    }
}

fn attempt(
    connection: &mut PgConnection,
    plan: &plan::Plan<'_>,
    headings: &[heading::Headings],
    options: &Options,
    outcome: &mut Outcome,
    known_problems: usize,
) -> Result<Attempt> {
    let register = plan.register;
    let (names, problems) = (&outcome.files, &mut outcome.problems);
    let Some(first) = headings.first() else { return Err(Error::bug("an import without a file")) };
    tell_register(connection, &first.keys(register).collect::<Vec<_>>())?;
    if !register.before.is_empty() {
        connection.batch_execute(register.before)?;
    }
    plan.resolve(connection)?;
    checks::run(connection, plan, headings, names, problems)?;
    if problems.count() > known_problems {
        return Ok(Attempt::Wrong);
    }
    let mut vanished = None;
    if let Some(most) = options.complete {
        let found = closing::find(connection, plan, first, options.profile.as_ref(), problems)?;
        if let Some(message) = found.too_many(most, register) {
            problems.add(0, None, message);
            // no row is wrong that could be left out
            return Ok(Attempt::Wrong);
        }
        vanished = Some(found);
    }
    let Some(mut counts) = plan.write(connection)? else { return Ok(Attempt::Overtaken) };
    let mut closed = Vec::new();
    if let Some(vanished) = vanished {
        counts.closed = vanished.close(connection, register)?;
        closed = vanished.first;
    }
    Ok(Attempt::Written(counts, warnings(connection)?, closed))
}

/// Two imports of one register wait for each other instead of colliding on a key that both find new. That is all the
/// lock is for; the unique keys would catch it too.
fn one_import_at_a_time(connection: &mut PgConnection, register: &Register) -> Result<()> {
    let locked = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('wvl import'), hashtext($1))")
        .bind::<Text, _>(register.table)
        .execute(connection);
    locked.map(drop).map_err(|error| match Error::from(error) {
        error if error.kind() == Kind::Temporary && error.to_string().contains("locked") => {
            Error::new(Kind::Temporary, format!("another import of {}s is at work", register.noun))
                .hint("nothing was imported; run it again when the other one has ended")
        }
        error => error,
    })
}

/// Files go through temporary tables.
fn may_make_temporary_tables(connection: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        may: bool,
        #[diesel(sql_type = Text)]
        role: String,
        #[diesel(sql_type = Text)]
        database: String,
    }
    let row: Row = diesel::sql_query(
        "SELECT has_database_privilege(current_database(), 'TEMPORARY') AS may, current_user::text AS role, \
         current_database()::text AS database",
    )
    .get_result(connection)?;
    if row.may {
        return Ok(());
    }
    Err(Error::new(Kind::Forbidden, format!("the role {} may not make temporary tables, as an import needs", row.role))
        .hint(format!("an administrator permits it: GRANT TEMPORARY ON DATABASE {} TO {}", row.database, row.role)))
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
