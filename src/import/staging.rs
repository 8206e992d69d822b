//! From the file into the database: every row typed and sent by COPY into a temporary table that ends with the
//! transaction.
//!
//! A row with a cell that cannot be read goes there too, without that cell, so that the checks that follow find what
//! else is wrong with it.

use std::cell::RefCell;

use chrono_tz::Tz;
use diesel::connection::SimpleConnection;
use diesel::pg::{CopyTarget, Pg};
use diesel::query_builder::AstPass;
use diesel::{ExecuteCopyFromDsl, PgConnection, QueryResult};

use super::cells::Cells;
use super::dialect::{self, Decimals};
use super::heading::{self, Headings};
use super::register::{Column, Need, Register};
use super::report::Problems;
use super::rows::{Row, Rows, Stop};
use super::source::Source;
use crate::error::{Error, Result};

/// How much of the file is looked at to find out how it writes, bytes.
const SAMPLE: usize = 256 * 1024;
/// How much is handed to COPY at once, bytes.
const PIECE: usize = 64 * 1024;

/// A file whose headings are known.
pub(super) struct File {
    /// Its columns.
    pub headings: Headings,
    rows: Rows,
    cells: Cells,
}

/// Opens a file and reads its headings. `None`: they are wrong, the problems say why.
pub(super) fn open(
    source: Source,
    register: &Register,
    maps: &[(String, String)],
    zone: Tz,
    problems: &mut Problems,
) -> Result<Option<File>> {
    let mut text = source.text();
    let mut sample = Vec::new();
    while sample.len() < SAMPLE && text.next_chunk(&mut sample)? {}
    let delimiter = dialect::delimiter(&sample, register, maps);
    let mut rows = Rows::new(sample.clone(), Some(text), delimiter);
    let mut row = Row::default();
    if dialect::sep_line(&sample).is_some() {
        read_row(&mut rows, &mut row, problems)?;
    }
    if !read_row(&mut rows, &mut row, problems)? {
        if problems.is_empty() {
            problems.add(0, None, "the file is empty; its first row says what the columns are");
        }
        return Ok(None);
    }
    let headings = match heading::find(&row.cells(), register, maps) {
        Ok(headings) => headings,
        Err(messages) => {
            messages.into_iter().for_each(|message| problems.add(row.line, None, message));
            return Ok(None);
        }
    };
    let mut decimals = Decimals::new(delimiter);
    look_at_numbers(sample, delimiter, &headings, register, &mut decimals);
    Ok(Some(File { headings, rows, cells: Cells::new(zone, decimals) }))
}

/// Lets the numbers of the sample say which decimal mark the file has.
fn look_at_numbers(sample: Vec<u8>, delimiter: u8, headings: &Headings, register: &Register, decimals: &mut Decimals) {
    let numbers: Vec<usize> = headings
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| {
            column
                .and_then(|column| register.columns.get(column))
                .is_some_and(|column| dialect::has_decimals(column.cell))
        })
        .map(|(index, _)| index)
        .collect();
    if numbers.is_empty() {
        return;
    }
    let mut rows = Rows::new(sample, None, delimiter);
    let mut row = Row::default();
    while rows.next(&mut row).is_ok_and(|found| found) {
        numbers.iter().for_each(|index| decimals.look_at(row.cell(*index)));
    }
}

fn read_row(rows: &mut Rows, row: &mut Row, problems: &mut Problems) -> Result<bool> {
    match rows.next(row) {
        Ok(found) => Ok(found),
        Err(Stop::Source(error)) => Err(error),
        Err(Stop::Broken { line, message }) => {
            problems.add(line, None, message);
            Ok(false)
        }
    }
}

