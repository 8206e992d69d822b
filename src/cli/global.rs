//! The flags that every command takes, before or after the noun.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use wvl::error::Error;
use wvl::output::{Color, Format};
use wvl::template::Language;

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
    /// table, tsv, csv, csv-de, xlsx, json or jsonl, of reports also html [default: table at a terminal, tsv in a pipe]
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
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, help_heading = "Global")]
    pub limit: Option<i64>,
    /// Take this as now: 2026-11-30T08:00, 30.11.2026, morgen, -3d …
    #[arg(long, global = true, value_name = "WHEN", allow_hyphen_values = true, help_heading = "Global")]
    pub as_of: Option<String>,
    /// Language of headings, words and remarks: de or en
    ///
    /// In tables days and numbers follow it (2026-11-30, 1,234.50); csv-de and xlsx stay what a German spreadsheet reads.
    /// Keys (csv, json, --columns) and errors are English always. What the escalation says (today, escalate, mails) is said in
    /// the language of the office or of who gets it.
    #[arg(long, global = true, value_name = "LANGUAGE", default_value = "de", help_heading = "Global")]
    pub lang: Lang,
    /// Wait so long for another run of the same job to end: 60s, 5m [default: not at all]
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_wait, help_heading = "Global")]
    pub wait: Option<Duration>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global")]
    pub color: When,
}

impl Global {
    /// In which language people read what is printed.
    pub fn language(&self) -> Language {
        self.lang.into()
    }

    /// Whether errors are also written for programs.
    pub fn errors_as_json(&self) -> bool {
        self.json || self.format == Some(Format::Json)
    }

    /// The file to write to; `-` is standard output, as everywhere.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }

    /// What clap cannot see: a file whose extension would be taken for a format and is none, a negative limit. `prints_mail`:
    /// what is printed is a mail as it is, whatever its file is called.
    pub fn check(&self, prints_mail: bool) -> wvl::error::Result<()> {
        if let Some(limit) = self.limit.filter(|limit| *limit < 0) {
            return Err(Error::usage(format!("--limit {limit} is less than nothing")));
        }
        let Some(file) = self.file().filter(|_| self.format.is_none() && !self.json && !prints_mail) else {
            return Ok(());
        };
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

/// A language of the output.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Lang {
    De,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Language {
        match lang {
            Lang::De => Language::German,
            Lang::En => Language::English,
        }
    }
}

/// `60`, `60s`, `5m` or `1h`.
fn parse_wait(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.as_bytes()[number.len()]),
        None => (text, b's'),
    };
    let seconds = match unit {
        b'h' => 3600,
        b'm' => 60,
        _ => 1,
    };
    let number = number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds));
    number.map(Duration::from_secs).ok_or_else(|| "a time such as 60s or 5m".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_has_a_unit_or_is_in_seconds() {
        let seconds = |text: &str| parse_wait(text).map(|wait| wait.as_secs());
        assert_eq!((seconds("60"), seconds("60s"), seconds("5m"), seconds("1h")), (Ok(60), Ok(60), Ok(300), Ok(3600)));
        for wrong in ["", "s", "-1", "5 m", "99999999999999999999", "18446744073709551615h"] {
            assert!(parse_wait(wrong).is_err(), "{wrong}");
        }
    }
}
