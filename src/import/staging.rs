//! From the file into the database: every row typed and sent by COPY into a temporary table that ends with the
//! transaction.
//!
//! A row with a cell that cannot be read goes there too, without that cell, so that the checks that follow find what
//! else is wrong with it; also one whose key cannot be read, which then is a record by itself.

use std::cell::RefCell;
use std::io::Write as _;

use diesel::connection::SimpleConnection;
use diesel::pg::{CopyTarget, Pg};
use diesel::query_builder::AstPass;
use diesel::{ExecuteCopyFromDsl, PgConnection, QueryResult};

use super::file::{File, read_row};
use super::heading::Headings;
use super::profile::Profile;
use super::register::{Column, LONGEST_NAME, Need, Register};
use super::report::{Problems, place};
use super::row::Row;
use crate::error::{Error, Result};

/// How much is handed to COPY at once, bytes.
const PIECE: usize = 64 * 1024;

/// Makes the staging table with the columns that the files have.
pub(super) fn create(connection: &mut PgConnection, register: &Register, headings: &Headings) -> Result<()> {
    let keys = headings.keys(register).filter_map(|key| register.column(key));
    let typed: String = keys.map(|column| format!(", {:?} {}", column.key, column.cell.sql_type())).collect();
    connection.batch_execute(&format!("CREATE TEMP TABLE import_rows (file_line bigint{typed}) ON COMMIT DROP"))?;
    Ok(())
}

/// Adds the columns that the files do not have, so that the register's SQL can name them all.
pub(super) fn finish(connection: &mut PgConnection, register: &Register, headings: &Headings) -> Result<()> {
    let missing: Vec<String> = register
        .columns
        .iter()
        .filter(|column| !headings.keys(register).any(|key| key == column.key))
        .map(|column| format!("ADD COLUMN {:?} {}", column.key, column.cell.sql_type()))
        .collect();
    if !missing.is_empty() {
        connection.batch_execute(&format!("ALTER TABLE import_rows {}", missing.join(", ")))?;
    }
    connection.batch_execute("ANALYZE import_rows")?;
    Ok(())
}

/// Fills the staging table with the rows of one file. `order` are the keys of the table's columns.
pub(super) fn load(
    connection: &mut PgConnection,
    file: &mut File,
    order: &[&'static str],
    register: &Register,
    profile: Option<&Profile>,
    problems: &mut Problems,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let columns: Vec<Filled<'_>> = order
        .iter()
        .filter_map(|key| {
            let at = register.columns.iter().position(|column| column.key == *key)?;
            let said = file.headings.fixed.iter().find(|(fixed, _)| *fixed == at).map(|(_, value)| value.clone());
            Some(Filled {
                column: register.columns.get(at)?,
                cell: file.headings.columns.iter().position(|column| *column == Some(at)),
                said,
                words: profile.map_or(&[], |profile| profile.words_of(key)),
            })
        })
        .collect();
    let mut loading = Loading { file, columns, problems, progress, row: Row::default(), copy: Vec::new() };
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
    Ok(())
}

fn lost(error: std::io::Error) -> Error {
    Error::new(crate::error::Kind::Temporary, "the database stopped reading the file").caused_by(error)
}

/// A column of the staging table and what fills it.
struct Filled<'a> {
    column: &'a Column,
    /// The cell of the row.
    cell: Option<usize>,
    /// The value that a profile says for all rows.
    said: Option<String>,
    /// What a profile reads instead of words of the file.
    words: &'a [(String, String)],
}

impl Filled<'_> {
    fn text<'t>(&'t self, row: &'t Row) -> &'t str {
        let text = match (&self.said, self.cell) {
            (Some(said), _) => return said,
            (None, Some(cell)) => row.cell(cell),
            (None, None) => "",
        };
        if self.words.is_empty() {
            return text;
        }
        let wanted = text.trim().to_lowercase();
        self.words.iter().find(|(word, _)| word.to_lowercase() == wanted).map_or(text, |(_, ours)| ours)
    }
}

struct Loading<'a> {
    file: &'a mut File,
    columns: Vec<Filled<'a>>,
    problems: &'a mut Problems,
    progress: &'a mut dyn FnMut(u64),
    row: Row,
    copy: Vec<u8>,
}

impl Loading<'_> {
    /// Reads rows until a piece is full; false at the end of the file.
    fn fill_piece(&mut self) -> Result<bool> {
        while self.copy.len() < PIECE {
            if !read_row(&mut self.file.rows, self.file.index, &mut self.row, self.problems)? {
                (self.progress)(self.file.rows.bytes_read());
                return Ok(false);
            }
            self.write_row();
        }
        (self.progress)(self.file.rows.bytes_read());
        Ok(true)
    }

    fn write_row(&mut self) {
        let (row, headings) = (&self.row, &self.file.headings);
        let place = place(self.file.index, row.line);
        let expected = headings.columns.len();
        if headings.are_repeated_by(row) {
            self.problems.add(place, None, "repeats the headings; were several files joined? import them side by side");
            return;
        }
        let stray = (0..row.len()).find(|index| {
            let has_column = headings.columns.get(*index).is_some_and(|column| column.is_some());
            let has_name = headings.names.get(*index).is_some_and(|name| !name.trim().is_empty());
            !has_column && !has_name && !row.cell(*index).trim().is_empty()
        });
        if row.len() < expected || stray.is_some_and(|index| index >= expected) {
            self.problems.add(place, None, format!("has {} cells, the first row has {expected}", row.len()));
            return;
        }
        if let Some(index) = stray {
            self.problems.add(place, None, format!("cell {} has text but its column has no heading", index + 1));
        }
        // writing to a vector cannot fail
        let _ = write!(self.copy, "{place}");
        for filled in &self.columns {
            self.copy.push(b'\t');
            let column = filled.column;
            let text = filled.text(row);
            let heading =
                filled.cell.and_then(|cell| headings.names.get(cell)).map_or(column.key, |name| name.as_str());
            let start = self.copy.len();
            let written = self.file.cells.write(column.cell, text, &mut self.copy);
            if let Err(message) = written {
                self.copy.truncate(start);
                self.copy.extend_from_slice(b"\\N");
                self.problems.add(place, Some(heading), message);
            } else if column.is_name() && text.len() > LONGEST_NAME && text.chars().count() > LONGEST_NAME {
                self.copy.truncate(start);
                self.copy.extend_from_slice(b"\\N");
                let message = format!("is longer than {LONGEST_NAME} characters; is this a number or a name?");
                self.problems.add(place, Some(heading), message);
            } else if column.need == Need::Key && text.trim().is_empty() {
                self.problems.add(place, Some(heading), "is empty; without it nobody knows which record is meant");
            }
        }
        self.copy.push(b'\n');
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
