//! The rows of a report: printed as they come, or collected for a mail within limits.

use std::time::Duration;

use diesel::PgConnection;

use super::Own;
use super::head::SentAs;
use super::parameter::{Value, look_up};
use crate::calendar::dates::Moment;
use crate::db;
use crate::error::{Error, Result};
use crate::output::{Cell, Column, Format, InMemory};
use crate::query::{self, Ask};
use crate::register::When;
use crate::template::Language;

/// No cell of a report is longer, in characters.
const LONGEST_CELL: usize = 1_000_000;
/// No file that is attached is larger, in bytes: many servers refuse it.
pub const LARGEST_FILE: usize = 10_000_000;

/// What is asked of a report besides its parameters.
#[derive(Clone, Debug)]
pub struct Run {
    /// What `wvl.as_of()` answers, and the zone in which an instant has its day.
    pub when: When,
    /// How long the database may work on it, if its head says nothing.
    pub timeout: Duration,
    /// Whether figures of single persons may be told (`report.privacy.per_person`).
    pub per_person: bool,
    /// Only these columns, in this order; none asks for all.
    pub columns: Vec<String>,
    /// At most this many rows.
    pub limit: Option<i64>,
    /// Names of columns, a minus sign turns one around.
    pub sort: Vec<String>,
}

impl Run {
    /// All rows, as they come.
    pub fn new(when: When, timeout: Duration, per_person: bool) -> Run {
        Run { when, timeout, per_person, columns: Vec::new(), limit: None, sort: Vec::new() }
    }
}

/// How much of a report goes by mail.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows in the mail itself.
    pub rows_in_mail: usize,
    /// Rows in a file that is attached.
    pub rows_attached: u64,
}

/// A report for a mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Collected {
    /// Its columns.
    pub columns: Vec<Column>,
    /// The first rows.
    pub first: Vec<Vec<Cell>>,
    /// How many rows there are, counted up to as many as may be attached.
    pub total: u64,
    /// Whether there are more than that.
    pub is_cut: bool,
    /// The files to attach.
    pub files: Vec<(SentAs, Vec<u8>)>,
    /// Why there is none, in one sentence.
    pub too_much: Option<String>,
}

impl Own {
    /// What is asked for: values by the parameters' names, defaults for the others. Records are looked up.
    ///
    /// Errors: an unknown parameter or one named twice, a wrong value, a record that is not there.
    pub fn values(
        &self,
        connection: &mut PgConnection,
        given: &[(String, String)],
        moment: &Moment<'_>,
    ) -> Result<Vec<Value>> {
        for (index, (name, _)) in given.iter().enumerate() {
            let parameter = self.parameter(name)?;
            let before = given.iter().take(index).any(|(other, _)| other.replace('-', "_") == parameter.name);
            if before {
                return Err(Error::usage(format!("{} is said twice", parameter.name)));
            }
        }
        let said =
            |name: &str| given.iter().find(|(given, _)| given.replace('-', "_") == name).map(|(_, text)| text.as_str());
        let parameters = &self.head.parameters;
        let mut values: Vec<Value> =
            parameters.iter().map(|parameter| parameter.read(said(&parameter.name), moment)).collect::<Result<_>>()?;
        db::read_only(connection, |connection| {
            parameters.iter().zip(&mut values).try_for_each(|(parameter, value)| look_up(connection, parameter, value))
        })?;
        Ok(values)
    }

    /// Runs it. `print` gets the columns and some rows, piece by piece, with no rows at all once; it ends the run early with
    /// false. Returns the number of rows.
    ///
    /// Errors as of [`query::run`], with their place in the file; [`crate::error::Kind::Forbidden`] for figures of single
    /// persons where the house has not agreed.
    pub fn run(
        &self,
        connection: &mut PgConnection,
        values: &[Value],
        run: &Run,
        mut print: impl FnMut(&[Column], Vec<Vec<Cell>>) -> Result<bool>,
    ) -> Result<u64> {
        if self.head.per_person && !run.per_person {
            return Err(Error::new(
                crate::error::Kind::Forbidden,
                format!(
                    "report {} tells figures of single persons, and the house has not agreed to that",
                    self.head.name
                ),
            )
            .hint("per_person = true in [report.privacy] says that it has (§ 87 BetrVG)"));
        }
        let print = |columns: &[Column], mut rows: Vec<Vec<Cell>>| {
            let is_money: Vec<bool> = columns.iter().map(|column| self.head.money.contains(&column.key)).collect();
            for row in &mut rows {
                row.iter_mut().zip(&is_money).filter(|(_, is_money)| **is_money).for_each(|(cell, _)| as_money(cell));
            }
            print(columns, rows)
        };
        query::run(connection, &self.ask(values, run), print).map_err(|error| self.told(error))
    }

