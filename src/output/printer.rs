//! The printer: the streams of this run and what the user asked of them.

use std::cell::{Cell as Shared, RefCell};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use serde_json::Value;

use super::file::Unfinished;
use super::order::arranged;
use super::pages::{MEASURED, Pages};
use super::rows::RowWriter;
use super::stream::{Form, Rows, Shown, Sink};
use super::visible::{visible_json, visible_lines};
use super::workbook::Book;
use super::{Cell, Column, Format, Output, Table, column, visible};
use crate::error::{Error, Kind, Result};
use crate::template::{Language, wrap};

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// At a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the user asked of the output.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `-O`, else by the file's extension, else by the stream.
    pub format: Option<Format>,
    /// `-o`: a file instead of stdout, written at the end.
    pub file: Option<PathBuf>,
    /// `--columns`.
    pub columns: Vec<String>,
    /// `--sort`.
    pub sort: Vec<String>,
    /// `--limit`.
    pub limit: Option<usize>,
    /// Colour.
    pub color: Color,
    /// Whether NO_COLOR is set; main reads the environment.
    pub no_color: bool,
    /// `-q`: no notes on stderr (warnings and errors stay).
    pub quiet: bool,
    /// Columns of the terminal, when main could find out.
    pub width: Option<u16>,
    /// `--lang`: of headings and of what is written for people.
    pub language: Language,
}

/// Prints data to stdout and everything else to stderr.
pub struct Printer {
    settings: Settings,
    to_terminal: bool,
    at_terminal: bool,
    notes_to_terminal: bool,
    /// The reader has gone (`| head`): success, nothing more is written.
    closed: Shared<bool>,
    /// The JSON documents of this run: one is printed as it is, several as an array.
    documents: RefCell<Vec<Value>>,
    /// The numbers that edits answered with, where they are one table.
    numbers: RefCell<Vec<String>>,
    /// The workbook, once it has a sheet.
    book: RefCell<Option<Book>>,
    /// The file, once something goes to it.
    file: RefCell<Option<Unfinished>>,
}

impl Printer {
    /// A printer on this process's streams.
    pub fn new(settings: Settings) -> Printer {
        let at_terminal = io::stdout().is_terminal();
        Printer {
            to_terminal: settings.file.is_none() && at_terminal,
            settings,
            at_terminal,
            notes_to_terminal: io::stderr().is_terminal(),
            closed: Shared::new(false),
            documents: RefCell::default(),
            numbers: RefCell::default(),
            book: RefCell::default(),
            file: RefCell::default(),
        }
    }

    /// Whether data goes to a terminal: decides table or TSV, and whether a job may speak on success.
    pub fn to_terminal(&self) -> bool {
        self.to_terminal
    }

    /// Whether somebody reads along on stderr: what would be said again by every run of a cron job is for them alone.
    pub fn has_reader(&self) -> bool {
        self.notes_to_terminal
    }

    /// Columns of the terminal that data goes to; none where it goes elsewhere.
    pub fn width(&self) -> Option<u16> {
        self.settings.width.filter(|_| self.to_terminal)
    }

    /// The format in force.
    pub fn format(&self) -> Format {
        let by_stream = if self.to_terminal { Format::Table } else { Format::Tsv };
        self.format_asked().unwrap_or(by_stream)
    }

    fn format_asked(&self) -> Option<Format> {
        let by_file = || self.settings.file.as_deref().and_then(Format::by_extension);
        self.settings.format.or_else(by_file)
    }

    /// In which language people read what is printed.
    pub fn language(&self) -> Language {
        self.settings.language
    }

    /// Takes this format off a terminal, if nobody asks for one.
    pub fn prefer(&mut self, format: Format) {
        if !self.to_terminal && self.format_asked().is_none() {
            self.settings.format = Some(format);
        }
    }

    /// Refuses what no stream of this run can take, before anything is done.
    pub fn check(&self) -> Result<()> {
        if self.format() == Format::Xlsx && self.to_terminal {
            return Err(Error::usage("a workbook is nothing to read at a terminal")
                .hint("-o FILE.xlsx writes it to a file; a pipe takes it too"));
        }
        Ok(())
    }

