//! Rows as text, one after the other: csv, csv-de, tsv, JSON lines, and JSON as one array. Holds no row longer than it takes
//! to write it.

use std::io::{self, Write};

use super::json::{JsonColumns, JsonRow};
use super::{Cell, Column, Format, guarded};
use crate::output::table::push_tsv;
use crate::template::Language;

/// As much is collected before it goes to the stream.
const BUFFER: usize = 64 * 1024;

/// Writes rows in one of the formats that need no other row.
pub(super) struct RowWriter<W: Write> {
    form: Form<W>,
    columns: JsonColumns,
    language: Language,
    /// The cell that is being written; kept for its memory.
    text: String,
}

enum Form<W: Write> {
    Csv(csv::Writer<W>),
    CsvDe(csv::Writer<W>),
    Tsv(io::BufWriter<W>),
    Jsonl(io::BufWriter<W>),
    /// Whether a row was written.
    Json(io::BufWriter<W>, bool),
}

impl<W: Write> RowWriter<W> {
    /// Begins with what stands above the rows. A terminal gets neither BOM nor carriage returns: both are for files.
    pub fn new(
        format: Format,
        columns: &[Column],
        language: Language,
        mut out: W,
        to_terminal: bool,
    ) -> io::Result<RowWriter<W>> {
        let lines = |out, delimiter, terminator, quoted| {
            csv::WriterBuilder::new()
                .delimiter(delimiter)
                .terminator(terminator)
                .quote_style(quoted)
                .buffer_capacity(BUFFER)
                .from_writer(out)
        };
        let form = match format {
            Format::Csv => {
                let mut writer = lines(out, b',', csv::Terminator::Any(b'\n'), csv::QuoteStyle::Necessary);
                writer.write_record(columns.iter().map(|column| column.key.as_str())).map_err(of_stream)?;
                Form::Csv(writer)
            }
            Format::CsvDe => {
                if !to_terminal {
                    out.write_all("\u{feff}".as_bytes())?;
                }
                let terminator = if to_terminal { csv::Terminator::Any(b'\n') } else { csv::Terminator::CRLF };
                let mut writer = lines(out, b';', terminator, csv::QuoteStyle::Never);
                // of a query somebody has named the columns
                let headings = columns.iter().map(|column| in_quotes(&guarded(&column.heading)));
                writer.write_record(headings).map_err(of_stream)?;
                Form::CsvDe(writer)
            }
            Format::Jsonl => Form::Jsonl(io::BufWriter::with_capacity(BUFFER, out)),
            Format::Json => Form::Json(io::BufWriter::with_capacity(BUFFER, out), false),
            _ => Form::Tsv(io::BufWriter::with_capacity(BUFFER, out)),
        };
        Ok(RowWriter { form, columns: JsonColumns::new(columns), language, text: String::new() })
    }

    /// Writes one row.
    pub fn row(&mut self, row: &[Cell]) -> io::Result<()> {
        let text = &mut self.text;
        match &mut self.form {
            Form::Csv(out) => {
                for cell in row {
                    text.clear();
                    cell.push_for_programs(text);
                    out.write_field(text.as_bytes()).map_err(of_stream)?;
                }
                out.write_record(None::<&[u8]>).map_err(of_stream)?;
            }
            Form::CsvDe(out) => {
                for cell in row {
                    text.clear();
                    match cell {
                        Cell::Flag(_) => text.push_str(&cell.in_language(self.language)),
                        _ => cell.push_for_spreadsheet(text),
                    }
                    // told apart from numbers: a spreadsheet that is asked to keeps a quoted 01067 as it is
                    if matches!(cell, Cell::Text(_) | Cell::List(_) | Cell::Json(_)) {
                        *text = in_quotes(text);
                    }
                    out.write_field(text.as_bytes()).map_err(of_stream)?;
                }
                out.write_record(None::<&[u8]>).map_err(of_stream)?;
            }
            Form::Tsv(out) => {
                push_tsv(text, row);
                out.write_all(text.as_bytes())?;
                text.clear();
            }
            Form::Jsonl(out) => {
                serde_json::to_writer(&mut *out, &JsonRow { columns: &self.columns, row })?;
                out.write_all(b"\n")?;
            }
            Form::Json(out, is_begun) => {
                // as serde_json writes a whole array; a line feed inside of a text is written \n
                let object =
                    serde_json::to_string_pretty(&JsonRow { columns: &self.columns, row })?.replace('\n', "\n  ");
                write!(out, "{}\n  {object}", if *is_begun { "," } else { "[" })?;
                *is_begun = true;
            }
        }
        Ok(())
    }

    /// Hands back the stream, with everything written to it.
    pub fn finish(self) -> io::Result<W> {
        match self.form {
            Form::Csv(out) | Form::CsvDe(out) => out.into_inner().map_err(|error| {
                // the error holds the writer, which cannot be an error's source
                io::Error::new(error.error().kind(), error.error().to_string())
            }),
            Form::Tsv(out) | Form::Jsonl(out) => out.into_inner().map_err(io::IntoInnerError::into_error),
            Form::Json(mut out, is_begun) => {
                out.write_all(if is_begun { b"\n]\n" } else { b"[]\n" })?;
                out.into_inner().map_err(io::IntoInnerError::into_error)
            }
        }
    }
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The stream's own error: whether its reader has gone is asked of it.
fn of_stream(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Table, column};

    #[test]
    fn an_array_written_row_by_row_is_the_array() {
        let mut table = Table::new(vec![column("title", "Titel"), column("list", "Liste"), column("number", "Nummer")]);
        let written = |table: &Table| {
            let mut rows = RowWriter::new(Format::Json, &table.columns, Language::German, Vec::new(), false).unwrap();
            table.rows.iter().for_each(|row| rows.row(row).unwrap());
            String::from_utf8(rows.finish().unwrap()).unwrap()
        };
        for number in 0..3 {
            assert_eq!(written(&table), format!("{:#}\n", table.json_rows()));
            table.push(vec![
                Cell::Text("a\n\"b\"".into()),
                Cell::List(vec!["x".into(), "y".into()]),
                Cell::Int(number),
            ]);
        }
    }
}