    /// Collects what a mail of it holds.
    ///
    /// Errors as of [`Own::run`].
    pub fn collect(
        &self,
        connection: &mut PgConnection,
        values: &[Value],
        run: &Run,
        limits: Limits,
        language: Language,
    ) -> Result<Collected> {
        let attached =
            [SentAs::Xlsx, SentAs::Csv, SentAs::CsvDe].into_iter().filter(|way| self.head.formats.contains(way));
        let attached: Vec<SentAs> = attached.collect();
        let most = i64::try_from(limits.rows_attached).unwrap_or(i64::MAX).saturating_add(1);
        let run = Run { limit: Some(run.limit.map_or(most, |limit| limit.min(most))), ..run.clone() };
        let mut collected = Collected {
            columns: Vec::new(),
            first: Vec::new(),
            total: 0,
            is_cut: false,
            files: Vec::new(),
            too_much: None,
        };
        let mut open: Vec<(SentAs, InMemory)> = Vec::new();
        collected.total = self.run(connection, values, &run, |columns, rows| {
            if collected.columns.is_empty() {
                collected.columns = columns.to_vec();
                for way in &attached {
                    open.push((*way, InMemory::new(way.format(), &self.head.title, columns, language, LARGEST_FILE)?));
                }
            }
            for row in rows {
                if collected.too_much.is_none() {
                    let written = open.iter_mut().try_for_each(|(_, file)| file.push(&row));
                    collected.too_much = written.err().map(|error| error.to_string());
                }
                if collected.first.len() < limits.rows_in_mail {
                    collected.first.push(row);
                }
            }
            Ok(true)
        })?;
        collected.is_cut = collected.total > limits.rows_attached;
        collected.total = collected.total.min(limits.rows_attached);
        if collected.is_cut && !attached.is_empty() {
            collected.too_much = Some(format!("more than {} rows are not attached", limits.rows_attached));
        }
        if collected.too_much.is_none() {
            let finished: Result<Vec<_>> = open.into_iter().map(|(way, file)| Ok((way, file.finish()?))).collect();
            match finished {
                Ok(files) => collected.files = files,
                Err(error) => collected.too_much = Some(error.to_string()),
            }
        }
        Ok(collected)
    }

    /// The columns that it has, each with a cell such as it could hold.
    ///
    /// Errors as of [`query::described`].
    pub fn described(&self, connection: &mut PgConnection, values: &[Value], run: &Run) -> Result<Vec<(Column, Cell)>> {
        query::described(connection, &self.ask(values, run)).map_err(|error| self.told(error))
    }

    fn ask(&self, values: &[Value], run: &Run) -> Ask {
        let own = values.iter().map(|value| (value.setting.clone(), value.stored.clone()));
        let agreed = ("wvl.per_person".to_owned(), (if run.per_person { "on" } else { "off" }).to_owned());
        Ask {
            columns: run.columns.clone(),
            limit: run.limit,
            sort: run.sort.clone(),
            parameters: own.chain([agreed]).collect(),
            longest_cell: Some(LONGEST_CELL),
            out_of_time: "timeout_seconds in its head lets it run on; an index or a shorter time may be better",
            ..Ask::new(self.statement.clone(), self.head.timeout.unwrap_or(run.timeout), run.when)
        }
    }

    fn told(&self, error: Error) -> Error {
        super::in_file(&self.file, error)
    }
}

fn as_money(cell: &mut Cell) {
    match cell {
        Cell::Number(number) => *cell = Cell::Money(*number),
        Cell::Int(number) => *cell = Cell::Money((*number).into()),
        _ => {}
    }
}

impl SentAs {
    fn format(self) -> Format {
        match self {
            SentAs::Mail | SentAs::Csv => Format::Csv,
            SentAs::CsvDe => Format::CsvDe,
            SentAs::Xlsx => Format::Xlsx,
        }
    }
}
