//! Rows that become a file in memory, for a mail.

use std::io::{self, Write};

use super::rows::RowWriter;
use super::workbook::Book;
use super::{Cell, Column, Format};
use crate::error::{Error, Kind, Result};
use crate::template::Language;

/// A file that is being written in memory, up to a size.
pub struct InMemory {
    form: Form,
    most: usize,
}

enum Form {
    Lines(Box<RowWriter<Capped>>),
    Sheet(Box<Book>),
}

impl InMemory {
    /// Begins a file with these columns; a table, which is for terminals, is written as csv.
    pub fn new(format: Format, title: &str, columns: &[Column], language: Language, most: usize) -> Result<InMemory> {
        let form = match format {
            Format::Xlsx => {
                let mut book = Book::new(language);
                book.sheet(title, columns)?;
                Form::Sheet(Box::new(book))
            }
            format => {
                let format = if format == Format::Table { Format::Csv } else { format };
                let out = Capped { bytes: Vec::new(), most };
                Form::Lines(Box::new(
                    RowWriter::new(format, columns, language, out, false).map_err(|error| failed(error, most))?,
                ))
            }
        };
        Ok(InMemory { form, most })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[Cell]) -> Result<()> {
        match &mut self.form {
            Form::Lines(writer) => writer.row(row).map_err(|error| failed(error, self.most)),
            Form::Sheet(book) => book.row(row),
        }
    }

    /// The file.
    pub fn finish(self) -> Result<Vec<u8>> {
        match self.form {
            Form::Lines(writer) => writer.finish().map(|out| out.bytes).map_err(|error| failed(error, self.most)),
            Form::Sheet(book) => {
                let mut bytes = Vec::new();
                book.finish(&mut bytes)?;
                if bytes.len() > self.most {
                    return Err(too_large(self.most));
                }
                Ok(bytes)
            }
        }
    }
}

struct Capped {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failed(error: io::Error, most: usize) -> Error {
    match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(most),
        _ => Error::new(Kind::Temporary, "cannot write the file").caused_by(error),
    }
}

fn too_large(most: usize) -> Error {
    Error::new(Kind::Failed, format!("a file of more than {} MB is not attached", most / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::column;

    #[test]
    fn a_file_is_whole_or_too_large() {
        let columns = [column("text", "Text")];
        let written = |format: Format, rows: usize| {
            let mut file = InMemory::new(format, "Probe", &columns, Language::German, 100_000).unwrap();
            (0..rows).try_for_each(|row| file.push(&[Cell::Text(format!("{row:0>100}"))]))?;
            file.finish()
        };
        assert_eq!(written(Format::Csv, 1).unwrap(), format!("text\n{:0>100}\n", 0).into_bytes());
        assert!(written(Format::Xlsx, 1).unwrap().starts_with(b"PK"));
        assert!(written(Format::CsvDe, 5_000).unwrap_err().to_string().contains("not attached"));
    }
}
