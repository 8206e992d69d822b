//! A workbook (xlsx) for the controller: typed cells, a frozen heading with filters, columns as wide as what stands in
//! them. Rows go to a temporary file as they come; only their widths are remembered.

use std::io::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::{Cell, Column, EXACT_DIGITS, Table};
use crate::error::{Error, Result};
use crate::template::Language;

/// Rows of a sheet below its heading.
const MOST_ROWS: u32 = 1_048_575;
/// Columns of a sheet.
const MOST_COLUMNS: usize = 16_384;
/// UTF-16 units of a cell.
const LONGEST_TEXT: usize = 32_767;
/// A wider column is no easier to read.
const WIDEST: usize = 60;
/// The button of the filter stands beside the heading.
const FILTER_BUTTON: usize = 3;
/// A spreadsheet's calendar begins and ends with these years.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// A workbook that is being written, sheet after sheet.
pub(super) struct Book {
    workbook: Workbook,
    sheets: usize,
    names: Vec<String>,
    columns: Vec<Column>,
    /// The next row; 0 is the heading.
    row: u32,
    widths: Vec<usize>,
    heading: Format,
    money: Format,
    day: Format,
    instant: Format,
    language: Language,
}

impl Book {
    /// A workbook without sheets.
    pub fn new(language: Language) -> Book {
        let day = match language {
            Language::German => "dd.mm.yyyy",
            Language::English => "yyyy-mm-dd",
        };
        Book {
            workbook: Workbook::new(),
            sheets: 0,
            names: Vec::new(),
            columns: Vec::new(),
            row: 0,
            widths: Vec::new(),
            heading: Format::new().set_bold(),
            money: Format::new().set_num_format("#,##0.00"),
            day: Format::new().set_num_format(day),
            instant: Format::new().set_num_format(format!("{day} hh:mm")),
            language,
        }
    }

    /// Ends the sheet before and begins one.
    pub fn sheet(&mut self, title: &str, columns: &[Column]) -> Result<()> {
        self.end_sheet()?;
        if columns.len() > MOST_COLUMNS {
            return Err(Error::usage(format!("a sheet has no room for {} columns", columns.len())));
        }
        let name = sheet_name(title, &self.names);
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(&name).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, index) in columns.iter().zip(0u16..) {
            sheet.write_string_with_format(0, index, &column.heading, &self.heading).map_err(failed)?;
        }
        self.names.push(name);
        self.widths = columns.iter().map(|column| column.heading.chars().count() + FILTER_BUTTON).collect();
        self.columns = columns.to_vec();
        self.sheets += 1;
        self.row = 1;
        Ok(())
    }

    /// Adds a row to the sheet.
    pub fn row(&mut self, row: &[Cell]) -> Result<()> {
        if self.row > MOST_ROWS {
            return Err(Error::usage(format!("a sheet has no room for more than {MOST_ROWS} rows"))
                .hint("-O csv-de has room for all; --limit and the filters take fewer"));
        }
        let Some(index) = self.sheets.checked_sub(1) else { return Err(Error::bug("a row without a sheet")) };
        let sheet = self.workbook.worksheet_from_index(index).map_err(failed)?;
        for (place, cell) in row.iter().enumerate() {
            let column = u16::try_from(place).unwrap_or(u16::MAX);
            let is_number = match cell {
                Cell::Int(number) => write_number(sheet, self.row, column, Decimal::from(*number), None)?,
                Cell::Number(number) => write_number(sheet, self.row, column, *number, None)?,
                Cell::Money(amount) => write_number(sheet, self.row, column, *amount, Some(&self.money))?,
                Cell::Day(day) => write_serial(sheet, self.row, column, day.and_time(Default::default()), &self.day)?,
                Cell::Instant(at) => write_serial(sheet, self.row, column, at.naive_local(), &self.instant)?,
                Cell::Empty | Cell::Text(_) | Cell::Flag(_) | Cell::List(_) | Cell::Json(_) => false,
            };
            let shown = cell.in_language(self.language);
            if !is_number && !shown.is_empty() {
                if shown.len() > LONGEST_TEXT && shown.encode_utf16().count() > LONGEST_TEXT {
                    let heading = self.columns.get(place).map_or("", |column| column.heading.as_str());
                    return Err(Error::usage(format!(
                        "row {}, column {heading}: a cell of a workbook has no room for more than {LONGEST_TEXT} characters",
                        self.row
                    ))
                    .hint("-O csv-de has room for all; --columns leaves a column out"));
                }
                sheet.write_string(self.row, column, &shown).map_err(failed)?;
            }
            if let Some(width) = self.widths.get_mut(place) {
                let longest = shown.lines().map(|line| line.chars().take(WIDEST).count()).max().unwrap_or(0);
                *width = (*width).max(longest);
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Ends the last sheet and writes the file.
    pub fn finish(mut self, out: impl Write + Send) -> Result<()> {
        self.end_sheet()?;
        self.workbook.save_to_writer(out).map_err(failed)
    }

    fn end_sheet(&mut self) -> Result<()> {
        let (Some(index), Some(last)) = (self.sheets.checked_sub(1), self.columns.len().checked_sub(1)) else {
            return Ok(());
        };
        let sheet = self.workbook.worksheet_from_index(index).map_err(failed)?;
        let last = u16::try_from(last).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, self.row.saturating_sub(1), last).map_err(failed)?;
        for (width, column) in self.widths.iter().zip(0u16..) {
            // at most WIDEST, which every float holds
            let width = f64::from(u32::try_from(*width.min(&WIDEST)).unwrap_or(0));
            sheet.set_column_width(column, width + 1.0).map_err(failed)?;
        }
        Ok(())
    }
}

/// A workbook of these tables, each on a sheet of its own under its name.
///
/// Errors: of kind `Usage` for what no workbook has room for.
pub fn workbook<'t>(sheets: impl IntoIterator<Item = (&'t str, &'t Table)>, language: Language) -> Result<Vec<u8>> {
    let mut book = Book::new(language);
    for (title, table) in sheets {
        book.sheet(title, &table.columns)?;
        table.rows.iter().try_for_each(|row| book.row(row))?;
    }
    let mut bytes = Vec::new();
    book.finish(&mut bytes)?;
    Ok(bytes)
}

