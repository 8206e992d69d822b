//! The printer: the streams of this run and what the user asked of them.

use std::cell::{Cell as Shared, RefCell};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use serde_json::Value;

use super::visible::{visible_json, visible_lines};
use super::{Format, Output, Table, file, visible};
use crate::error::{Error, Kind, Result};

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
    /// Colour.
    pub color: Color,
    /// Whether NO_COLOR is set; main reads the environment.
    pub no_color: bool,
    /// `-q`: no notes on stderr (warnings and errors stay).
    pub quiet: bool,
    /// Columns of the terminal, when main could find out.
    pub width: Option<u16>,
}

/// Prints data to stdout and everything else to stderr.
pub struct Printer {
    settings: Settings,
    to_terminal: bool,
    notes_to_terminal: bool,
    /// The reader has gone (`| head`): success, nothing more is written.
    closed: Shared<bool>,
    /// The JSON documents of this run: one is printed as it is, several as an array.
    documents: RefCell<Vec<Value>>,
    /// What goes to the file, once something does.
    for_file: RefCell<Option<Vec<u8>>>,
}

impl Printer {
    /// A printer on this process's streams.
    pub fn new(settings: Settings) -> Printer {
        let to_terminal = settings.file.is_none() && io::stdout().is_terminal();
        Printer {
            settings,
            to_terminal,
            notes_to_terminal: io::stderr().is_terminal(),
            closed: Shared::new(false),
            documents: RefCell::default(),
            for_file: RefCell::default(),
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
        let by_file = || self.settings.file.as_deref().and_then(Format::by_extension);
        let by_stream = if self.to_terminal { Format::Table } else { Format::Tsv };
        self.settings.format.or_else(by_file).unwrap_or(by_stream)
    }

    /// Prints a list: table, TSV, JSON array or JSON lines.
    pub fn list(&self, value: &impl Output) -> Result<()> {
        if self.format() == Format::Json && self.settings.columns.is_empty() {
            return self.document(value.json());
        }
        let table = self.selected(value.table())?;
        match self.format() {
            Format::Table => {
                let width = self.settings.width.unwrap_or(0);
                self.data(&table.fitted(width, self.has_color()))?;
                match table.hidden_at(width).as_slice() {
                    [] => {}
                    hidden => self.note(&format!("no room for {}; --columns picks", hidden.join(", "))),
                }
                Ok(())
            }
            Format::Tsv => self.lines(&table.tsv()),
            Format::Json => self.document(table.json_rows()),
            Format::Jsonl => self.json_lines(&table.json_lines()),
        }
    }

    /// Prints one record: fields below each other, a TSV line, or a JSON object.
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
                for (heading, part) in value.parts().into_iter().filter(|(_, part)| !part.rows.is_empty()) {
                    let rows = part.fitted(self.settings.width.unwrap_or(0), self.has_color());
                    text.push_str(&format!("\n{heading}\n{rows}"));
                }
                self.data(&text)
            }
            Format::Tsv => self.lines(&table.tsv()),
            Format::Json => self.document(table.json_rows().get_mut(0).map(Value::take).unwrap_or_default()),
            Format::Jsonl => self.json_lines(&table.json_lines()),
        }
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
        }
    }

    /// A job's success line: only at a terminal, cron stays silent.
    pub fn job_done(&self, said: &str) -> Result<()> {
        if self.to_terminal && !self.settings.quiet { self.data(&format!("{said}\n")) } else { Ok(()) }
    }

    /// Prints text that is already in its form. Nothing is escaped: only for our own words and machine formats.
    pub fn data(&self, text: &str) -> Result<()> {
        if self.settings.file.is_some() {
            self.for_file.borrow_mut().get_or_insert_default().extend_from_slice(text.as_bytes());
            return Ok(());
        }
        self.stream(|out| out.write_all(text.as_bytes()))
    }

    /// Writes what had to wait for the end of the run: JSON that is one document, and the file of `-o`. Main calls it, also
    /// after a failure: what was said stays said.
    pub fn finish(&self) -> Result<()> {
        let documents = self.documents.take();
        if !documents.is_empty() {
            let whole = <[Value; 1]>::try_from(documents).map_or_else(Value::Array, |[one]| one);
            self.json_lines(&format!("{whole:#}\n"))?;
        }
        match (&self.settings.file, self.for_file.take()) {
            (Some(path), Some(bytes)) => file::write(path, &bytes),
            _ => Ok(()),
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
            to_stderr(&format!("{}\n", shown_lines(text)));
        }
    }

    /// A warning on stderr.
    pub fn warn(&self, text: &str) {
        to_stderr(&format!("{}: {}\n", self.stressed("warning", "33"), shown_lines(text)));
    }

    /// The error that ends the run, with its hints; with `json` one more line for programs.
    pub fn error(&self, error: &Error, json: bool) {
        let mut text = format!("{}: {}\n", self.stressed("error", "31"), shown_lines(&error.full_message()));
        for hint in error.hints() {
            text.push_str(&format!("  {} {}\n", self.stressed("hint:", "36"), shown_lines(hint)));
        }
        if json {
            text.push_str(&for_programs(error));
        }
        to_stderr(&text);
    }

    /// A progress bar on stderr: only if both streams are terminals, and only after half a second.
    pub fn progress(&self, length: u64, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        if self.to_terminal && self.notes_to_terminal && !self.settings.quiet {
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
        if self.settings.columns.is_empty() { Ok(table) } else { table.select(&self.settings.columns) }
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

/// An error of the command line that has been told to people, once more for programs.
pub fn command_line_error(error: &Error) {
    to_stderr(&for_programs(error));
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
