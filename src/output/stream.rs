//! A list that is printed row by row, for what does not fit into memory.

use std::io::{self, StdoutLock, Write};

use super::file::Unfinished;
use super::pages::Pages;
use super::rows::RowWriter;
use super::workbook::Book;
use super::{Cell, Printer};
use crate::error::{Error, Kind, Result};

/// Where rows go, one after the other; [`Printer::rows`] opens it.
///
/// Dropped before [`Rows::finish`] it leaves no file: half a list under the name of a whole one would be a lie.
pub struct Rows<'p> {
    pub(super) printer: &'p Printer,
    pub(super) form: Form,
}

pub(super) enum Form {
    /// Lines of text.
    Lines(Box<RowWriter<Sink>>),
    /// A sheet of the run's workbook.
    Sheet(Box<Book>),
    /// A table for people, in portions.
    Table(Box<Pages>),
    /// The reader has gone.
    Closed,
}

impl Rows<'_> {
    /// Prints a row; false once nobody reads any more.
    pub fn push(&mut self, row: &[Cell]) -> Result<bool> {
        match &mut self.form {
            Form::Lines(writer) => {
                let written = writer.row(row);
                self.go_on(written)
            }
            Form::Sheet(book) => book.row(row).map(|()| true),
            Form::Table(pages) => {
                let printed = pages.row(row).map_or(Ok(()), |portion| self.printer.data(&portion));
                printed.map(|()| !self.printer.is_closed())
            }
            Form::Closed => Ok(false),
        }
    }

    /// The list is whole.
    pub fn finish(mut self) -> Result<()> {
        match std::mem::replace(&mut self.form, Form::Closed) {
            Form::Lines(writer) => match writer.finish() {
                Ok(Sink::File(file)) => self.printer.keep_file(file),
                Ok(mut sink) => {
                    let flushed = sink.flush();
                    self.go_on(flushed)?;
                }
                Err(error) => drop(self.go_on(Err(error))?),
            },
            Form::Sheet(book) => self.printer.keep_book(*book),
            Form::Table(pages) => {
                let (rest, hidden) = pages.finish();
                self.printer.table(&rest, &hidden)?;
            }
            Form::Closed => {}
        }
        Ok(())
    }

    fn go_on(&mut self, written: io::Result<()>) -> Result<bool> {
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.printer.file_name().is_none() => {
                self.printer.close();
                self.form = Form::Closed;
                Ok(false)
            }
            Err(error) => Err(match self.printer.file_name() {
                Some(path) => Error::file("write", path, error),
                None => Error::new(Kind::Temporary, "cannot write to standard output").caused_by(error),
            }),
        }
    }
}

/// The stream below the rows.
pub(super) enum Sink {
    /// A pipe, or a file of the shell's.
    Stdout(StdoutLock<'static>),
    /// A terminal, which is shown no control characters.
    Terminal(Shown),
    /// The file of `-o`.
    File(Unfinished),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Stdout(out) => out.write(bytes),
            Sink::Terminal(out) => out.write(bytes),
            Sink::File(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Stdout(out) => out.flush(),
            Sink::Terminal(out) => out.out.flush(),
            Sink::File(out) => out.flush(),
        }
    }
}

/// Makes visible what would do something to a terminal.
pub(super) struct Shown {
    out: StdoutLock<'static>,
    /// The beginning of a character whose rest has not come yet.
    rest: Vec<u8>,
    visible: fn(&str) -> String,
}

impl Shown {
    pub fn new(visible: fn(&str) -> String) -> Shown {
        Shown { out: io::stdout().lock(), rest: Vec::new(), visible }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text = String::from_utf8_lossy(&self.rest[..whole]);
        self.out.write_all((self.visible)(&text).as_bytes())?;
        self.rest.drain(..whole);
        Ok(bytes.len())
    }
}
