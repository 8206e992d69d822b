//! Somebody's own SQL (`wvl query`): one statement that reads, under a time limit, its rows as typed cells.
//!
//! What keeps it from writing is the read-only transaction, in which neither a statement nor a function can. The
//! statement is first explained, so that mistakes are told in its own words; then it stands as a sub-select under
//! generated column names, and a cursor fetches its rows piece by piece.

mod column;
mod row;
mod statement;

use std::time::{Duration, Instant};

use chrono_tz::Tz;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use self::column::{Reading, unique};
use self::row::{Row, Step, refused};
pub use self::statement::{Form, Origin, Piece, Statement, opaque, word};
use crate::db;
use crate::error::{Error, Kind, Result};
use crate::output::{Cell, Column, column, no_column, visible};
use crate::register::When;

/// So many rows are fetched at a time, if they are not wide.
const ROWS_AT_A_TIME: usize = 1_000;
/// And so many at first, before anything is known of them.
const ROWS_AT_FIRST: usize = 50;
/// As much is in memory at a time, in bytes, as long as rows do not suddenly become wider.
const BYTES_AT_A_TIME: usize = 4 * 1024 * 1024;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The statement.
    pub statement: Statement,
    /// How long the server may work on it in all.
    pub timeout: Duration,
    /// Only these columns, in this order; none asks for all.
    pub columns: Vec<String>,
    /// At most this many rows.
    pub limit: Option<i64>,
    /// Names of columns, a minus sign turns one around.
    pub sort: Vec<String>,
    /// What `wvl.as_of()` answers, and the zone in which an instant has its day.
    pub when: When,
    /// Settings that the statement finds by `current_setting`: names with a dot, and values.
    pub parameters: Vec<(String, String)>,
    /// No cell may hold more characters; none: whatever there is.
    pub longest_cell: Option<usize>,
    /// What helps where the time was not enough.
    pub out_of_time: &'static str,
}

impl Ask {
    /// All rows of a statement, with nothing special about it.
    pub fn new(statement: Statement, timeout: Duration, when: When) -> Ask {
        Ask {
            statement,
            timeout,
            columns: Vec::new(),
            limit: None,
            sort: Vec::new(),
            when,
            parameters: Vec::new(),
            longest_cell: None,
            out_of_time: "--timeout 10m lets it run on; a WHERE or a --limit may be better",
        }
    }
}

/// Runs the statement. `print` gets the columns and some rows, piece by piece, with no rows at all once; it ends the run
/// early with false. Returns the number of rows.
///
/// Errors: [`Kind::Usage`] for what is no statement, cannot be understood by the server or writes; [`Kind::Forbidden`]
/// without the right to read; [`Kind::Temporary`] at the time limit.
pub fn run(
    connection: &mut PgConnection,
    ask: &Ask,
    mut print: impl FnMut(&[Column], Vec<Vec<Cell>>) -> Result<bool>,
) -> Result<u64> {
    let started = Instant::now();
    db::read_only(connection, |connection| {
        begin(connection, ask)?;
        match ask.statement.form {
            Form::Remarks => remarks(connection, ask, &mut print),
            Form::Rows => rows(connection, ask, started, &mut print),
        }
    })
    .map_err(|error| in_time(error, ask))
}

/// The columns that the statement would have, each with a cell such as it could hold. Nothing is computed.
///
/// Errors as of [`run`].
pub fn described(connection: &mut PgConnection, ask: &Ask) -> Result<Vec<(Column, Cell)>> {
    db::read_only(connection, |connection| {
        begin(connection, ask)?;
        explain(connection, &ask.statement)?;
        let (names, readings) = columns(connection, &ask.statement)?;
        let picked: Vec<usize> = (0..names.len()).collect();
        Ok(headed(&names, &picked).into_iter().zip(readings.iter().map(|reading| reading.example(ask.when))).collect())
    })
    .map_err(|error| in_time(error, ask))
}

/// What holds for the whole transaction.
fn begin(connection: &mut PgConnection, ask: &Ask) -> Result<()> {
    db::set_instant(connection, ask.when.now, ask.when.zone)?;
    let (mut names, mut values): (Vec<&str>, Vec<&str>) =
        ask.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).unzip();
    // the day of an instant is that of the office
    names.push("TimeZone");
    values.push(ask.when.zone.name());
    diesel::sql_query("SELECT set_config(s.name, s.value, true) FROM unnest($1, $2) AS s (name, value)")
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Text>, _>(values)
        .execute(connection)?;
    // all of the rows are wanted, not the first tenth
    connection.batch_execute("SET LOCAL cursor_tuple_fraction = 1")?;
    allow(connection, ask, Duration::ZERO)
}

