//! The formats of `-O`.

use std::path::Path;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table fitted to the terminal, for people.
    Table,
    /// Tab-separated, no header, nothing shortened; tab, line feed and backslash in a text are written `\t`, `\n`, `\\`.
    Tsv,
    /// RFC 4180 for programs: comma, dot, LF, the keys as header.
    Csv,
    /// What a German spreadsheet opens with a double click: BOM, semicolon, decimal comma, CRLF, German headings.
    CsvDe,
    /// A workbook with typed cells.
    Xlsx,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// A page for the browser; only reports are one.
    Html,
}

impl Format {
    /// The names that `-O` takes.
    pub const NAMES: [&'static str; 8] = ["table", "tsv", "csv", "csv-de", "xlsx", "json", "jsonl", "html"];

    /// By its name.
    pub fn by_name(name: &str) -> Option<Format> {
        match name {
            "table" => Some(Format::Table),
            "tsv" => Some(Format::Tsv),
            "csv" => Some(Format::Csv),
            "csv-de" => Some(Format::CsvDe),
            "xlsx" => Some(Format::Xlsx),
            "json" => Some(Format::Json),
            "jsonl" => Some(Format::Jsonl),
            "html" | "htm" => Some(Format::Html),
            _ => None,
        }
    }

    /// By a file's extension in any case; `txt` is the table.
    pub fn by_extension(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Format::Table),
            extension => Format::by_name(extension),
        }
    }

    /// Whether people read it: coded values are written in the words of the office, headings in German.
    pub fn is_for_people(self) -> bool {
        matches!(self, Format::Table | Format::CsvDe | Format::Xlsx | Format::Html)
    }
}