/// Whether it could be written as a number without changing it: with more digits it is written as text rather than wrong.
fn write_number(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    number: Decimal,
    format: Option<&Format>,
) -> Result<bool> {
    let digits = number.normalize().mantissa().unsigned_abs().to_string().len();
    let Some(float) = number.to_f64().filter(|_| digits <= EXACT_DIGITS) else { return Ok(false) };
    match format {
        Some(format) => sheet.write_number_with_format(row, column, float, format),
        None => sheet.write_number(row, column, float),
    }
    .map_err(failed)?;
    Ok(true)
}

/// Whether a spreadsheet knows the day; then it is its number of days since 1900.
fn write_serial(sheet: &mut Worksheet, row: u32, column: u16, at: NaiveDateTime, format: &Format) -> Result<bool> {
    let Some(serial) = serial(at) else { return Ok(false) };
    sheet.write_number_with_format(row, column, serial, format).map_err(failed)?;
    Ok(true)
}

/// Days since 30.12.1899 with the time as a fraction. That day is 0 because a spreadsheet knows a 29.02.1900 (ECMA-376
/// 18.17.4.1); what lies before 01.03.1900 has no number that all of them read alike.
fn serial(at: NaiveDateTime) -> Option<f64> {
    let zero = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_hms_opt(0, 0, 0)?;
    let first = NaiveDate::from_ymd_opt(1900, 3, 1)?;
    if at.date() < first || !YEARS.contains(&at.year()) {
        return None;
    }
    let days = i32::try_from((at.date() - zero.date()).num_days()).ok()?;
    let seconds = i32::try_from((at - at.date().and_time(Default::default())).num_seconds()).ok()?;
    Some(f64::from(days) + f64::from(seconds) / 86_400.0)
}

/// A name that a spreadsheet allows and no other sheet has: at most 31 characters, none of `[ ] : * ? / \`.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let allowed = |letter: &char| !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !letter.is_control();
    let plain: String = title.chars().filter(allowed).collect();
    let plain = plain.trim_matches(['\'', ' ']);
    let plain = if plain.is_empty() { "Daten" } else { plain };
    // a letter may be two UTF-16 units
    let cut = |length: usize| plain.chars().take(length).collect::<String>();
    let is_free = |name: &String| !taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let numbered = (2..).map(|number| format!("{} ({number})", cut(13)));
    std::iter::once(cut(if plain.is_ascii() { 31 } else { 15 })).chain(numbered).find(is_free).unwrap_or_default()
}

fn failed(error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) => {
            Error::new(crate::error::Kind::Temporary, "the workbook cannot be written").caused_by(error)
        }
        other => Error::bug("the workbook cannot be written").caused_by(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_as_in_a_spreadsheet() {
        let at = |text: &str| serial(text.parse().unwrap());
        assert_eq!(at("2026-11-23T00:00:00"), Some(46_349.0));
        assert_eq!(at("2026-11-23T18:00:00"), Some(46_349.75));
        assert_eq!(at("1900-03-01T00:00:00"), Some(61.0));
        assert_eq!(at("1900-02-28T00:00:00"), None);
    }

    #[test]
    fn sheets_have_names_that_are_allowed_and_differ() {
        assert_eq!(sheet_name("Beleg 17/4: [neu]", &[]), "Beleg 174 neu");
        assert_eq!(sheet_name("?", &[]), "Daten");
        assert_eq!(sheet_name("positionen", &["Positionen".into()]), "positionen (2)");
        assert_eq!(sheet_name(&"x".repeat(40), &[]).len(), 31);
    }
}