/// The server's word on the statement, before it is wrapped.
fn explain(connection: &mut PgConnection, statement: &Statement) -> Result<()> {
    load(connection, &format!("EXPLAIN {}", statement.text), statement, Step::Text("EXPLAIN ".len())).map(drop)
}

fn remarks(
    connection: &mut PgConnection,
    ask: &Ask,
    print: &mut impl FnMut(&[Column], Vec<Vec<Cell>>) -> Result<bool>,
) -> Result<u64> {
    let mut said = load(connection, &ask.statement.text, &ask.statement, Step::Text(0))?;
    said.truncate(ask.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(0)));
    let names = unique(said.first().map(|row| row.names.clone()).unwrap_or_default());
    let picked = places("--columns", &ask.columns, &names)?;
    let count = said.len() as u64;
    let text = |row: &Row, at: &usize| Cell::text(row.texts.get(*at).cloned().flatten());
    print(&headed(&names, &picked), said.iter().map(|row| picked.iter().map(|at| text(row, at)).collect()).collect())?;
    Ok(count)
}

fn rows(
    connection: &mut PgConnection,
    ask: &Ask,
    started: Instant,
    print: &mut impl FnMut(&[Column], Vec<Vec<Cell>>) -> Result<bool>,
) -> Result<u64> {
    let (statement, text) = (&ask.statement, &ask.statement.text);
    explain(connection, statement)?;
    let (names, readings) = columns(connection, statement)?;
    let order = order(&ask.sort, &names)?;
    let picked = places("--columns", &ask.columns, &names)?;
    let columns = headed(&names, &picked);

    let select = |at: &usize| match (readings[*at].select(&alias(*at)), ask.longest_cell) {
        // one more shows that there are more
        (value, Some(most)) => format!("left({value}, {})", most.saturating_add(1)),
        (value, None) => value,
    };
    let values: Vec<String> = picked.iter().map(select).collect();
    let limit = ask.limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    let cursor = format!(
        "DECLARE wvl_query NO SCROLL CURSOR FOR SELECT {} FROM ({text}\n) AS q ({}){order}{limit}",
        values.join(", "),
        aliases(names.len()),
    );
    let readings: Vec<Reading> = picked.iter().map(|at| readings[*at]).collect();
    diesel::sql_query(cursor).execute(connection).map_err(|error| refused(error, statement, Step::Wrapped))?;
    let mut count = 0;
    let mut used = started.elapsed();
    let mut at_a_time = ROWS_AT_FIRST;
    loop {
        allow(connection, ask, used)?;
        let asked = Instant::now();
        let fetched = load(connection, &format!("FETCH {at_a_time} FROM wvl_query"), statement, Step::Running)?;
        used += asked.elapsed();
        let is_last = fetched.len() < at_a_time;
        count += fetched.len() as u64;
        at_a_time = next_portion(&fetched);
        if let Some(most) = ask.longest_cell {
            check_cells(&fetched, &columns, most)?;
        }
        if !fetched.is_empty() || count == 0 {
            let zone = ask.when.zone;
            let goes_on = print(&columns, fetched.into_iter().map(|row| cells(row, &readings, zone)).collect())?;
            if !goes_on {
                return Ok(count);
            }
        }
        if is_last {
            return Ok(count);
        }
    }
}

/// As many rows of this width as memory is meant for.
fn next_portion(fetched: &[Row]) -> usize {
    let bytes: usize = fetched.iter().flat_map(|row| &row.texts).flatten().map(String::len).sum();
    let width = bytes / fetched.len().max(1);
    (BYTES_AT_A_TIME / width.max(1)).clamp(1, ROWS_AT_A_TIME)
}

fn check_cells(fetched: &[Row], columns: &[Column], most: usize) -> Result<()> {
    let is_long =
        |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > most && text.chars().count() > most);
    let long = fetched.iter().find_map(|row| row.texts.iter().position(is_long));
    match long.and_then(|at| columns.get(at)) {
        None => Ok(()),
        Some(column) => {
            let heading = &column.heading;
            Err(Error::usage(format!("column “{heading}” holds a text of more than {most} characters"))
                .hint("left(…, 1000) in the statement shortens it"))
        }
    }
}

fn cells(row: Row, readings: &[Reading], zone: Tz) -> Vec<Cell> {
    row.texts.into_iter().zip(readings).map(|(text, reading)| reading.cell(text, zone)).collect()
}

