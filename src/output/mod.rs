//! The only door to the terminal: what is printed, in which format, to which stream.
//!
//! A command hands over one value ([`Table`], or anything that is [`Output`]) and the [`Printer`] prints it as a table
//! at a terminal, as TSV in a pipe, or as `-O` says. A list that may be long is handed over row by row
//! ([`Printer::rows`]). Data goes to stdout, everything else to stderr. Formatting never queries. Where a run answers with one whole (a file, a JSON document), [`Printer::finish`] writes it at its end.

mod cell;
mod file;
mod format;
mod in_memory;
mod json;
mod order;
mod pages;
mod printer;
mod rows;
mod stream;
mod table;
mod visible;
mod waiting;
mod workbook;

pub use cell::{Cell, EXACT_DIGITS, german_number, guarded, unguarded};
pub use format::Format;
pub use in_memory::InMemory;
pub use printer::{Color, Printer, Settings, command_line_error, plain_answer};
pub use stream::Rows;
pub use table::{Column, Table, column, english_heading, no_column};
pub use visible::visible;
pub use waiting::Waiting;
pub use workbook::workbook;

/// What a command answers: one value that every format is made from.
pub trait Output {
    /// What the office calls it: the name of its sheet in a workbook.
    fn title(&self) -> &str {
        "Daten"
    }

    /// The value as rows.
    fn table(&self) -> Table;

    /// Tables that belong to a record, each under its heading: the lines of a document.
    fn parts(&self) -> Vec<(&str, Table)> {
        Vec::new()
    }

    /// A line below the rows of the part with this index: what a list has beyond them.
    fn remainder(&self, _part: usize) -> Option<String> {
        None
    }

    /// The value as JSON: unless a contract in CLI.md says otherwise, an array with an object for each row.
    fn json(&self) -> serde_json::Value {
        self.table().json_rows()
    }
}

impl Output for Table {
    fn table(&self) -> Table {
        self.clone()
    }
}
