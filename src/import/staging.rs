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

use super::Options;
use super::cells::Cells;
use super::dialect::{self, Decimals};
use super::heading::{self, Headings};
use super::profile::Profile;
use super::register::{Column, LONGEST_NAME, Need, Register};
use super::report::{Problems, place};
use super::rows::{Row, Rows, Stop};
use super::source::{Charset, Original, Source, Text};
use crate::error::{Error, Result};

/// How much of the file is looked at to find out how it writes, bytes.
const SAMPLE: usize = 256 * 1024;
/// How much is handed to COPY at once, bytes.
const PIECE: usize = 64 * 1024;

/// A file whose headings are known.
pub(super) struct File {
    /// Its columns.
    pub headings: Headings,
    /// Its delimiter.
    pub delimiter: u8,
    /// Its bytes for a second reading, if it is no pipe.
    pub original: Option<Original>,
    /// Which of the files it is, counted from 0.
    index: usize,
    rows: Rows,
    cells: Cells,
}

impl File {
    /// Its encoding, known for certain after it was read.
    pub fn charset(&self) -> Charset {
        self.rows.text().map_or(Charset::Utf8, Text::charset)
    }
}

/// Opens a file and reads its headings. `None`: they are wrong, the problems say why.
pub(super) fn open(
    mut source: Source,
    index: usize,
    register: &Register,
    options: &Options,
    problems: &mut Problems,
) -> Result<Option<File>> {
    let profile = options.profile.as_ref();
    let original = source.original();
    let mut text = source.text(profile.and_then(|profile| profile.encoding));
    let mut sample = Vec::new();
    while sample.len() < SAMPLE && text.next_chunk(&mut sample)? {}
    let delimiter = dialect::delimiter(&sample, register, &options.maps, profile);
    let mut rows = Rows::new(sample.clone(), Some(text), delimiter);
    let mut row = Row::default();
    if dialect::sep_line(&sample).is_some() {
        read_row(&mut rows, index, &mut row, problems)?;
    }
    let count = problems.count();
    if !read_row(&mut rows, index, &mut row, problems)? {
        if problems.count() == count {
            problems.add_broken(place(index, 0), "the file is empty; its first row says what the columns are");
        }
        return Ok(None);
    }
    let headings = match heading::find(&row.cells(), register, &options.maps, profile) {
        Ok(headings) => headings,
        Err(messages) => {
            messages.into_iter().for_each(|message| problems.add_broken(place(index, row.line), message));
            return Ok(None);
        }
    };
    let decimals = match profile.and_then(|profile| profile.decimal) {
        Some(mark) => Decimals::said(mark),
        None => {
            let mut decimals = Decimals::new(delimiter);
            let is_cut = sample.len() >= SAMPLE;
            look_at_numbers(sample, is_cut, delimiter, &headings, register, &mut decimals);
            decimals
        }
    };
    let mut cells = Cells::new(options.zone, decimals);
    // our csv for spreadsheets, also as one of them has saved it; csv for programs is not guarded
    cells.is_guarded = delimiter == b';';
    cells.dates = profile.and_then(|profile| profile.dates);
    Ok(Some(File { headings, delimiter, original, index, rows, cells }))
}

/// Lets the numbers of the sample say which decimal mark the file has. The last row of a sample that is cut may end within
/// one: `12.34` of `12.345,67` says the wrong mark.
fn look_at_numbers(
    sample: Vec<u8>,
    is_cut: bool,
    delimiter: u8,
    headings: &Headings,
    register: &Register,
    decimals: &mut Decimals,
) {
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
    while rows.next(&mut row).is_ok_and(|found| found) && !(is_cut && rows.is_at_end()) {
        numbers.iter().for_each(|index| decimals.look_at(row.cell(*index)));
    }
}

fn read_row(rows: &mut Rows, index: usize, row: &mut Row, problems: &mut Problems) -> Result<bool> {
    match rows.next(row) {
        Ok(found) => Ok(found),
        Err(Stop::Source(error)) => Err(error),
        Err(Stop::Broken { line, message }) => {
            problems.add_broken(place(index, line), message);
            Ok(false)
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::register::{Cell, Closing, column};

    const REGISTER: Register = Register {
        noun: "product",
        table: "wvl.products",
        key: &["number"],
        columns: &[column("number", &[], Cell::Text, "").key(), column("price", &[], Cell::Decimal, "")],
        details: None,
        lines: None,
        derived: &[],
        ambiguous: &[],
        before: "",
        check: "",
        after: "",
        closing: Closing::Refused(""),
    };

    #[test]
    fn a_number_that_is_cut_says_nothing_of_the_decimal_mark() {
        let headings = heading::find(&["number", "price"], &REGISTER, &[], None).unwrap();
        let read = |is_cut: bool| {
            let mut decimals = Decimals::new(b';');
            let sample = b"number;price\n1;1.234\n2;12.34".to_vec();
            look_at_numbers(sample, is_cut, b';', &headings, &REGISTER, &mut decimals);
            decimals.read("12.345,67")
        };
        assert_eq!(read(true), Ok("12345.67".to_owned()));
        assert!(read(false).is_err());
    }
}