/// Names and types of the columns, also of a statement without rows: the one row that an outer join makes for it has
/// both, and nothing is computed.
fn columns(connection: &mut PgConnection, statement: &Statement) -> Result<(Vec<String>, Vec<Reading>)> {
    let text = &statement.text;
    #[derive(QueryableByName)]
    struct Type {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        category: String,
        #[diesel(sql_type = BigInt)]
        #[expect(dead_code, reason = "orders the rows")]
        place: i64,
    }
    let nothing = format!("(SELECT) AS one LEFT JOIN ({text}\n) AS q");
    let named = load(connection, &format!("SELECT q.* FROM {nothing} ON false"), statement, Step::Wrapped)?;
    let names = unique(named.into_iter().next().map(|row| row.names).unwrap_or_default());
    if names.is_empty() {
        return Err(Error::usage("the statement has no columns"));
    }
    let types: Vec<String> = (0..names.len()).map(|at| format!("pg_typeof(q.{})", alias(at))).collect();
    let question = format!(
        "SELECT base.typname::text AS name, base.typcategory::text AS category, u.place \
         FROM {nothing} ({}) ON false \
         CROSS JOIN LATERAL unnest(ARRAY[{}]::oid[]) WITH ORDINALITY AS u (type, place) \
         JOIN pg_catalog.pg_type t ON t.oid = u.type \
         JOIN pg_catalog.pg_type base ON base.oid = coalesce(nullif(t.typbasetype, 0), t.oid) \
         ORDER BY u.place",
        aliases(names.len()),
        types.join(", ")
    );
    let types = diesel::sql_query(question)
        .load::<Type>(connection)
        .map_err(|error| refused(error, statement, Step::Wrapped))?;
    Ok((names, types.iter().map(|found| Reading::of(&found.name, &found.category)).collect()))
}

/// Columns under their names; a name is as free as any other text.
fn headed(names: &[String], picked: &[usize]) -> Vec<Column> {
    picked.iter().map(|at| column(names[*at].as_str(), visible(&names[*at]))).collect()
}

/// Where the columns that were asked for stand; all of them if none was.
fn places(flag: &str, asked: &[String], names: &[String]) -> Result<Vec<usize>> {
    if asked.is_empty() {
        return Ok((0..names.len()).collect());
    }
    asked.iter().map(|name| place(flag, name, names)).collect()
}

fn place(flag: &str, name: &str, names: &[String]) -> Result<usize> {
    names.iter().position(|known| known == name).ok_or_else(|| {
        let known: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
        no_column(format!("{flag}: there is no column “{name}”"), name, &known)
    })
}

/// The generated name of a column: whatever the statement calls it, this one is unique and needs no quotes.
fn alias(at: usize) -> String {
    format!("c{at}")
}

fn aliases(count: usize) -> String {
    (0..count).map(alias).collect::<Vec<_>>().join(", ")
}

fn order(sort: &[String], names: &[String]) -> Result<String> {
    let mut parts = Vec::new();
    for wanted in sort {
        let backwards = wanted.strip_prefix('-');
        let place = place("--sort", backwards.unwrap_or(wanted), names)?;
        parts.push(format!("q.{}{}", alias(place), backwards.map_or("", |_| " DESC NULLS LAST")));
    }
    Ok(if parts.is_empty() { String::new() } else { format!(" ORDER BY {}", parts.join(", ")) })
}

/// Loads rows; an error is told in the words of the statement.
fn load(connection: &mut PgConnection, sql: &str, statement: &Statement, step: Step) -> Result<Vec<Row>> {
    diesel::sql_query(sql).load::<Row>(connection).map_err(|error| refused(error, statement, step))
}

/// What is left of the time limit counts for the next step. Only what the server has used of it counts: not the time in
/// which somebody reads the rows (`| less`).
fn allow(connection: &mut PgConnection, ask: &Ask, used: Duration) -> Result<()> {
    let left = ask.timeout.saturating_sub(used).as_millis().max(1);
    Ok(connection.batch_execute(&format!("SET LOCAL statement_timeout = {left}"))?)
}

/// Names the limit where it was reached.
fn in_time(error: Error, ask: &Ask) -> Error {
    let said = error.full_message();
    if error.kind() == Kind::Temporary
        && ["statement timeout", "Zeitüberschreitung der Anfrage"].iter().any(|sign| said.contains(sign))
    {
        return Error::new(Kind::Temporary, format!("the query took longer than {} s", ask.timeout.as_secs()))
            .hint(ask.out_of_time)
            .caused_by(error);
    }
    error
}
