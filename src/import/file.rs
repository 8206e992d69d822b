//! A file that is opened: how it writes and which columns it has is known, its records are still to be read.

use super::cells::Cells;
use super::decimals::{self, Decimals};
use super::dialect;
use super::heading::{self, Headings};
use super::options::Options;
use super::register::Register;
use super::report::{Problems, place};
use super::row::Row;
use super::rows::{Rows, Stop};
use super::source::{Original, Source};
use super::text::{Charset, Text};
use crate::error::Result;

/// How much of the file is looked at to find out how it writes, bytes.
const SAMPLE: usize = 256 * 1024;
/// A file whose headings are known.
pub(super) struct File {
    /// Its columns.
    pub headings: Headings,
    /// Its delimiter.
    pub delimiter: u8,
    /// Its bytes for a second reading, if it is no pipe.
    pub original: Option<Original>,
    /// Which of the files it is, counted from 0.
    pub index: usize,
    /// What is left of its rows.
    pub rows: Rows,
    /// How its cells are read.
    pub cells: Cells,
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
                .is_some_and(|column| decimals::has_decimals(column.cell))
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

/// Reads the next row; false at the end, and where the file cannot be read on, which the problems then say.
pub(super) fn read_row(rows: &mut Rows, index: usize, row: &mut Row, problems: &mut Problems) -> Result<bool> {
    match rows.next(row) {
        Ok(found) => Ok(found),
        Err(Stop::Source(error)) => Err(error),
        Err(Stop::Broken { line, message }) => {
            problems.add_broken(place(index, line), message);
            Ok(false)
        }
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
        closing: Closing::Refused(""),
        ..Register::PLAIN
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