    /// Prints a list in the order that `--sort` says, at most as many rows as `--limit` says.
    pub fn list(&self, value: &impl Output) -> Result<()> {
        if self.settings.sort.is_empty() && self.settings.limit.is_none() {
            return self.page(value);
        }
        let mut table = value.table();
        let order = arranged(&table, &self.settings.sort, self.settings.limit)?;
        let json = match value.json() {
            Value::Array(mut objects) if objects.len() == table.rows.len() => {
                Value::Array(order.iter().map(|&place| objects[place].take()).collect())
            }
            // a form of its own, without a row for each
            other => other,
        };
        table.rows = order.iter().map(|&place| std::mem::take(&mut table.rows[place])).collect();
        self.page(&Arranged { title: value.title(), table, json })
    }

    /// Prints a list as it is: whoever asked for it has done what `--sort` and `--limit` say.
    pub fn page(&self, value: &impl Output) -> Result<()> {
        if self.format() == Format::Json && self.settings.columns.is_empty() {
            return self.document(value.json());
        }
        let table = self.selected(value.table())?;
        match self.format() {
            Format::Json => self.document(table.json_rows()),
            _ => self.by_row(value.title(), &table),
        }
    }

    /// Prints one record: fields below each other, a line, or a JSON object. What belongs to it (the lines of a document)
    /// stands below the fields, in the JSON object and on sheets of their own; a line has no place for it.
    pub fn record(&self, value: &impl Output) -> Result<()> {
        if self.format() == Format::Json && self.settings.columns.is_empty() {
            let object = match value.json() {
                serde_json::Value::Array(mut rows) if rows.len() == 1 => rows.remove(0),
                other => other,
            };
            return self.document(object);
        }
        let table = self.selected(value.table())?;
        match self.format() {
            Format::Table => {
                let mut text = table.fields();
                for (index, (heading, part)) in value.parts().into_iter().enumerate() {
                    if part.rows.is_empty() {
                        continue;
                    }
                    let part = part.in_language(self.settings.language);
                    let rows = part.fitted(self.settings.width.unwrap_or(0), self.has_color());
                    text.push_str(&format!("\n{heading}\n{rows}"));
                    if let Some(remainder) = value.remainder(index) {
                        text.push_str(&format!("{}\n", visible(&remainder)));
                    }
                }
                self.data(&text)
            }
            Format::Json => self.document(table.json_rows().get_mut(0).map(Value::take).unwrap_or_default()),
            Format::Xlsx => {
                self.by_row(value.title(), &table)?;
                value.parts().iter().try_for_each(|(heading, part)| self.by_row(heading, part))
            }
            _ => self.by_row(value.title(), &table),
        }
    }

