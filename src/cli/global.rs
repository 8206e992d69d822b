//! The flags that every command takes, before or after the noun.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wvl::error::Error;
use wvl::output::{Color, Format};

/// Global flags.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Configuration file [default: WVL_CONFIG, /etc/wvl/wvl.toml, the user's]
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global")]
    pub config: Option<PathBuf>,
    /// No remarks on stderr; warnings and errors stay
    #[arg(short, long, global = true, help_heading = "Global")]
    pub quiet: bool,
    /// Show what would be done and change nothing
    #[arg(short = 'n', long, global = true, help_heading = "Global")]
    pub dry_run: bool,
    /// Do what cannot be taken back without asking
    #[arg(long, global = true, help_heading = "Global")]
    pub yes: bool,
    /// table, tsv, csv, csv-de, xlsx, json or jsonl [default: table at a terminal, tsv in a pipe]
    ///
    /// tsv, csv, json and jsonl are for programs: English keys, stored values, ISO dates; tsv has no header. csv-de and xlsx
    /// are for spreadsheets in a German office. Of a record with parts (the lines of a document) tsv, csv, csv-de and jsonl
    /// print the record alone; xlsx has a sheet for each part, json an array.
    #[arg(short = 'O', long, global = true, value_name = "FORMAT", value_parser = parse_format, help_heading = "Global")]
    pub format: Option<Format>,
    /// Write to a file instead of standard output; its extension picks the format
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global")]
    pub output: Option<PathBuf>,
    /// The same as -O json; errors are also written as JSON
    #[arg(long, global = true, conflicts_with = "format", help_heading = "Global")]
    pub json: bool,
    /// Only these columns, in this order
    #[arg(long, global = true, value_name = "A,B", value_delimiter = ',', help_heading = "Global")]
    pub columns: Vec<String>,
    /// Order by these columns; a minus sign turns one around
    #[arg(
        long,
        global = true,
        value_name = "A,-B",
        value_delimiter = ',',
        allow_hyphen_values = true,
        help_heading = "Global"
    )]
    pub sort: Vec<String>,
    /// At most this many rows
    #[arg(long, global = true, value_name = "N", help_heading = "Global")]
    pub limit: Option<i64>,
    /// Take this as now: 2026-11-30T08:00, 30.11.2026, morgen, -3d …
    #[arg(long, global = true, value_name = "WHEN", allow_hyphen_values = true, help_heading = "Global")]
    pub as_of: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global")]
    pub color: When,
}

impl Global {
    /// Whether errors are also written for programs.
    pub fn errors_as_json(&self) -> bool {
        self.json || self.format == Some(Format::Json)
    }

    /// What clap cannot see: a file whose extension would be taken for a format and is none, a negative limit.
    pub fn check(&self) -> wvl::error::Result<()> {
        if let Some(limit) = self.limit.filter(|limit| *limit < 0) {
            return Err(Error::usage(format!("--limit {limit} is less than nothing")));
        }
        let Some(file) = self.output.as_deref().filter(|_| self.format.is_none() && !self.json) else { return Ok(()) };
        match file.extension() {
            Some(extension) if Format::by_extension(file).is_none() => {
                Err(Error::usage(format!("-o {}: “.{}” names no format", file.display(), extension.display()))
                    .hint(format!("say which one with -O: {}", Format::NAMES.join(", "))))
            }
            _ => Ok(()),
        }
    }
}

/// Whether the arguments ask for JSON, where they could not be read as a whole.
pub fn asks_for_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let mut is_format = false;
    arguments.into_iter().take_while(|argument| argument != "--").any(|argument| {
        let wanted = argument == "--json"
            || argument == "-Ojson"
            || argument == "-O=json"
            || argument == "--format=json"
            || (is_format && argument == "json");
        is_format = argument == "-O" || argument == "--format";
        wanted
    })
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

impl From<When> for Color {
    fn from(when: When) -> Color {
        match when {
            When::Auto => Color::Auto,
            When::Always => Color::Always,
            When::Never => Color::Never,
        }
    }
}

fn parse_format(name: &str) -> Result<Format, String> {
    Format::by_name(name).ok_or_else(|| format!("one of {}", Format::NAMES.join(", ")))
}
