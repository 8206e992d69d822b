//! The formats of `-O`.

use std::path::Path;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table fitted to the terminal, for people.
    Table,
    /// Tab-separated, no header, nothing shortened; tab, line feed and backslash in a text are written `\t`, `\n`, `\\`.
    Tsv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
}

impl Format {
    /// The names that `-O` takes.
    pub const NAMES: [&'static str; 4] = ["table", "tsv", "json", "jsonl"];

    /// By its name.
    pub fn by_name(name: &str) -> Option<Format> {
        match name {
            "table" => Some(Format::Table),
            "tsv" => Some(Format::Tsv),
            "json" => Some(Format::Json),
            "jsonl" => Some(Format::Jsonl),
            _ => None,
        }
    }

    /// By a file's extension; `txt` is the table.
    pub fn by_extension(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "txt" => Some(Format::Table),
            extension => Format::by_name(extension),
        }
    }
}