    /// Opens a list whose rows are printed as they come. As JSON it is the run's one document.
    pub fn rows(&self, title: &str, columns: &[Column]) -> Result<Rows<'_>> {
        let (format, language) = (self.format(), self.settings.language);
        let columns: Vec<Column> = columns.iter().map(|column| column.clone().in_language(language)).collect();
        let form = if self.closed.get() {
            Form::Closed
        } else if format == Format::Xlsx {
            let mut book = self.book.take().unwrap_or_else(|| Book::new(language));
            book.sheet(title, &columns)?;
            Form::Sheet(Box::new(book))
        } else if format == Format::Table {
            // a file is written when it is whole
            let measured = if self.settings.file.is_some() { usize::MAX } else { MEASURED };
            let width = self.settings.width.unwrap_or(0);
            Form::Table(Box::new(Pages::new(&columns, width, self.has_color(), measured).in_language(language)))
        } else {
            let sink = match &self.settings.file {
                Some(path) => Sink::File(self.file.take().map_or_else(|| Unfinished::begin(path), Ok)?),
                None if !self.to_terminal => Sink::Stdout(io::stdout().lock()),
                None if matches!(format, Format::Json | Format::Jsonl) => Sink::Terminal(Shown::new(visible_json)),
                None => Sink::Terminal(Shown::new(visible_lines)),
            };
            let writer = RowWriter::new(format, &columns, language, sink, self.to_terminal)
                .map_err(|error| Error::new(Kind::Temporary, "cannot write the list").caused_by(error))?;
            Form::Lines(Box::new(writer))
        };
        Ok(Rows { printer: self, form })
    }

    fn by_row(&self, title: &str, table: &Table) -> Result<()> {
        let mut rows = self.rows(title, &table.columns)?;
        for row in &table.rows {
            if !rows.push(row)? {
                break;
            }
        }
        rows.finish()
    }

    /// A table for people, or the last portion of one, and what there was no room for.
    pub(super) fn table(&self, text: &str, hidden: &[String]) -> Result<()> {
        self.data(text)?;
        if !hidden.is_empty() {
            self.note(&format!("no room for {}; --columns picks", hidden.join(", ")));
        }
        Ok(())
    }

    /// Whether the reader of stdout has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// The file of `-o`.
    pub(super) fn file_name(&self) -> Option<&Path> {
        self.settings.file.as_deref()
    }

    /// The reader of stdout has gone.
    pub(super) fn close(&self) {
        self.closed.set(true);
    }

    /// More may go to the file; the end of the run names it.
    pub(super) fn keep_file(&self, file: Unfinished) {
        self.file.replace(Some(file));
    }

    /// More sheets may come; the end of the run writes them.
    pub(super) fn keep_book(&self, book: Book) {
        self.book.replace(Some(book));
    }

    /// Says what an edit did: at a terminal a line and the next command, elsewhere only the number.
    pub fn edited(&self, said: &str, next_command: Option<&str>, number: &str) -> Result<()> {
        match self.format() {
            Format::Table => {
                self.data(&format!("{}\n", visible(said)))?;
                next_command.map_or(Ok(()), |next| self.data(&format!("  → {}\n", visible(next))))
            }
            Format::Tsv => self.lines(&format!("{number}\n")),
            Format::Json => self.document(serde_json::json!({ "number": number })),
            Format::Jsonl => self.json_lines(&format!("{}\n", serde_json::json!({ "number": number }))),
            // several edits are one table
            Format::Csv | Format::CsvDe | Format::Xlsx | Format::Html => {
                self.numbers.borrow_mut().push(number.to_owned());
                Ok(())
            }
        }
    }

    /// A job's success line: only at a terminal, cron stays silent.
    pub fn job_done(&self, said: &str) -> Result<()> {
        if self.to_terminal && !self.settings.quiet { self.data(&format!("{said}\n")) } else { Ok(()) }
    }

    /// Prints text that is already in its form. Nothing is escaped: only for our own words and machine formats.
    pub fn data(&self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Prints bytes as they are: a mail as it is sent.
    pub fn bytes(&self, bytes: &[u8]) -> Result<()> {
        let Some(path) = self.file_name() else { return self.stream(|out| out.write_all(bytes)) };
        let mut file = self.file.borrow_mut();
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(Unfinished::begin(path)?),
        };
        file.write_all(bytes).map_err(|error| Error::file("write", path, error))
    }

    /// Writes what had to wait for the end of the run: JSON that is one document, a workbook, and the file of `-o`. Main
    /// calls it, also after a failure: what was said stays said.
    pub fn finish(&self) -> Result<()> {
        let documents = self.documents.take();
        if !documents.is_empty() {
            let whole = <[Value; 1]>::try_from(documents).map_or_else(Value::Array, |[one]| one);
            self.json_lines(&format!("{whole:#}\n"))?;
        }
        let numbers = self.numbers.take();
        if !numbers.is_empty() {
            let mut table = Table::new(vec![column("number", "Nummer")]);
            numbers.into_iter().for_each(|number| table.push(vec![Cell::Text(number)]));
            self.by_row(table.title(), &table)?;
        }
        if let Some(book) = self.book.take() {
            self.write_book(book)?;
        }
        self.file.take().map_or(Ok(()), Unfinished::finish)
    }

    fn write_book(&self, book: Book) -> Result<()> {
        // packing a million rows takes as long as writing them did
        let _waiting = self.waiting("Arbeitsmappe");
        match &self.settings.file {
            Some(path) => {
                let mut file = Unfinished::begin(path)?;
                book.finish(&mut file)?;
                file.finish()
            }
            None => {
                let mut bytes = Vec::new();
                book.finish(&mut bytes)?;
                self.stream(|out| out.write_all(&bytes))
            }
        }
    }

    fn document(&self, document: Value) -> Result<()> {
        self.documents.borrow_mut().push(document);
        Ok(())
    }

    fn lines(&self, text: &str) -> Result<()> {
        if self.to_terminal { self.data(&visible_lines(text)) } else { self.data(text) }
    }

    fn json_lines(&self, text: &str) -> Result<()> {
        if self.to_terminal { self.data(&visible_json(text)) } else { self.data(text) }
    }

    /// Writes through a buffer to stdout; a reader that has gone is no error.
    pub fn stream(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        if self.closed.get() {
            return Ok(());
        }
        let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.set(true);
                Ok(())
            }
            Err(error) => Err(Error::new(Kind::Temporary, "cannot write to standard output").caused_by(error)),
            Ok(()) => Ok(()),
        }
    }

    /// A remark on stderr; `-q` leaves it out.
    pub fn note(&self, text: &str) {
        if !self.settings.quiet {
            to_stderr(&format!("{}\n", self.broken_lines(text, 0)));
        }
    }

    /// What somebody at a terminal may type next, on stderr; nobody else is told, nor is who asked for quiet. In one line,
    /// however long: it is to be copied.
    pub fn next(&self, command: &str) {
        if self.to_terminal && !self.settings.quiet {
            to_stderr(&format!("  → {}\n", shown_lines(command)));
        }
    }

    /// A question on stderr; the answer is typed behind it.
    pub fn prompt(&self, question: &str) {
        to_stderr(&shown_lines(question));
    }

    /// A warning on stderr.
    pub fn warn(&self, text: &str) {
        to_stderr(&format!("{}: {}\n", self.stressed("warning", "33"), self.broken_lines(text, "warning: ".len())));
    }

    /// The error that ends the run, with its hints; with `json` one more line for programs.
    pub fn error(&self, error: &Error, json: bool) {
        let mut text = format!(
            "{}: {}\n",
            self.stressed("error", "31"),
            self.broken_lines(&error.full_message(), "error: ".len())
        );
        for hint in error.hints() {
            text.push_str(&format!("  {} {}\n", self.stressed("hint:", "36"), shown_lines(hint)));
        }
        if json {
            text.push_str(&for_programs(error));
        }
        to_stderr(&text);
    }

    /// The text as it is shown to somebody at a terminal: long lines broken at blanks, not in the middle of a word. `begun` is
    /// what stands before the first line.
    fn broken_lines(&self, text: &str, begun: usize) -> String {
        let width = self.settings.width.filter(|_| self.notes_to_terminal).map_or(usize::MAX, usize::from);
        let lines = text.lines().map(visible).enumerate().map(|(index, line)| {
            let begun = if index == 0 { begun } else { 0 };
            if begun + line.chars().count() <= width {
                return line.into_owned();
            }
            let words = line.trim_start();
            let indent = line.len() - words.len();
            format!("{}{}", " ".repeat(indent), wrap(words, width, begun + indent, indent + 2))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Whether somebody sits before both streams; with `-o` the data goes to a file, and he waits all the same.
    pub(super) fn has_progress(&self) -> bool {
        self.at_terminal && self.notes_to_terminal && !self.settings.quiet
    }

    /// A progress bar on stderr: only if both streams are terminals, and only after half a second.
    pub fn progress(&self, length: u64, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        if self.has_progress() {
            let late = bar.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(500));
                if !late.is_finished() {
                    late.set_draw_target(ProgressDrawTarget::stderr());
                }
            });
        }
        bar
    }

    fn selected(&self, table: Table) -> Result<Table> {
        let table = if self.settings.columns.is_empty() { table } else { table.select(&self.settings.columns)? };
        Ok(table.in_language(self.settings.language))
    }

    /// Whether data is painted.
    pub fn has_color(&self) -> bool {
        match self.settings.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.to_terminal && !self.settings.no_color,
        }
    }

    fn stressed(&self, text: &str, code: &str) -> String {
        let colored = match self.settings.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.notes_to_terminal && !self.settings.no_color,
        };
        if colored { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A list whose rows have been put into their order.
struct Arranged<'a> {
    title: &'a str,
    table: Table,
    json: Value,
}

impl Output for Arranged<'_> {
    fn title(&self) -> &str {
        self.title
    }

    fn table(&self) -> Table {
        self.table.clone()
    }

    fn json(&self) -> Value {
        self.json.clone()
    }
}

/// An error of the command line that has been told to people, once more for programs.
pub fn command_line_error(error: &Error) {
    to_stderr(&for_programs(error));
}

/// An answer on stdout where there is no printer yet, or no longer: that of a plugin, which must answer whatever happens.
pub fn plain_answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The last line of stderr with `--json`.
fn for_programs(error: &Error) -> String {
    let object = serde_json::json!({ "error": {
        "code": error.kind().exit_code(), "kind": error.kind().name(),
        "message": error.full_message(), "hint": error.hints().first(),
    }});
    format!("{object}\n")
}

/// Several lines stay several lines, each made visible.
fn shown_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// A closed stderr must not fail a job.
fn to_stderr(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