/// Makes the staging table with the file's columns, fills it, and adds the columns that the file does not have, so
/// that the register's SQL can name them all. Answers the number of rows read.
pub(super) fn load(
    connection: &mut PgConnection,
    file: &mut File,
    register: &Register,
    problems: &mut Problems,
    progress: &mut dyn FnMut(u64),
) -> Result<u64> {
    let columns: Vec<(usize, &Column)> = file
        .headings
        .columns
        .iter()
        .enumerate()
        .filter_map(|(index, column)| Some((index, register.columns.get((*column)?)?)))
        .collect();
    let typed: String =
        columns.iter().map(|(_, column)| format!(", {:?} {}", column.key, column.cell.sql_type())).collect();
    connection.batch_execute(&format!("CREATE TEMP TABLE import_rows (file_line bigint{typed}) ON COMMIT DROP"))?;

    let mut loading = Loading { file, columns, problems, progress, row: Row::default(), copy: Vec::new(), count: 0 };
    // diesel hands the callback out as Fn
    let state = RefCell::new(&mut loading);
    diesel::copy_from(import_rows::table)
        .from_raw_data(Staging, |copy| -> Result<()> {
            let mut loading = state.borrow_mut();
            while loading.fill_piece()? {
                copy.write_all(&loading.copy).map_err(lost)?;
                loading.copy.clear();
            }
            copy.write_all(&loading.copy).map_err(lost)
        })
        .execute(connection)?;
    let count = loading.count;

    let missing: Vec<String> = register
        .columns
        .iter()
        .filter(|column| !file.headings.keys(register).any(|key| key == column.key))
        .map(|column| format!("ADD COLUMN {:?} {}", column.key, column.cell.sql_type()))
        .collect();
    if !missing.is_empty() {
        connection.batch_execute(&format!("ALTER TABLE import_rows {}", missing.join(", ")))?;
    }
    connection.batch_execute("ANALYZE import_rows")?;
    Ok(count)
}

fn lost(error: std::io::Error) -> Error {
    Error::new(crate::error::Kind::Temporary, "the database stopped reading the file").caused_by(error)
}

struct Loading<'a> {
    file: &'a mut File,
    columns: Vec<(usize, &'a Column)>,
    problems: &'a mut Problems,
    progress: &'a mut dyn FnMut(u64),
    row: Row,
    copy: Vec<u8>,
    count: u64,
}

impl Loading<'_> {
    /// Reads rows until a piece is full; false at the end of the file.
    fn fill_piece(&mut self) -> Result<bool> {
        while self.copy.len() < PIECE {
            if !read_row(&mut self.file.rows, &mut self.row, self.problems)? {
                return Ok(false);
            }
            self.count += 1;
            self.write_row();
        }
        (self.progress)(self.file.rows.bytes_read());
        Ok(true)
    }

    fn write_row(&mut self) {
        let (row, headings) = (&self.row, &self.file.headings);
        let expected = headings.columns.len();
        let stray = (0..row.len()).find(|index| {
            let has_column = headings.columns.get(*index).is_some_and(|column| column.is_some());
            let has_name = headings.names.get(*index).is_some_and(|name| !name.trim().is_empty());
            !has_column && !has_name && !row.cell(*index).trim().is_empty()
        });
        if row.len() < expected || stray.is_some_and(|index| index >= expected) {
            self.problems.add(row.line, None, format!("has {} cells, the first row has {expected}", row.len()));
            return;
        }
        if let Some(index) = stray {
            self.problems.add(row.line, None, format!("cell {} has text but its column has no heading", index + 1));
        }
        let begun = self.copy.len();
        self.copy.extend_from_slice(row.line.to_string().as_bytes());
        let mut has_key = true;
        for (index, column) in &self.columns {
            self.copy.push(b'\t');
            let text = row.cell(*index);
            let heading = headings.names.get(*index).map(String::as_str);
            let start = self.copy.len();
            let written = self.file.cells.write(column.cell, text, &mut self.copy);
            let is_empty = text.trim().is_empty();
            if let Err(message) = written {
                self.copy.truncate(start);
                self.copy.extend_from_slice(b"\\N");
                self.problems.add(row.line, heading, message);
                has_key &= column.need != Need::Key;
            } else if is_empty && column.need == Need::Key {
                self.problems.add(row.line, heading, "is empty; without it nobody knows which record is meant");
                has_key = false;
            }
        }
        self.copy.push(b'\n');
        if !has_key {
            self.copy.truncate(begun);
        }
    }
}

diesel::table! {
    /// Stands for the staging table, whose columns only the file knows.
    import_rows (file_line) {
        /// The line of the file on which the row begins.
        file_line -> BigInt,
    }
}

/// COPY's target: the whole staging table, whatever its columns are. diesel's own targets list the columns that it
/// knows when it is compiled.
struct Staging;

impl CopyTarget for Staging {
    type Table = import_rows::table;
    type SqlType = diesel::sql_types::BigInt;

    fn walk_target(mut pass: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_sql("import_rows");
        Ok(())
    }
}
